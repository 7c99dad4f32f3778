"""Orthogonal polynomials: the derivative of each is one of the degree below (DLMF 18.9.15-28)."""

from typing import Any

import numpy as np
from scipy import special

from admodes.scipy.special.declaring import INTEGER, ORDER, rule

DEGREE = "the derivative by a degree or a parameter of a polynomial has no closed form"


def _gegenbauer(n: Any, weight: float, x: Any) -> Any:
    """Of the degree below, and of the weight (1 - x²)^(weight - 1/2)."""
    return special.eval_gegenbauer(n - 1, weight, x)


rule("eval_legendre", DEGREE, lambda _y, n, x: _gegenbauer(n, 1.5, x))
rule("eval_sh_legendre", DEGREE, lambda _y, n, x: 2 * _gegenbauer(n, 1.5, 2 * x - 1))
rule("eval_chebyt", DEGREE, lambda _y, n, x: n * special.eval_chebyu(n - 1, x))
rule("eval_chebyc", DEGREE, lambda _y, n, x: n * special.eval_chebys(n - 1, x))
rule("eval_sh_chebyt", DEGREE, lambda _y, n, x: 2 * n * special.eval_chebyu(n - 1, 2 * x - 1))
rule("eval_chebyu", DEGREE, lambda _y, n, x: 2 * _gegenbauer(n, 2.0, x))
rule("eval_chebys", DEGREE, lambda _y, n, x: _gegenbauer(n, 2.0, x / 2))
rule("eval_sh_chebyu", DEGREE, lambda _y, n, x: 4 * _gegenbauer(n, 2.0, 2 * x - 1))
rule(
    "eval_gegenbauer",
    DEGREE,
    DEGREE,
    lambda _y, n, weight, x: 2 * weight * special.eval_gegenbauer(n - 1, weight + 1, x),
)
rule(
    "eval_jacobi",
    *[DEGREE] * 3,
    lambda _y, n, a, b, x: 0.5 * (n + a + b + 1) * special.eval_jacobi(n - 1, a + 1, b + 1, x),
)
rule(
    "eval_sh_jacobi",
    *[DEGREE] * 3,
    lambda _y, n, p, q, x: n * special.eval_sh_jacobi(np.maximum(n - 1, 0), p + 2, q + 1, x),
)
rule("eval_laguerre", DEGREE, lambda _y, n, x: -special.eval_genlaguerre(n - 1, 1.0, x))
rule(
    "eval_genlaguerre",
    DEGREE,
    DEGREE,
    lambda _y, n, a, x: -special.eval_genlaguerre(n - 1, a + 1, x),
)


def _hermite(function: Any, scale: int) -> Any:
    """SciPy has none of degree -1, which is 0."""
    return lambda _y, n, x: scale * n * function(np.maximum(n - 1, 0), x)


rule("eval_hermite", INTEGER, _hermite(special.eval_hermite, 2))
rule("eval_hermitenorm", INTEGER, _hermite(special.eval_hermitenorm, 1))

# --- Legendre functions (DLMF 14.10.5) ------------------------------------------------------------


def _associated_slope(y: Any, m: Any, v: Any, x: Any) -> Any:
    return (v * x * y - (v + m) * special.lpmv(m, v - 1, x)) / (x * x - 1)


rule("lpmv", INTEGER, ORDER, _associated_slope, singular=True)
