"""The Jacobian by an order of eliminations, in whatever the local derivatives are: floats, too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Weights = Mapping[tuple[int, int], Any]
"""The derivative on every edge, by the numbers at its ends."""


class Step(NamedTuple):
    """The elimination of one number."""

    number: int
    predecessors: tuple[int, ...]
    successors: tuple[int, ...]
    edges: dict[tuple[int, int], Any]
    """The derivatives on the edges that lead past the number from then on, by their ends: new ones,
    or those that were there already with what has been added."""
    multiplications: int
    nontrivial: int
    """Those in which neither factor is 1 or -1 whatever the inputs are."""


def is_unit(weight: Any) -> bool:
    """Whether a derivative is 1 or -1 whatever the inputs are: integers are such constants."""
    return type(weight) is int and weight in (1, -1)


def times(a: Any, b: Any) -> Any:
    for one, other in ((a, b), (b, a)):
        if is_unit(one):
            return other if one == 1 else -other
    return a * b


def added(a: Any, b: Any) -> Any:
    """A sum, which is no unit any more, whatever it is."""
    return float(a + b) if type(a) is type(b) is int else a + b


class Accumulation:
    """A graph with a derivative on every edge, of which numbers are eliminated."""

    def __init__(self, weights: Weights, outputs: Iterable[int]) -> None:
        self.outputs = set(outputs)
        self.into: dict[int, dict[int, Any]] = {}
        self.out_of: dict[int, dict[int, Any]] = {}
        for (source, target), weight in weights.items():
            self._put(source, target, weight)

    def _put(self, source: int, target: int, weight: Any) -> None:
        self.out_of.setdefault(source, {})[target] = weight
        self.into.setdefault(target, {})[source] = weight

    def eliminate(self, number: int) -> Step:
        before, after = self.into.get(number, {}), self.out_of.pop(number, {})
        made: dict[tuple[int, int], Any] = {}
        nontrivial = 0
        for target, late in after.items():
            del self.into[target][number]
            for source, early in before.items():
                product = times(late, early)
                nontrivial += not (is_unit(late) or is_unit(early))
                known = self.into[target].get(source)
                made[source, target] = product if known is None else added(known, product)
                self._put(source, target, made[source, target])
        if number not in self.outputs:
            for source in self.into.pop(number, {}):
                del self.out_of[source][number]
        return Step(number, tuple(before), tuple(after), made, len(before) * len(after), nontrivial)

    def eliminated(self, order: Iterable[int]) -> Iterator[Step]:
        """One number after the other."""
        for number in order:
            yield self.eliminate(number)

    def rows(self, outputs: Sequence[int], inputs: int) -> list[list[Any]]:
        """What is left: of each output by each input the derivative, 0 where there is no edge."""
        found: list[list[Any]] = []
        for output in outputs:
            row: list[Any] = [0.0] * inputs
            if 0 <= output < inputs:
                row[output] = 1.0
            for source, weight in self.into.get(output, {}).items():
                row[source] = float(weight) if type(weight) is int else weight
            found.append(row)
        return found
