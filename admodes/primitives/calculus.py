"""Numerical differentiation and integration on a grid, and phases without jumps.

Each is written in NumPy's own steps, so that it rounds as NumPy does.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array
from admodes.core.values import Traced, last_axes, plain
from admodes.primitives.accumulations import along
from admodes.primitives.memory import laid_out_as


@implements(np.ediff1d)
def ediff1d(ary, to_end=None, to_begin=None):
    ary = np.ravel(array(ary))
    ends = []
    for end, name in ((to_begin, "to_begin"), (to_end, "to_end")):
        end = None if end is None else np.ravel(array(end))
        if end is not None and not np.can_cast(end.dtype, ary.dtype, "same_kind"):
            raise TypeError(
                f"dtype of `{name}` must be compatible with input `ary` under the `same_kind` rule."
            )
        ends.append(None if end is None else np.astype(end, ary.dtype, copy=False))
    parts = [part for part in (ends[0], np.diff(ary), ends[1]) if part is not None]
    return np.concatenate(parts)


@implements(np.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    y = array(y)
    (axis,) = last_axes(axis, y.ndim)
    widths = dx
    if x is not None:
        x = array(x)
        widths = np.diff(x, axis=-1 if x.ndim == 1 else axis)
        if x.ndim == 1:
            widths = np.reshape(widths, (-1,) + (1,) * (-axis - 1))
    pairs = y[along(axis, slice(1, None))] + y[along(axis, slice(None, -1))]
    return np.sum(widths * pairs / 2.0, axis=axis)


# --- The gradient on a grid -----------------------------------------------------------------------


@implements(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    f = array(f)
    if f.dtype.kind not in "fc":
        f = np.astype(f, float)
    axes = last_axes(axis, f.ndim)
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    found = []
    for i, h in zip(axes, _spacings(varargs, [f.shape[i] for i in axes]), strict=True):
        if f.shape[i] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, "
                "at least (edge_order + 1) elements are required."
            )
        found.append(_slopes(f, h, i, edge_order))
    return found[0] if len(axes) == 1 else tuple(found)


def _spacings(given: Sequence[Any], lengths: Sequence[int]) -> list[Any]:
    """For each axis the one distance of neighbours, or all of them."""
    if not given:
        return [1.0] * len(lengths)
    if len(given) == 1 and np.ndim(plain(given[0])) == 0:
        return [*given] * len(lengths)
    if len(given) != len(lengths):
        raise TypeError("invalid number of arguments")
    return [_distances(x, n) for x, n in zip(given, lengths, strict=True)]


def _distances(x: Any, n: int) -> Any:
    if np.ndim(plain(x)) == 0:
        return x
    x = array(x)
    if x.ndim != 1:
        raise ValueError("distances must be either scalars or 1d")
    if len(x) != n:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    h = np.diff(x if x.dtype.kind in "fc" else np.astype(x, float))
    # Equal constant distances are one; those that have derivatives of their own are not.
    return h[0] if not isinstance(h, Traced) and (h == h[0]).all() else h


def _slopes(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    """Central differences, and one-sided ones at both ends."""
    dtype, like = f.dtype, np.empty_like(plain(f))
    f = np.astype(f, np.result_type(plain(f), plain(h)), copy=False)

    def at(item: Any) -> Any:
        return f[along(axis, item)]

    behind = (1,) * (-axis - 1)
    before, here, after = (slice(None, -2), slice(1, -1), slice(2, None))
    if np.ndim(plain(h)) == 0:
        inner = (at(after) - at(before)) / (2.0 * h)
        first = last = h
    else:
        h1, h2 = h[:-1], h[1:]
        weights = (
            -h2 / (h1 * (h1 + h2)),
            (h2 - h1) / (h1 * h2),
            h1 / (h2 * (h1 + h2)),
        )
        a, b, c = (np.reshape(w, (-1, *behind)) for w in weights)
        inner = a * at(before) + b * at(here) + c * at(after)
        first, last = h[0], h[-1]
    if edge_order == 1:
        start = (at(slice(1, 2)) - at(slice(0, 1))) / first
        end = (at(slice(-1, None)) - at(slice(-2, -1))) / last
    else:
        start, end = _of_second_order(at, h)
    y = np.concatenate([start, inner, end], axis=axis)
    return laid_out_as(np.astype(y, dtype, copy=False), like)


def _of_second_order(at: Callable[[Any], Any], h: Any) -> tuple[Any, Any]:
    """At either end, by the three entries that are nearest to it."""
    if np.ndim(plain(h)) == 0:
        weights = (-1.5 / h, 2.0 / h, -0.5 / h), (0.5 / h, -2.0 / h, 1.5 / h)
    else:
        h1, h2 = h[0], h[1]
        g1, g2 = h[-2], h[-1]
        weights = (
            (
                -(2.0 * h1 + h2) / (h1 * (h1 + h2)),
                (h1 + h2) / (h1 * h2),
                -h1 / (h2 * (h1 + h2)),
            ),
            (
                g2 / (g1 * (g1 + g2)),
                -(g2 + g1) / (g1 * g2),
                (2.0 * g2 + g1) / (g2 * (g1 + g2)),
            ),
        )
    (a, b, c), (d, e, g) = weights
    return (
        a * at(slice(0, 1)) + b * at(slice(1, 2)) + c * at(slice(2, 3)),
        d * at(slice(-3, -2)) + e * at(slice(-2, -1)) + g * at(slice(-1, None)),
    )


# --- Phases ---------------------------------------------------------------------------------------


@implements(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2 * math.pi):
    p = array(p)
    (axis,) = last_axes(axis, p.ndim)
    jumps = np.diff(p, axis=axis)
    half = period / 2
    near = np.remainder(jumps + half, period) - half
    # Half a period, too, has the sign of the jump.
    near = np.where((plain(near) == -plain(half)) & (plain(jumps) > 0), half, near)
    short = np.abs(plain(jumps)) < plain(half if discont is None else discont)
    steps = np.where(short, 0, near - jumps)
    first, rest = p[along(axis, slice(1))], p[along(axis, slice(1, None))]
    unwrapped = np.concatenate([first, rest + np.cumsum(steps, axis=axis)], axis=axis)
    return laid_out_as(unwrapped, np.empty_like(plain(p)))
