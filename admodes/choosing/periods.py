"""Loops that a recording shows: the same operations on the same shapes, again and again.

Whoever writes a loop as :func:`admodes.checkpoint` of its step stores a few of its states, where a
recording stores all that every step needs. A recording does not know of loops; but it is one
sequence of operations, and steps that are alike make it periodic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from admodes.checkpoints.schedules import default_snapshots

FEWEST = 8
"""Steps from which on a loop is worth mentioning."""
SHARE = 0.5
"""Of all operations: what is less is not the loop that the memory goes into."""
STATES = 6
"""Held beside the snapshots: the one that is evaluated, a copy, what the step makes on its way to
the next one, and cotangents (measured)."""
ANCHORS = 8
"""A period is the distance from an operation to one of so many like it."""


@dataclass(frozen=True)
class Loop:
    """Steps that are alike, one after another."""

    steps: int
    operations: int  #: of one step
    state: int  #: bytes that one step leaves to the next one
    recording: int  #: bytes of one step

    def held(self, snapshots: int | None = None) -> int:
        """About what its gradient holds, written as a checkpoint of the step.

        Snapshots, the recording of a step, and some states beside them.
        """
        if snapshots is None:
            snapshots = default_snapshots(self.steps, "binomial")
        return (snapshots + STATES) * self.state + self.recording


def periodic(sequence: Sequence[int] | np.ndarray) -> tuple[int, int, int] | None:
    """Where a sequence repeats itself: the beginning, the length of a period, how many there are.

    The shortest period that most of the sequence has.

    >>> periodic([7, *[1, 2, 2] * 10, 5])
    (1, 3, 10)
    >>> periodic([1, 2, 3]) is None
    True
    """
    items = np.asarray(sequence)
    if len(items) < FEWEST:
        return None
    _, codes, counts = np.unique(items, return_inverse=True, return_counts=True)
    often = np.flatnonzero(counts >= FEWEST)
    if not len(often):
        return None
    # What comes once a step, or else seldom, says soonest how long one is.
    places = np.flatnonzero(codes == often[counts[often].argmin()])
    middle = len(places) // 2
    for gap in np.unique(places[middle : middle + ANCHORS + 1] - places[middle])[1:]:
        period = int(gap)
        begin, length = longest(items[period:] == items[:-period])
        steps = (length + period) // period
        if steps >= FEWEST and steps * period >= SHARE * len(items):
            return begin, period, steps
    return None


def longest(flags: np.ndarray) -> tuple[int, int]:
    """Where the longest run of true ones begins, and how long it is."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    if not len(edges):
        return 0, 0
    begins, ends = edges[::2], edges[1::2]
    first = int(np.argmax(ends - begins))
    return int(begins[first]), int(ends[first] - begins[first])
