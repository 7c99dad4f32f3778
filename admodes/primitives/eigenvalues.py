"""``np.linalg``: eigenvalues and eigenvectors.

Derivatives of vectors are those under the gauge that is said with each function. What does not
depend on their signs and phases (``v * f(w) @ v.T``, a projector, ``abs(v)``) does not depend on it
either. Where eigenvalues are equal, to within 64 units in the last place, they share their
derivatives evenly, and how their vectors move is unknown: see ``docs/not-finite.md``.

M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008, section 3.1.
"""

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
    refilled,
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
from admodes.primitives.linalg import inverse_or_nan, matrices_of
from admodes.primitives.products import conjugate

EIGH, EIG = type(np.linalg.eigh(np.eye(1))), type(np.linalg.eig(np.eye(1)))


def _with_vectors(shape: tuple[int, ...], **options: Any) -> Shapes:
    return shape[:-1], shape


def _slopes(values: Any, agreed: Convention | None) -> Any:
    """The reciprocals of all differences of eigenvalues, and 0 on the diagonal."""
    gaps, not_known = gaps_of(values if agreed is None else agreed.doubted(values))
    return reciprocal(gaps, not_known, ~off_diagonal(gaps.shape[-1]))


def _cost(thirds: int) -> costs.CostOf:
    """So many thirds of n³ operations, half of them additions.

    G. H. Golub, C. F. Van Loan, *Matrix Computations*, 4th ed., sections 7.5 and 8.3.
    """

    def cost(y: Any, args: Any, params: Any) -> costs.Cost:
        n, count = matrices_of(args)
        half = thirds * n**3 // 6
        return costs.Cost(costs.moves(y, args)) + costs.Cost(0, half, half) * count

    return cost


# --- Of Hermitian matrices ------------------------------------------------------------------------


def _hermitian_along(v: Any, t: Any) -> Any:
    """The tangent in the basis of eigenvectors."""
    return adjoint(v) @ t @ v


def _agreed(w: Any, v: Any, a: Any, lower: bool) -> Convention | None:
    return convention(w, a, lambda: _hermitian_along(v, filled(a, lower)))


def _push_hermitian(
    t: Any, parts: Any, slopes: Any, agreed: Convention | None, *, lower: bool
) -> Sequence[Any]:
    _, v = parts
    along = _hermitian_along(v, filled(t, lower))
    return push_values(agreed, np.real(diagonal(along))), v @ (slopes * along)


def _pull_hermitian(
    cts: Any, parts: Any, slopes: Any, agreed: Convention | None, *, lower: bool
) -> Any:
    cw, cv = cts
    _, v = parts
    inner = as_diagonal(pull_values(agreed, np.real(cw))) + slopes * (v.mT @ cv)
    return folded(conjugate(v) @ inner @ v.mT, lower)


def _letter(lower: bool) -> Any:
    return "L" if lower else "U"


hermitian: Any = declare(
    Factorisation(
        "eigh",
        lambda a, lower: np.linalg.eigh(a, _letter(lower)),
        shapes=_with_vectors,
        slopes=lambda parts, agreed: _slopes(np.real(parts[0]), agreed),
        push=_push_hermitian,
        pull=_pull_hermitian,
        agreed=lambda a, parts, lower: _agreed(np.real(parts[0]), parts[1], a, lower),
    ),
    cost=_cost(27),
)


def _keep_vectors(w: Any, a: Any, *, lower: bool) -> Any:
    v = np.linalg.eigh(a, _letter(lower)).eigenvectors
    return v, _agreed(w, v, a, lower), lower


def _push_hermitian_values(kept: Any, t: Any) -> Any:
    v, agreed, lower = kept
    return push_values(agreed, np.real(diagonal(_hermitian_along(v, filled(t, lower)))))


def _pull_hermitian_values(kept: Any, ct: Any) -> Any:
    v, agreed, lower = kept
    return folded((conjugate(v) * pull_values(agreed, np.real(ct))[..., None, :]) @ v.mT, lower)


hermitian_values = declare(
    Custom(
        "eigvalsh",
        lambda a, lower: np.linalg.eigvalsh(a, _letter(lower)),
        _push_hermitian_values,
        _pull_hermitian_values,
        _keep_vectors,
    ),
    cost=_cost(4),
)
hermitian_values.refill = refilled


