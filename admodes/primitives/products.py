"""Products of arrays that are compositions: ``dot``, ``inner``, ``outer``, ``kron``, ``cross`` …

To declare another, write it by ``matmul``, ``tensordot`` or ``einsum``, with NumPy's signature.
"""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear, refuse
from admodes.core.kinds import array
from admodes.core.rules import Elementwise, with_constants
from admodes.core.values import last_axes, plain
from admodes.primitives import contractions
from admodes.primitives.as_numpy import with_value
from admodes.primitives.contractions import (
    conjugate,
    dot_of_matrices,
    dot_of_stacks,
    inner_product,
    inner_with_vector,
    outer_product,
    tensordot,
)
from admodes.primitives.memory import array_of


class Scaled(Elementwise):
    """A number times an array, by a function that rounds, or lies in memory, otherwise."""

    def always_zero(self, residual: Any, xs: Any) -> Any:
        args = with_constants(xs, residual[1:])
        return None if any(x is None for x in args) else args[0] * args[1] == 0


def _scaled(function: Any) -> Any:
    slopes = lambda _y, _a, b: b, lambda _y, a, _b: a
    name = f"{function.__name__} with a number"
    return declare(Scaled(name, function, slopes), cost=costs.MULTIPLICATION)


dot_with_number, inner_with_number = _scaled(np.dot), _scaled(np.inner)


@implements(np.dot)
def dot(a, b, out=None):
    refuse(np.dot, out=out)
    a, b = array(a), array(b)
    if a.ndim == 0 or b.ndim == 0:
        return dot_with_number(array_of(a), array_of(b))
    if a.ndim <= 2 and b.ndim <= 2:
        return dot_of_matrices(a, b)
    return dot_of_stacks(a, b, axes=((-1,), (-2 if b.ndim > 1 else -1,)))


@implements(np.inner)
def inner(a, b, /):
    a, b = array(a), array(b)
    if a.ndim == 0 or b.ndim == 0:
        return inner_with_number(array_of(a), array_of(b))
    if a.ndim <= 2 and b.ndim == 1:
        return inner_with_vector(a, b)
    return inner_product(a, b, axes=((-1,), (-1,)))


@implements(np.vdot)
def vdot(a, b, /):
    y = np.matmul(conjugate(_vector(a)), _vector(b))
    return _of_conjugates(y, np.vdot, a, b)


@implements(np.outer)
def outer(a, b, out=None):
    refuse(np.outer, out=out)
    return outer_product(_vector(a), _vector(b), subscripts="i,j->ij", optimize=False)


def _vector(x: Any) -> Any:
    x = array(x)
    return x if x.ndim == 1 else np.reshape(x, (-1,))


@implements(np.kron)
def kron(a, b):
    a, b = array(a), array(b)
    ndim = max(a.ndim, b.ndim)
    of_a, of_b = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    # Each axis of the result is a pair of axes, one of `a` and one of `b`.
    a = np.reshape(a, tuple(n for size in of_a for n in (size, 1)))
    b = np.reshape(b, tuple(n for size in of_b for n in (1, size)))
    return np.reshape(a * b, tuple(n * m for n, m in zip(of_a, of_b, strict=True)))


@implements(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(array(a), axisa, -1), np.moveaxis(array(b), axisb, -1)
    sizes = a.shape[-1], b.shape[-1]
    if sizes != (3, 3):
        np.cross(np.ones(sizes[0]), np.ones(sizes[1]))  # NumPy's own error, or its warning
        a, b = (_in_space(x) for x in (a, b))
    c = np.roll(a * np.roll(b, -1, axis=-1) - np.roll(a, -1, axis=-1) * b, -1, axis=-1)
    if sizes == (2, 2):
        return np.copy(c[..., 2], "C")
    c = np.copy(c, "C")
    return c if axisc == -1 else np.moveaxis(c, -1, axisc)


def _in_space(x: Any) -> Any:
    """Vectors of two components with a third, which is 0."""
    return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, 3 - x.shape[-1])])


def _trace(x: Any, *, offset: int, axes: tuple[int, int], shape: tuple[int, ...]) -> Any:
    return np.trace(x, offset, *axes)


