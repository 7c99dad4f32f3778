"""Cumulative distribution functions, and their inverses.

By where it is taken, the derivative of one is the density; that of an inverse is one over it. By
a parameter only some have one in closed form.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from admodes.core.values import plain
from admodes.scipy.special.declaring import INTEGER, INVERSE, rule
from admodes.scipy.special.errors import ROOT_2PI
from admodes.scipy.special.gammas import INCOMPLETE, beta_density, gamma_density


def _rules(
    density: Callable[..., Any],
    parameters: tuple[str, ...],
    up: str,
    down: str | None,
    inverse: str | None,
    inverse_sign: int = 1,
) -> None:
    """For a distribution function, one less that function, and the inverse of one of the two.

    Their parameters come first. `inverse_sign` is -1 where it is the second that is inverted.
    """

    def spread(sign: int) -> Callable[..., Any]:
        if len(parameters) == 1:
            return lambda _y, a, x: sign * density(a, x)
        return lambda _y, a, b, x: sign * density(a, b, x)

    def inverted(sign: int) -> Callable[..., Any]:
        if len(parameters) == 1:
            return lambda y, a, _p: sign / density(a, y)
        return lambda y, a, b, _p: sign / density(a, b, y)

    rule(up, *parameters, spread(1), singular=True)
    if down is not None:
        rule(down, *parameters, spread(-1), singular=True)
    if inverse is not None:
        by_parameters = [INVERSE if reason == INCOMPLETE else reason for reason in parameters]
        rule(inverse, *by_parameters, inverted(inverse_sign), singular=True)


def _chi_squared(degrees: Any, x: Any) -> Any:
    return gamma_density(degrees / 2, x / 2) / 2


def _fisher(above: Any, below: Any, x: Any) -> Any:
    """Of the ratio of two chi-squared numbers, each over its degrees of freedom."""
    total = above * x + below
    ratio = above * x / total
    return beta_density(above / 2, below / 2, ratio) * above * below / (total * total)


def _student(degrees: Any, t: Any) -> Any:
    logarithm = special.gammaln(0.5 * (degrees + 1)) - special.gammaln(0.5 * degrees)
    scale = np.exp(logarithm) / np.sqrt(math.pi * degrees)
    return scale * np.exp(-0.5 * (degrees + 1) * np.log1p(t * t / degrees))


def _successes(k: Any, n: Any, p: Any) -> Any:
    """Of the probability of at most k successes in n trials, by that of one."""
    whole = np.floor(k)
    return -beta_density(whole + 1, n - whole, p)


def _failures(k: Any, n: Any, p: Any) -> Any:
    """Of the probability of at most k failures before the n-th success."""
    return beta_density(n, k + 1, p)


def _events(k: Any, mean: Any) -> Any:
    """Of the probability of at most k events, by their mean."""
    return -gamma_density(np.floor(k) + 1, mean)


_rules(_chi_squared, (INCOMPLETE,), "chdtr", "chdtrc", "chdtri", -1)
_rules(_fisher, (INCOMPLETE,) * 2, "fdtr", "fdtrc", "fdtri")
_rules(_student, (INCOMPLETE,), "stdtr", None, "stdtrit")
_rules(_successes, (INTEGER,) * 2, "bdtr", "bdtrc", "bdtri")
_rules(_failures, (INTEGER,) * 2, "nbdtr", "nbdtrc", "nbdtri")
_rules(_events, (INTEGER,), "pdtr", "pdtrc", "pdtri")

# --- The gamma distribution, of a rate, a shape and a place ---------------------------------------

rule(
    "gdtr",
    lambda _y, a, b, x: x * gamma_density(b, a * x),
    INCOMPLETE,
    lambda _y, a, b, x: a * gamma_density(b, a * x),
    singular=True,
)
rule(
    "gdtrc",
    lambda _y, a, b, x: -x * gamma_density(b, a * x),
    INCOMPLETE,
    lambda _y, a, b, x: -a * gamma_density(b, a * x),
    singular=True,
)
rule(
    "gdtrix",
    lambda y, a, _b, _p: -y / a,
    INVERSE,
    lambda y, a, b, _p: 1 / (a * gamma_density(b, a * y)),
    singular=True,
)
rule(
    "gdtria",
    lambda y, _p, b, x: 1 / (x * gamma_density(b, x * y)),
    INVERSE,
    lambda y, _p, _b, x: -y / x,
    singular=True,
)

# --- The mean and the deviation of a normal distribution ------------------------------------------


def _quantile_slope(z: Any) -> Any:
    return ROOT_2PI * np.exp(0.5 * z * z)


rule(
    "nrdtrimn",
    lambda y, _p, std, x: -std * _quantile_slope((x - y) / std),
    lambda y, _p, std, x: (y - x) / std,
    1,
    singular=True,
)
rule(
    "nrdtrisd",
    lambda y, mean, _p, x: -y / (x - mean),
    lambda y, mean, _p, x: -y * y / (x - mean) * _quantile_slope((x - mean) / y),
    lambda y, mean, _p, x: y / (x - mean),
    singular=True,
)

# --- The noncentral chi-squared distribution ------------------------------------------------------


def _noncentral(x: Any, degrees: Any, shift: Any) -> Any:
    """Its density, by a Bessel function that is scaled, or the function it is near 0."""
    order, product = 0.5 * degrees - 1, x * shift
    near = plain(product) < 1
    inner = np.where(near, product, 0.25)
    series = special.hyp0f1(order + 1, 0.25 * inner) * np.exp(-0.5 * shift)
    found: Any = 0.5 * gamma_density(order + 1, 0.5 * x) * series
    if np.all(near):
        return found
    moved, to = np.where(near, 1.0, x), np.where(near, 1.0, shift)
    apart = np.sqrt(moved) - np.sqrt(to)
    bessel = special.ive(order, np.sqrt(moved * to))
    far = 0.5 * (moved / to) ** (0.5 * order) * np.exp(-0.5 * apart * apart) * bessel
    return np.where(near, found, far)


def _noncentral_by_shift(x: Any, degrees: Any, shift: Any) -> Any:
    return -_noncentral(x, degrees + 2, shift)


rule(
    "chndtr",
    lambda _y, x, degrees, shift: _noncentral(x, degrees, shift),
    INCOMPLETE,
    lambda _y, x, degrees, shift: _noncentral_by_shift(x, degrees, shift),
    singular=True,
)
rule(
    "chndtrix",
    lambda y, _p, degrees, shift: 1 / _noncentral(y, degrees, shift),
    INVERSE,
    lambda y, _p, degrees, shift: (
        -_noncentral_by_shift(y, degrees, shift) / _noncentral(y, degrees, shift)
    ),
    singular=True,
)
rule(
    "chndtrinc",
    lambda y, x, degrees, _p: -_noncentral(x, degrees, y) / _noncentral_by_shift(x, degrees, y),
    INVERSE,
    lambda y, x, degrees, _p: 1 / _noncentral_by_shift(x, degrees, y),
    singular=True,
)
