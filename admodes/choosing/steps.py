"""A loop of like steps in a recording: what ``checkpoint(step, steps=N)`` could be had of.

A recorded loop does the same operations on the same shapes again and again. Which, is seen in the
sequence of operations alone: it agrees with itself, shifted by one step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from admodes.core.values import plain, shape_of
from admodes.memory.schedules import default_snapshots
from admodes.modes.arguments import Inputs, Outputs
from admodes.modes.observing import Observed
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf

FEWEST = 8
"""Steps from which on it is called a loop."""
STATES = 6
"""That reverse mode holds beside the snapshots: the argument, the state before and after a step,
the result as one array, and their cotangents (measured)."""
SHARE = 0.5
"""Of the operations recorded, that must be in it."""
TRIED = 256
"""Lengths of a step that are tried."""


@dataclass(frozen=True)
class Loop:
    """Like steps, one after another, that make up most of a recording."""

    steps: int
    operations: int
    """In a step."""
    bytes: int
    """What reverse mode would hold at once, by ``checkpoint(step, steps=steps)``: its snapshots of
    the state, and the recording of one step."""


def repeats(sequence: Sequence[Any]) -> tuple[int, int, int] | None:
    """Where, how often and how long a sequence repeats itself: (first, times, length).

    Of all lengths the shortest is taken that makes up enough of the sequence.

    >>> repeats("?" + "ab" * 10 + "!")
    (1, 10, 2)
    >>> repeats("abcdefghijklmnop") is None
    True
    """
    numbers: dict[Any, int] = {}
    codes = np.array([numbers.setdefault(key, len(numbers)) for key in sequence], dtype=np.int64)
    count = len(codes)
    if count < FEWEST:
        return None
    # A step has come round where the operation in the middle comes again.
    places = np.flatnonzero(codes == codes[count // 2])
    after = places[places > count // 2] - count // 2
    for length in map(int, after[:TRIED]):
        same = np.concatenate([[False], codes[:-length] == codes[length:], [False]])
        ends = np.flatnonzero(same[1:] != same[:-1]).reshape(-1, 2)
        if not len(ends):
            continue
        begin, end = max(ends.tolist(), key=lambda run: run[1] - run[0])
        times = (end - begin) // length + 1
        if times >= FEWEST and times * length >= SHARE * count:
            return begin, times, length
    return None


class _Notes(Tape):
    """A recording that notes what is done, to which shapes, and until when a value is used."""

    __slots__ = ("keys", "last", "numbers_of", "sizes")

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[Any] = []
        self.sizes: list[int] = []
        #: number of a node -> its place among the operations; and the last place that it is used at
        self.numbers_of: dict[int, int] = {}
        self.last: dict[int, int] = {}

    def note(
        self, node: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> None:
        place = len(self.keys)
        self.numbers_of[node[0]] = place
        for parent in parents:
            if parent is not None and parent[0] in self.numbers_of:
                self.last[self.numbers_of[parent[0]]] = place
        self.keys.append((node[1].name, shape_of(y), tuple(map(shape_of, values))))
        self.sizes.append(prod(shape_of(y)) * plain(y).dtype.itemsize if shape_of(y) else 8)


def loop_of(inputs: Inputs, tape_bytes: int) -> Loop | None:
    """The loop that a function consists of for the most part, if it is one.

    It is evaluated and recorded once more; its recording holds `tape_bytes`.
    """
    with _Notes() as notes:
        output = inputs.call([leaf(notes, x, Observed) for x in inputs.leaves])
        Outputs(output, inputs.function, notes)
    found = repeats(notes.keys)
    if found is None:
        return None
    begin, steps, length = found
    # The state: what a step in the middle makes and a later one uses.
    start = begin + (steps // 2) * length
    state = sum(
        notes.sizes[place]
        for place in range(start, start + length)
        if notes.last.get(place, place) >= start + length
    )
    one_step = tape_bytes * length // max(len(notes.keys), 1)
    held = (default_snapshots(steps, "binomial") + STATES) * state + one_step
    return Loop(steps=steps, operations=length, bytes=held)
