"""Solutions of wave equations: parabolic cylinder, Mathieu's and spheroidal wave functions.

SciPy gives each with its derivative; the equation gives the derivative of that.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from admodes.scipy.special.declaring import INTEGER, ORDER, rule, together

PARAMETER = "the derivative by a parameter of the equation that it solves has no closed form"
EIGENVALUE = "it must be the eigenvalue that belongs to the other arguments"
DEGREE = math.pi / 180


def _cylinder(curvature: Callable[..., Any]) -> Callable[..., Any]:
    """Of a solution of ``w'' = curvature(parameter, x) w`` and its derivative."""
    return lambda y, v, x: together(y[1], curvature(v, x) * y[0])


for _name in ("pbdv", "pbvv"):
    rule(_name, ORDER, _cylinder(lambda v, x: 0.25 * x * x - v - 0.5), outputs=2)
rule("pbwa", ORDER, _cylinder(lambda a, x: a - 0.25 * x * x), outputs=2)


def _mathieu(eigenvalue: Any) -> Callable[..., Any]:
    """Of the angle in degrees, though SciPy's derivative is by radians."""

    def slopes(y: Any, m: Any, q: Any, x: Any) -> Any:
        curvature = eigenvalue(m, q) - 2 * q * np.cos(2 * DEGREE * x)
        return together(DEGREE * y[1], -DEGREE * curvature * y[0])

    return slopes


def _modified_mathieu(eigenvalue: Any) -> Callable[..., Any]:
    def slopes(y: Any, m: Any, q: Any, x: Any) -> Any:
        curvature = eigenvalue(m, q) - 2 * q * np.cosh(2 * x)
        return together(y[1], curvature * y[0])

    return slopes


for _kind, _eigenvalue in (("c", special.mathieu_a), ("s", special.mathieu_b)):
    rule(f"mathieu_{_kind}em", INTEGER, PARAMETER, _mathieu(_eigenvalue), outputs=2)
    for _which in (1, 2):
        rule(
            f"mathieu_mod{_kind}em{_which}",
            INTEGER,
            PARAMETER,
            _modified_mathieu(_eigenvalue),
            outputs=2,
        )


def _spheroidal(s: int, t: int, y: Any, m: Any, c: Any, eigenvalue: Any, x: Any) -> Any:
    """``(inner w')' + s (λ - t c² x² - m² / inner) w = 0``, where ``inner = 1 - s x²``.

    The signs tell prolate from oblate ones, and the angular from the radial among these.
    """
    inner = 1 - s * x * x
    potential = s * (eigenvalue - t * c * c * x * x - m * m / inner)
    return together(y[1], (2 * s * x * y[1] - potential * y[0]) / inner)


def _spheroidal_rules(name: str, eigenvalue: Any, s: int, t: int) -> None:
    """With the eigenvalue as an argument and without."""
    rule(
        name,
        *(INTEGER, INTEGER, PARAMETER),
        lambda y, m, n, c, x: _spheroidal(s, t, y, m, c, eigenvalue(m, n, c), x),
        outputs=2,
    )
    rule(
        f"{name}_cv",
        *(INTEGER, INTEGER, PARAMETER, EIGENVALUE),
        lambda y, m, _n, c, cv, x: _spheroidal(s, t, y, m, c, cv, x),
        outputs=2,
    )


for _part in ("ang1", "rad1", "rad2"):
    _spheroidal_rules(f"pro_{_part}", special.pro_cv, 1, 1)
_spheroidal_rules("obl_ang1", special.obl_cv, 1, -1)
_spheroidal_rules("obl_rad1", special.obl_cv, -1, 1)
_spheroidal_rules("obl_rad2", special.obl_cv, -1, 1)
