"""Where a value is 0 whatever the inputs are, as a product with a 0 is.

A slope that is 0 at a point may be another nearby, and a guess puts another number in its place
(:mod:`admodes.core.guessing`); but not where it is 0 always. So the operations of a recording are
computed again at numbers that are drawn, each by itself: its arguments are 0 where they are always
0, and nowhere else. What comes out as 0 then is always 0, if the operation is one whose zeros tell
so: :meth:`admodes.core.rules.Primitive.always_zero` says it of each kind.
"""

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Elementwise
from admodes.core.values import plain


def nothing_at(
    nodes: Callable[[], Iterable[Any]], known: dict[int, Any] | None = None
) -> dict[int, Any]:
    """By the number of a node: where it is 0 whatever the inputs are, if it is so anywhere.

    The nodes come in the order of creation. What is `known` of the inputs is part of the result.

    A linear function does not keep its constants, and what it makes of them alone counts as 0 too:
    that is constant as well. Not where the value is known to be another, as that of each of several
    factors is, for a constant times something is not constant.
    """
    found = dict(known or {})
    shapes, is_zero = _kept(nodes())
    shapes |= {number: np.shape(mask) for number, mask in found.items()}
    for number, primitive, residual, parents in nodes():
        xs = _drawn(number, primitive, parents, found, shapes)
        mask = None if xs is None else primitive.always_zero(residual, xs)
        if isinstance(primitive, Elementwise):
            # One number that multiplies an array does not tell how large the array is.
            shape = next((shapes[each[0]] for each in parents if each and each[0] in shapes), None)
        else:
            shape = None if mask is None else np.shape(mask)
        if shape is not None:
            shapes[number] = shape
        if mask is not None:
            mask = mask & is_zero.get(number, True)
            if np.any(mask):
                found[number] = mask if shape is None else np.broadcast_to(mask, shape)
    return found


def _kept(nodes: Iterable[Any]) -> tuple[dict[int, tuple[int, ...]], dict[int, Any]]:
    """What nodes have kept of values, of their own and of their parents': shapes, where they are 0.

    A parent may be an input, which no other node tells of.
    """
    shapes, is_zero = {}, {}
    for number, primitive, residual, parents in nodes:
        of_args = [None if parent is None else parent[0] for parent in parents]
        for each, shape in zip(of_args, primitive.shapes(residual, parents), strict=True):
            if each is not None and shape is not None:
                shapes[each] = shape
        for each, value in zip((number, *of_args), primitive.values(residual), strict=False):
            if each is not None and value is not None:
                is_zero[each] = plain(value) == 0
    return shapes, is_zero


def _drawn(
    number: int,
    primitive: Any,
    parents: Sequence[Any],
    found: dict[int, Any],
    shapes: dict[int, tuple[int, ...]],
) -> list[Any] | None:
    """A number for each entry of each parent, 0 where that is known to be 0; ``None`` of constants.

    One number stands for all entries where the shape is not known but does not matter.
    """
    xs: list[Any] = []
    for i, parent in enumerate(parents):
        if parent is None:
            xs.append(None)
            continue
        mask = found.get(parent[0], np.False_)
        shape = shapes.get(parent[0])
        if shape is None:
            if not isinstance(primitive, Elementwise):
                return None
            shape = np.shape(mask)
        draw = _draw if math.prod(shape) <= _FEW else _draw.__wrapped__
        xs.append(np.where(mask, 0, draw(number, i, shape))[()])
    return xs


_FEW = 64  # entries that are kept: to draw them takes longer than most operations


@functools.lru_cache(maxsize=1 << 12)
def _draw(number: int, i: int, shape: tuple[int, ...]) -> Any:
    return 1 + np.random.default_rng((number, i)).random(shape)
