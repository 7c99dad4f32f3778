"""Entries taken out, put in, and repeated: the same numbers at other places."""

import operator
from typing import Any

import numpy as np

from admodes.core.declaring import implements, refuse
from admodes.core.kinds import array, plain_array
from admodes.core.values import last_axes, plain
from admodes.primitives.accumulations import along, one_axis


def _order(a: Any) -> Any:
    return "F" if np.isfortran(array(plain(a))) else "C"


# --- Taken out ------------------------------------------------------------------------------------


@implements(np.compress)
def compress(condition, a, axis=None, out=None):
    refuse(np.compress, out=out)
    a, axis = one_axis(a, axis)
    chosen = np.compress(plain(condition), np.arange(a.shape[axis]))
    return np.copy(a[along(axis, chosen)], "C")


def compressed(a: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """As ``ndarray.compress``."""
    return np.compress(condition, a, axis, out)


@implements(np.extract)
def extract(condition, arr):
    return np.ravel(array(arr))[np.flatnonzero(plain_array(condition))]


@implements(np.delete)
def delete(arr, obj, axis=None):
    a, along_axis = one_axis(arr, axis)
    kept = np.delete(np.arange(a.shape[along_axis]), plain(obj))
    return np.copy(a[along(along_axis, kept)], _order(a if axis is None else array(arr)))


@implements(np.trim_zeros)
def trim_zeros(filt, trim="fb", axis=None):
    a = array(filt)
    trim = trim.lower()
    if not a.ndim:
        return filt
    if trim not in ("fb", "bf", "f", "b"):
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}")
    axes = last_axes(axis, a.ndim)
    index = []
    for axis, places in enumerate(np.nonzero(plain(a)), -a.ndim):
        start = stop = None
        if axis in axes and not len(places):
            start = stop = 0
        elif axis in axes:
            start = places.min() if "f" in trim else None
            stop = places.max() + 1 if "b" in trim else None
        index.append(slice(start, stop))
    return a[tuple(index)]


# --- Put in ---------------------------------------------------------------------------------------


@implements(np.insert)
def insert(arr, obj, values, axis=None):
    order = _order(array(arr))
    a, axis = one_axis(arr, axis)
    values = np.astype(array(values), a.dtype, copy=False)
    values = np.reshape(values, (1,) * (a.ndim - values.ndim) + values.shape)
    n = a.shape[axis]
    index = np.arange(*obj.indices(n)) if isinstance(obj, slice) else array(plain(obj))
    if index.dtype == bool:
        index = np.flatnonzero(index)
    if index.ndim == 0:  # the entries of the first axis, as many as there are
        values = np.moveaxis(values, 0, axis)
    count = values.shape[axis] if index.size == 1 else index.size
    shape = list(a.shape)
    shape[axis] = count
    marks = np.insert(np.arange(n), index, np.arange(n, n + count))
    both = np.concatenate([a, np.broadcast_to(values, shape)], axis=axis)
    return np.copy(both[along(axis, marks)], order)


# --- Repeated -------------------------------------------------------------------------------------


@implements(np.resize)
def resize(a, new_shape):
    a = np.ravel(array(a))
    try:
        shape = (operator.index(new_shape),)
    except TypeError:
        shape = tuple(new_shape)
    if any(n < 0 for n in shape):
        raise ValueError("all elements of `new_shape` must be non-negative")
    count = int(np.prod(shape, dtype=int))
    if not a.size or not count:
        return np.zeros(shape, a.dtype)
    return np.reshape(a[np.arange(count) % a.size], shape)


@implements(np.ix_)
def ix_(*args):
    arrays = []
    for arg in args:
        x = array(arg)
        if x.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        x = x.astype(int) if x.size == 0 and x is not arg else x  # an empty list
        arrays.append(np.flatnonzero(x) if x.dtype == bool else x)
    ndim = len(arrays)
    return tuple(
        np.reshape(x, (1,) * i + (-1,) + (1,) * (ndim - i - 1)) for i, x in enumerate(arrays)
    )
