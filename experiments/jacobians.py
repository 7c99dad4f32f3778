"""A Jacobian by forward mode, as :mod:`experiments.passes` has derivatives: a direction a row.

By reverse mode it is had as :func:`experiments.outputs.by_reverse` has it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import admodes as ad
from admodes import forward
from experiments.passes import Derivative

Map = Callable[[Any], Any]
"""It takes an array of one dimension, and gives one."""


def by_forward(f: Map, x: np.ndarray, m: int) -> Derivative:
    """The Jacobian of `m` outputs at `x` by forward mode, a column a direction: transposed."""
    return Derivative(
        n=x.size,
        nbytes=x.itemsize * max(x.size, m),
        whole=lambda k: lambda: forward.jacobian(f, chunk_size=k)(x).T,
        some=partial(some_columns, f, x),
    )


def some_columns(f: Map, x: np.ndarray, indices: np.ndarray, k: int) -> np.ndarray:
    """Columns of the Jacobian, `k` a pass, as rows."""
    columns = []
    for chunk in np.split(indices, range(k, len(indices), k)):
        directions = np.zeros((len(chunk), x.size))
        directions[np.arange(len(chunk)), chunk] = 1
        # Without an axis of one direction, which forward mode also spares itself.
        columns.append(f(ad.Dual(x, directions if k > 1 else directions[0])).tangent)
    return np.vstack(columns)
