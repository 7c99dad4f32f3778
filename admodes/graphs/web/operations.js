// The operations that may be typed: of each its value, and its local derivative by every argument.
//
// A slope is a number where it is that whatever the arguments are, or else a function of the result
// and the arguments. `reads` says what that function reads: y is the result, a and b are the
// arguments. Conventions at corners and singular points are those of admodes (docs/not-finite.md).

const LN2 = Math.log(2);

// As NumPy has it: one to any power is one, and so is minus one to an infinite one.
function power(a, b) {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return Math.pow(a, b);
}

// Numbers that tie share the slope; nothing compares with NaN.
function share(chosen, a, b) {
  return a === b ? 0.5 : Number(chosen);
}

function unary(value, slope, reads) {
  return {value, slopes: [slope], reads: [reads]};
}

const OPERATIONS = {
  add: {sign: "+", value: (a, b) => a + b, slopes: [1, 1], reads: ["", ""]},
  subtract: {sign: "-", value: (a, b) => a - b, slopes: [1, -1], reads: ["", ""]},
  multiply: {
    sign: "*", value: (a, b) => a * b,
    slopes: [(y, a, b) => b, (y, a, b) => a], reads: ["b", "a"],
  },
  divide: {
    sign: "/", value: (a, b) => a / b,
    slopes: [(y, a, b) => 1 / b, (y, a, b) => -y / b], reads: ["b", "yb"],
  },
  power: {
    sign: "**", value: power,
    slopes: [
      (y, a, b) => (b === 0 ? 0 : b * power(a, b - 1)),
      (y, a) => y * (a === 0 ? 0 : Math.log(a)),
    ],
    reads: ["ab", "ya"],
  },
  maximum: {
    value: (a, b) => Math.max(a, b),
    slopes: [(y, a, b) => share(a > b, a, b), (y, a, b) => share(b > a, a, b)],
    reads: ["ab", "ab"],
  },
  minimum: {
    value: (a, b) => Math.min(a, b),
    slopes: [(y, a, b) => share(a < b, a, b), (y, a, b) => share(b < a, a, b)],
    reads: ["ab", "ab"],
  },
  negative: unary((a) => -a, -1, ""),
  square: unary((a) => a * a, (y, a) => a + a, "a"),
  absolute: unary(Math.abs, (y, a) => Math.sign(a), "a"),
  sqrt: unary(Math.sqrt, (y) => 0.5 / y, "y"),
  exp: unary(Math.exp, (y) => y, "y"),
  expm1: unary(Math.expm1, (y) => y + 1, "y"),
  log: unary(Math.log, (y, a) => 1 / a, "a"),
  log2: unary(Math.log2, (y, a) => 1 / LN2 / a, "a"),
  log1p: unary(Math.log1p, (y, a) => 1 / (1 + a), "a"),
  sin: unary(Math.sin, (y, a) => Math.cos(a), "a"),
  cos: unary(Math.cos, (y, a) => -Math.sin(a), "a"),
  tan: unary(Math.tan, (y) => 1 + y * y, "y"),
  sinh: unary(Math.sinh, (y, a) => Math.cosh(a), "a"),
  cosh: unary(Math.cosh, (y, a) => Math.sinh(a), "a"),
  tanh: unary(Math.tanh, (y) => 1 - y * y, "y"),
  arcsin: unary(Math.asin, (y, a) => 1 / otherLeg(a), "a"),
  arccos: unary(Math.acos, (y, a) => -1 / otherLeg(a), "a"),
  arctan: unary(Math.atan, (y, a) => 1 / (1 + a * a), "a"),
};

// Of a right-angled triangle whose longest side is 1.
function otherLeg(a) {
  return Math.sqrt((1 - a) * (1 + a));
}

// The names by which they are called in what is typed.
const CALLS = {abs: "absolute"};
for (const name of Object.keys(OPERATIONS)) {
  if (!OPERATIONS[name].sign && name !== "negative" && name !== "square") CALLS[name] = name;
}
for (const name of ["absolute", "square"]) CALLS[name] = name;
const CONSTANTS = {pi: Math.PI};
const SIGNS = {};
for (const [name, {sign}] of Object.entries(OPERATIONS)) if (sign) SIGNS[sign] = name;
