"""Which mode takes a Jacobian quicker, predicted: counts, times constants of the machine.

What a Jacobian executes is counted: forward mode n passes, reverse mode a recording and m sweeps;
or n / k and m / k, of k directions each. Its time is modelled as

    start + call · (primitives executed) + unit · (work done),

three constants for each function, mode and form, of which no count knows: what a Jacobian costs
before its first pass, what Python takes for a primitive, and what a unit of work takes. They are
fitted to sizes that are not drawn. So the predicted boundary is where
n · (cost of a pass) = (cost of the recording) + m · (cost of a sweep), but for the starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from experiments.bench.results import Record
from experiments.sides.passes import TANGENT_BYTES

ITEM = 8  # bytes of a number


@dataclass(frozen=True)
class Work:
    """What is executed."""

    primitives: float
    work: float

    def __add__(self, other: "Work") -> "Work":
        return Work(self.primitives + other.primitives, self.work + other.work)

    def __sub__(self, other: "Work") -> "Work":
        return self + other * -1

    def __mul__(self, times: float) -> "Work":
        return Work(self.primitives * times, self.work * times)


NONE = Work(0, 0)


def executed(counts: Record, mode: str, directions: int, k: int) -> Work:
    """All that a Jacobian of so many directions executes, `k` of them a pass.

    From its second direction on, each adds the same to a pass.
    """
    one, two, three = (Work(*each) for each in counts[mode])
    once = Work(*counts["recording"]) if mode == "reverse" else NONE
    if k == 1:
        return once + one * directions
    each = three - two
    return once + (two - each * 2) * ceil(directions / k) + each * directions


def abreast(n: int, m: int, directions: int) -> int:
    """The directions a pass that a prediction assumes: about what a core's cache holds."""
    return max(1, min(directions, TANGENT_BYTES // (ITEM * max(n, m))))


@dataclass(frozen=True)
class Constants:
    """Seconds: of a Jacobian by itself, of a primitive, of a unit of work."""

    start: float
    call: float
    unit: float

    def seconds(self, done: Work) -> float:
        return self.start + self.call * done.primitives + self.unit * done.work


def fit(done: Sequence[Work], seconds: Sequence[float]) -> Constants:
    """The constants, none below nothing, with the least squares of relative errors.

    >>> fit([Work(1, 10), Work(2, 10), Work(2, 30)], [3.0, 4.0, 6.0])
    Constants(start=1.0, call=1.0, unit=0.1)
    """
    columns = np.array([[1.0, each.primitives, each.work] for each in done])
    columns /= np.array(seconds)[:, None]
    found, kept = np.zeros(columns.shape[1]), list(range(columns.shape[1]))
    while kept:
        # In units of each column's size, or the tiny would be taken for nothing.
        scale = np.linalg.norm(columns[:, kept], axis=0)
        best, *_ = np.linalg.lstsq(columns[:, kept] / scale, np.ones(len(done)), rcond=None)
        if best.min() >= 0:
            found[kept] = best / scale
            break
        kept.pop(int(best.argmin()))
    return Constants(*found.tolist())
