"""One pass against many, by size: plans, tables and figures of ``speedup`` and ``outputs``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil, inf

import click
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group
from rich.table import Table

from admodes.measure.words import duration, number
from experiments.bench import plotting
from experiments.bench.console import cells, headed_table
from experiments.bench.settings import Named, Setting, Settings, Task, sizes
from experiments.functions import scalars
from experiments.functions.scalars import Function
from experiments.sides.readings import FormReading, Point


@dataclass(frozen=True)
class Words:
    """What the two experiments call the same things."""

    size: str  # N
    noun: str  # inputs
    one: str  # the mode that takes one pass
    many: str  # the mode that takes a pass for each
    forms: tuple[str, str]  # of the latter: one direction a pass, k directions a pass
    passes: str


INPUTS = (*(step * 10**power for power in range(6) for step in (1, 2, 5)), 10**6)

# Plans


def scalars_by_inputs(quick_largest: int = INPUTS[-1]) -> dict[str, Setting]:
    """Functions of many inputs and one output, a user's own among them, and how many inputs."""
    every = ", ".join(scalars.FUNCTIONS)
    return {
        "functions": Setting(
            tuple(scalars.FUNCTIONS),
            "--function NAME...",
            f"What to differentiate: {every} (default: each of them), or"
            " a function of your own, package.module:name. It takes an array of shape (n,), made by"
            " make_input(n, rng) where the module has one, and returns a number.",
            Named(scalars.find),
            shown="",
        ),
        **sizes(
            "inputs",
            "N",
            INPUTS,
            quick=[n for n in (10**power for power in range(7)) if n <= quick_largest],
        ),
    }


def plan(
    settings: Settings, find: Callable[[str], Function], noun: str, most: int | None
) -> list[Task]:
    """A task for each function and each size that it can have, up to the `most` asked for."""
    limit = most or inf
    tasks = [
        {"function": name, noun: n}
        for name in dict.fromkeys(settings["functions"])
        for n in sorted(set(map(find(name).nearest, settings[noun])))
        if n <= limit
    ]
    if not tasks:
        raise click.UsageError(f"none of these functions can have at most {limit} {noun}")
    return tasks


def expect(passes: int, settings: Settings) -> float:
    """Of a task with so many passes, each of which costs roughly 50 µs, and 20 ns for each pass."""
    seconds = passes * (5e-5 + 2e-8 * passes)
    return 0.5 + (seconds if settings["exhaustive"] else min(seconds, settings["budget"]))


def by_function(points: Iterable[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.function, []).append(point)
    return found


# Tables


def table(points: Iterable[Point], find: Callable[[str], Function], words: Words) -> Group:
    """One for each function; `find` gives a function by its name."""
    own = by_function(points)
    return Group(*(function_table(find(name), each, words) for name, each in own.items()))


def function_table(function: Function, points: Sequence[Point], words: Words) -> Table:
    about = f"{function.formula}\n{function.sentence}"
    shown = headed_table(function.name, about, padding=0, keys=(words.size, "k"))
    shown.caption = function.source
    many = f"{words.many},\n"
    columns = (words.size, "f", words.one, "k", f"{many}measured", f"{many}estimated")
    for heading in (*columns, "speed-up,\nmeasured", "speed-up,\nestimated", "diff."):
        shown.add_column(heading, justify="right")
    for point in points:
        f, one = duration(point.f.seconds.value), duration(point.one.seconds.value)
        first = [f"{point.n:,}", f, one]
        for form in point.forms:
            shown.add_row(
                *first,
                f"{form.k:,}",
                *cells(form.seconds, form.full, duration),
                *cells(form.speedup, form.full, number),
                f"{form.largest_difference:.0e}" if form.largest_difference else "0",
            )
            first = ["", "", ""]
    return shown


# Figures

STYLES = tuple(zip(plotting.OTHERS, plotting.MARKERS, strict=False))


def draw(every: Iterable[Point], words: Words) -> Figure:
    """Above, speed-up against size for both forms of many passes; below, the times, by function."""
    points = by_function(every)
    columns = min(len(points), 2)
    rows = ceil(len(points) / columns)
    figure = plotting.figure(height=4.4 + 3.1 * rows)
    figure.suptitle(headline(list(points.values())[-1], words))
    heights = (3.9, 3.1 * rows + 0.5)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).flat

    upper = above.subplots(1, 2, sharex=True, sharey=True)
    for form, axes in enumerate(upper):
        draw_speedup(axes, points, form, words)
    upper[0].set_ylabel(f"speed-up: {words.many} / {words.one} time")
    upper[0].legend(loc="upper left")

    lower = below.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(lower.flat, points, strict=False):
        draw_times(axes, points[name], words)
    for axes in lower.flat[len(points) :]:
        axes.set_axis_off()
    for axes in lower[:, 0]:
        axes.set_ylabel("time")
    handles, _ = lower.flat[0].get_legend_handles_labels()
    handles.append(plotting.hollow(f"estimated from a sample of the {words.passes}"))
    below.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def draw_speedup(
    axes: Axes, points: Mapping[str, Sequence[Point]], form: int, words: Words
) -> None:
    everywhere = sorted({point.n for each in points.values() for point in each})
    axes.plot(everywhere, everywhere, color=plotting.GUIDE, linestyle="--", label=words.size)
    for (name, each), (color, marker) in zip(points.items(), cycle(STYLES), strict=False):
        curve = [(point.n, point.forms[form]) for point in each]
        shown = [(n, reading.speedup, reading.full) for n, reading in curve]
        plotting.curve(axes, shown, name, color, marker)
    axes.set_title(words.forms[form])
    axes.set_xlabel(f"{words.size}, {words.noun}")
    axes.loglog()


