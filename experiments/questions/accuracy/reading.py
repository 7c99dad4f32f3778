"""What the experiment ``accuracy`` found, as numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from statistics import median
from typing import Any

import numpy as np

from experiments.bench.results import Results
from experiments.questions.accuracy.cases import CASES, EASY, Case

PRECISIONS: dict[str, type[np.floating[Any]]] = {"float32": np.float32, "float64": np.float64}


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
