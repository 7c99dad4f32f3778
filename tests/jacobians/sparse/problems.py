"""Functions whose derivatives are sparse, with the patterns that are known of them."""

import numpy as np
from scipy import sparse


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def band(n, width):
    """So many diagonals on either side."""
    offsets = range(-width, width + 1)
    parts = [np.ones(n - abs(i), bool) for i in offsets]
    return sparse.diags_array(parts, offsets=list(offsets), format="csr", dtype=bool)


def arrow(n):
    """A full row and a full column, and the diagonal."""
    matrix = np.eye(n, dtype=bool)
    matrix[0] = matrix[:, 0] = True
    return sparse.csr_array(matrix)


def stencil(*shape):
    """Each point of a grid, and its neighbours along the axes."""
    place = np.arange(np.prod(shape)).reshape(shape)
    rows, columns = [place.ravel()], [place.ravel()]
    for axis, n in enumerate(shape):
        ends = [np.take(place, range(*each), axis).ravel() for each in ((n - 1,), (1, n))]
        rows += ends
        columns += ends[::-1]
    rows, columns = np.concatenate(rows), np.concatenate(columns)
    return sparse.coo_array((np.ones(len(rows), bool), (rows, columns))).tocsr()


def brusselator(x, n):
    """The right-hand side of the periodic Brusselator on an n × n grid (E. Hairer, G. Wanner,
    Solving Ordinary Differential Equations II, IV.10)."""
    u, v = x[: n * n].reshape(n, n), x[n * n :].reshape(n, n)

    def spread(w):
        around = np.roll(w, 1, 0) + np.roll(w, -1, 0) + np.roll(w, 1, 1) + np.roll(w, -1, 1)
        return 0.02 * (around - 4 * w)

    reaction = u * u * v
    return np.concatenate(
        [(1 + reaction - 4.4 * u + spread(u)).ravel(), (3.4 * u - reaction + spread(v)).ravel()]
    )
