"""Memory order: ``np.copy``, and results laid out as NumPy lays out its own."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.layout import memory_axes
from admodes.core.values import Traced, plain
from admodes.primitives.as_numpy import number


def order_of(order: Any) -> str:
    """A memory order as one of ``"C"``, ``"F"``, ``"A"``, ``"K"``; raises what NumPy raises."""
    if order in ("C", "F", "A", "K"):
        return order
    np.empty(()).copy(order)
    return "C" if order is None else order[0].upper()


laid_out = declare(
    linear(
        lambda x, *, order: np.copy(x, order), transpose=lambda ct, order: ct, name="memory order"
    ),
    cost=costs.MOVE,
)


@implements(np.copy)
def copy(a, order="K", subok=False):
    """What lies in memory as it should is copied as soon as it is written into."""
    value, order = plain(a), order_of(order)
    if not isinstance(value, np.ndarray):
        return laid_out(a, order=order)
    flags = value.flags
    kept = {"C": flags.c_contiguous, "F": flags.f_contiguous}.get(order, flags.forc)
    if kept:
        return a._alias() if isinstance(a, Traced) else a
    return laid_out(a, order=order)


def copied(a: Any, order: Any = "C") -> Any:
    """As ``ndarray.copy``, whose order is another than that of ``np.copy``."""
    return np.copy(a, order) if isinstance(plain(a), np.ndarray) else a


def array_of(a: Any) -> Any:
    """What is a number as an array of no axes, as ``np.asarray`` has it."""
    return a if isinstance(plain(a), np.ndarray) else np.copy(a)


def laid_out_as(a: Any, like: Any) -> Any:
    """`a` in memory as `like`, which NumPy has just made."""
    if not isinstance(like, np.ndarray):
        return number(a)
    if like.flags.c_contiguous:
        return np.copy(a, "C")
    axes = memory_axes(like)
    back = sorted(range(len(axes)), key=axes.__getitem__)
    return np.transpose(np.copy(np.transpose(a, axes), "C"), back)