def _onto_diagonal(ct: Any, *, offset: int, axes: tuple[int, int], shape: tuple[int, ...]) -> Any:
    diagonal = np.eye(shape[axes[0]], shape[axes[1]], offset, dtype=bool)
    return np.moveaxis(np.reshape(ct, (*np.shape(ct), 1, 1)) * diagonal, (-2, -1), axes)


def _trace_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    entries = np.size(y) * min(np.shape(args[0])[i] for i in params["axes"])
    return costs.Cost(moves=entries + np.size(y), additions=max(entries - np.size(y), 0))


sum_of_diagonal = declare(linear(_trace, transpose=_onto_diagonal, name="trace"), cost=_trace_cost)


@implements(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    refuse(np.trace, out=out)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            return np.trace(plain(a), offset, axis1, axis2, dtype)
        a = np.astype(array(a), dtype, copy=False)
    axes = last_axes((axis1, axis2), a.ndim)
    return sum_of_diagonal(a, offset=offset, axes=axes, shape=a.shape)


# --- The same in np.linalg, and as ufuncs ---------------------------------------------------------


@implements(np.linalg.trace)
def linalg_trace(x, /, *, offset=0, dtype=None):
    return trace(x, offset, -2, -1, dtype)


@implements(np.linalg.diagonal)
def linalg_diagonal(x, /, *, offset=0):
    return np.diagonal(x, offset, -2, -1)


@implements(np.linalg.matrix_transpose)
def linalg_matrix_transpose(x, /):
    return np.matrix_transpose(x)


@implements(np.linalg.matmul)
def linalg_matmul(x1, x2, /):
    return np.matmul(x1, x2)


@implements(np.linalg.tensordot)
def linalg_tensordot(x1, x2, /, *, axes=2):
    return tensordot(x1, x2, axes)


@implements(np.linalg.outer)
def linalg_outer(x1, x2, /):
    x1, x2 = array(x1), array(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(f"np.linalg.outer takes vectors, not {x1.ndim} and {x2.ndim} axes")
    return outer(x1, x2)


@implements(np.linalg.cross)
def linalg_cross(x1, x2, /, *, axis=-1):
    x1, x2 = array(x1), array(x2)
    if (x1.shape[axis], x2.shape[axis]) != (3, 3):
        raise ValueError(
            "np.linalg.cross takes vectors of 3 components, not of "
            f"{x1.shape[axis]} and {x2.shape[axis]}"
        )
    return cross(x1, x2, axis=axis)


def _of_conjugates(y: Any, function: Any, *args: Any) -> Any:
    """What was made of the conjugates of complex numbers, as NumPy rounds it, which makes none."""
    return with_value(y, function(*map(plain, args))) if y.dtype.kind == "c" else y


def vecdot(x1, x2, /, *, axis=-1, **options):
    refuse(np.vecdot, **options)
    x1, x2 = (x if axis == -1 else np.moveaxis(x, axis, -1) for x in (array(x1), array(x2)))
    subscripts = contractions.explicit("...i,...i->...", (x1.ndim, x2.ndim))
    y = contractions.products_of_vectors(conjugate(x1), x2, subscripts=subscripts, optimize=False)
    return _of_conjugates(y, np.linalg.vecdot, x1, x2)


def matvec(x1, x2, /, **options):
    refuse(np.matvec, **options)
    x1, x2 = array(x1), array(x2)
    if x2.ndim == 1:
        return contractions.matrix_by_vector(x1, x2)
    return contractions.matrices_by_vectors(x1, x2)


def vecmat(x1, x2, /, **options):
    refuse(np.vecmat, **options)
    x1, x2 = array(x1), array(x2)
    one = x1.ndim == 1
    product = contractions.vector_by_matrix if one else contractions.vectors_by_matrices
    return _of_conjugates(product(conjugate(x1), x2), np.vecmat, x1, x2)


implements(np.linalg.vecdot)(vecdot)
for _name, _function in {"vecdot": vecdot, "matvec": matvec, "vecmat": vecmat}.items():
    if hasattr(np, _name):  # it depends on NumPy's version
        implements(getattr(np, _name))(_function)
