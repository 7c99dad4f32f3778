"""Which inputs a sum of products depends on: contractions, by the labels of their axes.

Of ``einsum("ij,jk->ik", a, b)`` an entry of the result depends on row i of a and on column k of b.
Where the other factor is a constant, its zeros count: a banded matrix times x is banded.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import plain
from admodes.jacobians.sparse import sets
from admodes.primitives.contractions import Einsum, Matmul, Tensordot, split

LARGEST = 1 << 24
"""Products, one by one, up to which it is looked which of them have a constant factor of 0."""


Axes = tuple[Any, ...]


class Labels(NamedTuple):
    """Names of axes: of each factor, and of the result."""

    factors: list[Axes]
    result: Axes


def labels_of(primitive: Any, shapes: Sequence[tuple[int, ...]], params: Any) -> Labels | None:
    """Of a product of arrays of these shapes; ``None`` for a kind that is not known here."""
    if isinstance(primitive, Einsum):
        terms, output = split(params["subscripts"])
        return Labels(list(map(tuple, terms)), tuple(output))
    first, second = map(len, shapes)
    if isinstance(primitive, Tensordot):
        of_first, of_second = params["axes"]
        a: list[Any] = [("a", i) for i in range(first)]
        b: list[Any] = [("b", i) for i in range(second)]
        for i, j in zip(of_first, of_second, strict=True):
            b[j] = a[i]
        shared = {a[i] for i in of_first}
        return Labels([tuple(a), tuple(b)], tuple(label for label in a + b if label not in shared))
    if not isinstance(primitive, Matmul):
        return None
    if primitive.name.startswith("inner"):
        a, b = [("a", i) for i in range(first - 1)], [("b", i) for i in range(second - 1)]
        return Labels([(*a, "j"), (*b, "j")], (*a, *b))
    own: Axes
    other: Axes
    left: Axes
    if primitive.name.startswith("matvec"):
        own, other, left = ("i", "j"), ("j",), ("i",)
    elif primitive.name.startswith("vecmat"):
        own, other, left = ("j",), ("j", "k"), ("k",)
    else:
        own = ("i", "j") if first > 1 else ("j",)
        other = ("j", "k") if second > 1 else ("j",)
        left = tuple(label for label in own + other if label != "j")
    stack_a, stack_b = (
        tuple(("s", i) for i in range(len(own) - ndim, 0))
        for own, ndim in ((own, first), (other, second))
    )
    return Labels([stack_a + own, stack_b + other], max(stack_a, stack_b, key=len) + left)


def through_product(
    labels: Labels, shape: tuple[int, ...], values: Sequence[Any], own: Sequence[Any]
) -> Any:
    """The sets of the result, of this shape, by those of the factors, ``None`` for a constant."""
    constants = {
        i: plain(value) != 0
        for i, value in enumerate(values)
        if own[i] is None and not np.all(plain(value) != 0)
    }
    parts = []
    for i, each in enumerate(own):
        if each is None:
            continue
        if constants and (found := _by_products(labels, shape, values, constants, i, each)):
            parts += found
        else:
            parts.append(_by_labels(labels, shape, np.shape(plain(values[i])), i, each))
    return sets.united(parts)


def _numbers(labels: Axes, shape: tuple[int, ...]) -> tuple[Axes, Any]:
    """The numbers of a factor's entries that are read, an axis a label: diagonals, where several
    axes have the same one."""
    numbers = np.arange(math.prod(shape)).reshape(shape)
    once = tuple(dict.fromkeys(labels))
    if len(once) < len(labels):
        places = [once.index(label) for label in labels]
        numbers = np.einsum(numbers, places, list(range(len(once))))
    return once, numbers


def _spread(array: Any, labels: Axes, over: Axes) -> Any:
    """An array with an axis for each of the labels, as one that broadcasts over those."""
    kept = [labels.index(label) for label in over if label in labels]
    moved = np.transpose(array, kept)
    sizes = iter(moved.shape)
    return moved.reshape([next(sizes) if label in labels else 1 for label in over])


def _by_labels(
    labels: Labels, shape: tuple[int, ...], own: tuple[int, ...], i: int, each: Any
) -> Any:
    """All entries of factor `i` that share the labels of an entry of the result."""
    once, numbers = _numbers(labels.factors[i], own)
    kept = tuple(label for label in once if label in labels.result)
    sizes = dict(zip(once, numbers.shape, strict=True))
    inner = tuple(sizes[label] for label in kept)
    groups = np.arange(math.prod(inner)).reshape(inner)
    whose = np.broadcast_to(_spread(groups, kept, once), numbers.shape)
    grouped = sets.along(
        sets.matrix(whose.ravel(), numbers.ravel(), (groups.size, each.shape[0])), each
    )
    rows = np.broadcast_to(_spread(groups, kept, labels.result), shape)
    return sets.picked(grouped, rows.ravel())


def _by_products(
    labels: Labels,
    shape: tuple[int, ...],
    values: Sequence[Any],
    constants: dict[int, Any],
    i: int,
    each: Any,
) -> list[Any]:
    """The same, but for those that only meet constants of 0; nothing where these are too many."""
    once, numbers = _numbers(labels.factors[i], np.shape(plain(values[i])))
    over = labels.result + tuple(label for label in once if label not in labels.result)
    sizes = dict(zip(labels.result, shape, strict=True))
    for label, size in zip(once, numbers.shape, strict=True):
        sizes[label] = max(size, sizes.get(label, 1))
    grid = tuple(sizes[label] for label in over)
    if math.prod(grid) > LARGEST:
        return []
    meets = np.ones((1,) * len(grid), bool)
    for k, there in constants.items():
        own = labels.factors[k]
        kept = tuple(label for label in dict.fromkeys(own) if label in over)
        axes = list(dict.fromkeys(own))
        any_ = np.einsum(
            there.astype(float), list(map(axes.index, own)), list(map(axes.index, kept))
        )
        meets = meets & (_spread(any_, kept, over) > 0)
    rows = _spread(np.arange(math.prod(shape)).reshape(shape), labels.result, over)
    found = np.flatnonzero(np.broadcast_to(meets, grid))
    rows, columns = (
        np.broadcast_to(x, grid).ravel()[found] for x in (rows, _spread(numbers, once, over))
    )
    return [sets.along(sets.matrix(rows, columns, (math.prod(shape), each.shape[0])), each)]
