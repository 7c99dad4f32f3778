"""``np.linalg``: systems of equations, inverses, powers, determinants.

Matrices are in the last two axes; axes in front of them make a stack, and stacks are broadcast.
"""

import math
import operator
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.declaring import custom, declare, implements, refuse
from admodes.core.kinds import array
from admodes.core.rules import Custom, Primitive
from admodes.core.values import align, is_normal, plain, shape_of
from admodes.primitives.contractions import fit

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
        return np.linalg.solve(a, b)
    b = np.moveaxis(b, range(lead), range(-lead, 0))
    columns = b.shape[ndim - 1 :]
    y = np.linalg.solve(a, np.reshape(b, (*b.shape[: ndim - 1], math.prod(columns))))
    y = np.reshape(y, y.shape[:-1] + columns)
    return np.moveaxis(y, range(-lead, 0), range(lead))


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
inverse = declare(
    custom(
        np.linalg.inv,
        residual=lambda y, a: y,
        push=lambda y, t: -(y @ t @ y),
        pull=lambda y, ct: -(y.mT @ ct @ y.mT),
    ),
    cost=_inverse_cost,
)


@implements(np.linalg.solve)
def solve(a, b):
    return solution(array(a), array(b))


@implements(np.linalg.inv)
def inv(a):
    return inverse(a)


@implements(np.linalg.matrix_power)
def matrix_power(a, n):
    n = operator.index(n)
    if n == 0:
        return np.linalg.matrix_power(plain(a), 0)
    base: Any = a if n > 0 else np.linalg.inv(a)
    power = base
    for bit in f"{abs(n):b}"[1:]:
        power = power @ power
        if bit == "1":
            power = power @ base
    return power


@implements(np.linalg.multi_dot)
def multi_dot(arrays, *, out=None):
    refuse(np.linalg.multi_dot, out=out)
    arrays = [array(x) for x in arrays]
    sizes = [*(x.shape[0] for x in arrays), arrays[-1].shape[-1]]
    if arrays[0].ndim == 1:
        sizes[0] = 1
    if arrays[-1].ndim == 1:
        sizes[-1] = 1
    return _chain(arrays, tuple(sizes))


def _chain(arrays: Sequence[Any], sizes: tuple[int, ...]) -> Any:
    """The product of matrices, where the i-th is of ``sizes[i] × sizes[i + 1]``."""
    if len(arrays) == 1:
        return arrays[0]
    _, cut = _cheapest(sizes)
    left, right = _chain(arrays[:cut], sizes[: cut + 1]), _chain(arrays[cut:], sizes[cut:])
    return np.matmul(left, right)


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


# --- Determinants ---------------------------------------------------------------------------------


def on_matrices(x: Any) -> Any:
    """A number per matrix, to be multiplied with the matrices."""
    return x if shape_of(x) == () else x[..., None, None]


def cofactors(y: Any, a: Any) -> Any:
    """The partial derivatives of the determinant `y` of `a`: its cofactors.

    They are ``y`` times the transposed inverse. Where there is none, or `y` left the range of
    numbers, or rounding errors would get the better of the *derivatives* of that product, the
    singular values give them.
    """
    try:
        inverted = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return cofactors_by_svd(a)
    lost = not is_normal(plain(y)) and np.all(np.isfinite(plain(a)))
    if lost or np.any(_condition(plain(a), plain(inverted)) > np.finfo(a.dtype).eps ** -0.5):
        return cofactors_by_svd(a)
    return on_matrices(y) * inverted.mT


def _condition(a: Any, inverted: Any) -> Any:
    """The condition number of each matrix, but for a factor that depends on its size alone."""
    size, of_inverse = (np.abs(x).max(axis=(-2, -1), initial=0) for x in (a, inverted))
    return size * of_inverse


