"""Where a view, or an index, leads in the memory of an array: NumPy is asked.

The function that made a view is applied to a stand-in, an array that lies in memory in the same way
and is not read; where the result begins, and its strides, tell.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.programs.compiled.code import FLOAT, INTEGER
from admodes.programs.compiled.kinds import dtype_of
from admodes.programs.compiled.nodes import Place
from admodes.programs.steps import Value, values_in


def stand_in(x: Value) -> np.ndarray:
    """An array that lies in memory as a value does, and is not read."""
    ends = [(n - 1) * stride for n, stride in zip(x.shape, x.strides or (), strict=True)]
    size = dtype_of(x).itemsize
    low, high = sum(e for e in ends if e < 0), sum(e for e in ends if e > 0)
    memory = np.empty(high - low + size, np.uint8)
    return np.ndarray(x.shape, x.dtype or FLOAT, memory, -low, x.strides)


def seen(look: Any, base: Value) -> Place | None:
    """Where in the memory of `base` it is that a function of it shows."""
    if not math.prod(base.shape):
        return None
    whole = stand_in(base)
    view = look(whole)
    if view.__class__ is not np.ndarray or not np.may_share_memory(view, whole):
        return None
    offset = view.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    return Place(offset, view.shape, view.strides)


def pointed(index: Sequence[Any], array: Value) -> Place | None:
    """Where an index leads, whose numbers may be values; ``None`` for arrays of indices."""
    fixed: list[Any] = []
    moving = []
    if any(item.__class__ not in (int, slice, type(...), Value) and item is not None
           and not isinstance(item, np.integer) for item in index):  # fmt: skip
        return None
    taken = [item for item in index if item is not None and item is not ...]
    for i, item in enumerate(index):
        if item.__class__ is Value:
            if item.shape or dtype_of(item) != INTEGER or ... in index[:i] or None in index[:i]:
                return None
            moving.append((item, (array.strides or ())[i], array.shape[i]))
            if not array.shape[i]:
                return None
            fixed.append(0)
        elif item.__class__ is slice and any(values_in(item)):
            return None
        else:
            fixed.append(item)
    if len(taken) > len(array.shape):
        return None
    place = seen(lambda x: x[(*fixed, *([] if ... in index else [...]))], array)
    return None if place is None else Place(place.offset, place.shape, place.strides, tuple(moving))


def fills(places: Sequence[Place], array: Value) -> bool:
    """Whether each entry of an array in the order "C" is in exactly one of the places."""
    sizes = sum(math.prod(place.shape) for place in places)
    if sizes != math.prod(array.shape) or any(place.moving for place in places):
        return False
    size = dtype_of(array).itemsize
    times = np.zeros(sizes, np.int8)
    for place in places:
        strides = [stride // size for stride in place.strides]
        part = np.ndarray(place.shape, np.int8, times, place.offset // size, strides)
        part += 1
    return bool((times == 1).all())
