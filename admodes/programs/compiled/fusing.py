"""Which steps share a loop, and what has to be in memory.

All that is computed of the same entries, entry by entry, is one loop, as far as nothing in it waits
for a whole array. So every step has a *time* ``(stage, level)``: a stage ends where NumPy is
called, a level where an array is complete, or a sum. What is computed over one shape at one time is
one loop, a `Kernel`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from admodes.programs.compiled.kinds import is_array
from admodes.programs.compiled.lowering import DEAR, Lowering
from admodes.programs.compiled.nodes import (
    Called,
    Entrywise,
    Gathered,
    Node,
    Parts,
    Place,
    Reduced,
    View,
)
from admodes.programs.steps import Guard, Steps, Value

AGAIN = 8
"""What costs no more is computed again rather than stored."""
GATHERED = 4
"""What an entry costs whose place is read, too."""
STRETCHED = 2
"""The same where it would be computed again for each row."""


class Time(NamedTuple):
    stage: int
    level: int

    def later(self) -> "Time":
        return self._replace(level=self.level + 1)


@dataclass(eq=False)
class Put:
    """A part of an array that a kernel writes, or adds to it."""

    array: Value
    part: Any
    place: Place
    adds: bool


@dataclass(eq=False)
class Kernel:
    """One loop over all entries of a shape."""

    shape: tuple[int, ...]
    time: Time
    stores: list[Value] = field(default_factory=list)
    reductions: list[Reduced] = field(default_factory=list)
    puts: list[Put] = field(default_factory=list)
    begun: set[Value] = field(default_factory=set)  #: arrays that nothing else puts parts into


class Zeros(NamedTuple):
    """An array is filled with zeros."""

    array: Value


@dataclass
class Segment:
    """What is compiled as one function: between calls of NumPy."""

    #: scalars, in their order, and kernels after those that they need
    parts: list[Node | Kernel | Put | Zeros] = field(default_factory=list)


class Fusing:
    """Times, kernels and segments of all nodes."""

    def __init__(self, steps: Steps) -> None:
        lowering = Lowering(steps)
        self.steps, self.nodes, self.by = steps, lowering.nodes, lowering.by
        self.order = {node.made: i for i, node in enumerate(self.nodes)}
        self.constants = dict(lowering.constants.values())
        self.free: dict[Value, Time] = dict.fromkeys([*steps.inputs, *self.constants], Time(0, 0))
        self.home: dict[Value, Time] = {}  #: of what loops compute, entry by entry
        self.cost: dict[Value, int] = {}
        self.again: dict[Value, int] = {}  #: the same, where what is stored for others is read
        self.stored: set[Value] = set()
        self.python = self._python()
        self.kernels: dict[tuple[Time, tuple[int, ...]], Kernel] = {}
        self.timed: dict[Time, list[Any]] = defaultdict(list)
        self.zeros: dict[Time, list[Zeros]] = defaultdict(list)
        self.calls: dict[int, list[Called]] = defaultdict(list)
        for node in self.nodes:
            self._place(node)
        self._store()
        self.segments = self._segments()

    def _python(self) -> set[Value]:
        """What is needed outside of compiled code: in calls, as a result, or for views of it."""
        wanted = {x for x in self.steps.outputs if x.__class__ is Value}
        for node in reversed(self.nodes):
            shows = isinstance(node, View) and is_array(node.made) and node.made in wanted
            if shows or isinstance(node, Called):
                wanted.update(node.uses())
        return wanted

    # --- Times ------------------------------------------------------------------------------------

    def _complete(self, x: Any) -> Time:
        """When a value is in memory, or a number is known."""
        if x.__class__ is not Value:
            return Time(0, 0)
        if x in self.home:
            self.stored.add(x)
            return self.home[x].later()
        return self.free[x]

    def _entry(self, x: Any, shape: tuple[int, ...]) -> Time:
        """When an entry of it can be had, in a loop over `shape`."""
        if x in self.home and (x.shape == shape or self.cost[x] <= STRETCHED):
            return self.home[x]
        return self._complete(x)

    def _place(self, node: Node) -> None:
        made = node.made
        if isinstance(node, Called):
            stage = max((self._complete(x).stage for x in node.uses()), default=0)
            if isinstance(node.step, Guard) and isinstance(self.by.get(node.step.value), Called):
                stage -= 1  # what is called for comes next, and has been told to hold by then
            self.calls[stage].append(node)
            self.free[made] = Time(stage + 1, 0)
        elif isinstance(node, Entrywise) and made.shape:
            self.home[made] = max(self._entry(x, made.shape) for x in (*node.uses(), None))
            of = {*node.uses()}
            self.cost[made] = node.cost + sum(self.cost.get(x, 1) for x in of)
            read = {x for x in of if x in self.stored and self.cost[x] >= DEAR}
            again = sum(self.again.get(x, 1) for x in of - read)
            self.again[made] = node.cost + len(read) + again
        elif isinstance(node, Gathered):
            self.home[made] = max(self._complete(node.array), self._entry(node.places, made.shape))
            self.cost[made] = self.again[made] = GATHERED
        elif isinstance(node, Reduced):
            self._reduce(node)
        elif isinstance(node, Parts):
            self._parts(node)
        elif isinstance(node, View) and made.shape:
            self.free[made] = self._complete(node.base)
        else:  # a number
            time = max((self._complete(x) for x in node.uses()), default=Time(0, 0))
            self.free[made] = time
            self.timed[time].append(node)

    def _kernel(self, time: Time, shape: tuple[int, ...]) -> Kernel:
        if (time, shape) not in self.kernels:
            self.kernels[time, shape] = Kernel(shape, time)
        return self.kernels[time, shape]

    def _reduce(self, node: Reduced) -> None:
        time = self._entry(node.array, node.array.shape)
        self._kernel(time, node.array.shape).reductions.append(node)
        self.free[node.made] = time.later()

    def _parts(self, node: Parts) -> None:
        adds = node.how == "sum"
        arrays = [(part, place) for part, place in node.parts if place.shape]
        numbers = [(part, place) for part, place in node.parts if not place.shape]
        if adds and len({place.shape for _, place in arrays}) > 1:
            arrays.sort(key=lambda each: each[1].shape != node.made.shape)
        whole = [place.shape == node.made.shape for _, place in arrays]
        if node.how == "over" or (adds and len({*whole}) > 1):  # the first is all of it
            time = self._put(node.made, arrays[:1], Time(0, 0), False).later()
            time = self._put(node.made, arrays[1:], time, adds)
        else:
            time = self._put(node.made, arrays, Time(0, 0), adds)
            shapes = {place.shape for _, place in arrays}
            if len(shapes) == 1:
                self._kernel(time, *shapes).begun.add(node.made)
            elif adds:
                self.zeros[time].append(Zeros(node.made))
        end = time.later()
        if numbers:
            end = max([end, *(self._complete(part) for part, _ in numbers)])
            end = max([end, *(self._complete(x) for _, p in numbers for x, _, _ in p.moving)])
            for part, place in numbers:
                self.timed[end].append(Put(node.made, part, place, adds))
        self.free[node.made] = end

    def _put(
        self, array: Value, parts: Sequence[tuple[Any, Place]], time: Time, adds: bool
    ) -> Time:
        """All at one time."""
        time = max([time, *(self._entry(part, place.shape) for part, place in parts)])
        for part, place in parts:
            self._kernel(time, place.shape).puts.append(Put(array, part, place, adds))
        return time

    # --- Memory -----------------------------------------------------------------------------------

    def _store(self) -> None:
        """What a kernel does not compute itself is stored by the one that does."""
        self.stored |= self.python & self.home.keys()
        self._delay()
        for x in [*self.home]:
            node = self.by.get(x)
            if isinstance(node, Entrywise):
                self._cross(node.uses(), x.shape, self.home[x])
        for kernel in self.kernels.values():
            wanted = [node.array for node in kernel.reductions]
            wanted += [put.part for put in kernel.puts if put.part.__class__ is Value]
            self._cross(wanted, kernel.shape, kernel.time)
        for x in self.home:
            if x in self.stored:
                self._kernel(self.home[x], x.shape).stores.append(x)

    def _delay(self) -> None:
        """What is only needed later is computed there, if it need not be complete by then."""
        needed: dict[Value, list[Time]] = defaultdict(list)
        for kernel in self.kernels.values():
            for node in kernel.reductions:
                needed[node.array].append(kernel.time)
            for put in kernel.puts:
                needed[put.part].append(kernel.time)
        for x in reversed([*self.home]):
            if x not in self.stored and needed[x]:
                self.home[x] = min(needed[x])
            for y in self.by[x].uses():
                needed[y].append(self.home[x])

    def _cross(self, values: Iterable[Value], shape: tuple[int, ...], time: Time) -> None:
        for x in values:
            if x in self.home and self.home[x] != time and self.again[x] > AGAIN:
                self.stored.add(x)

    def computed_in(self, x: Value, time: Time) -> bool:
        """Whether a kernel at that time computes an entry, and does not read it from memory."""
        return x in self.home and (x not in self.stored or self.home[x] == time)

    def _segments(self) -> dict[int, Segment]:
        times = {*self.timed, *self.zeros, *(time for time, _ in self.kernels)}
        segments: dict[int, Segment] = defaultdict(Segment)
        for time in sorted(times):
            parts = segments[time.stage].parts
            parts += self.timed.get(time, [])
            parts += self.zeros.get(time, [])
            parts += [kernel for (own, _), kernel in self.kernels.items() if own == time]
        return segments
