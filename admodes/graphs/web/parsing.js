// What is typed, as statements: a small part of Python. Nothing is evaluated by JavaScript itself.
//
//   c = a + b          a name for a number
//   return c * (b + 1) one or more outputs; `return` may be left out, or the last name be the output
//
// A heading `def f(a, b):` says which inputs there are; without one, names that nothing was
// assigned to are inputs, in the order in which they appear.

class Mistake extends Error {}

const LONGEST_TEXT = 2000;
const DEEPEST = 50;
const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|((?:np|numpy|math)\.)?([\p{XID_Start}_]\p{XID_Continue}*)|(\*\*|\/\/|[-+*/%^(),=:])|([⁰¹²³⁴-⁹⁺⁻]+|\S))/uy;
const KEYWORDS = new Set(
  `False None True and as assert async await break class continue def del elif else except finally
  for from global if import in is lambda nonlocal not or pass raise return try while with yield`
    .split(/\s+/),
);
const ADVICE = {
  "^": "write ** for a power",
  "//": "// has no derivative that is of use: write /",
  "%": "% is not among the operations here",
  "−": "write - for minus",
  "×": "write * for a product",
  "·": "write * for a product",
  "÷": "write / for a quotient",
};

function tokensOf(line, number) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.length) {
    if (!line.slice(TOKEN.lastIndex).trim()) break;
    const match = TOKEN.exec(line);
    const [whole, numeral, library, name, sign, other] = match;
    const text = numeral ?? name?.normalize("NFKC") ?? sign ?? other;  // as Python reads names
    const end = TOKEN.lastIndex;
    const start = end - whole.trimStart().length;
    if (Object.hasOwn(ADVICE, text)) throw new Mistake(`line ${number}: ${ADVICE[text]}`);
    if (/^[⁰¹²³⁴-⁹⁺⁻]/.test(other)) throw new Mistake(`line ${number}: ${ADVICE["^"]}, not “${text}”`);
    if (other) throw new Mistake(`line ${number}: “${text}” is not understood`);
    if (library && !Object.hasOwn(CALLS, text) && !Object.hasOwn(CONSTANTS, text)) {
      throw new Mistake(`line ${number}: there is no ${library}${text} here, only ${functions()}, pi`);
    }
    found.push({kind: numeral ? "number" : name ? "name" : "sign", text, start, end});
  }
  return found;
}

function functions() {
  return Object.keys(CALLS).sort().join(", ");
}

class Line {
  constructor(text, number) {
    this.tokens = tokensOf(text, number);
    this.number = number;
    this.place = 0;
    this.depth = 0;
  }

  get next() {
    return this.tokens[this.place];
  }

  is(...texts) {
    return this.next !== undefined && this.next.kind !== "number" && texts.includes(this.next.text);
  }

  take() {
    return this.tokens[this.place++];
  }

  fail(what) {
    throw new Mistake(`line ${this.number}: ${what}`);
  }

  expect(text) {
    if (!this.is(text)) {
      const there = this.next ? `“${this.next.text}”` : "the end of the line";
      this.fail(`“${text}” is missing before ${there}`);
    }
    return this.take();
  }

  expression() {
    return this.chain(() => this.product(), "+", "-");
  }

  product() {
    return this.chain(() => this.signed(), "*", "/");
  }

  chain(part, ...signs) {
    let left = part();
    while (this.is(...signs)) {
      const operation = SIGNS[this.take().text];
      const right = part();
      left = applied(operation, [left, right], left.from, right.to);
    }
    return left;
  }

  signed() {
    this.depth += 1;  // whatever nests comes by here
    if (this.depth > DEEPEST) this.fail("this is nested too deeply: give the parts names");
    const found = this.is("-", "+") ? this.withSign() : this.power();
    this.depth -= 1;
    return found;
  }

  withSign() {
    const {text, start} = this.take();
    const arg = this.signed();
    return text === "+" ? {...arg, from: start} : applied("negative", [arg], start, arg.to);
  }

  power() {
    const base = this.atom();
    if (!this.is("**")) return base;
    this.take();
    const exponent = this.signed();
    return applied("power", [base, exponent], base.from, exponent.to);
  }

  atom() {
    const token = this.take();
    if (token === undefined) this.fail("something is missing at the end");
    const {kind, text, start, end} = token;
    let found;
    if (kind === "number") {
      found = {value: Number(text), from: start, to: end};
    } else if (kind === "name") {
      found = this.is("(") ? this.call(text, start) : {name: text, from: start, to: end};
    } else if (text === "(") {
      const inner = this.expression();
      found = {...inner, from: start, to: this.expect(")").end};
    } else {
      this.fail(`something is missing before “${text}”`);
    }
    if (this.next && (this.next.kind !== "sign" || this.is("("))) {
      this.fail(`an operator is missing before “${this.next.text}”, as in 2 * x`);
    }
    return found;
  }

