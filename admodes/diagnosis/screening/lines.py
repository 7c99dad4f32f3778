"""Lines of a user's source: which files are theirs, and which lines a run has passed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, NamedTuple

from admodes.diagnosis.lines import Line
from admodes.modes.observing import INSIDE, INSTALLED, STANDARD


class Users:
    """The files that are a user's: neither Python's own nor installed, or the function's itself."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.known: dict[str, bool] = {}

    def __contains__(self, file: str) -> bool:
        if file not in self.known:
            others = (*INSIDE, *INSTALLED, STANDARD, "<frozen")
            self.known[file] = file == self.own or not file.startswith(others)
        return self.known[file]

    def line(self, frame: FrameType | None, outer: CodeType) -> Line | None:
        """The innermost line of theirs, within the call that `outer` makes."""
        while frame is not None and frame.f_code is not outer:
            if frame.f_code.co_filename in self:
                return Line(frame.f_code.co_filename, frame.f_lineno)
            frame = frame.f_back
        return None

    def raised(self, error: BaseException | None) -> Line | None:
        """The innermost line of theirs that an error has come through."""
        found, trace = None, None if error is None else error.__traceback__
        while trace is not None:
            file = trace.tb_frame.f_code.co_filename
            if file in self:
                found = Line(file, trace.tb_lineno)
            trace = trace.tb_next
        return found


class Entered(NamedTuple):
    """A function that was called, as it was called first."""

    code: CodeType
    outside: dict[str, Any]  #: its module's names
    names: dict[str, Any]  #: its parameters, and names of the functions around it


@contextmanager
def passed(users: Users) -> Iterator[tuple[set[Line], dict[CodeType, Entered]]]:
    """The lines of these files that are passed meanwhile, and the functions that are called."""
    found: set[Line] = set()
    calls: dict[CodeType, Entered] = {}

    def at_line(frame: FrameType, event: str, arg: Any) -> Any:
        found.add(Line(frame.f_code.co_filename, frame.f_lineno))
        return at_line

    def at_call(frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in users:
            return None
        if code not in calls:
            calls[code] = Entered(code, frame.f_globals, dict(frame.f_locals))
        return at_line

    before = sys.gettrace()  # of a debugger, or of who measures coverage
    sys.settrace(at_call)
    try:
        yield found, calls
    finally:
        sys.settrace(before)
