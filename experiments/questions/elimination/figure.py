"""What the experiment ``elimination`` draws: counts, the clock, and graphs on their way."""

from collections.abc import Iterator, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from admodes.measure.words import counted
from experiments.bench import plotting
from experiments.bench.results import Record, Results
from experiments.functions.textbook import TEXTBOOK
from experiments.questions.elimination.experiment import FREE, MEET, PICTURED
from experiments.questions.elimination.reading import (
    MODES,
    Reading,
    fewer,
    pictured,
    quicker,
    read,
)

BEST = plotting.GREEN
LOOKS = {
    "forward": (plotting.FORWARD, "o", "forward mode"),
    "reverse": (plotting.REVERSE, "s", "reverse mode"),
    "markowitz": (plotting.PURPLE, "<", "Markowitz's rule, lowest index first"),
    "markowitz-last": (plotting.PURPLE, ">", "Markowitz's rule, highest index first"),
    "learned": (plotting.BLACK, "x", "learned (Lohoff & Neftci)"),
    "best": (BEST, "D", "the best order found"),
}
TITLES = {"forward": "Forward mode", "reverse": "Reverse mode", "best": "The best order"}
COLOURS = {"forward": plotting.FORWARD, "reverse": plotting.REVERSE, "best": BEST}


# --- Counts and the clock -------------------------------------------------------------------------


def draw(results: Results) -> Figure:
    """Counts of the published functions, of the family, and whether the clock shows them."""
    readings = list(read(results))
    figure = plotting.figure(height=6.6)
    figure.suptitle(headline(readings))
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(3.5, 3.1)).flat
    draw_published(above.subplots(), [each for each in readings if each.kind == "published"])
    left, right = below.subplots(1, 2)
    draw_family(left, [each for each in readings if each.kind == "family"])
    draw_clock(right, [each for each in readings if each.times])
    return figure


def headline(readings: Sequence[Reading]) -> str:
    published = [each for each in readings if each.kind == "published"]
    gains = [each.gain for each in published]
    proven = sum(each.proven for each in published)
    return (
        f"Neither mode is best: the better one takes {min(gains):.2f} to {max(gains):.2f} times as"
        f" many\nmultiplications as the best order found, which is proven best for {proven} of"
        f" {len(published)} published functions"
    )


