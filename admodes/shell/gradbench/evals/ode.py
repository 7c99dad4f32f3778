"""``ode``: a chain of differential equations, by the classical Runge-Kutta method."""

from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import derivative, value

END = 2.0
"""The time at which the solution is asked for; it starts at 0 from zeros."""


def slopes(x: Any, y: Any) -> Any:
    """dy/dt: the first is x₀, and any other is xᵢ yᵢ₋₁."""
    return x * np.concatenate([np.ones(1), y[:-1]])


def solution(x: Any, steps: int) -> Any:
    """y at the end.

    >>> x = np.array([1.0, 1.0, 3.0])
    >>> np.round(solution(x, 10), 10)  # t, t²/2, t³/2
    array([2., 2., 4.])
    """
    h = END / steps
    y = np.zeros(len(x))
    for _ in range(steps):
        k1 = slopes(x, y)
        k2 = slopes(x, y + h / 2 * k1)
        k3 = slopes(x, y + h / 2 * k2)
        k4 = slopes(x, y + h * k3)
        y = y + h / 6 * (k1 + 2 * (k2 + k3) + k4)
    return y


def last(x: Any, steps: int) -> Any:
    return solution(x, steps)[-1]


def read(given: Any) -> tuple[Any, int]:
    return np.array(given["x"], dtype=float), given["s"]


FUNCTIONS = {"primal": value(solution, read), "gradient": derivative(last, read)}
