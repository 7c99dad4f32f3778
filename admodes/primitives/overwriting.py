"""Writing a part of an array: what ``x[index] = value`` makes of x and the value.

The part is named by its path: the views that lead to it, and the index read last, as in
``x.T[1:][mask]``. An array that nobody else holds is written in place (`assign`, `taken`), in a
function as in the sweep, so that n writes of one entry each cost O(n).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare
from admodes.core.rules import Linear, apply
from admodes.core.stand_ins import Unrepeatable
from admodes.core.values import align, directions, shape_of, unbroadcast
from admodes.primitives.indexing import behind, gather

Path = tuple[tuple[Any, dict[str, Any]], ...]
"""Primitives that give a view, with their parameters, and a read at last."""


class Overwrite(Linear):
    """``overwrite(x, value, path=…)`` is x with the value at the end of the path.

    `shape` and `dtype` are those of x, and `part` is the shape of what the path reads; the value
    broadcasts to it.
    """

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        return params, tuple(map(shape_of, args))

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        params, shapes = residual
        t, u = tangents
        if t is None:
            lead = directions(tangents, shapes)
            t = np.zeros(lead + shapes[0], params["dtype"])
        return apply(self, (t, 0.0 if u is None else u), params)

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        params = residual[0]
        g = None if active[1] is None else self.taken(residual, ct)
        return None if active[0] is None else apply(self, (ct, 0.0), params), g

    def taken(self, residual: Any, ct: Any) -> Any:
        """The cotangent of the value, from that of the result."""
        params, (own, shape) = residual
        lead, part = own[: len(own) - len(params["shape"])], params["part"]
        g = read_along(ct, params["path"])
        hidden = _overwritten_again(params)
        if hidden is not None:
            g = np.where(hidden, 0, g)
        if shape == lead + part:
            return g
        # Both may have directions of another level in front.
        stretched = lead + (1,) * (len(lead + part) - len(shape)) + shape[len(lead) :]
        g = unbroadcast(g, len(stretched), stretched)
        return np.reshape(g, shape_of(g)[: len(shape_of(g)) - len(stretched)] + shape)

    def assign(self, array: np.ndarray, value: Any, params: dict[str, Any]) -> None:
        """Write the plain value into the plain array, both with the same leading axes."""
        _assign(array, value, **params)


def read_along(x: Any, path: Path) -> Any:
    """What a path leads to."""
    for primitive, params in path:
        x = primitive(x, **params)
    return x


def shown(array: np.ndarray, path: Path) -> Any:
    """The same of a plain array."""
    for primitive, params in path:
        array = primitive.function(array, **params)
    return array


def _overwrite(x: Any, value: Any, **params: Any) -> Any:
    y = np.array(x, order="K")
    _assign(y, value, **params)
    return y


def _assign(
    array: np.ndarray,
    value: Any,
    *,
    path: Path,
    shape: tuple[int, ...],
    part: tuple[int, ...],
    dtype: np.dtype[Any],
) -> None:
    lead = array.ndim - len(shape)
    if lead and shape_of(value):
        value = align(value, len(shape_of(value)) - lead, len(part))
    where = shown(array, path[:-1])
    index = path[-1][1]["index"]
    if where is not array and where.base is not array:  # a copy, as reshape may have to make
        index, where = np.unravel_index(_places(path, shape), shape), array
    front = where.ndim - len(path[-1][1]["shape"]) if where is not array else lead
    if front:
        first = behind(index)
        if first and shape_of(value):
            value = np.broadcast_to(value, array.shape[:lead] + part)
            value = np.moveaxis(value, range(lead), range(first, first + lead))
        index = (slice(None),) * front + index
    where[index] = value


def _places(path: Path, shape: tuple[int, ...]) -> Any:
    """The places of a part in the array, counted in the order "C"."""
    return shown(np.arange(math.prod(shape)).reshape(shape), path)


def _overwritten_again(params: dict[str, Any]) -> Any:
    """Where an index names an entry once more later on: the last value is that which remains."""
    primitive, last = params["path"][-1]
    part = params["part"]
    if primitive is not gather or math.prod(part) < 2:
        return None
    if not any(isinstance(i, np.ndarray) and i.dtype != bool for i in last["index"]):
        return None
    named = last["index"], last["shape"], part
    try:
        hidden = hidden_at(*named)
    except Unrepeatable as stop:  # a tracer says where: a program looks at each call
        return stop.recording.expression(stop.recording.apply(hidden_at, named, {}))
    return hidden if hidden.any() else None


def hidden_at(index: tuple[Any, ...], shape: tuple[int, ...], part: tuple[int, ...]) -> np.ndarray:
    """Which entries of a part are not the last that is written at their place."""
    places = np.ravel(np.arange(math.prod(shape)).reshape(shape)[index])
    _, again = np.unique(places[::-1], return_index=True)
    hidden = np.ones(len(places), bool)
    hidden[len(places) - 1 - again] = False
    return hidden.reshape(part)


def _overwrite_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """In place: only what is written is moved."""
    return costs.Cost(moves=2 * math.prod(params["part"]))


overwrite: Any = declare(
    Overwrite("overwrite", _overwrite, lambda ct, **params: None), cost=_overwrite_cost
)
