"""``particle``: steering a charge through the field of two others, so that it meets the origin."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.types import Mode
from admodes.shell.gradbench.descent import argmin
from admodes.shell.gradbench.tasks import nested
from admodes.transforms import grad

STEP = 0.1
"""Of time, in Euler's method."""
LONGEST = 100_000
"""Steps after which a particle that has not crossed the axis is taken never to do so."""


def potential(x: Any, y: Any, w: Any) -> Any:
    """Of the charges at (10, 10 − w) and (10, 0), at the point (x, y).

    >>> float(potential(10.0, 5.0, 0.0))
    0.4
    """
    upper = np.sqrt((x - 10) ** 2 + (y - (10 - w)) ** 2)
    lower = np.sqrt((x - 10) ** 2 + y**2)
    return 1 / upper + 1 / lower


def missed(w: Any, mode: Mode) -> Any:
    """The squared distance from the origin at which the particle crosses the x axis.

    The force is a derivative, by this mode, at each step of the path.
    """
    slopes = grad(potential, argnums=(0, 1), mode=mode)
    x, y, speed_x, speed_y = 0.0, 8.0, 0.75, 0.0
    for _ in range(LONGEST):
        slope_x, slope_y = slopes(x, y, w)
        x, y = x + STEP * speed_x, y + STEP * speed_y
        if y <= 0:  # back along the last stretch, to where it crossed
            return (x - y / speed_y * speed_x) ** 2
        speed_x, speed_y = speed_x - STEP * slope_x, speed_y - STEP * slope_y
    raise ArithmeticError(f"the particle has not crossed the x axis after {LONGEST:,} steps")


def steered(outer: Mode, inner: Mode) -> Callable[[Any], Any]:
    return lambda start: argmin(lambda w: missed(w[0], inner), start, outer)[0]


def read(given: Any) -> tuple[Any]:
    return (np.array([given["w"]], dtype=float),)


FUNCTIONS = nested(steered, read)
