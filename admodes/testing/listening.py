"""Telling who listens of every check: what was checked, and how that ended."""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from admodes.testing.judge import Undecided


class Checked(NamedTuple):
    """A check that has ended."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    undecided: bool
    error: BaseException | None
    """What it raised: an ``AssertionError`` where derivatives are wrong."""


Listener = Callable[[Checked], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have it called at the end of each check, until then."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def told(check: Callable[..., None]) -> Callable[..., None]:
    """Decorate a check, so that listeners are told of it."""

    @functools.wraps(check)
    def run(f: Callable[..., Any], *args: Any, **options: Any) -> None:
        __tracebackhide__ = True
        if not _listeners:
            return check(f, *args, **options)
        error = None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                check(f, *args, **options)
            except Exception as raised:
                error = raised
        undecided = any(issubclass(each.category, Undecided) for each in caught)
        for listener in _listeners:
            listener(Checked(f, args, undecided, error))
        for each in caught:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        if error is not None:
            raise error
        return None

    return run
