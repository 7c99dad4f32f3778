"""Telling who listens of every check: what was checked, and how that ended."""

import functools
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from admodes.testing.judge import Undecided, Wrong


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
        error: BaseException | None = None
        if not _listeners:
            try:
                return check(f, *args, **options)
            except Wrong as wrong:
                error = explained(wrong, f, args, options)
            raise error  # from here: the lines of the check itself tell a user nothing
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                check(f, *args, **options)
            except Wrong as wrong:
                error = explained(wrong, f, args, options)
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


def explained(
    wrong: Wrong, f: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]
) -> AssertionError:
    """The failure with its cause, the operation and the line, where these can be told."""
    from admodes.diagnosis import agreement

    facts = wrong.facts
    if "because" not in facts:
        try:
            found = agreement(f, *args, seed=options.get("seed", 0)).finding
        except (
            Exception
        ) as error:  # f may raise anything at the points nearby; the check has failed
            facts |= {"because": f"nobody knows, for {type(error).__name__}: {error}"}
        else:
            facts |= found.facts() if found is not None and found.blames else {}
    return AssertionError(str(Wrong(wrong.what, facts)))
