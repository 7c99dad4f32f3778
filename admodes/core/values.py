"""Values and their shapes: a traced value, the plain one under it, axes counted from the end."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.layout import copied
from admodes.core.stand_ins import computed

SCALARS = frozenset({float, int, bool, complex, np.float64, np.float32, np.float16})
"""Types of number that have no axes: whatever they meet keeps its shape."""


class Traced:
    """A value that carries derivatives; its ``_level`` says for which differentiation."""

    __slots__ = ("_level", "_value")

    #: whether somebody looks at every operation on it, to count it or to draw it
    _watched = False
    #: whether that is all: its level takes no derivatives
    _only_watched = False

    _level: Any
    _value: Any
    _apply: Callable[..., Any]
    _alias: Callable[[], Any]
    _overwrite: Callable[[Any, dict[str, Any], bool], bool]


def plain(x: Any) -> Any:
    """The plain NumPy value under any number of levels of differentiation."""
    while isinstance(x, Traced):
        x = x._value
    return x


def is_differentiated(x: Any) -> bool:
    """Whether some level of `x` takes derivatives, and does not just look at what is done."""
    while isinstance(x, Traced):
        if not x._only_watched:
            return True
        x = x._value
    return False


def has_nan(value: Any) -> bool:
    """Whether an entry is NaN, which is less than all others to `argmin`, at a tenth of the time of
    ``isnan``."""
    if value.__class__ is not np.ndarray:
        value = plain(value)
    if value.__class__ is np.ndarray:
        value = value.item(value.argmin()) if value.size else 0.0
    return bool(value != value)


_BLOCK = 8192
"""Entries whose product OpenBLAS leaves to one thread: waiting for others can take far longer."""


def is_finite(value: Any) -> bool:
    """Whether all entries are finite."""
    if type(value) is np.ndarray and value.dtype.kind == "f":
        entries = value if value.ndim == 1 else value.reshape(-1)
        # At a quarter of the time of a look at each, if no square is out of range.
        if entries.size <= _BLOCK:
            if math.isfinite(entries.dot(entries)):
                return True
        elif all(
            math.isfinite(part.dot(part))
            for part in (entries[i : i + _BLOCK] for i in range(0, entries.size, _BLOCK))
        ):
            return True
    value = plain(value)
    if value.__class__ is not np.ndarray:
        return bool(np.isfinite(value))
    if type(value) is not np.ndarray:  # in a program that is one question
        return bool(computed(is_finite, value))
    if not value.size:
        return True
    if value.dtype.kind == "c":  # whose order does not tell of an infinite imaginary part
        return bool(np.isfinite(value).all())
    least, most = value.item(value.argmin()), value.item(value.argmax())
    return bool(least - least == 0 and most - most == 0)


@functools.cache
def _normal(dtype: np.dtype[Any]) -> tuple[Any, Any]:
    info = np.finfo(dtype)
    return info.tiny, info.max


def is_normal(value: Any) -> bool:
    """Whether all entries of a plain floating-point value are normal numbers: finite, and neither
    0 nor so small that digits are missing.
    """
    size = np.abs(value)
    least, most = _normal(size.dtype)
    return not size.size or bool(least <= size.min() and size.max() <= most)


def is_all_nan(value: Any) -> bool:
    return value is not None and bool(np.all(np.isnan(plain(value))))


def is_watched(x: Any) -> bool:
    """Whether somebody looks at every operation on `x`, at any level."""
    while isinstance(x, Traced):
        if x._watched:
            return True
        x = x._value
    return False


def plain_inside(x: Any) -> Any:
    """`x` with every traced value in it, also inside lists and tuples, made plain."""
    if isinstance(x, Traced):
        return plain(x)
    if x.__class__ is list or x.__class__ is tuple:
        return x.__class__(map(plain_inside, x))
    return x


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, an expression or a number: ``np.shape`` at a quarter of its cost."""
    try:
        return x.shape
    except AttributeError:
        return np.shape(x)


