"""A way to the whole derivative: mode, directions a pass, and what it costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from admodes.core.types import JacobianMode, Mode
from admodes.counting import Counts
from admodes.measure import Interval

WITHIN = 1.6
"""Nine in ten predictions are off by no more than that: by ``python -m experiments recommend``."""
SEEN_WITHIN = 1.2
"""The same, where a pass has been timed."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """By which mode the whole derivative is had, and by how many passes.

    Attributes
    ----------
    mode
        ``"forward"``, ``"reverse"``, or ``"mixed"``: through a narrow place.
    chunk_size
        Directions a pass: inputs in forward mode, outputs in reverse mode, numbers at the narrowest
        place in mixed mode.
    passes
        How many it takes. In mixed mode each goes back from the place to the inputs, and on from
        it to the outputs.
    checkpoint
        Whether the sweep computes again what it would otherwise have stored.
    """

    mode: JacobianMode
    chunk_size: int
    passes: int
    checkpoint: bool = False

    @property
    def name(self) -> str:
        """In words, as tables have it."""
        several = f", {self.chunk_size:,} directions" if self.chunk_size > 1 else ""
        return f"{self.mode}{several}{', checkpointed' * self.checkpoint}"

    @property
    def directions(self) -> int:
        """The same as `chunk_size`, which is what the options of the modes are called."""
        return self.chunk_size

    @classmethod
    def worth_trying(cls, inputs: int, outputs: int, most: int, step: int = 2) -> Iterator["Way"]:
        """Where a pass may carry `most` directions: powers of `step`, and all; few come first.

        >>> import admodes as ad
        >>> [way.name for way in ad.Way.worth_trying(3, 1, most=100)]
        ['forward', 'forward, 2 directions', 'forward, 3 directions', 'reverse']
        """
        sides: tuple[tuple[Mode, int], ...] = (("forward", inputs), ("reverse", outputs))
        for mode, count in sides:
            for k in widths(count, most, step):
                yield Way(mode=mode, chunk_size=k, passes=ceil(count / k))

    @classmethod
    def through(cls, width: int, most: int, step: int = 2) -> Iterator["Way"]:
        """The same of mixed mode, through a place of so many numbers.

        >>> import admodes as ad
        >>> [(way.name, way.passes) for way in ad.Way.through(3, most=100)]
        [('mixed', 3), ('mixed, 2 directions', 2), ('mixed, 3 directions', 1)]
        """
        for k in widths(width, most, step):
            yield Way(mode="mixed", chunk_size=k, passes=ceil(width / k))


@dataclass(frozen=True, kw_only=True)
class Predicted(Way):
    """A way, and what it should take.

    Attributes
    ----------
    seconds
        For the whole derivative.
    bytes
        The most that is held at once: values, tangents or cotangents, the tape, and the result.
    timed
        Whether `seconds` is from a pass that was timed.
    """

    seconds: float
    bytes: int
    timed: bool = False

    @property
    def between(self) -> tuple[float, float]:
        """Seconds: nine in ten take no less and no more."""
        factor = SEEN_WITHIN if self.timed else WITHIN
        return self.seconds / factor, self.seconds * factor


@dataclass(frozen=True, kw_only=True)
class Measured(Way):
    """A way, and what it took.

    Attributes
    ----------
    counts
        Of the whole derivative: primitives executed, numbers moved, operations. ``None`` here and
        in `peak_bytes`: there was no time for it.
    tape_length
        Operations recorded; ``None`` in forward mode, which records nothing.
    tape_bytes
        Held by the residuals on the tape; ``None`` in forward mode.
    peak_bytes
        The most memory held at once by the whole derivative, which is part of it.
    peak_estimated
        Whether that is worked out from the memory of one pass and the size of the derivative.
    recording_seconds
        Of the recording that all sweeps share; ``None`` where the one pass contains it, and in
        forward mode.
    pass_seconds
        Seconds of one pass.
    seconds
        Of the whole derivative.
    estimated
        Whether `seconds` is the recording and the passes, by their number, and not a run in full.
    ratio
        Of the whole derivative to one evaluation of the function.
    """

    counts: Counts | None
    tape_length: int | None
    tape_bytes: int | None
    peak_bytes: int | None
    peak_estimated: bool
    recording_seconds: Interval | None
    pass_seconds: Interval
    seconds: Interval
    estimated: bool
    ratio: Interval

    @property
    def passes_seconds(self) -> float:
        """All passes together, by the median of one."""
        return self.passes * self.pass_seconds.value

    @property
    def face_seconds(self) -> float | None:
        """What is neither a pass nor the recording: arguments taken apart, unit directions, the
        result put together. ``None`` where the whole was not run.

        It is a difference of medians: where little is left, noise may make it negative.
        """
        if self.estimated:
            return None
        recording = 0.0 if self.recording_seconds is None else self.recording_seconds.value
        return self.seconds.value - recording - self.passes_seconds


def widths(count: int, most: int, step: int = 2) -> list[int]:
    """Numbers of directions that a pass may carry, of so many there are: powers of `step`, and all.

    >>> widths(10, 100), widths(10, 5), widths(0, 5)
    ([1, 2, 4, 8, 10], [1, 2, 4], [1])
    """
    every = max(count, 1)
    powers = {step**i for i in range(every.bit_length())}
    return sorted(k for k in powers | {every} if k == 1 or k <= min(every, most))
