"""Cotangents as they add up: in whose memory, whole or in parts.

A cotangent may be added into only where it is in a buffer of the sweep's own: an array that a rule
handed on may be the user's, or another node's cotangent.
"""

from sys import getrefcount
from typing import Any

import numpy as np

from admodes import primitives
from admodes.core.values import Traced, plain

LARGE = 1 << 15  # bytes; from here on, memory is what an operation costs
REAL = frozenset({float, np.float64, np.ndarray})


def _references_to_unshared() -> int:
    """What `getrefcount` says of an array that a caller has made and handed to a function."""
    array = np.empty(0)
    return _references(array)


def _references(array: Any) -> int:
    return getrefcount(array)


_UNSHARED = _references_to_unshared()


def has_nan(ct: Any) -> bool:
    if ct.__class__ is not np.ndarray:
        ct = plain(ct)
        if ct.__class__ is not np.ndarray:
            return bool(ct != ct)
    # Its square is a NaN where an entry is, and nowhere else: a third of the time of `isnan`.
    square = ct.dot(ct) if ct.ndim == 1 else np.vdot(ct, ct)
    return bool(square != square)


def use_of(ct: Any) -> Any:
    """Random numbers from 1 to 2 in place of what is not zero: sums of them are not zero either."""
    if ct is None:
        return None
    value = plain(ct)
    return (value != 0) * np.random.default_rng(0).uniform(1, 2, np.shape(value))


def released(ct: Any, own: int) -> Any:
    """A cotangent as the caller may keep it and write into it."""
    if ct.__class__ is np.ndarray:
        return ct if own else ct.copy()
    return whole(ct)


def multiply_large(ct: Any, factor: np.ndarray, residual: Any, mine: bool) -> Any:
    """``ct * factor`` in the memory of whichever of the two nobody needs any more.

    A fresh buffer is mapped in page by page, which for a large one costs more than the product.
    `mine` says that `ct` may be overwritten; `factor` may where the partial has just computed it.
    """
    if ct.__class__ is np.ndarray and ct.shape == factor.shape and ct.dtype == factor.dtype:
        if mine:
            return np.multiply(ct, factor, ct)
        # A partial may return an array that somebody keeps.
        if factor.base is None and getrefcount(factor) == _UNSHARED:
            return np.multiply(ct, factor, factor)
    return ct * factor


def accumulate(known: Any, g: Any, to: int, own: bytearray, fresh: bool) -> Any:
    """The sum of two cotangents of node `to`, in a buffer of the sweep's where there is one."""
    both = known.__class__ is np.ndarray and g.__class__ is np.ndarray
    if both and known.dtype == g.dtype:
        if own[to]:
            return np.add(known, g, known)
        if fresh:
            own[to] = True
            return np.add(known, g, g)
    own[to] = True
    return known + g


def add_part(
    known: Any,
    ct: Any,
    primitive: Any,
    residual: tuple[dict[str, Any], tuple[int, ...]],
    to: int,
    own: bytearray,
    directions: tuple[int, ...],
) -> Any:
    """The cotangent of node `to` after that of a part of it: added where it belongs."""
    params, shape = residual
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
        own[to] = True
        known = np.zeros(directions + shape, getattr(ct, "dtype", float))
    elif not own[to] or (ct.__class__ is not float and ct.dtype != known.dtype):
        own[to] = True
        known = np.array(known, np.result_type(known, ct))
    primitive.add(known, ct, **params)
    return known


class Parts:
    """The cotangent of an array whose parts' cotangents are expressions: they are added up at once.

    A buffer cannot be added into where another level records; an array of zeros for each part would
    make n reads cost O(n²).
    """

    __slots__ = ("cts", "indices", "rest", "shape")

    def __init__(self, known: Any, shape: tuple[int, ...]) -> None:
        self.rest, self.shape = None, shape
        #: what is there already is the first part, and all of the array
        self.cts: list[Any] = [] if known is None else [known]
        self.indices: list[Any] = [] if known is None else [primitives.WHOLE]

    def __add__(self, g: Any) -> "Parts":
        self.rest = g if self.rest is None else self.rest + g
        return self


def whole(ct: Any) -> Any:
    """A cotangent that may still be in parts, as one array."""
    if ct.__class__ is not Parts:
        return ct
    written = primitives.write(*ct.cts, indices=tuple(ct.indices), shape=ct.shape)
    return written if ct.rest is None else ct.rest + written
