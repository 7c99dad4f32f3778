"""The fewest multiplications that any order takes: a bound for all graphs, exact for small ones.

When a number is eliminated, its predecessors cut it off from the inputs: every path to it leads
over one of them. Its successors cut it off from the outputs. So it takes at least the numbers in
the smallest cut on the one side times those in the smallest on the other, whatever has gone before.
A smallest cut has as many as there are paths of which no two share a number (K. Menger, Fundamenta
Mathematicae 10, 1927).
"""

from collections.abc import Callable, Sequence
from typing import Any

from admodes.jacobians.elimination.links import AnyLinks, Links, bits

MOST = 20_000
"""The most sets of numbers of one size that are followed."""
SMALL = 40
"""The most inner numbers of a graph whose sets are looked through: of more there are too many."""


def least(links: Links, is_time_left: Callable[[], bool]) -> dict[int, int]:
    """Of each inner number, multiplications that it takes in every order.

    What there is no time for is taken to be 1.
    """
    inputs = (1 << links.inputs) - 1
    found = dict.fromkeys(links.inner, 1)
    for number in links.inner:
        if not is_time_left():
            break
        targets = links.after[number] ^ links.copies[number]
        found[number] = disjoint_paths(
            links.before, number, links.before[number], inputs
        ) * disjoint_paths(links.after, number, targets, links.ends)
    return found


def disjoint_paths(ahead: Sequence[int], start: int, first: int, ends: int) -> int:
    """How many paths lead from `start` by one of `first` to one of `ends`, sharing no number.

    L. R. Ford & D. R. Fulkerson's algorithm (Canadian Journal of Mathematics 8, 1956): a path is
    looked for as long as there is one, and what it takes may be given back by later ones. Each
    number is two places, of which one is where paths arrive and the other where they leave.
    """
    leave, end = (start, True), (-1, True)
    open_ways: dict[Any, set[Any]] = {leave: {(each, False) for each in bits(first)}, end: set()}
    reached = list(bits(first))
    for number in reached:
        if (number, False) not in open_ways:
            open_ways[number, False] = {(number, True)}
            further = [] if ends >> number & 1 else list(bits(ahead[number]))
            open_ways[number, True] = {(each, False) for each in further} or {end}
            reached += further
    count = 0
    while True:
        came = {leave: leave}
        queue = [leave]
        for place in queue:
            new = [each for each in open_ways[place] if each not in came]
            came.update(dict.fromkeys(new, place))
            queue += new
            if end in came:
                break
        else:
            return count
        place = end
        while place != leave:
            open_ways[came[place]].remove(place)
            open_ways[place].add(came[place])
            place = came[place]
        count += 1


def optimum(
    links: AnyLinks, known: int, least_of: dict[int, int], is_time_left: Callable[[], bool]
) -> tuple[int, list[int] | None] | None:
    """The fewest multiplications of all orders, by dynamic programming over the sets eliminated.

    What an order costs from some set on does not depend on how that came about. Sets from which
    less than `known`, the cost of an order there is, cannot be reached any more are dropped.

    Returns
    -------
    The optimum, and an order that has it where that is less than `known`. ``None``: there are too
    many sets.
    """
    if len(links.inner) > SMALL:
        return None
    # By the numbers eliminated: the cost, what is still to come at least, the links left, the order
    sets: dict[int, tuple[int, int, AnyLinks, tuple[int, ...]]] = {
        0: (0, sum(least_of.values()), links, ())
    }
    for _ in links.inner:
        larger: dict[int, tuple[int, int, AnyLinks, tuple[int, ...]]] = {}
        for gone, (cost, to_come, left, order) in sets.items():
            if not is_time_left():
                return None
            for number in links.inner:
                if gone >> number & 1:
                    continue
                own = cost + left.cost(number)
                after = to_come - least_of[number]
                key = gone | 1 << number
                if own + after >= known or (key in larger and larger[key][0] <= own):
                    continue
                larger[key] = own, after, left, (*order, number)
        if len(larger) > MOST:
            return None
        for key, (cost, to_come, left, order) in larger.items():
            left = left.copy()
            left.eliminate(order[-1])
            larger[key] = cost, to_come, left, order
        sets = larger
    if not sets:
        return known, None
    ((cost, _, _, order),) = sets.values()
    return cost, list(order)
