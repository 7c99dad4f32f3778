"""``np.linalg``: systems of equations, inverses, powers, chains of products.

Matrices are in the last two axes; axes in front of them make a stack, and stacks are broadcast.
"""

import math
import operator
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import custom, declare, implements, refuse
from admodes.core.kinds import array
from admodes.core.rules import Primitive
from admodes.core.values import align, plain, shape_of
from admodes.primitives.contractions import fit
from admodes.primitives.decomposing import refilled, unknown_matrices

# --- Systems of equations, inverses ---------------------------------------------------------------


class Solve(Primitive):
    """``a @ y == b`` solved for `y`; its derivatives are solutions for the same `a`, transposed.

    As in NumPy 2, `b` is a vector where it has one axis, and a stack of matrices otherwise.
    """

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        a, b = args
        return a, None if active[0] is None else y, shape_of(a), shape_of(b)

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        a, y, of_a, of_b = residual
        ta, tb = tangents
        vector, ndim = len(of_b) == 1, max(len(of_a), len(of_b))
        right = None
        if tb is not None:
            right = align(column(tb, vector), len(of_b) + vector, ndim)
        if ta is not None:
            moved = align(ta, len(of_a), ndim) @ column(y, vector)
            right = -moved if right is None else right - moved
        t = solve_along(a, right, ndim)
        return t[..., 0] if vector else t

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        a, y, of_a, of_b = residual
        vector, ndim = len(of_b) == 1, max(len(of_a), len(of_b))
        cb = solve_along(a.mT, column(ct, vector), ndim)
        ca = None if y is None else fit(-(cb @ column(y, vector).mT), ndim, of_a)
        if active[1] is not None:
            cb = fit(cb, ndim, (*of_b, 1))[..., 0] if vector else fit(cb, ndim, of_b)
        return ca, cb

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        own: Sequence[Any] = residual[2:]
        return own

    def values(self, residual: Any) -> Sequence[Any]:
        a, y, *_ = residual
        return y, a

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        a, b = xs
        if b is None:
            return None  # it is not kept
        kept, y, _, of_b = map(plain, residual)
        if a is None:
            return np.linalg.solve(kept, b) == 0
        # Not linear in both: a 0 in place of a constant will not do.
        vector = len(of_b) == 1
        right = kept @ column(y, vector)
        right = right[..., 0] if vector else right
        is_zero = np.abs(right) <= 1e-9 * np.max(np.abs(right), initial=0)
        return np.linalg.solve(a, np.where(is_zero, b, 1)) == 0


def column(x: Any, vector: bool) -> Any:
    """A vector as a matrix of one column."""
    return x[..., None] if vector else x


def solve_along(a: Any, b: Any, ndim: int) -> Any:
    """The solutions for all directions of `b`, which are in front of its last `ndim` axes.

    The directions become further columns, so that every matrix is factorised once.
    """
    lead = b.ndim - ndim
    if lead <= 0:
        return _solve_or_nan(a, b)
    b = np.moveaxis(b, range(lead), range(-lead, 0))
    columns = b.shape[ndim - 1 :]
    y = _solve_or_nan(a, np.reshape(b, (*b.shape[: ndim - 1], math.prod(columns))))
    y = np.reshape(y, y.shape[:-1] + columns)
    return np.moveaxis(y, range(-lead, 0), range(lead))


def _refill(residual: Any, finite: Any) -> Any:
    a, y, *shapes = residual
    return unknown_matrices(a, finite), refilled(y, finite), *shapes


def _solve_or_nan(a: Any, b: Any) -> Any:
    """Solutions for columns, which are NaN where a matrix has no inverse.

    Rounding can leave one of two transposes an inverse and the other none.
    """
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        singular, regular = _regular(a)
        return np.where(singular, np.nan, np.linalg.solve(regular, b))


def _solve_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    a, b = map(np.shape, args)
    n, columns = a[-1], 1 if len(b) == 1 else b[-1]
    stack = math.prod(a[:-2] if len(b) == 1 else np.broadcast_shapes(a[:-2], b[:-2]))
    each = costs.factorisation(n) + costs.substitution(n) * columns
    return costs.Cost(moves=costs.moves(y, args)) + each * stack


def _inverse_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """NumPy solves for every column of the identity."""
    return _solve_cost(y, (*args, y), params) - costs.Cost(moves=np.size(y))


