"""Choosing among several arrays, entry by entry: by conditions, or by an index."""

from typing import Any

import numpy as np

from admodes.core.declaring import implements, refuse
from admodes.core.kinds import array, plain_array
from admodes.core.values import Traced, plain
from admodes.primitives.as_numpy import number
from admodes.primitives.indexing import write
from admodes.primitives.memory import laid_out_as


@implements(np.select)
def select(condlist, choicelist, default=0):
    """The first of the choices whose condition holds."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    conditions = np.broadcast_arrays(*map(plain_array, condlist))
    for i, condition in enumerate(conditions):
        if condition.dtype != bool:
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
    choices = list(map(_unless_a_number, [*choicelist, default]))
    dtype = np.result_type(*map(plain, choices))
    choices = [np.astype(array(choice), dtype, copy=False) for choice in choices]
    result = choices[-1]
    for condition, choice in zip(conditions[::-1], choices[-2::-1], strict=True):
        result = np.where(condition, choice, result)
    return np.copy(result, "C")


def _unless_a_number(x: Any) -> Any:
    """An array, but for Python's numbers, which take the dtype of what they meet."""
    return x if x.__class__ in (int, float, complex) else array(x)


@implements(np.choose)
def choose(a, choices, out=None, mode="raise"):
    """The choice of that index; where `choices` is one array, its rows are the choices."""
    refuse(np.choose, out=out)
    choices = list(map(_unless_a_number, choices))
    index = plain_array(a)
    np.choose(index, [np.broadcast_to(0, np.shape(x)) for x in choices], mode=mode)  # may raise
    last = len(choices) - 1
    index = index % len(choices) if mode == "wrap" else np.clip(index, 0, last)
    dtype = np.result_type(*map(plain, choices))
    shape = np.broadcast_shapes(np.shape(index), *map(np.shape, choices))
    result = choices[last]
    for i in reversed(range(last)):
        result = np.where(index == i, choices[i], result)
    result = np.broadcast_to(np.astype(array(result), dtype, copy=False), shape)
    return number(np.copy(result, "C"))


@implements(np.piecewise)
def piecewise(x, condlist, funclist, *args, **kw):
    x = array(x)
    count = len(funclist)
    if np.isscalar(condlist) or (
        not isinstance(condlist[0], (list, np.ndarray, Traced)) and x.ndim != 0
    ):
        condlist = [condlist]
    conditions = [array(plain(condition)).astype(bool) for condition in condlist]
    if len(conditions) == count - 1:
        conditions.append(~np.any(np.stack(conditions), axis=0))
    elif len(conditions) != count:
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected"
        )
    y: Any = np.zeros(x.shape, x.dtype)
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            values = np.astype(array(function), x.dtype, copy=False)
            y = np.where(condition, values, y) if values.ndim == 0 else _put(y, condition, values)
        elif condition.any():
            values = array(function(_entries(x, condition), *args, **kw))
            y = _put(y, condition, np.astype(values, x.dtype, copy=False))
    return laid_out_as(y, np.empty_like(plain(x)))


def _entries(x: Any, condition: np.ndarray) -> Any:
    return x[condition] if x.ndim else np.reshape(x, 1)


def _put(y: Any, condition: np.ndarray, values: Any) -> Any:
    """`y` with `values`, in their order, where the condition holds."""
    count = int(np.count_nonzero(condition))
    values = np.broadcast_to(values, (count, *y.shape[condition.ndim :]))
    if y.ndim:
        values = write(values, indices=((condition,),), shape=y.shape)
    else:
        values = np.reshape(values, ())
    behind = condition.reshape(condition.shape + (1,) * (y.ndim - condition.ndim))
    return np.where(behind, values, y)
