"""In which order a chain of steps is evaluated, stored and reversed, when few states can be stored.

Reversing a step takes the state before it. With `s` snapshots, of which the initial state is one,
and every step evaluated at most `c` times before it is recorded, chains of up to C(s + c, s) steps
can be reversed, and binomial schedules reach that (A. Griewank & A. Walther, "Algorithm 799:
revolve", ACM TOMS 26(1), 2000). Here are only numbers: no state and no derivative.
"""

from collections.abc import Iterator
from math import comb, isqrt
from typing import NamedTuple

RERUNS = 3
"""Where nobody says how many snapshots there are, so many that no step is run more often than this
before it is recorded: about 1.8 · n^(1/3). With 2 there would be √(2n); with as many reruns as
snapshots (revolve's ``adjust``), 8 snapshots for 10,000 steps, each of them run 8 times."""


class Action(NamedTuple):
    """What to do next.

    ``store``: keep the state before step `begin`, which is at hand, as a snapshot.
    ``copy``: go back to the snapshot before step `begin`. ``take``: the same, and it is free again.
    ``advance``: evaluate the steps from `begin` up to `end`, which is left out.
    ``reverse``: record them, and sweep back over the recording.
    """

    kind: str
    begin: int
    end: int


def reach(snapshots: int, reruns: int) -> int:
    """How many steps can be reversed, each run at most `reruns` times before it is recorded.

    >>> reach(snapshots=3, reruns=2), reach(snapshots=10, reruns=7)
    (10, 19448)
    """
    return comb(snapshots + reruns, snapshots) if snapshots >= 0 and reruns >= 0 else 0


def reruns(steps: int, snapshots: int) -> int:
    """The fewest runs of a step that suffice.

    >>> reruns(steps=10, snapshots=3), reruns(steps=11, snapshots=3)
    (2, 3)
    """
    found = 0
    while reach(snapshots, found) < steps:
        found += 1
    return found


def advances(steps: int, snapshots: int) -> int:
    """The fewest evaluations beside those that are recorded: t(n, s) = c·n - C(s + c, s + 1).

    A gradient evaluates `steps` more, which it records.

    >>> advances(steps=10, snapshots=3)
    15
    """
    c = reruns(steps, snapshots)
    return c * steps - comb(snapshots + c, snapshots + 1)


def default_snapshots(steps: int, schedule: str) -> int:
    """How many states to store where nobody says.

    >>> default_snapshots(10_000, "binomial"), default_snapshots(10_000, "uniform")
    (38, 99)
    """
    if schedule == "uniform":  # as many as steps between two
        return max(isqrt(max(steps - 1, 0)), 1)
    found = 1
    while reach(found, RERUNS) < steps:
        found += 1
    return found


def binomial(steps: int, snapshots: int) -> Iterator[Action]:
    """The schedule with the fewest evaluations; steps are recorded one by one.

    >>> [(kind, begin, end) for kind, begin, end in binomial(steps=3, snapshots=1)]
    [('store', 0, 0), ('advance', 0, 2), ('reverse', 2, 3), ('copy', 0, 0), ('advance', 0, 1),
    ('reverse', 1, 2), ('take', 0, 0), ('reverse', 0, 1)]
    """
    stored: list[int] = []
    now, end = 0, steps  # the state at hand; from `end` on, steps are reversed
    while end:
        while now < end - 1:
            if not stored or stored[-1] != now:
                stored.append(now)
                yield Action("store", now, now)
            then = now + _stride(end - now, snapshots - len(stored) + 1)
            yield Action("advance", now, then)
            now = then
        yield Action("reverse", now, end)
        end = now
        if end:
            now = stored[-1]
            if now == end - 1:
                stored.pop()
                yield Action("take", now, now)
            else:
                yield Action("copy", now, now)


def _stride(steps: int, snapshots: int) -> int:
    """How far to go from a snapshot before the next one is stored; `snapshots` counts both.

    What is before the next one must be within reach of them all with one run less, what is behind
    it within reach of one snapshot less. Of such points this is revolve's: every one of them needs
    the fewest evaluations, but this one stores the least often.
    """
    s, c = snapshots, reruns(steps, snapshots)
    nearest, farthest = reach(s, c - 2), reach(s, c - 1)
    return min(max(steps - reach(s - 1, c - 1) - reach(s - 2, c - 1), nearest, 1), farthest)


def uniform(steps: int, snapshots: int) -> Iterator[Action]:
    """Snapshots at equal distances; what lies between two is recorded at once.

    So each step is evaluated at most twice (T. Chen et al., "Training Deep Nets with Sublinear
    Memory Cost", 2016): with √n snapshots, √n states and the recording of √n steps are held.

    >>> [(kind, begin, end) for kind, begin, end in uniform(steps=4, snapshots=1)]
    [('store', 0, 0), ('advance', 0, 2), ('reverse', 2, 4), ('take', 0, 0), ('reverse', 0, 2)]
    """
    length = max(-(-steps // (snapshots + 1)), 1)
    *before, last = range(0, max(steps, 1), length)
    for begin in before:
        yield Action("store", begin, begin)
        yield Action("advance", begin, begin + length)
    yield Action("reverse", last, steps)
    for begin in reversed(before):
        yield Action("take", begin, begin)
        yield Action("reverse", begin, begin + length)


SCHEDULES = {"binomial": binomial, "uniform": uniform}
