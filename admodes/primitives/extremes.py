"""Extremes: the largest and the smallest of many."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, refuse
from admodes.core.rules import Custom
from admodes.core.singularities import by_convention
from admodes.core.stand_ins import stands_for_another
from admodes.core.values import is_differentiated, is_watched, plain
from admodes.primitives.indexing import found
from admodes.primitives.reductions import axes_of, given, kept, spread
from admodes.primitives.sums import beginning_with

_add: Any = np.add.reduce
_ARGMAX, _ARGMIN = operator.methodcaller("argmax"), operator.methodcaller("argmin")


def apart(x: Any, attained: np.ndarray, params: Any) -> Any:
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
        attained = x == spread(y, **params)
        count = _add(attained, axes, np.intp, None, keepdims)
        if not np.all(count):  # nan, which equals nothing: it is the entries that are nan
            attained |= np.isnan(x)
            count = _add(attained, axes, np.intp, None, keepdims)
        share = (1 / count).astype(y.dtype)
        if is_differentiated(of) and np.any(count > 1):
            share = by_convention(share, count > 1, apart(of, attained, params))
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


def _found(find: Callable[..., Any], flat: Any) -> tuple[Any, bool]:
    """Where the extreme entry is, and whether no other equals it."""
    if stands_for_another(flat):  # a tracer: where it is, is found anew in each run
        position = find(flat)
        return position, bool(np.count_nonzero(flat == flat[position]) == 1)
    position = int(find(flat))
    rest = flat[position + 1 :]  # the first of equal entries is found
    return position, not rest.size or bool(rest[find(rest)] != flat[position])


def _extremum(primitive: Any, find: Callable[..., Any], a: Any, axis: Any, keepdims: Any) -> Any:
    shape = a.shape
    axes, keepdims = axes_of(axis, shape), kept(keepdims)
    if not axes:
        return np.positive(a)
    x = plain(a)
    if len(axes) == len(shape) and x.size:
        # The one extreme entry is read, so that the sweep writes one entry and not x.size of them.
        flat = x if x.ndim == 1 else x.reshape(-1)
        position, is_only = _found(find, flat)
        if is_only:
            index: Any = (position,) if flat is x else np.unravel_index(position, shape)
            if keepdims:
                index = tuple([slice(i, i + 1) for i in index])
            if is_watched(a):
                entry = found(a, index=index, shape=shape)
            else:
                entry = a[position] if flat is x and not keepdims else a[index]
            return np.copy(entry) if keepdims else entry  # an array of one entry is no view
    return primitive(a, axes=axes, keepdims=keepdims)


def _of_some(
    reduce: Callable[..., Any],
    least: float,
    a: Any,
    axis: Any,
    keepdims: Any,
    initial: Any,
    where: Any,
) -> Any:
    """With the entries that do not count at an infinity, and the initial value as one more."""
    if given(where):
        if not given(initial):
            return reduce(plain(a), axis=axis, where=plain(where))  # which NumPy refuses
        a = np.where(plain(where), a, least)
    return beginning_with(initial, reduce, a, axis, keepdims)


@implements(np.max)
@implements(np.amax)
def max_(a, axis=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
    if out is not None or initial is not np._NoValue or where is not np._NoValue:
        refuse(np.max, out=out)
        if given(initial) or given(where):
            return _of_some(np.max, -np.inf, a, axis, keepdims, initial, where)
    return _extremum(max_reduce, _ARGMAX, a, axis, keepdims)


@implements(np.min)
@implements(np.amin)
def min_(a, axis=None, out=None, keepdims=False, initial=np._NoValue, where=np._NoValue):
    if out is not None or initial is not np._NoValue or where is not np._NoValue:
        refuse(np.min, out=out)
        if given(initial) or given(where):
            return _of_some(np.min, np.inf, a, axis, keepdims, initial, where)
    return _extremum(min_reduce, _ARGMIN, a, axis, keepdims)


@implements(np.ptp)
def ptp(a, axis=None, out=None, keepdims=False):
    refuse(np.ptp, out=out)
    keepdims = kept(keepdims)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
