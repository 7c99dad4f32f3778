"""The figure of the experiment ``sparse``: what is added up, and what that saves."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from admodes.measure.words import counted
from experiments.bench import plotting
from experiments.bench.results import Record, Results
from experiments.questions.sparse.reading import DENSE, SPARSE, Point, part, read
from experiments.questions.sparse.words import headline, of_directions

LOOKS = {
    "dense forward": (plotting.FORWARD_SEVERAL, "o", "dense, forward mode"),
    "dense reverse": (plotting.REVERSE_SEVERAL, "o", "dense, reverse mode"),
    "sparse forward": (plotting.FORWARD, "s", "sparse, forward mode"),
    "sparse reverse": (plotting.REVERSE, "s", "sparse, reverse mode"),
    "sparse both": (plotting.BLACK, "D", "sparse, both modes at once"),
}
COLOURS = (plotting.GREEN, plotting.PURPLE, plotting.OLIVE, plotting.WINE)
"""Of columns that are added up, one each; rows that are added up have reverse mode's."""
ROWS = plotting.REVERSE
PANELS = {
    "rosenbrock": "each input meets itself and two neighbours",
    "arrow": "y₀ depends on all inputs, each other y on two",
}
"""Which entries their matrices have."""
MARGIN = 1.5
"""Beside the first size, and the last one, as a factor."""
MOST_SIZES = 5
"""Below an axis, up to which all are written."""


def draw(results: Results) -> Figure:
    """Above, two small matrices and what remains of them; below, times against N."""
    points = read(results)
    figure = plotting.figure(height=8.6)
    figure.suptitle(headline(points))
    halves: Any = figure.subfigures(2, 1, height_ratios=(1.0, 1.15))
    above, below = halves
    shown = part(results, "picture")
    widths = [width for record in shown for width in (record["shape"][1], compressed(record)[1])]
    grid = above.subplots(1, len(widths), width_ratios=[width + 2 for width in widths])
    for record, (left, right) in zip(shown, grid.reshape(-1, 2), strict=True):
        draw_matrix(left, record)
        draw_compressed(right, record)
    names = [name for name in PANELS if name in points] or list(points)[:2]
    for axes, name in zip(below.subplots(1, len(names), squeeze=False).flat, names, strict=True):
        draw_times(axes, points[name])
        about = f"\n{PANELS[name]}" if name in PANELS else ""
        axes.set_title(f"{of_directions(points[name])}{about}")
    shown_points = [point for name in names for point in points[name]]
    handles = [
        Line2D([], [], color=color, marker=marker, label=f"{label}{only_at(way, shown_points)}")
        for way, (color, marker, label) in LOOKS.items()
        if any(way in point.ways for point in shown_points)
    ]
    handles.append(plotting.hollow("estimated from some passes"))
    below.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def only_at(way: str, points: Sequence[Point]) -> str:
    """For a way that was timed at one of several sizes, of which one marker tells."""
    sizes = {point.inputs for point in points if way in point.ways}
    several = len({point.inputs for point in points}) > 1
    return f" (N = {sizes.pop():,} only)" if several and len(sizes) == 1 else ""


# Matrices


def colour_of(record: Record, row: int, column: int) -> str:
    """Of an entry: by its row where that has a colour, else by its column."""
    if record["row_colours"][row] >= 0:
        return ROWS
    return COLOURS[record["column_colours"][column] % len(COLOURS)]


def draw_matrix(axes: Axes, record: Record) -> None:
    rows, columns = record["shape"]
    for row, column in zip(record["rows"], record["columns"], strict=True):
        square(axes, row, column, colour_of(record, row, column))
    frame(axes, rows, columns)
    sweeps, passes = compressed(record)
    name, taken = record["task"]["problem"], counted(passes, "pass", "es")
    if sweeps:
        taken += f" + {counted(sweeps, 'sweep')} = {sweeps + passes} directions"
    axes.set_title(f"{name}: {taken}")
    axes.set_xlabel(
        f"{rows} × {columns}, "
        + (
            f"the blue {'row' if sweeps == 1 else 'rows'} by {counted(sweeps, 'sweep')}, reverse"
            if sweeps
            else "columns of a colour share no row"
        )
    )


def compressed(record: Record) -> tuple[int, int]:
    """How many rows, and how many columns, what remains of a matrix has."""
    return max(record["row_colours"]) + 1, max(record["column_colours"]) + 1


def draw_compressed(axes: Axes, record: Record) -> None:
    """The sums of columns, each entry in its row."""
    height, width = record["shape"][0], compressed(record)[1]
    for row, column in zip(record["rows"], record["columns"], strict=True):
        if record["row_colours"][row] < 0:
            square(axes, row, record["column_colours"][column], colour_of(record, row, column))
    frame(axes, height, width)
    axes.set_title(counted(width, "pass", "es"), loc="center")
    axes.set_xlabel("forward")


def square(axes: Axes, row: int, column: int, color: str) -> None:
    axes.add_patch(Rectangle((column - 0.42, row - 0.42), 0.84, 0.84, color=color, linewidth=0))


def frame(axes: Axes, rows: int, columns: int) -> None:
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(plotting.GUIDE)


# Times


def draw_times(axes: Axes, points: Sequence[Point], **labels: Any) -> None:
    for name in (*DENSE, *SPARSE):
        color, marker, label = LOOKS[name]
        own = [
            (point.inputs, point.ways[name].seconds, point.ways[name].full)
            for point in points
            if name in point.ways
        ]
        if own:
            plotting.curve(axes, own, label, color, marker)
    axes.loglog()
    plotting.time_ticks(axes)
    axes.set_xlabel("N, inputs")
    axes.set_ylabel("time of the matrix")
    sizes = sorted({point.inputs for point in points})
    axes.set_xlim(sizes[0] / MARGIN, sizes[-1] * MARGIN)
    every = 1 if len(sizes) < MOST_SIZES else 2  # from the largest on
    named = [n if (len(sizes) - 1 - i) % every == 0 else None for i, n in enumerate(sizes)]
    axes.set_xticks(sizes, ["" if n is None else f"{n:,}" for n in named])
    axes.minorticks_off()


def slide(results: Results) -> Figure:
    """The first problem alone."""
    points = next(iter(read(results).values()))
    last = points[-1]
    figure, axes = plotting.slide(
        f"{last.quickest(DENSE).directions:,} directions become"
        f" {last.quickest(SPARSE).directions:,}: columns that share no row are added up"
    )
    draw_times(axes, points)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend([*handles, plotting.hollow("")], [*labels, "estimated"], loc="upper left")
    return figure
