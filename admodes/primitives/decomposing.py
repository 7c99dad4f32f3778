"""What factorisations of matrices have in common.

A primitive has one result, and a factorisation several: they are laid one after another in one
vector, and read from there, so that all come of one call of LAPACK and share one rule.

Matrices are in the last two axes. The pairing of a cotangent and a tangent is the real part of the
sum of their products, without a conjugate: that is where the rules have ``mT`` and where `adjoint`.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.core.rules import Primitive
from admodes.core.values import Traced, plain, shape_of
from admodes.primitives.degenerate import Convention, off_diagonal
from admodes.primitives.products import conjugate

Shapes = Sequence[tuple[int, ...]]


def adjoint(x: Any) -> Any:
    """The conjugate transpose."""
    return conjugate(x.mT)


def refilled(residual: Any, finite: Callable[..., Any]) -> Any:
    """A residual, with ``finite(array)`` for each array in it: ``Primitive.refill`` of matrices.

    Of a stack each matrix is by itself then, where zero times what is no number in another is not.
    """
    if isinstance(residual, (np.ndarray, np.generic, Traced)):
        is_number = plain(residual).dtype.kind in "fc"
        return finite(residual, depends=False) if is_number else residual
    if not isinstance(residual, (tuple, list)):
        return residual
    items = [refilled(each, finite) for each in residual]
    return residual._make(items) if hasattr(residual, "_make") else type(residual)(items)


def unknown_matrices(a: Any, finite: Callable[..., Any]) -> Any:
    """The same of matrices to be factorised: one that is not finite is unknown in all its entries.

    What LAPACK makes of an infinite one depends on the order in which it comes by.
    """
    lost = ~np.isfinite(plain(a)).all(axis=(-2, -1), keepdims=True)
    a = np.where(lost, np.nan, a) if np.any(lost) else a
    return finite(a, depends=False, made=lost)


# --- One triangle ---------------------------------------------------------------------------------


def filled(t: Any, lower: bool) -> Any:
    """The Hermitian matrix whose one triangle is that of `t`; nothing else of `t` is read."""
    n = t.shape[-1]
    strict = np.tri(n, k=-1, dtype=bool) if lower else np.tri(n, k=-1, dtype=bool).T
    whole = np.where(strict, t, adjoint(t))
    return np.where(np.eye(n, dtype=bool), np.real(t), whole) if t.dtype.kind == "c" else whole


def folded(ct: Any, lower: bool) -> Any:
    """The transpose of :func:`filled`."""
    triangle = (np.tril if lower else np.triu)(ct + adjoint(ct))
    return np.where(off_diagonal(ct.shape[-1]), triangle, np.real(ct))


# --- Several results in one vector ----------------------------------------------------------------


def packed(parts: Sequence[Any], shapes: Shapes) -> Any:
    """Arrays of these shapes, and directions in front, one after another in the last axis."""
    rows = [
        np.reshape(x, (*shape_of(x)[: len(shape_of(x)) - len(shape)], math.prod(shape)))
        for x, shape in zip(parts, shapes, strict=True)
    ]
    return np.concatenate(rows, axis=-1)


def unpacked(row: Any, shapes: Shapes) -> list[Any]:
    ends = list(itertools.accumulate(map(math.prod, shapes), initial=0))
    lead = shape_of(row)[:-1]
    return [
        np.reshape(row[..., start:stop], lead + shape)
        for shape, (start, stop) in zip(shapes, itertools.pairwise(ends), strict=True)
    ]


class Kept(NamedTuple):
    """The residual of a factorisation."""

    parts: Sequence[Any]
    shapes: Shapes
    options: dict[str, Any]
    agreed: Convention | None
    is_real: bool  #: the matrix, whatever its factors are
    given: Any = None  #: slopes, where they are guessed


class Factorisation(Primitive):
    """A function of a matrix with several results, which are one vector.

    ``function(a, **options)`` gives the parts, ``shapes(shape, **options)`` tells theirs.
    ``agreed(a, parts, **options)`` is the convention for equal values. ``slopes(parts, agreed)`` is
    one vector of the numbers that can be unknown, by which ``push(t, parts, slopes, agreed,
    **options)`` and ``pull(cts, parts, slopes, agreed, **options)`` multiply.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Sequence[Any]],
        *,
        shapes: Callable[..., Shapes],
        slopes: Callable[..., Any],
        push: Callable[..., Sequence[Any]],
        pull: Callable[..., Any],
        agreed: Callable[..., Convention | None] = lambda a, parts, **options: None,
    ) -> None:
        def in_one(a: Any, **options: Any) -> Any:
            return packed(function(a, **options), shapes(np.shape(a), **options))

        super().__init__(name, in_one)
        self.part_shapes, self.slopes, self.agreed = shapes, slopes, agreed
        self._push, self._pull = push, pull
        self.refill = self._refill

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        (a,) = args
        shapes = self.part_shapes(a.shape, **params)
        parts = unpacked(y, shapes)
        return Kept(parts, shapes, params, self.agreed(a, parts, **params), a.dtype.kind != "c")

    def _slopes(self, kept: Kept) -> Any:
        return self.slopes(kept.parts, kept.agreed) if kept.given is None else kept.given

    def _refill(self, kept: Kept, finite: Callable[..., Any]) -> Kept:
        slopes = self.slopes(kept.parts, kept.agreed)
        return kept._replace(given=finite(slopes), parts=refilled(kept.parts, finite))

    def push(self, kept: Kept, tangents: Sequence[Any]) -> Any:
        (t,) = tangents
        moved = self._push(t, kept.parts, self._slopes(kept), kept.agreed, **kept.options)
        return packed(moved, kept.shapes)

    def pull(self, kept: Kept, ct: Any, active: Any) -> Sequence[Any]:
        cts = unpacked(ct, kept.shapes)
        g = self._pull(cts, kept.parts, self._slopes(kept), kept.agreed, **kept.options)
        return (np.real(g) if kept.is_real else g,)

    def conventional(self, kept: Kept) -> Any:
        """Which entries of the vector have a derivative by convention."""
        none = [np.zeros(shape, bool) for shape in kept.shapes]
        if kept.agreed is not None:
            where = kept.agreed.where()
            none = [where if each.shape == where.shape else each for each in none]
        return packed(none, kept.shapes)

    def read(self, a: Any, **options: Any) -> list[Any]:
        """The parts, differentiated."""
        return unpacked(self(a, **options), self.part_shapes(a.shape, **options))


