"""Results as NumPy has its own: laid out so in memory, ``np.copy``, and rounded so."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.layout import memory_axes
from admodes.core.values import Traced, plain


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
        return a
    flags = value.flags
    kept = {"C": flags.c_contiguous, "F": flags.f_contiguous}.get(order, flags.forc)
    if kept:
        return a._alias() if isinstance(a, Traced) else a
    return laid_out(a, order=order)


def copied(a: Any, order: Any = "C") -> Any:
    """As ``ndarray.copy``, whose order is another than that of ``np.copy``."""
    return np.copy(a, order)


def laid_out_as(a: Any, like: Any) -> Any:
    """`a` in memory as `like`, which NumPy has just made."""
    if like.flags.c_contiguous:
        return np.copy(a, "C")
    axes = memory_axes(like)
    back = sorted(range(len(axes)), key=axes.__getitem__)
    return np.transpose(np.copy(np.transpose(a, axes), "C"), back)


def rounded_as(a: Any, own: Any) -> Any:
    """`a`, a composition, to the last bit and in memory as NumPy's `own`, of the same plain values.

    The difference of two numbers that are nearly the same is exact, and so is their sum with it.
    """
    here = plain(a)
    differs = ~((own == here) | ~np.isfinite(own) | ~np.isfinite(here))
    with np.errstate(invalid="ignore"):  # of inf - inf
        change = np.where(differs, own - here, -0.0)  # which leaves a zero its sign
    a = a + change.astype(here.dtype)[()]  # also where none differs: what is recorded is the same
    return laid_out_as(a, own) if isinstance(own, np.ndarray) else a
