"""Which inputs each entry of an operation's result depends on, by the kind of the operation.

A kind that is not known here is dense: each entry of the result depends on all that any entry of
the arguments does. What is known says less, and never too little.

Linear primitives that move entries are asked themselves: numbers of entries are sent through them,
or back through their transposes.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Elementwise
from admodes.core.values import plain, shape_of
from admodes.jacobians.sparse import sets
from admodes.jacobians.sparse.limits import PLACED
from admodes.jacobians.sparse.products import labels_of, through_product
from admodes.modes.users.rules import Checked
from admodes.primitives.accumulations import along
from admodes.primitives.contractions import Product
from admodes.primitives.convolutions import Convolution
from admodes.primitives.reductions import add_reduce

Shape = tuple[int, ...]
ENTRYWISE = {"where", "conjugate", "real", "imag", "astype", "memory order", "value"}
"""Each entry of the result comes of those that broadcasting puts beside it. Of ``where`` both
branches count, whatever the condition is here."""
MOVES = {
    "read",
    "gather",
    "spread",
    "reshape",
    "transpose",
    "flip",
    "roll",
    "concatenate",
    "stack",
    "diagonal",
    "windows",
    "overwrite",
}
"""Each entry of the result is one of an argument, or a constant."""
SUMS = {"sum", "mean", "write", "trace", "overlap-add"}
"""Each entry of an argument goes into one of the result at most."""
REDUCTIONS = {"max", "min", "prod", "norm", "sum of some"}
"""Each entry of the result comes of all along the axes."""
ALONG = {
    "fft",
    "ifft",
    "rfft",
    "irfft",
    "sort",
    "reorder",
    "restore",
    "share",
    "sums of segments",
}
"""Each entry of the result comes of all along one axis, which may have another length then."""
RUNNING = {"cumsum", "cumprod"}
"""Of all up to it along the axis, or from it on."""
MATRICES = {
    "det": 0,
    "slogdet": 0,
    "phase of the determinant": 0,
    "eigvalsh": 1,
    "eigvals": 1,
    "svdvals": 1,
    "inv": 2,
    "cofactors": 2,
    "cholesky": 2,
    "pinv": 2,
}
"""Each matrix of a stack by itself: how many axes there are of the result for each."""


def spread(
    primitive: Any, y: Any, values: Sequence[Any], own: Sequence[Any], params: dict[str, Any]
) -> Any:
    """The sets of the result `y`, by those of the arguments, ``None`` for one that is constant."""
    shape, shapes = shape_of(plain(y)), [shape_of(plain(x)) for x in values]
    name = "" if isinstance(primitive, Checked) else primitive.name  # a user's may have any name
    if isinstance(primitive, Elementwise) or name in ENTRYWISE:
        return entrywise(shape, shapes, own)
    if name in MOVES:
        return moved(primitive, shapes, own, params)
    if name in SUMS:
        return added(primitive, shape, own, params)
    if isinstance(primitive, Convolution):
        found = convolved(shape, shapes, values, own, params)
    elif isinstance(primitive, Product):
        labels = labels_of(primitive, shapes, params)
        found = None if labels is None else through_product(labels, shape, values, own)
    else:
        rule = RULES.get(name)
        found = None if rule is None else rule(shape, shapes, own, params)
    return dense(shape, own) if found is None else found


def dense(shape: Shape, own: Sequence[Any]) -> Any:
    return sets.everything([each for each in own if each is not None], math.prod(shape))


def entrywise(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any]) -> Any:
    return sets.united(
        [
            each if of == shape else sets.picked(each, np.broadcast_to(numbers(of), shape).ravel())
            for of, each in zip(shapes, own, strict=True)
            if each is not None
        ]
    )


def numbers(shape: Shape, dtype: Any = np.intp) -> Any:
    """An array of this shape whose entries say which they are."""
    return np.arange(math.prod(shape), dtype=dtype).reshape(shape)


def moved(primitive: Any, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    """By what becomes of the numbers of the entries, from 1 on; constants are 0."""
    sent, parts, start = [], [], 1.0
    for shape, each in zip(shapes, own, strict=True):
        if each is None:
            sent.append(np.zeros(shape))
        else:
            sent.append(numbers(shape, float) + start)
            parts.append(each)
            start += each.shape[0]
    if "dtype" in params:  # in which numbers might not be exact
        params = params | {"dtype": np.dtype(float)}
    come = np.ravel(primitive.function(*sent, **params))
    return sets.picked(sets.stacked(parts), come.astype(np.intp) - 1)


def added(primitive: Any, shape: Shape, own: Sequence[Any], params: Any) -> Any:
    """By what becomes of the numbers of the result's entries on the way back."""
    if primitive.name == "mean":  # the transpose of which divides
        primitive = add_reduce
        params = {key: params[key] for key in ("axes", "keepdims", "shape")}
    back = primitive.transpose(numbers(shape, float) + 1, **params)
    given = back if isinstance(back, (list, tuple)) else [back]
    pairs = [(np.ravel(to), each) for to, each in zip(given, own, strict=True) if each is not None]
    goes = np.concatenate([to for to, _ in pairs]).astype(np.intp) - 1
    places = np.flatnonzero(goes >= 0)
    every = sets.stacked([each for _, each in pairs])
    return sets.along(sets.matrix(goes[places], places, (math.prod(shape), every.shape[0])), every)


# --- Along axes -----------------------------------------------------------------------------------


