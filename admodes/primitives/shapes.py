"""Shapes: the same entries under another shape, in another order, or repeated."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.kinds import array
from admodes.core.layout import memory_axes
from admodes.core.rules import Primitive
from admodes.core.stand_ins import as_array
from admodes.core.values import last_axes, plain
from admodes.primitives.memory import array_of, order_of
from admodes.primitives.reductions import spread


def hollow(shape: tuple[int, ...]) -> np.ndarray:
    """An array of `shape` in a single byte: NumPy's own functions say what becomes of the shape."""
    return np.ndarray(shape, bool, b"\0", 0, (0,) * len(shape))


# --- The same entries in the same order -----------------------------------------------------------


def _reshape(x: Any, *, shape: tuple[int, ...], own: tuple[int, ...]) -> Any:
    if x.__class__ is float or x.__class__ is complex:
        x = as_array(x)
    return x.reshape(x.shape[: x.ndim - len(own)] + shape)


reshaped: Primitive = declare(
    linear(
        _reshape,
        transpose=lambda ct, shape, own: reshaped(ct, shape=own, own=shape),
        name="reshape",
        writeable=True,
    ),
    cost=costs.view_or_copy,
)


@implements(np.reshape)
def reshape(a, /, shape, order="C", *, copy=None):
    own = a.shape
    if order != "C":
        order = order_of(order)
        if order == "A":
            order = "F" if np.isfortran(array(plain(a))) else "C"
    shape = hollow(own).reshape(shape, order=order).shape
    if copy:
        a = np.copy(a, order)
    elif copy is not None:
        np.reshape(plain(a), shape, order, copy=False)  # raises where NumPy would have to
    if order == "F":
        return np.transpose(np.reshape(np.transpose(a), shape[::-1]))
    return reshaped(a, shape=shape, own=own)


@implements(np.ravel)
def ravel(a, order="C"):
    order = order_of(order)
    if order == "K":  # a view, where there can be one
        axes = memory_axes(array(plain(a)))
        return np.reshape(np.transpose(a, axes), (-1,))
    return _gathered(np.reshape(a, (-1,), order=order))


def flattened(a: Any, order: Any = "C") -> Any:
    """As ``ndarray.flatten``: never a view."""
    return np.copy(np.ravel(a, order))


def _gathered(flat: Any) -> Any:
    """Without gaps in memory, as NumPy has it: a view of every second entry is copied."""
    return flat if plain(flat).flags.c_contiguous else np.copy(flat)


