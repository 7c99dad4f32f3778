"""How long calls take, measured so that they can be compared.

A machine drifts: its clock frequency, its caches and its other work change from second to second.
So calls that are compared take turns (:func:`interleave`), and their ratio is taken between samples
that are neighbours in time (:func:`ratio`). Every sample is kept; what is quoted is a median with
an interval that assumes nothing about their distribution (:func:`median`).

A sample repeats its call until it is long enough for the clock, as in ``asv`` and ``pyperf``; the
cyclic garbage collector is held off meanwhile, as in ``timeit``; BLAS is held to one thread unless
another number is asked for, since what a second one brings is another question.
"""

import gc
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import repeat
from math import comb, inf
from time import perf_counter
from typing import Any, TypeVar

import numpy as np

#: of Unix alone
resource: Any = import_module("resource") if find_spec("resource") else None

TRIES = 5
"""How often a short sample is taken for one that nothing came between."""
SHORT = 0.02
"""Seconds up to which a sample is short: in a longer one something comes between anyhow."""

Call = Callable[[], object]
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """A value, the limits that it lies between, and with what probability it does."""

    value: float
    low: float
    high: float
    coverage: float


@dataclass(frozen=True)
class Timing:
    """The samples of one call: seconds a call, and the round that each was taken in."""

    seconds: tuple[float, ...]
    rounds: tuple[int, ...]
    loops: int = 1  # calls in a sample

    def near(self, rounds: Sequence[int]) -> np.ndarray:
        """The samples nearest in time to each of `rounds`, as an array of its length."""
        distance = np.abs(np.subtract.outer(rounds, self.rounds))
        return np.array(self.seconds)[distance.argmin(axis=1)]


def median(samples: Sequence[float] | np.ndarray, confidence: float = 0.95) -> Interval:
    """The median of `samples` and its narrowest symmetric order-statistic interval.

    Of n samples sorted, the median of what they were drawn from lies outside the j-th lowest and
    the j-th highest with probability 2 P(B < j), B binomial(n, 1/2), whatever the distribution
    (H. A. David, H. N. Nagaraja, "Order Statistics", 2003, section 7.1). The largest j that keeps
    `confidence` is taken. Fewer than six samples cannot give 95 %: then the interval is their
    whole range, with the coverage that this has (0 for a single sample).

    Raises ``ValueError`` where there are no samples.

    >>> median([5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0])
    Interval(value=4.0, low=1.0, high=7.0, coverage=0.984375)
    """
    ordered = np.sort(np.asarray(samples, dtype=np.float64)).tolist()
    n = len(ordered)
    if n == 0:
        raise ValueError("the median of no samples")
    j, coverage = limits(n, confidence)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return Interval(middle, ordered[j - 1], ordered[n - j], coverage)


@cache
def limits(n: int, confidence: float) -> tuple[int, float]:
    """The j of :func:`median` for `n` samples, and the coverage that it gives."""
    # Over integers: of a thousand samples and more, 0.5**n is no float.
    j, outside = 1, 2 / 2**n
    while 2 * j < n and outside + 2 * comb(n, j) / 2**n <= 1 - confidence:
        outside += 2 * comb(n, j) / 2**n
        j += 1
    return j, 1 - outside


def ratio(numerator: Timing, denominator: Timing, confidence: float = 0.95) -> Interval:
    """The median of numerator / denominator, pair by pair, and its interval.

    Samples of the same round are a pair. A call that was sampled in fewer rounds lends each sample
    to all the rounds that are nearest to it; the interval then shows how the other one varied.
    """
    if len(numerator.seconds) >= len(denominator.seconds):
        pairs = np.array(numerator.seconds) / denominator.near(numerator.rounds)
    else:
        pairs = numerator.near(denominator.rounds) / np.array(denominator.seconds)
    return median(pairs, confidence)


