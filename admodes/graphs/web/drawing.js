// A graph in the page: dagre says where boxes and labels go, and keeps them apart; data flows up.

const SVG = "http://www.w3.org/2000/svg";
const FONT = '14px system-ui, "DejaVu Sans", sans-serif';
const LINE = 18;
const PADDING = 9;
const HEAD = 9;  // the length of an arrow's
const SMALLEST = 0.75;  // that text may become to fit in; then one has to scroll
const LARGEST = 1.5;

const ruler = document.createElement("canvas").getContext("2d");

function widthOf(text, bold) {
  ruler.font = `${bold ? "600 " : ""}${FONT}`;
  return ruler.measureText(text).width;
}

// The size of a box that has room for each of several texts, which are lists of lines.
function sizeOf(texts) {
  const width = Math.max(...texts.flat().map((line) => widthOf(line, true)), 24);
  const lines = Math.max(...texts.map((text) => text.length));
  return {width: width + 2 * PADDING, height: lines * LINE + PADDING};
}

// Places of boxes {key, width, height} and of arrows {key, source, target, label}.
function layOut(boxes, arrows) {
  const graph = new dagre.graphlib.Graph({multigraph: true});
  graph.setGraph({rankdir: "BT", nodesep: 20, ranksep: 44, edgesep: 12, marginx: 8, marginy: 8});
  for (const {key, width, height} of boxes) graph.setNode(key, {width, height});
  for (const {key, source, target, label} of arrows) {
    const width = widthOf(label, true) + 6;
    graph.setEdge(source, target, {width, height: LINE, labelpos: "c"}, key);
  }
  dagre.layout(graph);
  const {width, height} = graph.graph();
  if (isMirrored(boxes.map(({key}) => graph.node(key)))) mirror(graph, width);
  const places = new Map(boxes.map(({key}) => [key, graph.node(key)]));
  const ways = new Map(arrows.map(({key, source, target}) => {
    const {points, x, y} = graph.edge(source, target, key);
    const [from, to] = [places.get(source), places.get(target)];
    return [key, {x, y, ...(from === to ? loop(from, {x, y}) : between(points, from, to))}];
  }));
  return {width, height, places, ways};
}

// Whether boxes beside each other, inputs say, mostly stand in the opposite of their order.
function isMirrored(places) {
  let balance = 0;
  places.forEach((place, i) => {
    for (const other of places.slice(0, i)) {
      if (Math.abs(other.y - place.y) < 1) balance += Math.sign(place.x - other.x);
    }
  });
  return balance < 0;
}

function mirror(graph, width) {
  const turn = (point) => { point.x = width - point.x; };
  graph.nodes().forEach((key) => turn(graph.node(key)));
  graph.edges().forEach((key) => {
    const edge = graph.edge(key);
    turn(edge);
    edge.points.forEach(turn);
  });
}

// The way of an arrow: its points, and at its two ends which way is out of the box there.
// It leaves a box at its top and arrives at the bottom of another, as upright as it may. Where boxes
// are folded, one may lead down, to what is computed in the next round of a loop.
function between(points, from, to) {
  const within = (x, box) => {
    const reach = Math.max(box.width / 2 - 10, 0);
    return Math.min(Math.max(x, box.x - reach), box.x + reach);
  };
  const foot = (own, next, box) => (within(own.x, box) + within(next.x, box)) / 2;
  const down = Math.sign(to.y - from.y);
  const start = {x: foot(points[0], points[1], from), y: from.y + down * from.height / 2};
  const end = {x: foot(points.at(-1), points.at(-2), to), y: to.y - down * to.height / 2};
  return {points: [start, ...points.slice(1, -1), end], out: [{x: 0, y: down}, {x: 0, y: -down}]};
}

// From a box to itself: out of one of its sides, through the label there, and back in below.
function loop(box, label) {
  const aside = Math.sign(label.x - box.x);
  const [side, reach] = [box.x + aside * box.width / 2, box.height / 3];
  const corner = (y) => ({x: side, y: box.y + y});
  const out = {x: aside, y: 0};
  return {points: [corner(-reach), label, corner(reach)], out: [out, out]};
}

function curve(points) {
  const [start, ...others] = points;
  let text = `M${start.x},${start.y}`;
  let before = start;
  for (const point of others) {
    const middle = (before.y + point.y) / 2;
    text += `C${before.x},${middle} ${point.x},${middle} ${point.x},${point.y}`;
    before = point;
  }
  return text;
}

function round([start, {x, y}, end]) {
  const half = (level, to) => `C${x},${level} ${x},${level} ${to.x},${to.y}`;
  return `M${start.x},${start.y}${half(start.y, {x, y})}${half(end.y, end)}`;
}

