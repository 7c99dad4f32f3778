"""Functions and methods of NumPy that write into an array which is there already."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.declaring import full_name, implements
from admodes.core.stand_ins import computed
from admodes.core.values import Traced, plain, plain_inside, shape_of
from admodes.primitives.as_numpy import with_value
from admodes.primitives.indexing import reading, write
from admodes.primitives.making import join


def refuse_plain(function: Callable[..., Any], a: Any, method: str = "") -> None:
    """Raise where an array that keeps no derivatives is to be written into."""
    if not isinstance(a, Traced):
        raise TypeError(
            f"{full_name(function)}{method} writes numbers that carry derivatives into a plain "
            f"array of shape {np.shape(a)}, which would lose them.\nMake that array by "
            "np.zeros(shape, like=x), np.zeros_like(x) or x.copy(), where x is what carries "
            "derivatives"
        )


@implements(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    refuse_plain(np.copyto, dst)
    dtype = np.result_type(plain(src))
    if not np.can_cast(dtype, dst.dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {dtype!r} to {dst.dtype!r} according to the rule "
            f"{casting!r}"
        )
    dst[...] = src if where is True else np.where(plain(where), src, dst)


def _place(a: Any, places: Any, values: Any) -> None:
    """Write values, one after another, at places that are counted in the order "C"."""
    if a.shape:
        a[np.unravel_index(np.ravel(places), a.shape)] = values
    else:  # which has no index that is an array
        a[()] = values[-1]


@implements(np.put)
def put(a, ind, v, mode="raise"):
    refuse_plain(np.put, a)
    places = np.arange(a.size)
    chosen = np.take(places, np.ravel(plain(ind)), mode=mode)
    values = np.ravel(join(v))
    if chosen.size and values.size:
        _place(a, chosen, values[np.arange(chosen.size) % values.size])


@implements(np.place)
def place(arr, mask, vals):
    refuse_plain(np.place, arr)
    chosen, values = np.flatnonzero(plain(mask)), np.ravel(join(vals))
    if np.size(plain(mask)) != arr.size:
        raise ValueError("place: mask and data must be the same size")
    if chosen.size and not values.size:
        raise ValueError("Cannot insert from an empty array!")
    if chosen.size:
        _place(arr, chosen, values[np.arange(chosen.size) % values.size])


@implements(np.putmask)
def putmask(a, /, mask, values):
    refuse_plain(np.putmask, a)
    chosen, values = np.flatnonzero(plain(mask)), np.ravel(join(values))
    if np.size(plain(mask)) != a.size:
        raise ValueError("putmask: mask and data must be the same size")
    if chosen.size and values.size:
        _place(a, chosen, np.take(values, chosen % values.size))


@implements(np.put_along_axis)
def put_along_axis(arr, indices, values, axis=-1):
    refuse_plain(np.put_along_axis, arr)
    places = np.arange(arr.size).reshape(arr.shape)
    if axis is None:
        tried = np.zeros(arr.shape, bool)
        np.put_along_axis(tried, plain(indices), True, None)
        if not tried.any():
            return  # as it may be: NumPy writes into a copy
        chosen = np.ravel(places)[plain(indices)]
    else:
        chosen = np.take_along_axis(places, plain(indices), axis)
    _place(arr, chosen, np.ravel(np.broadcast_to(join(values), chosen.shape)))


@implements(np.fill_diagonal)
def fill_diagonal(a, val, wrap=False):
    refuse_plain(np.fill_diagonal, a)
    places = np.zeros(a.shape, bool)
    np.fill_diagonal(places, True, wrap)
    chosen, values = np.flatnonzero(places), np.ravel(join(val))
    _place(a, chosen, values[np.arange(chosen.size) % values.size])


# --- Methods of an array --------------------------------------------------------------------------


def fill(a: Any, value: Any) -> None:
    """As ``ndarray.fill``."""
    a[...] = np.reshape(value, ()) if shape_of(value) else value


def sort_in_place(a: Any, axis: int = -1, kind: Any = None, order: Any = None) -> None:
    """As ``ndarray.sort``."""
    a[...] = np.sort(a, axis, kind, order)


def partition_in_place(
    a: Any, kth: Any, axis: int = -1, kind: Any = "introselect", order: Any = None
) -> None:
    """As ``ndarray.partition``."""
    a[...] = np.partition(a, kth, axis, kind, order)


# --- ufunc.at -------------------------------------------------------------------------------------


def _changed(a: np.ndarray, ufunc: np.ufunc, indices: Any, b: Any) -> np.ndarray:
    changed = np.array(a)
    ufunc.at(changed, indices, b)
    return changed


def at(ufunc: np.ufunc, a: Any, indices: Any, b: Any = None) -> None:
    """``ufunc.at(a, indices, b)``: an entry that is named twice is changed twice."""
    refuse_plain(ufunc, a, ".at")
    indices = plain_inside(indices)
    primitive, params = reading(indices, a.shape)
    places = np.arange(a.size).reshape(a.shape)
    places = primitive.function(places, **params)
    if np.unique(places).size == np.size(places):
        a[indices] = ufunc(a[indices]) if b is None else ufunc(a[indices], b)
    elif ufunc in (np.add, np.subtract):
        b = np.broadcast_to(join(b), np.shape(places))
        change = write(b, indices=(params["index"],), shape=a.shape)
        value = computed(_changed, plain(a), ufunc, indices, plain(b))  # in another order
        a[...] = with_value(ufunc(a, change), value)
    else:  # in the order of the indices
        b = None if b is None else np.ravel(np.broadcast_to(join(b), np.shape(places)))
        for i, place in enumerate(np.ravel(places)):
            entry = np.unravel_index(place, a.shape)
            a[entry] = ufunc(a[entry]) if b is None else ufunc(a[entry], b[i])
