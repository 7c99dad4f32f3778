"""The lines of Python between compiled segments: memory for results, and calls of NumPy."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from admodes.programs.compiled import sharing, vectors
from admodes.programs.compiled.code import FLOAT, INTEGER, SINGLE
from admodes.programs.compiled.fusing import Fusing
from admodes.programs.compiled.kinds import dtype_of, is_array
from admodes.programs.compiled.machine import functions, ready
from admodes.programs.compiled.memory import Memory, makes, needs, owner
from admodes.programs.compiled.nodes import Called, View
from admodes.programs.compiled.segments import DECLARED, Function, check_objects
from admodes.programs.expressions import Text
from admodes.programs.source import Changed, Writer, Written, runnable
from admodes.programs.steps import Guard, Step, Steps, Value


class Shared:
    """The memory that segments share, and how Python sees numbers in it."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes
        self.buffers = [None]

    def empty(self) -> list[np.ndarray]:
        memory = np.empty(self.nbytes + 64, np.uint8)
        start = -memory.ctypes.data % 64
        memory = memory[start : start + self.nbytes]
        return [memory, *(memory[: self.nbytes // 8 * 8].view(kind) for kind in VIEWS)]


VIEWS = (np.float64, np.float32, np.int64, np.bool_)
NAMES = ("memory", "doubles", "singles", "integers", "truths")


class Driver(Writer):
    """Writes what calls the segments."""

    def __init__(self, steps: Steps, title: str, threads: int = 1) -> None:
        self.threads = threads
        self.fusing = Fusing(steps)
        self.memory = Memory(self.fusing)
        self.functions: list[Function] = []
        self.step_of = {step.made: step for step in steps.code if isinstance(step, Step)}
        #: arrays that compiled code reads
        self.read = {
            owner(self.fusing, x)
            for segment in self.fusing.segments.values()
            for part in segment.parts
            for x in needs(self.fusing, part)
        }
        super().__init__(steps, title)

    def _names_of_buffers(self) -> list[str]:
        self.plan: Any = Shared(self.memory.nbytes)
        return [self.fresh(name) for name in NAMES]

    def assembly(self) -> str:
        """The segments, in LLVM's language."""
        parts = [function.text() for function in self.functions]
        externals: dict[str, str] = {}
        for function in self.functions:
            externals |= function.code.externals
        head = DECLARED + sharing.DECLARED if self.threads > 1 else DECLARED
        return vectors.declared(head + "\n".join(parts), externals)

    def _body(self) -> Iterator[Written]:
        yield Written(f"{', '.join(self.buffers)}, = buffers", None)
        for x, array in self.fusing.constants.items():
            self.texts[x] = Text(self.named(array, "c"))
        stages = sorted({*self.fusing.segments, *self.fusing.calls})
        for stage in stages:
            for line in [*self._segment(stage), *self._calls(stage)]:
                yield Written(line, None)
        for x in self.steps.outputs:
            if x.__class__ is Value:
                for line in self._shown(x):
                    yield Written(line, None)
        yield Written(f"return {self.results()}", None)

    # --- Segments ---------------------------------------------------------------------------------

    def _segment(self, stage: int) -> Iterator[str]:
        segment = self.fusing.segments.get(stage)
        if segment is None:
            return
        given: list[Value] = []
        made: list[Value] = []
        for part in segment.parts:
            made += makes(part)
            for x in [*needs(self.fusing, part), *makes(part)]:
                base = owner(self.fusing, x)
                if base in self.memory.places or base in given:
                    continue
                if base.shape or (base in self.texts and base not in made):
                    given.append(base)
        for x in given:
            if x not in self.texts:  # a result, or what NumPy is called with
                yield f"{self.name_of(x)} = {self._empty(x)}"
        name = self.fresh(f"segment{len(self.functions)}")
        places = self.memory.places
        function = Function(name, self.fusing, segment, given, places, self.threads)
        self.functions.append(function)
        arguments = ", ".join([self.buffers[0], *map(self._argument, given)])
        yield f"if {name}({arguments}):"
        yield "    raise Changed"
        for x in made:
            if x in self.memory.places and not x.shape and x in self.fusing.python:
                yield f"{self.name_of(x)} = {self._number(x)}"

    def _empty(self, x: Value) -> str:
        """Memory for an array, its axes in the order that NumPy gave it."""
        assert x.dtype is not None
        dtype = "" if x.dtype == FLOAT else f", {self.text(x.dtype)}"
        if x.strides is None or x.in_order:
            return f"np.empty({x.shape}{dtype})"
        strides = x.strides
        axes = sorted(range(len(x.shape)), key=lambda i: (-strides[i], x.shape[i] == 1))
        shape = tuple(x.shape[i] for i in axes)
        back = tuple(axes.index(i) for i in range(len(axes)))
        return f"np.empty({shape}{dtype}).transpose({back})"

    def _argument(self, x: Value) -> str:
        """What a segment is called with: Python's truth values do not hold a number."""
        text = self.texts[x].text
        return f"{self.named(np.bool_, 'bool_')}({text})" if x.kind is bool else text

    def _number(self, x: Value) -> str:
        """A number from memory, of the type that it had."""
        slot, dtype = self.memory.places[x] // 8, dtype_of(x)
        _, doubles, singles, integers, truths = self.buffers
        if dtype == FLOAT:
            text = f"{doubles}.item({slot})" if x.kind is float else f"{doubles}[{slot}]"
        elif dtype == SINGLE:
            text = f"{singles}[{2 * slot}]"
        elif dtype == INTEGER:
            text = f"{integers}[{slot}]"
        else:
            text = f"{truths}.item({8 * slot})" if x.kind is bool else f"{truths}[{8 * slot}]"
        return f"np.array({text})" if is_array(x) else text

    # --- Calls ------------------------------------------------------------------------------------

    def _calls(self, stage: int) -> Iterator[str]:
        for node in self.fusing.calls.get(stage, ()):
            for x in node.uses():
                yield from self._shown(x)
            yield from self._called(node)

    def _shown(self, x: Value) -> Iterator[str]:
        """A view, as Python's object, and those that it is of."""
        views = []
        while x not in self.texts and isinstance(node := self.fusing.by.get(x), View):
            views.append(x)
            x = node.base
        for x in reversed(views):
            yield f"{self.name_of(x)} = {self.expression(self.step_of[x]).text}"

    def _called(self, node: Called) -> Iterator[str]:
        step = node.step
        if isinstance(step, Guard):
            lines = self.guard(step)
        else:
            made = step.made
            lines = [f"{self.name_of(made)} = {self.expression(step).text}"]
            if made in self.read:
                name = self.texts[made].text
                kind = self.named(made.kind, made.kind.__name__)
                wrong = f"{name}.__class__ is not {kind}"
                if is_array(made):
                    layout = f"{made.shape}, {self.text(made.dtype)}, {made.strides}"
                    wrong += f" or not {self.named(lies, 'lies')}({name}, {layout})"
                lines += [f"if {wrong}:", "    raise Changed"]
        if step.errors:
            yield f"with np.errstate({step.errors}):"
            lines = [f"    {line}" for line in lines]
        yield from lines


def lies(x: np.ndarray, shape: tuple[int, ...], dtype: Any, strides: tuple[int, ...]) -> bool:
    """Whether an array lies in memory as it did when it was recorded."""
    if x.shape != shape or x.dtype != dtype:
        return False
    each = zip(x.strides, strides, shape, strict=True)
    return x.strides == strides or all(one == other for one, other, n in each if n != 1)


def driven(steps: Steps, title: str, threads: int = 1) -> tuple[Callable[..., Any], float]:
    """A program as a function of its inputs, and the seconds that it took to compile."""
    ready()
    check_objects()
    start = time.perf_counter()
    driver = Driver(steps, title, threads)
    names = [function.name for function in driver.functions]
    if names:
        driver.scope.update(zip(names, functions(driver.assembly(), names), strict=True))
    run = runnable(driver)

    def called(*inputs: Any) -> Any:
        try:
            return run(*inputs)
        except Exception as error:  # before the guard came that it does not hold: see what it does
            raise Changed from error

    return called, time.perf_counter() - start
