"""Where the numbers and arrays are that only compiled code needs: in one piece of memory."""

import bisect
import heapq
from collections.abc import Iterable

from admodes.programs.compiled.fusing import Fusing, Kernel, Put, Zeros
from admodes.programs.compiled.kinds import dtype_of
from admodes.programs.compiled.nodes import Node, View
from admodes.programs.steps import Value

SLOT = 8
"""Bytes of a number."""
LINE = 64
"""Where an array begins: a multiple of that."""


class Memory:
    """A place for each: `places`, in bytes, of `nbytes`."""

    def __init__(self, fusing: Fusing) -> None:
        self.fusing = fusing
        self.places: dict[Value, int] = {}
        self.nbytes = 0
        self._numbers()
        self._arrays()

    def _numbers(self) -> None:
        """Numbers that are made in a segment and needed outside of it."""
        made: dict[Value, int] = {}
        wanted: dict[Value, int] = {}
        for stage, parts in self._parts():
            for part, values in parts:
                for x in values:
                    if not x.shape and x in made and made[x] != stage:
                        wanted.setdefault(x, stage)
                for x in makes(part):
                    made[x] = stage
        for x in made:
            if not x.shape and dtype_of(x) is not None and (x in wanted or x in self.fusing.python):
                self.places[x] = self.nbytes
                self.nbytes += SLOT
        self.nbytes = -(-self.nbytes // LINE) * LINE or LINE

    def _parts(self) -> Iterable[tuple[int, list[tuple[object, list[Value]]]]]:
        for stage, segment in sorted(self.fusing.segments.items()):
            yield stage, [(part, [*needs(self.fusing, part)]) for part in segment.parts]

    def _arrays(self) -> None:
        """By a linear scan over their lives: each goes into the first gap that is large enough."""
        born: dict[Value, int] = {}
        last: dict[Value, int] = {}
        here = 0
        for _, parts in self._parts():
            for part, values in parts:
                here += 1
                for x in makes(part):
                    if x.shape:
                        born.setdefault(x, here)
                        last[x] = here
                for x in values:
                    base = owner(self.fusing, x)
                    if base in born:
                        last[base] = here
        gaps = Gaps(self.nbytes)
        lying: list[tuple[int, int, int, int]] = []  # until when, which, from where to where
        for number, (x, start) in enumerate(born.items()):
            if x in self.fusing.python:
                continue
            while lying and lying[0][0] < start:
                _, _, low, high = heapq.heappop(lying)
                gaps.give(low, high)
            low, high = gaps.take(max(x.nbytes, 1))
            self.places[x] = low
            heapq.heappush(lying, (last[x], number, low, high))
        self.nbytes = max(self.nbytes, gaps.most)


class Gaps:
    """What is free of some memory, from its first byte that may be: each piece begins a line."""

    def __init__(self, start: int) -> None:
        self.free: list[tuple[int, int]] = []  #: from where to where, in order, none beside another
        self.end = self.most = start  #: of what is taken now, and was at any time

    def take(self, size: int) -> tuple[int, int]:
        """The first piece that is large enough, from where to where."""
        size = -(-size // LINE) * LINE
        for i, (low, high) in enumerate(self.free):
            if low + size <= high:
                self.free[i : i + 1] = [(low + size, high)] if low + size < high else []
                return low, low + size
        low, self.end = self.end, self.end + size
        self.most = max(self.most, self.end)
        return low, self.end

    def give(self, low: int, high: int) -> None:
        """Back."""
        i = bisect.bisect(self.free, (low, high))
        if i < len(self.free) and self.free[i][0] == high:
            high = self.free.pop(i)[1]
        if i and self.free[i - 1][1] == low:
            low = self.free.pop(i - 1)[0]
            i -= 1
        if high == self.end:
            self.end = low
        else:
            self.free.insert(i, (low, high))


def makes(part: object) -> list[Value]:
    """What a part of a segment makes."""
    if isinstance(part, Kernel):
        put = [put.array for put in part.puts]
        return [*part.stores, *(node.made for node in part.reductions), *put, *part.begun]
    if isinstance(part, (Put, Zeros)):
        return [part.array]
    assert isinstance(part, Node)
    return [part.made]


def needs(fusing: Fusing, part: object) -> Iterable[Value]:
    """What a part of a segment reads from memory, or as a number."""
    if isinstance(part, Kernel):
        yield from (x for x, is_computed in gone_through(fusing, part) if not is_computed)
    elif isinstance(part, Put):
        yield part.array
        if part.part.__class__ is Value:
            yield part.part
        yield from (x for x, _, _ in part.place.moving)
    elif isinstance(part, Zeros):
        return
    else:
        assert isinstance(part, Node)
        yield from part.uses()


def gone_through(fusing: Fusing, kernel: Kernel) -> Iterable[tuple[Value, bool]]:
    """What a loop reads or computes of each entry, and whether it computes it."""
    wanted = [*kernel.stores, *(node.array for node in kernel.reductions)]
    wanted += [put.part for put in kernel.puts if put.part.__class__ is Value]
    seen: set[Value] = set()
    while wanted:
        x = wanted.pop()
        if x in seen:
            continue
        seen.add(x)
        is_computed = bool(x.shape) and fusing.computed_in(x, kernel.time)
        if is_computed:
            wanted += fusing.by[x].uses()
        yield x, is_computed


def owner(fusing: Fusing, x: Value) -> Value:
    """The array whose memory a value shows."""
    node = fusing.by.get(x)
    while isinstance(node, View) and node.made.shape:
        x = node.base
        node = fusing.by.get(x)
    return x
