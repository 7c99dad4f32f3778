"""A gradient of N inputs: one reverse pass against N forward passes.

At every point (a function at some N) four calls take turns: the function alone; its gradient by
one reverse pass; by forward mode with one direction a pass, as the textbook counts; and by forward
mode with the k directions a pass that proved quickest, as a practitioner runs it.

Where a whole forward gradient fits the budget it is run in full. Elsewhere a sample of its passes
is, chosen at random, and the time of all of them is estimated. Speed-up, by the clock, is the time
of the forward gradient over that of the reverse one; by counts it is
passes × (cost of a forward pass) / (cost of a reverse pass).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from math import ceil, inf, isfinite, log2

import click
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.random import Generator
from rich.console import Group
from rich.table import Table

from admodes import forward, reverse
from admodes.measure import Interval, Timing, interleave, median, ratio
from experiments import functions, plotting
from experiments.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.console import duration, headed_table, number, spread
from experiments.experiment import Experiment, Settings, Task
from experiments.functions import Scalar
from experiments.results import Record, Results, digits, interval_columns, samples, timing

INPUTS = (*(step * 10**power for power in range(6) for step in (1, 2, 5)), 10**6)
QUICK_INPUTS = tuple(10**power for power in range(7))
BUDGET, QUICK_BUDGET = 8.0, 0.5
ROUNDS, QUICK_ROUNDS = 21, 9
SAMPLE_SECONDS = 0.005
FEWEST_PASSES = 4
"""In a sample: what is done once a gradient must not weigh in the cost of a pass."""
TANGENT_BYTES = 2**20
"""About what a core's cache holds: the best k are found around it."""

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


@dataclass(frozen=True)
class ForwardGradient:
    """A gradient by forward mode: a call to be timed, and what its calls have found."""

    k: int  # directions a pass
    full: bool  # a call makes the whole gradient, not some entries of it
    directions: int  # in a call
    seconds: float  # that a call is expected to take
    call: Callable[[], None]
    found: list[tuple[np.ndarray, np.ndarray]]  # indices, and the gradient's entries there


