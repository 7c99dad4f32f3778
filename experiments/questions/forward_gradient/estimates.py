"""A gradient from derivatives along k random directions, all of which one forward pass carries.

The derivative of f along v is ∇f · v, so with directions v₁ … v_k as the rows of a matrix the
estimate of a gradient is Σ (∇f · vᵢ) vᵢ. Which one it is depends on how they are drawn:

- Independent normal entries of variance 1/k (A. Baydin, B. Pearlmutter, D. Syme, F. Wood, P. Torr,
  "Gradients without Backpropagation", arXiv 2202.08587: k = 1; several tangents: arXiv 2410.17764).
  Its mean is the gradient. The square of its error is (n + 1)/k · ‖∇f‖² in the mean, n numbers
  being differentiated by: for k = 1 it is E[(g·v)² ‖v‖²] − ‖g‖² = (n + 2) ‖g‖² − ‖g‖².
- Orthonormal, spanning the same random subspace: the estimate is the gradient's projection on it.
  That is the nearest to the gradient that can be told from these derivatives; the square of its
  error is (1 − k/n) · ‖∇f‖² in the mean, and its own mean k/n · ∇f, a shorter step.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

import admodes as ad
from experiments.functions.classifier import Weights

Draw = Callable[[Generator, tuple[int, ...]], np.ndarray]
"""``draw(rng, (..., k, n))``: k directions of n entries each, as rows; of several draws a stack."""


def gaussian(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape) / np.sqrt(shape[-2])


def orthonormal(rng: Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Of n directions the span is everything: the unit directions do, with nothing drawn."""
    *_, count, size = shape
    if count == size:
        return np.broadcast_to(np.eye(size), shape)
    return rows_of(rng.standard_normal((*shape[:-2], size, count)))


def rows_of(columns: np.ndarray) -> np.ndarray:
    """An orthonormal basis of what the columns span, as rows."""
    return np.swapaxes(np.linalg.qr(columns).Q, -1, -2)


DRAWS: dict[str, Draw] = {"Gaussian": gaussian, "projection": orthonormal}

ERRORS: dict[str, Callable[[int, int], float]] = {
    "Gaussian": lambda n, k: (n + 1) / k,
    "projection": lambda n, k: 1 - k / n,
}
"""The mean square of the error by k of n directions, relative to that of the gradient."""


def combined(derivatives: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """The estimate: of derivatives (..., k) along directions (..., k, n) the sum (..., n)."""
    return (derivatives[..., None, :] @ directions)[..., 0, :]


class Estimator:
    """Value and estimated gradient of a function of weights, by `count` directions a pass.

    The pass is a program: the function is recorded once.

    >>> import numpy as np
    >>> weights = {"a": np.ones(2), "b": np.array([[3.0]])}
    >>> estimate = Estimator(lambda w: np.sum(w["a"] * w["b"]), weights, 3, orthonormal)
    >>> estimate(weights, np.random.default_rng(0))
    (np.float64(6.0), {'a': array([3., 3.]), 'b': array([[2.]])})
    """

    def __init__(
        self, f: Callable[[Weights], object], weights: Weights, count: int, draw: Draw
    ) -> None:
        self.shape = count, sum(w.size for w in weights.values())
        self.draw = draw
        self.program = ad.program(f, weights, mode="forward", directions=count)

    def __call__(self, weights: Weights, rng: Generator) -> tuple[float, Weights]:
        directions = self.draw(rng, self.shape)
        value, derivatives = self.along(weights, directions)
        return value, split(combined(derivatives, directions), weights)

    def along(self, weights: Weights, directions: np.ndarray) -> tuple[float, np.ndarray]:
        """The value, and the derivatives along the rows of `directions`."""
        value, derivatives = self.program((weights,), (split(directions, weights),))
        return value, derivatives


def split(flat: np.ndarray, like: Weights) -> Weights:
    """An array whose last axis runs over all weights, as one array each."""
    ends = np.cumsum([w.size for w in like.values()])[:-1]
    parts = np.split(flat, ends, axis=-1)
    return {
        name: part.reshape(flat.shape[:-1] + w.shape)
        for (name, w), part in zip(like.items(), parts, strict=True)
    }