def _is_lower(letter: str) -> bool:
    if letter.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    return letter.upper() == "L"


@implements(np.linalg.eigh)
def eigh(a, UPLO="L"):
    """The other triangle is not read, so it has derivative 0.

    A vector moves at a right angle to itself (``vᴴ dv = 0``), so its phase does not turn.
    """
    w, v = hermitian.read(a, lower=_is_lower(UPLO))
    return EIGH(np.copy(np.real(w), "C"), v)


@implements(np.linalg.eigvalsh)
def eigvalsh(a, UPLO="L"):
    return hermitian_values(a, lower=_is_lower(UPLO))


# --- Of any matrices ------------------------------------------------------------------------------


def _any_agreed(w: Any, v: Any, a: Any) -> Convention | None:
    return convention(w, a, lambda: inverse_or_nan(v) @ a @ v)


def _fixed(v: Any) -> Any:
    """Which component of each vector LAPACK makes real: the largest."""
    v = plain(v)
    if not v.size:
        return v != 0
    size = np.where(v.imag == 0, np.abs(v), -1)
    return np.arange(v.shape[-1])[:, None] == np.argmax(size, axis=-2)[..., None, :]


def _push_any(t: Any, parts: Any, slopes: Any, agreed: Convention | None) -> Sequence[Any]:
    _, v = parts
    along = inverse_or_nan(v) @ t @ v
    moved = v @ (slopes * along)
    # A vector keeps its length, and where it is complex the phase of its largest component.
    turned = np.sum(np.real(conjugate(v) * moved), axis=-2, keepdims=True)
    if v.dtype.kind == "c":
        largest, of_moved = (
            np.sum(np.where(_fixed(v), x, 0), axis=-2, keepdims=True) for x in (v, moved)
        )
        turned = turned + 1j * np.imag(of_moved / largest)
    return push_values(agreed, diagonal(along)), moved - v * turned


def _pull_any(cts: Any, parts: Any, slopes: Any, agreed: Convention | None) -> Any:
    cw, cv = cts
    _, v = parts
    along = np.sum(cv * v, axis=-2, keepdims=True)
    moved = cv - conjugate(v) * np.real(along)
    if v.dtype.kind == "c":
        largest = np.sum(np.where(_fixed(v), v, 0), axis=-2, keepdims=True)
        moved = moved - np.where(_fixed(v), 1j * np.imag(along) / largest, 0)
    inner = as_diagonal(pull_values(agreed, cw)) + slopes * (v.mT @ moved)
    return inverse_or_nan(v).mT @ inner @ v.mT


general: Any = declare(
    Factorisation(
        "eig",
        np.linalg.eig,
        shapes=_with_vectors,
        slopes=lambda parts, agreed: _slopes(parts[0], agreed),
        push=_push_any,
        pull=_pull_any,
        agreed=lambda a, parts: _any_agreed(parts[0], parts[1], a),
    ),
    cost=_cost(75),
)


def _keep_both_vectors(w: Any, a: Any) -> Any:
    v = np.linalg.eig(a).eigenvectors
    return inverse_or_nan(v), v, _any_agreed(w, v, a), a.dtype.kind != "c"


def _push_any_values(kept: Any, t: Any) -> Any:
    inverted, v, agreed, _ = kept
    return push_values(agreed, diagonal(inverted @ t @ v))


def _pull_any_values(kept: Any, ct: Any) -> Any:
    inverted, v, agreed, is_real = kept
    g = (inverted.mT * pull_values(agreed, ct)[..., None, :]) @ v.mT
    return np.real(g) if is_real else g


general_values = declare(
    Custom("eigvals", np.linalg.eigvals, _push_any_values, _pull_any_values, _keep_both_vectors),
    cost=_cost(30),
)
general_values.refill = refilled


@implements(np.linalg.eig)
def eig(a):
    """A vector keeps its length 1, and where it is complex its largest component stays real.

    So LAPACK gives them. Where the matrix has too few vectors, nothing is known.
    """
    return EIG(*general.read(a))


@implements(np.linalg.eigvals)
def eigvals(a):
    return general_values(a)
