"""``np.linalg``: triangular factors, by Cholesky and by orthogonal columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements
from admodes.core.rules import Custom
from admodes.core.values import plain
from admodes.primitives.decomposing import (
    Factorisation,
    Shapes,
    adjoint,
    filled,
    folded,
    pull_columns,
    push_columns,
    refilled,
)
from admodes.primitives.degenerate import diagonal
from admodes.primitives.linalg import matrices_of
from admodes.primitives.memory import laid_out_as
from admodes.primitives.products import conjugate

QR = type(np.linalg.qr(np.eye(1)))

# --- Cholesky -------------------------------------------------------------------------------------


def _half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    n = x.shape[-1]
    return np.where(np.tri(n, k=-1, dtype=bool), x, np.where(np.eye(n, dtype=bool), 0.5 * x, 0))


def _push_cholesky(kept: Any, t: Any) -> Any:
    y, upper = kept
    factor = adjoint(y) if upper else y
    inverted = np.linalg.inv(factor)
    moved = factor @ _half(inverted @ filled(t, not upper) @ adjoint(inverted))
    return adjoint(moved) if upper else moved


def _pull_cholesky(kept: Any, ct: Any) -> Any:
    y, upper = kept
    factor, ct = (adjoint(y), adjoint(ct)) if upper else (y, ct)
    inverted = np.linalg.inv(factor)
    return folded(inverted.mT @ _half(factor.mT @ ct) @ conjugate(inverted), not upper)


def _cholesky_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """Of each column a root and a reciprocal (Golub & Van Loan, section 4.2)."""
    n, count = matrices_of(args)
    sixth, pairs = (n**3 - n) // 6, n * (n - 1) // 2
    each = costs.Cost(0, sixth, sixth + pairs, max(2 * n - 1, 0))
    return costs.Cost(costs.moves(y, args)) + each * count


def _cholesky(a: Any, *, upper: bool) -> Any:
    return np.linalg.cholesky(a, upper=upper) if upper else np.linalg.cholesky(a)


triangular_root = declare(
    Custom(
        "cholesky",
        _cholesky,
        _push_cholesky,
        _pull_cholesky,
        residual=lambda y, a, upper: (y, upper),
    ),
    cost=_cholesky_cost,
)
triangular_root.refill = refilled


@implements(np.linalg.cholesky)
def cholesky(a, /, *, upper=False):
    """The other triangle is not read, so it has derivative 0.

    I. Murray, "Differentiation of the Cholesky decomposition", 2016, section 3.1.
    """
    return triangular_root(a, upper=bool(upper))


# --- QR -------------------------------------------------------------------------------------------


def _qr_shapes(shape: tuple[int, ...], complete: bool) -> Shapes:
    *stack, m, n = shape
    rows = m if complete else min(m, n)
    return (*stack, m, rows), (*stack, rows, n)


def _turn(x: Any) -> Any:
    """What of `x` turns the columns: the rest keeps the factor triangular, its diagonal real."""
    lower = np.tril(x, -1)
    if x.dtype.kind != "c":
        return lower - lower.mT
    return lower - adjoint(lower) + np.where(np.eye(x.shape[-1], dtype=bool), 1j * np.imag(x), 0)


def _of_turn(ct: Any) -> Any:
    """The transpose of :func:`_turn`."""
    lower = np.tril(ct - adjoint(ct), -1)
    if ct.dtype.kind != "c":
        return lower
    return lower + np.where(np.eye(ct.shape[-1], dtype=bool), 1j * np.imag(ct), 0)


def _inverted(parts: Any, agreed: None) -> Any:
    """The inverse of the square part of the triangular factor, so far as its columns have one."""
    q, r = parts
    k = min(r.shape[-1], q.shape[-2])
    square = r[..., :k, :k]
    none = diagonal(plain(square)) == 0
    inverse = np.linalg.inv(np.where(np.eye(k, dtype=bool) & none[..., None], 1, square))
    return np.where(np.logical_or.accumulate(none, axis=-1)[..., None, :], np.nan, inverse)


def _push_qr(t: Any, parts: Any, inverted: Any, agreed: None, *, complete: bool) -> Sequence[Any]:
    q, r = parts
    k = inverted.shape[-1]
    q1 = q[..., :k]
    moved = t[..., :k] @ inverted
    turn = _turn(adjoint(q1) @ moved)
    of_q = push_columns(q, k, turn, moved if q.shape[-2] > k else None)
    of_r = adjoint(q1) @ t - turn @ r[..., :k, :]
    if r.shape[-2] > k:
        below = np.zeros((*of_r.shape[:-2], r.shape[-2] - k, r.shape[-1]), of_r.dtype)
        of_r = np.concatenate([of_r, below], axis=-2)
    return of_q, np.triu(of_r)


def _pull_qr(cts: Any, parts: Any, inverted: Any, agreed: None, *, complete: bool) -> Any:
    cq, cr = cts
    q, r = parts
    k = inverted.shape[-1]
    q1, cr = q[..., :k], np.triu(cr)[..., :k, :]
    of_turn, of_moved = pull_columns(q, k, cq)
    turned = conjugate(q1) @ _of_turn(of_turn - cr @ r[..., :k, :].mT)
    of_moved = turned if of_moved is None else turned + of_moved
    g = conjugate(q1) @ cr
    square = g[..., :k] + of_moved @ inverted.mT
    return square if g.shape[-1] == k else np.concatenate([square, g[..., k:]], axis=-1)


def _qr_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """Four operations for each entry that a reflection changes, of the factor and of the columns.

    (Golub & Van Loan, 4th ed., sections 5.1 and 5.2.)
    """
    *_, m, n = np.shape(args[0])
    count = int(np.prod(np.shape(args[0])[:-2], dtype=int))
    k = min(m, n)
    factor = sum((m - i) * (n - i) for i in range(k))
    width = m if params["complete"] else k
    columns = sum((m - i) * (width - i) for i in range(k))
    half = 2 * (factor + columns)
    return costs.Cost(costs.moves(y, args)) + costs.Cost(0, half, half) * count


orthogonal: Any = declare(
    Factorisation(
        "qr",
        lambda a, complete: np.linalg.qr(a, "complete" if complete else "reduced"),
        shapes=_qr_shapes,
        slopes=_inverted,
        push=_push_qr,
        pull=_pull_qr,
    ),
    cost=_qr_cost,
)


@implements(np.linalg.qr)
def qr(a, mode="reduced"):
    """The diagonal of the triangular factor stays real, as LAPACK makes it.

    Where a column depends on those before it, it is not known how its own direction moves. Columns
    that complete others stay at right angles to them, and do not turn among themselves.

    S. F. Walter, L. Lehmann, "Algorithmic Differentiation of Linear Algebra Functions with
    Application in Optimum Experimental Design", 2010, section 3; for wide matrices, which that does
    not have, the columns behind the square part follow as ``r₂ = qᴴ a₂``.
    """
    if mode not in ("reduced", "complete", "r"):
        np.linalg.qr(np.eye(1), mode)  # NumPy's own errors
        raise NotImplementedError(
            f"np.linalg.qr: mode={mode!r} has no derivative rule, in either mode: it gives what "
            "LAPACK makes the factors of; use mode='reduced'"
        )
    q, r = orthogonal.read(a, complete=mode == "complete")
    like = np.triu(np.copy(plain(a))[..., : r.shape[-2], :])  # it is made of a copy in this order
    r = laid_out_as(r, like)
    return r if mode == "r" else QR(q, r)
