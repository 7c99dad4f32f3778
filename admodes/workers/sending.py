"""How a work reaches the workers of an executor: once each, and not with every part.

An executor has no word for all of its workers. Its threads find the work where it is. Processes on
this machine, and on those that share its files, read it from one. Dask has a way of its own to
bring data to each worker that asks for it. Where none of these does, a worker says that it misses
the work, and then it comes along with the part.
"""

import os
import tempfile
import uuid
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np

from admodes.measure.machine import blas_threads
from admodes.workers import performing
from admodes.workers.packing import packed
from admodes.workers.performing import Order, perform
from admodes.workers.work import Work


class Sending:
    """One work on its way to the workers of one executor."""

    def __init__(self, executor: Executor, work: Work, data: bytes | None) -> None:
        self.executor, self.work, self._data = executor, work, data
        #: Dask's name for the work, which it brings to a worker by itself
        self._scattered: Any = None
        client = None if data is None else dask_client(executor)
        handle, file = tempfile.mkstemp(prefix="admodes-")
        number = uuid.uuid4().hex
        self.order = Order(
            number, file, dict(np.geterr()), None if data is None else blas_threads()
        )
        performing.here[number] = work, {}
        try:
            with os.fdopen(handle, "wb") as opened:
                if client is None:
                    opened.write(data or b"")
            if client is not None:
                self._scattered = client.scatter(data, broadcast=True, hash=False)
        except BaseException:
            self.stop()
            raise

    @staticmethod
    def packed(executor: Executor, work: Work) -> bytes | None:
        """The work, fit to travel; ``None`` where it need not, for threads have it."""
        if isinstance(executor, ThreadPoolExecutor):
            return None
        return packed(work, work.function, work.what)

    def data(self) -> bytes:
        if self._data is None:
            self._data = packed(self.work, self.work.function, self.work.what)
        return self._data

    def submit(self, chunks: Any, *, along: bool = False) -> Future[Any]:
        """A part of the passes; the work may come `along`."""
        given = (self.data(),) if along else () if self._scattered is None else (self._scattered,)
        return self.executor.submit(perform, self.order, chunks, *given)

    def stop(self) -> None:
        """No worker begins another pass."""
        performing.here.pop(self.order.number, None)
        with suppress(FileNotFoundError):
            os.unlink(self.order.file)
        self._scattered = None  # with which Dask forgets it


def workers_of(executor: Executor) -> int | None:
    """How many there are, where the engine tells."""
    client = dask_client(executor)
    try:
        if client is not None:
            return sum(client.nthreads().values())
        return getattr(executor, "num_workers", None) or getattr(executor, "_max_workers", None)
    except Exception:  # of a cluster that has gone, which is said when something is sent there
        return None


def dask_client(executor: Executor) -> Any:
    """The client that a Dask executor belongs to; ``None`` for any other executor."""
    if type(executor).__module__.partition(".")[0] != "distributed":
        return None
    return getattr(executor, "_client", None)  # it has no public name