def _reshaping(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that only inserts or removes axes of length 1."""

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        own = a.shape
        return reshaped(a, shape=function(hollow(own), *args, **kwargs).shape, own=own)

    return call


implements(np.squeeze)(_reshaping(np.squeeze))
_with_more_axes = _reshaping(np.expand_dims)


@implements(np.expand_dims)
def expand_dims(a, axis):
    return _with_more_axes(array_of(a), axis)


def _at_least(function: Callable[..., Any]) -> Callable[..., Any]:
    one = _reshaping(function)

    def call(*arys: Any) -> Any:
        arrays = tuple(one(a) if hasattr(a, "_apply") else function(a) for a in arys)
        return arrays if len(arrays) != 1 else arrays[0]

    return call


_AT_LEAST: list[Callable[..., Any]] = [np.atleast_1d, np.atleast_2d, np.atleast_3d]
for _function in _AT_LEAST:
    implements(_function)(_at_least(_function))


# --- The axes in another order --------------------------------------------------------------------


def _permute(x: Any, *, axes: tuple[int, ...]) -> Any:
    return x.transpose(*range(x.ndim - len(axes)), *axes)


def _permute_back(ct: Any, *, axes: tuple[int, ...]) -> Any:
    back = sorted(range(-len(axes), 0), key=axes.__getitem__)
    return permuted(ct, axes=tuple(back))


permuted = declare(
    linear(_permute, transpose=_permute_back, name="transpose", writeable=True), cost=costs.view
)


def _permuting(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that reorders axes: where axis i has length i, the new shape is the new order."""

    def call(a: Any, *args: Any, **kwargs: Any) -> Any:
        ndim = a.ndim
        order = function(hollow(tuple(range(ndim))), *args, **kwargs).shape
        return permuted(a, axes=tuple([i - ndim for i in order])) if ndim else np.reshape(a, ())

    return call


_PERMUTING: list[Callable[..., Any]] = [
    np.transpose,
    np.swapaxes,
    np.moveaxis,
    np.rollaxis,
    np.matrix_transpose,
]
for _function in _PERMUTING:
    implements(_function)(_permuting(_function))


# --- The entries in another order -----------------------------------------------------------------


def _flip(x: Any, *, index: tuple[slice, ...]) -> Any:
    return x[(..., *index)]


flipped: Primitive = declare(
    linear(
        _flip, transpose=lambda ct, index: flipped(ct, index=index), name="flip", writeable=True
    ),
    cost=costs.view,
)


@implements(np.flip)
def flip(m, axis=None):
    axes = last_axes(axis, m.ndim)
    if not m.ndim:
        return np.positive(m)
    index = tuple(slice(None, None, -1 if i in axes else None) for i in range(-m.ndim, 0))
    return flipped(m, index=index) if axes else m


@implements(np.fliplr)
def fliplr(m):
    if m.ndim < 2:
        raise ValueError("Input must be >= 2-d.")
    return np.flip(m, 1)


@implements(np.flipud)
def flipud(m):
    if m.ndim < 1:
        raise ValueError("Input must be >= 1-d.")
    return np.flip(m, 0)


@implements(np.rot90)
def rot90(m, k=1, axes=(0, 1)):
    np.rot90(hollow(m.shape), k, axes)  # raises what NumPy raises
    quarters = k % 4
    if quarters == 0:
        return m
    if quarters == 2:
        return np.flip(m, axes)
    if quarters == 1:
        return np.swapaxes(np.flip(m, axes[1]), *axes)
    return np.flip(np.swapaxes(m, *axes), axes[1])


rolled: Primitive = declare(
    linear(
        lambda x, *, shift, axis: np.roll(x, shift, axis),
        transpose=lambda ct, shift, axis: rolled(ct, shift=tuple(-n for n in shift), axis=axis),
        name="roll",
    ),
    cost=costs.MOVE,
)


@implements(np.roll)
def roll(a, shift, axis=None):
    if axis is None:
        if a.ndim != 1:
            return np.reshape(np.roll(np.ravel(a), shift, 0), a.shape)
        axis = 0
    if shift.__class__ is int and axis.__class__ is int:  # a gradient takes half as long so
        return rolled(a, shift=(shift,), axis=last_axes(axis, a.ndim))
    # As NumPy does, which takes an axis of True, but no table of shifts.
    axes = np.lib.array_utils.normalize_axis_tuple(axis, a.ndim, allow_duplicate=True)
    pairs = np.broadcast(shift, axes)
    if pairs.ndim > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    shifts = [(int(n), int(i) - a.ndim) for n, i in pairs]
    return rolled(a, shift=tuple(n for n, _ in shifts), axis=tuple(i for _, i in shifts))


# --- The entries repeated -------------------------------------------------------------------------


@implements(np.broadcast_to)
def broadcast_to(array, shape, subok=False):
    shape = np.broadcast_to(hollow(array.shape), shape).shape
    own, added = array.shape, len(shape) - array.ndim
    axes = tuple(range(-len(shape), added - len(shape)))
    stretched = tuple(i for i in range(-len(own), 0) if own[i] != shape[i])
    keepdims = bool(stretched) or not own  # a number, too, is not written out
    if keepdims:
        array, axes = np.reshape(array, (1,) * added + own), axes + stretched
    return spread(array, axes=axes, keepdims=keepdims, shape=shape) if axes else array_of(array)


@implements(np.broadcast_arrays)
def broadcast_arrays(*args, subok=False):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@implements(np.tile)
def tile(A, reps):
    reps = tuple(np.atleast_1d(reps).tolist())
    ndim = max(len(reps), A.ndim)
    if all(k == 1 for k in reps):  # of which NumPy makes a copy in the same order
        return np.copy(A, "K")[(None,) * (ndim - A.ndim)]
    reps, shape = (1,) * (ndim - len(reps)) + reps, (1,) * (ndim - A.ndim) + A.shape
    once = [m for n in shape for m in (1, n)]
    often = [m for pair in zip(reps, shape, strict=True) for m in pair]
    full = [k * n for k, n in zip(reps, shape, strict=True)]
    return np.copy(np.reshape(np.broadcast_to(np.reshape(A, once), often), full), "C")


@implements(np.repeat)
def repeat(a, repeats, axis=None):
    if axis is None or not a.ndim:
        a, axis = np.ravel(a), 0 if axis is None else axis
    (axis,) = last_axes(axis, a.ndim)
    repeats = np.asarray(repeats)
    if repeats.size == 1:
        counts = np.repeat(hollow(a.shape), repeats, axis).shape
        inner = a.shape[:axis] + (a.shape[axis], 1) + (a.shape[axis + 1 :] if axis < -1 else ())
        wide = list(inner)
        wide[axis] = int(repeats.item())
        return np.copy(np.reshape(np.broadcast_to(np.reshape(a, inner), wide), counts), "C")
    positions = np.repeat(np.arange(a.shape[axis]), repeats)
    return np.copy(a[(..., positions) + (slice(None),) * (-axis - 1)], "C")


@implements(np.meshgrid)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    ndim = len(xi)
    grids = []
    for i, x in enumerate(xi):
        axis = 1 - i if indexing == "xy" and ndim > 1 and i < 2 else i
        grids.append(np.reshape(x, [-1 if k == axis else 1 for k in range(ndim)]))
    full = tuple(grids) if sparse else np.broadcast_arrays(*grids)
    return tuple([np.copy(grid, "C") for grid in full]) if copy else full
