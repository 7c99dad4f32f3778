"""Passes given to an executor in parts, and their results gathered in the order of directions.

Which directions go through a pass together is the same as without workers, and so each number is,
bit for bit. Which passes make a part decides nothing but the time.
"""

import itertools
import pickle
import sys
import warnings
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import ExitStack
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from admodes.modes.users.registering import REGISTERED
from admodes.workers.performing import Done, Missing, Raised, Warned, is_here, is_worker_of
from admodes.workers.progress import Watched, bar, check_executor
from admodes.workers.sending import AtOnce, NotWritten, Sending, workers_of
from admodes.workers.work import Chunk, Work, are_alike, refuse_traced_results, seen

EACH, PARTS = 12, 48
"""At most for each worker, or in all where nobody tells how many there are: so many that the last
ones leave no worker idle for long, and that each is worth its way (half a millisecond to another
process, several by Dask)."""
FEWEST = 2
"""Directions in a part, where there are so many."""
PATIENCE = 5.0
"""Seconds until passes that nobody wants any more have to be over."""


LONGEST = 200
"""Characters of what an engine says, that are repeated."""


class WorkersFailed(RuntimeError):
    """Workers have not done what they were given: one died, or the cluster has gone away.

    What the function itself raises in a worker is raised as it is.
    """

    __module__ = "admodes.workers"  # from where users import it, as a traceback should say


class Spread:
    """Passes that an executor has run, while the caller runs another one.

    ``with Spread(executor, work, chunks) as spread:`` hands them on, ``spread.results(values)``
    waits for them. However the block ends, no pass is left that runs or waits.
    """

    def __init__(self, executor: Executor, work: Work, chunks: Sequence[Chunk]) -> None:
        self.what, self._work = work.what, work
        self._watched = isinstance(executor, Watched)
        own = executor.executor if isinstance(executor, Watched) else check_executor(executor)
        if is_worker_of(own):
            own = AtOnce()
        self._parts = parts(chunks, workers_of(own))
        self._executor = own
        self._sending: Sending | None = None
        self._futures: dict[Future[Any], int] = {}
        self._over: SimpleQueue[Future[Any]] = SimpleQueue()
        self._far = Far()
        self._warned: dict[Any, Any] = {}  # by files that belong to no module here

    def __enter__(self) -> Self:
        try:
            if self._parts:
                self._sending = self._sent()
            for number in range(len(self._parts)):
                self._submit(number)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _sent(self) -> Sending:
        data = Sending.packed(self._executor, self._work)
        try:
            return Sending(self._executor, self._work, data)
        except NotWritten as error:
            raise WorkersFailed(f"{self.what}: {error}") from error
        except Exception as error:  # a cluster that is not there
            raise self._failed(error) from error

    def _submit(self, number: int, *, along: bool = False) -> None:
        assert self._sending is not None
        try:
            future = self._sending.submit(self._parts[number], along=along)
        except Exception as error:  # whatever the engine says
            raise self._failed(error) from error
        self._futures[future] = number
        future.add_done_callback(self._over.put)  # `wait` would look at all of them every time
        if along:
            self._far.along.add(future)

    def _end(self) -> None:
        if self._sending is None:
            return
        self._sending.stop()
        for future in self._futures:
            future.cancel()
        left = [future for future in self._futures if not future.done()]
        wait(left, timeout=PATIENCE)
        self._futures.clear()

    def results(self, values: Sequence[Any]) -> list[Any]:
        """Of each chunk what its pass gave, in order.

        `values` are those of the outputs, as the caller's own pass has them.

        Raises
        ------
        WorkersFailed
            Where the executor, or one of its workers, has come to an end.
        RuntimeError
            Where the function gives something else in a worker.
        """
        expected = seen(values)
        found: dict[int, list[Any]] = {}
        total = sum(map(directions, [chunk for part in self._parts for chunk in part]))
        with ExitStack() as stack:
            done = stack.enter_context(bar(self.what, total, self._watched))
            while self._futures:
                future = self._over.get()
                number = self._futures.pop(future)
                answer = self._answer(future, number)
                if isinstance(answer, Missing):
                    self._far.lacks(answer.worker, number)
                else:
                    self._far.has(answer.worker, future)
                    if not are_alike(expected, answer.values, is_here(answer.worker)):
                        raise self._differs(expected, answer)
                    for warned in answer.warned:
                        self._warn(warned)
                    refuse_traced_results(self.what, answer.results)
                    found[number] = answer.results
                    done(sum(map(directions, self._parts[number])))
                while (again := self._far.next(len(self._futures))) is not None:
                    self._submit(again, along=self._far.sends())
        return [result for number in sorted(found) for result in found[number]]

    def _answer(self, future: Future[Any], number: int) -> Done | Missing:
        try:
            answer = future.result()
        except Exception as error:  # whatever the engine says
            raise self._failed(error) from error
        if isinstance(answer, Raised):
            raise self._raised(answer, number)
        if not isinstance(answer, (Done, Missing)):
            raise self._failed(RuntimeError("somebody removed the file that says so"))
        return answer

    def _failed(self, error: BaseException) -> WorkersFailed:
        """What the engine has said, and what that mostly means."""
        said, kind = " ".join(str(error).split()), type(error).__name__
        if "shutdown" in said:
            what, hint = "the executor has been shut down", "Make another one"
        elif any(word in kind.lower() for word in ("cancel", "comm", "timeout")):
            what = "its passes were cancelled, or never began"
            hint = "The executor was shut down meanwhile, or its cluster has gone away"
        else:
            what = "a worker has died, or could not begin"
            hint = (
                "It needs the memory of a pass, admodes, and the modules of the function; a script "
                'that starts processes needs `if __name__ == "__main__":` around the part that '
                "starts them"
            )
        if len(said) > LONGEST:
            said = f"{said[:LONGEST]}…"
        return WorkersFailed(f"{self.what}: {what} ({f'{kind}: {said}'.rstrip(': ')}). {hint}")

    def _raised(self, answer: Raised, number: int) -> BaseException:
        """What the function has raised in a worker, as it would have here."""
        chunks = self._parts[number]
        error: BaseException
        if answer.error is None:
            error = RuntimeError(f"{self.what}: a worker raised {answer.words}")
        elif isinstance(answer.error, bytes):
            error = pickle.loads(answer.error)
        else:
            error = answer.error
        if isinstance(error, NotImplementedError) and REGISTERED:
            error.add_note(
                "A rule that was registered here may be missing there: call admodes.register_rule "
                "at the top of the module of the function, which a worker imports; or pip install "
                "cloudpickle, by which a rule travels"
            )
        error.add_note(
            f"{self.what}: raised in a worker ({answer.where}), in a pass of directions "
            f"{words(chunks)}\n{answer.trace}"
        )
        return error

    def _warn(self, warned: Warned) -> None:
        """As the line that has warned in a worker would have done it here: by the same filters."""
        message: Any = warned.words
        if warned.warning is not None:
            message = pickle.loads(warned.warning)
        own = [
            name
            for name, module in list(sys.modules.items())
            if getattr(module, "__file__", None) == warned.file
        ]
        name = own[0] if own else warned.file  # by no name nobody would hear it
        registry = self._warned
        if own:
            registry = vars(sys.modules[own[0]]).setdefault("__warningregistry__", {})
        place = warned.file, warned.line, name
        warnings.warn_explicit(message, warned.category, *place, registry)

    def _differs(self, expected: Any, answer: Done) -> RuntimeError:
        return RuntimeError(
            f"{self.what}: the function gives another value in a worker than here, so its "
            f"derivatives there are another function's ({answer.values} there, {expected} here: "
            "shapes, dtypes, how many are finite, sums of these by weights, sums of sizes). It is "
            "random, or depends on what the worker has not: a global that was set later, a file. "
            "Give that to it as an argument"
        )


