"""The derivative of a case as a sparse matrix, where few directions hold all of its entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil, exp, log
from time import perf_counter
from typing import Any

from rich.table import Table

import admodes as ad
from admodes.measure import Interval, Timing, median, ratio
from admodes.measure.words import duration, number
from experiments.bench.console import headed_table
from experiments.bench.results import Record, digits, interval_columns, timing

FULL = 0.5
"""The share of entries that are not 0, and of the directions of the longer way, from which on it is
no question."""
SPARSE = ("sparse", 0)
"""Under which its samples are taken."""


def planned(f: Any, x: Any, advice: Any) -> tuple[Any, Record] | None:
    """A plan, and what finding it took; ``None`` where most entries may be other than 0."""
    shorter = min(advice.inputs, advice.outputs)
    if advice.profile.scalar or advice.profile.parts > 1 or find_spec("scipy") is None:
        return None
    pattern = ad.pattern(f, x, argnums=0)
    if shorter < 2 or pattern.nnz > FULL * advice.inputs * advice.outputs:
        return None
    start = perf_counter()
    derivative = ad.sparse_jacobian(f)
    derivative(x)
    first, plan = perf_counter() - start, derivative.plan(x)
    if plan.directions > FULL * shorter:
        return None
    said = None if advice.sparse is None else digits(advice.sparse.ratio.value)
    return derivative, {
        "entries": plan.pattern.nnz,
        "directions": plan.directions,
        "mode": plan.mode,
        "first_seconds": digits(first),
        "said": said,
    }


# Reading


@dataclass(frozen=True)
class Sparse:
    """What was found of a case."""

    entries: int
    directions: int
    mode: str
    first_seconds: float
    timing: Timing
    gain: Interval
    """The time of the quickest dense way over that, pair by pair."""
    said: float | None
    """The same as ``recommend`` says; ``None`` where it does not speak of it."""

    @property
    def seconds(self) -> float:
        return median(self.timing.seconds).value

    @property
    def pays_from(self) -> int | None:
        """How many calls it takes until the plan is paid for."""
        saved = self.seconds * (self.gain.value - 1)
        if self.gain.low <= 1:
            return None
        return max(ceil((self.first_seconds - self.seconds) / saved), 1)


def sparse_of(record: Record, best: Timing) -> Sparse | None:
    """From the record of a case, where the quickest dense way took that."""
    own = record.get("sparse")  # there was none when older ones were measured
    if own is None:
        return None
    taken = timing(own)
    return Sparse(
        own["entries"],
        own["directions"],
        own["mode"],
        own["first_seconds"],
        taken,
        ratio(best, taken),
        own["said"],
    )


def columns(sparse: Sparse) -> Record:
    """In the row of the recommended way."""
    return {
        "sparse_entries": sparse.entries,
        "sparse_directions": sparse.directions,
        "sparse_mode": sparse.mode,
        "sparse_first_seconds": sparse.first_seconds,
        **interval_columns("sparse_seconds", median(sparse.timing.seconds)),
        **interval_columns("quickest_over_sparse", sparse.gain),
        "quickest_over_sparse_said": sparse.said,
    }


# Showing


def sparse_table(readings: Sequence[Any]) -> Table:
    """Of each case with few entries: by how much that is quicker, and what is said of it."""
    shown = headed_table(
        "as a sparse matrix",
        "gain: the time of the quickest dense way over that; =: the interval holds 1",
        padding=0,
    )
    for heading in ("case", "n", "m", "directions", "a call", "gain", "said", "pays from"):
        shown.add_column(heading, justify="left" if heading == "case" else "right", no_wrap=True)
    for each in readings:
        own = each.sparse
        is_open = own.gain.low <= 1 <= own.gain.high
        shown.add_row(
            each.case,
            f"{each.n:,}",
            f"{each.m:,}",
            f"{own.directions:,}",
            duration(own.seconds),
            "=" if is_open else number(own.gain.value),
            "–" if own.said is None else number(own.said),
            "–" if own.pays_from is None else f"{own.pays_from:,}",
        )
    shown.caption = "\n".join(summary(readings))
    return shown


def summary(readings: Sequence[Any]) -> list[str]:
    """The regret with and without it, in terms of the quickest way of all."""
    found = [
        f"{what}: times the quickest way of all, in the mean {number(mean(values))}, worst"
        f" {number(max(values))}"
        for what, values in (
            ("the recommended mode", [alone(each) for each in readings]),
            ("sparse where it is said to pay", [followed(each) for each in readings]),
        )
    ]
    wrong = sum(each.sparse.said is not None and each.sparse.gain.high < 1 for each in readings)
    return [*found, f"said to pay where it does not: {wrong} of {len(readings)}"]


def mean(values: Sequence[float]) -> float:
    return exp(sum(map(log, values)) / len(values))


def alone(reading: Any) -> float:
    """What the recommended mode costs, where the sparse matrix counts as a way, too."""
    return float(reading.regret.value * max(reading.sparse.gain.value, 1.0))


def followed(reading: Any) -> float:
    """What the advice costs, for someone who takes the sparse matrix where it is spoken of."""
    if reading.sparse.said is None:
        return alone(reading)
    return float(max(1 / reading.sparse.gain.value, 1.0))
