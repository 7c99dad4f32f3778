"""A search for a short order: simulated annealing over the orders of elimination.

A step takes one number to another place in the order. Only what lies between the two places costs
something else then, for the graph that is left behind them is the same; so that the graph is kept
at every place, and a step costs as many eliminations as it goes far (S. Kirkpatrick, C. D. Gelatt,
M. P. Vecchi, "Optimization by Simulated Annealing", Science 220, 1983; U. Naumann, "Optimal
Jacobian accumulation is NP-complete", Mathematical Programming 112, 2008, says why a search).
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import exp, log
from random import Random
from typing import NamedTuple

from admodes.jacobians.elimination.links import AnyLinks, Links, NontrivialLinks, multiplications
from admodes.jacobians.elimination.orders import (
    at_random,
    forward,
    highest_first,
    markowitz,
    reverse,
)
from admodes.jacobians.elimination.proving import least, optimum
from admodes.measure.meanwhile import Meanwhile

HOT, COLD = 4.0, 0.25
"""Multiplications more that a step may cost, about, when a round begins and when it ends."""
STEPS = 400
"""Steps of a round for each number in the order."""
FAR = 0.15
"""How far a step goes at most, mostly, as a part of the order; one in eight goes anywhere."""
MOST = 1000
"""The most numbers in an order that is annealed: as many graphs are kept as it has numbers."""
PART = 0.3
"""Of the time that is left, for what looks through all sets of numbers: there may be too many."""
TIES = 10
"""Orders by least degree in which ties are broken by chance."""


class Annealing:
    """An order on its way, with the graph before each of its eliminations."""

    def __init__(self, links: AnyLinks, order: list[int], rng: Random) -> None:
        self.links, self.rng = links, rng
        self.start(order)

    def start(self, order: list[int]) -> None:
        """Go on from this order."""
        self.order = list(order)
        self.graphs = [self.links.copy()]
        self.costs: list[int] = []
        for number in order:
            graph = self.graphs[-1].copy()
            self.costs.append(graph.eliminate(number))
            self.graphs.append(graph)
        self.total = sum(self.costs)

    def step(self, warmth: float) -> None:
        """Try another place for one number, and keep it if it is no worse than chance allows."""
        count, rng = len(self.order), self.rng
        reach = count if rng.random() < 0.125 else max(int(FAR * count), 2)
        place = rng.randrange(count)
        other = min(max(place + rng.randint(-reach, reach), 0), count - 1)
        if other == place:
            return
        low, high = min(place, other), max(place, other)
        moved = self.order[low : high + 1]
        first = self.graphs[low]
        near = first.before[self.order[place]] | first.after[self.order[place]]
        if not any(near >> number & 1 for number in moved):
            return  # past what is no neighbour, whatever goes before, it costs the same
        moved.insert(other - low, moved.pop(place - low))
        allowed = sum(self.costs[low : high + 1]) - warmth * log(1.0 - rng.random())
        graph = first.copy()
        spent = 0
        for number in moved:
            spent += graph.eliminate(number)
            if spent > allowed:
                return
        for i, number in enumerate(moved, low):
            graph = self.graphs[i].copy()
            cost = graph.eliminate(number)
            self.total += cost - self.costs[i]
            self.order[i], self.costs[i], self.graphs[i + 1] = number, cost, graph


def searched(
    links: AnyLinks, order: list[int], rng: Random, is_time_left: Callable[[], bool]
) -> Iterator[tuple[int, list[int], bool]]:
    """Shorter and shorter orders, beginning with `order`, until time is up.

    Of each its cost, itself, and whether a round has ended: then it may be one of before.
    """
    annealing = Annealing(links, order, rng)
    cost, known = annealing.total, list(order)
    yield cost, known, False
    steps = STEPS * len(order)
    while True:
        for i in range(steps):
            if i % 64 == 0 and not is_time_left():
                return
            annealing.step(HOT * exp(log(COLD / HOT) * i / steps))
            if annealing.total < cost:
                cost, known = annealing.total, list(annealing.order)
                yield cost, known, False
        yield cost, known, True
        annealing.start(known)


class Found(NamedTuple):
    """What a search has found."""

    order: list[int]
    cost: int
    proven: bool  #: that no order costs less
    at_least: int  #: what every order costs


def best(links: AnyLinks, seconds: float, seed: int) -> Found:
    """The best order that is found in so many seconds, or before that one of which it is proven.

    First the orders by a rule, then annealing; where the graph is small, the optimum.
    """
    rng = Random(seed)
    with Meanwhile(seconds) as meanwhile:

        def is_time_left() -> bool:
            meanwhile.between()
            return meanwhile.until(seconds) > 0

        meanwhile.begin("orders by a rule")
        first = min(by_rules(links, rng, is_time_left), key=partial(multiplications, links))
        order, cost = first, multiplications(links, first)
        # (Of multiplications by ±1 that are free, cuts say nothing.)
        if isinstance(links, Links):
            least_of = least(links, is_time_left)
        else:
            least_of = dict.fromkeys(links.inner, 0)
        at_least = sum(least_of.values())
        looked_through = False
        if not 2 <= len(order) <= MOST or cost == at_least:
            return Found(order, cost, cost == at_least or len(order) < 2, at_least)
        for cost, order, over in searched(links, first, rng, is_time_left):
            meanwhile.begin(f"{cost:,} multiplications, looking for fewer")
            if cost == at_least:
                break
            if over and not looked_through:
                looked_through = True
                end = meanwhile.elapsed + PART * meanwhile.until(seconds)
                found = optimum(links, cost, least_of, partial(is_before, meanwhile, end))
                if found is not None:
                    return Found(found[1] or order, found[0], True, found[0])
    return Found(order, cost, cost == at_least, at_least)


def is_before(meanwhile: Meanwhile, end: float) -> bool:
    return meanwhile.until(end) > 0


def by_rules(links: AnyLinks, rng: Random, is_time_left: Callable[[], bool]) -> Iterator[list[int]]:
    """The orders of both modes, and those by least degree, with ties broken in several ways."""
    if isinstance(links, NontrivialLinks):
        yield from by_rules(links.all(), rng, is_time_left)
    yield forward(links)
    yield reverse(links)
    yield markowitz(links)
    yield markowitz(links, highest_first)
    for _ in range(TIES):
        if not is_time_left():
            return
        yield markowitz(links, at_random(rng))
