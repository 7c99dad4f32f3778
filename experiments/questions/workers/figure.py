"""The figure of the experiment ``workers``."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import StrMethodFormatter

from admodes.measure.words import counted, number
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.workers.reading import Point, read, simulated, workers_in

SMALL = 8
DASK: dict[str, Any] = {"markeredgecolor": plotting.BLACK, "markeredgewidth": 1.5, "linestyle": ""}
"""How a cluster's workers look, in the marker and the colour of their number of inputs."""
FUNCTIONS = {
    "rod": "heat in a rod of 50,000 points, by {} sources",
    "rosenbrock": "rosenbrock: a quick function of {} inputs",
}
ANY_NUMBER = {
    "least": (plotting.GREEN, "s", "by the best number of workers"),
    "least_by_passes": (plotting.GUIDE, "o", "the same, if a worker were reached in no time"),
}
"""What is simulated of any number of workers: fields of a point, and how they look."""


def draw(results: Results) -> Figure:
    """Of each function the time by the number of workers, and how near that comes to reverse."""
    points = read(results)
    functions = list(dict.fromkeys(point.function for point in points))
    figure = plotting.figure(height=1.9 + 3.4 * len(functions))
    figure.suptitle(headline(points))
    grid = figure.subplots(len(functions), 2, squeeze=False, width_ratios=(3, 2))
    for (left, right), name in zip(grid, functions, strict=True):
        own = [point for point in points if point.function == name]
        draw_times(left, own)
        draw_nearest(right, own)
        left.set_title(FUNCTIONS[name].format("N"))
        right.set_title("how near it comes")
    figure.legend(handles=handles(points), loc="outside lower center", ncols=2)
    return figure


def headline(points: Sequence[Point]) -> str:
    """The last function that catches up at all, at its largest size."""
    found = [point for point in points if point.break_even is not None]
    if not found:
        return "No number of workers makes forward mode as quick as one reverse pass"
    last = found[-1]
    workers = counted(last.break_even or 0, "worker")
    return (
        f"{last.function}, {last.n:,} inputs: forward mode is as quick as one reverse pass\n"
        f"by {workers} (simulated)"
    )


def draw_times(axes: Axes, points: Sequence[Point]) -> None:
    for point, marker in zip(points, cycle(plotting.MARKERS), strict=False):
        color = several(point)
        run = [(0.5, point.alone, True)]
        run += [
            (workers_in(where), each, True)
            for where, each in point.measured.items()
            if not where.startswith("dask")
        ]
        plotting.curve(axes, run, f"N = {point.n:,}", color, marker)
        for where, each in point.measured.items():
            if where.startswith("dask"):
                axes.plot(
                    [1.25 * workers_in(where)], [each.value], color=color, marker=marker, **DASK
                )
        beyond = simulated(point)
        last = run[-1][0], run[-1][1].value
        axes.plot(*zip(last, *beyond, strict=True), color=color, linestyle=":")
        axes.plot(*zip(*beyond, strict=True), color=color, marker=marker, **plotting.HOLLOW)
        axes.axhline(point.reverse.value, color=plotting.REVERSE, linestyle="--")
        axes.plot(
            [0.5],
            [point.reverse.value],
            color=plotting.REVERSE,
            marker=marker,
            linestyle="",
        )
        if len(points) > 1:
            axes.annotate(
                f"N = {point.n:,}",
                (0.5, point.alone.value),
                xytext=(-6, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=SMALL,
            )
    axes.loglog()
    if len(points) > 1:  # room for what stands beside the first of each
        first, most = axes.get_xlim()
        axes.set_xlim(left=0.5 / (most / first) ** 0.25)
    ticks = [0.5, 1, 2, 4, 16, 64, 256, 1024, 4096, 16384]
    most = axes.get_xlim()[1]
    ticks = [tick for tick in ticks if tick <= most]
    if len(ticks) > 8:  # their numbers would meet
        ticks = [tick for tick in ticks if tick not in (1, 64, 1024, 16384)]
    axes.set_xticks(ticks, ["none" if tick < 1 else f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("workers")
    axes.set_ylabel("time of a gradient")
    plotting.time_ticks(axes)


def draw_nearest(axes: Axes, points: Sequence[Point]) -> None:
    """How many times as long as a reverse pass: without workers, and by any number of them."""
    n = [point.n for point in points]
    alone = [point.alone.value / point.reverse.value for point in points]
    axes.plot(n, alone, color=several(points[-1]))
    for x, y, point in zip(n, alone, points, strict=True):
        axes.plot([x], [y], color=several(point), marker="o")
    for way, (color, marker, _) in ANY_NUMBER.items():
        times = [getattr(point, way) / point.reverse.value for point in points]
        axes.plot(n, times, color=color, linewidth=1.0)
        axes.plot(n, times, color=color, marker=marker, **plotting.HOLLOW)
    axes.axhline(1, color=plotting.REVERSE, linestyle="--", linewidth=1.0)
    axes.loglog()
    axes.set_xlim(n[0] / 1.7, n[-1] * 1.7)
    caught = [point for point in points if point.by_passes]
    if caught:  # room for what stands below the line
        low, high = axes.get_ylim()
        axes.set_ylim(bottom=low / (high / low) ** 0.25)
    for point in caught:
        one_each = ",\none a pass" if point.by_passes == point.n else ""
        axes.annotate(
            f"by {point.by_passes:,}\nworkers{one_each}",
            (point.n, point.least_by_passes / point.reverse.value),
            xytext=(0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=SMALL,
            color=plotting.GUIDE,
        )
    axes.set_xticks(n, [f"{each:,}" for each in n])
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.minorticks_off()
    axes.set_xlabel("N, inputs")
    axes.set_ylabel("times as long as a reverse pass")


def several(point: Point) -> str:
    """The colour of forward mode, by whether a pass has more than one direction."""
    return plotting.FORWARD_SEVERAL if point.k > 1 else plotting.FORWARD


def handles(points: Sequence[Point]) -> list[Line2D]:
    colors = {several(point) for point in points}
    names = {
        plotting.FORWARD: "forward",
        plotting.FORWARD_SEVERAL: "forward, several directions a pass",
    }
    found = [Line2D([], [], color=c, marker="o", label=names[c]) for c in sorted(colors)]
    found.append(Line2D([], [], color=plotting.REVERSE, linestyle="--", label="one reverse pass"))
    if any(where.startswith("dask") for point in points for where in point.measured):
        found.append(
            Line2D(
                [], [], color=plotting.FORWARD_SEVERAL, marker="o", **DASK, label="a Dask cluster"
            )
        )
    found.append(plotting.hollow("simulated from measured parts"))
    for color, marker, label in ANY_NUMBER.values():
        found.append(Line2D([], [], color=color, marker=marker, mfc="white", label=label))
    return found


def slide(results: Results) -> Figure:
    """Of the function that comes nearest to a reverse pass: its times, where it has most inputs."""
    points = read(results)
    nearest = min(points, key=lambda point: point.least / point.reverse.value)
    last = [point for point in points if point.function == nearest.function][-1]
    workers, times = last.break_even, number(last.least / last.reverse.value)
    figure, axes = plotting.slide(
        f"Forward mode takes {counted(workers, 'worker')} to be as quick as one reverse pass"
        if workers
        else "However many workers share it, forward mode takes at least"
        f" {times} times as long as a reverse pass"
    )
    draw_times(axes, [last])
    axes.set_title(FUNCTIONS[last.function].format(f"{last.n:,}"))
    axes.legend(handles=handles([last])[: -len(ANY_NUMBER)], loc="upper right")
    return figure
