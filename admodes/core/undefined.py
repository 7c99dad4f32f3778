"""Where an operation makes a NaN of what is none, as the logarithm of -1 is.

Its slope is unknown there, whatever its rule gives (``docs/not-finite.md``).
"""

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Elementwise
from admodes.core.values import plain


def evaluated(primitive: Elementwise, residual: Any) -> tuple[Any, list[Any]]:
    """Of an operation the result and the arguments, so far as they are kept or follow."""
    y, *args = map(plain, residual)
    if y is None and all(x is not None for x in args):
        y = primitive.function(*args)
    return y, args


def makes_nan(primitive: Elementwise, residual: Any) -> Any:
    """Where the function makes a NaN of what is none."""
    y, args = evaluated(primitive, residual)
    if y is None:
        return False
    made = np.isnan(y)
    for each in args:
        if each is not None:
            made = made & ~np.isnan(each)
    if any(each is None for each in args) and np.any(made):
        # Of an argument that is not kept: whether it has to be NaN itself.
        tried = [primitive.function(*_with(args, number)) for number in (0.0, 1.0, np.inf)]
        made = made & functools.reduce(operator.or_, map(np.isnan, tried))
    return made


def _with(args: Sequence[Any], number: float) -> list[Any]:
    return [number if x is None else x for x in args]
