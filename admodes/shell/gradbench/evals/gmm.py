"""``gmm``: the logarithm of the posterior of a mixture of Gaussians, with a Wishart prior."""

from math import lgamma, log, pi
from typing import Any

import numpy as np

from admodes.shell.gradbench.evals.lse import log_sum_exp
from admodes.shell.gradbench.tasks import derivative, value

INDEPENDENT = "alpha", "mu", "q", "l"
"""What is differentiated by: K weights, K × D means, and of each precision matrix the logarithms of
the D numbers on the diagonal of its factor, and the D (D − 1) / 2 below it, column by column."""


def log_posterior(parameters: Any, x: Any, m: int, gamma: float) -> Any:
    """Of N observations `x` of D numbers each.

    >>> one = {"alpha": np.zeros(1), "mu": np.zeros((1, 1)), "q": np.zeros((1, 1)),
    ...        "l": np.zeros((1, 0))}
    >>> normal = -0.5 * log(2 * pi) - 0.5 * 3**2
    >>> prior = -log(2 * pi) / 2 - 0.5  # of a χ² with one degree of freedom, at 1
    >>> bool(np.isclose(log_posterior(one, np.array([[3.0]]), -1, 1.0), normal + prior))
    True
    """
    alpha, mu, q = (parameters[name] for name in INDEPENDENT[:3])
    count, dimensions = x.shape
    factors = _factors(q, parameters["l"])
    sizes = np.sum(q, axis=1)  # the logarithms of the determinants of the factors
    # Q (x − μ), for all K components and N observations: K × N × D
    transposed = np.swapaxes(factors, 1, 2)
    scaled = x @ transposed - mu[:, np.newaxis] @ transposed
    logits = (alpha + sizes)[:, np.newaxis] - 0.5 * np.sum(scaled**2, axis=2)
    largest = np.max(logits, axis=0)
    likelihoods = largest + np.log(np.sum(np.exp(logits - largest), axis=0))
    likelihood = np.sum(likelihoods) - count * (0.5 * dimensions * log(2 * pi) + log_sum_exp(alpha))
    prior = m * np.sum(sizes) - 0.5 * gamma**2 * np.sum(factors**2)
    return likelihood + prior + len(alpha) * _log_normaliser(dimensions, m, gamma)


def _factors(q: Any, below: Any) -> Any:
    """K lower triangular matrices."""
    components, dimensions = q.shape
    diagonal = np.arange(dimensions)
    columns, rows = np.triu_indices(dimensions, 1)  # sorted by the first: column by column
    factors = np.zeros((components, dimensions, dimensions), like=q)
    factors[:, diagonal, diagonal] = np.exp(q)
    factors[:, rows, columns] = below
    return factors


def _log_normaliser(dimensions: int, m: int, gamma: float) -> float:
    """What a Wishart density is multiplied by, its logarithm."""
    freedom = dimensions + m + 1
    log_gammas = sum(lgamma(0.5 * (freedom - j)) for j in range(dimensions))
    log_gamma = 0.25 * dimensions * (dimensions - 1) * log(pi) + log_gammas
    return freedom * dimensions * log(gamma / 2**0.5) - log_gamma


def read(given: Any) -> tuple[Any, ...]:
    components, dimensions = given["k"], given["d"]
    shapes = {
        "alpha": (components,),
        "mu": (components, dimensions),
        "q": (components, dimensions),
        "l": (components, dimensions * (dimensions - 1) // 2),
    }
    parameters = {
        name: np.array(given[name], dtype=float).reshape(shape) for name, shape in shapes.items()
    }
    x = np.array(given["x"], dtype=float).reshape(given["n"], dimensions)
    return parameters, x, given["m"], given["gamma"]


FUNCTIONS = {"objective": value(log_posterior, read), "jacobian": derivative(log_posterior, read)}