# --- Orthonormal columns --------------------------------------------------------------------------


def push_columns(q: Any, k: int, m: Any, b: Any) -> Any:
    """The tangent of orthonormal columns: the first `k` move by ``q₁ m + (1 - q₁q₁ᴴ) b``.

    The others, if any, stay at right angles to these, and do not turn among themselves. Where there
    are no more than `k` rows, `b` is ``None``.
    """
    q1, q2 = q[..., :k], q[..., k:]
    moved = q1 @ m
    if b is None:
        return moved
    moved = moved + b - q1 @ (adjoint(q1) @ b)
    if q2.shape[-1] == 0:
        return moved
    return np.concatenate([moved, -(q1 @ (adjoint(b) @ q2))], axis=-1)


def pull_columns(q: Any, k: int, ct: Any) -> tuple[Any, Any]:
    """Its transpose: the cotangents of `m` and `b`."""
    q1, q2 = q[..., :k], q[..., k:]
    ct1 = ct[..., :k]
    of_m = q1.mT @ ct1
    if q.shape[-2] == k:
        return of_m, None
    of_b = ct1 - conjugate(q1) @ of_m
    if q2.shape[-1]:
        of_b = of_b - conjugate(q2) @ (adjoint(ct[..., k:]) @ conjugate(q1))
    return of_m, of_b
