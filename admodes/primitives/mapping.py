"""A function of vectors, applied to all along an axis, and one that takes an axis, to several."""

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array


@implements(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    arr = array(arr)
    axis = int(np.lib.array_utils.normalize_axis_index(axis, arr.ndim))
    moved = np.moveaxis(arr, axis, -1)
    outer = moved.shape[:-1]
    found = [array(func1d(moved[i], *args, **kwargs)) for i in np.ndindex(outer)]
    if not found:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    # All are of the dtype of the first, which NumPy writes the others into.
    dtype, shape = found[0].dtype, found[0].shape
    rows = [np.broadcast_to(np.astype(row, dtype, copy=False), shape) for row in found]
    y = np.reshape(np.stack(rows), outer + shape)
    ends = range(len(outer), len(outer) + len(shape))
    return np.moveaxis(y, ends, range(axis, axis + len(shape)))


@implements(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    a = array(a)
    for axis in np.atleast_1d(axes):
        axis = int(axis) + a.ndim if axis < 0 else int(axis)
        y = func(a, axis)
        if y.ndim != a.ndim:
            y = np.expand_dims(y, axis)
        if y.ndim != a.ndim:
            raise ValueError("function is not returning an array of the correct shape")
        a = y
    return a