class Bases(NamedTuple):
    """Singular vectors of a stack of matrices, and what its determinants are made of."""

    u: Any  #: conjugate
    vh: Any  #: conjugate
    sign: Any  #: the determinant of both, one per matrix
    products: Any  #: in row i and column j, of all singular values but the i-th and j-th


def bases(a: Any) -> Bases:
    u, s, vh = np.linalg.svd(a)
    rows = np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :])  # without the i-th
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], -1), -1)[..., ::-1]
    sign = on_matrices(np.linalg.det(u) * np.linalg.det(vh))
    return Bases(u.conj(), vh.conj(), sign, before * after)


def _cofactors_by_svd(a: Any) -> Any:
    u, vh, sign, products = bases(a)
    diagonal = np.diagonal(products, axis1=-2, axis2=-1)
    return sign * (u * diagonal[..., None, :]) @ vh


def _second(a: Any, t: Any) -> Any:
    """The second derivative of the determinant along `t`; it is symmetric, so its own transpose.

    In the bases of the singular vectors the matrix is diagonal, and a determinant has no second
    derivatives but those of its minors of two rows and two columns: ``x_ii x_jj - x_ij x_ji`` times
    all singular values but the i-th and j-th.
    """
    # An expression has no np.linalg.svd: a third derivative of a singular matrix is an error.
    u, vh, sign, products = bases(a)
    eye = np.eye(products.shape[-1], dtype=bool)
    products = np.where(eye, 0, products)
    x = u.mT @ t @ vh.mT
    diagonal = products @ np.sum(np.where(eye, x, 0), axis=-1)[..., None]
    return sign * (u @ (eye * diagonal - products * x.mT) @ vh)


def _matrices(args: Any) -> tuple[int, int]:
    """The rows of each matrix in the first argument, and how many matrices it is."""
    shape = np.shape(args[0])
    return shape[-1], math.prod(shape[:-2])


def _logdet_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """As LAPACK and NumPy do it: of each pivot the sign, the logarithm, and their sum."""
    n, count = _matrices(args)
    logs = costs.Cost(additions=max(2 * n - 1, 0), nonlinear=n)
    return costs.Cost(moves=costs.moves(y, args)) + (costs.factorisation(n) + logs) * count


def _determinant_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """And then the exponential of that sum, with the sign."""
    return _logdet_cost(y, args, params) + costs.Cost(multiplications=1, nonlinear=1) * np.size(y)


def _cofactors_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """About that of the singular values and vectors: 21 n³ (Golub & Van Loan, section 8.6)."""
    n, count = _matrices(args)
    half = 21 * n**3 // 2
    each = costs.Cost(additions=half, multiplications=half)
    return costs.Cost(moves=costs.moves(y, args)) + each * count


cofactors_by_svd = declare(
    Custom("cofactors", _cofactors_by_svd, _second, _second, residual=lambda y, a: a),
    cost=_cofactors_cost,
)
determinant = declare(
    custom(
        np.linalg.det,
        residual=lambda y, a: (y, a),
        push=lambda kept, t: np.sum(cofactors(*kept) * t, axis=(-2, -1)),
        pull=lambda kept, ct: on_matrices(ct) * cofactors(*kept),
    ),
    cost=_determinant_cost,
)
log_determinant = declare(
    Custom(
        "slogdet",
        lambda a: np.linalg.slogdet(a).logabsdet,
        residual=lambda y, a: a,
        push=lambda a, t: np.sum(np.linalg.inv(a).mT * t, axis=(-2, -1)),
        pull=lambda a, ct: on_matrices(ct) * np.linalg.inv(a).mT,
    ),
    cost=_logdet_cost,
)


@implements(np.linalg.det)
def det(a):
    return determinant(a)


@implements(np.linalg.slogdet)
def slogdet(a):
    if a.dtype.kind == "c":
        raise NotImplementedError("np.linalg.slogdet: no derivative rule for complex matrices")
    return np.linalg.slogdet(plain(a))._replace(logabsdet=log_determinant(a))
