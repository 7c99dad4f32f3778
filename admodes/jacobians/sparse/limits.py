"""How far to look for a plan where none was asked for: it is given up as soon as it cannot pay."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Any

ANYWAY = 1 << 18
"""Entries that are too soon dealt with to be a reason."""
EACH, PLACED = 1e-8, 2e-7
"""Seconds that an entry of something on the way takes, about: one that is copied, and one whose
row and column are worked out."""
SATURATION, ROUNDS, PATHS = 3e-6, 1e-6, 5e-7
"""Seconds that colouring takes for each pair of entries that share a row, one column after another;
for each entry, whole arrays at a time; and for each path of three edges, in a star colouring;
about."""


class Beyond(BaseException):
    """Looking on cannot pay. Not an ``Exception``, which the function that is looked at may take
    for one of its own."""


class Limits:
    """What a look for a plan may take, and how good it has to be.

    Parameters
    ----------
    seconds
        For all of it.
    directions
        More of these do not pay.
    shape
        Of the derivative, outputs by inputs.
    """

    def __init__(self, seconds: float, directions: float, shape: tuple[int, int]) -> None:
        self.deadline = perf_counter() + seconds
        self.directions, self.longer = directions, max(*shape, 1)

    def look(self, entries: int, each: float = EACH) -> None:
        """Before something on the way is made that has so many entries: no more than a pattern may
        have that pays, nor than can be made in the time that is left."""
        self.expect(each * entries)
        if entries > max(self.directions * self.longer, ANYWAY):
            raise Beyond

    def judge(self, pattern: Any, symmetric: bool) -> None:
        """The pattern. A direction gives no more numbers than the longer side has, and each entry,
        or of a symmetric matrix each pair of them, is one of these."""
        needed = pattern.nnz / (2 * self.longer if symmetric else self.longer)
        if needed > self.directions:
            raise Beyond

    def expect(self, seconds: float) -> None:
        """Before something that takes so long."""
        if perf_counter() + seconds > self.deadline:
            raise Beyond


_limits: "ContextVar[Limits | None]" = ContextVar("limits", default=None)


def limits() -> Limits | None:
    """Those that hold now; ``None`` where a user asked for the plan, whatever it takes."""
    return _limits.get()


@contextmanager
def within(own: Limits) -> Iterator[None]:
    """Until the end of this, :class:`Beyond` is raised where they are passed."""
    token = _limits.set(own)
    try:
        yield
    finally:
        _limits.reset(token)