solution = declare(Solve("solve", np.linalg.solve), cost=_solve_cost)
solution.refill = _refill
inverse = declare(
    custom(
        np.linalg.inv,
        residual=lambda y, a: y,
        push=lambda y, t: -(y @ t @ y),
        pull=lambda y, ct: -(y.mT @ ct @ y.mT),
    ),
    cost=_inverse_cost,
)
inverse.refill = refilled


@implements(np.linalg.solve)
def solve(a, b):
    return solution(array(a), array(b))


@implements(np.linalg.inv)
def inv(a):
    return inverse(a)


def inverse_or_nan(a: Any) -> Any:
    """The inverse of each matrix, and NaN for one that has none."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        singular, regular = _regular(a)
        return np.where(singular, np.nan, np.linalg.inv(regular))


def _regular(a: Any) -> tuple[Any, Any]:
    """Where a matrix has no inverse, and the stack with the identity in its place."""
    singular = np.asarray(np.linalg.slogdet(plain(a)).sign == 0)[..., None, None]
    return singular, np.where(singular, np.eye(shape_of(a)[-1], dtype=bool), a)


@implements(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    a, b = array(a), array(b)
    if axes is not None:
        kept = [i for i in range(a.ndim) if i not in axes]
        a = np.transpose(a, (*kept, *axes))
    shape = a.shape[b.ndim - a.ndim :] if a.ndim > b.ndim else ()
    n = math.prod(shape)
    if a.size != n**2:
        raise np.linalg.LinAlgError(
            "Input arrays must satisfy the requirement "
            "prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    return np.reshape(solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


@implements(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = a.shape[ind:] + a.shape[:ind]
    return np.reshape(inv(np.reshape(a, (math.prod(a.shape[ind:]), -1))), shape)


def matrices_of(args: Any) -> tuple[int, int]:
    """The rows of each matrix in the first argument, and how many matrices it is."""
    shape = np.shape(args[0])
    return shape[-1], math.prod(shape[:-2])


@implements(np.linalg.matrix_power)
def matrix_power(a, n):
    n = operator.index(n)
    if n == 0:
        return np.linalg.matrix_power(plain(a), 0)
    square: Any = a if n > 0 else np.linalg.inv(a)
    if abs(n) == 3:
        return square @ square @ square
    n, power = abs(n), None
    while True:  # in NumPy's order, from the lowest bit on
        n, bit = divmod(n, 2)
        if bit:
            power = square if power is None else power @ square
        if not n:
            return power
        square = square @ square


@implements(np.linalg.multi_dot)
def multi_dot(arrays, *, out=None):
    refuse(np.linalg.multi_dot, out=out)
    arrays = [array(x) for x in arrays]
    if len(arrays) < 2:
        raise ValueError("Expecting at least two arrays.")
    if len(arrays) == 2:
        return np.dot(*arrays)
    first, last = arrays[0].ndim == 1, arrays[-1].ndim == 1
    if first:
        arrays[0] = arrays[0][None]
    if last:
        arrays[-1] = arrays[-1][:, None]
    for x in arrays:
        if x.ndim != 2:
            raise np.linalg.LinAlgError(
                f"{x.ndim}-dimensional array given. Array must be two-dimensional"
            )
    y = _chain(arrays, (*(x.shape[0] for x in arrays), arrays[-1].shape[1]))
    if first and last:
        return y[0, 0]
    return np.ravel(y) if first or last else y


def _chain(arrays: Sequence[Any], sizes: tuple[int, ...]) -> Any:
    """The product of matrices, where the i-th is of ``sizes[i] × sizes[i + 1]``."""
    if len(arrays) == 1:
        return arrays[0]
    _, cut = _cheapest(sizes)
    left, right = _chain(arrays[:cut], sizes[: cut + 1]), _chain(arrays[cut:], sizes[cut:])
    return np.dot(left, right)


@lru_cache(maxsize=1024)
def _cheapest(sizes: tuple[int, ...]) -> tuple[int, int]:
    """The fewest multiplications for a chain of matrices, and where to cut it in two for them.

    T. H. Cormen, C. E. Leiserson, R. L. Rivest, C. Stein, *Introduction to Algorithms*,
    "Matrix-chain multiplication".
    """
    if len(sizes) == 2:
        return 0, 0
    return min(
        (
            _cheapest(sizes[: cut + 1])[0]
            + _cheapest(sizes[cut:])[0]
            + sizes[0] * sizes[cut] * sizes[-1],
            cut,
        )
        for cut in range(1, len(sizes) - 1)
    )
