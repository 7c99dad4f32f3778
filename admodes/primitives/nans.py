"""Reductions and accumulations that pass over NaN."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.declaring import implements, refuse
from admodes.core.values import plain, shape_of
from admodes.primitives.as_numpy import number
from admodes.primitives.reductions import axes_of, given, kept
from admodes.primitives.sums import divided_by_count
from admodes.primitives.variances import Some, degrees, root, squared


def _without_nan(a: Any, instead: float) -> Any:
    nan = np.isnan(plain(a))
    return np.where(nan, instead, a) if np.any(nan) else a


# --- Sums and products ----------------------------------------------------------------------------


@implements(np.nansum)
def nansum(
    a, axis=None, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue
):
    refuse(np.nansum, out=out)
    return np.sum(
        _without_nan(a, 0), axis, dtype, keepdims=kept(keepdims), initial=initial, where=where
    )


@implements(np.nanprod)
def nanprod(
    a, axis=None, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue
):
    refuse(np.nanprod, out=out)
    return np.prod(
        _without_nan(a, 1), axis, dtype, keepdims=kept(keepdims), initial=initial, where=where
    )


@implements(np.nancumsum)
def nancumsum(a, axis=None, dtype=None, out=None):
    refuse(np.nancumsum, out=out)
    return np.cumsum(_without_nan(a, 0), axis, dtype)


@implements(np.nancumprod)
def nancumprod(a, axis=None, dtype=None, out=None):
    refuse(np.nancumprod, out=out)
    return np.cumprod(_without_nan(a, 1), axis, dtype)


# --- Means and variances --------------------------------------------------------------------------


def _chosen(a: Any, where: Any) -> Any:
    """Which entries count."""
    numbers = ~np.isnan(plain(a))
    return numbers & plain(where) if given(where) else numbers


def _needs_floats(dtype: Any) -> None:
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError("If a is inexact, then dtype must be inexact")


@implements(np.nanmean)
def nanmean(a, axis=None, dtype=None, out=None, keepdims=np._NoValue, *, where=np._NoValue):
    refuse(np.nanmean, out=out)
    _needs_floats(dtype)
    keepdims = kept(keepdims)
    count = np.sum(_chosen(a, where), axis, np.intp, None, keepdims)
    total = np.sum(_without_nan(a, 0), axis, dtype, keepdims=keepdims, where=where)
    if np.any(count == 0):
        warnings.warn("Mean of empty slice", RuntimeWarning, stacklevel=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return divided_by_count(total, count)


def _nanvar(
    a: Any, axis: Any, dtype: Any, ddof: Any, keepdims: bool, where: Any, mean: Any
) -> tuple[Any, Any]:
    """The variance, and the mean that it is about."""
    _needs_floats(dtype)
    chosen = _chosen(a, where)
    numbers = _without_nan(a, 0)
    count = np.sum(chosen, axis, np.intp, None, True)
    with np.errstate(invalid="ignore", divide="ignore"):
        if mean is np._NoValue:
            total = np.sum(numbers, axis=axis, dtype=dtype, keepdims=True, where=where)
            mean = divided_by_count(total, count)
        away = np.where(chosen, numbers - mean, 0)
        away = np.astype(away, numbers.dtype, copy=False)
        squares = np.sum(squared(away), axis=axis, dtype=dtype, keepdims=keepdims, where=where)
        freedom = np.reshape(count, shape_of(squares)) - ddof
        variance = divided_by_count(squares, freedom)
    if np.any(freedom <= 0):
        warnings.warn("Degrees of freedom <= 0 for slice.", RuntimeWarning, stacklevel=3)
        variance = number(np.where(freedom <= 0, np.nan, variance))
    return variance, mean


@implements(np.nanvar)
def nanvar(
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=np._NoValue,
    *,
    where=np._NoValue,
    mean=np._NoValue,
    correction=np._NoValue,
):
    refuse(np.nanvar, out=out)
    ddof = degrees(ddof, correction)
    return _nanvar(a, axis, dtype, ddof, kept(keepdims), where, mean)[0]


@implements(np.nanstd)
def nanstd(
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=np._NoValue,
    *,
    where=np._NoValue,
    mean=np._NoValue,
    correction=np._NoValue,
):
    refuse(np.nanstd, out=out)
    ddof, keepdims = degrees(ddof, correction), kept(keepdims)
    variance, center = _nanvar(a, axis, dtype, ddof, keepdims, where, mean)
    some = Some(axes_of(axis, shape_of(a)), keepdims, dtype, _chosen(a, where))
    return root(variance, a, center, some)


# --- Extremes -------------------------------------------------------------------------------------


def _extreme(function: Callable[..., Any], reduce: Callable[..., Any], least: float) -> None:
    @implements(function)
    def call(a, axis=None, out=None, keepdims=np._NoValue, initial=np._NoValue, where=np._NoValue):
        refuse(function, out=out)
        keepdims = kept(keepdims)
        y = reduce(_without_nan(a, least), axis, None, keepdims, initial, where)
        empty = ~np.any(_chosen(a, where), axis, None, keepdims)
        if given(initial) or not np.any(empty):
            return y
        warnings.warn("All-NaN slice encountered", RuntimeWarning, stacklevel=2)
        return number(np.where(empty, np.nan, y))


_extreme(np.nanmax, np.max, -np.inf)
_extreme(np.nanmin, np.min, np.inf)
