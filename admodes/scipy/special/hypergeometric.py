"""Hypergeometric functions, Wright's and Lambert's: each derivative is one of their own kind."""

from typing import Any

import numpy as np
from scipy import special

from admodes.scipy.special.declaring import INTEGER, rule, rule_of, ufunc_of

PARAMETER = "the derivative by the parameter of a hypergeometric function has no closed form"

rule("hyp0f1", PARAMETER, lambda _y, v, x: special.hyp0f1(v + 1, x) / v)
rule("hyp1f1", PARAMETER, PARAMETER, lambda _y, a, b, x: a / b * special.hyp1f1(a + 1, b + 1, x))
rule(
    "hyp2f1",
    *[PARAMETER] * 3,
    lambda _y, a, b, c, x: a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, x),
    singular=True,
)
rule(
    "hyperu",
    PARAMETER,
    PARAMETER,
    lambda _y, a, b, x: -a * special.hyperu(a + 1, b + 1, x),
    singular=True,
)
rule(
    "wright_bessel",
    PARAMETER,
    PARAMETER,
    lambda _y, a, b, x: special.wright_bessel(a, a + b, x),
)
rule(
    "log_wright_bessel",
    PARAMETER,
    PARAMETER,
    lambda y, a, b, x: np.exp(special.log_wright_bessel(a, a + b, x) - y),
)
rule("wrightomega", lambda y, _z: y / (1 + y), singular=True)


def _lambert_slope(y: Any, _z: Any, _branch: Any, _tolerance: Any) -> Any:
    """``W' = exp(-W) / (1 + W)``, which is 1 at 0."""
    return np.exp(-y) / (1 + y)


#: the ufunc behind Lambert's W
LAMBERT = ufunc_of(special.lambertw)
rule_of(
    LAMBERT,
    "lambertw",
    _lambert_slope,
    INTEGER,
    "it says how exact the result is",
    singular=True,
)
