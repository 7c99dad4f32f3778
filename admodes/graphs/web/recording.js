// A typed function at a point, as nodes and edges: what admodes.graph makes of the same code.

const MOST_OPERATIONS = 80;
const MOST_INPUTS = 12;
const UNNAMED = "·";
const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

function subscript(number) {
  return Array.from(String(number), (digit) => SUBSCRIPTS[digit]).join("");
}

class Recording {
  constructor(program, point) {
    this.nodes = [];
    this.edges = [];
    this.line = 0;
    this.known = new Map();
    for (const name of program.inputs) {
      if (!Number.isFinite(point[name])) throw new Mistake(`${name} must be a finite number`);
      const node = this.node({name, named: true, operation: "input", value: point[name]});
      this.known.set(name, node);
    }
    this.inputs = program.inputs.length;
  }

  node(node) {
    this.nodes.push({index: this.nodes.length, line: -1, span: null, output: false, ...node});
    return this.nodes.at(-1);
  }

  // A node, or a number that depends on no input.
  evaluate(expression) {
    if (expression.value !== undefined) return expression.value;
    if (expression.name !== undefined) {
      return this.known.get(expression.name) ?? CONSTANTS[expression.name];
    }
    const args = expression.args.map((arg) => this.evaluate(arg));
    return this.apply(expression, args);
  }

  apply({operation, start, end}, args) {
    const squares = operation === "power" && args[1] === 2 && typeof args[0] === "object";
    const own = squares ? "square" : operation;
    if (squares) args = [args[0]];
    const {value, slopes, reads} = OPERATIONS[own];
    const numbers = args.map((arg) => (typeof arg === "object" ? arg.value : arg));
    const y = value(...numbers);
    if (args.every((arg) => typeof arg !== "object")) {
      if (Number.isFinite(y)) return y;
      const what = written(operation, args.map(constantText));
      throw new Mistake(`line ${this.line + 1}: ${what} is no finite number`);
    }
    if (this.nodes.length - this.inputs >= MOST_OPERATIONS) {
      throw new Mistake(`there are more than ${MOST_OPERATIONS} operations, too many to look at`);
    }
    const node = this.node({
      name: null, named: false, operation: own, value: y, args, line: this.line, span: [start, end],
    });
    const active = args.map((arg) => typeof arg === "object");
    const kept = reads.filter((_, i) => active[i]).join("");
    args.forEach((arg, i) => {
      if (!active[i]) return;
      const constant = typeof slopes[i] === "number";
      const found = constant ? slopes[i] : slopes[i](y, ...numbers);
      const kind = constant ? null : kindOf(own, found, y, numbers, i, kept);
      const slope = kind === "made" ? NaN : found;  // whatever the rule gives
      const unit = constant && Math.abs(slope) === 1;
      this.edges.push({source: arg, target: node, argument: i, slope, unit, kind});
    });
    return node;
  }
}

// What an unknown slope is: see sweeps.js. `kept` is what the rule has at hand of the operation.
function kindOf(operation, slope, y, numbers, argument, kept) {
  let kind = Number.isNaN(slope) ? "undefined" : Math.abs(slope) === Infinity ? "infinite" : null;
  const at = numbers.map((x, i) => (kept.includes("ab"[i]) ? x : undefined));
  const all = at.every((x) => x !== undefined);
  if (!all && !kept.includes("y")) return kind;
  const x = at[argument];
  if (slope === 0 && Math.abs(y) === Infinity && (x === undefined || x === y)) kind = "flat";
  if (Number.isNaN(y) && !at.some(Number.isNaN)) {
    const {value} = OPERATIONS[operation];
    const made = [0, 1, Infinity].some((other) =>
      Number.isNaN(value(...at.map((each) => each ?? other))));
    if (made) kind = "made";
  }
  return kind;
}

function written(operation, operands) {
  const {sign} = OPERATIONS[operation];
  if (sign) return operands.join(` ${sign} `);
  if (operation === "negative") return `-${operands[0]}`;
  return operation === "square" ? `${operands[0]}**2` : `${operation}(${operands.join(", ")})`;
}

function constantText(number) {
  return Number.isInteger(number) && Math.abs(number) < 1e9 ? String(number) : formatted(number);
}

// The graph of a program at a point: only what an output depends on, and every input.
function record(program, point) {
  const count = program.inputs.length;
  if (!count) throw new Mistake("there is no input: use a name, as in sin(x) * x");
  if (count > MOST_INPUTS) {
    throw new Mistake(`there are ${count} inputs, and more than ${MOST_INPUTS} cannot be looked at`);
  }
  const recording = new Recording(program, point);
  for (const {name, expression, line} of program.statements) {
    recording.line = line;
    const found = recording.evaluate(expression);
    recording.known.set(name, found);
    const isResult = found.operation && expression.operation;
    if (isResult) Object.assign(found, {name, named: true});
  }
  recording.line = program.outputs.line;
  const outputs = program.outputs.expressions.map((each) => recording.evaluate(each));
  const several = outputs.length > 1;
  outputs.forEach((node, i) => {
    if (typeof node !== "object") return;
    node.output = true;
    if (!node.named) {
      node.name = several ? `${program.name}[${i}]` : program.name;
      node.named = true;
    }
  });
  if (!outputs.some((node) => typeof node === "object")) {
    throw new Mistake("the output does not depend on any input");
  }
  return named(pruned(recording, outputs));
}

function pruned({nodes, edges, inputs}, outputs) {
  const needed = new Set(outputs.filter((node) => typeof node === "object"));
  for (const edge of edges.toReversed()) if (needed.has(edge.target)) needed.add(edge.source);
  const kept = nodes.filter((node) => needed.has(node) || node.index < inputs);
  kept.forEach((node, i) => { node.index = i; });
  return {
    nodes: kept,
    edges: edges.filter((edge) => needed.has(edge.target)),
    inputs: kept.slice(0, inputs),
    outputs: kept.filter((node) => node.output),
  };
}

// Values of one name are told apart by numbers, and what has no name is called by its operation.
function named(graph) {
  const times = new Map();
  const inputs = new Set(graph.inputs.map((node) => node.name));
  const results = graph.nodes.slice(graph.inputs.length);
  const counts = new Map();
  for (const {name} of results) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const node of results) {
    const {name} = node;
    if (node.named && (counts.get(name) > 1 || inputs.has(name))) {
      times.set(name, (times.get(name) ?? 0) + 1);
      node.name += subscript(times.get(name));
    }
    node.name ??= OPERATIONS[node.operation].sign ?? node.operation;
    node.expression = written(node.operation, node.args.map((arg) => {
      if (typeof arg !== "object") return constantText(arg);
      return arg.named ? arg.name : UNNAMED;
    }));
  }
  for (const node of graph.inputs) node.expression = node.name;
  return graph;
}
