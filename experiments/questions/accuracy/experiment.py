"""How far derivatives are from the truth: both modes, the complex step, and differences.

Every method differentiates the same code at the same points, in either precision. The truth is that
code's derivative by mpmath in 50 digits. Automatic differentiation has no step; of the methods that
have one, all steps are tried, since nobody tells a user which is the best.

Rounding is the only error of both modes and of a small complex step: where the derivatives of a
program's operations cancel, they lose digits too. They differentiate the program, not the formula.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf, isfinite, nan
from statistics import median
from typing import Any

import click
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import Group
from rich.padding import Padding

from admodes import forward, reverse
from experiments.bench import plotting
from experiments.bench.console import headed_table, number
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record, Results
from experiments.functions import scalars
from experiments.questions.accuracy.cases import CASES, EASY, Case
from experiments.sides.libraries import on

try:
    import mpmath
except ImportError:  # the other experiments, and redrawing this one, do without
    mpmath = None

POINTS, QUICK_POINTS = 15, 5
#: step = 2**-exponent × x. A power of two adds no rounding of its own
EXPONENTS, QUICK_EXPONENTS = range(1, 66, 2), range(1, 66, 8)
DIGITS = 50
"""Of the truth."""
PRECISIONS: dict[str, type[np.floating[Any]]] = {"float32": np.float32, "float64": np.float64}

Derivative = Callable[..., Any]

MODES: dict[str, Derivative] = {
    "forward": lambda f, x: forward.grad(f)(x),
    "reverse": lambda f, x: reverse.grad(f)(x),
}
STEPPED: dict[str, Derivative] = {
    "complex step": lambda f, x, h: np.imag(f(x + 1j * h)) / h,
    "central": lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
    "one-sided": lambda f, x, h: (f(x + h) - f(x)) / h,
}

OPTIONS = (
    click.Option(
        ["--function"],
        type=click.Choice(list(CASES)),
        multiple=True,
        metavar="NAME...",
        help=f"What to differentiate: {', '.join(CASES)} (default: each of them).",
    ),
    click.Option(
        ["--points"],
        type=click.IntRange(min=1),
        metavar="N",
        help="Points at which each derivative is taken."
        f"  [default: {POINTS}, with --quick {QUICK_POINTS}]",
    ),
)


def settings(*, function: Sequence[str], points: int | None, quick: bool, seed: int) -> Settings:
    if mpmath is None:
        raise click.UsageError("the truth takes mpmath: pip install mpmath")
    return {
        "functions": list(dict.fromkeys(function)) or list(CASES),
        "points": points or (QUICK_POINTS if quick else POINTS),
        "exponents": list(QUICK_EXPONENTS if quick else EXPONENTS),
        "seed": seed,
    }


def plan(settings: Settings) -> list[Task]:
    return [
        {"function": name, "precision": precision}
        for name in settings["functions"]
        for precision in PRECISIONS
    ]


def expect(task: Task, settings: Settings) -> float:
    """Ten microseconds an evaluation, of which every step takes about six."""
    return 0.1 + 1e-5 * 6 * settings["points"] * len(settings["exponents"])


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    """The relative error of every method at every step and point."""
    case, kind = CASES[task["function"]], PRECISIONS[task["precision"]]
    points = draw_points(case, settings["points"], settings["seed"])
    truths = [truth(case, x) for x in points]

    def errors(derivative: Derivative, exponent: int | None = None) -> list[float | None]:
        step = () if exponent is None else (2.0**-exponent,)
        found = [derivative(case.f, kind(x), *(kind(x * s) for s in step)) for x in points]
        return list(map(relative_error, found, truths))

    with np.errstate(all="ignore"):  # what overflows or is no number ends as an error that says so
        return {
            "points": points,
            "truth": [mpmath.nstr(each, 25) for each in truths],
            "modes": {name: errors(derivative) for name, derivative in MODES.items()},
            "stepped": {
                name: [errors(derivative, exponent) for exponent in settings["exponents"]]
                for name, derivative in STEPPED.items()
            },
        }


def draw_points(case: Case, count: int, seed: int) -> list[float]:
    """Around the case's own point, and such that both precisions have them."""
    rng = scalars.generator(seed, count, case.name)
    return [float(np.float32(case.at * (1 + u / 16))) for u in rng.uniform(-1, 1, count)]


