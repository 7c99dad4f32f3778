// The game: numbers are eliminated one by one, in whatever order somebody chooses.

const ORDER_NAMES = {
  forward: "Forward order", reverse: "Reverse order", markowitz: "Cheapest next (Markowitz)",
  "markowitz-last": "Cheapest next, of equals the last", best: "Best known",
};

class Game {
  constructor(drawing, shown) {
    Object.assign(this, {drawing, game: shown.game});
    this.shownBefore = false;
    if (!this.game.reason) this.again();
  }

  again() {
    this.elimination = new Elimination(this.game);
    this.made = [];
  }

  replay(order) {
    this.again();
    for (const number of order) this.made = this.elimination.eliminate(number);
  }

  undo() {
    this.replay(this.elimination.order.slice(0, -1));
  }

  eliminate(number) {
    this.made = this.elimination.eliminate(number);
  }

  get left() {
    const gone = new Set(this.elimination.order);
    return innerOf(this.game).filter((number) => !gone.has(number));
  }

  get isOver() {
    return this.left.length === 0;
  }

  // The next number that an order takes, if it has begun like what was done.
  next(name) {
    const {order} = this.elimination;
    const other = this.game.orders[name];
    return order.every((number, i) => number === other[i]) ? other[order.length] : undefined;
  }

  draw(choose) {
    const {names, inputs} = this.game;
    const {into, outOf, order, outputs} = this.elimination;
    const left = new Set(this.left);
    const gone = new Set(order.filter((number) => !outputs.has(number)));
    const boxes = [];
    const sizes = [];
    names.forEach((name, i) => {
      if (gone.has(i)) return;
      const cost = left.has(i) ? `${into[i].size} × ${outOf[i].size} = ${this.elimination.cost(i)}` : "";
      const kind = i < inputs ? "input" : outputs.has(i) ? "output" : "operation";
      const own = shortened(name, 24);
      boxes.push({
        key: `${i}`,
        lines: cost ? [[own, "heading"], [cost, "found"]] : [[own, "heading"]],
        classes: `${kind} ${cost ? "choice" : ""}`,
        label: cost ? `Eliminate ${name}: ${cost} multiplications` : `${name}, ${kind}`,
        choose: cost ? () => choose(i) : null,
      });
      sizes.push({key: `${i}`, ...sizeOf([cost ? [own, cost] : [own, ""]])});
    });
    const made = new Set(this.made.map((ends) => ends.join(" ")));
    const arrows = into.flatMap((sources, target) => [...sources].map(([source, {slope}]) => {
      const key = `${source} ${target}`;
      return {
        key, source: `${source}`, target: `${target}`, label: formatted(slope),
        classes: made.has(key) ? "now" : "",
      };
    }));
    this.drawing.show(boxes, arrows, layOut(sizes, arrows), {moves: this.shownBefore});
    this.shownBefore = true;
  }

  sentence() {
    const {order, multiplications} = this.elimination;
    const {counts, proven, names} = this.game;
    if (!innerOf(this.game).length) return "There is no inner number here to be eliminated.";
    if (!order.length) {
      return "Choose a number in the graph: it goes, and its neighbours are joined, each with each. "
        + "That takes as many multiplications as it has edges in, times edges out.";
    }
    if (!this.isOver) {
      const last = names[order.at(-1)];
      return `${last} is gone. ${multiplications} multiplications so far, ${this.left.length} `
        + `number${this.left.length > 1 ? "s are" : " is"} left.`;
    }
    const verdict = multiplications < counts.best
      ? "fewer than the best order that was known"
      : multiplications === counts.best
        ? proven ? "no order takes fewer, and that is proven" : "as few as the best order known"
        : `the best order ${proven ? "there is" : "known"} takes ${counts.best}`;
    return `Done: the Jacobian stands on the edges, after ${multiplications} multiplications; `
      + `${verdict}.`;
  }

  counters() {
    const {multiplications, nontrivial, order} = this.elimination;
    return {
      "Multiplications": `${multiplications}`,
      "Not by ±1": `${nontrivial}`,
      "Eliminated": `${order.length} of ${innerOf(this.game).length}`,
    };
  }

  costs() {
    return Object.entries(this.game.counts).map(([name, count]) => {
      const proven = name === "best" && this.game.proven ? ", proven" : "";
      return {mode: name, name: `${ORDER_NAMES[name]}${proven}`, counts: [count]};
    });
  }

  rows() {
    const {names} = this.game;
    const {into} = this.elimination;
    return into.flatMap((sources, target) => [...sources].map(([source, {slope}]) =>
      [names[target], names[source], formatted(slope)]));
  }
}
