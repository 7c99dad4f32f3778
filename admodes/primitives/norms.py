"""Norms of vectors and matrices."""

from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements
from admodes.core.kinds import array
from admodes.core.rules import Custom
from admodes.core.singularities import by_convention
from admodes.core.values import last_axes, plain, shape_of
from admodes.primitives.as_numpy import with_value
from admodes.primitives.products import conjugate
from admodes.primitives.reductions import kept
from admodes.primitives.reductions import length as length_of


def _length(x: Any, *, order: Any, axes: tuple[int, ...], keepdims: Any, by_dot: bool) -> Any:
    if order == 2:
        if by_dot:
            return np.linalg.norm(x, None, None, keepdims)
        squares = (conjugate(x) * x).real
        return np.sqrt(np.add.reduce(squares, axis=axes, keepdims=keepdims))
    total = np.add.reduce(np.abs(x) ** order, axis=axes, keepdims=keepdims)
    return total ** np.reciprocal(order, dtype=total.dtype)


class Slope(NamedTuple):
    """What the derivative of a length is made of."""

    y: Any
    x: Any
    order: Any
    axes: tuple[int, ...]
    keepdims: bool
    by_dot: bool
    given: Any = None

    def partial(self) -> Any:
        """The partial derivatives; 0 where the length is 0, and where they would be infinite."""
        if self.given is not None:
            return self.given
        x, order = self.x, self.order
        y = self.kept(self.y, ())
        unit = plain(y) == 0
        zero = unit | (plain(x) == 0) if order < 2 else unit
        if np.any(zero):
            x, y = np.where(zero, 0, x), np.where(unit, 1, y)
        partial = conjugate(x) / y
        if order != 2:
            size = np.where(zero, 1, np.abs(x)) if np.any(zero) else np.abs(x)
            partial = partial * (size / y) ** (order - 2)
        return by_convention(partial, zero, self.x)

    def kept(self, y: Any, lead: tuple[int, ...]) -> Any:
        """`y`, of shape ``lead + y.shape``, with the axes that were summed as axes of length 1."""
        shape = shape_of(self.x)
        if self.keepdims or (not lead and len(self.axes) == len(shape)):
            return y
        ndim = len(shape)
        own = (1 if i - ndim in self.axes else n for i, n in enumerate(shape))
        return np.reshape(y, (*lead, *own))


def _push_length(slope: Slope, t: Any) -> Any:
    change = slope.partial() * t
    if slope.x.dtype.kind == "c":
        change = np.real(change)
    return np.sum(change, axis=slope.axes, keepdims=slope.keepdims)


def _pull_length(slope: Slope, ct: Any) -> Any:
    if slope.x.dtype.kind == "c":
        ct = np.real(ct)
    shape = shape_of(ct)
    return slope.kept(ct, shape[: len(shape) - len(shape_of(slope.y))]) * slope.partial()


def _length_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """The sum of squares and its root; else of powers of magnitudes, which are two operations."""
    n, results = np.size(args[0]), np.size(y)
    each = {"multiplications": n} if params["order"] == 2 else {"additions": n, "nonlinear": n}
    powers, root = costs.Cost(**each), costs.Cost(nonlinear=results)
    return costs.sum_up(y, args, params) + powers + root


length = declare(
    Custom("norm", _length, _push_length, _pull_length, residual=Slope), cost=_length_cost
)


def _refill(slope: Slope, finite: Any) -> Slope:
    return slope._replace(given=finite(slope.partial()))


length.refill = _refill


#: the number of axes and the order of what NumPy multiplies by itself as one row
_WHOLE = ((1, 2), (2, "fro"), (2, "f"))


@implements(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    x = array(x)
    axes = last_axes(axis, x.ndim)
    if not x.ndim and axis is None and ord is None:
        return with_value(np.abs(x), np.linalg.norm(plain(x), None, None, keepdims))
    if axis is None and (ord is None or (x.ndim, ord) in _WHOLE):
        return length(x, order=2, axes=axes, keepdims=keepdims, by_dot=True)
    if len(axes) == 1:
        return _vector_norm(x, 2 if ord is None else ord, axes, keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ValueError(f"np.linalg.norm is over one axis or two, not over {len(axes)}")


@implements(np.linalg.vector_norm)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    x = array(x)
    axes, shape = last_axes(axis, x.ndim), x.shape
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    # One axis of several, in the order in which they were named, as NumPy has it.
    places = range(-x.ndim, 0)
    rest = [i for i in places if i not in axes]
    rows = np.transpose(x, (*axes, *rest))
    rows = np.reshape(rows, (length_of(axes, shape), *rows.shape[len(axes) :]))
    y = _vector_norm(rows, ord, (-rows.ndim,), False)
    if not kept(keepdims):
        return y
    return np.reshape(y, [1 if i in axes else n for i, n in zip(places, shape, strict=True)])


@implements(np.linalg.matrix_norm)
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return _matrix_norm(x, ord, (-2, -1), keepdims)


def _vector_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if isinstance(order, str):
        raise ValueError(f"a vector has no norm of order {order!r}")
    if order == 0:  # how many entries are not zero: a constant
        return np.sum(plain(x) != 0, axis=axes, keepdims=keepdims, dtype=plain(x).real.dtype)
    if order == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=keepdims)
    if order in (np.inf, -np.inf):
        if not x.size:
            return np.linalg.norm(plain(x), order, axes[0], keepdims)
        reduce = np.max if order > 0 else np.min
        return reduce(np.abs(x), axis=axes, keepdims=keepdims)
    return length(x, order=order, axes=axes, keepdims=keepdims, by_dot=False)


def _matrix_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    row, column = axes
    if not x.size:
        return np.linalg.norm(plain(x), order, axes, keepdims)
    if order in (None, "fro", "f"):
        return length(x, order=2, axes=axes, keepdims=keepdims, by_dot=False)
    if order in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=row if abs(order) == 1 else column, keepdims=True)
        reduce = np.max if order > 0 else np.min
        return reduce(sums, axis=axes, keepdims=keepdims)
    if order not in (2, -2, "nuc"):
        raise ValueError(f"a matrix has no norm of order {order!r}")
    values = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    reductions: dict[Any, Any] = {2: np.max, -2: np.min, "nuc": np.sum}
    y = reductions[order](values, axis=-1)
    return np.expand_dims(y, axes) if keepdims else y