def truth(case: Case, x: float, digits: int = DIGITS) -> Any:
    """The derivative of a case's code, by differences of numbers with so many digits and more."""
    with mpmath.workdps(digits):
        return mpmath.diff(on(mpmath, case.f), mpmath.mpf(x))


def relative_error(found: Any, expected: Any) -> float | None:
    """To three digits; None of what is not finite."""
    if not np.isfinite(found):
        return None
    with mpmath.workdps(DIGITS):
        error = float(abs((mpmath.mpf(float(found)) - expected) / expected))
    return float(f"{error:.3g}")


# Reading


@dataclass(frozen=True)
class Reading:
    """A method at one of its steps: the errors at all points, infinite where it gave no number."""

    method: str
    step: float
    """Relative to x; NaN of a mode, which has none."""
    errors: Sequence[float]

    @property
    def typical(self) -> float:
        return median(self.errors)

    @property
    def largest(self) -> float:
        return max(self.errors)


@dataclass(frozen=True)
class Outcome:
    """A function in one precision."""

    case: Case
    precision: str
    modes: dict[str, Reading]
    stepped: dict[str, Sequence[Reading]]

    @property
    def epsilon(self) -> float:
        """Half a unit in the last place of 1: what rounding once may change."""
        return float(np.finfo(PRECISIONS[self.precision]).eps) / 2

    def best(self, method: str) -> Reading:
        """A method at the step that proved best: to be known only from the truth."""
        return min(self.stepped[method], key=lambda reading: reading.typical)

    def smallest(self, method: str) -> Reading:
        """A method at its smallest step."""
        return self.stepped[method][-1]

    @property
    def worse_mode(self) -> Reading:
        return max(self.modes.values(), key=lambda reading: reading.typical)


def read(results: Results) -> Iterator[Outcome]:
    exponents = results.header["settings"]["exponents"]
    for record in results.records:
        task = record["task"]
        yield Outcome(
            CASES[task["function"]],
            task["precision"],
            {name: reading(name, nan, errors) for name, errors in record["modes"].items()},
            {
                name: [reading(name, 2.0**-k, e) for k, e in zip(exponents, each, strict=True)]
                for name, each in record["stepped"].items()
            },
        )


def reading(method: str, step: float, errors: Sequence[float | None]) -> Reading:
    return Reading(method, step, [inf if error is None else error for error in errors])


def headline(outcomes: Sequence[Outcome]) -> str:
    """The worst of the functions in which nothing cancels, in the longest precision; or nothing."""
    precision = outcomes[-1].precision
    easy = [o for o in outcomes if o.case.group == EASY and o.precision == precision]
    if not easy:
        return ""
    ad = max(each.worse_mode.typical for each in easy)
    central, one_sided = (
        power(max(each.best(method).typical for each in easy))
        for method in ("central", "one-sided")
    )
    return (
        f"Where nothing cancels, in {precision}: both modes are off by {power(ad)},\n"
        f"central differences at their best step by {central}, one-sided ones by {one_sided}"
    )


def power(error: float) -> str:
    """
    >>> power(2.34e-16), power(inf)
    ('2e-16', '–')
    """
    return f"{error:.0e}" if isfinite(error) else "–"


# Showing


def rows(results: Results) -> list[Record]:
    return [
        {
            "function": outcome.case.name,
            "group": outcome.case.group,
            "precision": outcome.precision,
            "method": each.method,
            "step": finite(each.step),
            "median_error": finite(each.typical),
            "largest_error": finite(each.largest),
            "points": len(each.errors),
            "not_finite": sum(not isfinite(error) for error in each.errors),
        }
        for outcome in read(results)
        for each in (*outcome.modes.values(), *chain.from_iterable(outcome.stepped.values()))
    ]


def finite(error: float) -> float | None:
    return error if isfinite(error) else None


