"""``llsq``: how well a polynomial fits a step, as a sum of squares."""

from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import derivative, value


def objective(x: Any, n: int) -> Any:
    """½ Σᵢ (sign(tᵢ) − Σⱼ xⱼ tᵢʲ)² on n points t from −1 to 1.

    >>> float(objective(np.array([0.5, 0.5]), 3))  # at −1, 0, 1 the line is 0, ½, 1
    0.625
    """
    t = np.linspace(-1.0, 1.0, n)
    powers = np.vander(t, len(x), increasing=True)
    residuals = np.sign(t) - powers @ x
    return 0.5 * np.sum(residuals**2)


def read(given: Any) -> tuple[Any, int]:
    return np.array(given["x"], dtype=float), given["n"]


FUNCTIONS = {"primal": value(objective, read), "gradient": derivative(objective, read)}
