"""Medians and quantiles: what is read off from entries in the order of their values."""

import math
import warnings
from typing import Any

import numpy as np

from admodes.core.declaring import implements, refuse
from admodes.core.kinds import array
from admodes.core.stand_ins import as_array
from admodes.core.values import Traced, plain
from admodes.primitives.as_numpy import number, with_value
from admodes.primitives.interpolation import on_line
from admodes.primitives.memory import array_of
from admodes.primitives.reductions import axes_of, kept, length

# --- Medians --------------------------------------------------------------------------------------


@implements(np.median)
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    refuse(np.median, out=out)
    axes = axes_of(axis, a.shape)
    rows = _sorted_rows(a, axes)
    n = rows.shape[-1]
    middle = np.mean(rows[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    return _kept(_or_nan(middle, rows), a.shape, axes, keepdims)


@implements(np.nanmedian)
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=np._NoValue):
    refuse(np.nanmedian, out=out)
    if not a.size:
        return np.nanmean(a, axis, keepdims=keepdims)
    axes = axes_of(axis, a.shape)
    rows = _sorted_rows(a, axes)
    n = _counts(rows)
    places = np.stack([np.clip((n - 1) // 2, 0, None), np.clip(n // 2, 0, rows.shape[-1] - 1)], -1)
    middle = np.mean(np.take_along_axis(rows, places, -1), axis=-1)
    return _kept(_unless_empty(middle, n), a.shape, axes, keepdims)


def _counts(rows: Any) -> Any:
    """How many numbers there are in each row: NaN come last."""
    return np.sum(~np.isnan(plain(rows)), axis=-1)


def _unless_empty(y: Any, n: Any) -> Any:
    empty = n == 0
    if not np.any(empty):
        return y
    warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
    return np.where(np.reshape(empty, np.shape(empty) + (1,) * (y.ndim - empty.ndim)), np.nan, y)


# --- Quantiles ------------------------------------------------------------------------------------


@implements(np.quantile)
def quantile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=False,
    *,
    weights=None,
):
    return _quantile(np.quantile, a, q, axis, method, keepdims, weights, out)


@implements(np.percentile)
def percentile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=False,
    *,
    weights=None,
):
    return _quantile(np.percentile, a, q, axis, method, keepdims, weights, out)


@implements(np.nanquantile)
def nanquantile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=np._NoValue,
    *,
    weights=None,
):
    return _quantile(np.nanquantile, a, q, axis, method, keepdims, weights, out, skips_nan=True)


@implements(np.nanpercentile)
def nanpercentile(
    a,
    q,
    axis=None,
    out=None,
    overwrite_input=False,
    method="linear",
    keepdims=np._NoValue,
    *,
    weights=None,
):
    return _quantile(np.nanpercentile, a, q, axis, method, keepdims, weights, out, skips_nan=True)


def _quantile(
    function: Any,
    a: Any,
    q: Any,
    axis: Any,
    method: str,
    keepdims: Any,
    weights: Any,
    out: Any,
    skips_nan: bool = False,
) -> Any:
    """An entry of the sorted ones, or a point between two neighbours.

    Where it is NumPy itself says, for all of its methods: it is the quantile of 0, 1, 2, …
    """
    refuse(function, out=out)
    a = array(a)
    axes = axes_of(axis, a.shape)
    if not a.size and skips_nan:
        return np.nanmean(a, axis, keepdims=keepdims)
    rows = _sorted_rows(a, axes)
    n = _counts(rows) if skips_nan else np.full(rows.shape[:-1], rows.shape[-1])
    shares, own = None, None
    if weights is not None:  # which may raise, and gives an array of no axes
        own = function(plain(a), plain(q), axis, method=method, weights=plain(weights))
        shares = _sorted_weights(plain(weights), plain(a), axis, axes)
    # The result has the dtype that NumPy gives a quantile of such numbers.
    dtype = function(np.zeros(1, rows.dtype), plain(q), method=method).dtype
    places = _places(function, plain(q), method, n, shares)
    if isinstance(q, Traced):
        apart = np.astype(array(q) - plain(q), places.dtype, copy=False)
        places = places + _stretch(function, method, n, places) * apart
    found = _between(rows, places, n, dtype)
    found = _unless_empty(found, n) if skips_nan else _or_nan_each(found, rows)
    depth = rows.ndim - 1
    lead = np.shape(plain(q))
    first = np.moveaxis(found, range(depth, found.ndim), range(len(lead)))
    if not skips_nan:
        first = np.copy(first, "C")
    first = first if own.__class__ is np.ndarray else number(first)
    y = _kept(first, a.shape, axes, keepdims, lead)
    if isinstance(q, Traced):
        options = {} if weights is None else {"weights": plain(weights)}
        own = function(plain(a), plain(q), axis, method=method, keepdims=kept(keepdims), **options)
        y = with_value(y, own)
    return y


def _places(function: Any, q: Any, method: str, n: Any, shares: Any) -> Any:
    """For each row, of n numbers, and each of `q`, the place among the sorted ones."""
    places = np.empty((*n.shape, *np.shape(q)))
    if shares is None:
        for count in np.unique(n):
            of_count = function(np.arange(max(count, 1), dtype=float), q, method=method)
            of_n = np.expand_dims(n == count, tuple(range(n.ndim, places.ndim)))
            places = np.where(of_n, of_count, places)
        return places
    found = []
    for row in np.ndindex(n.shape):
        in_order = shares[row][: n[row]]
        numbers = np.arange(max(len(in_order), 1), dtype=float)
        weights = in_order if len(in_order) else None
        found.append(function(numbers, q, method=method, weights=weights))
    return np.reshape(np.stack(found), places.shape) if found else places


def _sorted_weights(weights: Any, a: Any, axis: Any, axes: tuple[int, ...]) -> Any:
    """The weights of each row, in the order of its numbers."""
    weights = as_array(weights)
    if weights.shape != a.shape:
        order = sorted(range(len(axes)), key=axes.__getitem__)
        shape = [n if i - a.ndim in axes else 1 for i, n in enumerate(a.shape)]
        weights = np.broadcast_to(np.transpose(weights, order).reshape(shape), a.shape)
    rows = [_rows(each, axes) for each in (a, weights)]
    return np.take_along_axis(rows[1], np.argsort(rows[0], axis=-1, kind="stable"), -1)


#: alpha + beta of the methods that are continuous (R. J. Hyndman & Y. Fan, "Sample quantiles in
#: statistical packages", The American Statistician, 1996)
_CONTINUOUS = {
    "interpolated_inverted_cdf": 1.0,
    "hazen": 1.0,
    "weibull": 0.0,
    "linear": 2.0,
    "median_unbiased": 2 / 3,
    "normal_unbiased": 3 / 4,
}


def _stretch(function: Any, method: str, n: Any, places: Any) -> Any:
    """How fast the place moves with q: not where it is held at an end, or jumps."""
    per = 0.01 if function in (np.percentile, np.nanpercentile) else 1.0
    if method not in _CONTINUOUS:
        return np.zeros(places.shape)
    last = np.reshape(n - 1, n.shape + (1,) * (places.ndim - n.ndim))
    moves = (last + 2 - _CONTINUOUS[method]) * per
    if method == "linear":  # which never is beyond an end
        return np.broadcast_to(moves, places.shape)
    return np.where((places > 0) & (places < last), moves, 0.0)


def _between(rows: Any, places: Any, n: Any, dtype: Any) -> Any:
    """What lies at the places, at most n - 1, of each row: between two entries, in proportion."""
    batch, lead = rows.shape[:-1], places.shape[rows.ndim - 1 :]
    places = np.reshape(places, (*batch, math.prod(lead)))
    at = plain(places)
    last = np.clip(n - 1, 0, None)[..., None]
    below = np.floor(at).astype(int)

    def entries(index: Any) -> Any:
        return np.take_along_axis(rows, np.clip(index, 0, last), -1)

    if isinstance(places, Traced):
        below = np.clip(below, 0, np.clip(last - 1, 0, None))
        parts = (entries(below + i) for i in (-1, 0, 1))
        behind, low, high = (np.astype(x, at.dtype, copy=False) for x in parts)
        after = high - low
        # There is nothing behind the first, nor before it.
        before = np.where(below == 0, after, low - behind)
        y = np.astype(on_line(places, below.astype(at.dtype), low, before, after), dtype)
    else:
        y = _mixed(entries(below), entries(np.ceil(at).astype(int)), at - below, dtype)
        y = np.astype(y, dtype, copy=False)
    return np.reshape(y, (*batch, *lead))


def _mixed(low: Any, high: Any, way: Any, dtype: Any) -> Any:
    """From the nearer end, as NumPy does, so that both are exact.

    It is in double precision until it multiplies.
    """
    there, back = way.astype(dtype), (1 - way).astype(dtype)
    with np.errstate(invalid="ignore"):  # inf - inf, which only counts on the way between the two
        apart = np.where(way == 0, 0, high - low)
        return np.where(way >= 0.5, high - apart * back, low + apart * there)


# --- Rows -----------------------------------------------------------------------------------------


def _rows(a: Any, axes: tuple[int, ...]) -> Any:
    """The entries over the axes along one axis at the end."""
    moved = np.moveaxis(a, axes, range(-len(axes), 0)) if axes else a
    batch = moved.shape[: moved.ndim - len(axes)]
    return np.reshape(moved, (*batch, length(axes, a.shape)))


def _sorted_rows(a: Any, axes: tuple[int, ...]) -> Any:
    return np.sort(_rows(a, axes))


def _or_nan(found: Any, rows: Any) -> Any:
    """`found`, or nan where a sorted row has one: it is the last then."""
    nan = np.isnan(plain(rows)[..., -1:])
    return np.where(nan[..., 0], rows[..., -1], found)[()] if nan.any() else found


def _or_nan_each(found: Any, rows: Any) -> Any:
    """The same of several numbers for each row."""
    behind = (1,) * (found.ndim - rows.ndim + 1)
    return _or_nan(found, np.reshape(rows, (*rows.shape[:-1], *behind, rows.shape[-1])))


def _kept(
    y: Any, shape: tuple[int, ...], axes: tuple[int, ...], keepdims: Any, lead: Any = ()
) -> Any:
    """With ``keepdims``, the axes that are gone as axes of length 1, behind those of ``q``."""
    if not kept(keepdims):
        return y
    own = (1 if i - len(shape) in axes else n for i, n in enumerate(shape))
    return array_of(np.reshape(y, (*lead, *own)))