COLORS = {
    "forward": (plotting.FORWARD, plotting.FORWARD_SEVERAL),
    "reverse": (plotting.REVERSE, plotting.REVERSE_SEVERAL),
}
"""Of each mode, and of its second form."""


def draw_times(axes: Axes, points: Sequence[Point], words: Words) -> None:
    one, (many, abreast) = COLORS[words.one][0], COLORS[words.many]
    curves = (
        ([point.f for point in points], "function", plotting.FUNCTION, "."),
        ([point.one for point in points], words.one, one, "o"),
        ([point.forms[0] for point in points], words.forms[0], many, "s"),
        ([point.forms[1] for point in points], words.forms[1], abreast, "^"),
    )
    for curve, *look in curves:
        pairs = zip(points, curve, strict=True)
        shown = [(point.n, reading.seconds, reading.full) for point, reading in pairs]
        plotting.curve(axes, shown, *look)
    axes.set_title(points[0].function)
    axes.set_xlabel(f"{words.size}, {words.noun}")
    axes.loglog()
    plotting.time_ticks(axes)


def headline(points: Sequence[Point], words: Words) -> str:
    """By how much one pass beats the quicker form of many, at the largest size."""
    best = [(point, min(point.forms, key=lambda form: form.seconds.value)) for point in points]
    point, form = best[-1]
    title = (
        f"{point.function}, {point.n:,} {words.noun}: {words.one} mode is {times(form)} as fast as"
        f" {words.many}"
    )
    if form.full:
        return title
    in_full = [f"; run in full at {point.n:,}: {times(form)}" for point, form in best if form.full]
    return "\n".join([title, f"(estimated{''.join(in_full[-1:])})"])


def times(form: FormReading) -> str:
    return f"{number(form.speedup.value)} times"


def slide(every: Iterable[Point], words: Words) -> Figure:
    """How many times as fast one pass is, of the last function, beside the line that says so."""
    points = list(by_function(every).values())[-1]
    last = points[-1]
    about = "" if last.forms[0].full else "some "
    figure, axes = plotting.slide(
        f"One {words.one} pass is {about}{times(last.forms[0])} as fast as {last.n:,} {words.many}"
        f" {words.passes}"
    )
    shown = [(point.n, point.forms[0].speedup, point.forms[0].full) for point in points]
    plotting.curve(axes, shown, points[0].function, COLORS[words.one][0], "o")
    sizes = [point.n for point in points]
    axes.plot(sizes, sizes, color=plotting.GUIDE, linestyle="--", linewidth=1.5)
    middle = sizes[len(sizes) // 2]
    axes.annotate(
        f"× {words.size}",
        (middle, middle),
        xytext=(-14, 14),
        textcoords="offset points",
        ha="right",
        fontsize=30,
    )
    axes.loglog()
    axes.set_xlabel(f"{words.size}, {words.noun} of {points[0].function}")
    axes.set_ylabel(f"{words.many} / {words.one} time")
    if not last.forms[0].full:
        axes.legend(handles=[plotting.hollow("estimated")], loc="lower right")
    return figure
