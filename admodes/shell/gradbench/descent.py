"""Gradient descent as ``particle`` and ``saddle`` take it: with one rule for the length of a step.

Of B. A. Pearlmutter & J. M. Siskind, "Using Programming Language Theory to Make Automatic
Differentiation Sound and Efficient", 2008: both evals ask for what this very method returns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.types import Mode
from admodes.transforms import grad

NEAR = 1e-5
"""A slope, or a step, that is no longer is the end."""
FIRST = 1e-5
"""By what the slope is multiplied at first."""
IN_A_ROW = 10
"""Steps down before the next ones are twice as long."""


def argmin(f: Callable[[Any], Any], start: Any, mode: Mode) -> Any:
    """Where a function of a vector is least, going down from `start`.

    The function may differentiate, and be differentiated, in whatever way: so may this be.

    Examples
    --------
    >>> x = argmin(lambda x: np.sum((x - 3) ** 2), np.array([0.0]), "reverse")
    >>> bool(abs(x[0] - 3) < 1e-4)
    True
    """
    gradient = grad(f, mode=mode)
    x, height, slope = start, f(start), gradient(start)
    rate, taken = FIRST, 0
    while _length(slope) > NEAR:
        if taken == IN_A_ROW:
            rate, taken = 2 * rate, 0
        step = rate * slope
        if _length(step) <= NEAR:
            break
        below = f(x - step)
        if below < height:
            x, height = x - step, below
            slope, taken = gradient(x), taken + 1
        else:
            rate, taken = rate / 2, 0
    return x


def argmax(f: Callable[[Any], Any], start: Any, mode: Mode) -> Any:
    """Where it is greatest, going up.

    >>> x = argmax(lambda x: -np.sum((x - 3) ** 2), np.array([0.0]), "forward")
    >>> bool(abs(x[0] - 3) < 1e-4)
    True
    """
    return argmin(lambda x: -f(x), start, mode)


def _length(x: Any) -> Any:
    return np.sqrt(np.sum(x * x))