def interleave(
    calls: Mapping[Name, Call],
    *,
    seconds: float = 2.0,
    rounds: int = 21,
    fewest: int = 6,
    sample_seconds: float = 0.005,
    expected: Mapping[Name, float] | None = None,
    threads: int | None = 1,
    between: Call | None = None,
    again: bool = False,
    within: float | None = None,
) -> dict[Name, Timing]:
    """Time `calls`, which take turns, a sample of each a round; give the :class:`Timing` of each.

    Every other round goes through them backwards, so that none always follows the same one. Where
    `seconds` do not suffice for all `rounds`, slow calls are sampled in fewer, evenly spread: the
    time that quick ones leave is shared, but each has its `fewest` samples (six make an interval
    of 95 %).

    `expected` names calls too long to be tried out beforehand, with the seconds that each should
    take. One that takes `sample_seconds` or more is neither warmed up nor repeated within a sample,
    and a single sample of it may do. BLAS runs on so many `threads`, or as it is set (``None``);
    `between` is called after every sample. With `again`, a short sample during which the system ran
    something else is taken again, and thrown away. Where calls take longer than they were expected
    to, none has more than its fewest samples once so many seconds have passed (`within`); nor is
    one begun of a call that is `expected`, if by those before it would not be over by then: without
    any sample it is left out of what is given.
    """
    deadline = inf if within is None else perf_counter() + within
    settle_allocator()
    known = {name: each for name, each in (expected or {}).items() if each >= sample_seconds}
    take = undisturbed if again else sample
    with blas_threads(threads):
        loops, durations = dict.fromkeys(calls, 1), dict(known)
        for name, call in calls.items():
            if name not in known:
                loops[name], durations[name] = calibrate(call, sample_seconds)
        least = {name: 1 if name in known else fewest for name in calls}
        spent = foreseen = 0.0
        turns = schedule(durations, least, seconds, rounds)
        samples: dict[Name, list[float]] = {name: [] for name in calls}
        taken: dict[Name, list[int]] = {name: [] for name in calls}
        order = list(calls)
        for number in range(rounds):
            for name in order:
                if number not in turns[name]:
                    continue
                begin = perf_counter()
                if name in known:
                    slower = max(spent / foreseen, 1.0) if foreseen else 1.0
                    late = begin + slower * known[name] > deadline
                else:
                    late = begin > deadline and len(samples[name]) >= fewest
                if not late:
                    taken[name].append(number)
                    samples[name].append(take(calls[name], loops[name]))
                    if name in known:
                        spent, foreseen = spent + samples[name][-1], foreseen + known[name]
                    if between is not None:
                        between()
            order.reverse()
    return {
        name: Timing(tuple(samples[name]), tuple(taken[name]), loops[name])
        for name in calls
        if samples[name]
    }


@contextmanager
def blas_threads(limit: int | None) -> Iterator[None]:
    """BLAS held to so many threads; ``None`` leaves it as it is."""
    if limit is None:
        yield
        return
    from threadpoolctl import threadpool_limits  # here, so that ``import admodes`` is light

    with threadpool_limits(limits=limit, user_api="blas"):
        yield


def calibrate(call: Call, sample_seconds: float) -> tuple[int, float]:
    """Loops that make a sample of `call` last `sample_seconds`, and how long it then lasted.

    The call is warmed up on the way: what a first run costs (imports, caches, fresh memory) would
    have the loops counted too low.
    """
    sample(call, 1)
    loops = 1
    while True:
        duration = loops * sample(call, loops)
        if duration >= sample_seconds:
            return loops, duration
        # At most tenfold: a sample of a few calls says little of many.
        growth = min(10.0, 1.2 * sample_seconds / max(duration, 1e-9))
        loops = max(loops + 1, int(loops * growth))


def sample(call: Call, loops: int) -> float:
    """Seconds a call, over `loops` calls in a row."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = perf_counter()
        for _ in repeat(None, loops):
            call()
        return (perf_counter() - start) / loops
    finally:
        if collecting:
            gc.enable()


def undisturbed(call: Call, loops: int) -> float:
    """A sample during which the system did not take the processor away, if there is one soon.

    Whether it did, the system says itself: so no sample is chosen by how long it took.
    """
    for _ in range(TRIES - 1):
        before = _preemptions()
        seconds = sample(call, loops)
        if _preemptions() == before or seconds > SHORT:
            return seconds
    return sample(call, loops)


def _preemptions() -> int:
    """How often another process was given the processor, where the system tells."""
    return 0 if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def settle_allocator() -> None:
    """Bring malloc into the state of a process that has worked with large arrays before.

    Until glibc sees one of them freed, it maps every array of 128 kB or more anew, whose pages then
    fault: up to three times the time, and what was measured earlier would decide (mallopt(3),
    M_MMAP_THRESHOLD). Other allocators do not mind.
    """
    np.empty(31 * 2**20, dtype=np.uint8)  # just below the largest that it learns from


def schedule(
    durations: Mapping[Name, float], least: Mapping[Name, int], seconds: float, rounds: int
) -> dict[Name, Collection[int]]:
    """The rounds to sample each call in: in all, or in as many as its share of `seconds` allows.

    The quickest are served first, and what they leave is shared by the others.
    """
    turns = {}
    for served, name in enumerate(sorted(durations, key=durations.__getitem__)):
        share = seconds / (len(durations) - served)
        count = min(max(int(share / durations[name]), least[name]), rounds)
        turns[name] = spread(count, rounds)
        seconds = max(seconds - count * durations[name], 0.0)
    return turns


def spread(count: int, rounds: int) -> Collection[int]:
    """`count` of `rounds` rounds, evenly spaced.

    >>> sorted(spread(3, 12))
    [2, 6, 10]
    """
    return {(2 * turn + 1) * rounds // (2 * count) for turn in range(count)}
