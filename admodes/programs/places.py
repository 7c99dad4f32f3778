"""Where in the user's code a step is, and what the user calls the values there."""

import bisect
import linecache
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

from admodes.core.values import Traced, plain
from admodes.modes import sweep, tape
from admodes.modes.observing import users_frame
from admodes.programs.steps import Value
from admodes.programs.tracers import Tracer

_SWEEP = sweep.sweep.__code__
_OF_TAPE = tape.Tape.pull_once.__code__


class Line(NamedTuple):
    """A line of the user's."""

    file: str
    number: int
    back: bool = False  #: whether reverse mode comes past it on the way back

    @property
    def text(self) -> str:
        return linecache.getline(self.file, self.number).strip()


class Places:
    """The user's line of each step, whether it is evaluated or differentiated there.

    What reverse mode computes on the way back is called by no line of the user's. But the number of
    a node tells when it was made.
    """

    def __init__(self, outer: CodeType) -> None:
        #: the code that calls the user's function
        self.outer = outer
        self.seen: Any = None
        #: number of a tape -> numbers of its nodes, and what there was when they came next
        self.nodes: dict[int, tuple[list[int], list[tuple[Line | None, Value]]]] = {}

    def here(self, made: Value | None = None) -> Line | None:
        """The line at which something is computed now.

        If that is `made`, it is perhaps for the next node of a tape.
        """
        back = self._on_the_way_back()
        if back is not None:
            line, value, ct = back
            if made is not None and value is not None and value.name and type(ct) is Tracer:
                ct._name.name = ct._name.name or f"{value.name}_bar"
            return line
        frame, inner = users_frame(self.outer)
        line = None
        if frame is not None:
            self._name(frame)
            line = Line(frame.f_code.co_filename, frame.f_lineno)
        if made is not None:
            self._note(made, line, inner)
        return line

    def _note(self, made: Value, line: Line | None, inner: FrameType) -> None:
        """`inner` is what the user's frame has called."""
        level = getattr(inner.f_locals.get("self"), "_level", None)
        if isinstance(level, tape.Tape) and not level.ended:
            # "count(7)": what comes next, without taking it; pickling it, Python 3.14 cannot do
            number = int(repr(level.numbers).removeprefix("count(").removesuffix(")"))
            numbers, entries = self.nodes.setdefault(level.number, ([], []))
            numbers.append(number)
            entries.append((line, made))

    def _on_the_way_back(self) -> tuple[Line | None, Value | None, Any] | None:
        """In a sweep: the line of the node, its value, and that one's cotangent."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code is not _SWEEP:
            frame = None if frame.f_code is self.outer else frame.f_back
        # Before the first node is there, a segment of a checkpoint may be evaluated again.
        if frame is None or "index" not in frame.f_locals:
            return None
        index, ct = frame.f_locals["index"], plain(frame.f_locals["ct"])
        while frame is not None and frame.f_code is not _OF_TAPE:
            frame = frame.f_back
        if frame is None:
            return None
        numbers, entries = self.nodes.get(frame.f_locals["self"].number, ([], []))
        i = bisect.bisect_right(numbers, index) - 1
        if i < 0:
            return None, None, ct
        line, value = entries[i]
        here = None if line is None else line._replace(back=True)
        return here, value if numbers[i] == index else None, ct

    def _name(self, frame: FrameType) -> None:
        """Give the values the names that they have in a frame when it comes to a new line."""
        if self.seen == (frame.f_code, frame.f_lineno):
            return
        self.seen = frame.f_code, frame.f_lineno
        for name, x in frame.f_locals.items():
            while isinstance(x, Traced):
                _call(getattr(x, "_tangent", None), f"d{name}")
                x = x._value
            _call(x, name)


def _call(x: Any, name: str) -> None:
    x = plain(x)  # a tracer, or a constant
    if type(x) is Tracer and not x._name.name:
        x._name.name = name
