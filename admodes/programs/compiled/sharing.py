"""A long loop shared among threads: of the system, for Python's have no part in it.

The loop is a function of its own, of where its outermost axis begins and ends. Each thread gets a
frame, a piece of memory with all that the function needs, and leaves its sums there.
"""

import math
import os
from collections.abc import Iterator

from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.code import TRUTH, TYPES, Code, load, moved, store
from admodes.programs.compiled.entries import Where
from admodes.programs.compiled.fusing import Kernel
from admodes.programs.compiled.kinds import dtype_of
from admodes.programs.compiled.loops import BLOCK, Loops
from admodes.programs.compiled.memory import needs, owner
from admodes.programs.steps import Value

SHARE = 50_000
"""Entries that are worth a thread, which takes some 20 µs to begin and to end."""
DECLARED = """
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)
"""


def shares(kernel: Kernel, threads: int) -> int:
    """Among how many threads a loop is shared: 1 where its parts would meet."""
    if kernel.puts or any(node.made.shape or node.kind == "product" for node in kernel.reductions):
        return 1
    if os.name != "posix":
        return 1
    return max(1, min(threads, math.prod(kernel.shape) // SHARE))


class Shared:
    """Writes a loop as a function, and what has several threads go through it."""

    def __init__(self, name: str, where: Where, kernel: Kernel, count: int) -> None:
        self.name, self.outer, self.kernel = name, where, kernel
        self.code, inner = Code(), Where(where.fusing)
        fusing = where.fusing
        wanted = [*dict.fromkeys([*needs(fusing, kernel), *kernel.stores])]
        self.arrays = [*dict.fromkeys(owner(fusing, x) for x in wanted if x.shape)]
        self.numbers = [x for x in wanted if not x.shape]
        inner.pointers = {x: f"%a{i}" for i, x in enumerate(self.arrays)}
        inner.numbers = {x: f"%n{i}" for i, x in enumerate(self.numbers)}
        self.inner = inner
        self.loops = Loops(self.code, inner, kernel)
        self.loops.bounds = ("%first", "%last")
        self.count = min(count, self.loops.lengths[0])

    def text(self) -> str:
        """The function, and what a thread calls."""
        code, sums = self.code, self.kernel.reductions
        self.loops.write()
        for i, node in enumerate(sums):
            result = moved(code, "%results", 8 * i)
            store(code, dtype_of(node.made), self.inner.numbers[node.made], result)
        kinds = [f"ptr noalias %a{i}" for i, _ in enumerate(self.arrays)]
        kinds += [f"{TYPES[dtype_of(x)]} %n{i}" for i, x in enumerate(self.numbers)]
        kinds += ["i64 %first", "i64 %last", "ptr noalias %results"]
        body = [
            f"define internal void @{self.name}({', '.join(kinds)}) noinline {{",
            "entry:",
            *(f"  {line}" for line in code.allocated.values()),
            *code.lines,
            "  ret void",
            "}",
        ]
        thread, args = Code(), []
        for i, (_, kind) in enumerate(self._frame()):
            at = moved(thread, "%frame", 8 * i)
            if kind == "i1":
                args.append(f"i1 {load(thread, TRUTH, at)}")
            else:
                args.append(f"{kind} {thread.make(f'load {kind}, ptr {at}')}")
        results = moved(thread, "%frame", 8 * len(args))
        call = f"call void @{self.name}({', '.join([*args, f'ptr {results}'])})"
        begins = [f"define internal ptr @{self.name}_thread(ptr %frame) {{", "entry:"]
        return "\n".join([*body, *begins, *thread.lines, f"  {call}", "  ret ptr null", "}"])

    def _frame(self) -> Iterator[tuple[Value | None, str]]:
        """What is in a frame, each in 8 bytes; the sums come behind it."""
        yield from ((x, "ptr") for x in self.arrays)
        yield from ((x, TYPES[dtype_of(x)]) for x in self.numbers)
        yield from ((None, "i64"), (None, "i64"))

    def start(self, code: Code) -> None:
        """Write what shares it."""
        width = 8 * (len([*self._frame()]) + len(self.kernel.reductions))
        frames = [code.memory(f"[{width} x i8]") for _ in range(self.count)]
        for i, frame in enumerate(frames):
            self._fill(code, frame, i)
        begun = [self._begin(code, frame) for frame in frames[1:]]
        code.do(f"call ptr @{self.name}_thread(ptr {frames[0]})")
        for thread, runs in begun:
            self._end(code, thread, runs)
        for i, node in enumerate(self.kernel.reductions):
            dtype, place = dtype_of(node.made), width - 8 * (len(self.kernel.reductions) - i)
            found = [load(code, dtype, moved(code, frame, place)) for frame in frames]
            total = found[0]
            for one in found[1:]:
                total = ops.combined(code, node.kind, dtype, total, one)
            self.outer.numbers[node.made] = total

    def _fill(self, code: Code, frame: str, number: int) -> None:
        length = self.loops.lengths[0]
        unit = BLOCK if len(self.loops.lengths) == 1 else 1
        ends = [length * i // self.count // unit * unit for i in range(self.count)] + [length]
        bounds = iter((ends[number], ends[number + 1]))
        for i, (x, kind) in enumerate(self._frame()):
            at = moved(code, frame, 8 * i)
            if x is None:
                code.do(f"store i64 {next(bounds)}, ptr {at}")
            elif kind == "ptr":
                code.do(f"store ptr {self.outer.pointers[x]}, ptr {at}")
            else:
                store(code, dtype_of(x), self.outer.numbers[x], at)

    def _begin(self, code: Code, frame: str) -> tuple[str, str]:
        """A thread; where the system has none to give, the work is done at once."""
        thread = code.memory("i64")
        given = f"ptr {thread}, ptr null, ptr @{self.name}_thread, ptr {frame}"
        status = code.make(f"call i32 @pthread_create({given})")
        runs = code.make(f"icmp eq i32 {status}, 0")
        here, there = code.fresh("b"), code.fresh("b")
        code.do(f"br i1 {runs}, label %{there}, label %{here}")
        code.begin(here)
        code.do(f"call ptr @{self.name}_thread(ptr {frame})")
        code.do(f"br label %{there}")
        code.begin(there)
        return thread, runs

    def _end(self, code: Code, thread: str, runs: str) -> None:
        wait, after = code.fresh("b"), code.fresh("b")
        code.do(f"br i1 {runs}, label %{wait}, label %{after}")
        code.begin(wait)
        handle = code.make(f"load i64, ptr {thread}")
        code.do(f"call i32 @pthread_join(i64 {handle}, ptr null)")
        code.do(f"br label %{after}")
        code.begin(after)
