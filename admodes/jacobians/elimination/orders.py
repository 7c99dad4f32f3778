"""Orders that follow a rule: both modes, and the least degree first."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from admodes.jacobians.elimination.links import AnyLinks, bits

if TYPE_CHECKING:
    from random import Random


def forward(links: AnyLinks) -> list[int]:
    """The order of forward mode: as the numbers were computed."""
    return list(links.inner)


def reverse(links: AnyLinks) -> list[int]:
    """The order of reverse mode: the last number first."""
    return list(links.inner[::-1])


def markowitz(links: AnyLinks, tie: Callable[[int], float] | None = None) -> list[int]:
    """Whatever takes the fewest multiplications next (H. M. Markowitz, Management Science 3, 1957).

    Of several that take as few it is the one with the least ``tie(number)``; by default the one
    computed first, as in the literature.
    """
    left = links.copy()
    rank = {number: number if tie is None else tie(number) for number in links.inner}
    costs = {number: (links.cost(number), rank[number]) for number in links.inner}
    order = []
    while costs:
        number = min(costs, key=costs.__getitem__)
        changed = left.before[number] | left.after[number]
        left.eliminate(number)
        del costs[number]
        order.append(number)
        for other in bits(changed):
            if other in costs:
                costs[other] = left.cost(other), rank[other]
    return order


def highest_first(number: int) -> float:
    """To break ties of :func:`markowitz` by what was computed last."""
    return -number


def at_random(rng: "Random") -> Callable[[int], float]:
    """To break its ties by chance."""
    return lambda _number: rng.random()
