"""What of its arguments a program takes, and what of them it depends on beside."""

import itertools
from array import array
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.modes.containers import children
from admodes.programs.recording import is_input
from admodes.programs.steps import bits


def taken_apart(args: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The inputs among the leaves of arguments, and a key that is equal where a program holds.

    Of an array the order of its sums depends on how it lies in memory.
    """
    inputs: list[Any] = []
    key: list[Any] = []
    for arg in args:
        parts = arg if arg.__class__ is tuple else (arg,)
        if parts is arg:
            key.append(len(arg))
        for part in parts:
            if part.__class__ is np.ndarray and part.dtype.kind in "fc":  # the common case: 0.5 µs
                inputs.append(part)
                key.append((part.shape, part.dtype, part.strides))
            elif part.__class__ is float:
                inputs.append(part)
                key.append(float)
            else:
                _others(part, inputs, key)
    return inputs, key


def lists_of_numbers(args: Sequence[Any]) -> list[frozenset[int]]:
    """Of each list or tuple of numbers in the arguments, their places among the inputs."""
    found: list[frozenset[int]] = []
    places = itertools.count()

    def places_in(x: Any) -> list[int]:
        parts = children(x)
        if parts is None:
            return [next(places)] if is_input(x) else []
        own = [each for _, part in parts for each in places_in(part)]
        if own and isinstance(x, (list, tuple)) and all(np.isscalar(part) for _, part in parts):
            found.append(frozenset(own))
        return own

    for arg in args:
        places_in(arg)
    return found


def _others(arg: Any, inputs: list[Any], key: list[Any]) -> None:
    """The same of an argument of any kind, and of which containers it is made."""
    parts = children(arg)
    if parts is not None:
        key.append((arg.__class__, len(parts)))
        for step, part in parts:
            key.append(step)
            _others(part, inputs, key)
    elif is_input(arg):
        inputs.append(arg)
        key.append(
            (arg.shape, arg.dtype, arg.strides) if arg.__class__ is np.ndarray else arg.__class__
        )
    else:
        key.append((arg.__class__, _constant(arg)))


def _constant(x: Any) -> Any:
    """What is the same as long as it is: what it consists of, or which object it is."""
    if isinstance(x, np.ndarray):
        return _entries(x)
    if isinstance(x, _BY_VALUE):
        return x
    if isinstance(x, (float, complex, np.generic)):  # 0.0 is not -0.0, and NaN is NaN
        return _entries(np.asarray(x))
    parts = children(x)
    if parts is not None:
        return [(step, part.__class__, _constant(part)) for step, part in parts]
    if isinstance(x, _OF_PARTS):
        return [(part.__class__, _constant(part)) for part in x]
    return Same(x)


def same_number(x: Any, y: Any) -> bool:
    return bool(_constant(x) == _constant(y))


def _entries(x: np.ndarray) -> Any:
    """Those of an array, and what one of a class of its own has beside: a mask, say."""
    own = np.asarray(x)
    entries = bits(own) if not x.dtype.hasobject else _constant(own.tolist())
    beside = [
        (name, _entries(part))
        for name, part in getattr(x, "__dict__", {}).items()
        if isinstance(part, np.ndarray)
    ]
    return x.shape, x.dtype, x.strides, entries, beside


class Same:
    """Equal to what is of the very same object, which it keeps: none other comes in its place."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.thing is other.thing


_BY_VALUE = (int, str, bytes, np.integer, np.bool_, type(None))
_OF_PARTS = (set, frozenset, bytearray, deque, array)
