// Elimination: numbers go one by one, and the derivatives on the edges that are left are added up.
//
// A graph of numbers is {names, inputs, outputs, edges}: the inputs are the first of the numbers,
// and an edge is [source, target, slope, whether it is 1 or -1 whatever the inputs are].

const MOST_PROVEN = 14;  // inner numbers whose 2^14 sets are looked through in half a second

class Elimination {
  constructor({names, outputs, edges}) {
    this.names = names;
    this.outputs = new Set(outputs);
    this.into = names.map(() => new Map());
    this.outOf = names.map(() => new Map());
    for (const [source, target, slope, unit] of edges) this.put(source, target, {slope, unit});
    this.multiplications = 0;
    this.nontrivial = 0;
    this.order = [];
  }

  put(source, target, weight) {
    this.into[target].set(source, weight);
    this.outOf[source].set(target, weight);
  }

  cost(number) {
    return this.into[number].size * this.outOf[number].size;
  }

  // Take a number out; the edges that lead past it then.
  eliminate(number) {
    const before = [...this.into[number]];
    const after = [...this.outOf[number]];
    const made = [];
    this.multiplications += before.length * after.length;
    for (const [target, late] of after) {
      this.into[target].delete(number);
      for (const [source, early] of before) {
        this.nontrivial += Number(!late.unit && !early.unit);
        const there = this.into[target].get(source);
        const slope = late.slope * early.slope + (there ? there.slope : 0);
        this.put(source, target, {slope, unit: !there && late.unit && early.unit});
        made.push([source, target]);
      }
    }
    this.outOf[number].clear();
    if (!this.outputs.has(number)) {
      for (const [source] of before) this.outOf[source].delete(number);
      this.into[number].clear();
    }
    this.order.push(number);
    return made;
  }
}

function innerOf({names, inputs, edges}) {
  const leading = new Set(edges.map(([source]) => source));
  return names.map((_, i) => i).filter((i) => i >= inputs && leading.has(i));
}

function counted(graph, order) {
  const elimination = new Elimination(graph);
  for (const number of order) elimination.eliminate(number);
  return elimination.multiplications;
}

// Whatever takes the fewest multiplications next; of several the first, or the last.
function markowitz(graph, last) {
  const elimination = new Elimination(graph);
  const left = innerOf(graph);
  if (last) left.reverse();
  while (left.length) {
    const costs = left.map((number) => elimination.cost(number));
    const [number] = left.splice(costs.indexOf(Math.min(...costs)), 1);
    elimination.eliminate(number);
  }
  return elimination.order;
}

// Orders by a rule, and the best that is known: {order, proven}.
function ordersOf(graph) {
  const inner = innerOf(graph);
  const orders = {
    forward: inner,
    reverse: inner.toReversed(),
    markowitz: markowitz(graph, false),
    "markowitz-last": markowitz(graph, true),
  };
  const byCost = Object.values(orders).toSorted((a, b) => counted(graph, a) - counted(graph, b));
  const best = inner.length <= MOST_PROVEN ? optimum(graph, inner) : byCost[0];
  return {orders: {...orders, best}, proven: inner.length <= MOST_PROVEN};
}

// The order that takes the fewest multiplications, over the sets of numbers that are gone: what is
// left to be done does not depend on the order in which they went.
function optimum(graph, inner) {
  let sets = new Map([[0, {cost: 0, order: [], links: new Links(graph)}]]);
  for (let size = 0; size < inner.length; size += 1) {
    const larger = new Map();
    for (const [gone, {cost, order, links}] of sets) {
      inner.forEach((number, i) => {
        if (gone >> i & 1) return;
        const key = gone | 1 << i;
        const own = cost + links.cost(number);
        if (larger.has(key) && larger.get(key).cost <= own) return;
        larger.set(key, {cost: own, order: [...order, number], links});
      });
    }
    for (const state of larger.values()) state.links = state.links.without(state.order.at(-1));
    sets = larger;
  }
  return [...sets.values()][0].order;
}

// Predecessors and successors alone, each set as the bits of an integer.
class Links {
  constructor({names, outputs, edges}) {
    this.before = names.map(() => 0n);
    this.after = names.map(() => 0n);
    this.outputs = new Set(outputs);
    for (const [source, target] of edges) {
      this.before[target] |= 1n << BigInt(source);
      this.after[source] |= 1n << BigInt(target);
    }
  }

  cost(number) {
    return bits(this.before[number]).length * bits(this.after[number]).length;
  }

  without(number) {
    const links = Object.create(Links.prototype);
    const before = this.before.slice();
    const after = this.after.slice();
    const [sources, targets, own] = [before[number], after[number], ~(1n << BigInt(number))];
    const stays = this.outputs.has(number);
    for (const i of bits(sources)) after[i] = stays ? after[i] | targets : (after[i] | targets) & own;
    for (const i of bits(targets)) before[i] = (before[i] | sources) & own;
    return Object.assign(links, {before, after, outputs: this.outputs});
  }
}

function bits(set) {
  const found = [];
  for (let i = 0; set; i += 1, set >>= 1n) if (set & 1n) found.push(i);
  return found;
}

// The graph of numbers of a typed function: each node is one.
function numbersOf(graph) {
  const edges = new Map();
  for (const {source, target, slope, unit} of graph.edges) {
    const key = `${source.index} ${target.index}`;
    const there = edges.get(key);
    edges.set(key, there
      ? [source.index, target.index, there[2] + slope, false]
      : [source.index, target.index, slope, unit]);
  }
  return {
    names: graph.nodes.map((node) => node.name),
    inputs: graph.inputs.length,
    outputs: graph.outputs.map((node) => node.index),
    edges: [...edges.values()],
  };
}