function element(name, attributes = {}, parent = null) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent?.append(made);
  return made;
}

// What is drawn is kept by keys, so that boxes that stay move to their new places.
class Drawing {
  constructor(scroller, svg) {
    Object.assign(this, {scroller, svg, boxes: new Map(), arrows: new Map()});
    this.layers = [element("g", {}, svg), element("g", {}, svg)];
  }

  clear() {
    this.boxes.clear();
    this.arrows.clear();
    for (const layer of this.layers) layer.replaceChildren();
    this.svg.classList.remove("moving");
  }

  // `boxes`: {key, lines: [[text, class], …], classes, label, choose}; `arrows`: {key, label,
  // classes}. `back`: heads at the sources. `moves`: from an earlier layout of the same graph.
  show(boxes, arrows, layout, {back = false, moves = false} = {}) {
    this.layout = layout;
    this.svg.classList.toggle("moving", moves);
    this.svg.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
    this.fit();
    this.keep(this.arrows, arrows, this.layers[0]);
    this.keep(this.boxes, boxes, this.layers[1]);
    for (const arrow of arrows) this.arrow(arrow, layout.ways.get(arrow.key), back);
    for (const box of boxes) this.box(box, layout.places.get(box.key));
  }

  keep(map, items, layer) {
    const keys = new Set(items.map(({key}) => key));
    for (const [key, drawn] of map) {
      if (keys.has(key)) continue;
      drawn.remove();
      map.delete(key);
    }
    for (const {key} of items) if (!map.has(key)) map.set(key, element("g", {}, layer));
  }

  box({key, lines, classes, label, choose}, {x, y, width, height}) {
    const group = this.boxes.get(key);
    group.setAttribute("class", `box ${classes}`);
    group.setAttribute("aria-label", label);
    group.setAttribute("role", choose ? "button" : "img");
    group.setAttribute("data-key", key);
    if (choose) group.setAttribute("tabindex", "0");
    else group.removeAttribute("tabindex");
    group.choose = choose;
    group.style.transform = `translate(${x}px, ${y}px)`;
    const rect = {x: -width / 2, y: -height / 2, width, height, rx: 6};
    const texts = lines.map(([text, kind], i) => {
      const base = (i - lines.length / 2) * LINE + LINE * 0.72;
      const made = element("text", {class: kind, y: base});
      made.textContent = text;
      return made;
    });
    group.replaceChildren(element("rect", rect), ...texts);
  }

  arrow({key, label, classes}, {points, out, x, y}, back) {
    const group = this.arrows.get(key);
    group.setAttribute("class", `arrow ${classes}`);
    group.setAttribute("aria-hidden", "true");  // what it says is in the table
    const tip = back ? points[0] : points.at(-1);
    const away = out[back ? 0 : 1];
    const neck = {x: tip.x + HEAD * away.x, y: tip.y + HEAD * away.y};
    const short = points.map((point) => (point === tip ? neck : point));
    const half = {x: HEAD * 0.45 * away.y, y: HEAD * 0.45 * away.x};
    const head = [tip, {x: neck.x - half.x, y: neck.y - half.y}, {x: neck.x + half.x, y: neck.y + half.y}];
    const width = widthOf(label, true) + 6;
    const text = element("text", {x, y: y + LINE * 0.25});
    text.textContent = label;
    group.replaceChildren(
      element("path", {d: away.x ? round(short) : curve(short)}),
      element("polygon", {points: head.map((point) => `${point.x},${point.y}`).join(" ")}),
      element("rect", {x: x - width / 2, y: y - LINE / 2, width, height: LINE}),
      text,
    );
  }

  // As wide as there is room for, within what can be read.
  fit() {
    if (!this.layout) return;
    const {width, height} = this.layout;
    const room = this.scroller.clientWidth / width;
    const scale = Math.min(Math.max(room, SMALLEST), LARGEST);
    this.svg.setAttribute("width", width * scale);
    this.svg.setAttribute("height", height * scale);
    this.scale = scale;
  }

  // Scroll as little as brings a box into sight.
  reveal(key) {
    const place = this.layout.places.get(key);
    const {scroller, scale} = this;
    const reach = (start, size, from, length) => {
      const first = (start - size / 2) * scale - 8;
      const last = (start + size / 2) * scale + 8;
      return first < from ? first : last > from + length ? last - length : from;
    };
    scroller.scrollTo({
      left: reach(place.x, place.width, scroller.scrollLeft, scroller.clientWidth),
      top: reach(place.y, place.height, scroller.scrollTop, scroller.clientHeight),
    });
  }
}
