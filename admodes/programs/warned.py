"""What a function warns of while it is recorded.

Its own warnings no program would give again, but those of the functions that it calls: they are
called again. Nothing of it is shown, since the function is evaluated at the same arguments, too.
"""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import Any


class Warned:
    """The function's own warnings, and how many there were inside of a primitive.

    `outer` is the code that calls the function, `steps` that which evaluates a step, and `inside`
    that which looks into a primitive's function.
    """

    def __init__(self, outer: CodeType, steps: CodeType, inside: CodeType) -> None:
        self.outer, self.steps, self.inside = outer, steps, inside
        self.own: list[str] = []
        self.within = 0

    def hear(self, text: str) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code is not self.outer:
            if frame.f_code is self.steps:
                return
            if frame.f_code is self.inside:
                self.within += 1
                return
            frame = frame.f_back
        self.own.append(text)


_warned: ContextVar[Warned | None] = ContextVar("warned", default=None)
_lock = threading.Lock()


class _Ear:
    """In the place of ``warnings.showwarning``, as long as any thread is listened to.

    ``warnings.catch_warnings`` catches what other threads warn of, too.
    """

    def __init__(self) -> None:
        self.own: Any = warnings.showwarning
        self.listeners = 0

    def __call__(self, message: Any, category: type, *place: Any, **options: Any) -> None:
        warned = _warned.get()
        if warned is None:
            self.own(message, category, *place, **options)
        else:
            warned.hear(f"{category.__name__}: {message}")


@contextmanager
def hearing_warnings(warned: Warned) -> Iterator[None]:
    """Have it hear what this thread warns of, as far as it would be shown."""
    with _lock:
        ear: Any = warnings.showwarning
        if not isinstance(ear, _Ear):
            ear = _Ear()
            warnings.showwarning = ear
        ear.listeners += 1
        own = ear.own
        _forget()
    token = _warned.set(warned)
    try:
        yield
    finally:
        _warned.reset(token)
        with _lock:
            if warned.own:
                _forget()
            ear.listeners -= 1
            # Whatever was put over it meanwhile stays, and may well put it back.
            if not ear.listeners and warnings.showwarning is ear:
                warnings.showwarning = own


def _forget() -> None:
    """What each place in the code has warned of before, so that it warns again."""
    with warnings.catch_warnings():  # which does so
        pass
