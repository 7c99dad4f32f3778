"""Bessel functions of all kinds, and Hankel's, Kelvin's and Struve's."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from admodes.core.singularities import by_convention
from admodes.core.values import plain
from admodes.scipy.special.declaring import INTEGER, ORDER, called, filled, rule, rule_of, together

# --- Cylinder functions (DLMF 10.6.1, 10.29.1) ----------------------------------------------------


def _sign(x: Any) -> Any:
    """What a scale of ``exp(-|x|)`` brings in, which has a corner at 0."""
    return by_convention(np.sign(x), plain(x) == 0, x)


def _neighbours(function: Callable[..., Any], sign: int, v: Any, x: Any) -> Any:
    """Half of the function of the order below, plus or minus half of that above."""
    above = function(v + 1, x)
    return 0.5 * (function(v - 1, x) + (above if sign > 0 else -above))


def _oscillating(name: str, scale: complex = 0, real: bool = False) -> None:
    """Of J, Y and H, perhaps times ``exp(scale * x)``."""
    function = getattr(special, name)

    def slope(y: Any, v: Any, x: Any) -> Any:
        return _neighbours(function, -1, v, x) + scale * y

    def unscaled(_y: Any, v: Any, x: Any) -> Any:
        return _neighbours(function, -1, v, x)

    rule(name, ORDER, slope if scale else unscaled, singular=True, real=real)


for _name in ("jv", "yn", "yv", "hankel1", "hankel2"):
    _oscillating(_name)
_oscillating("hankel1e", -1j)
_oscillating("hankel2e", 1j)
# Scaled by exp(-|Im x|), which is 1 for real x.
_oscillating("jve", real=True)
_oscillating("yve", real=True)

rule("iv", ORDER, lambda _y, v, x: _neighbours(special.iv, 1, v, x), singular=True)
rule(
    "ive",
    ORDER,
    lambda y, v, x: _neighbours(special.ive, 1, v, x) - _sign(x) * y,
    singular=True,
    real=True,
)
rule("kn", ORDER, lambda _y, v, x: -_neighbours(special.kn, 1, v, x), singular=True)
rule("kv", ORDER, lambda _y, v, x: -_neighbours(special.kv, 1, v, x), singular=True)
rule("kve", ORDER, lambda y, v, x: y - _neighbours(special.kve, 1, v, x), singular=True)

# Those of orders 0 and 1, which are quicker, and one of order 2 where the other way is x = 0.
rule("j0", lambda _y, x: -special.j1(x))
rule("j1", lambda _y, x: 0.5 * (special.j0(x) - special.jv(2, x)))
rule("y0", lambda _y, x: -special.y1(x), singular=True)
rule("y1", lambda y, x: special.y0(x) - y / x, singular=True)
rule("i0", lambda _y, x: special.i1(x))
rule("i1", lambda _y, x: 0.5 * (special.i0(x) + special.iv(2, x)))
rule("i0e", lambda y, x: special.i1e(x) - _sign(x) * y)
rule("i1e", lambda y, x: 0.5 * (special.i0e(x) + special.ive(2, x)) - _sign(x) * y)
rule("k0", lambda _y, x: -special.k1(x), singular=True)
rule("k1", lambda y, x: -special.k0(x) - y / x, singular=True)
rule("k0e", lambda y, x: y - special.k1e(x), singular=True)
rule("k1e", lambda y, x: y - special.k0e(x) - y / x, singular=True)

# --- Spherical ones (DLMF 10.51.2, 10.51.5) -------------------------------------------------------


def _spherical(kind: str, below: int, above: int) -> None:
    """By the orders below and above, and likewise the derivative of the derivative."""
    for suffix in ("", "_d"):
        ufunc: Any = getattr(special._ufuncs, f"_spherical_{kind}{suffix}", None)
        if ufunc is not None:
            _by_orders(ufunc, f"spherical_{kind}{suffix}", below, above)


def _by_orders(ufunc: Any, name: str, below: int, above: int) -> None:
    def slope(_y: Any, n: Any, x: Any) -> Any:
        # (float32 counts far enough, and leaves the precision of x as it is)
        k, lower = np.asarray(n, np.float32), ufunc(n - (n > 0), x)
        return (below * k * lower + above * (k + 1) * ufunc(n + 1, x)) / (2 * k + 1)

    rule_of(ufunc, name, INTEGER, slope, singular=True)


_spherical("jn", 1, -1)
_spherical("yn", 1, -1)
_spherical("in", 1, 1)
_spherical("kn", -1, -1)

# --- Airy functions -------------------------------------------------------------------------------


def _airy_slopes(y: Any, x: Any) -> Any:
    return together(y[1], x * y[0], y[3], x * y[2])


def _scaled_airy_slopes(y: Any, x: Any) -> Any:
    """Ai is scaled by ``exp(2/3 x^1.5)``, Bi by its inverse; by nothing where x is negative."""
    root = np.sqrt(np.maximum(x, 0))
    return together(
        y[1] + root * y[0], x * y[0] + root * y[1], y[3] - root * y[2], x * y[2] - root * y[3]
    )


def _airy_integral_slopes(_y: Any, x: Any) -> Any:
    (a, _, b, _), (c, _, d, _) = special.airy(x), special.airy(-x)
    return together(a, b, c, d)


rule("airy", _airy_slopes, outputs=4)
rule("airye", _scaled_airy_slopes, outputs=4, real=True)
rule("itairy", _airy_integral_slopes, outputs=4)

# --- Kelvin functions, of x √i: w'' = i w - w' / x (DLMF 10.61.3) --------------------------------


def _over(y: Any, x: Any, limit: complex) -> Any:
    """``y / x``, and its limit at 0."""
    zero = plain(x) == 0
    if not np.count_nonzero(zero):
        return y / x
    return np.where(zero, limit, y / np.where(zero, 1.0, x))


rule("ber", lambda _y, x: special.berp(x))
rule("bei", lambda _y, x: special.beip(x))
rule("berp", lambda y, x: -special.bei(x) - _over(y, x, 0.0))
rule("beip", lambda y, x: special.ber(x) - _over(y, x, 0.5))
rule("ker", lambda _y, x: special.kerp(x), singular=True)
rule("kei", lambda _y, x: special.keip(x))
rule("kerp", lambda y, x: -special.kei(x) - y / x, singular=True)
rule("keip", lambda y, x: special.ker(x) - y / x, singular=True)


def _kelvin_slopes(y: Any, x: Any) -> Any:
    return together(y[2], y[3], 1j * y[0] - _over(y[2], x, 0.5j), 1j * y[1] - y[3] / x)


rule("kelvin", _kelvin_slopes, outputs=4, singular=True)

# --- Struve functions (DLMF 11.4.25, 11.4.26) -----------------------------------------------------


def _half_power(v: Any, x: Any) -> Any:
    return (0.5 * x) ** v * special.rgamma(v + 1.5) / math.sqrt(math.pi)


rule(
    "struve",
    ORDER,
    lambda _y, v, x: _neighbours(special.struve, -1, v, x) + 0.5 * _half_power(v, x),
    singular=True,
)
rule(
    "modstruve",
    ORDER,
    lambda _y, v, x: _neighbours(special.modstruve, 1, v, x) + 0.5 * _half_power(v, x),
    singular=True,
)


def _struve(x: Any) -> Any:
    """That of order 0."""
    return called(special.struve, 0.0, x)


# --- Integrals of Bessel and Struve functions -----------------------------------------------------


def _lacking_one(x: Any, sign: int) -> Any:
    """``(I₀(x) - 1) / x`` for the sign 1, ``(1 - J₀(x)) / x`` for -1; near 0 by its series."""
    near = np.abs(plain(x)) < 1
    z = np.where(near, x, 0.0)
    series: Any = 1.0
    for k in range(9, 1, -1):
        series = 1 + sign * z * z / (4 * k * k) * series
    series = series * z / 4
    if np.all(near):
        return series
    far = np.where(near, 1.0, x)
    difference = special.i0(far) - 1 if sign > 0 else 1 - special.j0(far)
    return np.where(near, series, difference / far)


rule("iti0k0", lambda _y, x: together(special.i0(x), special.k0(x)), outputs=2, singular=True)
rule("itj0y0", lambda _y, x: together(special.j0(x), special.y0(x)), outputs=2, singular=True)
rule(
    "it2i0k0",
    lambda _y, x: together(_lacking_one(x, 1), -special.k0(x) / x),
    outputs=2,
    singular=True,
)
rule(
    "it2j0y0",
    lambda _y, x: together(_lacking_one(x, -1), -special.y0(x) / x),
    outputs=2,
    singular=True,
)
rule("itstruve0", lambda _y, x: _struve(x))
rule("itmodstruve0", lambda _y, x: called(special.modstruve, 0.0, x))
rule("it2struve0", lambda _y, x: filled(plain(x) == 0, -2 / math.pi, _struve_over, x))


def _struve_over(x: Any) -> Any:
    return -_struve(x) / x


def _weighted(_y: Any, a: Any, power: Any, v: Any) -> Any:
    below = special.besselpoly(a, power + 1, v - 1)
    return below - special.besselpoly(a, power + 1, v + 1)


rule("besselpoly", _weighted, ORDER, ORDER)
