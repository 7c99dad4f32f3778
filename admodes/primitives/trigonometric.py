"""Trigonometric and hyperbolic functions, their inverses, and the cardinal sine."""

import math
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, elementwise, implements
from admodes.core.singularities import by_convention
from admodes.core.stand_ins import as_traced, computed, stands_for_another
from admodes.core.values import SCALARS, Traced, is_differentiated, is_normal, plain

#: entries from which on it takes less time to look at squares than to do without them
MANY = 1024

# Squares leave the range of floating-point numbers long before slopes do. Roots of sums and of
# differences of squares are products of two roots, then, with the same branch for complex x.


def _root(x: Any) -> Any:
    """√(1 + x²)."""
    if np.iscomplexobj(plain(x)):
        return np.sqrt(1 + 1j * x) * np.sqrt(1 - 1j * x)
    return np.hypot(x, 1)


def _other_leg(x: Any) -> Any:
    """√(1 - x²). A complex x on a branch cut has an imaginary part of 0, whose sign counts."""
    if np.iscomplexobj(plain(x)):
        return np.sqrt(-(x - 1)) * np.sqrt(x + 1)  # 1 - x would lose it
    return np.sqrt((1 - x) * (1 + x))


declare(elementwise(np.sin, lambda _y, x: np.cos(x)))
declare(elementwise(np.cos, lambda _y, x: -np.sin(x)))
declare(elementwise(np.tan, lambda y, _x: 1 + y * y))
declare(elementwise(np.arcsin, lambda _y, x: 1 / _other_leg(x), singular=True))
declare(elementwise(np.arccos, lambda _y, x: -1 / _other_leg(x), singular=True))
# Above 1e154 it is 0, not the subnormal number that it should be: a root takes ten times as long.
declare(elementwise(np.arctan, lambda _y, x: 1 / (1 + x * x)))
declare(elementwise(np.degrees, 180 / math.pi), cost=costs.MULTIPLICATION)
declare(elementwise(np.rad2deg, 180 / math.pi), cost=costs.MULTIPLICATION)
declare(elementwise(np.radians, math.pi / 180), cost=costs.MULTIPLICATION)
declare(elementwise(np.deg2rad, math.pi / 180), cost=costs.MULTIPLICATION)

declare(elementwise(np.sinh, lambda _y, x: np.cosh(x)))
declare(elementwise(np.cosh, lambda _y, x: np.sinh(x)))
declare(elementwise(np.tanh, lambda y, _x: 1 - y * y))
declare(elementwise(np.arcsinh, lambda _y, x: 1 / _root(x)))
# Two roots: one root of the product has the wrong sign for complex x left of the imaginary axis.
declare(elementwise(np.arccosh, lambda _y, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)), singular=True))
declare(elementwise(np.arctanh, lambda _y, x: 1 / (1 - x) / (1 + x), singular=True))


def _recorded_hypot(a: Any, b: Any) -> Any:
    """``math.hypot`` of numbers that a program is recorded of, whose last digit is not always that
    of ``np.hypot``; ``None`` of all else."""
    one, other = plain(a), plain(b)
    if is_differentiated(a) or is_differentiated(b):
        return None
    if not (stands_for_another(one) or stands_for_another(other)):
        return None
    if one.__class__ not in SCALARS or other.__class__ not in SCALARS:
        return None
    return as_traced(computed(math.hypot, one, other))


def _over_squares(x: Any, a: Any, b: Any) -> Any:
    """``x / (a² + b²)``, by way of the root: squares leave the range of numbers before it does.

    In a large array the squares take an eighth of the time, and it is seen whether they did.
    """
    numbers = a.__class__ in SCALARS and b.__class__ in SCALARS
    if numbers:
        root: Any = math.hypot(a, b)
        return x / root / root
    if isinstance(a, Traced) or isinstance(b, Traced):
        root = _recorded_hypot(a, b)
        if root is not None:
            return x / root / root
    if x.__class__ is np.ndarray and x.size > MANY:
        with np.errstate(over="ignore", under="ignore"):
            squares = a * a + b * b
        if is_normal(plain(squares)):
            return x / squares
    root = np.hypot(a, b)
    return x / root / root


declare(
    elementwise(
        np.arctan2,
        lambda _y, a, b: _over_squares(b, a, b),
        lambda _y, a, b: _over_squares(-a, a, b),
        singular=True,
    )
)


def _cosine(y: Any, side: Any) -> Any:
    """The side over the hypotenuse y; 0, and flat, where that is 0."""
    zero = plain(y) == 0
    if np.count_nonzero(zero):
        return by_convention(np.where(zero, 0.0, side / np.where(zero, 1.0, y)), zero, side)
    return side / y


declare(elementwise(np.hypot, lambda y, a, _b: _cosine(y, a), lambda y, _a, b: _cosine(y, b)))


def _sinc_slope(y: Any, x: Any) -> Any:
    """``(cos(πx) - y) / x``, near 0 by its power series, for there the difference cancels.

    This is ``-π j₁(πx)`` of the spherical Bessel function; its series in u = πx is
    ``u/3 (1 - u²/(2·5) (1 - u²/(4·7) (1 - u²/(6·9) (…))))`` (DLMF 10.53.1).
    """
    u = math.pi * x
    near = np.absolute(plain(u)) < 0.5
    if not np.count_nonzero(near):
        return (np.cos(u) - y) / x
    v = np.where(near, u, 0.0)
    series: Any = 1.0
    for k in range(6, 0, -1):  # the next term is 1e-17 of the first
        series = 1 - v * v / (2 * k * (2 * k + 3)) * series
    return np.where(near, -math.pi / 3 * v * series, (np.cos(u) - y) / np.where(near, 1.0, x))


#: ``sin(u) / u`` for ``u = πx``, where a comparison takes care of 0
_SINC = costs.per_entry(additions=1, multiplications=2, nonlinear=2)
implements(np.sinc)(declare(elementwise(np.sinc, _sinc_slope), cost=_SINC))


# --- The Bessel function of order 0, of imaginary argument ----------------------------------------

#: cosines of the middles of equal parts of a right angle
_COSINES = np.cos((np.arange(64) + 0.5) * (math.pi / 128))


def _i0_slope(x: Any) -> Any:
    """``I₁(x)``, the mean of ``cos(t) sinh(x cos(t))`` over a quarter turn (DLMF 10.32.3).

    A mean over equally spaced points is exact for a periodic analytic function but for terms that
    are, up to the largest x with a finite result, less than rounding (L. N. Trefethen & J. A. C.
    Weideman, SIAM Review 56, 2014). All terms have one sign.
    """
    cosines = _COSINES.astype(np.result_type(plain(x)))
    return np.matmul(np.sinh(np.multiply(np.expand_dims(x, -1), cosines)), cosines / len(cosines))


#: as Cephes has it: a Chebyshev series of 30 terms, times ``exp``
_I0 = costs.per_entry(additions=60, multiplications=31, nonlinear=1)
implements(np.i0)(declare(elementwise(np.i0, lambda _y, x: _i0_slope(x)), cost=_I0))
