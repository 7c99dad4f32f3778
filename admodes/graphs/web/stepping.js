// A mode step by step: all its passes, one after the other.

const PLAY_MILLISECONDS = 900;
const LONGEST_LINE = 24;

// Where a mode is after every step of every pass, from nothing done.
function timeline(shown, mode) {
  const places = [{pass: 0, step: 0, passes: 0, edges: 0, products: 0}];
  let [passes, edges, products] = [0, 0, 0];
  shown.sweeps[mode].forEach((sweep, pass) => {
    passes += sweep.passes;
    sweep.steps.forEach(([, , visited, multiplied], i) => {
      edges += visited * sweep.passes;
      products += multiplied * sweep.passes;
      places.push({pass, step: i + 1, passes, edges, products});
    });
  });
  return places;
}

// A long text goes on in further lines, before an operator.
function wrapped(text) {
  const lines = [];
  for (const part of text.split(/(?= = | \+ )/)) {
    const longer = (lines.at(-1) ?? "") + part;
    if (lines.length && longer.length <= LONGEST_LINE) lines[lines.length - 1] = longer;
    else lines.push(part.trim());
  }
  return lines;
}

class Stepping {
  constructor(drawing, shown) {
    Object.assign(this, {drawing, shown});
    this.timelines = {forward: timeline(shown, "forward"), reverse: timeline(shown, "reverse")};
    this.places = {forward: 0, reverse: 0};
    const texts = shown.boxes.map((box, i) => {
      const sweeps = [...shown.sweeps.forward, ...shown.sweeps.reverse];
      return sweeps.map(({texts: found}) => [box.heading, box.value, ...wrapped(found[i])]);
    });
    const boxes = texts.map((each, i) => ({key: `${i}`, ...sizeOf(each)}));
    this.arrows = shown.arrows.map(({source, target, label}, i) => (
      {key: `${i}`, source: `${source}`, target: `${target}`, label}));
    this.layout = layOut(boxes, this.arrows);
  }

  get(mode) {
    const places = this.timelines[mode];
    const place = this.places[mode];
    const now = places[place];
    const sweep = this.shown.sweeps[mode][now.pass];
    return {place, last: places.length - 1, now, sweep, steps: sweep.steps.slice(0, now.step)};
  }

  go(mode, place) {
    const last = this.timelines[mode].length - 1;
    this.places[mode] = Math.min(Math.max(place, 0), last);
  }

  // The first step of a pass.
  begin(mode, pass) {
    this.go(mode, this.timelines[mode].findIndex((each) => each.step === 1 && each.pass === pass));
  }

  draw(mode) {
    const {sweep, steps} = this.get(mode);
    const [nowBox, nowArrows] = steps.at(-1) ?? [-1, []];
    const reached = new Set(steps.map(([box]) => box));
    const visited = new Set(steps.flatMap(([, arrows]) => arrows));
    const boxes = this.shown.boxes.map((box, i) => {
      const found = reached.has(i) ? wrapped(sweep.texts[i]) : [];
      const state = i === nowBox ? "now" : reached.has(i) ? "reached" : "";
      return {
        key: `${i}`,
        lines: [
          [box.heading, "heading"], [box.value, "value"], ...found.map((text) => [text, "found"]),
        ],
        classes: `${box.kind} ${state}`,
        label: [box.heading, `value ${box.value}`, ...found].join(", "),
      };
    });
    const arrows = this.arrows.map((arrow, i) => ({
      ...arrow,
      classes: nowArrows.includes(i) ? "now" : visited.has(i) ? "reached" : "",
    }));
    this.drawing.show(boxes, arrows, this.layout, {back: mode === "reverse"});
    if (nowBox >= 0) this.drawing.reveal(`${nowBox}`);
    else this.drawing.reveal(`${mode === "forward" ? 0 : boxes.length - 1}`);
  }

  // What the step did, in a sentence.
  sentence(mode) {
    const {place, last, now, sweep, steps} = this.get(mode);
    if (place === 0) {
      const from = mode === "forward" ? "an input" : "the output";
      return `Nothing is done yet. The first step gives ${from} its own derivative, 1.`;
    }
    const [box] = steps.at(-1);
    const {line} = this.shown.boxes[box];
    const where = line >= 0 ? `, line ${this.shown.lines[line].number}` : "";
    const note = sweep.note ? ` (${sweep.note})` : "";
    const end = now.step === sweep.steps.length
      ? ` The pass from ${sweep.seed} is done.${place === last ? " It was the last." : ""}` : "";
    return `Step ${place} of ${last}, ${mode} from ${sweep.seed}${note}${where}: `
      + `${sweep.texts[box]}.${end}`;
  }

  counters(mode) {
    const {now} = this.get(mode);
    const whole = this.timelines[mode].at(-1);
    const of = (name) => `${now[name].toLocaleString("en")} of ${whole[name].toLocaleString("en")}`;
    return {
      "Passes": of("passes"), "Edges visited": of("edges"), "Multiplications": of("products"),
    };
  }

  costs() {
    return Object.entries(this.timelines).map(([mode, places]) => {
      const {passes, edges, products} = places.at(-1);
      return {mode, counts: [passes, edges, products]};
    });
  }

  rows(mode) {
    const {sweep, steps} = this.get(mode);
    const reached = new Set(steps.map(([box]) => box));
    return this.shown.boxes.map((box, i) => {
      const into = this.shown.arrows.filter(({target}) => target === i);
      const local = into.map(({source, label}) =>
        `${label} by ${this.shown.boxes[source].heading.split(" = ")[0]}`);
      return [box.heading, box.value, local.join("; "), reached.has(i) ? sweep.texts[i] : ""];
    });
  }
}
