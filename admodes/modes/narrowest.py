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

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import plain, shape_of
from admodes.modes.observing import Observed
from admodes.modes.reading import ReadableTape
from admodes.modes.tape import Tape
from admodes.modes.units import chunk_size_of

PYTHON = 5000
"""Numbers that are moved while Python gets around to one operation of a pass, about."""
PRODUCT = 0.1
"""Numbers that are moved while a product of matrices multiplies two and adds them up, about."""


class SizedTape(ReadableTape):
    """A tape that notes of what shape and type each value was, and what computing it took."""

    __slots__ = ("_known", "looks", "sizes", "work")

    def __init__(self) -> None:
        super().__init__()
        #: by the number of a node: its value's shape and dtype, or the type of a number
        self.looks: dict[int, Any] = {}
        #: the real numbers that it is made of
        self.sizes: dict[int, int] = {}
        #: what computing it took, by count, as numbers moved
        self.work: dict[int, int] = {}
        #: the same, by a primitive and shapes: most operations are like another
        self._known: dict[Any, int] = {}

    def look(self, number: int, value: Any) -> None:
        """Note the shape and type of a plain value."""
        if isinstance(value, np.ndarray):
            self.looks[number] = value.shape, value.dtype
            self.sizes[number] = value.size * (2 if value.dtype.kind == "c" else 1)
        else:
            self.looks[number] = value.__class__
            self.sizes[number] = 2 if isinstance(value, complex) else 1

    def note(
        self, node: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> None:
        number, primitive = node[:2]
        value = plain(y)
        self.look(number, value)
        key = primitive, shape_of(value), *map(shape_of, values)
        work = self._known.get(key)
        if work is None:
            work = primitive.cost(value, [plain(x) for x in values], params).work()
            self._known[key] = work
        self.work[number] = work


class Sized(Observed):
    """A variable on such a tape."""

    __slots__ = ()
    _watched = False  # so that all goes the way that it goes where nobody looks


def like(look: Any) -> Any:
    """A value of such a shape and type, which takes no memory."""
    if isinstance(look, tuple):
        shape, dtype = look
        return np.broadcast_to(np.zeros((), dtype), shape)
    return look()


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
    """What all of them take, by count."""

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
    on no input. Of the `tape` the `sizes` are asked for, and in :meth:`at` all that a
    :class:`SizedTape` notes.
    """

    def __init__(self, tape: Any, outputs: Sequence[Any]) -> None:
        self.tape = tape
        ends = {node[0] for node in outputs if node is not None}
        self.operations = needed(tape.nodes, ends)
        #: of each value, by its number: the first and the last place at which it is alive
        self.lives = dict(_lives(self.operations, ends))
        #: how many real numbers are alive at each place
        self.widths = _widths(self.lives, tape.sizes)

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
            values=[like(tape.looks[number]) for number in alive],
            before=part(tape, nodes[:place]),
            after=part(tape, nodes[place:]),
            work=sum(tape.work[node[0]] for node in nodes),
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


def _widths(lives: dict[int, tuple[int, int]], sizes: Any) -> np.ndarray:
    change = np.zeros(max([last for _, last in lives.values()], default=0) + 2, dtype=int)
    for number, (made, last) in lives.items():
        change[made] += sizes[number]
        change[last + 1] -= sizes[number]
    return np.cumsum(change)[:-1]


def part(tape: Tape, nodes: list[Any]) -> Tape:
    """Some operations of a recording that has ended, as a recording of their own."""
    own = Tape()
    own.nodes, own.size, own.singular, own.ended = nodes, tape.size, tape.singular, True
    return own
