"""The figure of the experiment ``nesting``: a panel a question."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from admodes.measure import Interval
from experiments.bench import plotting
from experiments.bench.results import Results
from experiments.questions.nesting.cases import MANY_PASSES, ONE_PASS, words
from experiments.questions.nesting.reading import MANY_FORMS, Point, Way, read, select
from experiments.questions.nesting.words import cheap, dear, headline, held, whole

SINGLY, ABREAST = MANY_FORMS
LOOKS = {
    "gradient": (plotting.BLACK, "."),
    ONE_PASS[0]: (plotting.OLIVE, "o"),
    ONE_PASS[1]: (plotting.GREEN, "s"),
    ONE_PASS[2]: (plotting.REVERSE, "^"),
    MANY_PASSES: (plotting.FORWARD, "D"),
    SINGLY: (plotting.FORWARD, "D"),
    ABREAST: (plotting.FORWARD_SEVERAL, "v"),
}
LABELS = {
    SINGLY: "forward over forward (product: k = 1)",
    ABREAST: "forward over forward, k directions a pass",
}
FEWEST_NUMBERS = 900
CHARACTERS = 52
"""In a line of a panel's title."""
Panel = Callable[[Axes, Sequence[Point]], None]


def draw(results: Results) -> Figure:
    """A panel a question, answered for the first function; its title says it of all of them."""
    points = read(results)
    products, hessians = select(points, "product"), select(points, "Hessian")
    panels: list[tuple[str, str, Mapping[str, Sequence[Point]], Panel]] = [
        (cheap(products), "evaluations of f", products, draw_one_pass),
        (dear(products), "evaluations of f", products, draw_many_passes),
        (held(products), "arrays of N numbers", products, draw_memory),
    ]
    if hessians:
        panels.append((whole(hessians), "evaluations of f", hessians, draw_hessian))
    rows = ceil(len(panels) / 2)
    figure = plotting.figure(height=1.6 + 3.4 * rows)
    figure.suptitle(headline(products))
    grid = figure.subplots(rows, 2, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes, (title, label, own, panel) in zip(grid.flat, panels, strict=False):
        name = next(iter(own))
        panel(axes, own[name])
        axes.set_title(fill(title, CHARACTERS), fontsize=9.5)
        axes.set_xlabel(f"N, inputs of {name}")
        axes.set_ylabel(label)
    figure.legend(handles=legend(), loc="outside lower center", ncols=3)
    return figure


# Panels


def draw_one_pass(axes: Axes, points: Sequence[Point]) -> None:
    for name in ("gradient", *ONE_PASS):
        curve(axes, points, name)
        color, _ = LOOKS[name]
        counted = [point.work(name) for point in points]
        axes.plot([point.n for point in points], counted, color=color, linestyle="--")
    axes.loglog()
    axes.set_ylim(1, 100)
    axes.set_yticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    axes.minorticks_off()


def draw_many_passes(axes: Axes, points: Sequence[Point]) -> None:
    for name in (ONE_PASS[1], SINGLY, ABREAST):
        curve(axes, points, name)
    diagonal(axes, points)
    axes.loglog()
    axes.minorticks_off()


def draw_memory(axes: Axes, points: Sequence[Point]) -> None:
    """From where arrays are large enough that Python's own objects do not show."""
    many = [point for point in points if point.n >= FEWEST_NUMBERS] or points
    for name in ("gradient", *ONE_PASS, SINGLY, ABREAST):
        color, marker = LOOKS[name]
        size = [point.arrays(point.ways[name].peak) for point in many]
        axes.plot([point.n for point in many], size, color=color, marker=marker)
    axes.loglog()
    axes.minorticks_off()


def draw_hessian(axes: Axes, points: Sequence[Point]) -> None:
    for name in (*ONE_PASS, MANY_PASSES):
        curve(axes, [point for point in points if name in point.ways], name)
    diagonal(axes, points)
    axes.loglog()
    axes.minorticks_off()


def curve(axes: Axes, points: Sequence[Point], name: str) -> None:
    ways: list[tuple[int, Way]] = [(point.n, point.ways[name]) for point in points]
    shown: list[tuple[float, Interval, bool]] = [(n, way.relative, way.full) for n, way in ways]
    plotting.curve(axes, shown, name, *LOOKS[name])


def diagonal(axes: Axes, points: Sequence[Point]) -> None:
    """N evaluations."""
    sizes = [point.n for point in points]
    axes.plot(sizes, sizes, color=plotting.GUIDE, linestyle=":")


def legend() -> list[Line2D]:
    lines = [
        Line2D([], [], color=color, marker=marker, label=LABELS.get(name, words(name)))
        for name, (color, marker) in LOOKS.items()
        if name != MANY_PASSES
    ]
    return [
        *lines,
        Line2D([], [], color=plotting.GUIDE, linestyle="--", label="by count: work"),
        Line2D([], [], color=plotting.GUIDE, linestyle=":", label="N evaluations"),
        plotting.hollow("estimated from some passes"),
    ]


def slide(results: Results) -> Figure:
    """A product by one pass, beside N of them, of the first function."""
    products = select(read(results), "product")
    name, points = next(iter(products.items()))
    figure, axes = plotting.slide(
        "A Hessian times a direction: one pass wherever reverse mode takes part, else N directions"
    )
    for way in (ONE_PASS[1], SINGLY):
        curve(axes, points, way)
    axes.loglog()
    axes.minorticks_off()
    axes.set_xlabel(f"N, inputs of {name}")
    axes.set_ylabel("evaluations of f")
    axes.legend(
        handles=[
            Line2D([], [], color=color, marker=marker, label=label)
            for (color, marker), label in (
                (LOOKS[ONE_PASS[1]], "reverse over forward"),
                (LOOKS[SINGLY], "forward over forward"),
            )
        ]
        + [plotting.hollow("estimated")],
        loc="upper left",
    )
    return figure
