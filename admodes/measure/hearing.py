"""What a function prints while it is measured: caught, since it is called again and again.

Its output would stand in the middle of the result, thousands of times. So the first lines are kept,
to be shown once. Only the thread that measures is listened to: what others print meanwhile is
theirs.
"""

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

LINES = 3
"""Of what was printed, that are shown."""
WIDEST = 200
"""Characters of such a line."""


class Heard:
    """The first lines that were printed, and how many there were."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.count = 0
        self.keeps = True
        self._open = ""

    def write(self, text: str) -> int:
        *lines, rest = (self._open + text).split("\n")
        for line in lines:
            self._keep(line)
        self._open = rest[:WIDEST]
        return len(text)

    def end(self) -> None:
        """No more is written: what has no end is a line, too."""
        if self._open:
            self._keep(self._open)
            self._open = ""

    def _keep(self, line: str) -> None:
        self.count += 1
        if self.keeps and len(self.first) < LINES:
            self.first.append(line[:WIDEST])


@contextmanager
def listening(*, stderr: bool = True, repeat: bool = True) -> Iterator[Heard]:
    """Catch what this thread prints.

    Parameters
    ----------
    stderr
        Whether to listen to that, too. Warnings go there, and each is given once as a rule: not
        where nobody reads what was heard.
    repeat
        Whether the first lines are shown after all where an error ends it: they may say why.
    """
    heard = Heard()
    try:
        with ExitStack() as ears:
            for name in ("stdout", "stderr") if stderr else ("stdout",):
                ears.enter_context(_replaced(name, heard))
            yield heard
    except BaseException:
        heard.end()
        for line in heard.first if repeat else ():
            print(line, file=sys.stderr)
        raise
    heard.end()


_hearing: dict[str, ContextVar[Heard | None]] = {
    name: ContextVar(name, default=None) for name in ("stdout", "stderr")
}
_lock = threading.Lock()


class _Ear(io.TextIOBase):
    """In the place of a stream of `sys`, as long as any thread is listened to.

    ``contextlib.redirect_stdout`` in two threads whose blocks overlap leaves the stream of one of
    them there for good.
    """

    def __init__(self, name: str) -> None:
        self.name, self.own = name, getattr(sys, name)
        self.listeners = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        to = _hearing[self.name].get() or self.own
        return len(text) if to is None else to.write(text)

    def flush(self) -> None:
        if self.own is not None:
            self.own.flush()

    def isatty(self) -> bool:
        return _hearing[self.name].get() is None and self.own is not None and self.own.isatty()


@contextmanager
def _replaced(name: str, heard: Heard) -> Iterator[None]:
    with _lock:
        ear: Any = getattr(sys, name)
        if not isinstance(ear, _Ear):
            ear = _Ear(name)
            setattr(sys, name, ear)
        ear.listeners += 1
    token = _hearing[name].set(heard)
    try:
        yield
    finally:
        _hearing[name].reset(token)
        with _lock:
            ear.listeners -= 1
            # Whatever was put over it meanwhile stays, and may well put it back.
            if not ear.listeners and getattr(sys, name) is ear:
                setattr(sys, name, ear.own)
