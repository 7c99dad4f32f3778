"""Discrete convolution and cross-correlation of two sequences."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements
from admodes.core.kinds import array
from admodes.core.values import shape_of
from admodes.primitives.contractions import Product
from admodes.primitives.products import conjugate

_BACKWARDS = (..., slice(None, None, -1))


def _convolve(a: Any, b: Any, *, mode: Any) -> Any:
    """Along the last axis, for each pair of rows: those of `a` are the first axes of the result."""
    if a.ndim == b.ndim == 1:
        return np.convolve(a, b, mode)
    shape = (*a.shape[:-1], *b.shape[:-1], _size(mode, a.shape[-1], b.shape[-1]))
    result = np.empty(shape, np.result_type(a, b))
    rows = itertools.product(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1]))
    for y, (u, v) in zip(result.reshape(-1, shape[-1]), rows, strict=True):
        y[:] = np.convolve(u, v, mode)
    return result


def _size(mode: str, n: int, m: int) -> int:
    return {"full": n + m - 1, "same": max(n, m), "valid": abs(n - m) + 1}[mode]


class Convolution(Product):
    """Bilinear. Its transposes are convolutions, too, with the other sequence backwards."""

    def along(self, i: int, t: Any, args: Sequence[Any], shapes: Any, *, mode: str) -> Any:
        if i == 0:
            return self(t, args[1], mode=mode)
        y = self(args[0], t, mode=mode)
        front, lead = len(shapes[0]) - 1, len(shape_of(t)) - len(shapes[1])
        return np.moveaxis(y, range(front, front + lead), range(lead)) if front and lead else y

    def against(self, i: int, ct: Any, args: Sequence[Any], shapes: Any, *, mode: str) -> Any:
        own, other = shapes[i][-1], shapes[1 - i][-1]
        if mode == "same":  # the middle of what "full" gives
            before = (min(own, other) - 1) // 2
            after = own + other - 1 - before - max(own, other)
            lead = [(0, 0)] * (len(shape_of(ct)) - 1)
            ct = np.pad(ct, [*lead, (before, after)])
        mode = "full" if mode == "valid" and own >= other else "valid"
        factor, rows = args[1 - i][_BACKWARDS], shapes[1 - i][:-1]
        if not rows:
            return self(ct, factor, mode=mode)
        # Each row of the other argument met each of this one: to which all of them give their part.
        shape, first = shape_of(ct), len(shapes[0]) - 1
        if i == 1:
            end = len(shape) - len(shapes[1])
            ct = np.moveaxis(ct, range(end - first, end), range(-1 - first, -1))
        shape = shape_of(ct)
        ct = np.reshape(ct, (*shape[: len(shape) - 1 - len(rows)], -1, shape[-1]))
        factor = np.reshape(factor, (-1, other))
        return sum(self(ct[..., k, :], row, mode=mode) for k, row in enumerate(factor))


def _cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """A product for each pair of entries that meet in an entry of the result."""
    n, m = sorted(np.shape(x)[-1] for x in args)
    rows = np.size(y) // max(np.shape(y)[-1], 1)
    if params["mode"] == "valid":
        pairs = n * (m - n + 1)
    elif params["mode"] == "full":
        pairs = n * m
    else:  # without those at both ends, which are of 1, 2, 3, … pairs
        before = (n - 1) // 2
        after = n - 1 - before
        pairs = n * m - before * (before + 1) // 2 - after * (after + 1) // 2
    return costs.products(rows * pairs, 2, y, args)


convolved = declare(Convolution("convolve", _convolve), cost=_cost)

#: by NumPy's old numbers
_MODES = {0: "valid", 1: "same", 2: "full"}


@implements(np.convolve)
def convolve(a, v, mode: Any = "full"):
    a, v = (x if x.ndim else np.reshape(x, 1) for x in (array(a), array(v)))
    if a.ndim != 1 or v.ndim != 1:
        raise ValueError("object too deep for desired array")
    a_short, v_short = (np.zeros(min(len(x), 1)) for x in (a, v))
    np.convolve(a_short, v_short, mode)  # raises what NumPy raises
    return convolved(a, v, mode=_MODES.get(mode, mode))


@implements(np.correlate)
def correlate(a, v, mode="valid"):
    a, v = (x if x.ndim else np.reshape(x, 1) for x in (array(a), array(v)))
    v = conjugate(v)
    if len(v) > len(a) and len(a):  # NumPy exchanges the two, and then reads backwards
        return np.copy(np.convolve(a[::-1], v, mode)[::-1], "C")
    return np.convolve(a, v[::-1], mode)
