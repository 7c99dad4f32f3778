"""What one recorded evaluation shows of a function: its distinct operations, and what each costs.

A program applies few primitives to few shapes, however long it runs. Each distinct pair is counted
once: what a push and a pull of it execute is had by doing so with two and with three directions on
counted numbers (:mod:`admodes.counting`), whose difference is what a further direction adds.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from admodes.choosing.periods import Loop, periodic
from admodes.core.costs import Cost
from admodes.core.declaring import PRIMITIVES
from admodes.core.rules import Broadcast, Elementwise
from admodes.core.values import is_floating, plain, shape_of
from admodes.counting import count
from admodes.modes.arguments import Inputs, Outputs, with_auxiliary
from admodes.modes.complex_derivatives import parts_of
from admodes.modes.containers import children, map_leaves
from admodes.modes.narrowest import Places
from admodes.modes.observing import Observed
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf

ITEM = 8
"""Bytes of a number."""
KINDS = ("number", "singular number", "array", "singular array", "broadcast", "read", "other")
"""What an operation's share of Python's time depends on: whether its arguments are numbers or
arrays, whether a partial of it can be infinite, whether shapes differ."""


class Work(NamedTuple):
    """What one execution of something does, without directions and for each of them."""

    calls: int  #: of NumPy
    fixed: Cost
    each: Cost


PRODUCTS = frozenset({"matmul", "tensordot", "einsum"})
STACKED = frozenset({"matmul", "inv"})
"""Whose directions are a stack of matrices, which NumPy multiplies one by one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A primitive at arguments of some shapes, and what it costs."""

    name: str
    kind: str
    size: int  #: entries of its result
    widest: int  #: entries of its largest active argument or its result
    inner: int  #: entries in an inner loop of NumPy's; 0 where nothing keeps it from one for all
    reduces: bool  #: whether its result is smaller than an argument, along some axes
    matrices: int  #: matrices in a direction of it, where it is a product of matrices
    copied: int  #: entries of constant arrays that recording copies
    added: (
        int  #: entries of the cotangents that a sweep adds up, for this operation is not the first
    )
    value: Cost
    push: Work
    pull: Work

    def calls(self, what: str) -> int:
        """How often it calls NumPy: where it is recorded, pushed or pulled, along one or several
        directions. Python numbers are multiplied by Python, until they have several directions."""
        number = self.kind.endswith("number")
        if number and what in ("record", "push", "pull"):
            return 0
        pulled = self.pull.calls + (self.added > 0)
        pushed = self.push.calls + (not number)
        return {"record": 1, "push": pushed, "pushes": pushed}.get(what, pulled)


Counted = tuple[tuple[Operation, int], ...]
"""Distinct operations, and how often each is executed."""


class Narrow(NamedTuple):
    """The narrowest place between inputs and outputs, where it is narrower than both."""

    width: int  #: numbers
    before: Counted  #: what is executed before it, of that on which outputs depend
    after: Counted


@dataclass(frozen=True)
class Profile:
    """A function at some arguments, by count; no machine changes it."""

    inputs: int
    outputs: int
    input_leaves: int
    output_leaves: int
    operations: Counted
    scalar: bool
    """Whether the derivative is a gradient: the output is one number, in no container."""
    of_a_number: bool
    """Whether it is a function of one of Python's numbers, in no container."""
    tape_bytes: int
    alive: float
    """Entries of the values that are in use at once, in the mean over what the operations write."""
    history: "History" = field(repr=False, compare=False)
    """In which order they came."""
    parts: int
    """Of an entry of the derivative, and sweeps for a row of it: two where an output is complex."""
    narrow: Narrow | None = None

    @property
    def length(self) -> int:
        """The number of operations recorded."""
        return sum(times for _, times in self.operations)

    @property
    def entries(self) -> int:
        """Real numbers that the derivative is made of."""
        return self.inputs * self.outputs * self.parts

    @property
    def written(self) -> float:
        """Entries of a result, in the mean over what the operations write."""
        sizes = [(each.size, times) for each, times in self.operations]
        squares, total = sum(n * n * times for n, times in sizes), sum(n * t for n, t in sizes)
        return squares / max(total, 1)

    @property
    def most_alive(self) -> float:
        """Entries of the values that are in use at once, at most."""
        return float(self.history.alive().max(initial=0.0))

    @property
    def loop(self) -> Loop | None:
        """The steps that most of it consists of, if they are alike."""
        return self.history.loop(self.tape_bytes)

    @property
    def has_containers(self) -> bool:
        """Whether there are several leaves, which only containers can hold."""
        return max(self.input_leaves, self.output_leaves) > 1

    @property
    def widest(self) -> int:
        """Entries of the largest value."""
        return max([self.inputs, self.outputs, *(each.widest for each, _ in self.operations)])


