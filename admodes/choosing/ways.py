"""A way to the whole derivative: mode, directions a pass, and what it costs."""

from dataclasses import dataclass

from admodes.counting import Counts
from admodes.measure import Interval


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
