"""Exponentials and logarithms."""

import math
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, elementwise
from admodes.core.values import plain

# math's numbers, not NumPy's, whose float64 would make float64 of a float32.
LN2, LN10 = math.log(2), math.log(10)
#: entries from which on one exponential of an array is worth more steps than a logarithm takes
MANY = 1024

declare(elementwise(np.exp, lambda y, _x: y))
declare(elementwise(np.exp2, lambda y, _x: LN2 * y))
declare(elementwise(np.expm1, lambda y, _x: y + 1))
declare(elementwise(np.log, lambda _y, x: 1 / x, singular=True))
declare(elementwise(np.log2, lambda _y, x: (1 / LN2) / x, singular=True))
declare(elementwise(np.log10, lambda _y, x: (1 / LN10) / x, singular=True))
declare(elementwise(np.log1p, lambda _y, x: 1 / (1 + x), singular=True))


def _share(sum_up: Any, exponential: Any, y: Any, a: Any, b: Any) -> Any:
    """``exponential(a - y)``, the part of a in the sum; 1 or, shared with b, 1/2 at infinity.

    By the difference of the two: y has lost to rounding what it is more than the larger of two
    large numbers.
    """
    infinite = np.isinf(plain(y))
    if np.count_nonzero(infinite):
        equal = infinite & (plain(a) == plain(b))
        a, b = np.where(equal, 0.0, a), np.where(equal, 0.0, b)
    apart = b - a
    if apart.__class__ is not np.ndarray or apart.size < MANY:
        return exponential(-sum_up(0, apart))
    small = np.abs(apart)
    small = exponential(np.negative(small, out=small), out=small)
    return np.where(apart > 0, small, 1) / (1 + small)


#: ``max(a, b) + log1p(exp(-|a - b|))``, where the comparison tells the sign
_SUM_OF_EXPONENTIALS = costs.per_entry(additions=3, nonlinear=2)
declare(
    elementwise(
        np.logaddexp,
        lambda y, a, b: _share(np.logaddexp, np.exp, y, a, b),
        lambda y, a, b: _share(np.logaddexp, np.exp, y, b, a),
    ),
    cost=_SUM_OF_EXPONENTIALS,
)
declare(
    elementwise(
        np.logaddexp2,
        lambda y, a, b: _share(np.logaddexp2, np.exp2, y, a, b),
        lambda y, a, b: _share(np.logaddexp2, np.exp2, y, b, a),
    ),
    cost=_SUM_OF_EXPONENTIALS,
)
