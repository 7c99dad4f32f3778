"""The figure of the experiment ``million``."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from admodes.measure.words import duration, number
from experiments.bench import plotting
from experiments.bench.results import Record, Results
from experiments.sides import compiled
from experiments.sides.one_against_many import in_full
from experiments.sides.readings import Point


def draw(results: Results) -> Figure:
    """Of each function the time that forward passes take, one after another, and of one reverse."""
    functions = compiled.by_function(results)
    columns = min(len(functions), 2)
    rows = ceil(len(functions) / columns)
    figure = plotting.figure(height=1.4 + 2.8 * rows)
    points = {name: compiled.read_blocks(name, records) for name, records in functions.items()}
    figure.suptitle(of_all([*points.values()]))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, point) in zip(grid.flat, points.items(), strict=False):
        draw_panel(axes, point, functions[name][1:])
        times = number(point.forms[0].speedup.value)
        axes.set_title(f"{name}: {times} times as fast in reverse")
    for axes in grid.flat[len(functions) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set_ylabel("time")
    for axes in grid[-1]:
        axes.set_xlabel("directions, one for each input")
    handles, _ = grid.flat[0].get_legend_handles_labels()
    if not all(point.forms[0].full for point in points.values()):
        handles.append(plotting.hollow("all, estimated from a sample"))
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def slide(results: Results) -> Figure:
    """Those of the function that the headline is of."""
    point = first_in_full(results)
    figure, axes = plotting.slide(in_full(point))
    draw_panel(axes, point, compiled.by_function(results)[point.function][1:])
    axes.set_xlabel(f"directions, one for each input of {point.function}")
    axes.set_ylabel("time")
    axes.legend(loc="upper left")
    return figure


def first_in_full(results: Results) -> Point:
    """The first function whose passes were all run; where there is none, the first."""
    points = [compiled.read_blocks(*each) for each in compiled.by_function(results).items()]
    return next((point for point in points if point.forms[0].full), points[0])


def of_all(points: Sequence[Point]) -> str:
    """What all forward passes took, and one reverse pass: of which function which, panels say."""
    if len(points) == 1:
        return in_full(points[0])
    every = all(point.forms[0].full for point in points)
    forward = between([point.forms[0].seconds.value for point in points])
    reverse = between([point.one.seconds.value for point in points])
    how = "run in full" if every else "some estimated"
    return (
        f"All forward passes of a function, compiled, {how}: {forward}.\n"
        f"One reverse pass, compiled: {reverse}"
    )


def between(seconds: Sequence[float]) -> str:
    """From the shortest time to the longest."""
    ends = dict.fromkeys(duration(each) for each in (min(seconds), max(seconds)))
    return " to ".join(ends)


def draw_panel(axes: Axes, point: Point, blocks: list[Record]) -> None:
    (form,) = point.forms
    if form.full:
        made, elapsed = (
            np.cumsum([block[key] for block in blocks]) for key in ("directions_timed", "seconds")
        )
    else:
        made, elapsed = np.array([point.n]), np.array([form.seconds.value])
    color = plotting.FORWARD_SEVERAL
    axes.plot(
        made,
        elapsed,
        color=color,
        marker=plotting.COMPILED,
        markersize=3 if form.full else None,
        label="forward mode, compiled, all cores",
    )
    if not form.full:
        axes.plot(made, elapsed, color=color, marker=plotting.COMPILED, **plotting.HOLLOW)
    axes.plot(
        [1],
        [point.one.seconds.value],
        color=plotting.REVERSE,
        marker=plotting.COMPILED,
        linestyle="",
        label="reverse mode, compiled: all by one pass",
    )
    axes.axhline(point.one.seconds.value, color=plotting.REVERSE, linestyle=":")
    axes.loglog()
    axes.set_xlim(0.7, 1.5 * point.n)
    plotting.time_ticks(axes)
