"""Passes spread over workers, by any ``concurrent.futures.Executor``.

The passes of a derivative are independent of one another. A face that takes ``executor=`` has it
run them: threads, processes, a cluster, whatever its engine is. There is no pool here.

>>> import numpy as np
>>> from concurrent.futures import ThreadPoolExecutor
>>> from admodes import forward
>>> with ThreadPoolExecutor(2) as executor:
...     gradient = forward.grad(np.linalg.norm, chunk_size=1, executor=executor)
...     gradient(np.array([3.0, 4.0]))
array([0.6, 0.8])
"""

# ``giving`` is what a face says; ``work`` and its ``kinds`` are what travels, once, by ``packing``
# and ``sending``, to processes in a file of ``temporary``; ``made_by`` says of a function how a
# face has made it, to be made again there, and ``files`` where its module is; ``spreading`` hands
# out parts, which ``performing`` does in a worker, and gathers them under a bar (``progress``).

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from admodes.workers.progress import with_progress
    from admodes.workers.spreading import WorkersFailed

__all__ = ["WorkersFailed", "with_progress"]


def __getattr__(name: str) -> Any:
    """What is imported when somebody asks for it: executors take as long as all the rest."""
    if name == "with_progress":
        from admodes.workers.progress import with_progress

        return with_progress
    if name == "WorkersFailed":
        from admodes.workers.spreading import WorkersFailed

        return WorkersFailed
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
