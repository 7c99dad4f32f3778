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
CLEAR = 1.25
"""Times as quick as the way of fewest directions that another must be: less can be noise.

So a choice, and the last bits with it, seldom differ between two runs.
"""
TURNS, SECONDS = 3, 0.03
"""How often a pass of each way is timed, in turn, and for how long in all: the quickest counts."""


class Choice(NamedTuple):
    """A mode and its colours."""

    mode: str
    sides: Sides


def chosen(pattern: Any, mode: str, parts: Callable[[Sides], list[Any]]) -> Choice:
    """The mode that was asked for, or the quicker; `parts` makes the passes for colours."""
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
    taken = seconds(parts, [choice.sides for choice in found])
    quickest = min(range(len(found)), key=taken.__getitem__)
    first = min(range(len(found)), key=lambda i: found[i].sides.directions)  # forward mode at a tie
    return found[quickest if CLEAR * taken[quickest] < taken[first] else first]


def seconds(parts: Callable[[Sides], list[Any]], ways: list[Sides]) -> list[float]:
    """What all passes of each way should take."""
    taken = [np.inf] * len(ways)
    begin = perf_counter()
    for _ in range(TURNS):
        taken = [min(best, once(parts, way)) for best, way in zip(taken, ways, strict=True)]
        if perf_counter() - begin > SECONDS:
            break
    return taken


def once(parts: Callable[[Sides], list[Any]], way: Sides) -> float:
    """What all passes of a way should take, by the first one of each kind."""
    total = 0.0
    for i, colours in enumerate(way):
        if not number_of(colours):
            continue
        nothing = np.full(len(way[1 - i]), -1)
        start = perf_counter()
        (part,) = parts(Sides(colours, nothing) if i == 0 else Sides(nothing, colours))
        made = perf_counter()
        for _ in islice(part, 1):
            pass
        total += made - start + (perf_counter() - made) * len(part.chunks)
    return total
