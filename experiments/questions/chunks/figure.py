"""The figure of the experiment ``chunks``."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from admodes.measure.words import counted, number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.chunks.reading import Curve, read
from experiments.questions.chunks.table import mebi

LOOKS = tuple(zip(plotting.OTHERS, plotting.MARKERS, strict=False))


NOUNS = {"forward": "inputs", "reverse": "outputs"}


WORDS = {"forward": "k, directions a pass", "reverse": "k, rows a sweep"}


CACHE_LINES = {"L2": "|", "L3": "x"}


def draw(results: Results) -> Figure:
    """A row of panels a mode, a panel a function: the cost of a direction against k, by size."""
    curves = list(read(results))
    panels: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        panels.setdefault((curve.mode, curve.function), []).append(curve)
    figure = plotting.figure(height=7.6)
    figure.suptitle(headline(curves))
    grid = figure.subplots(2, 2, sharex=True)
    sizes = results.header["settings"]["caches"]
    drawn = set[str]()
    for axes, ((mode, name), own) in zip(grid.flat, panels.items(), strict=True):
        drawn |= draw_panel(axes, own, sizes)
        axes.set_title(f"{mode} mode: {name}")
        axes.set_xlabel(WORDS[mode])
        axes.set_ylabel("time a direction" if mode == "forward" else "time a row")
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
        if k in curve.costs:
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
    axes.loglog(base=10)
    axes.set_xscale("log", base=2)
    ticks = [4**power for power in range(7) if 4**power <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{k:,}" for k in ticks])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 6)  # room for the legend
    plotting.time_ticks(axes)
    axes.legend(loc="upper right", ncols=2)
    return drawn


def headline(curves: Sequence[Curve]) -> str:
    """Where k directions a pass gain most in each mode."""
    lines = []
    for mode, noun in NOUNS.items():
        own = max((curve for curve in curves if curve.mode == mode), key=lambda curve: curve.gain)
        lines.append(
            f"{mode} mode, {own.function}, {counted(own.n, noun[:-1])}: by {own.best_k:,} at once,"
            f" each costs 1/{number(own.gain)} of one alone"
        )
    return "\n".join(lines)


def slide(results: Results) -> Figure:
    """Of forward mode, the size that gains most."""
    own = [curve for curve in read(results) if curve.mode == "forward"]
    best = max(own, key=lambda curve: curve.gain)
    figure, axes = plotting.slide(
        f"{best.best_k:,} directions in one pass: each costs 1/{number(best.gain)} of one alone"
    )
    points = [(k, each, True) for k, each in best.costs.items()]
    plotting.curve(axes, points, best.function, plotting.FORWARD_SEVERAL, "o")
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
