"""Reading entries and slices: ``x[index]`` for every index that NumPy has, and ``take``."""

from typing import Any

import numpy as np

from admodes.rules import Traced, declare, implements, linear, plain, refuse


def _leading(x: Any, index: tuple[Any, ...], lead: int) -> tuple[Any, int]:
    """The index into an array with `lead` more axes in front, and what it moves them behind.

    Integer arrays that are separated by a slice put their own axes first (NumPy's user guide,
    "Combining advanced and basic indexing"), before the leading axes too: the second number is how
    many, 0 where the leading axes stay in front.
    """
    advanced = [i for i, item in enumerate(index) if _is_advanced(item)]
    arrays = [index[i] for i in advanced if isinstance(index[i], np.ndarray)]
    moved = 0
    if arrays and advanced[-1] - advanced[0] >= len(advanced):
        moved = max(1 if item.dtype == bool else item.ndim for item in arrays)
    return (slice(None),) * lead + index, moved


def _is_advanced(item: Any) -> bool:
    return isinstance(item, (np.ndarray, int, np.integer, np.bool_))


def _read(x: Any, *, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    lead = np.ndim(x) - len(shape)
    if lead == 0:
        return x[index]
    index, moved = _leading(x, index, lead)
    result = x[index]
    return np.moveaxis(result, range(moved, moved + lead), range(lead)) if moved else result


def add_read(buffer: np.ndarray, ct: Any, *, index: tuple[Any, ...], shape: Any) -> None:
    """Add the cotangent of a read into a buffer for the array's, where it belongs."""
    lead = buffer.ndim - len(shape)
    moved = 0
    if lead:
        index, moved = _leading(buffer, index, lead)
    if moved:
        ct = np.moveaxis(ct, range(lead), range(moved, moved + lead))
    if any(isinstance(item, np.ndarray) and item.dtype != bool for item in index):
        np.add.at(buffer, index, ct)  # an entry that was read twice gets both
    else:
        buffer[index] += ct


def _write(*cts: Any, indices: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Zeros of `shape` with each of `cts` added where its index points."""
    first, result = _read_shape(indices[0], shape), None
    lead = np.shape(cts[0])[: np.ndim(cts[0]) - len(first)]
    result = np.zeros(lead + shape, np.result_type(*cts))
    for ct, index in zip(cts, indices, strict=True):
        add_read(result, ct, index=index, shape=shape)
    return result


def _read_shape(index: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    return np.broadcast_to(np.zeros(()), shape)[index].shape


read = declare(
    linear(
        _read,
        transpose=lambda ct, index, shape: write(ct, indices=(index,), shape=shape),
        name="getitem",
        holds=("index",),
    )
)
write = declare(
    linear(
        _write,
        transpose=lambda ct, indices, shape: tuple(
            read(ct, index=index, shape=shape) for index in indices
        ),
        name="add_at",
        holds=("indices",),
    )
)


def getitem(x: Any, index: Any) -> Any:
    """``x[index]``."""
    if index.__class__ is not tuple:
        index = (index,)
    for item in index:
        if item.__class__ is not slice and item.__class__ is not int:
            index = tuple(map(_index_item, index))
            break
    return read(x, index=index, shape=x.shape)


def _index_item(item: Any) -> Any:
    if isinstance(item, Traced):
        item = plain(item)
    if isinstance(item, (list, tuple, np.ndarray)):
        item = np.asarray(item)
        if item.size == 0 and item.dtype == float:
            item = item.astype(int)  # the empty list
        return item
    return item


@implements(np.take)
def take(a, indices, axis=None, out=None, mode="raise"):
    refuse(np.take, out=out)
    if axis is None:
        a, axis = np.ravel(a), 0
    length = a.shape[axis]
    indices = np.asarray(plain(indices))
    if mode == "clip":
        indices = np.clip(indices, 0, length - 1)
    elif mode == "wrap":
        indices = indices % length
    return a[(slice(None),) * (axis % a.ndim) + (indices,)]
