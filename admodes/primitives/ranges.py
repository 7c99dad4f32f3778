"""Numbers spread evenly between two, or by equal ratios."""

import operator
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array, operand
from admodes.core.values import plain
from admodes.primitives.memory import laid_out_as


@implements(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    num = operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = operand(start), operand(stop)
    own: Any = np.result_type(plain(start), plain(stop), 0.0)
    start, stop = (np.astype(array(end), own, copy=False) for end in (start, stop))
    y = _evenly(start, stop, num, endpoint)
    if axis != 0:
        y = np.moveaxis(y, 0, axis)
    if dtype is not None and np.issubdtype(dtype, np.integer):
        y = np.floor(y)
    y = y if dtype is None else np.astype(y, dtype, copy=False)
    if not retstep:
        return y
    parts = num - 1 if endpoint else num
    return y, np.divide(stop - start, parts) if parts > 0 else np.nan


def _evenly(start: Any, stop: Any, num: int, endpoint: bool) -> Any:
    """So many numbers along the first axis."""
    delta = stop - start
    parts = num - 1 if endpoint else num
    y: Any = np.arange(num, dtype=delta.dtype).reshape((-1,) + (1,) * delta.ndim)
    if parts <= 0:
        y = y * delta
    elif np.any(plain(delta) / parts == 0):  # too small a step, perhaps: NumPy divides the places
        y = y / parts * delta
    else:
        y = y * (delta / parts)
    like = plain(y)  # to which NumPy adds in place
    y = y + start
    if endpoint and num > 1:
        y = np.concatenate([y[:-1], np.broadcast_to(stop, delta.shape)[None]])
    return y if like.ndim == 1 else laid_out_as(y, like)


@implements(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if np.ndim(plain(base)):
        start, stop, base = map(array, (start, stop, base))
        ndim = max(x.ndim for x in (start, stop, base))
        start, stop, base = (
            np.reshape(x, (1,) * (ndim - x.ndim) + x.shape) for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    y = np.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else np.astype(y, dtype, copy=False)


@implements(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    start, stop = array(start), array(stop)
    if np.any(plain(start) == 0) or np.any(plain(stop) == 0):
        raise ValueError("Geometric sequence cannot include zero")
    own: Any = np.result_type(plain(start), plain(stop), float(num), np.zeros((), dtype))
    start, stop = (np.astype(end, own, copy=False) for end in (start, stop))
    sign = np.sign(start)
    start, stop = start / sign, stop / sign
    y = logspace(np.log10(start), np.log10(stop), num, endpoint, dtype=own)
    if num > 0:
        # The ends are given, and 10 to their logarithms may be something else.
        shape = y.shape[1:]
        last = [np.broadcast_to(stop, shape)[None]] if num > 1 and endpoint else []
        inner = y[1:-1] if last else y[1:]
        ends = [np.broadcast_to(start, shape)[None], inner, *last]
        y = laid_out_as(np.concatenate(ends), plain(y))
    y = y * sign
    if axis != 0:
        y = np.moveaxis(y, 0, axis)
    return y if dtype is None else np.astype(y, dtype, copy=False)
