"""The corners and singular points of ``kinks``, with the slopes on either side.

Each function is one piece of code, in which another library's namespace stands for ``np``. Where
that of PyTorch has no such name, or the name means something else, the same function follows in its
words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log, nan, sqrt
from typing import Any

import numpy as np

Slopes = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Case:
    """A function and a point."""

    formula: str
    f: Callable[[Any], Any]
    at: float | Sequence[float]
    slopes: Slopes
    """Of each entry: the slope to its left and to its right, the other entries held; NaN where the
    function is not defined."""
    torch: Callable[[Any, Any], Any] | None = None
    """``torch(namespace, x)``, where `f` cannot run on it."""

    @property
    def point(self) -> str:
        if isinstance(self.at, float):
            return f"{self.at:g}"
        return f"({', '.join(f'{x:g}' for x in self.at)})"

    @property
    def name(self) -> str:
        return f"{self.formula} at {self.point}"


BOTH = (-1.0, 1.0)
UP, DOWN = (0.0, 1.0), (1.0, 0.0)
FLAT = (0.0, 0.0)
SPREAD = sqrt(2) / 3  # the standard deviation of three numbers, of which two are 0 and one is 1


def sure(slope: float) -> tuple[float, float]:
    """There is a derivative."""
    return slope, slope


def xlogy(x):
    return np.where(x[0] == 0, 0, x[0] * np.log(x[1]))


def torch_median(torch, x):
    """PyTorch's own ``median`` is the lower one of the two in the middle."""
    return torch.quantile(x, 0.5)


MIDDLE = [FLAT, sure(0.5), sure(0.5), FLAT]