WORDS = """\
relative error of a derivative, median over the points; the truth is by mpmath
in roundings: the error of a mode in units of 6e-08 (float32) or 1e-16 (float64)
in brackets: the step that proved best, relative to x"""
COLUMNS = (
    "function",
    "",
    "forward",
    "reverse",
    "in\nroundings",
    "complex\nstep",
    "central",
    "one-sided",
)
WHY = (
    "Differences have an error that grows with the step and a rounding error that grows as it"
    " shrinks. Both modes and a small complex step have neither, but they differentiate the"
    " program: where its own terms cancel, so do those of the derivative. Then it is the program"
    " that has to be rewritten, as roots is in rewritten."
)


def table(results: Results) -> Group:
    outcomes = list(read(results))
    shown = headed_table("accuracy", WORDS, padding=0)
    for i, heading in enumerate(COLUMNS):
        shown.add_column(heading, justify="left" if i < 2 else "right", no_wrap=True)
    for i, outcome in enumerate(outcomes):
        case = outcome.case
        first = not i or outcomes[i - 1].case != case
        shown.add_row(
            f"{case.name}: {case.formula}" if first else f"  ({case.group})",
            outcome.precision,
            *(power(each.typical) for each in outcome.modes.values()),
            number(outcome.worse_mode.typical / outcome.epsilon),
            power(outcome.smallest("complex step").typical),
            *map(at_its_best, (outcome.best("central"), outcome.best("one-sided"))),
        )
    lines = [" ".join(headline(outcomes).split()), WHY]
    return Group(shown, *(Padding(line, (0, 2)) for line in lines if line))


def at_its_best(best: Reading) -> str:
    return f"{power(best.typical)} ({best.step:.0e})"


# Those that have no truncation error lie on one another: the wide ones are drawn first.
LOOKS: dict[str, dict[str, Any]] = {
    "forward": {"color": plotting.SKY, "linewidth": 6},
    "complex step": {"color": plotting.GREEN, "linewidth": 3},
    "reverse": {"color": plotting.BLACK, "linewidth": 1},
    "central": {"color": plotting.VERMILLION},
    "one-sided": {"color": plotting.ORANGE},
}
LINES = {"float32": (0, (4, 2)), "float64": "-"}
LOWEST, HIGHEST = 1e-18, 1e4  # relative errors that are drawn


def draw(results: Results) -> Figure:
    """A panel a function: error against step, of float32 above and of float64 below."""
    outcomes = list(read(results))
    names = list(dict.fromkeys(outcome.case.name for outcome in outcomes))
    columns = min(len(names), 2)
    height = -(-len(names) // columns)
    figure = plotting.figure(height=1.6 + 2.7 * height)
    figure.suptitle(headline(outcomes) or "Relative error of derivatives")
    panels = figure.subplots(height, columns, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        draw_panel(axes, [outcome for outcome in outcomes if outcome.case.name == name])
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("relative error")
    for axes in panels.flat[max(len(names) - columns, 0) : len(names)]:
        axes.set_xlabel("step, relative to x")
        axes.tick_params(labelbottom=True)
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(
        handles[-len(LOOKS) :],
        labels[-len(LOOKS) :],
        loc="outside lower center",
        ncols=len(LOOKS),
        title="solid: float64; dashed: float32. Each is the median over the points",
        title_fontsize=9,
    )
    return figure


def draw_panel(axes: Axes, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        everywhere = [each.step for each in next(iter(outcome.stepped.values()))]
        for method, look in LOOKS.items():
            if method in outcome.modes:
                typical = [outcome.modes[method].typical] * len(everywhere)
            else:
                typical = [each.typical for each in outcome.stepped[method]]
            # An error of nothing at all has no logarithm: it goes to the lower edge.
            shown = np.maximum(np.where(np.isfinite(typical), typical, np.nan), LOWEST)
            axes.plot(everywhere, shown, linestyle=LINES[outcome.precision], **look, label=method)
    case = outcomes[0].case
    axes.set_title(f"{case.formula}: {case.group}", fontsize=10)
    axes.loglog()
    axes.set_ylim(LOWEST, HIGHEST)


EXPERIMENT = Experiment(
    name="accuracy",
    question="How far from the truth are AD, complex steps and differences?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=draw,
)
