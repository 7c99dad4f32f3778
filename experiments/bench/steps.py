"""Steps that go on from one another: each is timed, and none is repeated."""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from admodes.measure import Timing, interleave


def in_turns(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Timing]:
    """Time `calls`, which take turns: once a round each, without any warming up or repeating.

    As ever (:func:`admodes.measure.interleave`), every other round goes through them backwards, the
    cyclic garbage collector is held off, and BLAS to one thread.
    """
    # Said to take a second each, of which there are enough, none is tried out or left out.
    return interleave(
        calls,
        seconds=float(rounds * len(calls)),
        rounds=rounds,
        sample_seconds=0.0,
        expected=dict.fromkeys(calls, 1.0),
    )


def seconds_of(call: Callable[[], object]) -> float:
    """What a call takes that is made once: a program's first one, which records."""
    began = perf_counter()
    call()
    return perf_counter() - began


def blocks(part: str, count: int, size: int) -> list[dict[str, Any]]:
    """Tasks of `size` steps each, the last one of what is left; steps are counted from 1.

    >>> blocks("steps", 5, 3)
    [{'part': 'steps', 'first': 1, 'last': 3}, {'part': 'steps', 'first': 4, 'last': 5}]
    """
    return [
        {"part": part, "first": first, "last": min(first + size - 1, count)}
        for first in range(1, count + 1, size)
    ]
