"""``saddle``: min over x of max over y of |x|² − |y|², each by gradient descent."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.types import Mode
from admodes.shell.gradbench.descent import argmax, argmin
from admodes.shell.gradbench.tasks import nested


def height(x: Any, y: Any) -> Any:
    """|x|² − |y|².

    >>> float(height(np.array([1.0, 2.0]), np.array([2.0, 0.0])))
    1.0
    """
    return np.sum(x * x) - np.sum(y * y)


def saddle(outer: Mode, inner: Mode) -> Callable[[Any], Any]:
    """x and y together, by a descent in which each value is the end of an ascent."""

    def found(start: Any) -> Any:
        def highest(x: Any) -> Any:
            return height(x, argmax(lambda y: height(x, y), start, inner))

        x = argmin(highest, start, outer)
        return np.concatenate([x, argmax(lambda y: height(x, y), start, outer)])

    return found


def read(given: Any) -> tuple[Any]:
    return (np.array(given["start"], dtype=float),)


FUNCTIONS = nested(saddle, read)