def fibres(shape: Shape, axes: Sequence[int]) -> tuple[Any, Shape]:
    """For each entry the number of the fibre along these axes that it is in; the other axes."""
    removed = {axis % len(shape) for axis in axes} if shape else set()
    rest = tuple(1 if i in removed else n for i, n in enumerate(shape))
    left = tuple(n for i, n in enumerate(shape) if i not in removed)
    return np.broadcast_to(numbers(rest), shape).ravel(), left


def mixed(
    each: Any, of: Shape, axes: Sequence[int], shape: Shape, result_axes: Sequence[int]
) -> Any | None:
    """Every entry along the axes goes into every entry along the result's.

    ``None`` where the other axes are not the same, or broadcast to them.
    """
    fibre, left = fibres(of, axes)
    place, others = fibres(shape, result_axes)
    try:
        which = np.broadcast_to(numbers(left), others).ravel()
    except ValueError:
        return None
    union = sets.along(
        sets.matrix(fibre, np.arange(len(fibre)), (math.prod(left), each.shape[0])), each
    )
    return sets.picked(union, which[place])


def reduced(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    parts = []
    if own[0] is not None:
        axes = params["axes"]
        kept = axes if params["keepdims"] else ()
        parts.append(mixed(own[0], shapes[0], axes, shape, kept))
    if own[1:] and own[1] is not None:  # what a sum begins with
        parts.append(entrywise(shape, shapes[1:], own[1:]))
    return None if any(part is None for part in parts) else sets.united(parts)


def along_axis(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    axes = (params["axis"],)
    return mixed(own[0], shapes[0], axes, shape, axes)


def running(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    """A triangle for each fibre."""
    axis = params["axis"]
    n = shape[axis]
    fibre = np.moveaxis(numbers(shape), axis, -1).reshape(math.prod(shape) // max(n, 1), n)
    sets.check_room(len(fibre) * (n * (n + 1) // 2), PLACED)
    to, of = np.tril_indices(n)
    if params.get("backwards", False):
        to, of = of, to
    size = math.prod(shape)
    return sets.along(sets.matrix(fibre[:, to].ravel(), fibre[:, of].ravel(), (size, size)), own[0])


def differences(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    place, axis = numbers(shapes[0]), params["axis"]
    ends = (place[along(axis, each)] for each in (slice(1, None), slice(-1)))
    return sets.united([sets.picked(own[0], end.ravel()) for end in ends])


def spread_differences(
    shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any
) -> Any:
    place, axis = numbers(shape), params["axis"]
    ends = [place[along(axis, each)].ravel() for each in (slice(1, None), slice(-1))]
    size = own[0].shape[0]
    return sets.along(
        sets.matrix(np.concatenate(ends), np.tile(np.arange(size), 2), (place.size, size)), own[0]
    )


# --- Matrices -------------------------------------------------------------------------------------


def by_matrices(count: int) -> Callable[..., Any]:
    def rule(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
        return mixed(own[0], shapes[0], (-2, -1), shape, range(-count, 0))

    return rule


def solved(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    """By the whole matrix, and the column of the right-hand side."""
    parts = []
    columns = len(shapes[1]) > 1
    if own[0] is not None:
        parts.append(mixed(own[0], shapes[0], (-2, -1), shape, (-2, -1) if columns else (-1,)))
    if own[1] is not None:
        axes = (-2,) if columns else (-1,)
        parts.append(mixed(own[1], shapes[1], axes, shape, axes))
    return None if any(part is None for part in parts) else sets.united(parts)


def by_sparse_matrix(shape: Shape, shapes: Sequence[Shape], own: Sequence[Any], params: Any) -> Any:
    """A sparse matrix of SciPy's times each row."""
    matrix = sets.of(params["indptr"], params["indices"], params["shape"][1])
    matrix = matrix.T.tocsr() if params["flipped"] else matrix
    of = numbers(shapes[0]).reshape(-1, shapes[0][-1])
    to = numbers(shape).reshape(-1, shape[-1])
    entries = matrix.tocoo()
    rows, columns = to[:, entries.row].ravel(), of[:, entries.col].ravel()
    return sets.along(sets.matrix(rows, columns, (to.size, of.size)), own[0])


def convolved(
    shape: Shape, shapes: Sequence[Shape], values: Sequence[Any], own: Sequence[Any], params: Any
) -> Any:
    """A band as wide as the other sequence; taps that are constants of 0 are none."""
    if any(len(of) != 1 for of in shapes):
        return None
    (n,), (m,) = shapes
    first = {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[params["mode"]]
    parts = []
    for i, each in enumerate(own):
        if each is not None:
            length, other = shapes[i][0], values[1 - i]
            taps = np.arange(len(other)) if own[1 - i] is not None else np.flatnonzero(plain(other))
            sets.check_room(length * len(taps), PLACED)
            of = np.tile(np.arange(length), len(taps))
            to = of + np.repeat(taps, length) - first
            inside = (to >= 0) & (to < shape[0])
            band = sets.matrix(to[inside], of[inside], (shape[0], length))
            parts.append(sets.along(band, each))
    return sets.united(parts)


RULES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(REDUCTIONS, reduced),
    **dict.fromkeys(ALONG, along_axis),
    **dict.fromkeys(RUNNING, running),
    **{name: by_matrices(count) for name, count in MATRICES.items()},
    "diff": differences,
    "spread_diff": spread_differences,
    "solve": solved,
    "scipy.matmul": by_sparse_matrix,
}
