"""Logistic functions, entropies, robust losses, powers: elementary, but for lost digits."""

import math
from typing import Any

import numpy as np
from scipy import special

from admodes.core import costs
from admodes.core.values import plain
from admodes.scipy.special.declaring import rule, without_derivative

LN2, LN10, DEGREE = math.log(2), math.log(10), math.pi / 180

without_derivative("round")
rule("exp2", lambda y, _x: LN2 * y)
rule("exp10", lambda y, _x: LN10 * y)
rule("expm1", lambda _y, x: np.exp(x))
rule("log1p", lambda _y, x: 1 / (1 + x), singular=True)
rule("cbrt", lambda y, _x: 1 / (3 * (y * y)), singular=True)
rule("cosm1", lambda _y, x: -np.sin(x))
rule(
    "powm1", lambda _y, a, b: b * a ** (b - 1), lambda y, a, _b: (y + 1) * np.log(a), singular=True
)

# --- Angles in degrees ----------------------------------------------------------------------------

rule("sindg", lambda _y, x: DEGREE * special.cosdg(x))
rule("cosdg", lambda _y, x: -DEGREE * special.sindg(x))
rule("tandg", lambda y, _x: DEGREE * (1 + y * y))
rule("cotdg", lambda y, _x: -DEGREE * (1 + y * y))
_radian: Any = rule("radian", DEGREE, DEGREE / 60, DEGREE / 3600)
_radian.cost = costs.per_entry(additions=2, multiplications=3)

# --- Logistic functions ---------------------------------------------------------------------------

rule("expit", lambda y, x: y * special.expit(-x))
rule("log_expit", lambda _y, x: special.expit(-x))
rule("logit", lambda _y, x: 1 / x / (1 - x), singular=True)

# --- Entropies ------------------------------------------------------------------------------------


def _ratio(x: Any, y: Any) -> Any:
    """``x / y``; 0 where both are, for there the functions are 0 whatever y is."""
    none = (plain(x) == 0) & (plain(y) == 0)
    if not np.count_nonzero(none):
        return x / y
    return np.where(none, 0.0, x / np.where(none, 1.0, y))


rule("xlogy", lambda _v, _x, y: np.log(y), lambda _v, x, y: _ratio(x, y), singular=True)
rule("xlog1py", lambda _v, _x, y: np.log1p(y), lambda _v, x, y: _ratio(x, 1 + y), singular=True)
rule("entr", lambda _y, x: -1 - np.log(x), singular=True)
rule(
    "rel_entr",
    lambda _v, x, y: 1 + np.log(x / y),
    lambda _v, x, y: -_ratio(x, y),
    singular=True,
)
rule(
    "kl_div",
    lambda _v, x, y: np.log(x / y),
    lambda _v, x, y: _ratio(y - x, y),
    singular=True,
)

# --- Robust losses --------------------------------------------------------------------------------


def _pseudo_huber_by_delta(_y: Any, delta: Any, r: Any) -> Any:
    """``2 δ (s - 1) - r² / (δ s)`` for ``s = √(1 + r²/δ²)``, without the cancellation."""
    u = r / delta
    s = np.hypot(u, 1)
    return delta * (u * u / (s + 1)) ** 2 / s


rule(
    "huber",
    lambda _y, delta, r: np.maximum(np.abs(r) - delta, 0),
    lambda _y, delta, r: np.clip(r, -delta, delta),
)
rule("pseudo_huber", _pseudo_huber_by_delta, lambda _y, delta, r: r / np.hypot(r / delta, 1))

# --- Powers that become logarithms ----------------------------------------------------------------


def _growth(u: Any) -> Any:
    """The derivative of ``exprel(u) = (exp(u) - 1) / u``."""
    return special.hyp1f1(2, 3, u) / 2


def power_growth(log: Any, exponent: Any) -> Any:
    """Of ``(x**λ - 1) / λ`` by the exponent λ, given the logarithm of x."""
    return log * log * _growth(exponent * log)


def _inverse_slopes(log: Any) -> tuple[Any, Any]:
    """Of the inverses of Box and Cox' transformations, given the logarithm of what they give."""

    def by_y(x: Any, _y: Any, exponent: Any) -> Any:
        return np.exp((1 - exponent) * log(x))

    def by_exponent(x: Any, _y: Any, exponent: Any) -> Any:
        return -power_growth(log(x), exponent) * np.exp((1 - exponent) * log(x))

    return by_y, by_exponent


rule("exprel", lambda _y, x: _growth(x))
rule(
    "boxcox",
    lambda _y, x, exponent: x ** (exponent - 1),
    lambda _y, x, exponent: power_growth(np.log(x), exponent),
    singular=True,
)
rule(
    "boxcox1p",
    lambda _y, x, exponent: np.exp((exponent - 1) * np.log1p(x)),
    lambda _y, x, exponent: power_growth(np.log1p(x), exponent),
    singular=True,
)
rule("inv_boxcox", *_inverse_slopes(np.log), singular=True)
rule("inv_boxcox1p", *_inverse_slopes(np.log1p), singular=True)


def _tukey_by_exponent(y: Any, x: Any, exponent: Any) -> Any:
    """That of the quantile ``(y**λ - (1 - y)**λ) / λ``, the other way round."""
    quantile = power_growth(np.log(y), exponent) - power_growth(np.log1p(-y), exponent)
    return -quantile * _tukey_density(y, x, exponent)


def _tukey_density(y: Any, _x: Any, exponent: Any) -> Any:
    outside = (plain(y) <= 0) | (plain(y) >= 1)
    if not np.count_nonzero(outside):
        return 1 / (y ** (exponent - 1) + (1 - y) ** (exponent - 1))
    inner = np.where(outside, 0.5, y)
    return np.where(outside, 0.0, 1 / (inner ** (exponent - 1) + (1 - inner) ** (exponent - 1)))


rule("tklmbda", _tukey_density, _tukey_by_exponent)
