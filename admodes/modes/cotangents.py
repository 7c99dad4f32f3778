"""Cotangents: the first, and how others add up, in whose memory, whole or in parts.

A cotangent may be the user's own array, one that a rule keeps, or that of another node too, for a
sum hands the same on to both its arguments. So one is added into, or overwritten, only where nobody
else refers to it: where the count of references is that of an array made a moment ago.
"""

from collections.abc import Sequence
from sys import getrefcount
from typing import Any, NamedTuple

import numpy as np

from admodes import primitives
from admodes.core.stand_ins import Unrepeatable, as_traced, computed, stands_for_another
from admodes.core.values import Traced
from admodes.modes.writing import overwritten
from admodes.primitives.overwriting import overwrite

LARGE = 1 << 16
"""Bytes from which on memory is what an operation costs: a fresh buffer is mapped in page by page,
which takes longer than the arithmetic on it."""


_ONE = np.float64(1.0)


def seed(value: Any) -> Any:
    """The cotangent 1 of a number, of its own type."""
    if value.__class__ is np.float64:
        return _ONE
    return np.ones_like(value)[()] if isinstance(value, (np.ndarray, np.generic)) else 1.0


class _Unshared(NamedTuple):
    """What `getrefcount` says of an array that nobody else refers to, by the way it has come."""

    listed: int  #: it is in the list of cotangents, and an argument
    argument: int  #: it is an argument
    handed_back: int  #: it is the cotangent that a primitive is to hand back, and an argument
    result: int  #: it is in the list of cotangents


def _measured() -> _Unshared:
    """The counts in calls like those of a sweep: interpreters differ in what they count."""

    def argument(array: Any, other: Any) -> tuple[int, int]:
        return getrefcount(array), getrefcount(other)

    def back(ct: Any) -> int:
        return argument(ct, None)[0]

    cts = [np.empty(0)]
    known, g, ct = cts[0], np.empty(0), np.empty(0)
    listed, alone = argument(known, g)
    del known
    found = listed, alone, back(ct), _in_list(cts, 0)
    # A debugger that looks at frames holds what is in them: it must not be taken for nobody.
    return _Unshared(*map(min, found, (4, 3, 4, 3)))


def _in_list(cts: Any, number: int) -> int:
    ct = cts[number]
    return getrefcount(ct)


UNSHARED = _measured()


def added(known: Any, g: Any) -> Any:
    """The sum of two large cotangents, in the memory of one that nobody else refers to."""
    arrays = g.__class__ is np.ndarray and known.__class__ is np.ndarray
    if arrays and g.dtype == known.dtype and g.shape == known.shape:
        if getrefcount(known) == UNSHARED.listed and is_own(known):
            return np.add(known, g, known)
        if getrefcount(g) == UNSHARED.argument and is_own(g):
            return np.add(known, g, g)
    return known + g


def multiplied(ct: Any, factor: np.ndarray, last: bool) -> Any:
    """``ct * factor``, for a large factor, in the memory of whichever of the two is not needed.

    The factor is not where a partial has just computed it, `ct` where this is the `last` of the
    products with it.
    """
    if ct.__class__ is np.ndarray and ct.shape == factor.shape and ct.dtype == factor.dtype:
        if last and getrefcount(ct) == UNSHARED.handed_back and is_own(ct):
            return np.multiply(ct, factor, ct)
        if getrefcount(factor) == UNSHARED.argument and is_own(factor):
            return np.multiply(ct, factor, factor)
    return ct * factor


def released(cts: Any, number: int) -> Any:
    """The cotangent of a node as the caller may keep it and write into it."""
    ct = cts[number]
    if ct.__class__ is np.ndarray:
        return ct if getrefcount(ct) == UNSHARED.result and is_own(ct) else ct.copy()
    return whole(ct)


def is_own(array: np.ndarray) -> bool:
    """Whether it is no view of another array, and may be written into."""
    return array.base is None and array.flags.writeable