class Far:
    """Parts that have come back from workers which the work has not reached.

    No executor can be told which worker is to do what. So there are no more parts on their way than
    workers, and the work comes along with as many as there are workers without it: one that has
    nothing to do is one of these.
    """

    def __init__(self) -> None:
        self.parts: deque[int] = deque()
        self.known: set[str] = set()  #: workers
        self.lacking: set[str] = set()
        self.along: set[Future[Any]] = set()  #: parts on their way that bring the work

    def lacks(self, worker: str, part: int) -> None:
        self.known.add(worker)
        self.lacking.add(worker)
        self.parts.append(part)

    def has(self, worker: str, future: Future[Any]) -> None:
        self.known.add(worker)
        self.lacking.discard(worker)
        self.along.discard(future)

    def next(self, on_their_way: int) -> int | None:
        """A part to be sent now."""
        return self.parts.popleft() if self.parts and on_their_way < len(self.known) else None

    def sends(self) -> bool:
        """Whether the work comes along with it."""
        return len(self.along) < len(self.lacking)


def parts(chunks: Sequence[Chunk], workers: int | None = None) -> list[list[Chunk]]:
    """The passes that go to a worker together, one after another.

    The last parts are the smallest, so that no worker is alone for long at the end.

    >>> parts([range(0, 1), range(1, 2), range(2, 3)])
    [[range(0, 1), range(1, 2), range(2, 3)]]
    >>> [len(part) for part in parts([range(i, i + 8) for i in range(0, 768, 8)])][:3]
    [4, 4, 4]
    """
    least = 1 if not chunks else -(-FEWEST // max(directions(chunks[0]), 1))
    count = max(min(EACH * workers if workers else PARTS, len(chunks) // least), 1)
    ends = [0]
    for i in range(1, count):
        end = round(len(chunks) * (1 - (1 - i / count) ** 2))
        if end - ends[-1] >= least and len(chunks) - end >= least:
            ends.append(end)
    ends.append(len(chunks))
    return [list(chunks[i:j]) for i, j in itertools.pairwise(ends) if j > i]


def directions(chunk: Chunk) -> int:
    return len(chunk[0] if isinstance(chunk, tuple) else chunk)


def words(chunks: Sequence[Chunk]) -> str:
    """Of a part.

    >>> words([range(0, 2), range(2, 4)])
    '0 to 3'
    """
    first, last = (each[0] if isinstance(each, tuple) else each for each in (chunks[0], chunks[-1]))
    return f"{first[0]} to {last[-1]}"
