"""Joining arrays and taking them apart: concatenate, stack, block, split and their relatives."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import array
from admodes.core.values import Traced, last_axes, plain
from admodes.primitives.shapes import hollow


def _arrays(sequence: Any) -> list[Any]:
    """The arrays to be joined; plain ones may be given as lists."""
    return [x if isinstance(x, Traced) else array(x) for x in sequence]


def _common_dtype(xs: Sequence[Any]) -> Any:
    """The dtype of the values joined: their tangents get it too."""
    return np.result_type(*map(plain, xs))


def _converted(xs: Sequence[Any], dtype: Any, casting: Any) -> list[Any]:
    """The arrays in the dtype that was asked for, if they may be cast to it."""
    alike: list[Any] = [np.empty(0, x.dtype) for x in xs]
    own = np.concatenate(alike, dtype=dtype, casting=casting or "same_kind").dtype
    return [np.astype(x, own, copy=False) for x in xs]


# --- Joining --------------------------------------------------------------------------------------


def _concatenate(*xs: Any, axis: int, sizes: tuple[int, ...], dtype: Any) -> Any:
    return np.concatenate(xs, axis, dtype=dtype)


def _cut(ct: Any, *, axis: int, sizes: tuple[int, ...], dtype: Any) -> list[Any]:
    after = (slice(None),) * (-axis - 1)
    ends = itertools.accumulate(sizes)
    return [
        ct[(..., slice(end - size, end), *after)] for size, end in zip(sizes, ends, strict=True)
    ]


concatenated = declare(linear(_concatenate, transpose=_cut, name="concatenate"), cost=costs.MOVE)


@implements(np.concatenate)
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting=None):
    refuse(np.concatenate, out=out)
    xs = _arrays(arrays)
    if dtype is not None or casting is not None:
        xs = _converted(xs, dtype, casting)
    if axis is None:
        xs, axis = [np.ravel(x) for x in xs], 0
    if not xs[0].ndim:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    (axis,) = last_axes(axis, xs[0].ndim)
    if len(xs) == 1:
        return np.copy(xs[0])
    if any(x.ndim != xs[0].ndim for x in xs):
        np.concatenate([hollow(x.shape) for x in xs], axis)  # raises what NumPy raises
    return concatenated(
        *xs, axis=axis, sizes=tuple(x.shape[axis] for x in xs), dtype=_common_dtype(xs)
    )


def _unstack(ct: Any, *, axis: int, dtype: Any) -> Any:
    return list(np.moveaxis(ct, axis, 0))


def _stack(*xs: Any, axis: int, dtype: Any) -> Any:
    return np.stack(xs, axis, dtype=dtype)


stacked = declare(linear(_stack, transpose=_unstack, name="stack"), cost=costs.MOVE)


@implements(np.stack)
def stack(arrays, axis=0, out=None, *, dtype=None, casting=None):
    refuse(np.stack, out=out)
    xs = _arrays(arrays)
    if dtype is not None or casting is not None:
        xs = _converted(xs, dtype, casting)
    (axis,) = last_axes(axis, xs[0].ndim + 1)
    if len(xs) == 1:
        return np.expand_dims(np.copy(xs[0]), axis)
    return stacked(*xs, axis=axis, dtype=_common_dtype(xs))


def _joins(function: Callable[..., Any], join: Callable[[list[Any]], Any]) -> None:
    @implements(function)
    def call(tup, *, dtype=None, casting=None):
        xs = _arrays(tup)
        return join(xs if dtype is None and casting is None else _converted(xs, dtype, casting))


_joins(np.hstack, lambda xs: _beside([np.atleast_1d(x) for x in xs]))
_joins(np.vstack, lambda xs: np.concatenate([np.atleast_2d(x) for x in xs], axis=0))
_joins(np.dstack, lambda xs: np.concatenate([np.atleast_3d(x) for x in xs], axis=2))
_joins(np.column_stack, lambda xs: np.concatenate([_as_columns(x) for x in xs], axis=1))


def _beside(xs: list[Any]) -> Any:
    return np.concatenate(xs, axis=0 if xs[0].ndim == 1 else 1)


def _as_columns(x: Any) -> Any:
    return np.reshape(x, (-1, 1)) if x.ndim < 2 else x


@implements(np.block)
def block(arrays):
    shape = np.shape(np.block(_blank(arrays)))  # raises what NumPy raises
    joined = _blocks(arrays, len(shape), -_depth(arrays))
    return np.copy(joined, "K" if isinstance(arrays, list) else "C")


def _blank(arrays: Any) -> Any:
    return [_blank(x) for x in arrays] if isinstance(arrays, list) else hollow(np.shape(arrays))


def _depth(arrays: Any) -> int:
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _blocks(arrays: Any, ndim: int, axis: int) -> Any:
    """Lists within lists joined, those within along the later axes."""
    if isinstance(arrays, list):
        return np.concatenate([_blocks(x, ndim, axis + 1) for x in arrays], axis=axis)
    x = array(arrays)
    return np.reshape(x, (1,) * (ndim - x.ndim) + x.shape)


@implements(np.append)
def append(arr, values, axis=None):
    return np.concatenate(_arrays([arr, values]), axis=axis)


# --- Taking apart ---------------------------------------------------------------------------------


def _parts(function: Callable[..., Any], x: Any, indices_or_sections: Any, axis: int) -> list[Any]:
    (axis,) = last_axes(axis, x.ndim)
    after = (slice(None),) * (-axis - 1)
    pieces = function(np.arange(x.shape[axis]), indices_or_sections)
    return [x[(..., slice(p[0], p[-1] + 1) if len(p) else slice(0), *after)] for p in pieces]


@implements(np.array_split)
def array_split(ary, indices_or_sections, axis=0):
    return _parts(np.array_split, ary, indices_or_sections, axis)


@implements(np.split)
def split(ary, indices_or_sections, axis=0):
    return _parts(np.split, ary, indices_or_sections, axis)


@implements(np.hsplit)
def hsplit(ary, indices_or_sections):
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return np.split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@implements(np.vsplit)
def vsplit(ary, indices_or_sections):
    if ary.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return np.split(ary, indices_or_sections, 0)


@implements(np.dsplit)
def dsplit(ary, indices_or_sections):
    if ary.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return np.split(ary, indices_or_sections, 2)


if hasattr(np, "unstack"):  # NumPy 2.1

    @implements(np.unstack)
    def unstack(x, /, *, axis=0):
        if x.ndim == 0:
            raise ValueError("Input array must be at least 1-d.")
        return tuple(np.moveaxis(x, axis, 0))
