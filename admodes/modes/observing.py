"""Looking on while a function runs: every operation on a variable, and its place in a user's code.

Whoever looks makes a tape of their own, with a method ``note(node, y, values, parents, params)``,
and runs the function on :class:`Observed` variables.
"""

import os
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from admodes import primitives
from admodes.core.rules import Elementwise
from admodes.modes.compiling import FILE
from admodes.modes.operators import BinaryLines
from admodes.modes.variables import Variable

INSIDE = (
    os.path.join(Path(__file__).parents[1], ""),
    os.path.join(Path(str(np.__file__)).parent, ""),
    FILE,
)
"""How the files begin whose frames are no user's: this package's and NumPy's."""
STANDARD = os.path.join(sysconfig.get_path("stdlib"), "")
INSTALLED = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("purelib", "platlib"))
"""How those of Python's own library begin, and those of packages that are installed."""


def users_frame(outer: CodeType) -> tuple[FrameType | None, FrameType]:
    """The innermost frame of a user's, and the frame that it has called.

    `outer` is the code that calls the user's function: what is outside of it is none of the user's,
    and where the function itself is NumPy's, there is no such frame.
    """
    inner = sys._getframe(1)
    frame = inner.f_back
    while frame is not None and frame.f_code.co_filename.startswith(INSIDE):
        inner, frame = frame, None if frame.f_code is outer else frame.f_back
    return frame, inner


class Watched(Variable):
    """A variable whose every operation goes through `_record`, where a subclass can see it.

    It is slower: :class:`Variable` writes the common operations down on the spot.
    """

    __slots__ = ()
    _watched = True

    @classmethod
    def _binary_lines(cls, primitive: Elementwise) -> BinaryLines:
        def recorded(a: str, b: str) -> str:
            return f"return self._record(primitive, y, (a, b), ({a}, {b}), {{}})"

        both = recorded("self._node", "other._node")
        left, right = recorded("self._node", "None"), recorded("None", "self._node")
        return BinaryLines(both=both, stretched=both, left=left, right=right)

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> Any:
        x = self._value
        return self._record(primitive, operate(x), (x,), (self._node,), {})

    __getitem__ = primitives.getitem


class Observed(Watched):
    """A variable that tells its tape of every operation, by ``tape.note``."""

    __slots__ = ()

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        made = super()._record(primitive, y, values, parents, params)
        tape: Any = self._level
        tape.note(made._node, y, values, parents, params)
        return made
