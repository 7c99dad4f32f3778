import tracemalloc

import numpy as np
import pytest

from admodes.measure import peak_bytes


def test_peak_counts_what_is_held_at_once_and_not_what_was_held_before():
    held = np.ones(50_000)
    assert peak_bytes(lambda: held + 1) == pytest.approx(held.nbytes, abs=2000)
    # Two arrays at most at any time: the first is gone when the third is made.
    twice = peak_bytes(lambda: np.sin(np.sin(np.sin(held))))
    assert twice == pytest.approx(2 * held.nbytes, abs=2000)


def test_a_call_that_fails_leaves_no_tracing_behind():
    def call():
        if tracemalloc.is_tracing():
            raise RuntimeError("in the measured run")

    with pytest.raises(RuntimeError, match="measured run"):
        peak_bytes(call)
    assert not tracemalloc.is_tracing()


def test_tracing_that_is_under_way_goes_on():
    tracemalloc.start()
    try:
        held = np.ones(50_000)
        assert peak_bytes(lambda: held + 1) == pytest.approx(held.nbytes, abs=2000)
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_a_warm_call_is_not_called_once_more():
    calls = []
    peak_bytes(lambda: calls.append(1), warm=True)
    assert len(calls) == 1
