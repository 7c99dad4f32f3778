"""Joining arrays and taking them apart: concatenate, stack, split, pad and their relatives."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import array
from admodes.core.values import Traced, last_axes, plain
from admodes.primitives.indexing import write
from admodes.primitives.shapes import hollow


def _arrays(sequence: Any) -> list[Any]:
    """The arrays to be joined; plain ones may be given as lists."""
    return [x if isinstance(x, Traced) else array(x) for x in sequence]


def _common_dtype(xs: Sequence[Any]) -> Any:
    """The dtype of the values joined: their tangents get it too."""
    return np.result_type(*map(plain, xs))


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
    refuse(np.concatenate, out=out, dtype=dtype, casting=casting)
    xs = _arrays(arrays)
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
    refuse(np.stack, out=out, dtype=dtype, casting=casting)
    xs = _arrays(arrays)
    (axis,) = last_axes(axis, xs[0].ndim + 1)
    if len(xs) == 1:
        return np.expand_dims(np.copy(xs[0]), axis)
    return stacked(*xs, axis=axis, dtype=_common_dtype(xs))


def _joins(function: Callable[..., Any], join: Callable[[list[Any]], Any]) -> None:
    @implements(function)
    def call(tup, *, dtype=None, casting=None):
        refuse(function, dtype=dtype, casting=casting)
        return join(_arrays(tup))


_joins(np.hstack, lambda xs: _beside([np.atleast_1d(x) for x in xs]))
_joins(np.vstack, lambda xs: np.concatenate([np.atleast_2d(x) for x in xs], axis=0))
_joins(np.dstack, lambda xs: np.concatenate([np.atleast_3d(x) for x in xs], axis=2))
_joins(np.column_stack, lambda xs: np.concatenate([_as_columns(x) for x in xs], axis=1))


def _beside(xs: list[Any]) -> Any:
    return np.concatenate(xs, axis=0 if xs[0].ndim == 1 else 1)


def _as_columns(x: Any) -> Any:
    return np.reshape(x, (-1, 1)) if x.ndim < 2 else x


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


# --- Padding --------------------------------------------------------------------------------------

_BY_INDEX = ("edge", "reflect", "symmetric", "wrap")


@implements(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    order: Any = "F" if np.isfortran(np.asarray(plain(array))) else "C"
    if mode in _BY_INDEX and kwargs.get("reflect_type", "even") == "even":
        positions = np.arange(array.size).reshape(array.shape)
        return np.copy(np.ravel(array)[np.pad(positions, pad_width, mode, **kwargs)], order)
    if mode != "constant":
        odd = ", reflect_type='odd'" if mode in _BY_INDEX else ""
        raise NotImplementedError(
            f"np.pad: mode={mode!r}{odd} has no derivative rule in either mode; it has one for "
            f"'constant', {', '.join(map(repr, _BY_INDEX))}"
        )
    border = np.pad(np.zeros(array.shape, array.dtype), pad_width, **kwargs)
    widths = _widths(pad_width, array.ndim)
    index = tuple(slice(before, before + n) for before, n in zip(widths, array.shape, strict=True))
    inside = write(array, indices=(index,), shape=border.shape)
    return np.copy(inside + border if np.any(border) else inside, order)


def _widths(pad_width: Any, ndim: int) -> Sequence[int]:
    """How many entries are put before each axis."""
    if isinstance(pad_width, dict):
        widths = [0] * ndim
        for axis, width in pad_width.items():
            widths[axis] = width if np.ndim(width) == 0 else width[0]
        return widths
    return np.broadcast_to(pad_width, (ndim, 2))[:, 0].tolist()
