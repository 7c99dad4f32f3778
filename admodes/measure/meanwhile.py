"""While something is measured: what the user's function prints is caught, and a bar says how far.

The bar is drawn where somebody waits for more than two seconds before a terminal.
"""

import sys
import threading
from contextlib import ExitStack
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TextIO

from admodes.measure import Heard, listening

PATIENCE = 2.0
"""Seconds without a bar."""
EVERY = 0.2
"""Seconds between two drawings of the bar, which take time from what is measured."""


class Meanwhile:
    """A context in which something is measured, for so many `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.heard = Heard()
        self._stack = ExitStack()
        self._bar: Any = None
        #: held while the bar is drawn, and while it must not be
        self.quiet = threading.RLock()
        #: what is done now
        self.what, self._drawn = "", 0.0

    def __enter__(self) -> Self:
        self.began = perf_counter()
        self._terminal: TextIO = sys.stderr
        self.heard = self._stack.enter_context(listening())
        if self._terminal is not None and self._terminal.isatty():
            timer = threading.Timer(PATIENCE, self._show)
            timer.daemon = True
            timer.start()
            self._stack.callback(self._hide)
            self._stack.callback(timer.cancel)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)  # which shows what was heard before an error

    @property
    def elapsed(self) -> float:
        return perf_counter() - self.began

    def until(self, seconds: float) -> float:
        """What is left until so many seconds have passed."""
        return max(seconds - self.elapsed, 0.0)

    def begin(self, what: str) -> None:
        """The bar says from now on that this is done."""
        self.what = what
        self._draw()

    def between(self) -> None:
        """A moment at which nothing is measured."""
        if self._bar is not None and self.elapsed - self._drawn >= EVERY:
            self._draw()

    def _show(self) -> None:
        # Of a thread of its own, once: one long evaluation may be all that happens for a while.
        # It draws in no thread afterwards.
        with self.quiet:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[elapsed]:.0f} s"),
                console=Console(file=self._terminal),
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar.add_task(self.what, elapsed=self.elapsed)
            self._draw()
            self._bar.start()

    def _draw(self) -> None:
        with self.quiet:
            if self._bar is None:
                return
            self._drawn = self.elapsed
            within = self._drawn < self.seconds
            self._bar.update(
                self._bar.task_ids[0],
                description=self.what,
                completed=self._drawn if within else 0.0,
                total=self.seconds if within else None,  # None: nobody knows how much is left
                elapsed=self._drawn,
                refresh=self._bar.live.is_started,
            )

    def _hide(self) -> None:
        with self.quiet:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None
