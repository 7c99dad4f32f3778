"""The ways to a whole derivative, each with what is to be timed of it."""

import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from admodes import counting, forward, mixed
from admodes.checkpoints.checkpointing import checkpoint
from admodes.choosing.subject import Subject
from admodes.choosing.task import Task, rows
from admodes.choosing.ways import Way, widths
from admodes.core.types import JacobianMode
from admodes.core.values import is_floating
from admodes.counting import Counts
from admodes.measure.free_memory import free
from admodes.measure.timing import sample
from admodes.measure.words import size
from admodes.mixed import Whole
from admodes.modes.arguments import Inputs, at_level
from admodes.modes.complex_derivatives import parts_of
from admodes.modes.narrowest import Place
from admodes.modes.tape import Tape
from admodes.modes.units import Units, chunk_size_of
from admodes.modes.variables import leaf
from admodes.reverse import Pullback, record

WIDEST = 1 << 26
"""Bytes of tangents or cotangents that a pass may carry."""
LARGEST = 1 << 30
"""Bytes of a derivative that is made in full."""
SHARE = 0.25
"""Of the time allowed, that finding out about one more way may take."""

PIECE = 220
"""Bytes of a small array beside its entries, and of what holds it."""


class Sizes(NamedTuple):
    """Of a whole derivative, as the passes of one mode make it."""

    derivative: int  #: bytes
    pieces: int  #: arrays that a pass gives


class Plan:
    """One way, before it is measured."""

    def __init__(
        self,
        way: Way,
        *,
        one: Callable[[], object],
        whole: Callable[[], object],
        alone: Callable[[], object],
        sizes: Sizes,
        pullback: Pullback | None = None,
        recording: Callable[[], object] | None = None,
        recording_seconds: float = 0.0,
    ) -> None:
        self.way = way
        #: one pass; the derivative, by the face; a pass with all that it needs, for its memory
        self.one, self.whole, self.alone = one, whole, alone
        self.sizes = sizes
        self.pullback = pullback
        #: where the sweeps of a Jacobian share it; a gradient's one pass contains its own
        self.recording, self.recording_seconds = recording, recording_seconds
        self.pass_seconds = sample(one, 1)

    def again(self, allowed: float) -> "Plan":
        """Tried once more, where there is the time: a first run fills caches."""
        if self.pass_seconds <= SHARE * allowed:
            self.pass_seconds = min(self.pass_seconds, sample(self.one, 1))
        return self

    def predicted(self) -> float:
        """Seconds for the whole derivative, from those of a pass."""
        return self.recording_seconds + self.pass_seconds * self.way.passes

    def whole_peak(self, peak: int) -> int:
        """The most memory that all passes should hold, from that of one with all that it needs.

        The derivative is there in pieces, one a pass, and once more when these are put together.
        """
        if self.way.passes == 1 or self.way.mode == "mixed":  # of which all was looked at
            return peak
        pieces = self.way.passes * self.sizes.pieces * PIECE
        return max(peak + self.sizes.derivative, self.together) + pieces

    @property
    def together(self) -> int:
        """Bytes of the derivative while its pieces are put together."""
        tape = 0 if self.pullback is None else self.pullback.tape.nbytes
        return tape + 2 * self.sizes.derivative

    @property
    def is_made(self) -> bool:
        """Whether there is memory for the whole derivative: as for its only pass, or to spare."""
        fits = self.sizes.derivative <= LARGEST and 2 * self.together <= free()
        return fits or self.way.passes == 1


