"""Kernels as loops of LLVM's language.

The axes of a kernel are put in the order in which memory is gone through, and axes that lie in it
as one become one. The innermost is taken in blocks: of each the sums are made by themselves, which
rounds less, and what is put into an array in several places waits beside it until the block is
computed, so that the loop that computes it can be one of vectors. Rows that share what they read,
as directions do, go through a block one after the other, several abreast.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.code import (
    TYPES,
    Code,
    count,
    in_vectors,
    literal,
    load,
    moved,
    store,
    times,
)
from admodes.programs.compiled.entries import Access, Entries, Where
from admodes.programs.compiled.fronts import fronts_of
from admodes.programs.compiled.fusing import Kernel, Put
from admodes.programs.compiled.kinds import dtype_of
from admodes.programs.compiled.nodes import Reduced
from admodes.programs.compiled.vectors import have_vectors
from admodes.programs.steps import Value

BLOCK = 1024
ABREAST, SHORT = 8, 40
"""So many rows go abreast, of no more operations on an entry: all that needs registers."""
MANY = 200
"""More operations than that are a long loop."""
ENTRY = 8
"""Bytes of one: to stay where it is is no nearer than that."""


class Loops:
    """Writes one kernel."""

    def __init__(self, code: Code, where: Where, kernel: Kernel) -> None:
        self.code, self.where, self.kernel = code, where, kernel
        self.entries = Entries(code, where, kernel)
        self.accesses, self.stores = self.entries.accesses, self.entries.stores
        self.sums, self.puts = self.entries.sums, self.entries.puts
        self._out = {node: access for node, _, access in self.sums}
        self.lengths, self.order = self._axes()
        #: from where to where the outermost loop goes
        self.bounds: tuple[int | str, int | str] = (0, self.lengths[0])

    # --- The order of the loops -------------------------------------------------------------------

    def _axes(self) -> tuple[list[int], list[list[int]]]:
        """Lengths of the loops, from the outermost, and by access how far each moves."""
        accesses = [*self.accesses.values()]
        axes = [i for i, length in enumerate(self.kernel.shape) if length != 1]
        axes.sort(key=lambda i: self._outside(i, [a.strides[i] for a in accesses if a.pointer]))
        lengths: list[int] = []
        strides: list[list[int]] = []
        for i in axes:
            length, own = self.kernel.shape[i], [a.strides[i] for a in accesses]
            if lengths and all(
                before == each * length for before, each in zip(strides[-1], own, strict=True)
            ):
                lengths[-1] *= length
                strides[-1] = own
            else:
                lengths.append(length)
                strides.append(own)
        if not lengths:
            lengths, strides = [1], [[0] * len(accesses)]
        return lengths, strides

    def _outside(self, axis: int, strides: Sequence[int]) -> tuple[int, ...]:
        """The less, the farther outside the loop over an axis: that moves farthest in memory.

        Where two move as far, from one entry to the next: that which goes backwards, or whose
        entries are not added up, or are fewer.
        """
        far = sum(max(abs(stride), ENTRY) for stride in strides)
        back = sum(stride < 0 for stride in strides)
        added = any(axis in node.axes for node in self.kernel.reductions)
        return -far, -back, added, self.kernel.shape[axis]

    def write(self) -> None:
        """The whole kernel."""
        if not math.prod(self.kernel.shape):
            self._nothing()
            return
        code = self.code
        self.slots: dict[Reduced, str] = {}
        for node, _, access in self.sums:
            dtype = dtype_of(node.made)
            if access is None:
                self.slots[node] = self._slot(dtype)
                code.do(
                    f"store {TYPES[dtype]} {ops.start(node.kind, dtype)}, ptr {self.slots[node]}"
                )
            else:
                fill(code, self.where, node.made, ops.start(node.kind, dtype))
        self.fronts = fronts_of(self.entries, self.lengths, self.order)
        for array in self.kernel.begun:
            whole = any(put.array is array and not put.adds for put, *_ in self.puts)
            if array not in self.fronts and not whole:
                fill(code, self.where, array, literal(0, dtype_of(array)))
        self._outer(0, {})
        for node, slot in self.slots.items():
            kind = TYPES[dtype_of(node.made)]
            self.where.numbers[node.made] = code.make(f"load {kind}, ptr {slot}")

    def _nothing(self) -> None:
        """Of no entries."""
        for node, _, access in self.sums:
            start = ops.start(node.kind, dtype_of(node.made))
            if access is None:
                self.where.numbers[node.made] = start
            else:
                fill(self.code, self.where, node.made, start)
        for array in self.kernel.begun:
            fill(self.code, self.where, array, literal(0, dtype_of(array)))

    def _slot(self, dtype: np.dtype[Any]) -> str:
        return self.code.memory(TYPES[dtype])

    def _outer(self, axis: int, places: dict[int, str]) -> None:
        """The loops around the innermost one."""
        last = len(self.lengths) - 1
        if axis == last:
            self._begin(places)
            self._blocks(lambda first, size: self._block(first, size, [places]))
        elif axis == last - 1 and self._share_blocks():
            if self.fronts:
                self._rows(axis, places, lambda rows: self._begin(*rows))
            self._blocks(
                lambda first, size: self._rows(
                    axis, places, lambda rows: self._block(first, size, rows), self._abreast()
                )
            )
        else:
            self._rows(axis, places, lambda rows: self._outer(axis + 1, *rows))

    def _rows(
        self, axis: int, places: dict[int, str], body: Callable[..., None], abreast: int = 1
    ) -> None:
        """A loop over an axis, so many places of it at a time."""
        code, start, stop = self.code, *(self.bounds if axis == 0 else (0, self.lengths[axis]))
        several = stop - stop % abreast if isinstance(stop, int) and start == 0 else start

        def together(i: str) -> None:
            each = [code.make(f"add nsw i64 {i}, {k}") for k in range(1, abreast)]
            body([places | {axis: i} for i in (i, *each)])

        if abreast > 1 and several:
            count(code, several, together, abreast)
            start = several
        if start != stop:
            count(code, stop, lambda i: body([places | {axis: i}]), start=start)

    def _abreast(self) -> int:
        """How many rows go abreast: what all of them need is read, or computed, once for these."""
        inner = dict(zip(self.accesses.values(), self.order[-1], strict=True))
        alone = all(access is None or not inner[access] for _, _, access in self.sums)
        simple = alone and not self.puts and not self.stores
        count = min(ABREAST, self.lengths[-2])
        return count if simple and len(self.entries.body.lines) <= SHORT else 1

    def _share_blocks(self) -> bool:
        """Whether rows go through a block one after the other: all read or write the same there.

        So that stays in the cache: of many directions each needs the same slopes.
        """
        if any(node.kind == "product" for node in self.slots):
            return False
        between, inside = self.order[-2:]
        each = zip(self.accesses.values(), between, inside, strict=True)
        return any(access.pointer and not row and entry for access, row, entry in each)

    def _blocks(self, body: Callable[[str, int | str], None]) -> None:
        """The innermost loop: `body` of where each block begins, and how long it is."""
        code, length = self.code, self.lengths[-1]
        start, stop = self.bounds if len(self.lengths) == 1 else (0, length)
        if length <= BLOCK and start == 0:
            body("0", length)
            return

        def block(i: str) -> None:
            left = code.make(f"sub nsw i64 {stop}, {i}")
            body(i, code.call("llvm.smin.i64", "i64", left, str(BLOCK)))

        count(code, stop, block, BLOCK, start)

    def _begin(self, places: dict[int, str]) -> None:
        """Zeros around what is written first of a row."""
        if self.fronts:
            self._at(self._pointers(places))
        for front in self.fronts.values():
            front.begin(self.code)

    def _at(self, pointers: Sequence[str]) -> None:
        for access, row in zip(self.accesses.values(), pointers, strict=True):
            access.row = row

    def _pointers(self, places: dict[int, str]) -> list[str]:
        """Where a row begins, by access."""
        code, pointers = self.code, []
        for k, access in enumerate(self.accesses.values()):
            row = (
                str(access.offset)
                if not access.pointer
                else moved(code, access.pointer, access.offset)
            )
            for axis, i in places.items():
                far = self.order[axis][k]
                if far and i != "0":
                    off = times(code, i, far)
                    row = (
                        moved(code, row, off)
                        if access.pointer
                        else code.make(f"add nsw i64 {row}, {off}")
                    )
            pointers.append(row)
        return pointers

    def _block(self, first: str, size: int | str, rows: Sequence[dict[int, str]]) -> None:
        """A block of a row, or the same of several."""
        code, inner = self.code, dict(zip(self.accesses.values(), self.order[-1], strict=True))
        waiting = self._waiting()
        scratch = {put: where_waits(code, i, put) for i, (put, _, _) in enumerate(waiting)}
        each: list[tuple[list[str], dict[Reduced, str]]] = []
        for places in rows:
            pointers = self._pointers(places)
            self._at(pointers)
            parts: dict[Reduced, str] = {}
            for node, _, access in self.sums:
                if access is None or not inner[access]:
                    dtype = dtype_of(node.made)
                    parts[node] = self._slot(dtype)
                    start = ops.start(node.kind, dtype)
                    if node.kind == "product":  # goes on, in the order in which the entries come
                        start = self._so_far(node)
                    code.do(f"store {TYPES[dtype]} {start}, ptr {parts[node]}")
            each.append((pointers, parts))

        def body(j: str) -> None:
            i = j if first == "0" else code.make(f"add nsw i64 {first}, {j}")
            for number, (pointers, parts) in enumerate(each):
                self._at(pointers)
                row(i, j, parts, f"r{number}" * (len(each) > 1))

        def row(i: str, j: str, parts: dict[Reduced, str], mark: str) -> None:
            start = len(code.lines)
            self._compute(i, [access for _, _, access in waiting])
            code.lines[start:] = [self.entries.marked(line, mark) for line in code.lines[start:]]
            for x, value, access in self.stores:
                store(code, dtype_of(x), value, access.at)
            for node, value, out in self.sums:
                value, dtype = self.entries.marked(value, mark), dtype_of(node.made)
                if out is None or node in parts:
                    before = code.make(f"load {TYPES[dtype]}, ptr {parts[node]}")
                    after = ops.combined(code, node.kind, dtype, before, value)
                    code.do(f"store {TYPES[dtype]} {after}, ptr {parts[node]}")
                else:
                    before = load(code, dtype, out.at)
                    store(code, dtype, ops.combined(code, node.kind, dtype, before, value), out.at)
            for put, value, access in self.puts:
                dtype = dtype_of(put.array)
                if (put, value, access) in waiting:
                    at = code.make(
                        f"getelementptr inbounds {TYPES[dtype]}, ptr {scratch[put]}, i64 {j}"
                    )
                    store(code, dtype, value, at)
                else:
                    self._into(put, value, access.at)

        count(code, size, body, hint=self._hint())
        for pointers, parts in each:
            self._at(pointers)
            for node, part in parts.items():
                self._whole(node, part)
        for put, _, access in waiting:

            def add(j: str, put: Put = put, access: Access = access) -> None:
                dtype = dtype_of(put.array)
                i = j if first == "0" else code.make(f"add nsw i64 {first}, {j}")
                at = code.make(
                    f"getelementptr inbounds {TYPES[dtype]}, ptr {scratch[put]}, i64 {j}"
                )
                value = load(code, dtype, at)
                to = moved(code, access.row, times(code, i, inner[access]))
                self._into(put, value, to)

            count(code, size, add)

    def _hint(self) -> str:
        """In what vectors a long loop goes on: to find that out takes LLVM most of a second."""
        lines = self.entries.body.lines
        if len(lines) <= MANY or not have_vectors(lines):
            return ""
        kinds = {TYPES[dtype_of(x)] for x in self.entries.known if x.__class__ is Value}
        return in_vectors(4 if {"double", "i64"} & kinds else 8)

    def _compute(self, i: str, unless: Sequence[Access] = ()) -> None:
        """What there is of the entry at that place of a row."""
        code = self.code
        for access, stride in zip(self.accesses.values(), self.order[-1], strict=True):
            if any(access is other for other in unless):
                continue
            if access.pointer:
                off = times(code, i, stride) if stride else 0
                code.do(f"{access.at} = getelementptr inbounds i8, ptr {access.row}, i64 {off}")
            else:
                off = times(code, i, stride) if stride else "0"
                code.do(f"{access.at} = add nsw i64 {access.row}, {off}")
        code.lines += self.entries.body.lines

    def _so_far(self, node: Reduced) -> str:
        """What the blocks before have given."""
        access, dtype = self._out[node], dtype_of(node.made)
        if access is None:
            return self.code.make(f"load {TYPES[dtype]}, ptr {self.slots[node]}")
        return load(self.code, dtype, access.row)

    def _whole(self, node: Reduced, part: str) -> None:
        """What a block gives is taken to what there was before."""
        code, dtype, access = self.code, dtype_of(node.made), self._out[node]
        value = code.make(f"load {TYPES[dtype]}, ptr {part}")
        # LLVM must not see through here: it would merge the last step with what comes then, and not
        # find that the loop is one of a sum.
        hidden = code.memory(TYPES[dtype])
        code.do(f"store volatile {TYPES[dtype]} {value}, ptr {hidden}")
        value = code.make(f"load volatile {TYPES[dtype]}, ptr {hidden}")
        if node.kind != "product":
            value = ops.combined(code, node.kind, dtype, self._so_far(node), value)
        if access is None:
            code.do(f"store {TYPES[dtype]} {value}, ptr {self.slots[node]}")
        else:
            store(code, dtype, value, access.row)

    # --- Parts of arrays --------------------------------------------------------------------------

    def _waiting(self) -> list[tuple[Put, str, Access]]:
        """What is put into an array that gets several parts, of which one may lie over another."""
        arrays = [put.array for put, _, _ in self.puts]
        firsts = [front.first for front in self.fronts.values()]
        return [
            (put, value, access)
            for put, value, access in self.puts
            if put.adds and arrays.count(put.array) > 1 and put not in firsts
        ]

    def _into(self, put: Put, value: str, at: str) -> None:
        code, dtype = self.code, dtype_of(put.array)
        if put.adds:
            front = self.fronts.get(put.array)
            if front is not None and front.first is put:
                before = literal(0, dtype)  # plus 0, so that no entry is -0.0
            else:
                before = load(code, dtype, at)
            value = ops.ENTRYWISE[np.add](code, dtype, before, value)
        store(code, dtype, value, at)


def where_waits(code: Code, number: int, put: Put) -> str:
    """Memory for a block of a part; other kernels use it again."""
    kind = TYPES[dtype_of(put.array)]
    return code.memory(f"[{BLOCK} x {kind}]", f"waits{number}")


def fill(code: Code, where: Where, array: Value, value: str) -> None:
    """All of an array that fills its memory."""
    dtype, (pointer, offset, _) = dtype_of(array), where.memory(array)
    base = moved(code, pointer, offset)

    def body(i: str) -> None:
        store(code, dtype, value, moved(code, base, times(code, i, dtype.itemsize)))

    if math.prod(array.shape):
        count(code, math.prod(array.shape), body)
