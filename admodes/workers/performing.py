"""What runs in a worker: the passes of a part, with the function that came once and stays."""

import functools
import os
import pickle
import socket
import threading
import traceback
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from admodes.measure.timing import settle_allocator
from admodes.workers.packing import unpacked
from admodes.workers.work import Chunk, Seen, Work, seen

KEPT = 2
"""Works that a thread keeps: that of now, and one that is spread at the same time."""


class Order(NamedTuple):
    """What comes along with every part: which work it is of, and how the caller's NumPy is set."""

    number: str  #: nobody else's
    file: str  #: there until nobody waits for the results any more; it may hold the work
    errors: dict[str, Any]  #: as np.geterr() gives them
    threads: int | None  #: that BLAS has


class Done(NamedTuple):
    """A part is done: the result of each of its passes."""

    worker: str
    results: list[Any]
    values: Seen  #: of the last pass
    warned: list[tuple[str, type[Warning], str, int]]


class Missing(NamedTuple):
    """The work has not arrived here: it is on another machine, whose files this one has not."""

    worker: str


class Stopped(NamedTuple):
    """Nobody waits for the results any more."""


class Raised(NamedTuple):
    """A pass has raised."""

    error: bytes | None  #: pickled, where that can be undone
    words: str
    trace: str
    where: str


Answer = Done | Missing | Stopped | Raised

here: dict[str, tuple[Work, dict[int, Work]]] = {}
"""The works of callers in this very process, whose threads need not be sent them; and the copies
that these threads have begun, which go when the caller does."""
_own = threading.local()


class Begun(NamedTuple):
    """A work that this thread has begun."""

    work: Work
    file: str
    watched: bool  #: whether one sees from here that the file goes

    @property
    def over(self) -> bool:
        """Whether nobody waits for its results any more."""
        return self.watched and not os.path.exists(self.file)


def perform(order: Order, chunks: Sequence[Chunk], data: bytes | None = None) -> Answer:
    """The passes of a part. `data` is the work, where it comes along."""
    try:
        begun = _begun(order, data)
        if begun is None:
            return Missing(_me())
        with ExitStack() as stack:
            stack.enter_context(np.errstate(**order.errors))
            warned = _alone(stack, order)
            results: list[Any] = []
            values: Sequence[Any] = ()
            for chunk in chunks:
                if begun.over:
                    return Stopped()
                result, values = begun.work.run(chunk)
                results.append(result)
            return Done(_me(), results, seen(values), [_told(each) for each in warned])
    except Exception as error:  # whatever the user's function raises
        return _raised(error)


def _begun(order: Order, data: bytes | None) -> Begun | None:
    """The work that is meant, begun in this thread."""
    if order.number in here:
        given, copies = here[order.number]
        thread = threading.get_ident()
        if thread not in copies:
            copies[thread] = given.begun()
        return Begun(copies[thread], order.file, True)
    works: OrderedDict[str, Begun] = _own.__dict__.setdefault("works", OrderedDict())
    for number in [
        number for number, each in works.items() if each.over and number != order.number
    ]:
        del works[number]
    if order.number not in works:
        if data is None and (data := _read(order.file)) is None:
            return None
        settle_allocator()  # a worker is mostly a fresh process
        begun = unpacked(data).begun()
        works[order.number] = Begun(begun, order.file, os.path.exists(order.file))
        while len(works) > KEPT:
            works.popitem(last=False)
    return works[order.number]


def _read(file: str) -> bytes | None:
    try:
        with open(file, "rb") as opened:
            return opened.read() or None
    except FileNotFoundError:
        return None


def _alone(stack: ExitStack, order: Order) -> list[warnings.WarningMessage]:
    """In a process of one's own: as many threads of BLAS as the caller has, for the same bits.

    And warnings are collected, to be given where somebody asks for the derivative: where this is
    the only thread that runs passes, for Python has one list of them for all threads.
    """
    if order.number in here:
        return []
    if order.threads is not None:
        stack.enter_context(_controller().limit(limits=order.threads, user_api="blas"))
    if threading.current_thread() is not threading.main_thread():
        return []
    warned = stack.enter_context(warnings.catch_warnings(record=True))
    warnings.simplefilter("always")
    return warned


@functools.cache
def _controller() -> Any:
    """To look for BLAS takes longer than some passes."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _told(each: warnings.WarningMessage) -> tuple[str, type[Warning], str, int]:
    category = each.category if each.category.__module__ == "builtins" else UserWarning
    return str(each.message), category, each.filename, each.lineno


def _me() -> str:
    """This worker: nobody else."""
    return f"{socket.gethostname()} {os.getpid()} {threading.get_ident()}"


def _raised(error: Exception) -> Raised:
    """An error that comes home for sure: one that cannot be put together again breaks a pool."""
    data: bytes | None
    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:  # whatever its class does when it is pickled
        data = None
    words = "".join(traceback.format_exception_only(error)).strip()
    trace = "".join(traceback.format_exception(error))
    return Raised(data, words, trace, f"process {os.getpid()} on {socket.gethostname()}")
