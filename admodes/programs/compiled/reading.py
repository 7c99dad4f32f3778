"""A compiled program to read: lines of NumPy that do the same, loop by loop.

What stands below a loop's comment is computed entry by entry, in one pass through memory, and is
nowhere but in registers, unless the comment says that it is stored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from admodes.programs.buffers import Plan
from admodes.programs.compiled.fusing import Fusing, Kernel, Put
from admodes.programs.compiled.memory import gone_through
from admodes.programs.source import Writer, Written, used_once
from admodes.programs.steps import Guard, Step, Steps, Value, used


class LoopByLoop(Writer):
    """Writes the steps of a program in the order in which compiled code does them."""

    def __init__(self, steps: Steps, title: str) -> None:
        self.fusing = fusing = Fusing(steps)
        self.entries = {
            kernel: [x for x, is_computed in gone_through(fusing, kernel) if is_computed]
            for kernel in fusing.kernels.values()
        }
        self.step_of = {part.made: part for part in steps.code if isinstance(part, Step)}
        calls = [node for nodes in fusing.calls.values() for node in nodes]
        self.numpys, called = {node.made for node in calls}, {id(node.step) for node in calls}
        #: what compiled code asks itself, and has not asked yet
        self.guards = [
            part
            for part in steps.code
            if isinstance(part, Guard) and id(part) not in called and part.kind is not np.shape
        ]
        super().__init__(steps, title)

    def _names_of_buffers(self) -> list[str]:
        self.plan = Plan()
        times = Counter(x for entries in self.entries.values() for x in entries)
        alone = {x for x in used_once(self.steps, self.plan) if times[x] == 1 or x not in times}
        self.inside = alone - self.numpys - self.fusing.stored - self.wishes.keys()
        return []

    def _body(self) -> Iterator[Written]:
        fusing = self.fusing
        parts = [part for stage in sorted(fusing.segments) for part in fusing.segments[stage].parts]
        whole = {array: part for part in parts for array in put_into(part)}  # after the last of it
        for stage in sorted({*fusing.segments, *fusing.calls}):
            segment = fusing.segments.get(stage)
            for part in segment.parts if segment else ():
                arrays = [array for array in put_into(part) if whole[array] is part]
                if isinstance(part, Kernel):
                    yield from self._loop(part, arrays)
                else:
                    yield from self._lines([*arrays, *filter(None, [getattr(part, "made", None)])])
                yield from self._guards()
            for call in fusing.calls.get(stage, ()):
                if isinstance(call.step, Guard):
                    yield from self._guard(call.step)
                else:
                    yield from self._lines(call.uses())
                    yield Written("# called as it is", None)
                    yield from self._lines([call.made])
        yield from self._lines(x for x in self.steps.outputs if x.__class__ is Value)
        yield Written(f"return {self.results()}", None)

    def _loop(self, kernel: Kernel, arrays: list[Value]) -> Iterator[Written]:
        entries = sorted(self.entries[kernel], key=self.fusing.order.__getitem__)
        again = [self.texts[x].text for x in entries if x in self.texts]
        lines = [*self._lines([*entries, *(node.made for node in kernel.reductions), *arrays])]
        stored = [self.texts[x].text for x in (*kernel.stores, *arrays) if x in self.texts]
        text = f"# one loop over {kernel.shape}"
        text += f", which stores {', '.join(stored)}" if stored else ""
        text += f", and computes {', '.join(again)} once more" if again else ""
        yield Written(text, None)
        yield from lines

    def _lines(self, wanted: Iterable[Value]) -> Iterator[Written]:
        """Of what has not been written yet, and of what is needed for it: views, say."""
        missing = [*wanted][::-1]
        while missing:
            x = missing[-1]
            step = self.step_of.get(x)
            if step is None or x in self.texts:
                missing.pop()
                continue
            before = [y for y in used(step) if y in self.step_of and y not in self.texts]
            missing += before
            if not before:
                for line in self.line(step):
                    yield Written(line, step.line)

    def _guards(self) -> Iterator[Written]:
        """Those whose value there is by now."""
        now = [guard for guard in self.guards if guard.value in self.texts]
        self.guards = [guard for guard in self.guards if guard.value not in self.texts]
        for guard in now:
            yield from self._guard(guard)

    def _guard(self, guard: Guard) -> Iterator[Written]:
        yield from self._lines([guard.value])
        for line in self.guard(guard):
            yield Written(line, guard.line)


def put_into(part: Any) -> list[Value]:
    """The arrays that a part of a segment puts something into."""
    puts = part.puts if isinstance(part, Kernel) else [part] if isinstance(part, Put) else []
    return [*dict.fromkeys(put.array for put in puts)]
