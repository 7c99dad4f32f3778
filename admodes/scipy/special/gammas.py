"""The gamma function and its relatives: beta, zeta, and the incomplete integrals."""

import math
from typing import Any

import numpy as np
from scipy import special

from admodes.core.values import plain
from admodes.scipy.special.declaring import (
    INVERSE,
    rule,
    rule_of,
    ufunc_of,
    without_derivative,
)

INCOMPLETE = "the derivative by the parameter of an incomplete integral has no closed form"
ZETA = "the derivative of the zeta function by the exponent has no closed form"

#: Hurwitz' zeta function of an exponent and a shift
HURWITZ = ufunc_of(special.zeta, 1.0)
#: Riemann's, of an exponent alone
RIEMANN = ufunc_of(special.zeta)
rule_of(HURWITZ, "zeta", ZETA, lambda _y, s, q: -s * special.zeta(s + 1, q), singular=True)

#: B₂ₖ of Bernoulli, from k = 1 on
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def trigamma(x: Any) -> Any:
    """The derivative of ``psi``."""
    if np.iscomplexobj(plain(x)):
        return _complex_trigamma(x)
    return special.zeta(2, x)


def _complex_trigamma(z: Any) -> Any:
    """By reflection, recurrence and an asymptotic series (DLMF 5.15.6, 5.15.5, 5.15.8)."""
    left = np.real(plain(z)) < 0.5
    right = np.where(left, 1 - z, z)
    total: Any = 0.0
    for k in range(12):
        total = total + 1 / (right + k) ** 2
    w = 1 / (right + 12)
    series: Any = 0.0
    for number in reversed(BERNOULLI):
        series = number + w * w * series
    total = total + w + w * w / 2 + w * w * w * series
    if not np.count_nonzero(left):
        return total
    reflected = (math.pi / np.sin(math.pi * np.where(left, z, 0.5))) ** 2
    return np.where(left, reflected - total, total)


def _reciprocal_slope(y: Any, x: Any) -> Any:
    """Of 1 / Γ(x), which is smooth where Γ has poles: by reflection left of them (DLMF 5.5.3)."""
    left = np.real(plain(x)) < 0.5
    if not np.count_nonzero(left):
        return -y * special.psi(x)
    z = np.where(left, x, 0.0)
    angle, other = math.pi * z, 1 - z
    reflected = special.gamma(other) * (
        np.cos(angle) - special.psi(other) * np.sin(angle) / math.pi
    )
    return np.where(left, reflected, -y * special.psi(np.where(left, 1.0, x)))


def _of_sum(a: Any, b: Any) -> Any:
    return special.psi(a) - special.psi(a + b)


rule("gamma", lambda y, x: y * special.psi(x), singular=True)
rule("rgamma", _reciprocal_slope)
rule("gammaln", lambda _y, x: special.psi(x), singular=True)
rule("loggamma", lambda _y, x: special.psi(x), singular=True)
rule("psi", lambda _y, x: trigamma(x), singular=True)
rule("beta", lambda y, a, b: y * _of_sum(a, b), lambda y, a, b: y * _of_sum(b, a), singular=True)
rule("betaln", lambda _y, a, b: _of_sum(a, b), lambda _y, a, b: _of_sum(b, a), singular=True)
rule(
    "binom",
    lambda y, n, k: y * (special.psi(n + 1) - special.psi(n - k + 1)),
    lambda y, n, k: y * (special.psi(n - k + 1) - special.psi(k + 1)),
    singular=True,
)
rule(
    "poch",
    lambda y, a, m: y * (special.psi(a + m) - special.psi(a)),
    lambda y, a, m: y * special.psi(a + m),
    singular=True,
)
without_derivative("gammasgn")


# --- Incomplete integrals -------------------------------------------------------------------------


def gamma_density(a: Any, x: Any) -> Any:
    """Of the gamma distribution: ``x**(a - 1) exp(-x) / Γ(a)``."""
    return np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def beta_density(a: Any, b: Any, x: Any) -> Any:
    """Of the beta distribution: ``x**(a - 1) (1 - x)**(b - 1) / B(a, b)``."""
    logarithm = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x)
    return np.exp(logarithm - special.betaln(a, b))


rule("gammainc", INCOMPLETE, lambda _y, a, x: gamma_density(a, x), singular=True)
rule("gammaincc", INCOMPLETE, lambda _y, a, x: -gamma_density(a, x), singular=True)
rule("gammaincinv", INVERSE, lambda y, a, _p: 1 / gamma_density(a, y), singular=True)
rule("gammainccinv", INVERSE, lambda y, a, _p: -1 / gamma_density(a, y), singular=True)


def _incomplete_beta(name: str, sign: int) -> None:
    rule(
        name,
        INCOMPLETE,
        INCOMPLETE,
        lambda _y, a, b, x: sign * beta_density(a, b, x),
        singular=True,
    )
    rule(
        f"{name}inv",
        INVERSE,
        INVERSE,
        lambda y, a, b, _p: sign / beta_density(a, b, y),
        singular=True,
    )


_incomplete_beta("betainc", 1)
_incomplete_beta("betaincc", -1)