CASES = (
    # Corners
    Case("|x|", lambda x: np.abs(x), 0.0, [BOTH]),
    Case("x·|x|", lambda x: x * np.abs(x), 0.0, [FLAT]),
    Case(
        "maximum(x, 0)",
        lambda x: np.maximum(x, 0),
        0.0,
        [UP],
        lambda torch, x: torch.maximum(x, torch.zeros_like(x)),
    ),
    Case("where(x > 0, x, 0)", lambda x: np.where(x > 0, x, 0), 0.0, [UP]),
    Case("clip(x, 0, 1)", lambda x: np.clip(x, 0, 1), 0.0, [UP]),
    Case("clip(x, 0, 1)", lambda x: np.clip(x, 0, 1), 1.0, [DOWN]),
    Case("maximum(x, x)", lambda x: np.maximum(x, x), 1.0, [sure(1)]),
    Case("minimum(x, -x)", lambda x: np.minimum(x, -x), 0.0, [(1.0, -1.0)]),
    Case("max(x)", lambda x: np.max(x), (2.0, 2.0), [UP, UP]),
    Case("max(x)", lambda x: np.max(x), (1.0, 2.0, 2.0), [FLAT, UP, UP]),
    Case("min(x)", lambda x: np.min(x), (2.0, 2.0), [DOWN, DOWN]),
    Case(
        "sort(x)[0]",
        lambda x: np.sort(x)[0],
        (2.0, 2.0),
        [DOWN, DOWN],
        lambda torch, x: torch.sort(x).values[0],
    ),
    Case(
        "sort(x)[-1]",
        lambda x: np.sort(x)[-1],
        (1.0, 2.0, 2.0),
        [FLAT, UP, UP],
        lambda torch, x: torch.sort(x).values[-1],
    ),
    Case("median(x)", lambda x: np.median(x), (2.0, 2.0, 3.0), [UP, UP, FLAT], torch_median),
    Case("median(x)", lambda x: np.median(x), (1.0, 2.0, 2.0, 3.0), MIDDLE, torch_median),
    Case("median(x)", lambda x: np.median(x), (2.0, 2.0, 2.0), [FLAT] * 3, torch_median),
    Case("norm(x, 1)", lambda x: np.linalg.norm(x, 1), (0.0, 1.0), [BOTH, sure(1)]),
    Case("norm(x, inf)", lambda x: np.linalg.norm(x, np.inf), (1.0, -1.0), [UP, (-1.0, 0.0)]),
    # Roots at 0
    Case("sqrt(x)", lambda x: np.sqrt(x), 0.0, [(nan, inf)]),
    Case("sqrt(x²)", lambda x: np.sqrt(x**2), 0.0, [BOTH]),
    Case("sqrt(x⁴)", lambda x: np.sqrt(x**4), 0.0, [FLAT]),
    Case(
        "maximum(sqrt(x), 1)",
        lambda x: np.maximum(np.sqrt(x), 1),
        0.0,
        [(nan, 0.0)],
        lambda torch, x: torch.maximum(torch.sqrt(x), torch.ones_like(x)),
    ),
    Case("norm(x)", lambda x: np.linalg.norm(x), (0.0, 0.0), [BOTH, BOTH]),
    Case("sqrt(sum(x²))", lambda x: np.sqrt(np.sum(x**2)), (0.0, 0.0), [BOTH, BOTH]),
    Case("hypot(x, y)", lambda x: np.hypot(x[0], x[1]), (0.0, 0.0), [BOTH, BOTH]),
    Case(
        "std(x)",
        lambda x: np.std(x),
        (2.0, 2.0, 2.0),
        [(-SPREAD, SPREAD)] * 3,
        lambda torch, x: torch.std(x, correction=0),
    ),
    # Branches that are not taken
    Case("where(x > 0, sqrt(x), 0)", lambda x: np.where(x > 0, np.sqrt(x), 0), 0.0, [(0.0, inf)]),
    Case("where(x > 0, sqrt(x), 0)", lambda x: np.where(x > 0, np.sqrt(x), 0), -1.0, [FLAT]),
    Case("where(x == 0, 1, sin(x)/x)", lambda x: np.where(x == 0, 1, np.sin(x) / x), 0.0, [FLAT]),
    Case("where(x == 0, 0, x log y)", xlogy, (0.0, 0.0), [sure(-inf), FLAT]),
    Case("where(x == 0, 0, x log y)", xlogy, (0.0, 2.0), [sure(log(2)), FLAT]),
    # Powers and products
    Case("x**0.0", lambda x: x**0.0, 0.0, [FLAT]),
    Case("x**1.0", lambda x: x**1.0, 0.0, [sure(1)]),
    Case("x**1.5", lambda x: x**1.5, 0.0, [(nan, 0.0)]),
    Case("|x|**1.5", lambda x: np.abs(x) ** 1.5, 0.0, [FLAT]),
    Case("0.0**x", lambda x: 0.0**x, 2.0, [FLAT]),
    Case("0.0**x", lambda x: 0.0**x, 0.0, [(nan, -inf)]),
    Case("x**x", lambda x: x**x, 0.0, [(nan, -inf)]),
    Case("x**y", lambda x: x[0] ** x[1], (0.0, 2.0), [FLAT, FLAT]),
    Case("prod(x)", lambda x: np.prod(x), (0.0, 3.0), [sure(3), FLAT]),
    Case("prod(x)", lambda x: np.prod(x), (0.0, 0.0, 3.0), [FLAT] * 3),
    # Removable, and at infinity
    Case("sinc(x)", lambda x: np.sinc(x), 0.0, [FLAT]),
    Case("exp(-1/x²)", lambda x: np.exp(-1 / x**2), 0.0, [FLAT]),
    Case("logaddexp(x, y)", lambda x: np.logaddexp(x[0], x[1]), (0.0, -inf), [sure(1), FLAT]),
    Case("log(1 + exp(x))", lambda x: np.log(1 + np.exp(x)), 1000.0, [sure(1)]),
    # At the end of the domain, and at a jump
    Case("log(x)", lambda x: np.log(x), 0.0, [(nan, inf)]),
    Case("log1p(x)", lambda x: np.log1p(x), -1.0, [(nan, inf)]),
    Case("arcsin(x)", lambda x: np.arcsin(x), 1.0, [(inf, nan)]),
    Case("arctan2(y, x)", lambda x: np.arctan2(x[0], x[1]), (0.0, 0.0), [(inf, inf), (-inf, 0.0)]),
)
