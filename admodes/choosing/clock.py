"""Seconds that something takes by itself, whatever else the machine does meanwhile.

A prediction is for a machine that does nothing else, and a choice must not depend on the moment. So
the time counts that this thread had a processor; but where it had next to none it was waiting, and
what a function waits for is its own.
"""

from collections.abc import Callable
from time import get_clock_info, perf_counter, thread_time
from typing import Any, NamedTuple

from admodes.modes.arguments import name, named

WAITING = 10.0
"""Times its processor's time that a thread takes at least where it waits; not so many jobs share a
processor."""
FINE = get_clock_info("thread_time").resolution <= 1e-6
"""Whether a thread's own time is known well enough: not on Windows."""


class Taken(NamedTuple):
    """Seconds."""

    own: float  #: without what others took meanwhile
    wall: float


def timed(call: Callable[[], object], loops: int = 1) -> Taken:
    """What a call takes, in the mean over so many of them.

    >>> taken = timed(lambda: sum(range(1000)), loops=10)
    >>> 0 < taken.own < 2 * taken.wall
    True
    """
    start, begin = perf_counter(), thread_time()
    for _ in range(loops):
        call()
    own, wall = thread_time() - begin, perf_counter() - start
    if not FINE or wall > WAITING * own:
        own = wall
    return Taken(own / loops, wall / loops)


class OutOfTime(BaseException):
    """Not an Exception: a check takes those for what a function does outside of its domain."""


def until(f: Callable[..., Any], deadline: float) -> Callable[..., Any]:
    """`f`, which cannot be called any more after that time."""

    def called(*args: Any) -> Any:
        if perf_counter() > deadline:
            raise OutOfTime
        return f(*args)

    return named(called, name(f))
