"""The narrowest place of a recording: where fewest numbers are alive.

Between two operations, in the order in which they were recorded, those values are *alive* that were
computed before and are needed after. The outputs are a function of them, and they are a function of
the inputs. So the Jacobian is the product of two matrices, and where k numbers are alive, k rows of
the one and k columns of the other are all there is to be had (the chain rule for matrices, whose
order is free: A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 9).

One place is enough, however many narrow ones there are in a row. With several, each stretch between
two takes as many directions as the narrower of its ends has numbers, which is no fewer than the
narrowest place of all has; and with that one alone, each stretch takes just so many.
"""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import plain
from admodes.modes.observing import Watched
from admodes.modes.reading import ReadableTape
from admodes.modes.tape import Tape, new_bytes
from admodes.modes.units import chunk_size_of
from admodes.modes.variables import Variable

PYTHON = 5000
"""Numbers that are moved while Python gets around to one operation of a pass, about."""
ITEM = 8  # bytes of a number
PRODUCT = 0.1
"""Numbers that are moved while a product of matrices multiplies two and adds them up, about."""


class SizedTape(ReadableTape):
    """A tape that notes of what shape and type each value was."""

    __slots__ = ("looks",)

    def __init__(self) -> None:
        super().__init__()
        #: by the number of a node: its value's shape and dtype, or the type of a number; there is
        #: none of a common one
        self.looks: dict[int, Any] = {}

    def look(self, number: int, value: Any) -> None:
        """Note the shape and type of a value."""
        kind = value.__class__
        if kind is np.float64 or kind is float:
            return
        value = plain(value)
        if isinstance(value, np.ndarray):
            self.looks[number] = value.shape, value.dtype
        else:
            self.looks[number] = value.__class__

    def like(self, number: int) -> Any:
        """A value of the shape and type that the node has, which takes no memory."""
        look = self.looks.get(number, np.float64)
        if isinstance(look, tuple):
            shape, dtype = look
            return np.broadcast_to(np.zeros((), dtype), shape)
        return look()

    def size_of(self, number: int) -> int:
        """How many real numbers the value of a node is made of."""
        look = self.looks.get(number)
        if isinstance(look, tuple):
            shape, dtype = look
            return prod(shape) * (2 if dtype.kind == "c" else 1)
        return 2 if look is not None and issubclass(look, complex) else 1


class Sized(Variable):
    """A variable on such a tape, which records as fast as others where operators are compiled."""

    __slots__ = ()
    _noted = "level.look(index, y)\n"
    _unary = Watched._unary
    __getitem__ = Watched.__getitem__

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        made = super()._record(primitive, y, values, parents, params)
        tape: Any = self._level
        tape.look(made._node[0], y)
        return made


class Place(NamedTuple):
    """A place between two operations of a recording."""

    width: int
    """Real numbers that are alive there."""
    nodes: list[tuple[int]]
    """Theirs, by their numbers."""
    values: list[Any]
    """What has their shapes and types."""
    before: Tape
    """The operations before it which outputs depend on, as a recording of their own."""
    after: Tape
    """Those behind it: a value that is alive may be made of another, and here it is not."""
    work: int
    """What all of them take for a direction, by count, as numbers moved."""

    @property
    def is_complex(self) -> bool:
        return any(map(np.iscomplexobj, self.values))

    def pays(self, inputs: int, outputs: int, chunk_size: int | None = None) -> bool:
        """Whether going through it takes less than the better mode, by count.

        `inputs` and `outputs` are the numbers of directions that the modes take.
        """
        fewest = min(inputs, outputs)
        if self.width >= fewest:
            return False
        through = self._taken(self.width, max(inputs, outputs), chunk_size)
        product = PRODUCT * inputs * outputs * self.width
        return through + product < self._taken(fewest, max(inputs, outputs), chunk_size)

    def _taken(self, directions: int, widest: int, chunk_size: int | None) -> float:
        """What so many directions take along all operations."""
        passes = ceil(directions / chunk_size_of(chunk_size, widest))
        operations = len(self.before.nodes) + len(self.after.nodes)
        return directions * self.work + passes * operations * PYTHON


class Places:
    """The places of a recording: before its first operation, and behind each of them.

    Only those count on which outputs depend. `outputs` are nodes; ``None`` stands for what depends
    on no input. Of the `tape` :meth:`SizedTape.size_of` is asked for, and in :meth:`at` all that
    one notes.
    """

    def __init__(self, tape: Any, outputs: Sequence[Any]) -> None:
        self.tape = tape
        ends = {node[0] for node in outputs if node is not None}
        self.operations = needed(tape.nodes, ends)
        #: of each value, by its number: the first and the last place at which it is alive
        self.lives = dict(_lives(self.operations, ends))
        #: how many real numbers are alive at each place
        self.widths = _widths(self.lives, tape.size_of)

    def narrowest(self) -> Place:
        """The place where fewest numbers are alive, the first one of several."""
        return self.at(int(np.argmin(self.widths)))

    def at(self, place: int) -> Place:
        """The place behind so many operations."""
        tape, nodes = self.tape, self.operations
        alive = [number for number, (made, last) in self.lives.items() if made <= place <= last]
        return Place(
            width=int(self.widths[place]),
            nodes=[(number,) for number in alive],
            values=[tape.like(number) for number in alive],
            before=part(tape, nodes[:place]),
            after=part(tape, nodes[place:]),
            work=_work(nodes, tape.size_of),
        )


def needed(nodes: Sequence[Any], ends: set[int]) -> list[Any]:
    """The operations that some of the `ends` depend on, in their order."""
    wanted, found = set(ends), []
    for node in reversed(nodes):
        if node[0] in wanted:
            found.append(node)
            wanted.update(parent[0] for parent in node[3] if parent is not None)
    return found[::-1]


def _lives(nodes: Sequence[Any], ends: set[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Of each value, by its number: the first and the last place at which it is alive.

    The inputs are there from the first place on, outputs to the last.
    """
    made = {node[0]: i for i, node in enumerate(nodes, 1)}
    last = {
        parent[0]: i for i, node in enumerate(nodes) for parent in node[3] if parent is not None
    }
    last |= dict.fromkeys(ends, len(nodes))
    for number in sorted(last):
        yield number, (made.get(number, 0), last[number])


def _widths(lives: dict[int, tuple[int, int]], size_of: Callable[[int], int]) -> np.ndarray:
    change = np.zeros(max([last for _, last in lives.values()], default=0) + 2, dtype=int)
    for number, (made, last) in lives.items():
        size = size_of(number)
        change[made] += size
        change[last + 1] -= size
    return np.cumsum(change)[:-1]


def _work(nodes: Sequence[Any], size_of: Callable[[int], int]) -> int:
    """Numbers that a direction meets on the way: operands, results, and what is kept of them."""
    known: set[int] = set()
    kept = sum([new_bytes(residual, known) for _, _, residual, _ in nodes]) // ITEM
    met = sum([size_of(number) for number, *_ in nodes])
    read = sum([size_of(p[0]) for *_, parents in nodes for p in parents if p is not None])
    return kept + met + read


def part(tape: Tape, nodes: list[Any]) -> Tape:
    """Some operations of a recording that has ended, as a recording of their own."""
    own = Tape()
    own.nodes, own.size, own.singular, own.ended = nodes, tape.size, tape.singular, True
    return own
