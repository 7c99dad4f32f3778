"""What may stand for a plain value: a tracer, while a program is recorded.

It says that it is of the value's class, and NumPy asks it before it computes; but a function that
writes into memory cannot take it. Then the operation is recorded as one step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


class Unrepeatable(TypeError):
    """A function does what a program cannot repeat; or, inside a primitive, not step by step."""

    def __init__(self, message: str, recording: Any = None) -> None:
        super().__init__(message)
        self.recording = recording


class NotFinite(Unrepeatable):
    """A slope on the way is not finite where a program is recorded."""


def stands_for_another(x: Any) -> bool:
    """Whether `x` only says that it is a number or an array."""
    return type(x) is not x.__class__


def as_traced(x: Any) -> Any:
    """`x`, but as an expression if it only stands for a plain value."""
    return x._traced() if stands_for_another(x) else x


def as_known(x: Any) -> Any:
    """`x`, or what it stands for at present: for a check, which is no part of what is recorded."""
    return x._known() if stands_for_another(x) else x


def computed(function: Callable[..., Any], x: Any, *args: Any, **kwargs: Any) -> Any:
    """``function(x, …)``, by a function of NumPy's that asks no argument what it stands for."""
    for each in (x, *args):
        if stands_for_another(each):
            return each._computed(function, (x, *args), kwargs)
    return function(x, *args, **kwargs)


def as_array(x: Any) -> Any:
    """``np.asarray(x)``."""
    return computed(np.asarray, x)
