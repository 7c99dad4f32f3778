"""Reading entries and slices: ``x[index]`` for every index that NumPy has, and ``take``.

A read touches a part of the array, and so does its transpose: the sweep adds a read's cotangent
into a buffer where it belongs (`add`), so that n reads of one array cost O(n), not O(n²).
"""

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import array
from admodes.core.rules import Linear, Primitive, apply
from admodes.core.stand_ins import as_array, stands_for_another
from admodes.core.values import Traced, plain

# --- Basic indices: integers, slices, newaxis, ellipsis -------------------------------------------


def _read(x: Any, *, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    try:
        lead = x.ndim - len(shape)
    except AttributeError:  # of a number of Python's own
        raise TypeError(f"{type(x).__name__!r} object is not subscriptable") from None
    return x[(slice(None),) * lead + index] if lead else x[index]


def _add_read(buffer: Any, ct: Any, *, index: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    lead = buffer.ndim - len(shape)
    if lead:
        index = (slice(None),) * lead + index
    part = buffer[index]
    if part.__class__ is np.ndarray:
        np.add(part, ct, part)  # a view; ``buffer[index] += ct`` would copy it back onto itself
    else:
        buffer[index] = part + ct


read: Any = declare(
    linear(
        _read,
        transpose=lambda ct, index, shape: write(ct, indices=(index,), shape=shape),
        add=_add_read,
        name="read",
        writeable=True,
    ),
    cost=costs.view,
)


class Found(Linear):
    """The one entry that a search has found, as for ``np.max``; its tangent is only read.

    It is a read like any other, but for those who want to see the search: see `is_watched`.
    """

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        return apply(read, tangents, residual[0])


found = declare(
    Found("extreme entry", _read, read.transpose, add=_add_read),
    cost=costs.sum_up,  # a comparison for each entry but the first
)

# --- Advanced indices: arrays of integers or booleans ---------------------------------------------


def behind(index: tuple[Any, ...]) -> int:
    """How many axes NumPy puts in front of all others, the leading ones too: none mostly.

    Integer arrays that are separated by a slice put their own axes first (NumPy user guide,
    "Combining advanced and basic indexing").
    """
    if is_basic(index):
        return 0
    places = [i for i, item in enumerate(index) if isinstance(item, (np.ndarray, int, np.integer))]
    if places[-1] - places[0] < len(places):
        return 0
    arrays = [index[i] for i in places if isinstance(index[i], np.ndarray)]
    return max(1 if item.dtype == bool else item.ndim for item in arrays)


def _gather(x: Any, *, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    lead = x.ndim - len(shape)
    if not lead:
        # NumPy's numbers do not ask what stands for a mask in a program what it is; arrays do.
        return np.asarray(x)[index] if issubclass(type(x), np.generic) else x[index]
    alone = index[0] if len(index) == 1 else None
    if type(alone) is type(x) is np.ndarray and alone.dtype != bool:  # no tracer of a program
        # An index would leave the directions last in memory, and all that follows takes longer:
        # 15 of them through bundle adjustment take 4.5 ms, and so 2.6.
        return x.take(alone, lead)
    result, first = x[(slice(None),) * lead + index], behind(index)
    return np.moveaxis(result, range(first, first + lead), range(lead)) if first else result


def _add_gather(buffer: Any, ct: Any, *, index: tuple[Any, ...], shape: tuple[int, ...]) -> None:
    lead = buffer.ndim - len(shape)
    if lead:
        first = behind(index)
        ct = np.moveaxis(ct, range(lead), range(first, first + lead)) if first else ct
        index = (slice(None),) * lead + index
    if any(isinstance(item, np.ndarray) and item.dtype != bool for item in index):
        np.add.at(buffer, index, ct)  # an entry that was read twice gets both
    else:
        buffer[index] += ct


def _gather_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    return costs.Cost(moves=2 * np.size(y))  # the entries that are read, and no others


gather: Primitive = declare(
    linear(
        _gather,
        transpose=lambda ct, index, shape: write(ct, indices=(index,), shape=shape),
        add=_add_gather,
        name="gather",
        holds=("index",),
    ),
    cost=_gather_cost,
)

READS = (read, found, gather)
WHOLE = (Ellipsis,)
"""The index of all of an array."""

# --- The transpose of any number of reads ---------------------------------------------------------


def is_basic(index: tuple[Any, ...]) -> bool:
    return not any(isinstance(item, np.ndarray) for item in index)


def is_whole(index: tuple[Any, ...]) -> bool:
    """Whether it is `WHOLE`: an index may hold an array, which is equal to nothing at once."""
    return len(index) == 1 and index[0] is Ellipsis


def _write(*cts: Any, indices: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with each of `cts` added where its index points.

    Where the first is the whole array, the others are added into that, as the sweep does it: zeros
    plus -0.0 would be 0.0.
    """
    array = np.broadcast_to(np.zeros(()), shape)
    lead = np.shape(cts[-1])[: np.ndim(cts[-1]) - array[indices[-1]].ndim]
    result = np.zeros(lead + shape, np.result_type(*cts))
    whole = is_whole(indices[0])
    if whole:
        result[...] = cts[0]
    for ct, index in zip(cts[whole:], indices[whole:], strict=True):
        add = _add_read if is_basic(index) else _add_gather
        add(result, ct, index=index, shape=shape)
    return result


def _write_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """Each entry of each part is added to one of the array's, which begin as zeros.

    Where the first part is the whole array, the others are added into that, as the sweep does it.
    """
    whole = is_whole(params["indices"][0]) and len(args) > 1
    entries = sum(map(np.size, args[whole:]))
    zeros = 0 if whole else np.size(y)
    return costs.Cost(moves=zeros + 3 * entries, additions=entries)


write: Primitive = declare(
    linear(
        _write,
        transpose=lambda ct, indices, shape: [
            (read if is_basic(index) else gather)(ct, index=index, shape=shape) for index in indices
        ],
        name="write",
        holds=("indices",),
    ),
    cost=_write_cost,
)

# --- What a user writes ---------------------------------------------------------------------------

_BASIC = frozenset({int, slice, type(None), type(Ellipsis)})
ONE_AXIS: frozenset[Any] = frozenset({int, slice})
"""Types of index that read along the first axis."""


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``."""
    primitive, params = reading(index, x.shape)
    return x._apply(primitive, (x,), params)


def reading(index: Any, shape: tuple[int, ...]) -> tuple[Any, dict[str, Any]]:
    """The primitive that reads an index of an array of this shape, and its parameters."""
    primitive = read
    if index.__class__ is not tuple:
        index = (index,)
    for item in index:
        if item.__class__ not in _BASIC:
            index = tuple(map(_index_item, index))
            if not is_basic(index):
                primitive = gather
            break
    return primitive, {"index": index, "shape": shape}


def _index_item(item: Any) -> Any:
    """One item of an index, of what all functions here know: an array for whatever makes one."""
    item = plain(item) if isinstance(item, Traced) else item
    if item.__class__ in _BASIC:
        return item
    if stands_for_another(item):
        return item if np.issubdtype(item.__class__, np.integer) else as_array(item)
    if hasattr(item, "__index__") and not isinstance(item, (bool, np.ndarray)):
        return operator.index(item)
    item = item if item.__class__ is np.ndarray else np.asarray(item)
    if item.size == 0 and item.dtype == float:
        return item.astype(int)  # the empty list
    return item


@implements(np.take)
def take(a, indices, axis=None, out=None, mode="raise"):
    refuse(np.take, out=out)
    if axis is None or not a.ndim:
        a, axis = np.ravel(a), 0 if axis is None else axis
    length = a.shape[axis]
    indices = array(plain(indices))
    if mode == "clip":
        indices = np.clip(indices, 0, length - 1)
    elif mode == "wrap":
        indices = indices % length
    taken = a[(slice(None),) * (axis % a.ndim) + (indices,)]
    return np.copy(taken, "C") if isinstance(plain(taken), np.ndarray) else taken


@implements(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    """Read from the flat array, at the places that NumPy itself finds."""
    places = np.reshape(np.arange(arr.size), arr.shape)
    return np.ravel(arr)[np.take_along_axis(places, plain(indices), axis)]
