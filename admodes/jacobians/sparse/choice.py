"""Which mode takes a sparse Jacobian: by what a pass takes, and how many there are.

A sweep and a pass forward do not take equally long, and a recording comes before all sweeps. So
where several ways take about as many directions, a pass of each is timed.
"""

from collections.abc import Callable
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from admodes.jacobians.sparse import sides
from admodes.jacobians.sparse.reading import Sides, number_of

WAYS: dict[str, Callable[[Any], Sides]] = {
    "forward": sides.by_columns,
    "reverse": sides.by_rows,
    "both": sides.by_both,
}
FEW = 3
"""Directions of one side up to which both are not tried: they would save one."""
NEAR = 8
"""Times the fewest directions, up to which a way may yet be the quickest."""
TURNS, SECONDS = 3, 0.2
"""How often a pass is timed, and for how long in all: the quickest counts."""


class Choice(NamedTuple):
    """A mode and its colours."""

    mode: str
    sides: Sides


def chosen(pattern: Any, mode: str, parts: Callable[[Sides], list[Any]]) -> Choice:
    """The mode that was asked for, or the quickest; `parts` makes the passes for colours."""
    if mode != "auto":
        return Choice(mode, WAYS[mode](pattern))
    found = [Choice(each, WAYS[each](pattern)) for each in ("forward", "reverse")]
    fewest = min(choice.sides.directions for choice in found)
    if fewest > FEW and sides.bound(pattern) < fewest:
        both = Choice("both", sides.by_both(pattern))
        if both.sides.directions < fewest:
            found.append(both)
            fewest = both.sides.directions
    found = [choice for choice in found if choice.sides.directions <= NEAR * max(fewest, 1)]
    if len(found) == 1:
        return found[0]
    return min(found, key=lambda choice: seconds(parts, choice.sides))


def seconds(parts: Callable[[Sides], list[Any]], way: Sides) -> float:
    """What all passes of a way should take, by the first one of each kind."""
    total = 0.0
    for i, colours in enumerate(way):
        if not number_of(colours):
            continue
        nothing = np.full(len(way[1 - i]), -1)
        alone = Sides(colours, nothing) if i == 0 else Sides(nothing, colours)
        before, each, turns, spent = np.inf, np.inf, 0, 0.0
        while turns < TURNS and spent < SECONDS:
            start = perf_counter()
            (part,) = parts(alone)
            made = perf_counter()
            for _ in islice(part, 1):
                pass
            end = perf_counter()
            before, each = min(before, made - start), min(each, end - made)
            turns, spent = turns + 1, spent + end - start
        total += before + each * len(part.chunks)
    return total