@dataclass(frozen=True, slots=True)
class History:
    """The values of a recording, in the order in which they were made, the inputs first."""

    sizes: np.ndarray
    """Entries."""
    last: np.ndarray
    """The number of the last operation on each; those of the output are used to the end."""
    kinds: np.ndarray
    """Of the operations alone: which of the distinct ones."""

    def alive(self) -> np.ndarray:
        """Entries that are in use at once, when each of the values has just been made."""
        count = len(self.sizes)
        change = np.zeros(count + 1)
        change[:count] += self.sizes
        np.subtract.at(change, self.last + 1, self.sizes)
        return np.cumsum(change)[:count]

    def loop(self, nbytes: int) -> Loop | None:
        """The steps that most of it consists of, if they are alike; its recording has `nbytes`."""
        found = periodic(self.kinds)
        if found is None:
            return None
        begin, period, steps = found
        # Between two steps in the middle: of a list of results, half is there.
        border = len(self.sizes) - len(self.kinds) + begin + period * (steps // 2)
        left = self.sizes[:border][self.last[:border] >= border]
        recording = nbytes * period // len(self.kinds)
        return Loop(steps, period, ITEM * int(left.sum()), recording)


class _Notes(Tape):
    """A recording that notes each distinct operation, with an example, and how often it comes."""

    __slots__ = (
        "entries",
        "examples",
        "kinds",
        "last",
        "sequence",
        "size_of",
        "sizes",
        "times",
        "which",
    )

    def __init__(self) -> None:
        super().__init__()
        #: of each operation, the number of the first one like it
        self.kinds: dict[Any, int] = {}
        self.sequence: list[int] = []
        #: how often, and which in their order
        self.times: dict[Any, tuple[int, int]] = {}
        self.examples: dict[Any, tuple[Any, ...]] = {}
        #: number of a node -> which of the distinct operations it is
        self.which: dict[int, int] = {}
        #: number of a node -> entries of its value, real numbers in it, and the number of the last
        #: operation on it
        self.entries: list[int] = []
        self.sizes: list[int] = []
        self.size_of = self.sizes.__getitem__
        self.last: dict[int, int] = {}

    def note(
        self, node: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> None:
        number, primitive, residual, _ = node
        again = [parent is not None and parent[0] in self.last for parent in parents]
        for parent in parents:
            if parent is not None:
                self.last[parent[0]] = number
        entries = prod(shape_of(y))
        self.entries.append(entries)
        self.sizes.append(entries * parts_of([y]))
        # By shapes alone, for a cost depends on nothing else, but for that of a power.
        kind = (
            primitive,
            y.__class__,
            shape_of(y),
            *[(shape_of(x), p is None) for x, p in zip(values, parents, strict=True)],
            values[1] if primitive.name == "power" and parents[1] is None else None,
        )
        self.sequence.append(self.kinds.setdefault(kind, number))
        key = kind, *again
        times, first = self.times.get(key, (0, len(self.times)))
        self.times[key] = times + 1, first
        self.which[number] = first
        if not times:
            self.examples[key] = primitive, residual, parents, y, values, params, again

    def history(self, ends: Sequence[Any]) -> History:
        """What was noted; the values at the `ends` are used to the last."""
        count = len(self.entries)
        last = np.arange(count)
        if self.last:
            last[list(self.last)] = list(self.last.values())
        last[[node[0] for node in ends]] = count - 1
        return History(
            np.array(self.entries, dtype=float), last, np.array(self.sequence, dtype=int)
        )


#: Operations that have been counted before, in this process, by what they were noted as.
_known: dict[Any, Operation] = {}


def profile(f: Callable[..., Any], inputs: Inputs, has_aux: bool = False) -> Profile:
    """Evaluate `f` once, recorded, and count what it executes."""
    values = [plain(x) for x in inputs.leaves]
    with _Notes() as notes:
        notes.entries = [prod(shape_of(x)) for x in values]
        notes.sizes += notes.entries
        output = inputs.call([leaf(notes, x, Observed) for x in values])
        if has_aux:
            output, _ = with_auxiliary(output, f, notes)
        outputs = Outputs(output, f, notes)
        nodes = [node for node in outputs.nodes() if node is not None]
        history = notes.history(nodes)
        bytes_ = notes.nbytes
    operations = []
    for key, (times, _) in notes.times.items():
        operation = _known.get(key)
        if operation is None:
            operation = _counted(*notes.examples[key])
            if key[0][0].name in PRIMITIVES:  # one of the package's own, which stays what it is
                _known[key] = operation
        operations.append((operation, times))
    count, rows = sum(map(np.size, values)), sum(np.size(plain(y)) for y in outputs.leaves)
    parts = parts_of(outputs.leaves)
    return Profile(
        inputs=count,
        outputs=rows,
        input_leaves=len(values),
        output_leaves=len(outputs.leaves),
        operations=tuple(operations),
        scalar=is_scalar(output, outputs.leaves),
        of_a_number=inputs.plain and values[0].__class__ is float,
        tape_bytes=bytes_,
        alive=float(history.alive() @ history.sizes / max(history.sizes.sum(), 1.0)),
        history=history,
        parts=parts,
        narrow=_narrow(notes, nodes, [each for each, _ in operations], min(count, rows * parts)),
    )


def _narrow(
    notes: _Notes, outputs: Sequence[Any], operations: Sequence[Operation], fewest: int
) -> Narrow | None:
    """The narrowest place in what was noted, if it has fewer numbers than a mode has directions."""
    if fewest < 2:
        return None
    places = Places(notes, outputs)
    place = int(np.argmin(places.widths))
    if places.widths[place] >= fewest:
        return None
    halves = places.operations[:place], places.operations[place:]
    before, after = (Counter([notes.which[node[0]] for node in half]) for half in halves)

    def counted(times: Counter[int]) -> Counted:
        return tuple((operations[i], count) for i, count in times.items())

    return Narrow(int(places.widths[place]), counted(before), counted(after))


def is_scalar(output: Any, parts: Sequence[Any]) -> bool:
    """Whether an output of these leaves is one floating-point number, in no container."""
    if children(output) is not None:
        return False
    return all(shape_of(y) == () and is_floating(plain(y)) for y in parts)


def _counted(
    primitive: Any,
    residual: Any,
    parents: Sequence[Any],
    y: Any,
    values: Sequence[Any],
    params: dict[str, Any],
    again: Sequence[bool],
) -> Operation:
    """What an operation costs, by count."""
    shape, shapes = shape_of(y), [shape_of(x) for x in values]
    active = [own for own, parent in zip(shapes, parents, strict=True) if parent is not None]
    residual = map_leaves(plain, residual)
    size = prod(shape)

    def push(k: int) -> Any:
        tangents = [
            None if parent is None else np.ones((k, *own))
            for own, parent in zip(shapes, parents, strict=True)
        ]
        return count(primitive.push, residual, tangents)[1]

    def pull(r: int) -> Any:
        return count(
            lambda kept, ct: primitive.pull(kept, ct, parents), residual, np.ones((r, *shape))
        )[1]

    if primitive.add is not None:  # into a part of a buffer, which is zeros at first
        zeros = 0 if again[0] else prod(shapes[0])
        # Scattering by an index array has a pace of its own: it is counted as nonlinear.
        scattered = size if primitive.name == "gather" else 0
        pulled = Work(1, Cost(), Cost(3 * size + zeros, additions=size, nonlinear=scattered))
    else:
        pulled = _work(pull)
    reads = primitive.reads(parents)[1:]
    pushed = _work(push)
    if parents[-1] is None and _exponent_is_quick(primitive, values):
        pushed, pulled = (_without_nonlinear(work) for work in (pushed, pulled))
    stacked = primitive.name in STACKED and min(map(len, [shape, *shapes])) >= 2
    return Operation(
        name=primitive.name,
        kind=_kind(primitive, shape, shapes),
        size=size,
        widest=max([size, *map(prod, active)]),
        inner=_inner(primitive, shape, shapes),
        reduces=size < max(map(prod, shapes)) and primitive.name not in PRODUCTS,
        matrices=prod(shape[:-2]) if stacked else 0,
        copied=sum(
            prod(own)
            for own, parent, read in zip(shapes, parents, reads, strict=True)
            if parent is None and read
        ),
        added=sum(
            prod(own) for own, more in zip(active, _of_active(again, parents), strict=True) if more
        )
        if primitive.add is None
        else 0,
        value=primitive.cost(y, values, params),
        push=pushed,
        pull=pulled,
    )


def _exponent_is_quick(primitive: Any, values: Sequence[Any]) -> bool:
    """Whether NumPy has a short cut for the partial derivative of a power: that of a cube, say."""
    exponent = values[-1]
    return primitive.name == "power" and np.ndim(exponent) == 0 and exponent in (1.5, 2, 3)


def _without_nonlinear(work: Work) -> Work:
    return work._replace(fixed=replace(work.fixed, nonlinear=0))


def _of_active(flags: Sequence[bool], parents: Sequence[Any]) -> list[bool]:
    return [flag for flag, parent in zip(flags, parents, strict=True) if parent is not None]


def _work(execute: Callable[[int], Any]) -> Work:
    two, three = execute(2), execute(3)
    each = three.cost - two.cost
    return Work(two.primitives, two.cost - each * 2, each)


def _kind(primitive: Any, shape: tuple[int, ...], shapes: Sequence[tuple[int, ...]]) -> str:
    elementwise = isinstance(primitive, Elementwise)
    if elementwise and not any([shape, *shapes]):
        return "singular number" if primitive.singular else "number"
    if elementwise:
        return "singular array" if primitive.singular else "array"
    if isinstance(primitive, Broadcast):
        return "broadcast"
    return "read" if primitive.add is not None else "other"


def _inner(primitive: Any, shape: tuple[int, ...], shapes: Sequence[tuple[int, ...]]) -> int:
    """The entries that an inner loop of NumPy's takes, where directions are in front of them.

    Where all have as many entries that is all of them; where something is broadcast, reduced or
    read in part it is the last axis. A product of matrices leaves its loops to BLAS.
    """
    largest = max([shape, *shapes], key=prod)
    if prod(largest) <= 1 or primitive.name in PRODUCTS:
        return 0
    as_many = prod(shape) in (1, max(map(prod, shapes)))
    if isinstance(primitive, Elementwise) or (as_many and not isinstance(primitive, Broadcast)):
        return prod(largest)
    return next(length for length in reversed(largest) if length > 1)