def align(t: Any, ndim: int, to: int) -> Any:
    """Insert axes of length 1 between the leading axes of `t` and its last `ndim` axes.

    Broadcasting counts axes from the end, so leading axes stay out of its way only if what follows
    them has as many axes, `to`, as the result.
    """
    shape = shape_of(t)
    lead = len(shape) - ndim
    if lead == 0 or ndim == to:
        return t
    return np.reshape(t, shape[:lead] + (1,) * (to - ndim) + shape[lead:])


def unbroadcast(g: Any, ndim: int, shape: tuple[int, ...]) -> Any:
    """Sum over the axes that broadcasting an array of `shape` to `ndim` axes had added.

    `g` has shape ``directions + (…of ndim axes)``; the result has ``directions + shape``.
    """
    if not shape and g.__class__ is np.ndarray and g.ndim == ndim:
        return np.add.reduce(g, axis=None)
    whole = shape_of(g)
    axes = [*range(-ndim, -len(shape))]
    own = whole[len(whole) - len(shape) :]
    axes += [i - len(shape) for i, n in enumerate(shape) if n == 1 and own[i] != 1]
    return np.reshape(np.sum(g, axis=tuple(axes)), whole[: len(whole) - ndim] + shape)


def directions(tangents: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The leading axes that tangents of arguments of these shapes have in common."""
    for t, shape in zip(tangents, shapes, strict=True):
        if t is not None:
            whole = shape_of(t)
            return whole[: len(whole) - len(shape)]
    raise ValueError("no argument has a tangent")


def no_tangent(value: Any, lead: tuple[int, ...]) -> Any:
    """The tangent, with these leading axes, of a plain value that depends on nothing."""
    shape = lead + shape_of(value)
    if shape or isinstance(value, np.ndarray):  # an array without axes is one, too
        return np.zeros(shape, np.result_type(value))
    return value.__class__(0)


def as_numpy(residual: Any) -> Any:
    """A residual with Python's numbers, which raise where NumPy's give an infinity, as NumPy's."""
    one = np.float64(1)
    # (In the other order, a complex number of Python's would stay one: a float64 is a float.)
    return [one * x if plain(x).__class__ in (float, complex, int) else x for x in residual]


def leading_axes(directions: Sequence[Any], values: Sequence[Any]) -> tuple[int, ...]:
    """The leading axes of tangents or cotangents, some of them ``None``, of these values."""
    for t, x in zip(directions, values, strict=True):
        if t is not None:
            whole = shape_of(t)
            return whole[: len(whole) - len(shape_of(x))]
    return ()


def with_zeros(tangents: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """`tangents` with zeros, of the same leading axes, in place of those of constants."""
    lead = directions(tangents, shapes)
    dtype = np.result_type(*(plain(t) for t in tangents if t is not None))
    zero: Any = np.zeros((), dtype)[()]
    return [
        repeated(zero, lead + shape) if t is None else t
        for t, shape in zip(tangents, shapes, strict=True)
    ]


def repeated(number: np.generic, shape: tuple[int, ...]) -> np.ndarray:
    """`np.broadcast_to`, 8 times faster; of a number, which cannot be written into."""
    return np.ndarray(shape, number.dtype, number, 0, (0,) * len(shape))


def last_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the end, as a tuple of negative integers; ``None`` is all of them.

    Raises
    ------
    numpy.exceptions.AxisError
        Where an axis is out of range, or ValueError where one is named twice.
    """
    if axis is None:
        return tuple(range(-ndim, 0))
    return tuple(i - ndim for i in np.lib.array_utils.normalize_axis_tuple(axis, ndim))


def is_floating(x: Any) -> bool:
    """Whether `x` is of a kind that has derivatives: no integer and no boolean."""
    value = plain(x)
    return np.dtype(getattr(value, "dtype", value.__class__)).kind in "fc"


def fresh(value: Any) -> Any:
    """`value` in memory of its own, laid out as it is."""
    return copied(value) if isinstance(value, np.ndarray) else value
