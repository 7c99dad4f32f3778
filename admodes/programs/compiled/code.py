"""Lines of LLVM's language: numbers and their types, memory, and loops."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

FLOAT, SINGLE, INTEGER, TRUTH = map(np.dtype, (np.float64, np.float32, np.int64, np.bool_))
TYPES = {FLOAT: "double", SINGLE: "float", INTEGER: "i64", TRUTH: "i1"}
"""What is computed with; anything else is NumPy's to compute."""


class Code:
    """Lines of a function. Each value has a name of its own, and is made once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.allocated: dict[Any, str] = {}  #: on the stack
        self.block = "entry"
        self.externals: dict[str, str] = {}  #: by name how a function is declared
        self._count = 0

    def fresh(self, prefix: str = "%v") -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def memory(self, kind: str, known: str = "") -> str:
        """On the stack; what is known is used again."""
        key = (kind, known) if known else len(self.allocated)
        if key not in self.allocated:
            name = self.fresh("%s")
            self.allocated[key] = f"{name} = alloca {kind}"
        return self.allocated[key].partition(" ")[0]

    def make(self, text: str) -> str:
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def begin(self, block: str) -> None:
        """From here on it is another block."""
        self.lines.append(f"{block}:")
        self.block = block

    def call(self, name: str, kind: str, *args: str) -> str:
        """A function of numbers, all of the same type."""
        given = ", ".join(f"{kind} {arg}" for arg in args)
        self.externals[name] = f"declare {kind} @{name}({', '.join([kind] * len(args))})"
        return self.make(f"call {kind} @{name}({given})")


def literal(x: Any, dtype: np.dtype[Any]) -> str:
    """A number as LLVM reads it."""
    if dtype == TRUTH:
        return "true" if x else "false"
    if dtype == INTEGER:
        return str(int(x))
    # A single is written as the double that it is.
    with np.errstate(over="ignore"):
        return f"0x{struct.pack('>d', float(dtype.type(x))).hex().upper()}"


def converted(code: Code, x: str, has: np.dtype[Any], wants: np.dtype[Any]) -> str:
    """The same number of another type."""
    if has == wants:
        return x
    if wants == TRUTH:
        zero = literal(0, has)
        return code.make(f"{'icmp ne' if has == INTEGER else 'fcmp une'} {TYPES[has]} {x}, {zero}")
    how = {
        (FLOAT, SINGLE): "fptrunc",
        (SINGLE, FLOAT): "fpext",
        (TRUTH, INTEGER): "zext",
        (TRUTH, FLOAT): "uitofp",
        (TRUTH, SINGLE): "uitofp",
    }.get((has, wants), "sitofp")
    return code.make(f"{how} {TYPES[has]} {x} to {TYPES[wants]}")


def convertible(has: np.dtype[Any], wants: np.dtype[Any]) -> bool:
    """Not from floating point to an integer: beyond its range it is any number."""
    return has in TYPES and wants in TYPES and (wants != INTEGER or has in (INTEGER, TRUTH))


def load(code: Code, dtype: np.dtype[Any], pointer: str, alignment: int = 1) -> str:
    if dtype == TRUTH:
        byte = code.make(f"load i8, ptr {pointer}, align 1")
        return code.make(f"trunc i8 {byte} to i1")
    return code.make(f"load {TYPES[dtype]}, ptr {pointer}, align {alignment}")


def store(code: Code, dtype: np.dtype[Any], x: str, pointer: str) -> None:
    if dtype == TRUTH:
        x = code.make(f"zext i1 {x} to i8")
    code.do(f"store {'i8' if dtype == TRUTH else TYPES[dtype]} {x}, ptr {pointer}, align 1")


def moved(code: Code, pointer: str, offset: int | str) -> str:
    if offset == 0:
        return pointer
    return code.make(f"getelementptr inbounds i8, ptr {pointer}, i64 {offset}")


def times(code: Code, x: str, y: int) -> str:
    return x if y == 1 else code.make(f"mul nsw i64 {x}, {y}")


def in_vectors(width: int) -> str:
    """Tells a loop to take so many entries at a time, where the machine has such vectors."""
    return f", !llvm.loop !{width}"


def count(
    code: Code,
    stop: int | str,
    body: Callable[[str], None],
    step: int = 1,
    start: int | str = 0,
    hint: str = "",
) -> None:
    """``for i in range(start, stop, step): body(i)``; a hint stands behind the jump back."""
    if (start, stop) == (0, 1):
        body("0")
        return
    head, inside, after = (code.fresh("b") for _ in range(3))
    i, following = code.fresh(), code.fresh()
    before = code.block
    code.do(f"br label %{head}")
    code.begin(head)
    phi = len(code.lines)
    code.lines.append("")
    more = code.make(f"icmp slt i64 {i}, {stop}")
    code.do(f"br i1 {more}, label %{inside}, label %{after}")
    code.begin(inside)
    body(i)
    code.do(f"{following} = add nsw i64 {i}, {step}")
    code.do(f"br label %{head}{hint}")
    code.lines[phi] = f"  {i} = phi i64 [{start}, %{before}], [{following}, %{code.block}]"
    code.begin(after)
