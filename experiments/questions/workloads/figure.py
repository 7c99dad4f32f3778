"""The figure of the experiment ``workloads``."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from admodes.measure.words import number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.workloads.table import Reading, Timed, by_workload, cost, read
from experiments.sides.one_against_many import COLORS

COLUMNS = 3
CURVES: tuple[tuple[str, Callable[[Reading, str], Timed], str, int, str], ...] = (
    ("forward", lambda each, mode: each.of(mode)[0], "one direction a pass", 0, "s"),
    ("forward", Reading.best, "the best k", 1, "^"),
    ("reverse", lambda each, mode: each.of(mode)[0], "one row a sweep", 0, "o"),
    ("reverse", Reading.best, "the best k", 1, "D"),
)
"""Mode, which of its ways, what they are called, which colour of the mode, marker."""


def draw(results: Results) -> Figure:
    """A panel a workload: time over the function's against the size."""
    own = by_workload(read(results))
    columns = min(len(own), COLUMNS)
    rows = ceil(len(own) / columns)
    figure = plotting.figure(height=1.2 + 3.0 * rows)
    figure.suptitle(headline([each for readings in own.values() for each in readings]))
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, readings in zip(panels.flat, own.values(), strict=False):
        draw_panel(axes, readings)
    for axes in panels.flat[len(own) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("time, in evaluations of f")
    figure.legend(handles=legend(), loc="outside lower center", ncols=3)
    return figure


def draw_panel(axes: Axes, readings: Sequence[Reading]) -> None:
    workload = readings[0].workload
    blocks = workload.derivative == "blocks"
    x = [each.size if blocks else each.inputs for each in readings]
    for mode, choose, _, shade, marker in CURVES:
        if mode == "reverse" and shade and workload.derivative == "gradient":
            continue  # it has one row
        ways = [choose(each, mode) for each in readings]
        points = [(size, way.over_f, way.full) for size, way in zip(x, ways, strict=True)]
        plotting.curve(axes, points, "", COLORS[mode][shade], marker)
    advised = [
        (size, way.over_f.value)
        for size, each in zip(x, readings, strict=True)
        if (way := each.recommended)
    ]
    if advised:
        axes.plot(*zip(*advised, strict=True), **RING)
    axes.set_title(f"{workload.name.partition(',')[0]}\n{what(readings)}")
    axes.set_xlabel(workload.counts if blocks else "inputs")
    axes.loglog()
    axes.set_xticks(x, labels_that_fit(x), fontsize=9)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def labels_that_fit(sizes: Sequence[int]) -> list[str]:
    """What to write at an axis of logarithmic scale: nothing where the next is too near.

    >>> labels_that_fit([10, 100, 1000, 10000, 31843])
    ['10', '100', '1,000', '', '31,843']
    """
    nearest = (sizes[-1] / sizes[0]) ** 0.15  # a seventh of the axis
    following = [*sizes[1:], float("inf")]
    return [
        f"{size:,}" if after / size >= nearest else ""
        for size, after in zip(sizes, following, strict=True)
    ]


RING: dict[str, Any] = {
    "color": plotting.BLACK,
    "linestyle": "",
    "marker": "o",
    "markersize": 10,
    "markerfacecolor": "none",
    "markeredgewidth": 1,
}


def what(readings: Sequence[Reading]) -> str:
    """Which derivative, and how many passes it takes in each mode where they do not grow."""
    kind = readings[0].workload.derivative
    if kind == "blocks":
        forward, reverse = (readings[-1].of(mode)[0].count for mode in ("forward", "reverse"))
        return f"blocks: {forward} passes or {reverse} sweeps"
    if kind == "Jacobian":
        largest = readings[-1]
        return f"Jacobian, up to {largest.outputs:,} × {largest.inputs:,}"
    return "gradient"


def legend() -> list[Line2D]:
    handles = [
        Line2D([], [], color=COLORS[mode][shade], marker=marker, label=f"{mode}, {words}")
        for mode, _, words, shade, marker in CURVES
    ]
    ring = Line2D([], [], label="recommended", **RING)
    return [*handles, ring, plotting.hollow("estimated from a sample of the passes")]


def headline(readings: Sequence[Reading]) -> str:
    return cost(readings).removesuffix(".").replace(" and up to", "\nand up to")


PASSES = {
    "forward": ("one direction a pass", "k directions a pass"),
    "reverse": ("one row a sweep", "k rows a sweep"),
}


def slide(results: Results) -> Figure:
    """What the whole derivative costs by the quickest way of each mode, at the largest size."""
    last = [readings[-1] for readings in by_workload(read(results)).values()]
    figure, axes = plotting.slide("What derivatives of published objectives cost")
    rows = range(len(last))
    used: dict[tuple[str, bool], None] = {}
    for mode, offset in (("forward", -0.19), ("reverse", 0.19)):
        best = [each.best(mode) for each in last]
        drawn = axes.barh(
            [row + offset for row in rows],
            [way.over_f.value for way in best],
            color=[COLORS[mode][way.chunk_size > 1] for way in best],
            height=0.36,
        )
        texts = [
            f"{'' if way.full else '~'}{number(way.over_f.value)}"
            f"{f'  (k = {way.chunk_size:,})' if way.chunk_size > 1 else ''}"
            for way in best
        ]
        axes.bar_label(drawn, texts, padding=8)
        used |= {(mode, way.chunk_size > 1): None for way in best}
    names = [f"{each.workload.name.partition(',')[0]}\n{what([each])}" for each in last]
    axes.set_yticks(rows, names, fontsize=15)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.35)
    axes.set_xlim(left=1.0)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("time, in evaluations of f;  ~ estimated;  k: the quickest number")
    bars = [
        Patch(color=COLORS[mode][several], label=f"{mode}, {PASSES[mode][several]}")
        for mode, several in sorted(used)
    ]
    figure.legend(handles=bars, loc="outside lower center", ncols=2)
    return figure
