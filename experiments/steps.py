"""Steps that go on from one another: each is timed, and none is repeated."""

from collections.abc import Callable, Mapping

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
