"""One pass against many, by size: plans, tables and figures of ``speedup`` and ``outputs``."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from math import ceil, inf

import click
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group
from rich.table import Table

from admodes.measure.words import duration, number
from experiments.bench import plotting
from experiments.bench.console import cells, headed_table, spread
from experiments.bench.settings import Named, Setting, Settings, Task, sizes
from experiments.functions import scalars
from experiments.functions.scalars import Function
from experiments.sides.readings import FormReading, Point, Reading


@dataclass(frozen=True)
class Words:
    """What the two experiments call the same things."""

    size: str  # N
    noun: str  # inputs
    one: str  # the mode that takes one pass
    many: str  # the mode that takes a pass for each
    forms: tuple[str, str]  # of the latter: one direction a pass, k directions a pass
    passes: str
    by: str = ""  # who made them, where workers did


def shared(words: Words, by: str) -> Words:
    """The same where workers shared the passes."""
    one, several = (form + by for form in words.forms)
    return replace(words, forms=(one, several), by=by)


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
            " a function of your own, package.module:name or file.py:name. It takes an array of"
            " shape (n,), made by make_input(n, rng) where the module has one, and gives a number.",
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


def by_function(points: Iterable[Point], *, compiled: bool = False) -> dict[str, list[Point]]:
    """Those as compiled programs, or the others, by size."""
    found: dict[str, list[Point]] = {}
    for point in points:
        if point.compiled == compiled:
            found.setdefault(point.function, []).append(point)
    return {name: sorted(each, key=lambda point: point.n) for name, each in found.items()}


# Tables


def table(points: Sequence[Point], find: Callable[[str], Function], words: Words) -> Group:
    """One for each function, and one for it compiled; `find` gives a function by its name."""
    compiled = by_function(points, compiled=True)
    return Group(
        *(
            function_table(find(name), each, words)
            for name, own in by_function(points).items()
            for each in (own, compiled.get(name))
            if each
        )
    )


def function_table(function: Function, points: Sequence[Point], words: Words) -> Table:
    name, about = function.name, f"{function.formula}\n{function.sentence}"
    if points[0].compiled:
        name, about = f"{name}, compiled", f"{words.many} passes on all cores"
    elif words.by:
        about += f"\n{words.many} mode: {words.passes}{words.by}"
    shown = headed_table(name, about, padding=0, keys=(words.size, "k"))
    shown.caption = "" if points[0].compiled else function.source
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


def draw(every: Sequence[Point], words: Words) -> Figure:
    """Above, speed-up against size for each form of many passes; below, the times, by function."""
    points, compiled = by_function(every), by_function(every, compiled=True)
    columns = min(len(points), 2)
    rows = ceil(len(points) / columns)
    figure = plotting.figure(height=4.4 + 3.1 * rows)
    figure.suptitle(headline(points, compiled, words))
    heights = (3.9, 3.1 * rows + 0.5)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).flat

    shown = [
        *((title, points, form) for form, title in enumerate(words.forms)),
        *([("compiled, k directions, all cores", compiled, 0)] if compiled else []),
    ]
    upper = above.subplots(1, len(shown), sharex=True, sharey=True)
    sizes = sorted({point.n for point in every})
    for axes, (title, curves, form) in zip(upper, shown, strict=True):
        axes.plot(sizes, sizes, color=plotting.GUIDE, linestyle="--", label=words.size)
        draw_speedup(axes, curves, form, words)
        axes.set_title(title, fontsize="medium" if compiled else None)
    upper[0].set_ylabel(f"speed-up: {words.many} / {words.one} time")
    upper[0].legend(loc="upper left")

    lower = below.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(lower.flat, points, strict=False):
        draw_times(axes, points[name], compiled.get(name, []), words)
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
    for (name, each), (color, marker) in zip(points.items(), cycle(STYLES), strict=False):
        curve = [(point.n, point.forms[form]) for point in each]
        shown = [(n, reading.speedup, reading.full) for n, reading in curve]
        plotting.curve(axes, shown, name, color, marker)
    axes.set_xlabel(f"{words.size}, {words.noun}")
    axes.loglog()


COLORS = {
    "forward": (plotting.FORWARD, plotting.FORWARD_SEVERAL),
    "reverse": (plotting.REVERSE, plotting.REVERSE_SEVERAL),
}
"""Of each mode, and of its second form."""


def draw_times(
    axes: Axes, points: Sequence[Point], compiled: Sequence[Point], words: Words
) -> None:
    one, (many, abreast) = COLORS[words.one][0], COLORS[words.many]
    curves: tuple[tuple[list[Reading], str, str, str], ...] = (
        ([point.f for point in points], "function", plotting.FUNCTION, "."),
        ([point.one for point in points], words.one, one, "o"),
        ([point.forms[0] for point in points], words.forms[0], many, "s"),
        ([point.forms[1] for point in points], words.forms[1], abreast, "^"),
    )
    if compiled:
        marker = plotting.COMPILED
        curves += (
            ([point.one for point in compiled], f"{words.one}, compiled", one, marker),
            (
                [point.forms[0] for point in compiled],
                f"{words.many}, compiled, k directions, all cores",
                abreast,
                marker,
            ),
        )
    for curve, label, color, marker in curves:
        own = compiled if marker == plotting.COMPILED else points
        shown = [
            (point.n, reading.seconds, reading.full)
            for point, reading in zip(own, curve, strict=True)
        ]
        plotting.curve(axes, shown, label, color, marker)
    axes.set_title(points[0].function)
    axes.set_xlabel(f"{words.size}, {words.noun}")
    axes.loglog()
    plotting.time_ticks(axes)


def headline(
    points: Mapping[str, Sequence[Point]], compiled: Mapping[str, Sequence[Point]], words: Words
) -> str:
    """By how much one pass beats the quicker form of many, at the largest size.

    Of compiled passes that were run in full there, where there are any.
    """
    largest = max(each[-1].n for each in points.values())
    if whole := all_run(compiled, largest):
        return in_full(whole)
    best = [
        (point, min(point.forms, key=lambda form: form.seconds.value))
        for point in list(points.values())[-1]
    ]
    point, form = best[-1]
    title = (
        f"{point.function}, {point.n:,} {words.noun}: {words.one} mode is {times(form)} as fast as"
        f" {words.many}"
    )
    reach = spread(form.speedup)
    if form.full:
        return f"{title}, {reach}"
    run = [
        f"; run in full at {point.n:,}: {times(form)}, {spread(form.speedup)}"
        for point, form in best
        if form.full
    ]
    return "\n".join([title, f"(estimated, {reach}{''.join(run[-1:])})"])


def all_run(compiled: Mapping[str, Sequence[Point]], n: int) -> Point | None:
    """The first point of so many inputs whose compiled passes were all run."""
    last = (each[-1] for each in compiled.values())
    return next((point for point in last if point.n == n and point.forms[0].full), None)


def in_full(point: Point) -> str:
    """What all forward passes took, and one reverse pass, as compiled programs."""
    (form,) = point.forms
    how = "run in full" if form.full else "estimated"
    return (
        f"{point.n:,} forward passes of {point.function}, compiled, {how}:"
        f" {duration(form.seconds.value)}.\nOne reverse pass: {duration(point.one.seconds.value)}"
    )


def times(form: FormReading) -> str:
    return f"{number(form.speedup.value)} times"


def slide(every: Sequence[Point], words: Words) -> Figure:
    """How many times as fast one pass is, of the last function, beside the line that says so.

    Of another function where all compiled passes of that were run at the largest size.
    """
    functions, compiled = by_function(every), by_function(every, compiled=True)
    run = all_run(compiled, max(each[-1].n for each in functions.values()))
    points = functions[run.function] if run else list(functions.values())[-1]
    last = points[-1]
    about = "" if last.forms[0].full else "some "
    figure, axes = plotting.slide(
        in_full(run)
        if run
        else f"One {words.one} pass is {about}{times(last.forms[0])} as fast as {last.n:,}"
        f" {words.many} {words.passes}"
    )
    curves = [(points, words.forms[0].partition(", ")[2], "o")]
    if own := compiled.get(points[0].function):
        curves.append((own, "compiled, several directions", plotting.COMPILED))
    for each, label, marker in curves:
        shown = [(point.n, point.forms[0].speedup, point.forms[0].full) for point in each]
        plotting.curve(axes, shown, label, COLORS[words.one][0], marker)
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
    handles = axes.get_legend_handles_labels()[0] if own else []
    if not all(point.forms[0].full for each, *_ in curves for point in each):
        handles.append(plotting.hollow("estimated"))
    if handles:
        axes.legend(handles=handles, loc="lower right")
    return figure
