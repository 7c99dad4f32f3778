"""The figure of the experiment ``memory``."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from admodes.measure import Interval
from admodes.measure.words import counted, number, size
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.memory.cases import (
    BINOMIAL,
    REVERSE,
    fewest_evaluations,
    reach,
    snapshots_for,
)
from experiments.questions.memory.table import Reading, at, read, words

LOOKS = {
    "forward": (plotting.FORWARD, "o"),
    "reverse": (plotting.REVERSE, "s"),
    "segments": (plotting.PURPLE, "v"),
    "uniform": (plotting.OLIVE, "^"),
    "default": (plotting.GREEN, "P"),
    "binomial": (plotting.WINE, "D"),
}
BYTES = {
    1e4: "10 kB",
    1e5: "100 kB",
    1e6: "1 MB",
    1e7: "10 MB",
    1e8: "100 MB",
    1e9: "1 GB",
    1e10: "10 GB",
    1e11: "100 GB",
}
BOUND: dict[str, Any] = {"color": plotting.GUIDE, "linestyle": "--", "linewidth": 1.0, "zorder": 1}


def draw(results: Results) -> Figure:
    """Above, memory against depth; below, the time and the evaluations that it takes."""
    readings = read(results)
    figure = plotting.figure(height=7.8)
    figure.suptitle(headline(readings, results))
    panels = figure.subplot_mosaic([["memory", "memory"], ["time", "runs"]], height_ratios=(5, 4))
    draw_memory(panels["memory"], readings, results)
    draw_ways(panels["time"], readings, lambda each: each.relative, results)
    draw_ways(panels["runs"], readings, lambda each: exact(each.runs), results)
    panels["time"].set_title("time of a derivative, in evaluations of the loop")
    panels["time"].set_ylim(0)
    panels["runs"].set_title("evaluations of a step, counted")
    draw_reach(panels["runs"], readings, results)
    for axes in panels.values():
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.set_xlabel("n, steps of the loop")
    handles, labels = panels["memory"].get_legend_handles_labels()
    if not all(each.measured for each in readings):
        handles.append(plotting.hollow("estimated"))
        labels.append("hollow: estimated")
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def exact(value: float) -> Interval:
    return Interval(value, value, value, coverage=1.0)


def draw_ways(
    axes: Axes,
    readings: Sequence[Reading],
    value: Callable[[Reading], Interval],
    results: Results,
) -> None:
    for name, look in LOOKS.items():
        own = [each for each in readings if each.way == name]
        if not own:
            continue
        points = [(float(each.depth), value(each), each.measured) for each in own]
        plotting.curve(axes, points, words(results, name), *look)


def draw_memory(axes: Axes, readings: Sequence[Reading], results: Results) -> None:
    """Bounds are counted in states: what storing so many takes."""
    state = results.records[0]["state_bytes"]
    snapshots = results.header["settings"]["snapshots"]
    depths = sorted({each.depth for each in readings})
    every = np.unique(np.geomspace(depths[0], depths[-1], 200).astype(int))
    # Their snapshots cannot be more than there are steps.
    bounds = {
        "n states": every,
        "2√n": 2 * np.sqrt(every),
        "s: C(s + 3, 3) ≥ n": np.array([min(snapshots_for(n), n) for n in every]),
        f"{snapshots} states": np.minimum(snapshots, every),
    }
    for label, states in bounds.items():
        axes.plot(every, states * state, **BOUND)
        axes.annotate(
            label,
            (every[-1], states[-1] * state),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=plotting.GUIDE,
            annotation_clip=False,
        )
    draw_ways(axes, readings, lambda each: exact(each.peak), results)
    axes.set_yscale("log")
    byte_ticks(axes)
    axes.set_title(f"the most memory held at once; a state takes {size(state)}; dashed: the bounds")


def byte_ticks(axes: Axes) -> None:
    low, high = axes.get_ylim()
    ticks = [tick for tick in BYTES if low <= tick <= high]
    axes.set_yticks(ticks, [BYTES[tick] for tick in ticks])
    axes.minorticks_off()


def draw_reach(axes: Axes, readings: Sequence[Reading], results: Results) -> None:
    """The least for the snapshots that there are, and where C(s + c, s) steps are reached."""
    snapshots = results.header["settings"]["snapshots"]
    depths = sorted({each.depth for each in readings})
    every = np.unique(np.geomspace(depths[0], depths[-1], 200).astype(int))
    axes.plot(every, [fewest_evaluations(n, snapshots) / n for n in every], **BOUND)
    most = axes.get_ylim()[1]
    axes.set_ylim(0, 1.25 * most)
    c = 1
    while reach(snapshots, c) <= depths[-1]:
        n = reach(snapshots, c)
        if n >= depths[0]:
            runs = fewest_evaluations(n, snapshots) / n
            axes.plot(n, runs, color=plotting.BLACK, marker="|", markersize=9, zorder=4)
            axes.annotate(
                f"c = {c}", (n, runs), xytext=(3, -13), textcoords="offset points", ha="left"
            )
        c += 1
    axes.annotate(
        f"dashed: the fewest with {snapshots} snapshots\n| C({snapshots} + c, c) steps are reached",
        (0.03, 0.97),
        xycoords="axes fraction",
        va="top",
        color=plotting.GUIDE,
    )


def headline(readings: Sequence[Reading], results: Results) -> str:
    """What the greatest depth takes when all is stored, and by the schedules."""
    depth = max(each.depth for each in readings)
    stored, binomial, uniform = (at(readings, way, depth) for way in (REVERSE, BINOMIAL, "uniform"))
    lines = []
    if stored:
        about = "" if stored.measured else "about "
        lines.append(
            f"{counted(depth, 'step')}: reverse mode that stores all of them holds"
            f" {about}{size(stored.peak)};"
        )
        for each, what in ((uniform, "√n states"), (binomial, counted_states(results))):
            if each:
                lines.append(
                    f"with {what} {size(each.peak)}, {number(stored.peak / each.peak)} times less,"
                    f" for {number(each.relative.value / stored.relative.value)} × the time"
                )
    return "\n".join([lines[0], ";\n".join(lines[1:])]) if lines else ""


def counted_states(results: Results) -> str:
    return counted(results.header["settings"]["snapshots"], "state")


SLIDE_WAYS = ("reverse", "uniform", "binomial")


def slide(results: Results) -> Figure:
    """Memory against depth: all states, about their root, and a fixed number."""
    readings = [each for each in read(results) if each.way in SLIDE_WAYS]
    depth = max(each.depth for each in readings)
    stored, binomial = (at(readings, way, depth) for way in (REVERSE, BINOMIAL))
    message = "What a loop of n steps costs in memory"
    if stored and binomial:
        message = (
            f"{counted(depth, 'step')}: {number(stored.peak / binomial.peak)} times less memory for"
            f" {number(binomial.relative.value / stored.relative.value)} times the time"
        )
    figure, axes = plotting.slide(message)
    draw_ways(axes, readings, lambda each: exact(each.peak), results)
    axes.loglog()
    byte_ticks(axes)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlabel("n, steps of the loop")
    axes.set_ylabel("the most memory held at once")
    axes.legend(loc="upper left")
    return figure
