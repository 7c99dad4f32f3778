"""A way to the whole derivative: mode, directions a pass, and what it costs."""

from dataclasses import dataclass

from admodes.counting import Counts
from admodes.measure import Interval


def widths(count: int, most: int, step: int = 2) -> list[int]:
    """Numbers of directions that a pass may carry, of so many there are: powers of `step`, and all.

    >>> widths(10, 100), widths(10, 5), widths(0, 5)
    ([1, 2, 4, 8, 10], [1, 2, 4], [1])
    """
    every = max(count, 1)
    powers = {step**i for i in range(every.bit_length())}
    return sorted(k for k in powers | {every} if k == 1 or k <= min(every, most))


@dataclass(frozen=True)
class Candidate:
    """A way to the whole derivative, and what it should take."""

    mode: str
    """``"forward"`` or ``"reverse"``."""
    chunk_size: int
    """Directions a pass: inputs in forward mode, outputs in reverse mode."""
    checkpoint: bool
    """Whether the sweep computes again what it would otherwise have stored."""
    passes: int
    seconds: float
    """Predicted."""
    bytes: int
    """Predicted: what a pass holds beside the derivative itself, and the tape."""


@dataclass(frozen=True)
class Way:
    """One way to the whole derivative, and what it costs."""

    name: str
    mode: str
    """``"forward"`` or ``"reverse"``."""
    directions: int
    """Directions a pass: inputs in forward mode, outputs in reverse mode."""
    passes: int
    counts: Counts
    """Of the whole derivative: primitives executed, numbers moved, operations."""
    tape_length: int | None
    """Operations recorded; ``None`` in forward mode, which records nothing."""
    tape_bytes: int | None
    peak_bytes: int
    """The most memory held at once: by the whole derivative, or by one pass where estimated."""
    pass_seconds: Interval
    seconds: Interval
    """Of the whole derivative."""
    estimated: bool
    """Whether `seconds` is one pass times the number of passes, and not a run in full."""
    ratio: Interval
    """Of the whole derivative to one evaluation of the function."""
