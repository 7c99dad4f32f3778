"""Arrays that are put together of parts: the transpose of slices, writes, `concatenate`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.primitives.accumulations import spread_difference
from admodes.primitives.indexing import write
from admodes.primitives.overwriting import overwrite
from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.code import convertible
from admodes.programs.compiled.kinds import dtype_of
from admodes.programs.compiled.nodes import Entrywise, Node, Parts, Place, same
from admodes.programs.compiled.places import fills, pointed
from admodes.programs.steps import Step, Value
from admodes.programs.tracers import overwritten

Given = Callable[[Any], Any]
"""What an argument is here: a value, a number, or ``None``."""


def put_together(step: Step, given: Given) -> list[Node] | None:
    """The nodes of a step that puts an array together; ``None`` of any other."""
    made = step.made
    if made.kind is not np.ndarray or not made.in_order or not made.shape:
        return None
    if step.function is write.function:
        return _written(step, given)
    if step.function in (np.concatenate, np.stack) and step.args:
        return _beside(step, given)
    if step.function is spread_difference.function:
        return _spread(step, given)
    if step.function is overwrite.function:
        path = step.kwargs["path"]
        lead = len(made.shape) - len(step.kwargs["shape"])
        index = (slice(None),) * lead + path[0][1]["index"] if len(path) == 1 else None
        return _over(made, given, step.args, index)
    if step.function is overwritten:
        x, index, value = step.args
        return _over(made, given, (x, value), index if index.__class__ is tuple else (index,))
    return None


def _over(made: Value, given: Given, args: Sequence[Any], index: Any) -> list[Node] | None:
    """An array with another part."""
    x, value = map(given, args)
    if x is None or value is None or index is None or dtype_of(x) != made.dtype:
        return None
    if not convertible(dtype_of(value), dtype_of(made)):
        return None
    place = pointed(index, made)
    if place is None or (place.shape and place.moving):
        return None
    nodes: list[Node] = []
    if value.__class__ is Value and value.shape not in ((), place.shape):
        if len(value.shape) != len(place.shape):
            return None
        wide = Value(np.ndarray, place.shape, made.dtype)
        nodes.append(Entrywise(wide, same, (value,), (dtype_of(made),), 0))
        value = wide
    whole = Place(0, made.shape, made.strides or ())
    return [*nodes, Parts(made, [(x, whole), (value, place)], "over")]


def _spread(step: Step, given: Given) -> list[Node] | None:
    made, ct = step.made, given(step.args[0])
    if ct.__class__ is not Value or dtype_of(ct) != made.dtype:
        return None
    negative, before = Value(np.ndarray, ct.shape, made.dtype), (slice(None),)
    before *= step.kwargs["axis"] % len(made.shape)
    ahead, behind = (pointed((*before, part), made) for part in (slice(1, None), slice(-1)))
    if ahead is None or behind is None:
        return None
    negate = Entrywise(negative, ops.ENTRYWISE[np.negative], (ct,), (dtype_of(made),))
    return [negate, Parts(made, [(ct, ahead), (negative, behind)])]


def _written(step: Step, given: Given) -> list[Node] | None:
    made, shape = step.made, step.kwargs["shape"]
    lead = len(made.shape) - len(shape)
    parts: list[tuple[Any, Place]] = []
    at: dict[Place, int] = {}  # which of these is there
    nodes: list[Node] = []
    for arg, index in zip(step.args, step.kwargs["indices"], strict=True):
        part = given(arg)
        place = pointed((slice(None),) * lead + index, made)
        if part is None or place is None or (place.shape and place.moving):
            return None
        if part.__class__ is Value and part.shape and part.shape != place.shape:
            wide = Value(np.ndarray, place.shape, dtype_of(part))
            nodes.append(Entrywise(wide, same, (part,), (dtype_of(part),), 0))
            part = wide
        i = at.setdefault(place, len(parts))
        if i < len(parts) and place.shape:
            both = Value(np.ndarray, place.shape, dtype_of(made))
            add = ops.ENTRYWISE[np.add]
            nodes.append(Entrywise(both, add, (parts[i][0], part), (dtype_of(made),) * 2))
            parts[i] = both, place
        else:
            parts.append((part, place))
    fill = fills([place for _, place in parts], made)
    return [*nodes, Parts(made, parts, "beside" if fill else "sum")]


def _beside(step: Step, given: Given) -> list[Node] | None:
    made = step.made
    axis, *others = step.args[1:] or (step.kwargs.get("axis", 0),)
    if others or {*step.kwargs} - {"axis", "dtype"}:
        return None
    if not isinstance(step.args[0], (tuple, list)):
        return None
    if not isinstance(axis, int):
        return None
    axis %= len(made.shape)
    parts, start = [], 0
    for arg in step.args[0]:
        part = given(arg)
        if part is None or dtype_of(part) != made.dtype:
            return None
        shape = np.shape(arg) if part.__class__ is not Value else part.shape
        length = 1 if step.function is np.stack else shape[axis]
        index: Any = start if step.function is np.stack else slice(start, start + length)
        place = pointed((slice(None),) * axis + (index,), made)
        if place is None or (part.__class__ is Value and part.shape not in ((), place.shape)):
            return None
        parts.append((part, place))
        start += length
    return [Parts(made, parts, "beside")]
