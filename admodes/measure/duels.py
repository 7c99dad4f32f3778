"""Which of two calls is the quicker one, and whether that can be told at all.

However often two calls are timed, their medians differ. So one of them is timed twice in the same
rounds, A against A: what comes out between it and itself is the noise floor of these very rounds,
and no winner is named within it.
"""

from dataclasses import dataclass
from math import exp, log
from time import perf_counter

import numpy as np

from admodes.measure.timing import (
    Call,
    Interval,
    blas_threads,
    calibrate,
    median,
    settle_allocator,
    undisturbed,
)

ROUNDS = 301
"""The most that are of use: by then the floor is what differs between calls, not between rounds."""
FEWEST = 6
"""Rounds that an interval of 95 % takes."""
SAMPLE_SECONDS = 0.001
"""Short, so that the system seldom does something else in between."""


@dataclass(frozen=True)
class Duel:
    """Two calls that were timed in turns, and one of them against itself."""

    ratio: Interval
    """The second's time to that of the first."""
    floor: float
    """By how much the first may differ from itself, as a share of its time."""
    rounds: int

    @property
    def enough(self) -> bool:
        """Whether there were rounds enough for an interval of 95 %."""
        return self.rounds >= FEWEST

    @property
    def winner(self) -> int | None:
        """0 or 1: the quicker call; ``None`` where noise may be all there is.

        The interval must leave out 1, and the ratio be farther from it than the noise floor.
        """
        low, high = self.ratio.low, self.ratio.high
        if not self.enough or low <= 1.0 <= high or abs(log(self.ratio.value)) <= self.edge:
            return None
        return 0 if low > 1.0 else 1

    @property
    def edge(self) -> float:
        """The floor as a logarithm, which is the same in both directions."""
        return log(1.0 + self.floor)


def duel(
    first: Call,
    second: Call,
    *,
    seconds: float = 1.0,
    rounds: int = ROUNDS,
    threads: int | None = 1,
    between: Call | None = None,
) -> Duel | None:
    """Time two calls in turns, for `seconds`, and the first of them twice a round.

    Each round has an order of its own, at random: then two calls that take the same are told apart
    by nothing, whatever the noise is like.

    Parameters
    ----------
    first, second
        Calls that were warmed up before.
    seconds
        How long it may take, by the rounds that there were.
    rounds
        How many at most.
    threads
        Of BLAS; ``None`` leaves it as it is set.
    between
        Is called after every round.

    Returns
    -------
    A :class:`Duel`, or ``None`` where the time does not suffice for a single round.

    Examples
    --------
    >>> short, long = (lambda: sum(range(1000))), (lambda: sum(range(2000)))
    >>> 1 <= duel(short, long, seconds=1.0).rounds <= 301
    True
    """
    end = perf_counter() + seconds
    settle_allocator()
    calls = (first, second)
    with blas_threads(threads):
        loops, durations = zip(*(calibrate(call, SAMPLE_SECONDS) for call in calls), strict=True)
        count = min(int((end - perf_counter()) / (2 * durations[0] + durations[1])), rounds)
        taken: list[np.ndarray] = []
        rng = np.random.default_rng(0)
        longest, now = 0.0, perf_counter()
        # On a busy machine a round takes longer than it was said to.
        while len(taken) < count and now + longest <= end:
            taken.append(np.empty(3))
            for place in rng.permutation(3):
                which = int(place == 1)
                taken[-1][place] = undisturbed(calls[which], loops[which])
            if between is not None:
                between()
            began, now = now, perf_counter()
            longest = max(longest, now - began)
    return judge(np.array(taken)) if taken else None


def judge(taken: np.ndarray) -> Duel:
    """The duel of these rounds, as an array of a row each: the first, the second, the first again.

    >>> rounds = np.array([[1.0, 2.0, 1.0]] * 6)
    >>> judge(rounds).ratio.value, judge(rounds).floor, judge(rounds).winner
    (2.0, 0.0, 0)
    """
    first, second, again = np.log(taken).T
    same = median(first - again)
    # Not against both of them: a mean of two is slow more often than one, where noise is bursts.
    other = median(second - first)
    floor = exp(max(abs(same.low), abs(same.high))) - 1.0
    ratio = Interval(exp(other.value), exp(other.low), exp(other.high), other.coverage)
    return Duel(ratio, floor, len(taken))
