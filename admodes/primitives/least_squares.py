"""``np.linalg``: pseudoinverses, and solutions by least squares.

The derivatives are those of what NumPy computes: what it takes for 0 stays 0.

G. H. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
problems whose variables separate", 1973.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements
from admodes.core.kinds import array
from admodes.core.rules import Custom, Primitive
from admodes.core.values import Traced, plain, shape_of
from admodes.primitives.as_numpy import with_value
from admodes.primitives.decomposing import adjoint, filled, refilled
from admodes.primitives.determinants import on_matrices
from admodes.primitives.linalg import column
from admodes.primitives.products import conjugate
from admodes.primitives.singular_values import singular_values, sizes, thin_flops

# --- Pseudoinverses -------------------------------------------------------------------------------


def _remainder(a: Any, b: Any) -> Any:
    """The identity less ``a @ b``."""
    return np.eye(shape_of(a)[-2], dtype=plain(a).dtype) - a @ b


class Pseudoinverse(NamedTuple):
    """The residual."""

    y: Any
    a: Any
    dropped: Any  #: what of `a` NumPy takes for 0, or ``None`` where the rank is full
    terms: int  #: of the series in what is dropped, as a power of two


def _keep(y: Any, a: Any) -> Pseudoinverse:
    of_y, of_a = plain(y), plain(a)
    rank = np.sum(of_a * of_y.mT, axis=(-2, -1)).real
    if np.all(rank > min(of_a.shape[-2:]) - 0.5):
        return Pseudoinverse(y, a, None, 0)
    ratio = _size(of_a - of_a @ of_y @ of_a) * _size(of_y)
    with np.errstate(divide="ignore"):
        digits = np.min(np.log(np.finfo(float).eps) / (2 * np.log(ratio)))
    return Pseudoinverse(y, a, a - a @ y @ a, math.ceil(math.log2(max(digits, 4))))


def _size(y: Any) -> Any:
    return np.linalg.norm(y, 2, (-2, -1))


def _series(kept: Pseudoinverse, x: Any, transpose: bool, left: bool) -> Any:
    """``x + g x h + g² x h² + …``, where g is of what is dropped, and h of what is not.

    Their sizes are the squares of singular values: those that are dropped divided by the others,
    which are larger.
    """
    y, _, dropped, terms = kept
    size = on_matrices(_size(plain(y)))
    size = np.where(size == 0, 1, size)  # of rank 0, where all is dropped
    g = (adjoint(dropped) @ dropped if left else dropped @ adjoint(dropped)) * size**2
    h = (adjoint(y) @ y if left else y @ adjoint(y)) / size**2
    if transpose:
        g, h = g.mT, h.mT
    g, h = (g, h) if left else (h, g)
    for _ in range(terms):
        x = x + g @ x @ h
        g, h = g @ g, h @ h
    return x


def _push_pseudoinverse(kept: Pseudoinverse, t: Any) -> Any:
    y, a, dropped, _ = kept
    inner = y @ adjoint(y) @ adjoint(t) @ _remainder(a, y)
    outer = _remainder(y, a) @ adjoint(t) @ adjoint(y) @ y
    if dropped is not None:
        cubed = y @ adjoint(y) @ y
        inner = _series(kept, inner + cubed @ t @ adjoint(dropped), False, False)
        outer = _series(kept, outer + adjoint(dropped) @ t @ cubed, False, True)
    return inner + outer - y @ t @ y


def _pull_pseudoinverse(kept: Pseudoinverse, ct: Any) -> Any:
    y, a, dropped, _ = kept
    of_inner = of_outer = ct
    if dropped is not None:
        of_inner, of_outer = _series(kept, ct, True, False), _series(kept, ct, True, True)
    inner = _remainder(a, y) @ of_inner.mT @ y @ adjoint(y)
    outer = adjoint(y) @ y @ of_outer.mT @ _remainder(y, a)
    moved = conjugate(inner + outer) - y.mT @ ct @ y.mT
    if dropped is None:
        return moved
    cubed = (y @ adjoint(y) @ y).mT
    return moved + conjugate(dropped) @ of_outer @ cubed + cubed @ of_inner @ conjugate(dropped)


def _pseudoinverse_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """By singular values and vectors, which are divided and multiplied."""
    m, n, count = sizes(args[0])
    half = thin_flops(m, n) // 2
    each = costs.Cost(0, half + m * n * (n - 1), half + m * n * n + m * n, n)
    return costs.Cost(costs.moves(y, args)) + each * count


pseudoinverse = declare(
    Custom(
        "pinv",
        lambda a, options: np.linalg.pinv(a, **options),
        _push_pseudoinverse,
        _pull_pseudoinverse,
        residual=lambda y, a, options: _keep(y, a),
    ),
    cost=_pseudoinverse_cost,
)
pseudoinverse.refill = refilled


@implements(np.linalg.pinv)
def pinv(a, rcond=None, hermitian=False, *, rtol=np._NoValue):
    """Of a Hermitian matrix the upper triangle is not read, so it has derivative 0."""
    options = {"hermitian": bool(hermitian)}
    if rcond is not None:
        options["rcond"] = plain(rcond)
    if rtol is not np._NoValue:
        options["rtol"] = plain(rtol)
    if hermitian and a.shape[-1] == a.shape[-2]:
        a = filled(a, lower=True)
    return pseudoinverse(a, options=options)


# --- Least squares --------------------------------------------------------------------------------


class LeastSquares(Primitive):
    """The shortest of all vectors that leave the smallest residual: the pseudoinverse times `b`."""

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        a, b = args
        kept = _keep(np.linalg.pinv(a, params["rcond"]), a)
        columns = column(b, len(shape_of(b)) == 1)
        return kept, columns, [np.iscomplexobj(plain(each)) for each in args], shape_of(b)

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        kept, b, _, shape = residual
        ta, tb = tangents
        total: Any = None
        if tb is not None:
            total = kept.y @ column(tb, len(shape) == 1)
        if ta is not None:
            moved = _push_pseudoinverse(kept, ta) @ b
            total = moved if total is None else total + moved
        return total[..., 0] if len(shape) == 1 else total

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        kept, b, is_complex, shape = residual
        ct, ca, cb = column(ct, len(shape) == 1), None, None
        if active[0] is not None:
            ca = _pull_pseudoinverse(kept, ct @ b.mT)
            ca = ca if is_complex[0] else np.real(ca)
        if active[1] is not None:
            cb = kept.y.mT @ ct
            cb = cb if is_complex[1] else np.real(cb)
            cb = cb[..., 0] if len(shape) == 1 else cb
        return ca, cb


def _lstsq(a: Any, b: Any, *, rcond: Any) -> Any:
    return np.linalg.lstsq(a, b, rcond)[0]


def _solution_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """By singular values and the vectors on one side (Golub & Van Loan, 4th ed., section 5.5)."""
    m, n, _ = sizes(args[0])
    half = 2 * m * n**2 + 4 * n**3 + m * n * (np.size(y) // max(shape_of(args[0])[-1], 1))
    return costs.Cost(costs.moves(y, args), half, half)


solution = declare(LeastSquares("lstsq", _lstsq), cost=_solution_cost)
solution.refill = refilled


@implements(np.linalg.lstsq)
def lstsq(a, b, rcond=None):
    a, b = array(a), array(b)
    _, residuals, rank, s = np.linalg.lstsq(plain(a), plain(b), rcond)
    if rcond is None:
        rcond = np.finfo(float).eps * max(shape_of(a))
    x = solution(a, b, rcond=rcond)
    if residuals.size:
        rest = b - a @ x
        squares = np.sum(np.real(conjugate(rest) * rest), axis=0)
        residuals = with_value(np.reshape(squares, residuals.shape), residuals)
    if isinstance(a, Traced):
        s = with_value(np.astype(singular_values(a), s.dtype), s)
    return x, residuals, rank, s