class Derivative:
    """The whole derivative of a function at a point, and the ways to it."""

    def __init__(self, subject: Subject, pullback: Pullback, recording_seconds: float) -> None:
        self.subject, self.pullback = subject, pullback
        self.recording_seconds = recording_seconds
        self.columns = Units(subject.inputs.leaves)
        self.rows = Units(list(filter(is_floating, pullback.values)))
        self.inputs, self.outputs = self.columns.count, self.rows.count
        self._sweeps_a_row = parts_of(self.rows.values)
        self.scalar = self.outputs == 1 and subject.is_scalar
        self.task = Task(subject.f, subject.args, subject.argnums, self.scalar)
        values = [*self.columns.values, *self.rows.values]
        self._item = int(np.result_type(*values).itemsize) if values else 0
        #: what there was no memory for
        self.left_out: list[str] = []

    def forward(self, allowed: Callable[[], float]) -> list[Plan]:
        """One direction a pass, and the best number of several, as far as there is time to look."""
        one = self._first("forward", self._forward)
        if one is None:
            return []
        one.again(allowed())
        found = self._tried(one, self._widths(self.inputs, self.outputs), self._forward, allowed)
        return [one, min(found, key=Plan.predicted)] if found else [one]

    def reverse(self, allowed: Callable[[], float]) -> list[Plan]:
        """The best number of rows a sweep."""
        one = self._first("reverse", self._reverse)
        if one is None:
            return []
        one.again(allowed())
        several = [] if self.scalar else self._widths(self.outputs, self.inputs)
        return [min([one, *self._tried(one, several, self._reverse, allowed)], key=Plan.predicted)]

    def mixed(self, allowed: Callable[[], float]) -> list[Plan]:
        """Mixed mode with as many directions as it takes by itself, where there is a narrow place.

        To find that, the function is recorded once more, and looked at meanwhile.
        """
        again = 3 * self.recording_seconds
        if min(self.inputs, self.outputs) < 2 or again > SHARE * allowed():
            return []
        with self.where_it_fits("mixed mode"):
            start = perf_counter()
            whole, _ = mixed.recorded(self.task.inputs())
            place = whole.narrow()
            seconds = perf_counter() - start
            if place is not None:
                return [self._mixed(whole, place, seconds).again(allowed())]
        return []

    def in_segments(self, k: int) -> list[Plan]:
        """Reverse mode that computes again, in segments, what it would have stored."""
        way = Way(mode="reverse", chunk_size=k, passes=1, checkpoint=True)
        with self.where_it_fits(way.name):
            start = perf_counter()
            pullback = self.task.recorded(way)
            return [self._reverse(k, pullback, perf_counter() - start, checkpointed=True)]
        return []

    @contextmanager
    def where_it_fits(self, what: str) -> Iterator[None]:
        """What there turns out to be no memory for is left out, which is noted."""
        try:
            yield
        except MemoryError:
            self.left_out.append(what)

    def _first(self, mode: JacobianMode, plan: Callable[[int], Plan]) -> Plan | None:
        """With one direction a pass; ``None`` where there is no memory for that, which is noted."""
        one = self._fitting(mode, plan, 1)
        if one is None:
            least = self._least(mode, 1)
            more = f" (a pass takes {size(least)} more, at least)" if least > free() else ""
            self.left_out.append(f"{mode} mode{more}")
        return one

    def _fitting(self, mode: JacobianMode, plan: Callable[[int], Plan], k: int) -> Plan | None:
        if self._least(mode, k) > free():
            return None
        try:
            return plan(k)
        except MemoryError:  # what it holds on the way nobody knew
            return None

    def _least(self, mode: JacobianMode, k: int) -> int:
        """Bytes of a pass that are known beforehand: of its ends, and of a tape beside ours."""
        tape = self.pullback.tape.nbytes if mode == "reverse" else 0
        return tape + self._item * (k * (self.inputs + self.outputs) + self.outputs)

    def _tried(
        self,
        one: Plan,
        several: Iterable[int],
        plan: Callable[[int], Plan],
        allowed: Callable[[], float],
    ) -> list[Plan]:
        found: list[Plan] = []
        seconds = one.pass_seconds
        for k in several:  # few directions first: a pass of more takes longer, if not by much
            if 2 * seconds > SHARE * allowed():
                break
            wider = self._fitting(one.way.mode, plan, k)
            if wider is None:
                break
            found.append(wider.again(allowed()))
            seconds = wider.pass_seconds
        return found

    @staticmethod
    def _widths(count: int, other: int) -> list[int]:
        """Numbers of directions that a pass may carry, beside one."""
        most = max(1, WIDEST // (8 * max(count, other)))
        default = chunk_size_of(None, max(count, other))
        return sorted(k for k in {*widths(count, most, 4), default} if 1 < k <= min(count, most))

    def _bytes(self, outputs: int) -> int:
        """Of the derivatives of so many outputs by all inputs."""
        return self._item * self.inputs * outputs

    def _planned(self, way: Way, pieces: int, **options: Any) -> Plan:
        return Plan(
            way,
            whole=self.subject.call(self.task.derivative(way)),
            alone=self.task.one_pass(way),
            sizes=Sizes(self._bytes(self.outputs), pieces),
            **options,
        )

    def _forward(self, k: int) -> Plan:
        way = Way(mode="forward", chunk_size=k, passes=math.ceil(self.inputs / k))
        inputs = self.task.inputs()
        tangents = Units(inputs.leaves).along(range(min(k, self.inputs)))
        # A piece of a gradient is an array; one of a Jacobian a view of another array.
        pieces = 1 if self.scalar else 2 * len(self.rows.values)
        return self._planned(way, pieces, one=lambda: forward.run(inputs, tangents))

    def _reverse(
        self,
        k: int,
        pullback: Pullback | None = None,
        recording_seconds: float | None = None,
        checkpointed: bool = False,
    ) -> Plan:
        way = Way(
            mode="reverse",
            chunk_size=k,
            passes=math.ceil(self.outputs / k) * self._sweeps_a_row,
            checkpoint=checkpointed,
        )
        f, pullback = self.task.of(way), pullback or self.pullback
        seconds = self.recording_seconds if recording_seconds is None else recording_seconds
        inputs = Inputs(f, self.task.args, {}, self.task.argnums)
        cts = rows(pullback.values, self.rows, k)
        directions = (k,) if k > 1 else ()
        single = way.passes == 1

        def row() -> None:
            record(f, inputs)[0].pull(cts, directions)

        def gradient() -> None:  # with no more around it than the face has
            with Tape() as tape:
                variables = [leaf(tape, x) for x in inputs.leaves]
                sources = [variable._node for variable in variables]
                output = inputs.call(variables)
                seeds = [(output._node, cts[0])] if at_level(output, tape) else []
                del output
                tape.pull(seeds, sources)
                tape.nodes.clear()

        def sweep() -> None:
            pullback.pull(cts, directions)

        return self._planned(
            way,
            len(inputs.leaves),
            one=sweep if not single else gradient if self.scalar else row,
            pullback=pullback,
            recording=None if single else lambda: record(f, inputs),
            recording_seconds=0.0 if single else seconds,
        )

    def _mixed(self, whole: Whole, place: Place, recording_seconds: float) -> Plan:
        k = min(chunk_size_of(None, max(self.inputs, self.outputs)), place.width)
        way = Way(mode="mixed", chunk_size=k, passes=math.ceil(place.width / k))
        units, lead = Units(place.values).along(range(k)), (k,) if k > 1 else ()

        def both_ways() -> None:
            whole.pulled(place, units, lead)
            whole.pushed(place, units, lead)

        return self._planned(
            way,
            2 * len(self.rows.values),
            one=both_ways,
            pullback=whole.pullback,
            recording=lambda: mixed.recorded(self.task.inputs()),
            recording_seconds=recording_seconds,
        )

    def counts(self, plan: Plan, evaluation: Counts) -> Counts:
        """Of the whole derivative: of its passes of full width, and of the one that is left."""
        f, args = self.subject.by_its_inputs()
        k = plan.way.chunk_size
        if plan.way.mode == "mixed":
            every = tuple(range(len(args)))
            return counting.count(mixed.jacobian(f, every, chunk_size=k), *args)[1]
        forwards = plan.way.mode == "forward"
        if plan.way.checkpoint:
            f = checkpoint(f, segments=True)
        of = counting.tangent if forwards else counting.gradient
        width = "directions" if forwards else "rows"
        passes, rest = divmod(self.inputs if forwards else self.outputs, k)
        parts = [(passes, k), (1, rest)] if rest else [(passes, k)]
        again = 1 if forwards else self._sweeps_a_row
        counted = [of(f, *args, **{width: each}) * n * again for n, each in parts if n]
        total = functools.reduce(operator.add, counted)
        if forwards:
            return total
        # The evaluation was recorded once; each further sweep goes over the same recording.
        return total - evaluation * (plan.way.passes - 1)
