"""How much memory a call needs."""

import gc
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple


def peak_bytes(call: Callable[[], object], warm: bool = False) -> int:
    """The most bytes that `call` held at once, beyond what was held before it.

    Counted by ``tracemalloc``, which sees Python's objects and NumPy's arrays, and slows every
    allocation: so this is a run of its own, never a timed one. It is called once before, since a
    first run also fills caches that stay, unless it is `warm`.

    >>> import numpy as np
    >>> peak_bytes(lambda: np.ones(1000)) >= 8000
    True
    """
    if not warm:
        call()
    return traced(call).peak


class Traced(NamedTuple):
    """What a call held."""

    peak: int  #: bytes, at once, beyond what was held before
    left: int  #: bytes, by what it gave


def traced(call: Callable[[], object]) -> Traced:
    """Call it, and see what it holds. Whoever is tracing already goes on doing so."""
    gc.collect()
    running = tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        left, peak = tracemalloc.get_traced_memory()
        del result
        return Traced(peak - before, left - before)
    finally:
        if not running:
            tracemalloc.stop()
