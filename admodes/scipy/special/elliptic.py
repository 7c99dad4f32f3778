"""Elliptic integrals and functions, and the arithmetic-geometric mean.

By Carlson's symmetric integrals and by hypergeometric functions, which lose no digits where the
usual formulas divide a small difference by the parameter (DLMF 19.4, 19.18, 19.25).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from admodes.core.values import plain
from admodes.scipy.special.declaring import called, rule, together

# --- Carlson's integrals --------------------------------------------------------------------------


def _rd(x: Any, y: Any, z: Any) -> Any:
    return special.elliprd(x, y, z)


def _rg_slope(x: Any, y: Any, z: Any) -> Any:
    """By the last argument."""
    return 0.25 * special.elliprf(x, y, z) - z / 12 * _rd(x, y, z)


def _quotient(v: Any, rd: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    """The derivative by x of ``R_J(x, y, z, p)``, which is `v`; `rd` is ``R_D(y, z, x)``.

    For ``p = z`` it is that of R_D. A quotient of differences, but where x and p are nearly equal.
    """
    near = np.abs(plain(x) - plain(p)) <= 0.02 * np.abs(plain(p))
    if not np.count_nonzero(near):
        return (v - rd) / (2 * (p - x))
    integral = _integral(*(np.where(near, each, 1.0) for each in (x, y, z, p)))
    return np.where(near, integral, (v - rd) / np.where(near, 1.0, 2 * (p - x)))


def _integral(x: Any, y: Any, z: Any, p: Any) -> Any:
    """The same by the trapezoidal rule in the logarithm of what is integrated over.

    The integrand is analytic around it in a strip of width 2π: for steps of 1/2 the error is below
    rounding (L. N. Trefethen, J. A. C. Weideman, "The Exponentially Convergent Trapezoidal Rule",
    SIAM Review 56, 2014).
    """
    scale, step = np.abs(plain(p)), 0.5
    total: Any = 0.0
    for k in range(-160, 41):
        t = scale * math.exp(step * k)
        total = total + t / ((t + x) * (t + p) * np.sqrt(t + x) * np.sqrt(t + y) * np.sqrt(t + z))
    return -0.75 * step * total


def _times(x: Any, slope: Callable[[Any], Any]) -> Any:
    """``x * slope(x)``, which is 0 at 0, where the slope is infinite."""
    zero = plain(x) == 0
    if not np.count_nonzero(zero):
        return x * slope(x)
    return np.where(zero, 0.0, x * slope(np.where(zero, 1.0, x)))


def _rd_by_x(v: Any, x: Any, y: Any, z: Any) -> Any:
    return _quotient(v, _rd(y, z, x), x, y, z, z)


def _rd_by_z(v: Any, x: Any, y: Any, z: Any) -> Any:
    """By the others: it is homogeneous of degree -3/2."""
    others = _times(x, lambda x: _rd_by_x(v, x, y, z)) + _times(y, lambda y: _rd_by_x(v, y, x, z))
    return -(1.5 * v + others) / z


def _rj_by_x(v: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    return _quotient(v, _rd(y, z, x), x, y, z, p)


def _rj_by_p(v: Any, x: Any, y: Any, z: Any, p: Any) -> Any:
    others = (
        _times(x, lambda x: _rj_by_x(v, x, y, z, p))
        + _times(y, lambda y: _rj_by_x(v, y, x, z, p))
        + _times(z, lambda z: _rj_by_x(v, z, x, y, p))
    )
    return -(1.5 * v + others) / p


rule(
    "elliprc", lambda _v, x, y: _rd(y, y, x) / -6, lambda _v, x, y: _rd(x, y, y) / -3, singular=True
)
rule(
    "elliprd",
    _rd_by_x,
    lambda v, x, y, z: _rd_by_x(v, y, x, z),
    _rd_by_z,
    singular=True,
)
rule(
    "elliprj",
    _rj_by_x,
    lambda v, x, y, z, p: _rj_by_x(v, y, x, z, p),
    lambda v, x, y, z, p: _rj_by_x(v, z, x, y, p),
    _rj_by_p,
    singular=True,
)
rule(
    "elliprf",
    lambda _v, x, y, z: _rd(y, z, x) / -6,
    lambda _v, x, y, z: _rd(x, z, y) / -6,
    lambda _v, x, y, z: _rd(x, y, z) / -6,
    singular=True,
)
rule(
    "elliprg",
    lambda _v, x, y, z: _rg_slope(y, z, x),
    lambda _v, x, y, z: _rg_slope(x, z, y),
    lambda _v, x, y, z: _rg_slope(x, y, z),
    singular=True,
)

# --- Complete integrals ---------------------------------------------------------------------------


def _k_slope(m: Any) -> Any:
    return math.pi / 8 * called(special.hyp2f1, 0.5, 0.5, 2.0, m) / (1 - m)


def _e_slope(m: Any) -> Any:
    return -math.pi / 8 * called(special.hyp2f1, 0.5, 1.5, 2.0, m)


rule("ellipk", lambda _y, m: _k_slope(m), singular=True)
rule(
    "ellipkm1",
    lambda _y, p: -math.pi / 8 * called(special.hyp2f1, 0.5, 0.5, 2.0, 1 - p) / p,
    singular=True,
)
rule("ellipe", lambda _y, m: _e_slope(m), singular=True)


def _mean_slope(y: Any, a: Any, b: Any) -> Any:
    """Of ``agm(a, b) = π / (2 R_F(0, a², b²))`` by a."""
    return 2 / (3 * math.pi) * np.abs(a) * y * y * _rd(0, b * b, a * a)


rule("agm", lambda y, a, b: _mean_slope(y, a, b), lambda y, a, b: _mean_slope(y, b, a))

# --- Incomplete integrals, and Jacobi's functions -------------------------------------------------


def _half_turns(phi: Any) -> tuple[Any, Any]:
    """How many half turns an angle is from the interval around 0, and what is left of it."""
    turns = np.rint(plain(phi) / math.pi)
    return turns, phi - turns * math.pi


def _with_turns(turns: Any, part: Any, whole: Any, m: Any) -> Any:
    """An integral over part of a quarter turn, and two `whole` ones for each half turn."""
    if not np.count_nonzero(turns):
        return part
    return part + np.where(turns == 0, 0.0, 2 * turns * whole(m))


def _f_by_m(phi: Any, m: Any) -> Any:
    turns, rest = _half_turns(phi)
    s, c = np.sin(rest), np.cos(rest)
    return _with_turns(turns, s**3 * _rd(c * c, 1, 1 - m * s * s) / 6, _k_slope, m)


def _e_by_m(phi: Any, m: Any) -> Any:
    turns, rest = _half_turns(phi)
    s, c = np.sin(rest), np.cos(rest)
    return _with_turns(turns, s**3 * _rd(c * c, 1 - m * s * s, 1) / -6, _e_slope, m)


def _root(phi: Any, m: Any) -> Any:
    s = np.sin(phi)
    return np.sqrt(1 - m * s * s)


rule(
    "ellipkinc",
    lambda _y, phi, m: 1 / _root(phi, m),
    lambda _y, phi, m: _f_by_m(phi, m),
    singular=True,
)
rule(
    "ellipeinc",
    lambda _y, phi, m: _root(phi, m),
    lambda _y, phi, m: _e_by_m(phi, m),
    singular=True,
)


def _jacobi_by_u(y: Any, _u: Any, m: Any) -> Any:
    sn, cn, dn, _ = y
    return together(cn * dn, -sn * dn, -m * sn * cn, dn)


def _jacobi_by_m(y: Any, _u: Any, m: Any) -> Any:
    """The amplitude φ is what ``F(φ, m) = u`` holds for."""
    sn, cn, dn, phi = y
    turned = -dn * _f_by_m(phi, m)
    return together(
        cn * turned, -sn * turned, -(sn * sn + 2 * m * sn * cn * turned) / (2 * dn), turned
    )


rule("ellipj", _jacobi_by_u, _jacobi_by_m, outputs=4)
