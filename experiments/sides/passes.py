"""A derivative that takes many passes: run in full, or estimated from a sample of its passes.

A gradient of N inputs takes N passes of forward mode, a derivative of M outputs M sweeps of reverse
mode: each direction gives an entry, or of a Jacobian a row or a column. It is had in two forms: one
direction a pass, as the textbook counts, and the k directions a pass that prove quickest, as a
practitioner runs it.

Where the whole derivative fits the budget it is run in full. Elsewhere a sample of its passes is,
chosen at random, and the time of all of them is estimated.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from math import ceil, log2
from typing import Any

import numpy as np
from numpy.random import Generator

from admodes.measure import Timing, interleave, median
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, samples

SAMPLE_SECONDS = 0.005
TRIAL_SECONDS = 0.5
"""For all numbers of directions a pass that are tried."""
FEWEST_PASSES = 4
"""In a sample: what is done once a derivative must not weigh in the cost of a pass."""
TANGENT_BYTES = 2**20
"""About what a core's cache holds: the best k are found around it."""


@dataclass(frozen=True)
class Derivative:
    """One of n entries, of which a direction gives one; of a Jacobian each is a row or a column."""

    n: int
    nbytes: int  # of a direction, as numbers
    whole: Callable[[int], Callable[[], np.ndarray]]
    """``whole(k)`` is a call that gives every entry, by `k` directions a pass."""
    some: Callable[[np.ndarray, int], np.ndarray]
    """``some(indices, k)`` are the entries at `indices`, by `k` directions a pass."""
    once: Callable[[], object] | None = None
    """What those two do once before all passes, where it takes as long as one."""
    fewest: int = FEWEST_PASSES
    """Passes in a sample."""
    sought: int = 0
    """Passes in a sample, where the budget has time for them."""
    doublings: int = 2
    """From :data:`TANGENT_BYTES` on, of the k worth trying."""


SHARED_PASSES = 128
"""In a sample, where workers share them: what it takes to reach these is then seldom the most."""


def shared(executor: Executor | None) -> dict[str, Any]:
    """What is other of a derivative whose passes workers share."""
    return {} if executor is None else {"sought": SHARED_PASSES}


@dataclass(frozen=True)
class Form:
    """A derivative by so many directions a pass: a call to be timed, and what its calls found."""

    k: int  # directions a pass
    full: bool  # a call makes the whole derivative, not some entries of it
    directions: int  # in a call
    seconds: float  # that a call is expected to take
    call: Callable[[], None]
    found: list[tuple[np.ndarray, np.ndarray]]  # indices, and the entries there


def form_of(derivative: Derivative, k: int, cost: float, limit: float, rng: Generator) -> Form:
    """The whole derivative where, at `cost` seconds a direction, it takes no longer than `limit`.

    Elsewhere a few passes of it, chosen at random, and other ones in each call.
    """
    n = derivative.n
    found: list[tuple[np.ndarray, np.ndarray]] = []
    if n * cost <= limit:
        everywhere = np.arange(n)
        every = derivative.whole(k)

        def whole() -> None:
            found[:] = [(everywhere, every())]

        return Form(k, True, n, n * cost, whole, found)

    sought = min(derivative.sought, int(limit / (k * cost)))
    passes = min(max(ceil(SAMPLE_SECONDS / (k * cost)), derivative.fewest, sought), n // k)
    directions = passes * k
    parts = cycle(rng.permutation(n)[: n // directions * directions].reshape(-1, directions))

    def sample() -> None:
        part = next(parts)
        found.append((part, derivative.some(part, k)))

    return Form(k, False, directions, directions * cost, sample, found)


def cost_of_direction(derivative: Derivative, rng: Generator) -> dict[int, float]:
    """Seconds a direction at each k worth trying: 1 to 8, and around 1 MB of tangents."""
    n = derivative.n
    middle = round(log2(TANGENT_BYTES / derivative.nbytes))
    powers = {0, 1, 2, 3, *range(middle - 2, middle + derivative.doublings + 1)}
    sizes = sorted({min(2**power, n) for power in powers if power >= 0})
    directions = {k: rng.choice(n, min(n, max(k, FEWEST_PASSES)), replace=False) for k in sizes}
    calls: dict[int, Callable[[], object]] = {
        k: partial(derivative.some, each, k) for k, each in directions.items()
    }
    if derivative.once:
        calls[0] = derivative.once  # no pass at all
    timings = interleave(
        calls, seconds=TRIAL_SECONDS, rounds=5, fewest=3, sample_seconds=SAMPLE_SECONDS / 5
    )
    seconds = {k: median(timing.seconds).value for k, timing in timings.items()}
    once = seconds.pop(0, 0.0)
    # What a short call takes beyond that may be lost in noise, but is not nothing.
    return {k: max(each - once, each / 100) / len(directions[k]) for k, each in seconds.items()}


def both_forms(
    derivative: Derivative, limit: float, rng: Generator
) -> tuple[dict[int, float], dict[str, Form]]:
    """Seconds a direction at each k that was tried; one direction a pass, and the best k."""
    costs = cost_of_direction(derivative, rng)
    best = min(costs, key=costs.__getitem__)
    return costs, {
        name: form_of(derivative, k, costs[k], limit, rng)
        for name, k in (("one direction", 1), ("k directions", best))
    }


def in_full(forms: Mapping[str, Form]) -> dict[str, float]:
    """The seconds that those should take which are too long to be tried out beforehand."""
    return {name: form.seconds for name, form in forms.items() if form.full}


def by_turns(
    calls: Mapping[Any, Callable[[], object]],
    forms: Mapping[str, Form],
    seconds: float,
    rounds: int,
) -> dict[Any, Timing]:
    """The calls and the forms, timed in one run."""
    return interleave(
        {**calls, **{name: form.call for name, form in forms.items()}},
        seconds=seconds,
        rounds=rounds,
        sample_seconds=SAMPLE_SECONDS,
        expected=in_full(forms),
    )


Describe = Callable[[int, int, float, float], str]
"""Of an entry: its index, k, by many passes and by one. In a Jacobian entries are counted row by
row, a direction a row."""


def compare(form: Form, expected: np.ndarray, describe: Describe) -> Record:
    """The largest relative difference of the modes, over all entries that many passes have found.

    Typical of an entry is the mean size of all. Raises :class:`Disagreement` above TOLERANCE.
    """
    indices, by_many = map(np.concatenate, zip(*form.found, strict=True))
    by_one = expected[indices]
    difference = relative_difference(by_many, by_one, abs(expected).mean())
    worst = np.unravel_index(difference.argmax(), difference.shape)  # the first NaN, if any
    largest = float(difference[worst])
    if not largest <= TOLERANCE:
        index = np.ravel_multi_index((indices[worst[0]], *worst[1:]), expected.shape)
        raise Disagreement(describe(int(index), form.k, by_many[worst], by_one[worst]), largest)
    entries = len(np.unique(indices)) * by_one[0].size
    return {"entries_compared": entries, "largest_difference": largest}


def form_records(
    forms: Mapping[str, Form],
    timings: Mapping[str, Timing],
    expected: np.ndarray,
    describe: Describe,
) -> list[Record]:
    """Each form with every sample, once it has been compared with what one pass gives."""
    return [
        {
            "k": form.k,
            "passes": ceil(len(expected) / form.k),
            "full": form.full,
            "directions_timed": form.directions,
            **compare(form, expected, describe),
            **samples(timings[name]),
        }
        for name, form in forms.items()
    ]
