"""The functions of ``accuracy``: easy ones, and ones that lose digits.

Each is one piece of code, which runs on NumPy's numbers of either precision, on complex ones, and,
with mpmath under the name ``np``, on numbers of any length. So its constants are whole numbers: a
constant that float32 rounds would make it another function there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: what rounding does to a function, or to its derivative
EASY, VALUE, DERIVATIVE, GROWS = (
    "nothing cancels",
    "the value cancels",
    "the derivative cancels",
    "rounding grows",
)


@dataclass(frozen=True)
class Case:
    """A function of one number, and about where to take its derivative."""

    name: str
    formula: str
    group: str
    f: Callable[[Any], Any]
    at: float


def wave(x):
    return np.exp(x) * np.sin(x)


def quotient(x):
    """The example that complex steps were introduced with (Squire & Trapp, 1998)."""
    return np.exp(x) / (np.sin(x) ** 3 + np.cos(x) ** 3)


def offset(x):
    return 1000 + np.sin(x)


def roots(x):
    return np.sqrt(x * x + 1) - x


def rewritten(x):
    """The same function as `roots`, without the difference."""
    return 1 / (np.sqrt(x * x + 1) + x)


def versine(x):
    return (1 - np.cos(x)) / (x * x)


def polynomial(x):
    """(x - 1)⁷, multiplied out."""
    y = 1
    for coefficient in (-7, 21, -35, 35, -21, 7, -1):
        y = y * x + coefficient
    return y


def logistic(x, times=12):
    """Chaos: a difference in `x` doubles each time, about, and so does one by rounding."""
    for _ in range(times):
        x = 4 * x * (1 - x)
    return x


CASES = {
    case.name: case
    for case in (
        Case("wave", "exp x · sin x", EASY, wave, 1.0),
        Case("quotient", "exp x / (sin³x + cos³x)", EASY, quotient, 1.5),
        Case("roots", "√(x² + 1) − x", DERIVATIVE, roots, 100.0),
        Case("rewritten", "1 / (√(x² + 1) + x)", EASY, rewritten, 100.0),
        Case("offset", "1000 + sin x", VALUE, offset, 1.0),
        Case("versine", "(1 − cos x) / x²", DERIVATIVE, versine, 1 / 64),
        Case("polynomial", "(x − 1)⁷, multiplied out", DERIVATIVE, polynomial, 1.125),
        Case("logistic", "x ← 4x(1 − x), 12 times", GROWS, logistic, 0.3),
    )
}
