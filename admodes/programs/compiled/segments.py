"""A segment as a function of LLVM's language, which Python calls.

It gets Python's objects: of arrays it takes the pointer to the entries, of numbers the number, both
of which stand behind what all objects begin with. Numbers that others need go into a piece of
memory that all segments of a program share, as do the arrays that only they need.
"""

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.code import (
    TRUTH,
    TYPES,
    Code,
    converted,
    literal,
    load,
    moved,
    store,
    times,
)
from admodes.programs.compiled.entries import Where, computed
from admodes.programs.compiled.fusing import Fusing, Kernel, Put, Segment, Zeros
from admodes.programs.compiled.kinds import dtype_of, is_array
from admodes.programs.compiled.loops import Loops, fill
from admodes.programs.compiled.nodes import Asked, Entrywise, Place, View
from admodes.programs.compiled.sharing import Shared, shares
from admodes.programs.steps import Value

HEAD = object.__basicsize__
"""Bytes with which every object of Python begins."""
TOGETHER = 16
"""Questions that are answered in one."""
LONG = 50_000
"""Entries from which on other threads of Python may go on meanwhile."""


class Function:
    """Writes a segment."""

    def __init__(
        self,
        name: str,
        fusing: Fusing,
        segment: Segment,
        given: Sequence[Value],
        places: dict[Value, int],
        threads: int = 1,
    ) -> None:
        self.name, self.fusing, self.segment = name, fusing, segment
        self.given = given  #: what it is called with, beside the memory
        self.places = places  #: of numbers and arrays in the memory
        self.threads = threads
        self.shared: list[Shared] = []  #: loops
        self.code, self.where = Code(), Where(fusing)
        self.wrong: list[str] = []  #: what has been asked, of which the flag does not know yet
        self.where.pointers = {x: f"%a{i}" for i, x in enumerate(given) if is_array(x)}

    def text(self) -> str:
        """Its text, and that of what Python calls."""
        code = self.code
        self.bad = code.memory("i1")
        code.do(f"store i1 false, ptr {self.bad}")
        self._begin()
        for part in self.segment.parts:
            self.part(part)
        self._note()
        bad = code.make(f"load i1, ptr {self.bad}")
        status = code.make(f"zext i1 {bad} to i64")
        code.do(f"ret i64 {status}")
        kinds = ["ptr noalias %memory"] + [
            f"ptr noalias %a{i}" if is_array(x) else f"{TYPES[dtype_of(x)]} %a{i}"
            for i, x in enumerate(self.given)
        ]
        body = [
            f"define internal i64 @{self.name}_body({', '.join(kinds)}) noinline {{",
            "entry:",
            *(f"  {line}" for line in code.allocated.values()),
            *code.lines,
            "}",
        ]
        loops = [shared.text() for shared in self.shared]
        for shared in self.shared:
            code.externals |= shared.code.externals
        return "\n".join([*loops, *body, *self._entry()])

    def _begin(self) -> None:
        """Numbers that it is given, or that are in memory, and pointers to arrays there."""
        code = self.code
        for i, x in enumerate(self.given):
            if not is_array(x):
                self.where.numbers[x] = f"%a{i}"
            elif not x.shape:
                self.where.numbers[x] = load(code, dtype_of(x), f"%a{i}")
        for x, place in self.places.items():
            if x.shape:
                self.where.pointers[x] = moved(code, "%memory", place)
        own = {getattr(part, "made", None) for part in self.segment.parts}
        own |= {n.made for p in self.segment.parts if isinstance(p, Kernel) for n in p.reductions}
        for x, place in self.places.items():
            if not x.shape and x not in own:
                dtype = dtype_of(x)
                self.where.numbers[x] = load(code, dtype, moved(code, "%memory", place), 8)

    def part(self, part: Any) -> None:
        code = self.code
        if isinstance(part, Kernel):
            count = shares(part, self.threads)
            if count > 1:
                name = f"{self.name}_loop{len(self.shared)}"
                self.shared.append(Shared(name, self.where, part, count))
                self.shared[-1].start(code)
            else:
                Loops(code, self.where, part).write()
            for node in part.reductions:
                self._export(node.made)
        elif isinstance(part, Put):
            dtype = dtype_of(part.array)
            to = self._address(part.array, part.place)
            value = self.entry(part.part, dtype)
            if part.adds:
                value = ops.ENTRYWISE[np.add](code, dtype, load(code, dtype, to), value)
            store(code, dtype, value, to)
        elif isinstance(part, Zeros):
            fill(code, self.where, part.array, literal(0, dtype_of(part.array)))
        elif isinstance(part, Asked):
            self._ask(self.where.numbers[part.truth], part.expected)
        elif isinstance(part, View):
            dtype = dtype_of(part.made)
            pointer = self._address(part.base, part.place)
            self.where.numbers[part.made] = load(code, dtype, pointer)
            self._export(part.made)
        else:
            assert isinstance(part, Entrywise)
            self.where.numbers[part.made] = computed(code, part, self.entry)
            self._export(part.made)

    def entry(self, x: Any, dtype: np.dtype[Any]) -> str:
        if x.__class__ is not Value:
            return literal(x, dtype)
        has = dtype_of(x)
        return converted(self.code, self.where.numbers[x], has, dtype)

    def _export(self, x: Value) -> None:
        if x in self.places and not x.shape:
            dtype = dtype_of(x)
            store(
                self.code, dtype, self.where.numbers[x], moved(self.code, "%memory", self.places[x])
            )

    def _ask(self, truth: str, expected: bool = True) -> None:
        code = self.code
        self.wrong.append(code.make(f"xor i1 {truth}, true") if expected else truth)
        if len(self.wrong) == TOGETHER:
            self._note()

    def _note(self) -> None:
        """Whether anything was wrong; volatile, for LLVM takes long over hundreds in one "or"."""
        code = self.code
        for wrong in self.wrong:
            before = code.make(f"load i1, ptr {self.bad}")
            code.do(f"store i1 {code.make(f'or i1 {before}, {wrong}')}, ptr {self.bad}")
        known = code.make(f"load volatile i1, ptr {self.bad}")
        code.do(f"store volatile i1 {known}, ptr {self.bad}")
        self.wrong.clear()

    def _address(self, array: Value, place: Place) -> str:
        """Where a single entry is; what is outside of the array does not fit the program."""
        code = self.code
        pointer, offset, _ = self.where.memory(array)
        pointer = moved(code, pointer, offset + place.offset)
        for x, stride, length in place.moving:
            i = self.where.numbers[x]
            negative = code.make(f"icmp slt i64 {i}, 0")
            wrapped = code.make(f"add i64 {i}, {length}")
            i = code.make(f"select i1 {negative}, i64 {wrapped}, i64 {i}")
            inside = code.make(f"icmp ult i64 {i}, {length}")
            self._ask(inside)
            i = code.make(f"select i1 {inside}, i64 {i}, i64 0")
            pointer = moved(code, pointer, times(code, i, stride))
        return pointer

    def _entry(self) -> list[str]:
        """What Python calls: it takes the objects apart."""
        lines = [f"define ptr @{self.name}(ptr %self, ptr %objects, i64 %count) {{", "entry:"]

        def make(name: str, text: str) -> str:
            lines.append(f"  {name} = {text}")
            return name

        args = []
        for i, x in enumerate([None, *self.given]):
            slot = make(f"%slot{i}", f"getelementptr ptr, ptr %objects, i64 {i}")
            found = make(f"%object{i}", f"load ptr, ptr {slot}")
            behind = make(f"%behind{i}", f"getelementptr i8, ptr {found}, i64 {HEAD}")
            if x is None or is_array(x):
                args.append(f"ptr {make(f'%x{i}', f'load ptr, ptr {behind}')}")
                continue
            dtype = dtype_of(x)
            if dtype == TRUTH:
                byte = make(f"%byte{i}", f"load i8, ptr {behind}")
                args.append(f"i1 {make(f'%x{i}', f'trunc i8 {byte} to i1')}")
            else:
                kind = TYPES[dtype]
                args.append(f"{kind} {make(f'%x{i}', f'load {kind}, ptr {behind}')}")
        call = f"call i64 @{self.name}_body({', '.join(args)})"
        if self.is_long():
            lines.append("  %thread = call ptr @PyEval_SaveThread()")
            lines.append(f"  %status = {call}")
            lines.append("  call void @PyEval_RestoreThread(ptr %thread)")
        else:
            lines.append(f"  %status = {call}")
        return [
            *lines,
            "  %result = call ptr @PyLong_FromLongLong(i64 %status)",
            "  ret ptr %result",
            "}",
        ]

    def is_long(self) -> bool:
        kernels = [part for part in self.segment.parts if isinstance(part, Kernel)]
        return sum(int(np.prod(kernel.shape)) for kernel in kernels) >= LONG


DECLARED = """
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
"""


def check_objects() -> None:
    """That objects are laid out as is assumed here.

    Raises
    ------
    RuntimeError
        Where they are not: in another Python than CPython, say.
    """
    x, y = np.arange(3.0), np.float64(1.5)
    pointer = ctypes.c_void_p.from_address(id(x) + HEAD).value
    number = ctypes.c_double.from_address(id(y) + HEAD).value
    if pointer != x.ctypes.data or number != 1.5:
        raise RuntimeError('backend="compiled" needs CPython: objects are laid out otherwise here')
