// A typed function as what is shown of it: texts in boxes and on arrows, and the steps of every
// sweep. The page of a recorded function has the same from admodes (pages.py).

// As Python's format has it, `.4g`: a few significant digits, a half to the even one.
function formatted(x, digits = 4) {
  if (x === 0) return "0";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const rounded = halfToEven(x, digits);
  const [mantissa, exponent] = rounded.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) return short(rounded.toFixed(digits - 1 - power));
  const size = String(Math.abs(power)).padStart(2, "0");
  return `${short(mantissa)}e${power < 0 ? "-" : "+"}${size}`;
}

// JavaScript rounds a half away from zero: where that is odd, what is to be rounded instead.
function halfToEven(x, digits) {
  const [mantissa, exponent] = x.toExponential(60).split("e");
  const place = mantissa.indexOf(".") + digits;
  const [kept, rest] = [mantissa.slice(0, place), mantissa.slice(place)];
  const isEven = "02468".includes(kept.at(-1));
  return /^50*$/.test(rest) && isEven ? Number(`${kept}e${exponent}`) : x;
}

function productText(a, b) {
  const factor = formatted(b);
  return `${formatted(a)}·${factor.startsWith("-") ? `(${factor})` : factor}`;
}

const MOST_TERMS = 4;

function sweepText({mode, seed, derivatives}, node, edges) {
  const own = shortened(node.named ? node.name : UNNAMED, 12);
  const what = mode === "forward"
    ? `∂${own}/∂${shortened(seed.name, 12)}` : `∂${shortened(seed.name, 12)}/∂${own}`;
  const sums = [];
  if (edges.length && edges.length <= MOST_TERMS) {
    const end = mode === "forward" ? "source" : "target";
    const terms = edges.map((edge) => productText(derivatives[edge[end].index], edge.slope));
    sums.push(terms.join(" + "));
  }
  return [what, ...sums, formatted(derivatives[node.index])].join(" = ");
}

function shortened(text, longest = 36) {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function toldSweep(graph, mode, seed) {
  const found = sweep(graph, mode, seed);
  const texts = graph.nodes.map(() => "");  // where it does not come
  for (const {node, edges} of found.steps) texts[node.index] = sweepText(found, node, edges);
  const steps = found.steps.map(({node, edges, products}) => [
    node.index, edges.map((edge) => graph.edges.indexOf(edge)), edges.length, products,
  ]);
  return {seed: seed.name, passes: 1, note: "", texts, steps};
}

function toldGame(graph) {
  const numbers = numbersOf(graph);
  if (!numbers.edges.every(([, , slope]) => Number.isFinite(slope))) {
    return {reason: "a local derivative is infinite or NaN here, and products with it depend on "
      + "the order: choose other numbers"};
  }
  const {orders, proven} = ordersOf(numbers);
  const counts = {};
  for (const [name, order] of Object.entries(orders)) counts[name] = counted(numbers, order);
  return {...numbers, orders, counts, proven};
}

// All that is shown of a program at a point.
function told(program, point) {
  const graph = record(program, point);
  const boxes = graph.nodes.map((node) => {
    const isInput = node.operation === "input";
    const heading = node.named && !isInput ? `${node.name} = ${node.expression}` : node.expression;
    return {
      heading: shortened(heading),
      value: formatted(node.value),
      kind: isInput ? "input" : node.output ? "output" : "operation",
      line: node.line,
      span: node.span,
    };
  });
  return {
    title: "Your function",
    boxes,
    arrows: graph.edges.map(({source, target, slope}) => (
      {source: source.index, target: target.index, label: formatted(slope)})),
    lines: program.lines.map((text, i) => ({number: i + 1, text})),
    file: "",
    sweeps: {
      forward: graph.inputs.map((node) => toldSweep(graph, "forward", node)),
      reverse: graph.outputs.map((node) => toldSweep(graph, "reverse", node)),
    },
    left: {forward: 0, reverse: 0},
    notes: [],
    game: toldGame(graph),
  };
}
