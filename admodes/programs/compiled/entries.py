"""What a loop computes of each entry, and where in memory it finds and leaves entries."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from admodes.programs.compiled.code import INTEGER, Code, converted, literal, load, moved, times
from admodes.programs.compiled.fusing import Fusing, Kernel, Put
from admodes.programs.compiled.kinds import dtype_of, packed
from admodes.programs.compiled.nodes import INDEX, Entrywise, Gathered, Reduced, View
from admodes.programs.steps import Value


class Where:
    """Names of what there is in a function: numbers, and pointers to arrays."""

    def __init__(self, fusing: Fusing) -> None:
        self.fusing = fusing
        self.numbers: dict[Value, str] = {}
        self.pointers: dict[Value, str] = {}

    def number(self, x: Any, dtype: np.dtype[Any]) -> str:
        if x.__class__ is Value:
            return self.numbers[x]
        return literal(x, dtype)

    def memory(self, x: Value) -> tuple[str, int, tuple[int, ...]]:
        """The pointer, and what is added to it, and strides of an array."""
        offset, strides = 0, x.strides or packed(x)
        if x not in self.pointers:
            strides = self._view(x).place.strides
        while x not in self.pointers:
            offset, x = offset + self._view(x).place.offset, self._view(x).base
        return self.pointers[x], offset, strides

    def _view(self, x: Value) -> View:
        node = self.fusing.by[x]
        assert isinstance(node, View)
        return node


@dataclass(eq=False)
class Access:
    """Entries in memory that a loop comes to: by how much each axis moves."""

    pointer: str  #: or ``""``, where the entries are counted
    offset: int
    strides: list[int]
    row: str = ""  #: where the innermost loop begins
    at: str = ""  #: where it is


class Entries:
    """The lines that compute an entry of a kernel, in terms of where the innermost loop is."""

    def __init__(self, code: Code, where: Where, kernel: Kernel) -> None:
        self.where, self.kernel, self.fusing = where, kernel, where.fusing
        self.accesses: dict[Any, Access] = {}
        self.known: dict[Any, str] = {}
        self.body = Code()
        self.body.lines, self.body.externals = [], code.externals
        self.body._count = code._count
        self.stores = [
            (x, self.entry(x), self.access(*where.memory(x), x.shape)) for x in kernel.stores
        ]
        self.sums = [self._sum(node) for node in kernel.reductions]
        self.puts = [self._put(put) for put in kernel.puts]
        code._count = self.body._count
        own = {line.partition(" = ")[0].strip() for line in self.body.lines}
        #: the names of what is another number for each entry
        self.own = own | {access.at for access in self.accesses.values()}

    def access(
        self, pointer: str, offset: int, strides: Sequence[int], shape: Sequence[int]
    ) -> Access:
        """Entries of an array of that shape, stretched to the shape of the loops."""
        space = self.kernel.shape
        own = [0] * (len(space) - len(shape)) + [
            0 if length == 1 else stride for stride, length in zip(strides, shape, strict=True)
        ]
        key = pointer, offset, *own
        if key not in self.accesses:
            access = Access(pointer, offset, own)
            access.at, access.row = self.body.fresh("%p"), self.body.fresh("%p")
            self.accesses[key] = access
        return self.accesses[key]

    def entry(self, x: Any, dtype: np.dtype[Any] | None = None) -> str:
        """An entry of a value, as it is or as `dtype`."""
        has: Any = INTEGER if x is INDEX else dtype_of(x)
        if x.__class__ is not Value and x is not INDEX:
            return literal(x, dtype or has)
        if x not in self.known:
            self._before(x)
            self.known[x] = self._entry(x, has)
        if dtype is None or has == dtype:
            return self.known[x]
        if (x, dtype) not in self.known:
            self.known[x, dtype] = converted(self.body, self.known[x], has, dtype)
        return self.known[x, dtype]

    def _before(self, x: Any) -> None:
        """Compute what it is computed of, in order: chains are longer than calls may be nested."""
        wanted: set[Value] = set()
        looked = [x]
        while looked:
            y = looked.pop()
            if y is INDEX or not y.shape or y in self.known or y in wanted:
                continue
            if self.fusing.computed_in(y, self.kernel.time):
                wanted.add(y)
                looked += self.fusing.by[y].uses()
        for y in sorted(wanted - {x}, key=self.fusing.order.__getitem__):
            self.known[y] = self._entry(y, dtype_of(y))

    def _entry(self, x: Any, dtype: np.dtype[Any]) -> str:
        if x is INDEX:
            space = self.kernel.shape
            each = [math.prod(space[i + 1 :]) for i in range(len(space))]
            return self.access("", 0, each, space).at
        if not x.shape:
            return self.where.numbers[x]
        if self.fusing.computed_in(x, self.kernel.time):
            node = self.fusing.by[x]
            if isinstance(node, Gathered):
                return self._gathered(node)
            return computed(self.body, node, self.entry)
        return load(self.body, dtype, self.access(*self.where.memory(x), x.shape).at)

    def _gathered(self, node: Gathered) -> str:
        pointer, offset, strides = self.where.memory(node.array)
        before, (stride, *behind) = strides[: node.axis], strides[node.axis :]
        count = len(node.made.shape) - len(before) - len(behind)
        access = self.access(pointer, offset, [*before, *[0] * count, *behind], node.made.shape)
        along = times(self.body, self.entry(node.places), stride)
        return load(self.body, dtype_of(node.made), moved(self.body, access.at, along))

    def _sum(self, node: Reduced) -> tuple[Reduced, str, Access | None]:
        made, x = node.made, self.entry(node.array)
        if not made.shape:
            return node, x, None
        pointer, offset, strides = self.where.memory(made)
        kept = iter(strides)
        shape = self.kernel.shape
        if len(made.shape) == len(shape):  # the axes are kept, with a length of 1
            own = [0 if i in node.axes else s for i, s in enumerate(strides)]
        else:
            own = [0 if i in node.axes else next(kept) for i in range(len(shape))]
        return node, x, self.access(pointer, offset, own, shape)

    def _put(self, put: Put) -> tuple[Put, str, Access]:
        pointer, offset, _ = self.where.memory(put.array)
        place = put.place
        access = Access(pointer, offset + place.offset, [*place.strides])
        access.strides = [
            0 if n == 1 else s for s, n in zip(place.strides, place.shape, strict=True)
        ]
        access.at, access.row = self.body.fresh("%p"), self.body.fresh("%p")
        self.accesses[put] = access
        return put, self.entry(put.part, dtype_of(put.array)), access

    def marked(self, text: str, mark: str) -> str:
        """The same, with names of its own for what is computed of an entry."""
        if not mark:
            return text
        return re.sub(r"%[pv]\d+", lambda name: name[0] + mark * (name[0] in self.own), text)


def computed(code: Code, node: Any, entry: Callable[..., str]) -> str:
    """The result of an operation on single entries."""
    assert isinstance(node, Entrywise)
    args = [entry(x, dtype) for x, dtype in zip(node.args, node.dtypes, strict=True)]
    return node.write(code, node.dtypes[-1], *args)
