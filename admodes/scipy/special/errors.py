"""The error function and its relatives, Fresnel's integrals, the normal distribution."""

import math
from typing import Any

import numpy as np
from scipy import special

from admodes.core.values import plain
from admodes.scipy.special.declaring import rule, together

ROOT_PI, ROOT_2, ROOT_2PI = math.sqrt(math.pi), math.sqrt(2), math.sqrt(2 * math.pi)


def _tail(z: Any) -> Any:
    """``Σ (2k + 1)!! z**k``, an asymptotic series: to rounding for ``|z| < 1/128``."""
    total: Any = 1.0
    for k in range(18, 0, -1):
        total = 1 + (2 * k + 1) * z * total
    return total


def _by_tail(far: Any, x: Any, near: Any, tail: Any) -> Any:
    """``near(x)``, a difference that cancels for large x, and ``tail(x)`` where it is `far`."""
    if not np.count_nonzero(far):
        return near(x)
    return np.where(far, tail(np.where(far, x, 10.0)), near(x))


def scaled_complement_slope(y: Any, x: Any) -> Any:
    """Of ``erfcx(x)``, which is ``y``: ``2 x y - 2 / √π`` (DLMF 7.12.1)."""
    value = plain(x)
    return _by_tail(
        (np.real(value) > 0) & (np.abs(value) > 8),
        x,
        lambda x: 2 * x * y - 2 / ROOT_PI,
        lambda x: _tail(-0.5 / (x * x)) / (-ROOT_PI * x * x),
    )


def _dawson_slope(y: Any, x: Any) -> Any:
    value = plain(x)
    return _by_tail(
        np.real(value * value) > 64,
        x,
        lambda x: 1 - 2 * x * y,
        lambda x: _tail(0.5 / (x * x)) / (-2 * x * x),
    )


def _normal_ratio(x: Any) -> Any:
    """The density of the normal distribution at x, over its integral up to there."""
    return (ROOT_2 / ROOT_PI) / special.erfcx(-x / ROOT_2)


def normal_density(x: Any) -> Any:
    return np.exp(-0.5 * x * x) / ROOT_2PI


rule("erf", lambda _y, x: 2 / ROOT_PI * np.exp(-x * x))
rule("erfc", lambda _y, x: -2 / ROOT_PI * np.exp(-x * x))
rule("erfi", lambda _y, x: 2 / ROOT_PI * np.exp(x * x))
rule("erfcx", scaled_complement_slope)
rule("dawsn", _dawson_slope)
rule("wofz", lambda y, z: -1j * scaled_complement_slope(y, -1j * z))
rule("erfinv", lambda y, _x: ROOT_PI / 2 * np.exp(y * y), singular=True)
rule("erfcinv", lambda y, _x: -ROOT_PI / 2 * np.exp(y * y), singular=True)

rule("ndtr", lambda _y, x: normal_density(x))
rule("log_ndtr", lambda _y, x: _normal_ratio(x))
rule("ndtri", lambda y, _p: ROOT_2PI * np.exp(0.5 * y * y), singular=True)
rule("ndtri_exp", lambda y, _p: 1 / _normal_ratio(y), singular=True)
rule(
    "owens_t",
    lambda _y, h, a: -0.5 * normal_density(h) * special.erf(a * h / ROOT_2),
    lambda _y, h, a: np.exp(-0.5 * h * h * (1 + a * a)) / (2 * math.pi * (1 + a * a)),
)


# --- Voigt's profile: the real part of Faddeeva's function ----------------------------------------


def _faddeeva(x: Any, sigma: Any, gamma: Any) -> tuple[Any, Any]:
    """The point at which it is taken, and its derivative there."""
    z = (x + 1j * gamma) / (ROOT_2 * sigma)
    return z, -1j * scaled_complement_slope(special.wofz(z), -1j * z)


def _voigt_by_x(_y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    _, slope = _faddeeva(x, sigma, gamma)
    return np.real(slope) / (2 * ROOT_PI * sigma * sigma)


def _voigt_by_sigma(y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    z, slope = _faddeeva(x, sigma, gamma)
    return -y / sigma - np.real(slope * z) / (ROOT_2PI * sigma * sigma)


def _voigt_by_gamma(_y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    _, slope = _faddeeva(x, sigma, gamma)
    return -np.imag(slope) / (2 * ROOT_PI * sigma * sigma)


rule("voigt_profile", _voigt_by_x, _voigt_by_sigma, _voigt_by_gamma, singular=True)

# --- Fresnel's integrals --------------------------------------------------------------------------


def _fresnel_slopes(_y: Any, x: Any) -> Any:
    angle = 0.5 * math.pi * x * x
    return together(np.sin(angle), np.cos(angle))


def _modified_fresnel(sign: int) -> Any:
    """Of ``F = ∫ exp(±i t²) dt`` from x on, and ``K = exp(∓i (x² + π/4)) F / √π``."""
    scale = complex(math.sqrt(0.5), -sign * math.sqrt(0.5)) / ROOT_PI

    def slopes(y: Any, x: Any) -> Any:
        return together(-np.exp(sign * 1j * x * x), -sign * 2j * x * y[1] - scale)

    return slopes


rule("fresnel", _fresnel_slopes, outputs=2)
rule("modfresnelp", _modified_fresnel(1), outputs=2)
rule("modfresnelm", _modified_fresnel(-1), outputs=2)
