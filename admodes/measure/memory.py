"""How much memory a call needs."""

import gc
import tracemalloc
from collections.abc import Callable


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
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        call()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
