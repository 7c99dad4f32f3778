"""The figure of the experiment ``chunks``."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from admodes.measure.words import counted, number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.chunks.reading import Curve, read
from experiments.questions.chunks.table import mebi
from experiments.sides.libraries import COMPILED, HERE, PROGRAM
from experiments.sides.libraries_figure import LOOKS as LIBRARIES

LOOKS = tuple(zip(plotting.OTHERS, plotting.MARKERS, strict=False))


WAYS = {PROGRAM: "as a program", COMPILED: "compiled"}
HEIGHTS = {2: 3.4, 3: 2.8}
"""Of a row of so many panels, in inches."""
NOUNS = {"forward": "inputs", "reverse": "outputs"}


WORDS = {"forward": "k, directions a pass", "reverse": "k, rows a sweep"}


CACHE_LINES = {"L2": "|", "L3": "x"}


def draw(results: Results) -> Figure:
    """A panel a function and a way, the cost of a direction against k, by size; a row a function
    where there are programs."""
    curves = list(read(results))
    ways = list(dict.fromkeys(curve.library for curve in curves))
    functions = list(dict.fromkeys((curve.mode, curve.function) for curve in curves))
    panels = [(*function, way) for function in functions for way in ways]
    columns = len(ways) if len(ways) > 1 else 2
    rows = -(-len(panels) // columns)
    figure = plotting.figure(height=0.8 + HEIGHTS[columns] * rows)
    figure.suptitle(headline(curves))
    in_rows: Literal["row", "none"] = "row" if len(ways) > 1 else "none"
    grid = figure.subplots(rows, columns, sharex=True, sharey=in_rows, squeeze=False)
    sizes = results.header["settings"]["caches"]
    drawn = set[str]()
    for axes, (mode, name, way) in zip(grid.flat, panels, strict=True):
        own = [
            curve
            for curve in curves
            if (curve.mode, curve.function, curve.library) == (mode, name, way)
        ]
        drawn |= draw_panel(axes, own, sizes)
        axes.set_title(f"{mode} mode: {name}" if way == HERE else WAYS[way])
        axes.set_xlabel(WORDS[mode])
        if way == HERE:
            axes.set_ylabel("time a direction" if mode == "forward" else "time a row")
            axes.legend(loc="upper right", ncols=2, columnspacing=1.0, fontsize=8)
    for row in grid:
        scale(row)
    marks = [mark("o", "default k", markersize=11, markeredgewidth=1.5)]
    marks += [
        mark(
            CACHE_LINES[name],
            f"k · N numbers fill {name} ({mebi(sizes[name])})",
            markersize=13,
            markeredgewidth=2.5,
        )
        for name in CACHE_LINES
        if name in drawn
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=3)
    return figure


def scale(row: Iterable[Axes]) -> None:
    """Of the panels of a row, which may share an axis."""
    for axes in row:
        axes.loglog(base=10)
        axes.set_xscale("log", base=2)
    for axes in row:
        ticks = [4**power for power in range(7) if 4**power <= axes.get_xlim()[1]]
        axes.set_xticks(ticks, [f"{k:,}" for k in ticks])
    shared = {axes.get_shared_y_axes().get_siblings(axes)[0]: axes for axes in row}
    for axes in shared.values():
        low, high = axes.get_ylim()
        axes.set_ylim(low, high * 10)  # room for the legend
        plotting.time_ticks(axes)


def mark(marker: str, label: str, **look: Any) -> Line2D:
    return Line2D(
        [],
        [],
        color=plotting.GUIDE,
        marker=marker,
        markerfacecolor="none",
        linestyle="",
        label=label,
        **look,
    )


def draw_panel(axes: Axes, curves: Sequence[Curve], sizes: dict[str, int]) -> set[str]:
    """The curves of one function; the names of the caches whose ends are in the picture."""
    drawn = set[str]()
    for curve, (color, marker) in zip(curves, LOOKS * len(curves), strict=False):
        points = [(k, each, True) for k, each in curve.costs.items()]
        plotting.curve(axes, points, f"N = {curve.n:,}", color, marker)
        look: dict[str, Any] = {"color": color, "markerfacecolor": "none", "linestyle": ""}
        k = curve.default_k
        if k is not None and k in curve.costs:
            axes.plot(k, curve.at(k), marker="o", markersize=11, markeredgewidth=1.5, **look)
        for name, symbol in CACHE_LINES.items():
            k_full = sizes.get(name, 0) / (8 * curve.n)
            if 1 <= k_full <= max(curve.costs):
                axes.plot(
                    k_full,
                    curve.at(k_full),
                    marker=symbol,
                    markersize=14,
                    markeredgewidth=2.5,  # no bar of an interval
                    **look,
                )
                drawn.add(name)
    return drawn


def headline(curves: Sequence[Curve]) -> str:
    """Where k directions a pass gain most in each mode, and what programs make of these."""
    lines = []
    for mode, noun in NOUNS.items():
        own = gains_most([curve for curve in curves if curve.mode == mode])
        line = (
            f"{mode} mode, {own.function}, {counted(own.n, noun[:-1])}: by {own.best_k:,} at once,"
            f" each costs 1/{number(own.gain)} of one alone"
        )
        also = [
            f"1/{number(own.costs[1].value / each.costs[each.best_k].value)} {WAYS[each.library]}"
            for each in in_other_ways(own, curves)
        ]
        lines += [line, f"(of that same one, {', '.join(also)})"] if also else [line]
    return "\n".join(lines)


def gains_most(curves: Sequence[Curve]) -> Curve:
    return max((curve for curve in curves if curve.library == HERE), key=lambda curve: curve.gain)


def in_other_ways(own: Curve, curves: Sequence[Curve]) -> list[Curve]:
    """The same by programs."""
    same = (own.mode, own.function, own.n)
    return [
        each
        for each in curves
        if (each.mode, each.function, each.n) == same and each.library != HERE
    ]


def slide(results: Results) -> Figure:
    """Of forward mode, the size that gains most, and the same by programs."""
    curves = [curve for curve in read(results) if curve.mode == "forward"]
    best = gains_most(curves)
    figure, axes = plotting.slide(
        f"{best.best_k:,} directions in one pass: each costs 1/{number(best.gain)} of one alone"
    )
    for own in (best, *in_other_ways(best, curves)):
        points = [(k, each, True) for k, each in own.costs.items()]
        marker = LIBRARIES[own.library][1]
        words = WAYS.get(own.library, "as it is")
        plotting.curve(axes, points, words, plotting.FORWARD_SEVERAL, marker)
    if len(axes.get_legend_handles_labels()[0]) > 1:
        axes.legend(loc="upper right")
    axes.set_yscale("log")
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(best.costs), [f"{k:,}" for k in best.costs])
    axes.minorticks_off()
    low, high = axes.get_ylim()
    axes.set_ylim(10.0 ** floor(log10(low)), 10.0 ** ceil(log10(high)))
    plotting.time_ticks(axes)
    axes.set_xlabel(f"{WORDS['forward']}, {best.function} with N = {best.n:,}")
    axes.set_ylabel("time a direction")
    return figure
