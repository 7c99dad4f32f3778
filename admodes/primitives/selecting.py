"""Selecting entries: by a condition, by bounds, by where they are in a matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import operand, plain_array
from admodes.core.rules import Linear
from admodes.core.values import align, last_axes, plain, shape_of, unbroadcast
from admodes.primitives.indexing import write
from admodes.primitives.shapes import hollow

# --- By a condition -------------------------------------------------------------------------------


def _select(x: Any, y: Any, *, condition: Any, shapes: Any, ndim: int, dtype: Any) -> Any:
    own_x, own_y = shapes
    x = x if len(own_x) == ndim else align(x, len(own_x), ndim)
    y = y if len(own_y) == ndim else align(y, len(own_y), ndim)
    result = np.where(condition, x, y)
    # The tangents of a float and of a float32 array make float64, their values do not.
    return result if result.dtype == dtype else result.astype(dtype)


def _deselect(ct: Any, *, condition: Any, shapes: Any, ndim: int, active: Any, **_: Any) -> Any:
    shape = shape_of(ct)
    shape = shape[len(shape) - ndim :]
    pulled: list[Any] = [None, None]
    for i, own in enumerate(shapes):
        if active[i] is not None:
            g = np.where(condition, 0, ct) if i else np.where(condition, ct, 0)
            pulled[i] = g if own == shape else unbroadcast(g, ndim, own)
    return pulled


class Select(Linear):
    """``where``: the entries of one argument where a condition holds, of another elsewhere.

    What was not chosen is left out, not multiplied by zero: nan and inf do no harm there.
    """

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        params, _ = residual
        return self.transpose(ct, **params, active=active)


select = declare(Select("where", _select, _deselect, holds=("condition",)), cost=costs.MOVE)


@implements(np.where)
def where(condition, x=None, y=None, /):
    condition = plain_array(condition)
    if x is None and y is None:
        return np.where(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    shapes = shape_of(x), shape_of(y)
    ndim = max(len(shape_of(condition)), len(shapes[0]), len(shapes[1]))
    try:
        dtype = np.result_type(plain(x), plain(y))
    except TypeError:  # of a list, or of what is refused
        x, y = operand(x), operand(y)
        dtype = np.result_type(plain(x), plain(y))
    return select(x, y, condition=condition, shapes=shapes, ndim=ndim, dtype=dtype)


@implements(np.clip)
def clip(a, a_min=np._NoValue, a_max=np._NoValue, out=None, *, min=None, max=None, **kwargs):
    """``minimum(maximum(a, a_min), a_max)``: an entry at a bound shares its derivative with it."""
    refuse(np.clip, out=out, where=kwargs.pop("where", None))
    if a_min is not np._NoValue or a_max is not np._NoValue:
        if min is not None or max is not None:
            raise ValueError("Passing `min` or `max` together with `a_min` or `a_max` is an error")
        min = None if a_min is np._NoValue else a_min
        max = None if a_max is np._NoValue else a_max
    if min is None and max is None:
        return np.positive(a, **kwargs)
    if min is not None:
        a = np.maximum(a, min, **kwargs)
    return a if max is None else np.minimum(a, max, **kwargs)


# --- By the place in a matrix ---------------------------------------------------------------------


def _below(m: Any, k: int) -> np.ndarray:
    """A mask of the entries on and below the k-th diagonal."""
    return np.tri(m.shape[-2:][0], m.shape[-1], k, bool)


@implements(np.tril)
def tril(m, k=0):
    return np.where(_below(m, k), m, 0)


@implements(np.triu)
def triu(m, k=0):
    return np.where(_below(m, k - 1), 0, m)


def _diagonal(x: Any, *, offset: int, axes: tuple[int, int], shape: tuple[int, ...]) -> Any:
    return np.diagonal(x, offset, *axes)


def _onto_diagonal(ct: Any, *, offset: int, axes: tuple[int, int], shape: tuple[int, ...]) -> Any:
    rest = [n for i, n in enumerate(shape) if i - len(shape) not in axes]
    i = np.arange(shape_of(ct)[-1])
    index = (..., i - min(offset, 0), i + max(offset, 0))
    last = write(ct, indices=(index,), shape=(*rest, shape[axes[0]], shape[axes[1]]))
    return np.moveaxis(last, (-2, -1), axes)


diagonal_read = declare(
    linear(_diagonal, transpose=_onto_diagonal, name="diagonal", writeable=False),
    cost=costs.view,
)


@implements(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    np.diagonal(hollow(a.shape), offset, axis1, axis2)  # raises what NumPy raises
    return diagonal_read(a, offset=offset, axes=last_axes((axis1, axis2), a.ndim), shape=a.shape)


@implements(np.diag)
def diag(v, k=0):
    if v.ndim == 2:
        return np.diagonal(v, k)
    if v.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    i = np.arange(v.size)
    n = v.size + abs(k)
    return write(v, indices=((i - min(k, 0), i + max(k, 0)),), shape=(n, n))


@implements(np.diagflat)
def diagflat(v, k=0):
    return np.diag(np.ravel(v), k)
