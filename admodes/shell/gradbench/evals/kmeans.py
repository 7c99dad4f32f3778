"""``kmeans``: the squared distances to the nearest centroid, and the step of Newton's method."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import Mode, Task, value
from admodes.transforms import jacobian, jvp


def cost(centroids: Any, points: Any) -> Any:
    """The sum over all points of the squared distance to the nearest of the centroids.

    >>> float(cost(np.array([[0.0], [10.0]]), np.array([[1.0], [8.0]])))
    5.0
    """
    # |p − c|² = |p|² − 2 p·c + |c|²: a product of matrices, and no array of points × centroids × d
    squares = np.sum(centroids**2, axis=1)
    distances = squares - 2 * (points @ centroids.T)
    return np.sum(np.min(distances, axis=1)) + np.sum(points**2)


def direction(mode: Mode) -> Callable[..., Any]:
    """The gradient, entry by entry over the diagonal of the Hessian.

    All other second derivatives are 0, so its product with ones is the diagonal; one forward pass
    over the gradient gives both.
    """
    gradient = jacobian(cost, mode=mode)

    def newton(centroids: Any, points: Any) -> Any:
        ones = np.ones_like(centroids)
        slopes, diagonal = jvp(lambda c: gradient(c, points), (centroids,), (ones,))
        return slopes / diagonal

    return newton


def read(given: Any) -> tuple[Any, Any]:
    return np.array(given["centroids"], dtype=float), np.array(given["points"], dtype=float)


FUNCTIONS = {"cost": value(cost, read), "dir": Task(read, direction)}
