"""Exponentials and logarithms."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, elementwise
from admodes.core.values import plain

# math's numbers, not NumPy's, whose float64 would make float64 of a float32.
LN2, LN10 = math.log(2), math.log(10)

declare(elementwise(np.exp, lambda y, _x: y))
declare(elementwise(np.exp2, lambda y, _x: LN2 * y))
declare(elementwise(np.expm1, lambda y, _x: y + 1))
declare(elementwise(np.log, lambda _y, x: 1 / x, singular=True))
declare(elementwise(np.log2, lambda _y, x: (1 / LN2) / x, singular=True))
declare(elementwise(np.log10, lambda _y, x: (1 / LN10) / x, singular=True))
declare(elementwise(np.log1p, lambda _y, x: 1 / (1 + x), singular=True))


def _weight(exponential: Callable[..., Any], y: Any, a: Any, b: Any) -> Any:
    """``exponential(a - y)``, the part of a in the sum; 1 or, shared with b, 1/2 at infinity."""
    infinite = np.isinf(plain(y)) & (plain(a) == plain(y))
    if not np.count_nonzero(infinite):
        return exponential(a - y)
    weight = exponential(np.where(infinite, 0.0, a) - np.where(infinite, 0.0, y))
    return np.where(infinite & (plain(a) == plain(b)), 0.5, weight)


#: ``max(a, b) + log1p(exp(-|a - b|))``, where the comparison tells the sign
_SUM_OF_EXPONENTIALS = costs.per_entry(additions=3, nonlinear=2)
declare(
    elementwise(
        np.logaddexp,
        lambda y, a, b: _weight(np.exp, y, a, b),
        lambda y, a, b: _weight(np.exp, y, b, a),
    ),
    cost=_SUM_OF_EXPONENTIALS,
)
declare(
    elementwise(
        np.logaddexp2,
        lambda y, a, b: _weight(np.exp2, y, a, b),
        lambda y, a, b: _weight(np.exp2, y, b, a),
    ),
    cost=_SUM_OF_EXPONENTIALS,
)
