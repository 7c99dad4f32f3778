"""What the experiment ``bounds`` found, as numbers, and what each point beyond a
bound is due to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from admodes.counting import Cost, Counts
from experiments.bench.results import Results, counts_of

MODES = ("tangent", "gradient")


MEASURES = {"work": "Moves and arithmetic", "arithmetic": "Arithmetic alone"}


#: evaluations that a derivative may cost, by these measures
BOUNDS = {"tangent": (2.5, 4.0), "gradient": (4.0, 5.0)}


@dataclass(frozen=True)
class Excess:
    """What one cause puts on top of the accounting, in evaluations of the function."""

    cause: str
    """A primitive."""
    moves: float
    arithmetic: float

    @property
    def total(self) -> float:
        return self.moves + self.arithmetic

    @property
    def what(self) -> str:
        parts = {"moves": self.moves, "arithmetic": self.arithmetic}
        return " and ".join(part for part, excess in parts.items() if excess > 0)


@dataclass(frozen=True)
class Reading:
    """What a derivative costs by one measure, in evaluations, and what it may."""

    value: float
    bound: float
    accounted: float
    """By their accounting, for this function's own mix of operations."""
    excesses: Sequence[Excess]
    """Of each primitive; negative where its derivative costs less than it may. Together, the
    difference between `value` and `accounted`."""

    @property
    def beyond(self) -> bool:
        # As it is shown: a sum of n numbers has n - 1 additions, which is not worth a word.
        return round(self.value, 2) > self.bound

    @property
    def causes(self) -> list[Excess]:
        """The fewest primitives, the worst first, without whose excess it would be in bounds."""
        over, causes = self.value - self.bound, list[Excess]()
        for excess in sorted(self.excesses, key=lambda excess: -excess.total):
            if over <= 0 or excess.total <= 0:
                break
            causes.append(excess)
            over -= excess.total
        return causes


@dataclass(frozen=True)
class Point:
    """A function in one mode."""

    function: str
    inputs: int
    mode: str
    evaluation: Counts
    counts: Counts
    work: Reading
    """Of moves and arithmetic."""
    arithmetic: Reading
    """Of arithmetic alone."""


def allowed(cost: Cost, mode: str) -> tuple[float, float]:
    """Moves and arithmetic, as work, that a derivative may take beyond an evaluation of this cost.

    Of an addition, a multiplication or a nonlinear operation, which have 3, 3 and 2 moves, they
    count with a tangent as many moves again, and in the sweep 6, 8 and 5: a cotangent is read and
    set to zero, and that of each argument is read and written.
    """
    a, m, n = cost.additions, cost.multiplications, cost.nonlinear
    if mode == "tangent":
        return cost.moves, a + 3 * m + 3 * n
    times = (6 / 3 * a + 8 / 3 * m + 5 / 2 * n) / cost.operations if cost.operations else 1
    return times * cost.moves, 2 * a + 4 * m + 4 * n


def read(results: Results) -> Iterator[Point]:
    """A point for each function and mode, the modes in turn."""
    for record in results.records:
        evaluation = counts_of(record["evaluation"])
        for mode in MODES:
            counts = counts_of(record[mode])
            over = {
                name: beyond(counts_of(share["evaluation"]).cost, counts_of(share[mode]).cost, mode)
                for name, share in record["shares"].items()
            }
            yield Point(
                record["task"]["function"],
                record["inputs"],
                mode,
                evaluation,
                counts,
                reading(counts.cost.work(), evaluation.cost.work(), BOUNDS[mode][0], over),
                reading(
                    counts.cost.work(moves=0),
                    evaluation.cost.work(moves=0),
                    BOUNDS[mode][1],
                    {name: (0.0, arithmetic) for name, (_, arithmetic) in over.items()},
                ),
            )


def beyond(evaluation: Cost, derivative: Cost, mode: str) -> tuple[float, float]:
    """The moves and the arithmetic of a primitive's derivative that are more than it may take."""
    moves, arithmetic = allowed(evaluation, mode)
    return derivative.moves - moves, derivative.work(moves=0) - arithmetic


def reading(work: int, whole: int, bound: float, over: dict[str, tuple[float, float]]) -> Reading:
    whole = max(whole, 1)
    excesses = [Excess(name, moves / whole, more / whole) for name, (moves, more) in over.items()]
    value = work / whole
    return Reading(value, bound, value - sum(each.total for each in excesses), excesses)


def headline(points: Sequence[Point], measure: str) -> str:
    """How many are within their bounds."""
    parts = []
    for mode in MODES:
        own: list[Reading] = [getattr(point, measure) for point in points if point.mode == mode]
        within = sum(not each.beyond for each in own)
        parts.append(f"{within} of {len(own)} {mode}s within {own[0].bound:g}")
    return ", ".join(parts)
