"""What one recorded evaluation shows of a function: its distinct operations, and what each costs.

A program applies few primitives to few shapes, however long it runs. Each distinct pair is counted
once: what a push and a pull of it execute is had by doing so with two and with three directions on
counted numbers (:mod:`admodes.counting`), whose difference is what a further direction adds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

from admodes.arguments import Inputs, leaves, map_leaves, numeric, with_auxiliary
from admodes.costs import Cost
from admodes.counting import count
from admodes.reverse import Watched
from admodes.rules import Broadcast, Elementwise, Singular, plain, shape_of
from admodes.tape import Tape

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


@dataclass(frozen=True)
class Profile:
    """A function at some arguments, by count; no machine changes it."""

    inputs: int
    outputs: int
    input_leaves: int
    output_leaves: int
    operations: tuple[tuple[Operation, int], ...]
    """Each distinct one, and how often it is executed."""
    tape_bytes: int

    @property
    def length(self) -> int:
        """The number of operations recorded."""
        return sum(times for _, times in self.operations)

    @property
    def has_containers(self) -> bool:
        """Whether there are several leaves, which only containers can hold."""
        return max(self.input_leaves, self.output_leaves) > 1

    @property
    def widest(self) -> int:
        """Entries of the largest value."""
        return max([self.inputs, self.outputs, *(each.widest for each, _ in self.operations)])


class _Notes(Tape):
    """A recording that notes each distinct operation, with an example, and how often it comes."""

    __slots__ = ("examples", "read", "times")

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[Any, int] = {}
        self.examples: dict[Any, tuple[Any, ...]] = {}
        #: numbers of the nodes that an operation has already read
        self.read: set[int] = set()


class _Noted(Watched):
    __slots__ = ()

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> "_Noted":
        notes: Any = self._level
        recorded = Watched._record(self, primitive, y, values, parents, params)
        node = recorded._node
        read = notes.read
        again = [parent is not None and parent[0] in read for parent in parents]
        read.update([parent[0] for parent in parents if parent is not None])
        # By shapes alone, for a cost depends on nothing else; those of axes are in the result's.
        key = (
            node[1],
            y.__class__,
            shape_of(y),
            *[(shape_of(x), p is None) for x, p in zip(values, parents, strict=True)],
            *again,
        )
        times = notes.times.get(key, 0)
        notes.times[key] = times + 1
        if not times:
            notes.examples[key] = node[1], node[2], parents, y, values, params, again
        return _noted(recorded._value, node, notes)


def _noted(value: Any, node: Any, notes: _Notes) -> _Noted:
    result = object.__new__(_Noted)
    result._value, result._node, result._level = value, node, notes
    return result


#: Operations that have been counted before, in this process, by what they were noted as.
_known: dict[Any, Operation] = {}
MOST = 4096


def profile(f: Callable[..., Any], inputs: Inputs, has_aux: bool = False) -> Profile:
    """Evaluate `f` once, recorded, and count what it executes."""
    values = [plain(x) for x in inputs.leaves]
    with _Notes() as notes:
        variables = [_noted(x, (next(notes.numbers), None, None, ()), notes) for x in values]
        output = inputs.call(variables)
        if has_aux:
            output, _ = with_auxiliary(output, f, notes)
        found = [numeric(y, f) for _, y in leaves(output)]
        bytes_ = notes.nbytes
    if len(_known) > MOST:
        _known.clear()
    operations = []
    for key, times in notes.times.items():
        if key not in _known:
            _known[key] = _counted(*notes.examples[key])
        operations.append((_known[key], times))
    return Profile(
        inputs=sum(map(np.size, values)),
        outputs=sum(np.size(plain(y)) for y in found),
        input_leaves=len(values),
        output_leaves=len(found),
        operations=tuple(operations),
        tape_bytes=bytes_,
    )


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
    stacked = primitive.name in STACKED and min(map(len, [shape, *shapes])) >= 2
    return Operation(
        name=primitive.name,
        kind=_kind(primitive, shape, shapes),
        size=size,
        widest=max([size, *map(prod, active)]),
        inner=_inner(primitive, shape, shapes),
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
        push=_work(push),
        pull=pulled,
    )


def _of_active(flags: Sequence[bool], parents: Sequence[Any]) -> list[bool]:
    return [flag for flag, parent in zip(flags, parents, strict=True) if parent is not None]


def _work(execute: Callable[[int], Any]) -> Work:
    two, three = execute(2), execute(3)
    each = three.cost - two.cost
    return Work(two.primitives, two.cost - each * 2, each)


def _kind(primitive: Any, shape: tuple[int, ...], shapes: Sequence[tuple[int, ...]]) -> str:
    elementwise = isinstance(primitive, Elementwise)
    if elementwise and not any([shape, *shapes]):
        return "singular number" if isinstance(primitive, Singular) else "number"
    if elementwise:
        return "singular array" if isinstance(primitive, Singular) else "array"
    if isinstance(primitive, Broadcast):
        return "broadcast"
    return "read" if primitive.add is not None else "other"


def _inner(primitive: Any, shape: tuple[int, ...], shapes: Sequence[tuple[int, ...]]) -> int:
    """The entries that an inner loop of NumPy's takes, where directions are in front of them.

    Where shapes agree that is all of them; where they differ it is the last axis. A product of
    matrices leaves its loops to BLAS.
    """
    largest = max([shape, *shapes], key=prod)
    if prod(largest) <= 1 or primitive.name in PRODUCTS:
        return 0
    if isinstance(primitive, Elementwise) or prod(shape) <= 1:
        return prod(largest)
    return next(length for length in reversed(largest) if length > 1)
