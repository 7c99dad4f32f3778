"""What runs in a worker: the passes of a part, with the function that came once and stays."""

import functools
import os
import socket
import threading
import traceback
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np

from admodes.measure.timing import settle_allocator
from admodes.workers.packing import homeward, unpacked
from admodes.workers.work import Chunk, Seen, Work, seen

KEPT = 2
"""Works that a thread keeps: that of now, and one that is spread at the same time."""


class Order(NamedTuple):
    """What comes along with every part: which work it is of, and how the caller's NumPy is set."""

    number: str  #: nobody else's
    file: str  #: there until nobody waits for the results any more; it may hold the work
    errors: dict[str, Any]  #: as np.geterr() gives them
    threads: int | None  #: that BLAS has
    called: Any = None  #: as np.geterrcall() gives it, for threads


class Done(NamedTuple):
    """A part is done: the result of each of its passes."""

    worker: str
    results: list[Any]
    values: Seen  #: of the last pass
    warned: list["Warned"]


class Warned(NamedTuple):
    """A warning was given in a worker."""

    warning: bytes | None  #: pickled, where that can be undone
    words: str
    category: type[Warning]  #: of Python's own, the nearest
    file: str
    line: int


class Missing(NamedTuple):
    """The work has not arrived here: it is on another machine, whose files this one has not."""

    worker: str


class Stopped(NamedTuple):
    """Nobody waits for the results any more."""


class Raised(NamedTuple):
    """A pass has raised."""

    error: Exception | bytes | None  #: pickled but for threads, where that can be undone
    words: str
    trace: str
    where: str


Answer = Done | Missing | Stopped | Raised

here: dict[str, tuple[Work, dict[int, "Begun"], Any]] = {}
"""The works of callers in this very process, whose threads need not be sent them; the copies that
these threads have begun, which go when the caller does; and the executor."""
if hasattr(os, "register_at_fork"):  # a forked worker is no thread of the caller's
    os.register_at_fork(after_in_child=here.clear)
_own = threading.local()


class Begun:
    """A work that this thread has, and begins when the first pass is made."""

    def __init__(self, given: Work, order: Order) -> None:
        self._given, self._order = given, order
        #: whether one sees from here that the caller has gone
        self._watched = order.number in here or os.path.exists(order.file)
        self._work: Work | None = None

    def work(self) -> Work:
        """It, ready for passes."""
        if self._work is None:
            self._work = self._given.begun(self._order.number in here)
            self._given = self._work
        return self._work

    @property
    def over(self) -> bool:
        """Whether nobody waits for its results any more."""
        order = self._order
        return self._watched and order.number not in here and not os.path.exists(order.file)


def perform(order: Order, chunks: Sequence[Chunk], data: bytes | None = None) -> Answer:
    """The passes of a part. `data` is the work, where it comes along."""
    try:
        begun = _begun(order, data)
        if begun is None:
            return Missing(_me())
        with ExitStack() as stack:
            stack.enter_context(_working_for(order))
            stack.enter_context(np.errstate(**order.errors, call=order.called))
            warned = _alone(stack, order)
            results: list[Any] = []
            values: Sequence[Any] = ()
            for chunk in chunks:
                if begun.over:
                    return Stopped()
                result, values = begun.work().run(chunk)
                results.append(result)
            return Done(_me(), results, seen(values), [_told(each) for each in warned])
    except Exception as error:  # whatever the user's function raises
        return _raised(error, order)


@contextmanager
def _working_for(order: Order) -> Iterator[None]:
    """A block in which this thread is known to be busy for an executor of this process."""
    if order.number not in here:
        yield
        return
    busy: list[Any] = _own.__dict__.setdefault("busy", [])
    busy.append(here[order.number][2])
    try:
        yield
    finally:
        busy.pop()


def is_worker_of(executor: Any) -> bool:
    """Whether this thread works for it, so that to wait for it may be to wait for itself.

    It makes a pass, or runs whatever else the user has given to the same threads.
    """
    if any(each is executor for each in _own.__dict__.get("busy", ())):
        return True
    if not isinstance(executor, ThreadPoolExecutor):
        return False
    with executor._shutdown_lock:  # under which it starts a thread, and notes it after that
        return threading.current_thread() in executor._threads


def _begun(order: Order, data: bytes | None) -> Begun | None:
    """The work that is meant, as this thread has it."""
    if order.number in here:
        given, copies, _ = here[order.number]
        thread = threading.get_ident()
        if thread not in copies:
            copies[thread] = Begun(given, order)
        return copies[thread]
    works: OrderedDict[str, Begun] = _own.__dict__.setdefault("works", OrderedDict())
    for number in [
        number for number, each in works.items() if each.over and number != order.number
    ]:
        del works[number]
    if order.number not in works:
        settle_allocator()  # a worker is mostly a fresh process
        work = _read(order.file) if data is None else unpacked(data)
        if work is None:
            return None
        works[order.number] = Begun(work, order)
        while len(works) > KEPT:
            works.popitem(last=False)
    return works[order.number]


def _read(file: str) -> Work | None:
    """The work that a file holds; ``None`` where there is no such file here, or nothing in it."""
    try:
        with open(file, "rb") as opened:
            found: Work | None = unpacked(opened) if opened.read(1) else None
            return found
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


def _told(each: warnings.WarningMessage) -> Warned:
    own = next(base for base in each.category.__mro__ if base.__module__ == "builtins")
    return Warned(homeward(each.message), str(each.message), own, each.filename, each.lineno)


def _me() -> str:
    """This worker: nobody else."""
    return f"{socket.gethostname()} {os.getpid()} {threading.get_ident()}"


def is_here(worker: str) -> bool:
    """Whether a worker is on this machine."""
    return worker.split(" ")[0] == socket.gethostname()


def _raised(error: Exception, order: Order) -> Raised:
    """An error that comes home for sure: one that cannot be put together again breaks a pool."""
    words = "".join(traceback.format_exception_only(error)).strip()
    trace = "".join(traceback.format_exception(error))
    own = error if order.number in here else homeward(error)
    return Raised(own, words, trace, f"process {os.getpid()} on {socket.gethostname()}")
