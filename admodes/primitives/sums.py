"""Sums, means and products as NumPy has them, of all entries or of some."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, refuse
from admodes.core.kinds import array, operand
from admodes.core.rules import Primitive, apply
from admodes.core.values import Traced, align, plain, shape_of, unbroadcast
from admodes.primitives.as_numpy import with_value
from admodes.primitives.reductions import (
    ALL_AXES,
    add_reduce,
    axes_of,
    given,
    kept,
    length,
    mean_reduce,
    multiply_reduce,
    spread,
)

_add: Any = np.add.reduce


# --- Sums -----------------------------------------------------------------------------------------


@implements(np.sum)
def sum(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=True):
    if dtype is not None or out is not None or initial is not None or where is not True:
        refuse(np.sum, out=out)
        if any(map(given, (dtype, initial, where))):
            return _sum_of_some(a, axis, dtype, kept(keepdims), initial, where)
    shape = a.shape
    axes = ALL_AXES[len(shape)] if axis is None else axes_of(axis, shape)
    keepdims = keepdims is not False and kept(keepdims)
    params = {"axes": axes, "keepdims": keepdims, "shape": shape}
    if isinstance(a, Traced):  # every objective ends in a sum: `apply`, without the way there
        return a._apply(add_reduce, (a,), params)
    return apply(add_reduce, (a,), params)


def _some(x: Any, *initial: Any, axes: Any, keepdims: bool, where: Any) -> Any:
    first = initial[0] if initial else np._NoValue
    return _add(x, axes, None, None, keepdims, first, where)


class SumOfSome(Primitive):
    """``sum`` with options, of an array and, if there is one, what the sum begins with.

    It is linear in both; but a tangent of what it begins with has directions, and NumPy wants a
    number there.
    """

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        return (False,) * (len(active) + 1)

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        return params, shape_of(args[0]), shape_of(y)

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        params, _, own = residual
        total = None
        if tangents[0] is not None:
            t = np.where(params["where"], tangents[0], 0)
            total = np.sum(t, axis=params["axes"], keepdims=params["keepdims"])
        if tangents[1:] and tangents[1] is not None:
            first = align(tangents[1], 0, len(own))
            if total is not None:
                return total + first
            total = np.broadcast_to(first, shape_of(first)[: len(first.shape) - len(own)] + own)
        return total

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        params, shape, own = residual
        x = np.where(
            params["where"],
            spread(ct, axes=params["axes"], keepdims=params["keepdims"], shape=shape),
            0,
        )
        return [x, unbroadcast(ct, len(own), ())][: len(active)]


def _some_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """An addition for each entry, but for the first of a sum that begins with it."""
    first = 0 if len(args) > 1 else np.size(y)
    return costs.Cost(costs.moves(y, args), additions=max(np.size(args[0]) - first, 0))


sum_of_some = declare(SumOfSome("sum of some", _some), cost=_some_cost)
sum_of_some.holds = ("where",)


def _sum_of_some(a: Any, axis: Any, dtype: Any, keepdims: bool, initial: Any, where: Any) -> Any:
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        options = {"initial": plain(initial)} if given(initial) else {}
        where = plain(where) if given(where) else True
        return np.sum(plain(a), axis, dtype, None, keepdims, where=where, **options)
    if dtype is not None:
        a = np.astype(array(a), dtype, copy=False)
        if not given(initial) and not given(where):
            return np.sum(a, axis, keepdims=keepdims)
    args = (a, np.astype(array(initial), a.dtype, copy=False)) if given(initial) else (a,)
    where = array(plain(where)) if given(where) else True
    return sum_of_some(*args, axes=axes_of(axis, a.shape), keepdims=keepdims, where=where)


# --- Means ----------------------------------------------------------------------------------------


@implements(np.mean)
def mean(a, axis=None, dtype=None, out=None, keepdims=False, *, where=True):
    if dtype is not None or out is not None or where is not True:
        refuse(np.mean, out=out)
        if given(dtype) or given(where):
            total = np.sum(a, axis=axis, dtype=dtype, keepdims=kept(keepdims), where=where)
            return divided_by_count(total, count_of(shape_of(a), axis, keepdims, where))
    shape = a.shape
    axes = axes_of(axis, shape)
    return mean_of(a, length(axes, shape), axes, kept(keepdims))


def count_of(shape: tuple[int, ...], axis: Any, keepdims: Any, where: Any) -> Any:
    """How many entries of an array of `shape` each entry of a reduction is made of."""
    counted = np.broadcast_to(plain(where) if given(where) else True, shape)
    return _add(counted, axes_of(axis, shape), np.intp, None, kept(keepdims))


def divided_by_count(total: Any, count: Any) -> Any:
    """A mean, in the dtype of the total."""
    if np.dtype(total.dtype).kind not in "fc":
        return total / count
    return total / array(count).astype(np.real(plain(total)).dtype)


def mean_of(a: Any, count: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if not count:  # NaN, by a quotient: no linear map makes it of zeros
        return np.sum(a, axis=axes, keepdims=keepdims) / np.zeros((), plain(a).dtype)
    return mean_reduce(a, count=count, axes=axes, keepdims=keepdims, shape=a.shape)


@implements(np.average)
def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    keepdims, shape = kept(keepdims), shape_of(a)
    axes = axes_of(axis, shape)
    if weights is None:
        result, total = np.mean(a, axis=axes, keepdims=keepdims), float(length(axes, shape))
    else:
        weights = _along_axes(operand(weights), axis, axes, shape)
        own = [plain(a), plain(weights)] + [np.float64] * (np.dtype(a.dtype).kind not in "fc")
        weights = np.astype(weights, np.result_type(*own), copy=False)
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


# --- Products -------------------------------------------------------------------------------------


def beginning_with(first: Any, reduce: Callable[..., Any], a: Any, axis: Any, keepdims: Any) -> Any:
    """A reduction of rows that have one entry more, in front."""
    shape = a.shape
    axes = axes_of(axis, shape)
    rows = np.moveaxis(a, axes, range(len(axes)))
    rows = np.reshape(rows, (length(axes, shape), *rows.shape[len(axes) :]))
    first = np.astype(array(first), a.dtype, copy=False)
    rows = np.concatenate([np.broadcast_to(first, (1, *rows.shape[1:])), rows])
    ones = [1 if i in axes else n for i, n in zip(ALL_AXES[len(shape)], shape, strict=True)]
    y = reduce(rows, axis=0)
    y = np.reshape(y, ones) if kept(keepdims) else y
    # NumPy does not bring the entries in order before.
    value = reduce(plain(a), axis=axis, keepdims=kept(keepdims), initial=plain(first)[()])
    return with_value(y, value)


@implements(np.prod)
def prod(
    a, axis=None, dtype=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue
):
    if (
        dtype is not None
        or out is not None
        or initial is not np._NoValue
        or where is not np._NoValue
    ):
        refuse(np.prod, out=out)
        if given(dtype):
            if np.dtype(dtype).kind not in "fc":
                options = {"initial": plain(initial)} if given(initial) else {}
                where = plain(where) if given(where) else True
                return np.prod(plain(a), axis, dtype, None, kept(keepdims), where=where, **options)
            a = np.astype(a, dtype, copy=False)
        if given(where):
            a = np.where(plain(where), a, 1)
        if given(initial):
            return beginning_with(initial, np.prod, a, axis, keepdims)
    shape = a.shape
    axes = axes_of(axis, shape)
    if not axes:
        return np.positive(a)
    return multiply_reduce(a, axes=axes, keepdims=kept(keepdims), shape=shape)
