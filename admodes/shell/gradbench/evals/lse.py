"""``lse``: the logarithm of a sum of exponentials."""

from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import derivative, value


def log_sum_exp(x: Any) -> Any:
    """log Σ exp(xᵢ), of which no exponential overflows.

    >>> bool(np.isclose(log_sum_exp(np.array([1000.0, 1000.0])), 1000 + np.log(2)))
    True
    """
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def read(given: Any) -> tuple[Any]:
    return (np.array(given["x"], dtype=float),)


FUNCTIONS = {"primal": value(log_sum_exp, read), "gradient": derivative(log_sum_exp, read)}
