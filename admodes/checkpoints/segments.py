"""A recording that stores values at about √n of its n operations, and recomputes the others.

What an operation was is kept, its value is not. At the beginning of each segment the values of all
variables that are still in use are stored; the sweep takes the segments last first, computes the
values in one again from there, sweeps over it, and lets go of them. So a chain of n operations
holds about 2√n values in place of n, for one more evaluation (A. Griewank & A. Walther, *Evaluating
Derivatives*, 2nd ed., chapter 12; while recording, n is not known: segments are joined in pairs
whenever there are more of them than operations in one, after P. Stumm & A. Walther, "New Algorithms
for Optimal Online Checkpointing", SIAM J. Sci. Comput. 32(2), 2010).
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

from admodes.core.guessing import Guess
from admodes.core.levels import Level
from admodes.core.rules import apply
from admodes.modes.observing import Watched
from admodes.modes.sweep import pull_once
from admodes.modes.tape import owned
from admodes.modes.variables import variable
from admodes.primitives.memory import laid_out

SHORTEST = 8  # operations in a segment: storing for fewer costs more than it saves


class Segments(Level):
    """A differentiation in reverse mode that stores little."""

    __slots__ = ("alive", "inputs", "length", "operations", "stored")

    def __init__(self) -> None:
        super().__init__()
        #: what was applied: (primitive, constants, parameters, parents); ``None`` for an input
        self.operations: list[Any] = []
        self.inputs: dict[int, Any] = {}
        #: operations in a segment
        self.length = SHORTEST
        #: where a segment begins -> the values in use there, by the number of their operation
        self.stored: dict[int, dict[int, Any]] = {0: {}}
        self.alive: WeakValueDictionary[int, Replayed] = WeakValueDictionary()

    def leaf(self, value: Any) -> "Replayed":
        """A new input."""
        self.inputs[len(self.operations)] = value
        return self.add(value, None)

    def add(self, value: Any, operation: Any) -> "Replayed":
        number = len(self.operations)
        if number and number % self.length == 0:
            self._begin(number)
        self.operations.append(operation)
        result = self.alive[number] = variable(value, number, self, Replayed)
        return result

    def _begin(self, number: int) -> None:
        """Begin a segment."""
        self.stored[number] = {i: x._value for i, x in self.alive.items()}
        if len(self.stored) > self.length:
            self.length *= 2
            for begin in [begin for begin in self.stored if begin % self.length]:
                del self.stored[begin]

    def pull_once(
        self,
        seeds: Sequence[tuple[int, Any]],
        sources: Sequence[int],
        directions: tuple[int, ...],
        guess: Guess | None = None,
    ) -> list[Any]:
        """As :meth:`admodes.modes.tape.Tape.pull_once`."""
        nodes = [((number,), ct) for number, ct in seeds]
        places = [(number,) for number in sources]
        count = len(self.operations)
        return pull_once(
            self._replayed,
            count,
            nodes,
            places,
            directions,
            guess=guess,
            recorded=lambda: (node for each in self._segments() for node in self._replay(*each)),
        )

    def _segments(self) -> list[tuple[int, int]]:
        """Where each begins and ends."""
        return list(itertools.pairwise([*sorted(self.stored), len(self.operations)]))

    def _replayed(self, _: Any) -> Iterator[Any]:
        """The nodes, last first, of one segment at a time."""
        for begin, end in reversed(self._segments()):
            nodes = self._replay(begin, end)
            while nodes:
                yield nodes.pop()

    def _replay(self, begin: int, end: int) -> list[Any]:
        """The nodes of a segment, its values computed again."""
        values, nodes = dict(self.stored[begin]), []
        for number in range(begin, end):
            operation = self.operations[number]
            if operation is None:
                values[number] = self.inputs[number]
                continue
            primitive, constants, params, parents = operation
            args = [
                constant if parent is None else values[parent]
                for constant, parent in zip(constants, parents, strict=True)
            ]
            y = values[number] = apply(primitive, args, params)
            primitive = primitive.between(y, args, parents)
            residual = primitive.residual(y, args, params, parents)
            at = tuple([None if parent is None else (parent,) for parent in parents])
            nodes.append((number, primitive, residual, at))
        return nodes


class Replayed(Watched):
    """A variable whose value may have to be computed again."""

    __slots__ = ()

    def _alias(self) -> "Replayed":
        return laid_out(self, order="K")  # a number stands for one variable

    def _become(self, other: Any) -> None:
        alive = self._level.alive
        if alive.get(self._node) is self:
            del alive[self._node]
        super()._become(other)
        if self._node is not None:
            alive[self._node] = self

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> "Replayed":
        level: Any = self._level
        constants = [
            owned(x) if parent is None else None for x, parent in zip(values, parents, strict=True)
        ]
        holds = params if primitive.holds is None else primitive.holds
        params = params | {held: owned(params[held]) for held in holds}
        return level.add(y, (primitive, constants, params, parents))
