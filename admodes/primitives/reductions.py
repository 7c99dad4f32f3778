"""Reductions: what the sums, means and products over axes are made of.

``sum`` and ``spread`` are each other's transposes, and every other reduction is built on them.
"""

import math
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, linear
from admodes.core.rules import Custom, Primitive
from admodes.core.stand_ins import stands_for_another
from admodes.core.values import Traced, is_normal, last_axes, plain, repeated

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


def given(option: Any) -> bool:
    """Whether an option asks for something."""
    return option is not None and option is not np._NoValue and option is not True


def kept(keepdims: Any) -> bool:
    return keepdims is not False and keepdims is not np._NoValue and bool(keepdims)


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
        if stands_for_another(y):  # it stands for a number, whose memory nobody knows yet
            return np.broadcast_to(y, shape)
        if y.__class__ is not np.float64:
            y = np.asarray(y)[()]
        if math.prod(shape) < _FEW:
            result = np.empty(shape, y.dtype)
            result.fill(y)
            return result
        return repeated(y, shape)
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
    # Straight to the function where nothing is recorded: every objective ends in a sum.
    if type(ct) is np.float64 and len(shape) == 1 and shape[0] < _FEW:
        result = np.empty(shape)
        result.fill(ct)
        return result
    if isinstance(ct, Traced):
        return spread(ct, axes=axes, keepdims=keepdims, shape=shape)
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
