"""Exponential, trigonometric and hyperbolic integrals, and the dilogarithm."""

import math
from typing import Any

import numpy as np
from scipy import special

from admodes.core.values import plain
from admodes.scipy.special.declaring import INTEGER, called, rule, together

rule("exp1", lambda _y, x: -np.exp(-x) / x, singular=True)
rule("expi", lambda _y, x: np.exp(x) / x, singular=True)


def _of_order_below(n: Any, x: Any) -> Any:
    """``E_{n - 1}(x)``, also of order -1, which SciPy does not have."""
    first = plain(n) == 0
    if not np.count_nonzero(first):
        return special.expn(n - 1, x)
    below = np.exp(-x) * (1 + 1 / x) / x
    return np.where(first, below, special.expn(np.maximum(n - 1, 0), x))


rule("expn", INTEGER, lambda _y, n, x: -_of_order_below(n, x), singular=True)


def _hyperbolic_sinc(x: Any) -> Any:
    """``sinh(x) / x``, which is even."""
    value = plain(x)
    if np.iscomplexobj(value):
        return np.sinc(1j / math.pi * x)
    size = np.where(value < 0, -x, x)
    return special.exprel(-2 * size) * np.exp(size)


rule(
    "sici",
    lambda _y, x: together(np.sinc(x / math.pi), np.cos(x) / x),
    outputs=2,
    singular=True,
)
rule(
    "shichi",
    lambda _y, x: together(_hyperbolic_sinc(x), np.cosh(x) / x),
    outputs=2,
    singular=True,
)


def _dilogarithm_slope(z: Any) -> Any:
    """``log(z) / (1 - z)``, near 1 by a hypergeometric function (DLMF 15.4.1)."""
    u = 1 - z
    near = np.abs(plain(u)) < 0.5
    if not np.count_nonzero(near):
        return np.log(z) / u
    inner = -called(special.hyp2f1, 1.0, 1.0, 2.0, np.where(near, u, 0.0))
    if np.all(near):
        return inner
    return np.where(near, inner, np.log(z) / np.where(near, 1.0, u))


rule("spence", lambda _y, z: _dilogarithm_slope(z), singular=True)