def forward_gradient(
    f: Scalar, x: np.ndarray, k: int, cost: float, limit: float, rng: Generator
) -> ForwardGradient:
    """The whole gradient where, at `cost` seconds a direction, it takes no longer than `limit`.

    Elsewhere a few passes of it, chosen at random, and other ones in each call.
    """
    n = x.size
    found: list[tuple[np.ndarray, np.ndarray]] = []
    if n * cost <= limit:
        everywhere = np.arange(n)
        gradient = forward.grad(f, chunk_size=k)

        def whole() -> None:
            found[:] = [(everywhere, gradient(x))]

        return ForwardGradient(k, True, n, n * cost, whole, found)

    passes = min(max(ceil(SAMPLE_SECONDS / (k * cost)), FEWEST_PASSES), n // k)
    directions = passes * k
    parts = cycle(rng.permutation(n)[: n // directions * directions].reshape(-1, directions))

    def sample() -> None:
        part = next(parts)
        found.append((part, entries(f, x, part, k)))

    return ForwardGradient(k, False, directions, directions * cost, sample, found)


def entries(f: Scalar, x: np.ndarray, indices: np.ndarray, k: int) -> np.ndarray:
    """The gradient's entries at `indices`, `k` of them a pass."""
    return forward.partials(f, indices, chunk_size=k)(x)


def cost_of_direction(f: Scalar, x: np.ndarray, rng: Generator) -> dict[int, float]:
    """Seconds a direction at each k worth trying: 1 to 8, and around 1 MB of tangents."""
    n = x.size
    middle = round(log2(TANGENT_BYTES / x.nbytes))
    powers = {0, 1, 2, 3, *range(middle - 2, middle + 3)}
    sizes = sorted({min(2**power, n) for power in powers if power >= 0})
    directions = {k: rng.choice(n, min(n, max(k, FEWEST_PASSES)), replace=False) for k in sizes}
    calls = {k: partial(entries, f, x, each, k) for k, each in directions.items()}
    timings = interleave(calls, seconds=0.5, rounds=5, fewest=3, sample_seconds=SAMPLE_SECONDS / 5)
    return {k: median(timing.seconds).value / len(directions[k]) for k, timing in timings.items()}


def compare(form: ForwardGradient, gradient: np.ndarray, x: np.ndarray) -> Record:
    """The largest relative difference of the modes, over all entries that forward mode has found.

    Typical of an entry is the mean size of all. Raises :class:`Disagreement` above TOLERANCE.
    """
    indices, by_forward = map(np.concatenate, zip(*form.found, strict=True))
    by_reverse = gradient[indices]
    difference = relative_difference(by_forward, by_reverse, abs(gradient).mean())
    worst = difference.argmax()  # the first NaN, where there is one
    largest = float(difference[worst])
    if not largest <= TOLERANCE:
        index = int(indices[worst])
        raise Disagreement(
            f"entry {index} of the gradient, where x is {x[index]}, is {by_forward[worst]} in"
            f" forward mode ({form.k} directions a pass) and {by_reverse[worst]} in reverse mode",
            largest,
        )
    return {"entries_compared": len(np.unique(indices)), "largest_difference": largest}


def measure(task: Task, settings: Settings) -> Record:
    function = functions.find(task["function"])
    rng = functions.generator(settings["seed"], task["inputs"], function.name)
    f, x = function.make(task["inputs"], rng)
    costs = cost_of_direction(f, x, rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    best = min(costs, key=costs.__getitem__)
    forms = {
        name: forward_gradient(f, x, k, costs[k], limit, rng)
        for name, k in (("one direction", 1), ("k directions", best))
    }
    timings = interleave(
        {
            "f": partial(f, x),
            "reverse": partial(reverse.value_and_grad(f), x),
            **{name: form.call for name, form in forms.items()},
        },
        seconds=settings["budget"],
        rounds=settings["rounds"],
        sample_seconds=SAMPLE_SECONDS,
        expected={name: form.seconds for name, form in forms.items() if form.full},
    )
    gradient = reverse.grad(f)(x)
    return {
        "inputs": x.size,
        "cost_of_direction": {str(k): cost for k, cost in costs.items()},
        "f": samples(timings["f"]),
        "reverse": samples(timings["reverse"]),
        "forward": [
            {
                "k": form.k,
                "passes": ceil(x.size / form.k),
                "full": form.full,
                "directions_timed": form.directions,
                **compare(form, gradient, x),
                **samples(timings[name]),
            }
            for name, form in forms.items()
        ],
    }


# Showing


@dataclass(frozen=True)
class Reading:
    """What one of the calls took, as numbers to show."""

    mode: str
    k: int | None  # directions a pass; None where there are none
    passes: int
    full: bool  # False: estimated from a sample of the passes
    samples: int
    seconds: Interval
    cost_of_pass: float  # relative to f


@dataclass(frozen=True)
class ForwardReading(Reading):
    """That of a gradient by forward mode, also beside the one by reverse mode."""

    speedup: Interval
    entries_compared: int
    largest_difference: float


@dataclass(frozen=True)
class Point:
    """A function at some number of inputs."""

    function: str
    n: int
    f: Reading
    reverse: Reading
    forward: Sequence[ForwardReading]  # one direction a pass; the best k


def read(record: Record) -> Point:
    """A point from its samples."""
    n, function = record["inputs"], record["task"]["function"]
    f, reverse = timing(record["f"]), timing(record["reverse"])
    unit = median(f.seconds).value

    def reading(mode: str, timing: Timing, k: int | None, passes: int, full: bool) -> Reading:
        seconds = median(timing.seconds)
        cost = seconds.value / passes / unit
        return Reading(mode, k, passes, full, len(timing.seconds), seconds, cost)

    forms = []
    for form in record["forward"]:
        whole = timing(form, n / form["directions_timed"])
        common = reading("forward", whole, form["k"], form["passes"], form["full"])
        forms.append(
            ForwardReading(
                **vars(common),
                speedup=ratio(whole, reverse),
                entries_compared=form["entries_compared"],
                largest_difference=form["largest_difference"],
            )
        )
    return Point(
        function,
        n,
        reading("f", f, None, 1, True),
        reading("reverse", reverse, None, 1, True),
        forms,
    )


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


def row(reading: Reading) -> Record:
    columns = {
        "mode": reading.mode,
        "directions_a_pass": reading.k,
        "passes": reading.passes,
        "cost_of_pass_relative_to_f": digits(reading.cost_of_pass),
        "run": "in full" if reading.full else "estimated",
        "samples": reading.samples,
        **interval_columns("seconds", reading.seconds, reading.full),
    }
    if isinstance(reading, ForwardReading):
        columns |= {
            **interval_columns("speedup", reading.speedup, reading.full),
            "entries_compared": reading.entries_compared,
            "largest_relative_difference": reading.largest_difference,
        }
    return columns


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


def cells(interval: Interval, full: bool, write: Callable[[float], str]) -> tuple[str, str]:
    """What goes into the columns of measured and of estimated values."""
    return (
        (write(interval.value), "") if full else ("", f"{write(interval.value)} {spread(interval)}")
    )


FORMS = ("forward, one direction a pass", "forward, k directions a pass")
STYLES = (
    (plotting.GREEN, "o"),
    (plotting.PURPLE, "s"),
    (plotting.SKY, "^"),
    (plotting.BLACK, "D"),
    (plotting.BLUE, "v"),
    (plotting.ORANGE, "P"),
)
TIMES = {1e-6: "1 µs", 1e-3: "1 ms", 1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86400.0: "1 day"}


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
    low, high = axes.get_ylim()
    ticks = [seconds for seconds in TIMES if low <= seconds <= high]
    axes.set_yticks(ticks, [TIMES[seconds] for seconds in ticks])
    axes.minorticks_off()


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
