"""Variances and standard deviations."""

from typing import Any, NamedTuple

import numpy as np

from admodes.core.declaring import implements, refuse
from admodes.core.values import plain, shape_of
from admodes.primitives.extremes import apart
from admodes.primitives.memory import laid_out_as
from admodes.primitives.reductions import axes_of, kept, length
from admodes.primitives.sums import count_of, divided_by_count, mean_of


class Some(NamedTuple):
    """Which entries a reduction is of, and how it is made."""

    axes: tuple[int, ...]
    keepdims: bool
    dtype: Any = None
    where: Any = True


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
    refuse(np.var, out=out)
    some = Some(axes_of(axis, shape_of(a)), kept(keepdims), dtype, where)
    return _var(a, some, degrees(ddof, correction), _center(a, some, mean))


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
    refuse(np.std, out=out)
    some = Some(axes_of(axis, shape_of(a)), kept(keepdims), dtype, where)
    center = _center(a, some, mean)
    return root(_var(a, some, degrees(ddof, correction), center), a, center, some)


def root(variance: Any, a: Any, center: Any, some: Some) -> Any:
    """Its square root; 0, and flat, where all the numbers are equal."""
    equal = _equal(plain(a), plain(center), plain(variance), some)
    if not np.any(equal):
        return np.sqrt(variance)
    # 0, as the modulus of a 0 is: flat by convention, and to first order.
    chosen = np.broadcast_to(plain(some.where), shape_of(a))
    away = np.where(chosen, a - center, 0)
    corner = np.abs(apart(away, chosen, {"axes": some.axes, "keepdims": some.keepdims}))
    corner = np.astype(corner, variance.dtype, copy=False)
    y = np.where(equal, corner, np.sqrt(np.where(equal, 1, variance)))
    return laid_out_as(y, plain(variance))


def degrees(ddof: Any, correction: Any) -> Any:
    if correction is np._NoValue:
        return ddof
    if ddof != 0:
        raise ValueError("ddof and correction can't be provided simultaneously.")
    return correction


def _center(a: Any, some: Some, mean: Any) -> Any:
    if mean is not np._NoValue:
        return mean
    if some.dtype is None and some.where is True:
        return np.mean(a, axis=some.axes, keepdims=True)
    return np.mean(a, axis=some.axes, dtype=some.dtype, keepdims=True, where=some.where)


def _var(a: Any, some: Some, ddof: Any, center: Any) -> Any:
    squares = squared(a - center)
    axes, keepdims, dtype, where = some
    shape = squares.shape
    if dtype is None and where is True:
        return mean_of(squares, max(length(axes, shape) - ddof, 0), axes, keepdims)
    freedom = np.maximum(count_of(shape, axes, keepdims, where) - ddof, 0)
    total = np.sum(squares, axis=axes, dtype=dtype, keepdims=keepdims, where=where)
    return divided_by_count(total, freedom)


def squared(deviations: Any) -> Any:
    """The square of the modulus."""
    if np.iscomplexobj(plain(deviations)):
        return np.square(np.real(deviations)) + np.square(np.imag(deviations))
    return np.square(deviations)


def _equal(x: Any, center: Any, variance: Any, some: Some) -> Any:
    """Where all the numbers are equal, though rounding their mean may have left a variance."""
    noise = np.abs(center) * (4 * np.finfo(np.result_type(variance)).eps)
    suspicious = variance <= np.reshape(noise * noise, shape_of(variance))
    if not np.any(suspicious):
        return suspicious
    same = np.broadcast_to(x == center, shape_of(x))
    return suspicious & np.all(same, some.axes, keepdims=some.keepdims, where=plain(some.where))
