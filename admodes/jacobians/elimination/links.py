"""A graph of numbers as who leads to whom, in sets of bits: what an order of eliminations costs.

To eliminate a number is to join each of its predecessors to each of its successors, a
multiplication for each pair, and to take it out (A. Griewank & A. Walther, *Evaluating
Derivatives*, 2nd ed., chapter 9). How the graph looks once some numbers are gone does not depend on
the order in which they went.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Links(NamedTuple):
    """Predecessors and successors of every number, each set as the bits of an integer."""

    before: list[int]
    after: list[int]
    #: Of each output of which others are computed, the set of its copy alone: a successor more,
    #: that stays in the graph, and for which nothing is multiplied. Of all others, no set.
    copies: list[int]
    inputs: int  #: how many: they are the first
    inner: tuple[int, ...]  #: what is eliminated, in the order of creation
    ends: int  #: the outputs, and the copies of those that are eliminated

    def copy(self) -> "Links":
        return Links(self.before.copy(), self.after.copy(), *self[2:])

    def cost(self, number: int) -> int:
        """The multiplications that it takes to eliminate a number from the graph as it is."""
        targets = self.after[number] ^ self.copies[number]
        return self.before[number].bit_count() * targets.bit_count()

    def eliminate(self, number: int) -> int:
        """Take a number out, and say how many multiplications that was."""
        before, after = self.before, self.after
        sources, targets = before[number], after[number]
        without = ~(1 << number)
        left = sources
        while left:  # `bits` would take twice the time of the whole search
            lowest = left & -left
            i = lowest.bit_length() - 1
            after[i] = (after[i] | targets) & without
            left ^= lowest
        left = targets
        while left:
            lowest = left & -left
            i = lowest.bit_length() - 1
            before[i] = (before[i] | sources) & without
            left ^= lowest
        return sources.bit_count() * (targets ^ self.copies[number]).bit_count()


class NontrivialLinks(NamedTuple):
    """As :class:`Links`, where what is counted is multiplications by neither 1 nor -1.

    An edge is such a unit for good as long as nothing is added to it.
    """

    before: list[int]
    after: list[int]
    units_before: list[int]  #: predecessors by a unit
    units_after: list[int]
    copies: list[int]
    inputs: int
    inner: tuple[int, ...]
    ends: int

    def copy(self) -> "NontrivialLinks":
        return NontrivialLinks(
            self.before.copy(),
            self.after.copy(),
            self.units_before.copy(),
            self.units_after.copy(),
            *self[4:],
        )

    def all(self) -> Links:
        """The same links, of which every multiplication counts."""
        return Links(self.before, self.after, *self[4:])

    def cost(self, number: int) -> int:
        ways_in = self.before[number] & ~self.units_before[number]
        ways_out = self.after[number] & ~self.units_after[number]
        return ways_in.bit_count() * ways_out.bit_count()

    def eliminate(self, number: int) -> int:
        cost = self.cost(number)
        ends = self.before[number], self.units_before[number], self.after, self.units_after
        other = self.after[number], self.units_after[number], self.before, self.units_before
        for (near, near_units, links, units), (far, far_units, _, _) in (
            (ends, other),
            (other, ends),
        ):
            for i in bits(near):
                new = far_units & ~links[i] if near_units >> i & 1 else 0
                units[i] = (units[i] & ~far | new) & ~(1 << number)
                links[i] = (links[i] | far) & ~(1 << number)
        return cost


AnyLinks = Links | NontrivialLinks


def without_units(links: Links, units: Iterable[tuple[int, int]]) -> NontrivialLinks:
    """The same links, with the edges that are units told apart; a copy is one of itself."""
    units_before = [0] * len(links.before)
    units_after = list(links.copies)
    for source, target in units:
        units_after[source] |= 1 << target
        units_before[target] |= 1 << source
    for number, copy in enumerate(links.copies):
        for end in bits(copy):
            units_before[end] |= 1 << number
    return NontrivialLinks(links.before, links.after, units_before, units_after, *links[2:])


def linked(
    count: int, inputs: int, outputs: Iterable[int], edges: Iterable[tuple[int, int]]
) -> Links:
    """The links of `count` numbers, of which the first `inputs` are inputs."""
    before, after, copies = [0] * count, [0] * count, [0] * count
    for source, target in edges:
        after[source] |= 1 << target
        before[target] |= 1 << source
    ends = 0
    for number in sorted({each for each in outputs if each >= inputs}):
        end = number
        if after[number]:
            end = len(before)
            before.append(1 << number)
            after.append(0)
            copies.append(0)
            after[number] |= 1 << end
            copies[number] = 1 << end
        ends |= 1 << end
    inner = tuple(number for number in range(inputs, count) if after[number])
    return Links(before, after, copies, inputs, inner, ends)


def bits(mask: int) -> Iterator[int]:
    """The numbers in a set.

    >>> list(bits(0b1101))
    [0, 2, 3]
    """
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def multiplications(links: AnyLinks, order: Sequence[int]) -> int:
    """What an order of all inner numbers costs."""
    left = links.copy()
    return sum(left.eliminate(number) for number in order)
