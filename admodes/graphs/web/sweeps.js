// Forward and reverse mode over a typed function's graph, node by node.
//
// The quick way multiplies and adds. Where that ends in a NaN, derivatives are found once more as
// polynomials of unknown numbers, one for each slope that is infinite or NaN: what depends on none
// of them is known, and zero times one is zero (docs/not-finite.md has the definition).

const ROUNDING = 1e-12;
const MOST_MONOMIALS = 1000;  // they may be twice as many with each unknown number

// What one mode finds: `derivatives` at every node, and `steps` in the order in which it went.
function sweep(graph, mode, seed) {
  const forward = mode === "forward";
  const order = forward ? graph.nodes : graph.nodes.toReversed();
  const near = forward ? "target" : "source";
  const far = forward ? "source" : "target";
  const into = new Map(graph.nodes.map((node) => [node, []]));
  for (const edge of graph.edges) into.get(edge[near]).push(edge);
  const found = new Map([[seed, 1]]);
  const steps = [{node: seed, edges: [], products: 0}];
  for (const node of order) {
    if (node === seed) continue;
    const edges = into.get(node).filter((edge) => found.has(edge[far]));
    if (!edges.length) continue;
    found.set(node, edges.map((edge) => found.get(edge[far]) * edge.slope).reduce((a, b) => a + b));
    const products = edges.filter((edge) => edge[far] !== seed).length;
    steps.push({node, edges, products});
  }
  const undefinedAt = (node) => Number.isNaN((forward ? node : seed).value);
  const doubtful = [...found].some(([node, x]) => Number.isNaN(x) || undefinedAt(node));
  if (doubtful) {
    for (const [node, polynomial] of polynomials(order, seed, into, far)) {
      if (Number.isNaN(found.get(node)) || undefinedAt(node)) found.set(node, known(polynomial));
    }
  }
  return {mode, seed, steps, derivatives: graph.nodes.map((node) => found.get(node) ?? 0)};
}

// Of each node a map from a monomial, as text, to {kinds, names, value, size}.
function polynomials(order, seed, into, far) {
  const one = {names: [], value: 1, size: 1};
  const found = new Map([[seed, new Map([["", one]])]]);
  for (const node of order) {
    if (node === seed) continue;
    const total = new Map();
    for (const edge of into.get(node)) {
      for (const term of found.get(edge[far])?.values() ?? []) add(total, times(term, edge));
    }
    if (total.size > MOST_MONOMIALS) {
      throw new Mistake("too many slopes are not finite here to tell what is known: choose other "
        + "numbers");
    }
    if (total.size) found.set(node, total);
  }
  return found;
}

function times({names, value, size}, {slope, kind, target, argument}) {
  if (kind === null) return {names, value: value * slope, size: size * Math.abs(slope)};
  const own = `${kind} ${target.index} ${argument}`;
  const sign = kind === "infinite" ? Math.sign(slope) : 1;
  return {names: [...names, own].sort(), value: value * sign, size};
}

function add(polynomial, term) {
  const key = term.names.join("|");
  const before = polynomial.get(key);
  polynomial.set(key, before
    ? {names: term.names, value: before.value + term.value, size: before.size + term.size}
    : term);
}

// A number, an infinity, or NaN.
function known(polynomial) {
  // An unknown number by far too small to be noticed beside what is known is not.
  const beside = ROUNDING * Math.abs(polynomial.get("")?.value ?? 0);
  const there = [...polynomial.values()].filter(
    ({value, size}) => Math.abs(value) > Math.max(ROUNDING * size, beside));
  const monomials = there.map(({names}) => {
    const kindOf = (name) => name.split(" ")[0];
    return {
      all: new Set(names),
      kinds: new Set(names.map(kindOf)),
      large: new Set(names.filter((name) => kindOf(name) === "infinite")),
    };
  });
  const numbers = monomials.filter(({kinds}) => kinds.size === 1 && kinds.has("infinite"));
  let constant = 0;
  const signs = new Set();
  there.forEach(({value}, i) => {
    const {all, kinds, large} = monomials[i];
    const infinite = numbers.includes(monomials[i]);
    // An infinite number beside its product with another one, which is larger than any number.
    const within = (other) => all.size < other.all.size && isIn(all, other.all);
    if (infinite && numbers.some(within)) return;
    // Its product with a flat slope beside it, for that is smaller than any number.
    const shrunk = kinds.size === 2 && kinds.has("infinite") && kinds.has("flat");
    if (shrunk && numbers.some((other) => isIn(large, other.all))) return;
    if (!kinds.size) constant += value;
    else if (kinds.size > 1 || !kinds.has("flat")) signs.add(infinite ? Math.sign(value) : NaN);
  });
  if (!signs.size) return constant;
  return signs.size === 1 ? [...signs][0] * Infinity : NaN;
}

function isIn(set, other) {
  return [...set].every((each) => other.has(each));
}
