"""``np.linalg``: singular values and vectors, ranks, condition numbers.

Derivatives of vectors are those under a gauge: what does not depend on how a pair of vectors is
turned, in a plane or in the complex numbers, does not depend on it either. Where singular values
are equal, to within 64 units in the last place, they share their derivatives evenly, and how their
vectors move is unknown: see ``docs/not-finite.md``. Where one is 0 there is a corner, as that of
``abs``: without vectors its derivative is 0, and with them that by which ``u * s @ vh`` moves.

J. Townsend, "Differentiating the Singular Value Decomposition", 2016.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import constant, declare, implements
from admodes.core.rules import Custom
from admodes.core.singularities import by_convention
from admodes.core.values import plain, shape_of
from admodes.primitives.as_numpy import with_value
from admodes.primitives.decomposing import (
    Factorisation,
    Shapes,
    adjoint,
    packed,
    pull_columns,
    push_columns,
    refilled,
    unpacked,
)
from admodes.primitives.degenerate import (
    Convention,
    as_diagonal,
    convention,
    diagonal,
    gaps_of,
    off_diagonal,
    pull_values,
    push_values,
    reciprocal,
)
from admodes.primitives.linalg import inverse_or_nan
from admodes.primitives.products import conjugate

SVD = type(np.linalg.svd(np.eye(1)))


def _shapes(shape: tuple[int, ...], full: bool) -> Shapes:
    *stack, m, n = shape
    k = min(m, n)
    rows, columns = (m, n) if full else (k, k)
    return (*stack, m, rows), (*stack, k), (*stack, columns, n)


# --- With vectors ---------------------------------------------------------------------------------


def _slope_shapes(s: Any) -> Shapes:
    square = (*shape_of(s), shape_of(s)[-1])
    return square, square, shape_of(s)


def _slopes(parts: Any, agreed: Convention | None) -> Any:
    """The reciprocals of differences and sums of singular values, and of these themselves."""
    u, s, _ = parts
    s = np.real(s) if agreed is None else agreed.doubted(np.real(s))
    gaps, not_known = gaps_of(s)
    on_diagonal = ~off_diagonal(gaps.shape[-1])
    sums = s[..., None, :] + s[..., :, None]
    unused = on_diagonal & (u.dtype.kind != "c")
    apart = reciprocal(gaps, not_known, on_diagonal)
    together = reciprocal(sums, (plain(sums) == 0) & ~unused, unused)
    return packed([apart, together, reciprocal(s, plain(s) == 0)], _slope_shapes(s))


def _agreed(a: Any, s: Any, u: Any, vh: Any, at_0: int) -> Convention | None:
    k = shape_of(s)[-1]
    left, right, corner = u[..., :k], adjoint(vh[..., :k, :]), plain(s) == 0

    def along() -> Any:
        return adjoint(left) @ a @ right

    def rest() -> Any:
        of_rows, of_columns = (np.where(corner[..., None, :], 0, each) for each in (left, right))
        rows = a - of_rows @ (adjoint(of_rows) @ a)
        return rows - (rows @ of_columns) @ adjoint(of_columns)

    return convention(s, a, along, corner, rest, at_0)


def _push(
    t: Any, parts: Any, slopes: Any, agreed: Convention | None, *, full: bool
) -> Sequence[Any]:
    u, s, vh = parts
    k = shape_of(s)[-1]
    v = adjoint(vh)
    left, right = u[..., :k], v[..., :k]
    apart, together, each = unpacked(slopes, _slope_shapes(s))
    along = adjoint(left) @ t @ right
    alike, against = (along + adjoint(along)) * apart, (along - adjoint(along)) * together
    of_u = (t @ right) * each[..., None, :] if u.shape[-2] > k else None
    of_v = (adjoint(t) @ left) * each[..., None, :] if v.shape[-2] > k else None
    return (
        push_columns(u, k, 0.5 * (alike + against), of_u),
        push_values(agreed, np.real(diagonal(along))),
        adjoint(push_columns(v, k, 0.5 * (alike - against), of_v)),
    )


def _pull(cts: Any, parts: Any, slopes: Any, agreed: Convention | None, *, full: bool) -> Any:
    cu, cs, cvh = cts
    u, s, vh = parts
    k = shape_of(s)[-1]
    v = adjoint(vh)
    left, right = u[..., :k], v[..., :k]
    apart, together, each = unpacked(slopes, _slope_shapes(s))
    turn_u, of_u = pull_columns(u, k, cu)
    turn_v, of_v = pull_columns(v, k, adjoint(cvh))
    alike, against = 0.5 * (turn_u + turn_v) * apart, 0.5 * (turn_u - turn_v) * together
    along = alike + adjoint(alike) + against - adjoint(against)
    along = along + as_diagonal(pull_values(agreed, np.real(cs)))
    g = conjugate(left) @ along @ right.mT
    if of_u is not None:
        g = g + (of_u * each[..., None, :]) @ right.mT
    if of_v is not None:
        g = g + conjugate(left) @ adjoint(of_v * each[..., None, :])
    return g


def _cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """As Golub and Reinsch have it (Golub & Van Loan, 4th ed., section 8.6)."""
    m, n, count = sizes(args[0])
    full = 4 * m**2 * n + 8 * m * n**2 + 9 * n**3
    flops = full if params["full"] else thin_flops(m, n)
    return costs.Cost(costs.moves(y, args)) + costs.Cost(0, flops // 2, flops // 2) * count


def thin_flops(m: int, n: int) -> int:
    return 14 * m * n**2 + 8 * n**3


def sizes(a: Any) -> tuple[int, int, int]:
    """The longer side, the shorter one, and how many matrices it is."""
    *stack, m, n = np.shape(a)
    return max(m, n), min(m, n), int(np.prod(stack, dtype=int))


decomposition: Any = declare(
    Factorisation(
        "svd",
        lambda a, full: np.linalg.svd(a, full),
        shapes=_shapes,
        slopes=_slopes,
        push=_push,
        pull=_pull,
        agreed=lambda a, parts, full: _agreed(a, np.real(parts[1]), parts[0], parts[2], 1),
    ),
    cost=_cost,
)


@implements(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    """A pair of vectors turns as little as its matrix lets it, both by the same phase.

    The vectors beside these, of full matrices, stay at right angles to them, and do not turn among
    themselves.
    """
    if hermitian:
        return _svd_of_hermitian(a, compute_uv)
    if not compute_uv:
        return singular_values(a)
    u, s, vh = decomposition.read(a, full=bool(full_matrices))
    return SVD(u, np.copy(np.real(s), "C"), vh)


def _svd_of_hermitian(a: Any, compute_uv: bool) -> Any:
    if not compute_uv:
        return np.sort(np.abs(np.linalg.eigvalsh(a)))[..., ::-1]
    w, v = np.linalg.eigh(a)
    order = np.argsort(np.abs(plain(w)))[..., ::-1]
    w, v = np.take_along_axis(w, order, -1), np.take_along_axis(v, order[..., None, :], -1)
    signs = np.copysign(1.0, plain(w)).astype(w.dtype)
    return SVD(v, np.abs(w), adjoint(v * signs[..., None, :]))


# --- Without vectors ------------------------------------------------------------------------------


def _keep_vectors(s: Any, a: Any) -> Any:
    finite = np.isfinite(plain(a)).all((-2, -1), keepdims=True)
    if finite.all():
        u, _, vh = np.linalg.svd(a, full_matrices=False)
    else:  # of values alone LAPACK gives NaN then, but with vectors it may go on for ever
        u, _, vh = np.linalg.svd(np.where(finite, a, 0), full_matrices=False)
        u, vh = np.where(finite, u, np.nan), np.where(finite, vh, np.nan)
    return u, vh, _agreed(a, s, u, vh, 0)


def _push_values(kept: Any, t: Any) -> Any:
    u, vh, agreed = kept
    return push_values(agreed, np.real(diagonal(adjoint(u) @ t @ adjoint(vh))))


def _pull_values(kept: Any, ct: Any) -> Any:
    u, vh, agreed = kept
    return (conjugate(u) * pull_values(agreed, np.real(ct))[..., None, :]) @ conjugate(vh)


def _values_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """As Golub and Reinsch have it, without vectors."""
    m, n, count = sizes(args[0])
    half = (6 * m * n**2 - 2 * n**3) // 3
    return costs.Cost(costs.moves(y, args)) + costs.Cost(0, half, half) * count


singular_values = declare(
    Custom(
        "svdvals",
        lambda a: np.linalg.svd(a, compute_uv=False),
        _push_values,
        _pull_values,
        _keep_vectors,
    ),
    cost=_values_cost,
)
singular_values.refill = refilled


@implements(np.linalg.svdvals)
def svdvals(x, /):
    return singular_values(x)


constant(np.linalg.matrix_rank)


@implements(np.linalg.cond)
def cond(x, p=None):
    """Infinite where there is no inverse, with a derivative that is unknown."""
    if not x.size:
        return np.linalg.cond(plain(x), p)  # which raises
    with np.errstate(all="ignore"):
        if p in (None, 2, -2):
            s = singular_values(x)
            y = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
        else:
            y = np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(inverse_or_nan(x), p, (-2, -1))
            y = with_value(y, np.linalg.cond(plain(x), p)) if np.all(np.isfinite(plain(y))) else y
    missing = np.isnan(plain(y))
    if not np.any(missing):
        return y
    value = np.where(missing, np.linalg.cond(plain(x), p), y)
    return by_convention(value, missing, np.sum(np.real(x), axis=(-2, -1)))[()]
