"""A library in a process of its own, which is asked, and answers, in lines of JSON.

Thread pools and allocators of several libraries in one process would disturb each other, and JAX
decides at its import whether it computes in double precision.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Any

from experiments.bench.results import Record

#: For a process of its own: one thread, double precision, no look-out for a GPU; and nothing is
#: compiled beforehand, so that a first call shows what compiling takes.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ADMODES_CACHE": os.devnull,  # where no file can be
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    "JAX_TRACEBACK_FILTERING": "off",  # which would put a note below what was raised
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


class Process:
    """A process that runs a module of this project, which answers by :func:`serve`.

    >>> with Process("experiments.questions.overhead.apart") as process:
    ...     process.ask("measure", case="nope")
    Traceback (most recent call last):
    RuntimeError: TypeError: measure() missing 5 required keyword-only arguments: ...
    """

    def __init__(self, module: str) -> None:
        # A file, not a pipe: however much a library warns, the process does not wait for a reader.
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # `__exit__` does
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            cwd=Path(__file__).parents[2],
            env={**os.environ, **ENVIRONMENT},
        )

    def ask(self, what: str, *, within: float | None = None, **arguments: Any) -> Record:
        """Send a request and wait for its answer, `within` so many seconds."""
        self.send(what, **arguments)
        return self.receive(within)

    def send(self, what: str, **arguments: Any) -> None:
        """Send a request alone, so that several processes work on theirs at the same time."""
        assert self._process.stdin
        try:
            print(json.dumps([what, arguments]), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise self._failure() from None

    def receive(self, within: float | None = None) -> Record:
        """The answer; ``RuntimeError`` with the last line of what the process said, if it died.

        Where there is none `within` so many seconds, the process is ended: ``TimeoutError``.
        """
        assert self._process.stdout
        begun = monotonic()
        # From outside: no signal and no thread inside interrupts a library that compiles.
        timer = Timer(within or 0.0, self._process.kill)
        if within is not None:
            timer.start()
        answer = self._process.stdout.readline()
        timer.cancel()
        if answer.endswith("\n"):
            return json.loads(answer)
        if within is not None and monotonic() - begun >= within:
            raise TimeoutError(f"not within {within:g} s")
        raise self._failure()

    def _failure(self) -> RuntimeError:
        code = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().strip().rpartition("\n")[2]
        return RuntimeError(said or f"the process ended with exit code {code}")

    def __enter__(self) -> "Process":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, in the middle of whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


def serve(answers: Mapping[str, Callable[..., Record]]) -> None:
    """Answer, in this process, what the one that started it asks: until it asks no more."""
    out = sys.stdout
    with redirect_stdout(sys.stderr):  # what a library prints is no answer
        for line in sys.stdin:
            what, arguments = json.loads(line)
            print(json.dumps(answers[what](**arguments)), file=out, flush=True)
