"""Accumulations along an axis: cumulative sums and products, and differences."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import array
from admodes.core.rules import Custom, Primitive
from admodes.core.values import last_axes, plain, shape_of
from admodes.primitives.as_numpy import with_value
from admodes.primitives.reductions import running_product

_BACKWARDS = slice(None, None, -1)


def along(axis: int, item: Any) -> tuple[Any, ...]:
    """An index by `item` along an axis that is counted from the end."""
    return (..., item) + (slice(None),) * (-axis - 1)


# --- Sums and products ----------------------------------------------------------------------------


def _accumulate(x: Any, *, axis: int, backwards: bool = False) -> Any:
    if backwards:
        flip = along(axis, _BACKWARDS)
        return np.add.accumulate(x[flip], axis)[flip]
    return np.add.accumulate(x, axis)


add_accumulate: Primitive = declare(
    linear(
        _accumulate,
        transpose=lambda ct, axis, backwards=False: add_accumulate(
            ct, axis=axis, backwards=not backwards
        ),
        name="cumsum",
    ),
    cost=costs.running_sum,
)
# Where it can be divided by every entry; elsewhere running_product.
multiply_accumulate = declare(
    Custom(
        "cumprod",
        lambda x, *, axis: np.multiply.accumulate(x, axis),
        residual=lambda y, x, *, axis: (y, x, axis),
        push=lambda residual, t: residual[0] * add_accumulate(t / residual[1], axis=residual[2]),
        pull=lambda residual, ct: (
            add_accumulate(ct * residual[0], axis=residual[2], backwards=True) / residual[1]
        ),
    ),
    cost=costs.running_product,
)


def one_axis(a: Any, axis: Any) -> tuple[Any, int]:
    """An array, and its one axis to go along, from the end; without one, all entries in a row."""
    a = array(a)
    if axis is None or not a.shape:
        a = np.ravel(a)
    (axis,) = last_axes(-1 if axis is None else axis, a.ndim)
    return a, axis


@implements(np.cumsum)
def cumsum(a, axis=None, dtype=None, out=None):
    refuse(np.cumsum, out=out)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            return np.cumsum(plain(a), axis, dtype)
        a = np.astype(a, dtype, copy=False)
    a, axis = one_axis(a, axis)
    return add_accumulate(a, axis=axis)


@implements(np.cumprod)
def cumprod(a, axis=None, dtype=None, out=None):
    refuse(np.cumprod, out=out)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            return np.cumprod(plain(a), axis, dtype)
        a = np.astype(a, dtype, copy=False)
    a, axis = one_axis(a, axis)
    if _can_divide_by(plain(a)):
        return multiply_accumulate(a, axis=axis)
    y = np.moveaxis(running_product(np.moveaxis(a, axis, -1)), -1, axis)
    return with_value(y, np.multiply.accumulate(plain(a), axis))


def _can_divide_by(x: Any) -> bool:
    """Whether no entry is zero, infinite, or so much smaller than another that of a second
    derivative, which is divided by it twice, less than two thirds of the digits would be right;
    or so small that it would make something of a product of which digits are missing.
    """
    if not x.size:
        return True
    size = np.absolute(x)
    epsilon = np.finfo(size.dtype).eps
    return bool(max(size.max() * epsilon ** (1 / 3), epsilon) < size.min() < np.inf)


def _cumulative(function: Any, accumulate: Any, first: Any) -> Any:
    def call(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
        refuse(function, out=out)
        x = x if x.ndim else np.reshape(x, 1)
        if axis is None and x.ndim != 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
        y = accumulate(x, axis=axis, dtype=dtype)
        if not include_initial:
            return y
        (axis,) = last_axes(-1 if axis is None else axis, x.ndim)
        shape = list(x.shape)
        shape[axis] = 1
        initial = np.full(shape, first, y.dtype)
        return np.concatenate([initial, y], axis=axis)

    return call


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    implements(np.cumulative_sum)(_cumulative(np.cumulative_sum, np.cumsum, 0))
    implements(np.cumulative_prod)(_cumulative(np.cumulative_prod, np.cumprod, 1))


# --- Differences ----------------------------------------------------------------------------------


def _difference(x: Any, *, axis: int) -> Any:
    return x[along(axis, slice(1, None))] - x[along(axis, slice(-1))]


def _spread_difference(ct: Any, *, axis: int) -> Any:
    """What each entry gets from the difference behind it less what it gives to the one ahead."""
    shape = list(ct.shape)
    shape[axis] += 1
    g = np.empty(shape, ct.dtype)
    g[along(axis, slice(1))] = 0
    g[along(axis, slice(1, None))] = ct
    g[along(axis, slice(-1))] -= ct
    return g


def _spread_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """A subtraction for each difference, of which there is one less than there are results."""
    return costs.Cost(costs.moves(y, args), additions=np.size(args[0]))


difference = declare(
    linear(_difference, transpose=lambda ct, axis: spread_difference(ct, axis=axis), name="diff"),
    cost=costs.ADDITION,
)
spread_difference: Primitive = declare(
    linear(
        _spread_difference,
        transpose=lambda ct, axis: difference(ct, axis=axis),
        name="spread_diff",
    ),
    cost=_spread_cost,
)


@implements(np.diff)
def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    if n == 0:
        return a
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    shape = shape_of(a)
    if not shape:
        raise ValueError("diff requires input that is at least one dimensional")
    (axis,) = last_axes(axis, len(shape))
    ends = [
        end if end is np._NoValue or shape_of(end) else np.broadcast_to(end, _with(shape, axis, 1))
        for end in (prepend, append)
    ]
    parts = [part for part in (ends[0], a, ends[1]) if part is not np._NoValue]
    if len(parts) > 1:
        a = np.concatenate(parts, axis=axis)
    for _ in range(min(n, a.shape[axis])):
        a = difference(a, axis=axis)
    return a


def _with(shape: tuple[int, ...], axis: int, count: int) -> tuple[int, ...]:
    sizes = list(shape)
    sizes[axis] = count
    return tuple(sizes)
