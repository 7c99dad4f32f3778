"""Windows that slide over an array, and their transpose: parts that overlap are added up."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.rules import Primitive
from admodes.core.values import last_axes
from admodes.primitives.shapes import hollow


def _windows(x: Any, *, window: tuple[int, ...], axes: tuple[int, ...], own: Any) -> Any:
    return sliding_window_view(x, window, axes)


def _overlap_add(ct: Any, *, window: tuple[int, ...], axes: tuple[int, ...], own: Any) -> Any:
    """What each entry is given by all the windows that it is in."""
    lead = ct.shape[: ct.ndim - len(own) - len(window)]
    result = np.zeros(lead + own, ct.dtype)
    starts = ct.shape[len(lead) : len(lead) + len(own)]
    for place in np.ndindex(window):
        index: list[Any] = [slice(0, n) for n in starts]
        for axis, i in zip(axes, place, strict=True):
            index[axis] = slice(index[axis].start + i, index[axis].stop + i)
        result[..., *index] += ct[..., *place]
    return result


def _add_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """Zeros, and then for each entry of each window two numbers read and their sum written."""
    entries = np.size(args[0])
    return costs.Cost(moves=np.size(y) + 3 * entries, additions=entries)


windows: Primitive = declare(
    linear(
        _windows,
        transpose=lambda ct, **params: overlap_add(ct, **params),
        name="windows",
        writeable=False,
    ),
    cost=costs.view,
)
overlap_add: Primitive = declare(
    linear(_overlap_add, transpose=lambda ct, **params: windows(ct, **params), name="overlap-add"),
    cost=_add_cost,
)


@implements(sliding_window_view)
def sliding_windows(x, window_shape, axis=None, *, subok=False, writeable=False):
    """A view that is written into would change several windows at once, so none is."""
    sliding_window_view(hollow(x.shape), window_shape, axis)  # raises what NumPy raises
    window = tuple(np.atleast_1d(window_shape).tolist())
    axes = (
        last_axes(None, x.ndim)
        if axis is None
        else tuple(last_axes(i, x.ndim)[0] for i in np.atleast_1d(axis).tolist())
    )
    return windows(x, window=window, axes=axes, own=x.shape)
