"""Padding: numbers around an array, which may be made of those at its edges."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array as as_array
from admodes.core.values import Traced, plain, shape_of
from admodes.primitives.accumulations import along
from admodes.primitives.indexing import write

_BY_INDEX = ("edge", "reflect", "symmetric", "wrap")
_STATISTICS: dict[Any, Callable[..., Any]] = {
    "maximum": np.max,
    "mean": np.mean,
    "median": np.median,
    "minimum": np.min,
}


@implements(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    order: Any = "F" if np.isfortran(as_array(plain(array))) else "C"
    if callable(mode):
        raise NotImplementedError(
            "np.pad: a function as mode writes into an array, which keeps no derivatives: join the "
            "parts by np.concatenate"
        )
    if mode in _BY_INDEX and kwargs.get("reflect_type", "even") == "even":
        positions = np.arange(array.size).reshape(array.shape)
        return np.copy(np.ravel(array)[np.pad(positions, pad_width, mode, **kwargs)], order)
    options = {key: _of_its_shape(value) for key, value in kwargs.items()}
    border = np.pad(np.zeros(array.shape, array.dtype), pad_width, mode, **options)
    widths = _pairs(pad_width, array.ndim)
    if mode in ("constant", "empty") and not _is_traced(kwargs.get("constant_values", 0)):
        inside = _among_zeros(array, [before for before, _ in widths], border.shape)
        border = border if mode == "constant" else np.zeros(())
        return np.copy(inside + border if np.any(border) else inside, order)
    sides = _sides(mode, kwargs, array.ndim)
    y = array
    for axis, (before, after) in enumerate(widths, -array.ndim):
        if before or after:
            y = np.concatenate(sides(y, axis, int(before), int(after)), axis=axis)
    return np.copy(y, order)


def _of_its_shape(option: Any) -> Any:
    """For expressions zeros, which say as much of the shape, and are not read."""
    if type(option) in (tuple, list):
        return type(option)(map(_of_its_shape, option))
    return np.zeros_like(plain(option)) if isinstance(option, Traced) else option


def _among_zeros(x: Any, before: list[int], shape: tuple[int, ...]) -> Any:
    index = tuple(slice(start, start + n) for start, n in zip(before, x.shape, strict=True))
    return write(x, indices=(index,), shape=shape)


def _pairs(pad_width: Any, ndim: int) -> list[Any]:
    """For each axis how many entries are put before and after it."""
    if isinstance(pad_width, dict):
        widths: list[Any] = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            widths[axis] = (width, width) if np.ndim(width) == 0 else width
        return widths
    return np.broadcast_to(pad_width, (ndim, 2)).tolist()


def _is_traced(values: Any) -> bool:
    if isinstance(values, (list, tuple)):
        return any(map(_is_traced, values))
    return isinstance(values, Traced)


def _values(given: Any, ndim: int) -> list[Any]:
    """The same of numbers that may carry derivatives."""
    if isinstance(given, (list, tuple)):
        given = [list(each) if isinstance(each, (list, tuple)) else each for each in given]
        if not any(isinstance(each, list) for each in given):
            given = [given]
        rows = [each * 2 if len(each) == 1 else each for each in given]
        return rows * ndim if len(rows) == 1 else rows
    if isinstance(given, Traced) and not shape_of(given):
        return [[given, given]] * ndim
    return list(np.broadcast_to(given, (ndim, 2)))


# --- Axis by axis ---------------------------------------------------------------------------------

_Sides = Callable[[Any, int, int, int], list[Any]]


def _sides(mode: str, kwargs: dict[str, Any], ndim: int) -> _Sides:
    """What makes the parts to be joined: before an array, the array, and behind it."""
    if mode == "linear_ramp":
        ends = _values(kwargs.get("end_values", 0), ndim)
        return lambda y, axis, before, after: _ramps(y, axis, before, after, ends[axis])
    if mode == "constant":
        values = _values(kwargs["constant_values"], ndim)
        return lambda y, axis, before, after: _levels(y, axis, before, after, *values[axis])
    if mode in _STATISTICS:
        lengths = np.broadcast_to(np.asarray(kwargs.get("stat_length"), object), (ndim, 2))
        reduce = _STATISTICS[mode]

        def statistics(y: Any, axis: int, before: int, after: int) -> list[Any]:
            first, last = (y.shape[axis] if n is None else n for n in lengths[axis])
            left = reduce(y[along(axis, slice(0, first))], axis=axis, keepdims=True)
            start = max(y.shape[axis] - last, 0)
            right = reduce(y[along(axis, slice(start, None))], axis=axis, keepdims=True)
            return _levels(y, axis, before, after, left, right)

        return statistics
    edge = mode == "symmetric"
    return lambda y, axis, before, after: [_reflected(y, axis, before, after, edge)]


def _levels(y: Any, axis: int, before: int, after: int, left: Any, right: Any) -> list[Any]:
    def repeated(value: Any, count: int) -> Any:
        shape = list(y.shape)
        shape[axis] = count
        return np.broadcast_to(value, shape)

    return [repeated(left, before), y, repeated(right, after)]


def _ramps(y: Any, axis: int, before: int, after: int, ends: Any) -> list[Any]:
    """From the ends to the entries at the edges."""

    def ramp(end: Any, edge: Any, count: int) -> Any:
        return np.linspace(end, edge, count, False, dtype=y.dtype, axis=axis)

    parts = [y]
    if before:
        parts = [ramp(ends[0], y[along(axis, 0)], before), *parts]
    if after:
        parts.append(ramp(ends[1], y[along(axis, -1)], after)[along(axis, slice(None, None, -1))])
    return parts


def _reflected(y: Any, axis: int, before: int, after: int, edge: bool) -> Any:
    """Turned about the entries at the edges, as often as it takes."""
    period = y.shape[axis]
    if period == 1:
        return np.concatenate(_levels(y, axis, before, after, y, y), axis=axis)
    skip = 0 if edge else 1
    while before or after:
        n = y.shape[axis]
        usable = (n - skip) // (period - skip) * (period - skip)
        left, right = min(usable, before), min(usable, after)
        first, last = y[along(axis, slice(0, 1))], y[along(axis, slice(n - 1, None))]
        ahead = y[along(axis, np.arange(left - 1, -1, -1) + skip)]
        behind = y[along(axis, np.arange(n - 1, n - 1 - right, -1) - skip)]
        y = np.concatenate([2 * first - ahead, y, 2 * last - behind], axis=axis)
        before, after = before - left, after - right
    return y
