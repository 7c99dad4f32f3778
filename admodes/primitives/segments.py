"""Reductions of segments of an axis: ``ufunc.reduceat``."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, linear
from admodes.core.kinds import array
from admodes.core.rules import Primitive
from admodes.core.values import last_axes, plain
from admodes.primitives.accumulations import along
from admodes.primitives.as_numpy import with_value
from admodes.primitives.indexing import write


def _starts_and_ends(indices: np.ndarray, length: int) -> list[tuple[int, int]]:
    """A segment goes to where the next one starts; one that would be empty has one entry."""
    starts = indices.tolist()
    ends = [*starts[1:], length]
    return [
        (start, end if start < end else start + 1) for start, end in zip(starts, ends, strict=True)
    ]


def _sums(x: Any, *, indices: np.ndarray, axis: int, length: int) -> Any:
    return np.add.reduceat(x, indices, axis)


def _back(ct: Any, *, indices: np.ndarray, axis: int, length: int) -> Any:
    """Each entry gets what the sums that it is in give, which may be several."""
    segments = _starts_and_ends(indices, length)
    places = np.concatenate([np.arange(start, end) for start, end in segments])
    whose = np.repeat(np.arange(len(segments)), [end - start for start, end in segments])
    given = np.moveaxis(ct, axis, -1)[..., whose]
    shape = given.shape[:-1]
    flat = np.reshape(given, (-1, given.shape[-1]))
    added = write(flat, indices=((slice(None), places),), shape=(*flat.shape[:-1], length))
    return np.moveaxis(np.reshape(added, (*shape, length)), -1, axis)


def _cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """An addition for each entry of a segment but its first."""
    segments = _starts_and_ends(params["indices"], params["length"])
    rows = np.size(y) // max(len(segments), 1)
    entries = sum(end - start for start, end in segments)
    return costs.Cost(
        moves=rows * entries + np.size(y), additions=rows * entries - rows * len(segments)
    )


sums_of_segments: Primitive = declare(
    linear(_sums, transpose=_back, name="sums of segments", holds=("indices",)), cost=_cost
)


def reduceat(ufunc: np.ufunc, x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """As ``ufunc.reduceat``."""
    indices = array(plain(indices)).astype(np.intp)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            return ufunc.reduceat(plain(x), indices, axis, dtype)
        x = np.astype(array(x), dtype, copy=False)
    (axis,) = last_axes(axis, x.ndim)
    if ufunc is np.add:
        return sums_of_segments(x, indices=indices, axis=axis, length=x.shape[axis])
    value = ufunc.reduceat(plain(x), indices, axis)  # raises what NumPy raises
    if not value.size:
        return value
    parts = [
        ufunc.reduce(x[along(axis, slice(start, end))], axis=axis)
        for start, end in _starts_and_ends(indices, x.shape[axis])
    ]
    return with_value(np.stack(parts, axis=axis), value)