  call(name, start) {
    const operation = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (operation === undefined) {
      this.fail(`there is no function ${name} here, only ${functions()}`);
    }
    this.take();
    const args = [];
    while (!this.is(")")) {
      if (args.length) this.expect(this.is(",") ? "," : ")");
      args.push(this.expression());
    }
    const {end} = this.take();
    const count = OPERATIONS[operation].slopes.length;
    if (args.length !== count) {
      this.fail(`${name} takes ${count} argument${count > 1 ? "s" : ""}, not ${args.length}`);
    }
    return applied(operation, args, start, end);
  }

  // Expressions with commas between them, up to the end.
  several() {
    const found = [this.expression()];
    while (this.is(",")) {
      this.take();
      if (this.next) found.push(this.expression());
    }
    if (this.next) this.fail(`“${this.next.text}” is not understood here`);
    return found;
  }
}

// An operation, with its place in the line; `from` and `to` also span parentheses around it.
function applied(operation, args, start, end) {
  return {operation, args, start, end, from: start, to: end};
}

// The names of the inputs in `def f(a, b):`.
function heading(line) {
  line.take();
  const name = line.take();
  if (!name || name.kind !== "name") line.fail("a heading is def f(a, b):");
  line.expect("(");
  const inputs = [];
  while (!line.is(")")) {
    if (inputs.length) line.expect(line.is(",") ? "," : ")");
    const input = line.take();
    if (!input || input.kind !== "name") line.fail("a heading is def f(a, b):");
    if (inputs.includes(input.text)) line.fail(`${input.text} is an input twice`);
    inputs.push(ownName(line, input.text));
  }
  line.take();
  line.expect(":");
  return {name: name.text, inputs};
}

function ownName(line, name) {
  if (Object.hasOwn(CALLS, name) || Object.hasOwn(CONSTANTS, name)) {
    line.fail(`${name} has a meaning of its own: choose another name`);
  }
  if (KEYWORDS.has(name)) {
    line.fail(`${name} cannot stand here`);
  }
  return name;
}

// The statements, and the lines that they stand on.
function parse(text) {
  if (text.length > LONGEST_TEXT) {
    throw new Mistake(`this is longer than ${LONGEST_TEXT} characters, too long to be looked at`);
  }
  const lines = text.replace(/\s+$/, "").split(/\r?\n/);
  const program = {name: "f", inputs: [], statements: [], outputs: null, lines};
  const assigned = new Set();
  let given = false;
  const use = (line, expression) => {
    for (const arg of expression.args ?? []) use(line, arg);
    const {name} = expression;
    if (name === undefined || assigned.has(name) || Object.hasOwn(CONSTANTS, name)) return;
    ownName(line, name);
    if (program.inputs.includes(name)) return;
    if (given) line.fail(`${name} is neither an input nor assigned before`);
    program.inputs.push(name);
  };
  const last = [];
  lines.forEach((whole, i) => {
    let offset = 0;
    for (const part of whole.replace(/#.*/, "").split(";")) {
      const line = new Line(" ".repeat(offset) + part, i + 1);
      offset += part.length + 1;
      if (!line.next) continue;
      if (program.outputs) line.fail("nothing can follow the output");
      if (line.is("def")) {
        if (given || last.length) line.fail("the heading has to be the first line");
        Object.assign(program, heading(line));
        given = true;
        if (!line.next) continue;
      }
      if (line.is("return")) {
        line.take();
        const expressions = line.several();
        expressions.forEach((each) => use(line, each));
        program.outputs = {expressions, line: i};
        continue;
      }
      const isName = line.next.kind === "name" && line.tokens[line.place + 1]?.text === "=";
      const name = isName ? ownName(line, line.take().text) : null;
      if (isName) line.take();
      const expressions = line.several();
      if (isName && expressions.length > 1) line.fail(`${name} can be one number only`);
      expressions.forEach((each) => use(line, each));
      if (last.length && last.at(-1).name === null) {
        throw new Mistake(`line ${last.at(-1).line + 1}: its value is used nowhere: give it a name`);
      }
      last.push({name, expressions, line: i});
      if (name !== null) assigned.add(name);
    }
  });
  if (!program.outputs && !last.length) throw new Mistake("type a function, as in sin(x) * x");
  if (!program.outputs) {
    const end = last.at(-1);
    const {line, name} = end;
    if (name === null) last.pop();
    const expressions = name === null ? end.expressions : [{name}];
    program.outputs = {expressions, line};
  } else if (last.length && last.at(-1).name === null) {
    throw new Mistake(`line ${last.at(-1).line + 1}: its value is used nowhere: give it a name`);
  }
  program.statements = last.map(({name, expressions, line}) => ({
    name, expression: expressions[0], line,
  }));
  return program;
}