def is_unshared(ct: Any) -> bool:
    """Whether nobody but the caller, in one name, refers to an array, which is its own."""
    if ct.__class__ is not np.ndarray:
        return False
    return getrefcount(ct) == UNSHARED.argument and is_own(ct)


def overwritten_tangent(residual: Any, tangents: list[Any]) -> Any:
    """The tangent of an array after a write, in place if the list alone refers to the old one."""
    alone = tangents[0].__class__ is np.ndarray and _in_list(tangents, 0) == UNSHARED.result
    if alone and is_own(tangents[0]):
        change = 0.0 if tangents[1] is None else tangents[1]
        return overwritten(tangents[0], change, residual[0], True)
    return overwrite.push(residual, tangents)


# --- Parts ----------------------------------------------------------------------------------------


def with_part(
    known: Any, ct: Any, primitive: Any, residual: Any, directions: tuple[int, ...]
) -> Any:
    """The cotangent `known` of an array after that of a part of it: added where it belongs."""
    params, shape, *_ = residual
    ct = as_traced(ct)
    if isinstance(ct, Traced) or known.__class__ is Parts or isinstance(known, Traced):
        if primitive not in primitives.READS:
            (g,) = primitive.pull(residual, ct, (True,))
            return g if known is None else known + g
        if known.__class__ is not Parts:
            known = Parts(known, params["shape"])
        known.cts.append(ct)
        known.indices.append(params["index"])
        return known
    if known is None:
        known = np.zeros(directions + shape, getattr(ct, "dtype", ct.__class__))
    elif stands_for_another(known):
        return with_part(as_traced(known), ct, primitive, residual, directions)
    else:
        known = np.array(known, np.result_type(known, ct))
    return added_in_place(known, ct, primitive, params)


def added_in_place(known: Any, ct: Any, primitive: Any, params: dict[str, Any]) -> Any:
    """The array `known` after `ct` was added into the part that a primitive reads."""
    try:
        primitive.add(known, ct, **params)
    except Unrepeatable as stop:  # which part it is, a tracer tells
        return with_part(known, stop.recording.expression(ct), primitive, (params, None), ())
    return known


def plain_part(residual: Any, ct: np.ndarray) -> tuple[Any, ...] | None:
    """The basic index of the part of `ct` that was overwritten by a value of just its shape, or
    ``None`` where it is more than that.
    """
    params, (own, shape) = residual
    path = params["path"]
    if len(path) > 1 or path[0][0] is not primitives.read:
        return None
    if shape != params["part"] or own != params["shape"]:
        return None
    lead = ct.ndim - len(own)
    index: tuple[Any, ...] = path[0][1]["index"]
    return (slice(None),) * lead + index if lead else index


def parted(residual: Any, ct: Any, parents: Sequence[Any], owned: bool) -> tuple[Any, Any]:
    """The cotangents of an array and of what was written into it; that of all may be `owned`."""
    array, value = parents
    g = None if value is None else overwrite.taken(residual, ct)
    if array is None:
        return None, g
    if not owned:
        ct = computed(np.array, ct, order="K") if not isinstance(ct, Traced) else ct
    elif g.__class__ is np.ndarray and np.may_share_memory(g, ct):
        g = g.copy()
    return overwritten(ct, 0.0, residual[0], not isinstance(ct, Traced)), g


class Parts:
    """The cotangent of an array whose parts' cotangents are expressions: they are added up at once.

    A buffer cannot be added into where another level records; an array of zeros for each part would
    make n reads cost O(n²).
    """

    __slots__ = ("cts", "indices", "shape")

    def __init__(self, known: Any, shape: tuple[int, ...]) -> None:
        self.shape = shape
        #: what is there already is the first part, and all of the array
        self.cts: list[Any] = [] if known is None else [known]
        self.indices: list[Any] = [] if known is None else [primitives.WHOLE]

    def __add__(self, g: Any) -> Any:
        return whole(self) + g


def whole(ct: Any) -> Any:
    """A cotangent that may still be in parts, as one array."""
    if ct.__class__ is not Parts:
        return ct
    return primitives.write(*ct.cts, indices=tuple(ct.indices), shape=ct.shape)
