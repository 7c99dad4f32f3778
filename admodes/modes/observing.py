"""Which place in a user's own code is being carried out."""

import os
import sys
from pathlib import Path
from types import CodeType, FrameType

import numpy as np

from admodes.modes.compiling import FILE

INSIDE = (
    os.path.join(Path(__file__).parents[1], ""),
    os.path.join(Path(str(np.__file__)).parent, ""),
    FILE,
)
"""How the files begin whose frames are no user's: this package's and NumPy's."""


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
