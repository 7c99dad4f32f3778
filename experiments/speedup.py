"""A gradient of N inputs: one reverse pass against N forward passes.

At every point (a function at some N) both gradients are measured as :mod:`experiments.gradients`
says. Speed-up, by the clock, is the time of the forward gradient over that of the reverse one; by
counts it is passes × (cost of a forward pass) / (cost of a reverse pass).
"""

from collections.abc import Sequence
from itertools import cycle
from math import ceil, inf, isfinite

import click
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group
from rich.table import Table

from experiments import functions, gradients, plotting
from experiments.console import cells, duration, headed_table, number
from experiments.experiment import Experiment, Settings, Task
from experiments.gradients import ForwardReading, Point, row
from experiments.results import Record, Results

INPUTS = (*(step * 10**power for power in range(6) for step in (1, 2, 5)), 10**6)
QUICK_INPUTS = tuple(10**power for power in range(7))
BUDGET, QUICK_BUDGET = 8.0, 0.5
ROUNDS, QUICK_ROUNDS = 21, 9

OPTIONS = (
    click.Option(
        ["--function"],
        multiple=True,
        metavar="NAME...",
        help=f"What to differentiate: {', '.join(functions.FUNCTIONS)} (default: each of them), or"
        " a function of your own, package.module:name. It takes an array of shape (n,), made by"
        " make_input(n, rng) where the module has one, and returns a number.",
    ),
    click.Option(
        ["--inputs"],
        type=click.IntRange(min=1),
        multiple=True,
        metavar="N...",
        help="Numbers of inputs; a function that cannot have one takes the nearest that it can."
        "  [default: 1 2 5 10 ... 1000000]",
    ),
    click.Option(
        ["--max-inputs"], type=click.IntRange(min=1), metavar="N", help="Leave out larger numbers."
    ),
    click.Option(
        ["--budget"],
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Run a forward gradient in full if it takes no longer than this; if it does, estimate"
        f" it.  [default: {BUDGET:g}, with --quick {QUICK_BUDGET:g}]",
    ),
    click.Option(["--exhaustive"], is_flag=True, help="Run every pass, however long it takes."),
)


def settings(
    function: Sequence[str],
    inputs: Sequence[int],
    max_inputs: int | None,
    budget: float | None,
    exhaustive: bool,
    quick: bool,
    seed: int,
) -> Settings:
    try:
        names = [functions.find(name).name for name in function or functions.FUNCTIONS]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if exhaustive and budget is not None:
        raise click.UsageError("--exhaustive has no --budget: give one of the two")
    if budget is not None and not isfinite(budget):
        raise click.UsageError("--budget must be finite: --exhaustive sets no limit")
    return {
        "functions": names,
        "inputs": list(inputs or (QUICK_INPUTS if quick else INPUTS)),
        "max_inputs": max_inputs,
        "budget": budget or (QUICK_BUDGET if quick else BUDGET),
        "exhaustive": exhaustive,
        "rounds": QUICK_ROUNDS if quick else ROUNDS,
        "seed": seed,
    }


def plan(settings: Settings) -> list[Task]:
    limit = settings["max_inputs"] or inf
    tasks = [
        {"function": name, "inputs": n}
        for name in dict.fromkeys(settings["functions"])
        for n in sorted(set(map(functions.find(name).nearest, settings["inputs"])))
        if n <= limit
    ]
    if not tasks:
        raise click.UsageError(f"none of these functions can have at most {limit} inputs")
    return tasks


