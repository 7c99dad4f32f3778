"""How a work reaches the workers of an executor: once each, and not with every part.

An executor has no word for all of its workers. Its threads find the work where it is. Processes on
this machine, and on those that share its files, read it from one. Dask has a way of its own to
bring data to each worker that asks for it. Where none of these does, a worker says that it misses
the work, and then it comes along with the part.
"""

import os
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from admodes.measure.machine import blas_threads
from admodes.workers import performing
from admodes.workers.packing import packed
from admodes.workers.performing import Order, perform
from admodes.workers.temporary import new_file
from admodes.workers.work import Work


class NotWritten(Exception):
    """There is no room for the file that workers read."""


class AtOnce(Executor):
    """What is given to it, this thread does at once.

    A pass that asks for its own executor, whose workers may all be such passes, would wait for
    itself.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Sending:
    """One work on its way to the workers of one executor."""

    def __init__(self, executor: Executor, work: Work, data: bytes | None) -> None:
        self.executor = executor
        #: the file that workers read, which is locked as long as it is open here
        self._opened: BinaryIO | None = None
        #: Dask's name for the work, which it brings to a worker by itself
        self._scattered: Any = None
        client = None if data is None else dask_client(executor)
        threads = None if data is None else blas_threads()
        called = np.geterrcall() if data is None else None
        self.order = Order(uuid.uuid4().hex, "", dict(np.geterr()), threads, called)
        performing.here[self.order.number] = work, {}, executor
        try:
            if data is not None:
                self._write(b"" if client else data)
            if client is not None:
                self._scattered = client.scatter(data, broadcast=True, hash=False)
        except BaseException:
            self.stop()
            raise

    def _write(self, data: bytes) -> None:
        try:
            self._opened, file = new_file()
            self.order = self.order._replace(file=file)
            self._opened.write(data)
            self._opened.flush()
        except OSError as error:
            raise NotWritten(
                f"what workers read, {len(data):,} bytes, cannot be written into a temporary file "
                f"({error}). Set the environment's TMPDIR to a folder that has room for it and can "
                "be written into"
            ) from error

    @staticmethod
    def packed(executor: Executor, work: Work) -> bytes | None:
        """The work, fit to travel; ``None`` where it need not, for threads have it."""
        if isinstance(executor, (ThreadPoolExecutor, AtOnce)):
            return None
        for kind, way in np.geterr().items():
            if way in ("call", "log"):
                raise TypeError(
                    f"{work.what}: np.errstate({kind}={way!r}) hands errors over to an object of "
                    'this process, which workers elsewhere have not: take "warn", "raise" or '
                    '"ignore" around the call, or spread over threads'
                )
        return packed(work, work.function, work.what)

    def data(self) -> bytes:
        """The work, for a worker that does not find it."""
        with open(self.order.file, "rb") as opened:
            return opened.read()

    def submit(self, chunks: Any, *, along: bool = False) -> Future[Any]:
        """A part of the passes; the work may come `along`."""
        given = (self.data(),) if along else () if self._scattered is None else (self._scattered,)
        return self.executor.submit(perform, self.order, chunks, *given)

    def stop(self) -> None:
        """No worker begins another pass."""
        performing.here.pop(self.order.number, None)
        if self._opened is not None:
            self._opened.close()
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
