// What is on the page, and what the buttons do.

const find = (selector) => document.querySelector(selector);
const graphs = JSON.parse(find("#data").textContent);
const main = find("main");
const drawing = new Drawing(find(".scroll"), find("svg"));
const OWN = "own";
let mode = "forward";
let shown = null;
let stepping = null;
let game = null;
let timer = null;

function html(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function open(next) {
  stop();
  shown = next;
  stepping = new Stepping(drawing, shown);
  game = new Game(drawing, shown);
  drawing.clear();
  const {file} = shown;
  find("#code-title").textContent = file ? `The code, in ${file}` : "The code";
  find("#code").replaceChildren(...shown.lines.map(({number, text}) => {
    const line = html("li", null);
    line.append(html("span", `${number}`, {class: "number"}), html("span", text, {class: "text"}));
    return line;
  }));
  find("#code").hidden = shown.lines.length === 0;
  find("#no-code").hidden = shown.lines.length > 0;
  find("#orders").replaceChildren(...Object.keys(shown.game.orders ?? {}).map((name) =>
    html("button", ORDER_NAMES[name], {type: "button", "data-order": name})));
  render();
}

// Passes

function passes() {
  const sweeps = shown.sweeps[mode];
  const left = shown.left[mode];
  find("#pass").replaceChildren(...sweeps.map(({seed}, i) =>
    html("option", `${seed} (${i + 1} of ${sweeps.length + left})`, {value: i})));
}

function renderStepping() {
  const {place, last, now} = stepping.get(mode);
  find("#pass").value = now.pass;
  const slider = find("#place");
  slider.max = last;
  slider.value = place;
  slider.setAttribute("aria-valuetext", `Step ${place} of ${last}`);
  for (const name of ["first", "back"]) disable(`[data-step=${name}]`, place === 0);
  for (const name of ["last", "next"]) disable(`[data-step=${name}]`, place === last);
  stepping.draw(mode);
  say(stepping.sentence(mode), stepping.counters(mode));
  const heads = ["all passes", "passes", "edges", "multipli\u00adcations"];
  const rows = stepping.costs().map(({mode: each, counts}) => [
    each, each === "forward" ? "Forward" : "Reverse", counts,
  ]);
  costs(heads, rows);
  table(["node", "value", "local derivatives", "derivative"], stepping.rows(mode));
  const left = shown.left[mode];
  notes(left ? [...shown.notes, `${left} more passes are not shown.`] : shown.notes);
  const steps = stepping.get(mode).steps;
  const box = steps.length ? shown.boxes[steps.at(-1)[0]] : null;
  mark(box);
}

// A button that is disabled loses the focus: it goes to the next one.
function disable(selector, disabled) {
  const button = find(selector);
  const focused = document.activeElement === button;
  button.disabled = disabled;
  if (disabled && focused) find("#place").focus();
}

function say(sentence, counters) {
  const status = find("#status");
  if (status.textContent !== sentence) status.textContent = sentence;
  find("#counters").replaceChildren(...Object.entries(counters).map(([name, count]) => {
    const pair = html("div", null);
    pair.append(html("dt", name), html("dd", count));
    return pair;
  }));
}

function costs(heads, rows) {
  const head = html("tr", null);
  head.append(...heads.map((text, i) =>
    html("th", text, i ? {scope: "col", class: "number"} : {scope: "col"})));
  find("#costs").replaceChildren(head, ...rows.map(([name, title, counts]) => {
    const row = html("tr", null, name === mode ? {class: "own"} : {});
    row.append(html("th", title, {scope: "row"}),
      ...counts.map((count) => html("td", count.toLocaleString("en"), {class: "number"})));
    return row;
  }));
}

function table(heads, rows) {
  const head = html("tr", null);
  head.append(...heads.map((text) => html("th", text, {scope: "col"})));
  find("#table").replaceChildren(head, ...rows.map((cells) => {
    const row = html("tr", null);
    row.append(...cells.map((text) => html("td", text)));
    return row;
  }));
}

function notes(texts) {
  find("#notes").textContent = texts.join(" ").replace(/^./, (first) => first.toUpperCase());
}

// The line of the code that a step is about, and the part of it.
function mark(box) {
  const list = find("#code");
  shown.lines.forEach(({text}, i) => {
    const item = list.children[i];
    const isHere = box?.line === i;
    if (isHere) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    const code = item.lastChild;
    code.replaceChildren(text);
    if (!isHere) return;
    list.scrollTop = item.offsetTop - list.offsetTop - list.clientHeight / 2;
    if (!box.span) return;
    const [from, to] = box.span;
    const part = html("mark", text.slice(from, to));
    code.replaceChildren(text.slice(0, from), part, text.slice(to));
    const end = part.getBoundingClientRect().right - code.getBoundingClientRect().left;
    list.scrollLeft = Math.max(end - list.clientWidth * 0.8, 0);
  });
}

// The game

function renderGame() {
  const {reason} = shown.game;
  for (const button of document.querySelectorAll("#playing button")) button.disabled = !!reason;
  if (reason) {
    stepping.draw("forward");
    say(`There is no elimination here: ${reason}`, {});
    costs([], []);
    table([], []);
  } else {
    game.draw((number) => act(() => game.eliminate(number)));
    say(game.sentence(), game.counters());
    for (const name of ["undo", "again"]) {
      find(`[data-game=${name}]`).disabled = !game.elimination.order.length;
    }
    const rows = game.costs().map(({mode: each, name, counts}) => [each, name, counts]);
    const own = game.isOver ? [["elimination", "You", [game.elimination.multiplications]]] : [];
    costs(["order", "multiplications"], [...rows, ...own]);
    table(["of", "by", "derivative"], game.rows());
  }
  notes([]);
  mark(null);
}

// After a number has gone, the focus is on the next one.
function act(action) {
  stop();
  const inside = document.activeElement?.closest("svg");
  action();
  render();
  if (inside) (find("svg .choice") ?? find("[data-game=undo]")).focus();
}

function playOrder(name) {
  stop();
  game.again();
  const step = () => {
    const number = game.next(name);
    if (number === undefined) stop();
    else game.eliminate(number);
    render();
  };
  step();
  if (!game.isOver) timer = setInterval(step, PLAY_MILLISECONDS);
}

// All

function render() {
  main.dataset.mode = mode;
  const isGame = mode === "elimination";
  find("#stepping").hidden = isGame;
  find("#playing").hidden = !isGame;
  find("#uncounted").hidden = isGame;
  if (isGame) {
    renderGame();
  } else {
    passes();
    renderStepping();
  }
}

function stop() {
  clearInterval(timer);
  timer = null;
  const play = find("[data-step=play]");
  play.setAttribute("aria-pressed", "false");
  play.textContent = "Play";
}

function play() {
  const {place, last} = stepping.get(mode);
  if (place === last) stepping.go(mode, 0);
  const step = () => {
    stepping.go(mode, stepping.get(mode).place + 1);
    renderStepping();
    if (stepping.get(mode).place === stepping.get(mode).last) stop();
  };
  const button = find("[data-step=play]");
  button.setAttribute("aria-pressed", "true");
  button.textContent = "Pause";
  timer = setInterval(step, PLAY_MILLISECONDS);
  step();
}

find("#stepping").addEventListener("click", (event) => {
  const name = event.target.closest("[data-step]")?.dataset.step;
  if (!name) return;
  const wasPlaying = timer !== null;
  stop();
  const {place, last} = stepping.get(mode);
  if (name === "play") {
    if (!wasPlaying) play();
    return;
  }
  stepping.go(mode, {first: 0, back: place - 1, next: place + 1, last}[name]);
  renderStepping();
});
find("#place").addEventListener("input", (event) => {
  stop();
  stepping.go(mode, Number(event.target.value));
  renderStepping();
});
find("#pass").addEventListener("change", (event) => {
  stop();
  stepping.begin(mode, Number(event.target.value));
  renderStepping();
});
find("#modes").addEventListener("change", (event) => {
  stop();
  mode = event.target.value;
  drawing.clear();
  game.shownBefore = false;
  render();
});
find("#playing").addEventListener("click", (event) => {
  const {game: name, order} = event.target.closest("button")?.dataset ?? {};
  if (order) playOrder(order);
  if (name === "undo") act(() => game.undo());
  if (name === "again") act(() => game.again());
});
find("svg").addEventListener("click", (event) => {
  event.target.closest(".box")?.choose?.();
});
find("svg").addEventListener("keydown", (event) => {
  const choose = event.target.closest(".box")?.choose;
  if (!choose || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  choose();
});
new ResizeObserver(() => drawing.fit()).observe(drawing.scroller);

// A function that is typed

function read() {
  const program = parse(find("#text").value);
  const point = Object.create(null);  // whatever a name is
  for (const name of program.inputs) {
    const field = document.getElementById(`input ${name}`);
    const text = (field?.value ?? "").trim().replace("−", "-");
    point[name] = text === "" ? NaN : Number(text);
    if (!Number.isFinite(point[name])) {
      throw new Mistake(`${name} must be a finite number, not “${shortened(text, 20)}”`);
    }
  }
  return told(program, point);
}

// A field for every input, with the number that was there before.
function fields() {
  let inputs;
  try {
    ({inputs} = parse(find("#text").value));
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return;  // it is being typed
  }
  const there = [...find("#point").querySelectorAll("input")];
  if (there.map(({id}) => id).join() === inputs.map((name) => `input ${name}`).join()) return;
  const values = new Map(there.map(({id, value}) => [id, value]));
  find("#point").replaceChildren(...inputs.map((name, i) => {
    const id = `input ${name}`;
    const label = html("label", `${name} =`);
    const field = html("input", null, {id, type: "text", autocomplete: "off", maxlength: 40});
    field.value = values.get(id) ?? ["2", "1", "3", "0.5"][i % 4];
    label.append(field);
    return label;
  }));
}

function mistake(message) {
  find("#mistake").textContent = message;
  find("#text").setAttribute("aria-invalid", String(message !== ""));
}

function show() {
  fields();
  let next;
  try {
    next = read();
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    mistake(error.message);
    return;
  }
  mistake("");
  if (![...find("#graphs").options].some(({value}) => value === OWN)) {
    find("#graphs").append(html("option", "Your function", {value: OWN}));
  }
  find("#graphs").value = OWN;
  own = next;
  open(own);
}

let own = null;
find("#text").addEventListener("input", () => {
  mistake("");
  fields();
});
find("#text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) show();
});
find("#typed").addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
find("#graphs").append(...graphs.map(({title}, i) => html("option", title, {value: i})));
find("#graphs").addEventListener("change", (event) => {
  open(event.target.value === OWN ? own : graphs[event.target.value]);
});
fields();
open(graphs[0]);
