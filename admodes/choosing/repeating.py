"""What a derivative takes as a program, which repeats what was recorded once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import Any

from admodes import measure
from admodes.core.standing import Unrepeatable
from admodes.measure import Interval, words
from admodes.programs.remembering import programmed

EACH = 2e-3
"""Seconds that recording takes for each operation, twice over, and writing it down; at most."""
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
    recording_seconds
        What the first call takes.
    seconds
        What each one after it takes.
    ratio
        How many times as long the way itself takes.
    """

    way: str
    recording_seconds: float
    seconds: Interval
    ratio: Interval

    @property
    def pays_from(self) -> int | None:
        """How many calls it takes until the first is paid for; ``None`` where that never is."""
        saved = self.seconds.value * (self.ratio.value - 1)
        return ceil(self.recording_seconds / saved) if self.ratio.low > 1 else None

    def __str__(self) -> str:
        return (
            f"As a program (compiled=True) {self.way} takes {words.duration(self.seconds.value)} a "
            f"call, {words.number(self.ratio.value)} times as fast, after a first call of "
            f"{words.duration(self.recording_seconds)}: it pays from "
            f"{words.counted(self.pays_from or 0, 'call')} on."
        )


def repeating(
    way: str,
    derivative: Callable[..., Any],
    args: Sequence[Any],
    one: float,
    allowed: Callable[[], float],
) -> Repeating | None:
    """What `derivative` takes as a program; ``None`` where it is not worth it, or cannot be one.

    A call of it takes `one` second or so; `allowed` says how many are left for timing both.
    """
    program = programmed(derivative, derivative, way)
    start = perf_counter()
    try:
        program(*args)
    except Unrepeatable:  # which the user has not asked for
        return None
    first = perf_counter() - start
    if not program.program.variants:
        return None
    seconds = allowed()
    if 2 * one * (FEWEST + 1) > seconds:
        return None
    timings = measure.interleave(
        {"way": lambda: derivative(*args), "program": lambda: program(*args)},
        seconds=seconds,
        fewest=FEWEST,
        sample_seconds=SAMPLE_SECONDS,
        threads=None,
        within=seconds,
    )
    found = Repeating(
        way=way,
        recording_seconds=first,
        seconds=measure.median(timings["program"].seconds),
        ratio=measure.ratio(timings["way"], timings["program"]),
    )
    return found if found.ratio.low >= WORTH else None
