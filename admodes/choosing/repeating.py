"""What a derivative takes as a program, which repeats what was recorded once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from math import ceil, inf
from time import perf_counter
from typing import Any, NamedTuple

from admodes import measure
from admodes.choosing.task import Task
from admodes.choosing.ways import Predicted
from admodes.core.stand_ins import Unrepeatable
from admodes.core.types import Backend
from admodes.measure import Interval, words
from admodes.programs.remembering import Programmed, programmed

EACH = 2e-3
"""Seconds that recording takes for each operation, twice over, and writing it down; about."""
COMPILING = 0.1, 1e-3
"""Seconds that compiling takes beside that, and for each step; at most."""
TIMING = 0.2
"""The share of the time that timing takes, where all is to be over soon."""
WORTH = 1.1
"""From this ratio on a program is worth being spoken of."""
SAMPLE_SECONDS = 0.001
FEWEST = 6
"""Rounds."""
CALLS = 6 + 2 * (FEWEST + 1)
"""Times that the derivative is evaluated at least, to be recorded and to be timed."""


@dataclass(frozen=True, kw_only=True)
class Repeating:
    """A way to a derivative as a program: ``compiled=True``.

    Attributes
    ----------
    way
        The name of the way.
    backend
        ``"numpy"`` or ``"compiled"``.
    recording_seconds
        What the first call takes.
    seconds
        What each one after it takes.
    ratio
        How many times as long the way itself takes.
    """

    way: str
    backend: Backend = "numpy"
    recording_seconds: float
    seconds: Interval
    ratio: Interval

    @property
    def name(self) -> str:
        """In words, as tables have it."""
        return f"{self.way}, {'compiled ' * (self.backend == 'compiled')}program"

    @property
    def pays_from(self) -> int | None:
        """How many calls it takes until the first is paid for; ``None`` where that never is."""
        saved = self.seconds.value * (self.ratio.value - 1)
        return ceil(self.recording_seconds / saved) if self.ratio.low > 1 else None

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self, between: tuple[float, float] = (0.0, inf)) -> str:
        """In words; also that the way itself took no time `between` those that were predicted."""
        without = self.seconds.value * self.ratio.value
        low, high = between
        less, more = " (less than predicted)", " (more than predicted)"
        apart = less if without < low else more if without > high else ""
        backend = ', backend="compiled"' * (self.backend == "compiled")
        return (
            f"As a program (compiled=True{backend}) {self.way} takes"
            f" {words.duration(self.seconds.value)} a call, and"
            f" {words.duration(without)} without, timed in turns{apart}:"
            f" {words.number(self.ratio.value)} times as fast, after a first call of"
            f" {words.duration(self.recording_seconds)}. It pays from"
            f" {words.counted(self.pays_from or 0, 'call')} on."
        )


def expected(operations: int, one: float) -> float:
    """Seconds for finding out: of a derivative by so many operations, that takes `one` or so."""
    return EACH * operations + CALLS * one


def repeating(
    way: str,
    derivative: Callable[..., Any],
    args: Sequence[Any],
    one: float,
    allowed: Callable[[], float],
    left: Callable[[], float],
) -> tuple[Repeating, ...]:
    """What `derivative` takes as a program, by each back end that is worth it.

    There is none where it cannot be a program, or where there is no time to find out: a call of it
    takes `one` second or so, `allowed` says how many there are for timing, and `left` in all.
    """
    first = [_first_call(way, derivative, args, "numpy")]
    if first[0] is None or 2 * one * (FEWEST + 1) > allowed():
        return ()
    if find_spec("llvmlite") is not None:
        once, each = COMPILING
        compiling = first[0].seconds + once + each * first[0].steps
        timing = 3 * one * (FEWEST + 1)
        if timing <= allowed() and compiling + timing <= left():
            first.append(_first_call(way, derivative, args, "compiled"))
    recorded = [each for each in first if each is not None]
    calls: dict[str, Callable[[], object]] = {"way": lambda: derivative(*args)}
    calls |= {each.backend: partial(each.program, *args) for each in recorded}
    seconds = allowed()
    timings = measure.interleave(
        calls,
        seconds=seconds,
        fewest=FEWEST,
        sample_seconds=SAMPLE_SECONDS,
        threads=None,
        within=seconds,
    )
    found = [
        Repeating(
            way=way,
            backend=each.backend,
            recording_seconds=each.seconds,
            seconds=measure.median(timings[each.backend].seconds),
            ratio=measure.ratio(timings["way"], timings[each.backend]),
        )
        for each in recorded
    ]
    return tuple(each for each in found if each.ratio.low >= WORTH)


def would_take(way: Predicted, operations: int) -> float:
    """Seconds for finding out about what is recommended; `operations` are of one evaluation."""
    return expected(operations * way.passes, way.seconds)


def repeating_soon(
    task: Task, way: Predicted, operations: int, seconds: float
) -> tuple[Repeating, ...]:
    """The same for what is recommended, to be over in so many `seconds`.

    `operations` are those of one evaluation.
    """
    deadline = perf_counter() + seconds
    one = way.seconds

    def left() -> float:
        return max(deadline - perf_counter(), 0.0)

    derivative = task.derivative(way)
    return repeating(way.name, derivative, task.args, one, lambda: TIMING * seconds, left)


class _FirstCall(NamedTuple):
    """Of a program: that it was recorded, and compiled where it is."""

    backend: Backend
    program: Programmed
    seconds: float

    @property
    def steps(self) -> int:
        return len(self.program.program.variants[0].steps.code)


def _first_call(
    way: str, derivative: Callable[..., Any], args: Sequence[Any], backend: Backend
) -> _FirstCall | None:
    program = programmed(derivative, derivative, way, backend=backend)
    start = perf_counter()
    try:
        program(*args)
    except Unrepeatable:  # which the user has not asked for
        return None
    seconds = perf_counter() - start
    return _FirstCall(backend, program, seconds) if program.program.variants else None