def expect(task: Task, settings: Settings) -> float:
    """From a rough cost of a pass: 50 µs, and 20 ns for each input."""
    gradient = task["inputs"] * (5e-5 + 2e-8 * task["inputs"])
    return 0.5 + (gradient if settings["exhaustive"] else min(gradient, settings["budget"]))


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    function = functions.find(task["function"])
    rng = functions.generator(settings["seed"], task["inputs"], function.name)
    f, x = function.make(task["inputs"], rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    budget, rounds = settings["budget"], settings["rounds"]
    return gradients.measure(f, x, rng, limit=limit, budget=budget, rounds=rounds)


# Showing


def read(record: Record) -> Point:
    """A point from its samples."""
    return gradients.read(record["task"]["function"], record)


def by_function(results: Results) -> dict[str, list[Point]]:
    points: dict[str, list[Point]] = {}
    for point in map(read, results.records):
        points.setdefault(point.function, []).append(point)
    return points


def rows(results: Results) -> list[Record]:
    return [
        {"function": point.function, "inputs": point.n, **row(reading)}
        for point in map(read, results.records)
        for reading in (point.f, point.reverse, *point.forward)
    ]


COLUMNS = (
    "N",
    "f",
    "reverse",
    "k",
    "forward,\nmeasured",
    "forward,\nestimated",
    "speed-up,\nmeasured",
    "speed-up,\nestimated",
    "diff.",
)


def table(results: Results) -> Group:
    return Group(*map(function_table, by_function(results).values()))


def function_table(points: Sequence[Point]) -> Table:
    function = functions.find(points[0].function)
    shown = headed_table(function.name, f"{function.formula}\n{function.sentence}", padding=0)
    shown.caption, shown.caption_justify = function.source, "left"
    for heading in COLUMNS:
        shown.add_column(heading, justify="right")
    for point in points:
        f, reverse = duration(point.f.seconds.value), duration(point.reverse.seconds.value)
        first = [f"{point.n:,}", f, reverse]
        for form in point.forward:
            shown.add_row(
                *first,
                f"{form.k:,}",
                *cells(form.seconds, form.full, duration),
                *cells(form.speedup, form.full, number),
                f"{form.largest_difference:.0e}" if form.largest_difference else "0",
            )
            first = ["", "", ""]
    return shown


FORMS = ("forward, one direction a pass", "forward, k directions a pass")
STYLES = (
    (plotting.GREEN, "o"),
    (plotting.PURPLE, "s"),
    (plotting.SKY, "^"),
    (plotting.BLACK, "D"),
    (plotting.BLUE, "v"),
    (plotting.ORANGE, "P"),
)


def draw(results: Results) -> Figure:
    """Above, speed-up against N for both forms of forward mode; below, the times, by function."""
    points = by_function(results)
    columns = min(len(points), 2)
    rows = ceil(len(points) / columns)
    figure = plotting.figure(height=4.4 + 3.1 * rows)
    figure.suptitle(headline(list(points.values())[-1]))
    heights = (3.9, 3.1 * rows + 0.5)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).flat

    upper = above.subplots(1, 2, sharex=True, sharey=True)
    for form, axes in enumerate(upper):
        draw_speedup(axes, points, form)
    upper[0].set_ylabel("speed-up: forward / reverse time")
    upper[0].legend(loc="upper left")

    lower = below.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(lower.flat, points, strict=False):
        draw_times(axes, points[name])
    for axes in lower.flat[len(points) :]:
        axes.set_axis_off()
    for axes in lower[:, 0]:
        axes.set_ylabel("time")
    handles, _ = lower.flat[0].get_legend_handles_labels()
    handles.append(plotting.hollow("estimated from a sample of the passes"))
    below.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def draw_speedup(axes: Axes, points: dict[str, list[Point]], form: int) -> None:
    everywhere = sorted({point.n for each in points.values() for point in each})
    axes.plot(everywhere, everywhere, color=plotting.GREY, linestyle="--", label="N")
    for (name, each), (color, marker) in zip(points.items(), cycle(STYLES), strict=False):
        curve = [(point.n, point.forward[form]) for point in each]
        shown = [(n, reading.speedup, reading.full) for n, reading in curve]
        plotting.curve(axes, shown, name, color, marker)
    axes.set_title(FORMS[form])
    axes.set_xlabel("N, inputs")
    axes.loglog()


def draw_times(axes: Axes, points: Sequence[Point]) -> None:
    curves = (
        ([point.f for point in points], "function", plotting.GREY, "."),
        ([point.reverse for point in points], "reverse", plotting.BLUE, "o"),
        ([point.forward[0] for point in points], FORMS[0], plotting.VERMILLION, "s"),
        ([point.forward[1] for point in points], FORMS[1], plotting.ORANGE, "^"),
    )
    for curve, *look in curves:
        pairs = zip(points, curve, strict=True)
        shown = [(point.n, reading.seconds, reading.full) for point, reading in pairs]
        plotting.curve(axes, shown, *look)
    axes.set_title(points[0].function)
    axes.set_xlabel("N, inputs")
    axes.loglog()
    plotting.time_ticks(axes)


def headline(points: Sequence[Point]) -> str:
    """By how much reverse mode beats the quicker form of forward mode, at the largest N."""
    best = [(point, min(point.forward, key=lambda form: form.seconds.value)) for point in points]
    point, form = best[-1]
    title = (
        f"{point.function}, {point.n:,} inputs: reverse mode is {times(form)} as fast as forward"
    )
    if form.full:
        return title
    in_full = [f"; run in full at {point.n:,}: {times(form)}" for point, form in best if form.full]
    return "\n".join([title, f"(estimated{''.join(in_full[-1:])})"])


def times(form: ForwardReading) -> str:
    return f"{number(form.speedup.value)} times"


EXPERIMENT = Experiment(
    name="speedup",
    question="How much faster is one reverse pass than N forward passes?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=draw,
)
