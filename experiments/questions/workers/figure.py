"""The figure of the experiment ``workers``."""

from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from admodes.measure.words import counted
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.workers.reading import Point, read, simulated, workers_in

DASK = "P"
"""The marker of a cluster's workers."""


def draw(results: Results) -> Figure:
    """Of each function the time by the number of workers, and from how many on it catches up."""
    points = read(results)
    functions = list(dict.fromkeys(point.function for point in points))
    figure = plotting.figure(height=1.5 + 3.4 * len(functions))
    figure.suptitle(headline(points))
    grid = figure.subplots(len(functions), 2, squeeze=False, width_ratios=(3, 2))
    for (left, right), name in zip(grid, functions, strict=True):
        own = [point for point in points if point.function == name]
        draw_times(left, own)
        draw_break_even(right, own)
        left.set_title(f"{name}: a gradient of N inputs")
        right.set_title("forward mode catches up")
    figure.legend(handles=handles(points), loc="outside lower center", ncols=3)
    return figure


def headline(points: list[Point]) -> str:
    """The last function that catches up at all, at its largest size."""
    found = [point for point in points if point.break_even is not None]
    if not found:
        return "Forward mode catches up with no number of workers"
    last = found[-1]
    workers = counted(last.break_even or 0, "worker")
    return (
        f"{last.function}, {last.n:,} inputs: forward mode is as quick as one reverse pass\n"
        f"at about {workers} (simulated)"
    )


def draw_times(axes: Axes, points: list[Point]) -> None:
    for point, marker in zip(points, cycle(plotting.MARKERS), strict=False):
        color = plotting.FORWARD_SEVERAL if point.k > 1 else plotting.FORWARD
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
                    [1.15 * workers_in(where)],
                    [each.value],
                    color=color,
                    marker=DASK,
                    markersize=8,
                    linestyle="",
                )
        beyond = simulated(point)
        last = run[-1][0], run[-1][1].value
        axes.plot(*zip(last, *beyond, strict=True), color=color, linestyle=":", linewidth=1.0)
        axes.plot(*zip(*beyond, strict=True), color=color, marker=marker, **plotting.HOLLOW)
        axes.axhline(point.reverse.value, color=plotting.REVERSE, linestyle="--", linewidth=1.0)
        axes.plot(
            [0.5],
            [point.reverse.value],
            color=plotting.REVERSE,
            marker=marker,
            linestyle="",
        )
        axes.annotate(
            f"N = {point.n:,}",
            (0.5, point.alone.value),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
        )
    axes.loglog()
    first, most = axes.get_xlim()
    axes.set_xlim(left=0.5 / (most / first) ** 0.25)  # room for what stands beside the first points
    ticks = [0.5, 1, 2, 4, 16, 64, 256, 1024, 4096, 16384]
    most = axes.get_xlim()[1]
    ticks = [tick for tick in ticks if tick <= most]
    if len(ticks) > 8:  # their numbers would meet
        ticks = [tick for tick in ticks if tick not in (1, 64, 1024, 16384)]
    axes.set_xticks(ticks, ["none" if tick < 1 else f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("workers")
    axes.set_ylabel("time")
    plotting.time_ticks(axes)


def draw_break_even(axes: Axes, points: list[Point]) -> None:
    n = [point.n for point in points]
    ideal = [(point.n, point.by_passes) for point in points if point.by_passes]
    real = [(point.n, point.break_even) for point in points if point.break_even]
    for found, color, marker in ((ideal, plotting.GUIDE, "o"), (real, plotting.GREEN, "s")):
        if found:
            axes.plot(*zip(*found, strict=True), color=color, linewidth=1.0)
            axes.plot(*zip(*found, strict=True), color=color, marker=marker, **plotting.HOLLOW)
    if not real:
        axes.text(
            0.5,
            0.06,
            "all counted: never" if ideal else "never, by its passes alone either",
            transform=axes.transAxes,
            ha="center",
            color=plotting.GREEN,
        )
    axes.loglog()
    axes.set_xlim(n[0] / 1.5, n[-1] * 1.5)
    axes.set_xticks(n, [f"{each:,}" for each in n])
    axes.minorticks_off()
    axes.set_xlabel("N, inputs")
    axes.set_ylabel("workers, simulated")


def handles(points: list[Point]) -> list[Line2D]:
    colors = {plotting.FORWARD_SEVERAL if point.k > 1 else plotting.FORWARD for point in points}
    names = {plotting.FORWARD: "forward", plotting.FORWARD_SEVERAL: "forward, k directions a pass"}
    found = [Line2D([], [], color=c, marker="o", label=names[c]) for c in sorted(colors)]
    found.append(Line2D([], [], color=plotting.REVERSE, linestyle="--", label="one reverse pass"))
    if any(where.startswith("dask") for point in points for where in point.measured):
        found.append(
            Line2D([], [], color=plotting.GUIDE, marker=DASK, linestyle="", label="a Dask cluster")
        )
    found.append(plotting.hollow("simulated from measured parts"))
    found.append(
        Line2D([], [], color=plotting.GUIDE, marker="o", mfc="white", label="by its passes alone")
    )
    found.append(
        Line2D([], [], color=plotting.GREEN, marker="s", mfc="white", label="in all, with sending")
    )
    return found
