"""``np.linalg``: determinants, with their signs and logarithms."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.declaring import custom, declare, implements
from admodes.core.rules import Custom
from admodes.core.values import is_normal, plain, shape_of
from admodes.primitives.decomposing import refilled, unknown_matrices
from admodes.primitives.linalg import inverse_or_nan, matrices_of

SLOGDET = type(np.linalg.slogdet(np.eye(1)))


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
    limit = np.finfo(a.dtype).eps ** -0.5
    if not is_normal(plain(y)) or np.any(_condition(plain(a), plain(inverted)) > limit):
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
    # Of what is not finite nothing is known, and LAPACK's iteration may never end.
    finite = on_matrices(np.isfinite(plain(a)).all(axis=(-2, -1)))
    u, s, vh = np.linalg.svd(a if np.all(finite) else np.where(finite, a, 0))
    rows = np.where(np.eye(s.shape[-1], dtype=bool), 1, s[..., None, :])  # without the i-th
    ones = np.ones_like(rows[..., :1])
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], -1), -1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], -1), -1)[..., ::-1]
    sign = np.where(finite, on_matrices(np.linalg.det(u) * np.linalg.det(vh)), np.nan)
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
    u, vh, sign, products = bases(a)
    eye = np.eye(products.shape[-1], dtype=bool)
    products = np.where(eye, 0, products)
    x = u.mT @ t @ vh.mT
    diagonal = products @ np.sum(np.where(eye, x, 0), axis=-1)[..., None]
    return sign * (u @ (eye * diagonal - products * x.mT) @ vh)


def _logdet_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """As LAPACK and NumPy do it: of each pivot the sign, the logarithm, and their sum."""
    n, count = matrices_of(args)
    logs = costs.Cost(additions=max(2 * n - 1, 0), nonlinear=n)
    return costs.Cost(moves=costs.moves(y, args)) + (costs.factorisation(n) + logs) * count


def _determinant_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """And then the exponential of that sum, with the sign."""
    return _logdet_cost(y, args, params) + costs.Cost(multiplications=1, nonlinear=1) * np.size(y)


def _cofactors_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """About that of the singular values and vectors: 21 n³ (Golub & Van Loan, section 8.6)."""
    n, count = matrices_of(args)
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
determinant.refill = lambda kept, finite: (
    refilled(kept[0], finite),
    unknown_matrices(kept[1], finite),
)


class Logarithm(NamedTuple):
    """The residual of a logarithm and of its phase."""

    sign: Any
    a: Any
    given: Any = None  #: the inverse, where it is guessed

    def inverse(self) -> Any:
        return inverse_or_nan(self.a) if self.given is None else self.given

    def trace_with(self, t: Any) -> Any:
        return np.sum(self.inverse().mT * t, axis=(-2, -1))

    def refilled(self, finite: Callable[..., Any]) -> "Logarithm":
        return Logarithm(refilled(self.sign, finite), self.a, refilled(self.inverse(), finite))


log_determinant = declare(
    Custom(
        "slogdet",
        lambda a: np.linalg.slogdet(a).logabsdet,
        residual=lambda y, a: Logarithm(None, a),
        push=lambda kept, t: np.real(kept.trace_with(t)),
        pull=lambda kept, ct: on_matrices(np.real(ct)) * kept.inverse().mT,
    ),
    cost=_logdet_cost,
)
phase = declare(
    Custom(
        "phase of the determinant",
        lambda a: np.linalg.slogdet(a).sign,
        residual=Logarithm,
        push=lambda kept, t: kept.sign * 1j * np.imag(kept.trace_with(t)),
        pull=lambda kept, ct: on_matrices(-1j * np.real(1j * ct * kept.sign)) * kept.inverse().mT,
    ),
    cost=_logdet_cost,
)

log_determinant.refill = phase.refill = Logarithm.refilled


@implements(np.linalg.det)
def det(a):
    return determinant(a)


@implements(np.linalg.slogdet)
def slogdet(a):
    """The sign of a complex determinant is a phase, and has a derivative."""
    sign = phase(a) if a.dtype.kind == "c" else np.linalg.slogdet(plain(a)).sign
    return SLOGDET(sign, log_determinant(a))
