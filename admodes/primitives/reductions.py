"""Reductions: sums, means, products and extremes over axes, and what is composed of them.

``sum`` and ``spread`` are each other's transposes, and every other reduction here is built on them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import operand
from admodes.core.rules import Custom, Primitive, apply
from admodes.core.singularities import by_convention
from admodes.core.values import (
    Traced,
    is_differentiated,
    is_normal,
    is_watched,
    last_axes,
    plain,
    shape_of,
)
from admodes.primitives.indexing import found

_FEW = 4096  # entries that are written out faster than a view of them is made and read

# Bound once: ``reduce(x, axes, dtype, out, keepdims)`` by position is what runs fastest.
_add: Any = np.add.reduce
_multiply: Any = np.multiply.reduce


def axes_of(axis: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that a reduction of an array of `shape` removes, counted from the end."""
    if axis is None:
        return ALL_AXES[len(shape)]
    if not shape and axis in (0, -1):  # NumPy allows these for a number
        return ()
    return last_axes(axis, len(shape))


ALL_AXES = [last_axes(None, ndim) for ndim in range(65)]
"""Number of axes -> all of them; 64 is NumPy's limit."""


def length(axes: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """How many entries of an array of `shape` a reduction over `axes` makes one of."""
    return math.prod(shape[i] for i in axes)


# --- Sums and means -------------------------------------------------------------------------------


def _sum(x: Any, *, axes: tuple[int, ...], keepdims: bool, shape: tuple[int, ...]) -> Any:
    return _add(x, axes, None, None, keepdims)


def _spread(y: Any, axes: tuple[int, ...], keepdims: bool, shape: tuple[int, ...]) -> Any:
    """Repeat each entry of `y` over the axes that a sum of an array of `shape` had removed.

    A large result is a read-only view: writing out a million equal numbers takes longer than
    multiplying by them.
    """
    own = getattr(y, "shape", ())
    if not own:
        if y.__class__ is not np.float64:
            y = np.asarray(y)[()]
        if math.prod(shape) < _FEW:
            result = np.empty(shape, y.dtype)
            result.fill(y)
            return result
        # np.broadcast_to, 8 times faster; of a number, which cannot be written into
        return np.ndarray(shape, y.dtype, y, 0, (0,) * len(shape))
    if keepdims:
        lead = own[: len(own) - len(shape)]
    else:
        lead = own[: len(own) - len(shape) + len(axes)]
        ones = list(shape)
        for i in axes:
            ones[i] = 1
        y = y.reshape(lead + tuple(ones))
    return np.broadcast_to(y, lead + shape)


def _spread_back(ct: Any, axes: tuple[int, ...], keepdims: bool, shape: tuple[int, ...]) -> Any:
    if isinstance(ct, Traced):
        return spread(ct, axes=axes, keepdims=keepdims, shape=shape)
    # Straight to the function where nothing is recorded: every objective ends in a sum.
    return _spread(ct, axes, keepdims, shape)


add_reduce = declare(linear(_sum, transpose=_spread_back, name="sum"), cost=costs.sum_up)
spread: Primitive = declare(
    linear(
        _spread,
        transpose=lambda ct, **params: add_reduce(ct, **params),
        name="spread",
        writeable=False,
    ),
    cost=costs.view,
)


def _mean(x: Any, *, count: float, axes: Any, keepdims: bool, shape: Any) -> Any:
    return _add(x, axes, None, None, keepdims) / count


def _spread_mean(ct: Any, *, count: float, **params: Any) -> Any:
    return spread(ct * (1 / count if count else np.nan), **params)


mean_reduce = declare(linear(_mean, transpose=_spread_mean, name="mean"), cost=costs.mean)


@implements(np.sum)
def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    if dtype is not None or out is not None or initial is not None or where is not True:
        refuse(np.sum, dtype=dtype, out=out, initial=initial, where=where)
    shape = a.shape
    axes = ALL_AXES[len(shape)] if axis is None else axes_of(axis, shape)
    return apply(add_reduce, (a,), {"axes": axes, "keepdims": _given(keepdims), "shape": shape})


@implements(np.nansum)
def nansum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    refuse(np.nansum, dtype=dtype, out=out, initial=initial, where=where)
    return np.sum(np.where(np.isnan(plain(a)), 0, a), axis=axis, keepdims=_given(keepdims))


@implements(np.mean)
def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    if dtype is not None or out is not None or where is not True:
        refuse(np.mean, dtype=dtype, out=out, where=where)
    shape = a.shape
    axes = axes_of(axis, shape)
    return _mean_of(a, length(axes, shape), axes, _given(keepdims))


def _mean_of(a: Any, count: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if not count:  # NaN, by a quotient: no linear map makes it of zeros
        return np.sum(a, axis=axes, keepdims=keepdims) / np.zeros((), plain(a).dtype)
    return mean_reduce(a, count=count, axes=axes, keepdims=keepdims, shape=a.shape)


@implements(np.average)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    keepdims, shape = _given(keepdims), shape_of(a)
    axes = axes_of(axis, shape)
    if weights is None:
        result, total = np.mean(a, axis=axes, keepdims=keepdims), float(length(axes, shape))
    else:
        weights = _along_axes(operand(weights), axis, axes, shape)
        total = np.sum(weights, axis=axes, keepdims=keepdims)
        if np.any(plain(total) == 0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        result = np.sum(a * weights, axis=axes, keepdims=keepdims) / total
    return (result, np.copy(np.broadcast_to(total, result.shape), "C")) if returned else result


def _along_axes(weights: Any, axis: Any, axes: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """Weights of the averaged axes alone, in their order, as an array that meets all axes."""
    own = shape_of(weights)
    if own == shape:
        return weights if hasattr(weights, "shape") else np.asarray(weights)
    if axis is None:
        raise TypeError("Axis must be specified when shapes of a and weights differ.")
    if own != tuple(shape[i] for i in axes):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis."
        )
    ordered = np.transpose(weights, sorted(range(len(axes)), key=axes.__getitem__))
    return np.reshape(ordered, [n if i - len(shape) in axes else 1 for i, n in enumerate(shape)])


def _given(keepdims: Any) -> bool:
    return keepdims is not False and keepdims is not np._NoValue and bool(keepdims)


# --- Variances ------------------------------------------------------------------------------------


@implements(np.var)
def var(
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=False,
    *,
    where=True,
    mean=np._NoValue,
    correction=np._NoValue,
):
    refuse(np.var, dtype=dtype, out=out, where=where)
    axes = axes_of(axis, shape_of(a))
    return _var(a, axes, _degrees(ddof, correction), _given(keepdims), _center(a, axes, mean))


@implements(np.std)
def std(
    a,
    axis=None,
    dtype=None,
    out=None,
    ddof=0,
    keepdims=False,
    *,
    where=True,
    mean=np._NoValue,
    correction=np._NoValue,
):
    """The square root of the variance; equal numbers, where it has a kink, have derivative 0."""
    refuse(np.std, dtype=dtype, out=out, where=where)
    axes, keepdims = axes_of(axis, shape_of(a)), _given(keepdims)
    center = _center(a, axes, mean)
    variance = _var(a, axes, _degrees(ddof, correction), keepdims, center)
    equal = _equal(plain(a), plain(center), plain(variance), axes, keepdims)
    if not np.any(equal):
        return np.sqrt(variance)
    # 0, as the modulus of a 0 is: flat by convention, and to first order.
    params = {"axes": axes, "keepdims": keepdims}
    corner = np.abs(_apart(a - center, np.ones(shape_of(a), bool), params))
    return np.where(equal, corner, np.sqrt(np.where(equal, 1, variance)))


def _degrees(ddof: Any, correction: Any) -> Any:
    if correction is np._NoValue:
        return ddof
    if ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return correction


def _center(a: Any, axes: tuple[int, ...], mean: Any) -> Any:
    return np.mean(a, axis=axes, keepdims=True) if mean is np._NoValue else mean


def _var(a: Any, axes: tuple[int, ...], ddof: Any, keepdims: bool, center: Any) -> Any:
    deviations = a - center
    squares = np.square(deviations)
    if np.iscomplexobj(plain(deviations)):
        squares = np.real(deviations * np.conjugate(deviations))
    shape = squares.shape
    freedom = max(length(axes, shape) - ddof, 0)
    return _mean_of(squares, freedom, axes, keepdims)


def _equal(x: Any, center: Any, variance: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Where all the numbers are equal, though rounding their mean may have left a variance."""
    noise = np.abs(center) * (4 * np.finfo(np.result_type(variance)).eps)
    suspicious = variance <= np.reshape(noise * noise, shape_of(variance))
    if not np.any(suspicious):
        return suspicious
    return suspicious & np.all(x == center, axis=axes, keepdims=keepdims)


# --- Extremes -------------------------------------------------------------------------------------


def _apart(x: Any, attained: np.ndarray, params: Any) -> Any:
    """Something of which the derivative is zero where equal entries change alike, and else not."""
    numbers = np.sin(1.0 + np.arange(attained.size)).reshape(attained.shape)
    means = np.mean(numbers, params["axes"], keepdims=True, where=attained)
    weights = np.where(attained, numbers - means, 0).astype(x.dtype)
    return np.sum(x * weights, axis=params["axes"], keepdims=params["keepdims"])


def _extreme(name: str, reduce: Any) -> Custom:
    """The rule of ``max`` or ``min``: the entries that attain it share the derivative evenly."""

    def residual(y: Any, of: Any, *, axes: tuple[int, ...], keepdims: bool) -> Any:
        x, y = plain(of), plain(y)
        params = {"axes": axes, "keepdims": keepdims, "shape": x.shape}
        attained = x == _spread(y, **params)
        count = _add(attained, axes, np.intp, None, keepdims)
        if not np.all(count):  # nan, which equals nothing: it is the entries that are nan
            attained |= np.isnan(x)
            count = _add(attained, axes, np.intp, None, keepdims)
        share = (1 / count).astype(y.dtype)
        if is_differentiated(of) and np.any(count > 1):
            share = by_convention(share, count > 1, _apart(of, attained, params))
        return attained, share, params

    def push(residual: Any, t: Any) -> Any:
        attained, share, params = residual
        chosen = np.where(attained, t, 0)
        return np.sum(chosen, axis=params["axes"], keepdims=params["keepdims"]) * share

    def pull(residual: Any, ct: Any) -> Any:
        attained, share, params = residual
        return np.where(attained, spread(ct * share, **params), 0)

    def function(x: Any, *, axes: tuple[int, ...], keepdims: bool) -> Any:
        return reduce(x, axes, None, None, keepdims)

    primitive = Custom(name, function, push, pull, residual)
    return primitive


max_reduce = declare(_extreme("max", np.maximum.reduce), cost=costs.sum_up)
min_reduce = declare(_extreme("min", np.minimum.reduce), cost=costs.sum_up)


def _extremum(primitive: Any, find: Callable[..., Any], a: Any, axis: Any, keepdims: Any) -> Any:
    shape = a.shape
    axes, keepdims = axes_of(axis, shape), _given(keepdims)
    if not axes:
        return np.copy(a)
    x = plain(a)
    if len(axes) == len(shape) and x.size:
        # The one extreme entry is read, so that the sweep writes one entry and not x.size of them.
        flat = x if x.ndim == 1 else x.reshape(-1)
        position = int(find(flat))
        rest = flat[position + 1 :]  # the first of equal entries is found
        if not rest.size or rest[find(rest)] != flat[position]:
            index: Any = (position,) if flat is x else np.unravel_index(position, shape)
            if keepdims:
                index = tuple([slice(i, i + 1) for i in index])
            if is_watched(a):
                return found(a, index=index, shape=shape)
            return a[position] if flat is x and not keepdims else a[index]
    return primitive(a, axes=axes, keepdims=keepdims)


@implements(np.max)
@implements(np.amax)
def max_(a, axis=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
    if out is not None or initial is not np._NoValue or where is not np._NoValue:
        refuse(np.max, out=out, initial=initial, where=where)
    return _extremum(max_reduce, np.ndarray.argmax, a, axis, keepdims)


@implements(np.min)
@implements(np.amin)
def min_(a, axis=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
    if out is not None or initial is not np._NoValue or where is not np._NoValue:
        refuse(np.min, out=out, initial=initial, where=where)
    return _extremum(min_reduce, np.ndarray.argmin, a, axis, keepdims)


@implements(np.ptp)
def ptp(a, axis=None, out=None, keepdims=False):
    refuse(np.ptp, out=out)
    keepdims = _given(keepdims)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# --- Products -------------------------------------------------------------------------------------


def _product(x: Any, *, axes: tuple[int, ...], keepdims: bool, shape: tuple[int, ...]) -> Any:
    return _multiply(x, axes, None, None, keepdims)


def _others(y: Any, x: Any, **params: Any) -> Any:
    """For each entry the product of all others: the partial derivatives of a product."""
    product = plain(y)
    if is_normal(product):
        return (spread(y, **params) / x,), params
    # Some factor is zero, or infinite, or NaN, or the product left the range of numbers: multiply
    # the entries before each by those after it, without a division, which is right to every order.
    axes = params["axes"]
    last = range(-len(axes), 0)
    moved = np.moveaxis(x, axes, last)
    rows = np.reshape(moved, (*moved.shape[: -len(axes)], -1))
    after = running_product(rows[..., ::-1], inclusive=False)[..., ::-1]
    others = np.reshape(running_product(rows, inclusive=False) * after, moved.shape)
    return (np.moveaxis(others, last, axes),), params


def running_product(x: Any, inclusive: bool = True) -> Any:
    """Along the last axis, of all entries up to each (or before it): log n multiplications.

    It divides by nothing, so that its derivatives are right at zeros to every order (W. D. Hillis &
    G. L. Steele, "Data parallel algorithms", CACM 1986).
    """
    if not inclusive:
        ones = np.ones((*x.shape[:-1], 1), plain(x).dtype)
        x = np.concatenate([ones, x[..., :-1]], axis=-1)
    shift = 1
    while shift < x.shape[-1]:
        x = np.concatenate([x[..., :shift], x[..., shift:] * x[..., :-shift]], axis=-1)
        shift *= 2
    return x


def _push_product(residual: Any, t: Any) -> Any:
    (others,), params = residual
    return np.sum(others * t, axis=params["axes"], keepdims=params["keepdims"])


def _pull_product(residual: Any, ct: Any) -> Any:
    (others,), params = residual
    return spread(ct, **params) * others


multiply_reduce = declare(
    Custom("prod", _product, push=_push_product, pull=_pull_product, residual=_others),
    cost=costs.multiply_up,
)
multiply_reduce.multiplies = True


@implements(np.prod)
def prod(
    a, axis=None, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue
):
    refuse(np.prod, dtype=dtype, out=out, initial=initial, where=where)
    shape = a.shape
    axes = axes_of(axis, shape)
    return (
        multiply_reduce(a, axes=axes, keepdims=_given(keepdims), shape=shape)
        if axes
        else np.copy(a)
    )