def draw_published(axes: Axes, readings: Sequence[Reading]) -> None:
    """A function a row, an order a marker, relative to the best."""
    for order, (color, marker, label) in LOOKS.items():
        counts = [
            each.published["learned"] if order == "learned" else each.multiplications[order]
            for each in readings
        ]
        x = [
            count / each.multiplications["best"]
            for count, each in zip(counts, readings, strict=True)
        ]
        filled = "white" if order == "markowitz" else color
        y = range(len(readings))
        axes.plot(
            x, y, color=color, marker=marker, markerfacecolor=filled, linestyle="", label=label
        )
    for i, each in enumerate(readings):
        sure = ", proven" if each.proven else ""
        axes.annotate(
            f"{each.multiplications['best']:,}{sure}",
            (1.0, i),
            (0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=BEST,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
    axes.axvline(1.0, color=plotting.GUIDE, linewidth=0.8, linestyle="--", zorder=0)
    axes.set_yticks(range(len(readings)), [each.name for each in readings])
    axes.set_ylim(len(readings) - 0.5, -0.8)
    axes.set_xlim(left=0.9)  # so that there is room for the numbers
    axes.set_xlabel("multiplications, relative to those of the best order found")
    axes.grid(visible=False, axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.set_title("Published functions, as graphs of numbers")


def draw_family(axes: Axes, readings: Sequence[Reading]) -> None:
    n = [each.sizes["inputs"] for each in readings]
    # Both modes take the same here, so that one is drawn larger, around the other.
    for order, size in (("forward", 9), ("reverse", 5), ("best", 5)):
        color, marker, label = LOOKS[order]
        counts = [each.multiplications[order] for each in readings]
        axes.plot(n, counts, color=color, marker=marker, markersize=size, label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(n, [str(each) for each in n])
    axes.set_xlabel("n inputs, n functions each, meet in one;\nn outputs, n functions each")
    axes.set_ylabel("multiplications")
    axes.set_title("Where they meet in one number")
    axes.legend()


def draw_clock(axes: Axes, readings: Sequence[Reading]) -> None:
    """What is gained by the clock against what is gained by count, by others than ±1."""
    backends = list(dict.fromkeys(backend for each in readings for backend in each.times))
    largest = 1.0
    for backend in backends:
        marker = plotting.COMPILED if backend == "compiled" else "o"
        filled = BEST if backend == "compiled" else "white"
        points = [
            (fewer(each, order), quicker(each.times[backend], order))
            for each in readings
            for order in ("best", FREE)
        ]
        x = [count for count, _ in points]
        y = [gain.value for _, gain in points]
        label = "machine code" if backend == "compiled" else "NumPy's numbers"
        axes.errorbar(
            x, y, plotting.reaches([gain for _, gain in points]), color=BEST, fmt="none", zorder=1
        )
        axes.plot(
            x, y, color=BEST, marker=marker, markerfacecolor=filled, linestyle="", label=label
        )
        largest = max(largest, *x, *y)
    axes.plot((0.5, largest), (0.5, largest), color=plotting.GUIDE, linestyle="--", linewidth=0.8)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("as many multiplications, without ±1\n(the better mode, over the order)")
    axes.set_ylabel("times as quick")
    axes.set_title("Does the count show by the clock?")
    axes.legend()


def slide(results: Results) -> Figure:
    """Roe's flux by each order."""
    roe = next(each for each in read(results) if each.kind == "published")
    counts = {LOOKS[mode][2]: roe.multiplications[mode] for mode in MODES}
    counts["Markowitz's rule"] = min(
        roe.multiplications[order] for order in ("markowitz", "markowitz-last")
    )
    counts["learned"] = roe.published["learned"]
    counts["best found"] = roe.multiplications["best"]
    drawn, axes = plotting.slide(
        f"Neither mode is best: Roe's flux takes {roe.multiplications['best']} multiplications, "
        f"not {min(roe.multiplications[mode] for mode in MODES)}"
    )
    colors = [plotting.FORWARD, plotting.REVERSE, plotting.PURPLE, plotting.BLACK, BEST]
    plotting.bars(axes, counts, colors, [f"{count:,}" for count in counts.values()])
    return drawn


# --- Graphs on their way --------------------------------------------------------------------------


class Graph:
    """A graph from which numbers are eliminated, in one order, and how far it is."""

    def __init__(self, record: Record, order: str) -> None:
        self.names: Sequence[str] = record["names"]
        self.ends = {*record["inputs"], *record["outputs"]}
        self.steps: Sequence[Record] = record["steps"][order]
        self.places = places(record)
        pairs = zip(record["edges"], record["derivatives"], strict=True)
        self.edges = {(a, b): weight for (a, b), weight in pairs}
        self.new: set[tuple[int, int]] = set()
        self.gone: set[int] = set()
        self.multiplications = 0

    def eliminate(self, count: int) -> None:
        """So many numbers more; what they have changed is new."""
        self.new = set()
        for step in self.steps[len(self.gone) : len(self.gone) + count]:
            number = step["number"]
            self.gone.add(number)
            self.edges = {e: w for e, w in self.edges.items() if number not in e}
            for source, target, weight in step["edges"]:
                self.edges[source, target] = weight
                self.new.add((source, target))
            self.multiplications += step["multiplications"]
        self.new &= self.edges.keys()

    def turns(self) -> dict[int, str]:
        """Of each number, as which one it is eliminated."""
        return {step["number"]: str(i + 1) for i, step in enumerate(self.steps)}

    def draw(
        self,
        axes: Axes,
        color: str,
        labels: Mapping[int, str] | None = None,
        *,
        corner: tuple[float, float] = (0.0, 0.0),
        derivatives: bool = False,
    ) -> None:
        """The numbers that are left, and the edges; those that are new in colour."""
        at = {i: (x + corner[0], y + corner[1]) for i, (x, y) in self.places.items()}
        for ends, weight in self.edges.items():
            (x0, y0), (x1, y1) = at[ends[0]], at[ends[1]]
            own = color if ends in self.new else plotting.GUIDE
            arrow = FancyArrowPatch(
                (x0, y0),
                (x1, y1),
                arrowstyle="-|>",
                mutation_scale=8,
                shrinkA=9,
                shrinkB=9,
                color=own,
                linewidth=1.6 if ends in self.new else 0.8,
                zorder=1,
            )
            axes.add_patch(arrow)
            if derivatives:
                axes.text(
                    0.55 * x0 + 0.45 * x1,
                    0.55 * y0 + 0.45 * y1,
                    f"{weight:g}",
                    ha="center",
                    va="center",
                    color=own,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                )
        for kind, face in ((True, "#E0E0E0"), (False, "white")):
            own_places = [
                at[i] for i in self.places if (i in self.ends) == kind and i not in self.gone
            ]
            if own_places:
                x, y = zip(*own_places, strict=True)
                axes.scatter(
                    x,
                    y,
                    s=260 if derivatives else 170,
                    facecolor=face,
                    edgecolor=plotting.GUIDE,
                    zorder=2,
                )
        for i, label in (labels or {}).items():
            if i not in self.gone:
                axes.text(*at[i], label, ha="center", va="center_baseline", fontsize=9, zorder=3)


def places(record: Record) -> dict[int, tuple[float, float]]:
    """A number stands above all that it is computed of, in a row with others of its height."""
    rank = dict.fromkeys(range(len(record["names"])), 0)
    for source, target in sorted(record["edges"], key=lambda ends: ends[1]):
        rank[target] = max(rank[target], rank[source] + 1)
    # What is computed of inputs alone comes as late as it can: sums have their terms below them.
    for number in reversed(range(len(record["names"]))):
        above = [rank[target] for source, target in record["edges"] if source == number]
        if above and number not in record["inputs"]:
            rank[number] = min(above) - 1
    rows: dict[int, list[int]] = {}
    for number, own in rank.items():
        rows.setdefault(own, []).append(number)
    return {
        number: (i - (len(row) - 1) / 2, float(own))
        for own, row in rows.items()
        for i, number in enumerate(row)
    }


SNAPSHOTS = 4


def draw_eliminations(results: Results) -> Figure:
    """A graph as both modes and the best order go over it, with the multiplications so far."""
    record = pictured(results)[MEET]
    drawn = plotting.figure(height=8.4)
    axes = drawn.subplots()
    totals = {}
    for row, order in enumerate(PICTURED):
        graph = Graph(record, order)
        for column, count in enumerate(stops(graph.steps)):
            graph.eliminate(count)
            x, y = 4.0 * column, -6.0 * row
            turns = graph.turns() if column == 0 else None
            graph.draw(axes, COLOURS[order], turns, corner=(x, y))
            words = f"{graph.multiplications} so far"
            if column == 0:
                words = f"{TITLES[order]}:\norder of elimination"
            elif column == SNAPSHOTS - 1:
                words = f"{graph.multiplications} multiplications:\nthe Jacobian"
            axes.text(x - 1.3, y + 4.35, words, color=COLOURS[order], va="bottom")
        totals[order] = graph.multiplications
    axes.set_xlim(-1.5, 4.0 * SNAPSHOTS - 2.5)
    axes.set_ylim(-6.0 * len(PICTURED) + 5.6, 5.4)
    axes.set_axis_off()
    both = " and ".join(dict.fromkeys(str(totals[mode]) for mode in MODES))
    drawn.suptitle(
        "Where three inputs meet in one number and go on to three outputs:\n"
        f"both modes take {both} multiplications, the best order {totals['best']}"
    )
    return drawn


def stops(steps: Sequence[Record]) -> list[int]:
    """How many numbers go before each snapshot: before the dearest one, with it, and the rest."""
    dearest = max(range(len(steps)), key=lambda i: steps[i]["multiplications"])
    if dearest == len(steps) - 1:
        return [0, dearest // 2, dearest - dearest // 2, 1]
    return [0, dearest, 1, len(steps) - dearest - 1]


def animate(results: Results) -> Iterator[Figure]:
    """The textbook's graph, eliminated by both modes side by side."""
    record = pictured(results)[TEXTBOOK]
    graphs = {mode: Graph(record, mode) for mode in MODES}
    count = len(graphs["forward"].steps)
    for frame in range(count + 1):
        drawn = plotting.figure(height=4.2)
        for axes, (mode, graph) in zip(drawn.subplots(1, 2), graphs.items(), strict=True):
            if frame:
                graph.eliminate(1)
            graph.draw(axes, COLOURS[mode], dict(enumerate(graph.names)), derivatives=True)
            done = "the local derivatives"
            if frame:
                name = graph.names[graph.steps[frame - 1]["number"]]
                so_far = counted(graph.multiplications, "multiplication")
                done = f"{name} is eliminated: {so_far}"
            if frame == count:
                done = f"the gradient, by {so_far}"
            axes.set_title(f"{TITLES[mode]}\n{done}", color=COLOURS[mode])
            xs, ys = zip(*graph.places.values(), strict=True)
            axes.set_xlim(min(xs) - 0.6, max(xs) + 0.6)
            axes.set_ylim(min(ys) - 0.4, max(ys) + 0.4)
            axes.set_axis_off()
        yield drawn


FIGURES = {"eliminations": draw_eliminations}
ANIMATIONS = {"elimination-steps": animate}
