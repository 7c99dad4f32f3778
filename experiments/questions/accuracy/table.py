"""The table of the experiment ``accuracy``."""

from itertools import chain
from math import isfinite

from rich.console import Group
from rich.padding import Padding

from admodes.measure.words import number
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results
from experiments.questions.accuracy.reading import Reading, headline, power, read


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
    shown = headed_table("accuracy", WORDS, padding=0, keys=COLUMNS[:2])
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
