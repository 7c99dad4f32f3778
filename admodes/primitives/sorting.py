"""Sorting: the entries in the order of their values.

Sorted entries are the same entries in another order, so the local map is a permutation, and its
transpose puts everything back. Where several entries are equal, any order of them is sorted, and
the derivative is the average over all of these: equal entries share evenly, as in ``max``, so that
``sort(x)[-1]`` and ``max(x)`` have the same one. It is exact where the order of equal entries does
not matter (``sum(sort(x)**3)``); of a second derivative that says nothing, and it is NaN.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.rules import Custom, Primitive
from admodes.core.singularities import by_convention
from admodes.core.values import is_differentiated, last_axes, plain
from admodes.primitives.memory import laid_out_as

# --- In an order, and back ------------------------------------------------------------------------


def _reorder(x: Any, *, order: np.ndarray, axis: int) -> Any:
    if order.ndim == 1:
        return x.take(order, -1)  # many directions at once: 6 ms and 20
    return np.take_along_axis(x, _with_directions(order, x.ndim), axis)


def _restore(x: Any, *, order: np.ndarray, axis: int) -> Any:
    result = np.empty(x.shape, x.dtype)
    np.put_along_axis(result, _with_directions(order, x.ndim), x, axis)
    return result


def _with_directions(order: np.ndarray, ndim: int) -> np.ndarray:
    """The order with axes of length 1 for the directions in front."""
    return order[(None,) * (ndim - order.ndim)]


reordered: Primitive = declare(
    linear(_reorder, transpose=lambda ct, **params: restored(ct, **params), name="reorder"),
    cost=costs.MOVE,
)
restored: Primitive = declare(
    linear(_restore, transpose=lambda ct, **params: reordered(ct, **params), name="restore"),
    cost=costs.MOVE,
)

# --- Equal entries --------------------------------------------------------------------------------


def _runs(y: Any, axis: int) -> dict[str, Any] | None:
    """Where runs of equal entries start in a sorted array, and how long they are.

    The rows along the axis are taken one after another, and an entry that equals no other is a run
    of one. ``None`` is where there is nothing but these.
    """
    rows = np.moveaxis(y, axis, -1)
    first = np.ones((*rows.shape[:-1], 1), bool)
    begins = np.concatenate([first[..., : rows.shape[-1]], rows[..., 1:] != rows[..., :-1]], -1)
    if begins.all():
        return None
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=rows.size)
    return {"starts": starts, "lengths": lengths, "axis": axis, "shape": y.shape}


def over_runs(
    reduce: Callable[..., Any],
    t: Any,
    *,
    starts: np.ndarray,
    lengths: np.ndarray,
    axis: int,
    shape: tuple[int, ...],
) -> Any:
    """Each entry of a run replaced by what ``reduce(row, starts, axis)`` makes of the run."""
    rows = np.moveaxis(t, axis, -1)
    flat = rows.reshape((*t.shape[: t.ndim - len(shape)], -1))
    each = np.repeat(reduce(flat, starts, -1), lengths, -1)
    return np.moveaxis(each.reshape(rows.shape), -1, axis)


def _share(t: Any, **runs: Any) -> Any:
    def mean(flat: Any, starts: np.ndarray, axis: int) -> Any:
        means = np.add.reduceat(flat, starts, axis)
        means *= 1 / runs["lengths"]
        return means

    return over_runs(mean, t, **runs)


def _share_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """An addition for each entry that is not the first of its run, a product for each run."""
    runs = np.size(y) * np.size(params["starts"]) // max(math.prod(params["shape"]), 1)
    return costs.Cost(costs.moves(y, args), additions=np.size(y) - runs, multiplications=runs)


# A mean over each run is its own transpose.
shared: Primitive = declare(
    linear(_share, transpose=lambda ct, **params: shared(ct, **params), name="share"),
    cost=_share_cost,
)

# --- Sorting --------------------------------------------------------------------------------------


class Sorted(NamedTuple):
    """What the derivative of a sort is made of: the order, and the runs of equal entries if any."""

    order: np.ndarray
    axis: int
    runs: dict[str, Any] | None
    #: of equal entries, where another derivative may be taken: see :func:`by_convention`
    share: Any = 1


def _sort(x: Any, *, axis: int, kind: Any, order: Any, stable: Any) -> Any:
    return np.sort(x, axis, kind, order, stable=stable)


def _residual(y: Any, x: Any, *, axis: int, **_: Any) -> Sorted:
    order, runs = np.argsort(plain(x), axis), _runs(plain(y), axis)
    share: Any = 1
    if runs is not None and is_differentiated(x):
        same = reordered(x, order=order, axis=axis)
        apart = same - shared(same, **runs)  # zero, and its derivative where they change alike
        share = by_convention(np.ones_like(plain(y)), _has_equals(plain(y), **runs), apart)
    return Sorted(order, axis, runs, share)


def _has_equals(y: Any, **runs: Any) -> Any:
    """Which entries of a sorted array have others that are equal."""

    def several(flat: Any, starts: np.ndarray, axis: int) -> Any:
        return np.broadcast_to(runs["lengths"] > 1, (*flat.shape[:-1], len(starts)))

    return over_runs(several, y, **runs)


def _push(residual: Sorted, t: Any) -> Any:
    order, axis, runs, share = residual
    t = reordered(t, order=order, axis=axis)
    return t if runs is None else shared(t, **runs) * share


def _pull(residual: Sorted, ct: Any) -> Any:
    order, axis, runs, share = residual
    ct = ct if runs is None else shared(ct * share, **runs)
    return restored(ct, order=order, axis=axis)


def _sort_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """The comparisons of a sort by bisection: entry k finds its place among k - 1 by ⌈log₂ k⌉.

    That is n⌈log₂ n⌉ - 2^⌈log₂ n⌉ + 1 (D. E. Knuth, *The Art of Computer Programming*, volume 3,
    section 5.3.1). How many NumPy makes depends on the values, which no cost asks for.
    """
    n = np.shape(y)[params["axis"]]
    bits = max(n - 1, 0).bit_length()  # ⌈log₂ n⌉
    rows = np.size(y) // max(n, 1)
    return costs.Cost(costs.moves(y, args), additions=rows * (n * bits - (1 << bits) + 1))


sorted_ = declare(Custom("sort", _sort, _push, _pull, _residual), cost=_sort_cost)


@implements(np.sort)
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    if axis is None:
        a, axis = np.ravel(a), -1
    (axis,) = last_axes(axis, a.ndim)
    return sorted_(a, axis=axis, kind=kind, order=order, stable=stable)


@implements(np.partition)
def partition(a, kth, axis=-1, kind="introselect", order=None):
    """The sorted entries, in the places where NumPy's own partition has them."""
    if axis is None:
        a, axis = np.ravel(a), -1
    (axis,) = last_axes(axis, a.ndim)
    parted = np.partition(plain(a), kth, axis, kind, order)
    places = np.argsort(parted, axis)
    return laid_out_as(restored(np.sort(a, axis), order=places, axis=axis), parted)
