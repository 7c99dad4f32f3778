"""A bar that says how many directions are done, for those who want one."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from admodes.core.kinds import kind_of


class Watched(Executor):
    """An executor whose passes somebody watches."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self.executor.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.executor.shutdown(wait=wait, cancel_futures=cancel_futures)


def with_progress(executor: Executor) -> Executor:
    """The same executor, but a bar on stderr says how far a derivative is that it is given to.

    It is drawn where stderr is a terminal, and goes when the derivative is there.

    Parameters
    ----------
    executor
        Any ``concurrent.futures.Executor``. It stays yours: to shut one of the two down is to shut
        down both.

    Raises
    ------
    TypeError
        Where it is none.

    Examples
    --------
    >>> import numpy as np
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from admodes import forward, workers
    >>> with workers.with_progress(ThreadPoolExecutor(2)) as executor:
    ...     forward.grad(np.prod, chunk_size=1, executor=executor)(np.array([2.0, 3.0]))
    array([3., 2.])
    """
    return executor if isinstance(executor, Watched) else Watched(check_executor(executor))


def check_executor(executor: Any) -> Executor:
    """An executor, if it is one; ``TypeError``, which says how to get one, where it is not."""
    if isinstance(executor, Executor):
        return executor
    hint = "such as concurrent.futures.ProcessPoolExecutor(2)"
    if type(executor).__module__.partition(".")[0] == "distributed":
        hint = "which is client.get_executor() of a dask.distributed Client"
    kind = kind_of(executor)
    raise TypeError(f"executor must be a concurrent.futures.Executor, {hint}, not {kind}")


@contextmanager
def bar(what: str, total: int, shown: bool) -> Iterator[Callable[[int], None]]:
    """What to call with the number of directions that were done last."""
    if not shown or sys.stderr is None or not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining()
    console = Console(stderr=True)
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as progress:
        job = progress.add_task(what, total=total)

        def done(count: int) -> None:
            progress.update(job, advance=count, refresh=True)

        done(0)
        yield done
