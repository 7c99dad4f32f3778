"""Polynomials by their coefficients, the highest power first, and matrices of powers."""

import warnings
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import custom, declare, implements
from admodes.core.kinds import array
from admodes.core.values import plain
from admodes.primitives.products import conjugate

# --- Arithmetic -----------------------------------------------------------------------------------


@implements(np.polyval)
def polyval(p, x):
    """By Horner's rule."""
    p, x = array(p), _no_object(x)
    y: Any = np.zeros_like(np.asarray(plain(x)))
    for coefficient in p:
        y = y * x + coefficient
    return y


def _coefficients(p: Any) -> Any:
    return np.atleast_1d(_no_object(p))


def _no_object(p: Any) -> Any:
    if isinstance(p, np.poly1d):
        raise TypeError(
            "a np.poly1d cannot hold numbers that carry derivatives: give its coefficients, p.coef"
        )
    return array(p)


def _of_one_length(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _coefficients(a), _coefficients(b)
    short = len(b) - len(a)
    if short > 0:
        a = np.concatenate([np.zeros(short, a.dtype), a])
    elif short < 0:
        b = np.concatenate([np.zeros(-short, b.dtype), b])
    return a, b


@implements(np.polyadd)
def polyadd(a1, a2):
    a1, a2 = _of_one_length(a1, a2)
    return a1 + a2


@implements(np.polysub)
def polysub(a1, a2):
    a1, a2 = _of_one_length(a1, a2)
    return a1 - a2


@implements(np.polymul)
def polymul(a1, a2):
    return np.convolve(_from_highest(a1), _from_highest(a2))


def _from_highest(p: Any) -> Any:
    """Without leading zeros, but at least one coefficient."""
    p = _coefficients(p)
    places = np.flatnonzero(plain(p))
    return p[places[0] :] if len(places) else np.zeros(1, p.dtype)


@implements(np.polydiv)
def polydiv(u, v):
    u, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    dtype = np.result_type(plain(u), plain(v))
    m, n = len(u) - 1, len(v) - 1
    scale = 1.0 / v[0]
    quotient, rest = [], np.astype(u, dtype, copy=False)
    done: list[Any] = []
    for _ in range(m - n + 1):
        factor = scale * rest[0]
        quotient.append(factor)
        left = rest[: n + 1] - factor * v
        done.append(left[0])
        rest = np.concatenate([left[1:], rest[n + 1 :]])
    remainder = np.concatenate([np.stack(done), rest]) if done else rest
    while len(remainder) > 1 and np.allclose(plain(remainder)[0], 0, rtol=1e-14):
        remainder = remainder[1:]
    return np.stack(quotient) if quotient else np.zeros(1, dtype), remainder


@implements(np.polyder)
def polyder(p, m=1):
    p, m = _no_object(p), int(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@implements(np.polyint)
def polyint(p, m=1, k=None):
    p, m = _no_object(p), int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    k = np.zeros(m) if k is None else np.atleast_1d(array(k))
    if len(k) == 1 and m > 1:
        k = k[0] * np.ones(m)
    if len(k) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        p = np.concatenate([p / np.arange(len(p), 0, -1), k[i : i + 1]])
    return p


# --- Roots ----------------------------------------------------------------------------------------


@implements(np.poly)
def poly(seq_of_zeros):
    zeros = np.atleast_1d(array(seq_of_zeros))
    shape = zeros.shape
    if len(shape) == 2 and shape[0] == shape[1] and shape[0]:
        zeros = np.linalg.eigvals(zeros)
    elif len(shape) != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    if not len(zeros):
        return 1.0
    one = np.ones(1, zeros.dtype)
    p: Any = one
    for zero in zeros:
        p = np.convolve(p, np.concatenate([one, np.reshape(-zero, 1)]))
    value = plain(zeros)
    if value.dtype.kind == "c" and np.all(np.sort(value) == np.sort(value.conj())):
        return np.copy(np.real(p), "C")
    return p


def polynomial_roots(p: Any) -> Any:
    return np.roots(p)


def _roots_residual(y: Any, p: Any) -> Any:
    """The powers of each root, and the slope of the polynomial there."""
    n = len(p)
    degrees = np.arange(n - 1, 0, -1, dtype=plain(p).real.dtype)
    return np.stack(_powers(y, n), axis=-1)[:, ::-1], np.polyval(p[:-1] * degrees, y)


def _moved(t: Any, slope: Any, nothing: Any) -> Any:
    """How far a root moves when the value there changes by `t`.

    A root that is met twice has no derivative: NaN, unless `nothing` changes at all.
    """
    double = plain(slope) == 0
    if not np.any(double):
        return -t / slope
    return np.where(double, np.where(nothing, 0.0, np.nan), -t / np.where(double, 1, slope))


def _push_roots(kept: Any, t: Any) -> Any:
    powers, slope = kept
    return _moved(np.matmul(t, powers.T), slope, np.all(plain(t) == 0, -1, keepdims=True))


def _pull_roots(kept: Any, ct: Any) -> Any:
    powers, slope = kept
    return np.matmul(_moved(ct, slope, plain(ct) == 0), powers)


def _powers(x: Any, count: int) -> list[Any]:
    """Of a vector, from 0 on, each by a multiplication."""
    columns: list[Any] = [np.ones(len(x), x.dtype), x]
    while len(columns) < count:
        columns.append(columns[-1] * x)
    return columns[:count]


def _roots_cost(y: Any, args: Any, params: Any) -> costs.Cost:
    """The eigenvalues of an n × n matrix take 10 n³ operations (Golub & Van Loan, 7.5.6)."""
    half = 5 * np.size(y) ** 3
    return costs.Cost(costs.moves(y, args), additions=half, multiplications=half)


roots_of = declare(
    custom(
        polynomial_roots,
        residual=_roots_residual,
        push=_push_roots,
        pull=_pull_roots,
    ),
    cost=_roots_cost,
)


@implements(np.roots)
def roots(p):
    """Simple ones have derivatives; one that is met twice has none: NaN."""
    p = np.atleast_1d(array(p))
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    places = np.flatnonzero(plain(p))
    if not len(places):
        return np.array([])
    return roots_of(p[places[0] :])


# --- Powers, and fits by least squares ------------------------------------------------------------


@implements(np.vander)
def vander(x, N=None, increasing=False):
    x = array(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = len(x) if N is None else N
    if not count:
        return np.empty((len(x), 0), np.result_type(plain(x), int))
    x = np.astype(x, np.result_type(plain(x), int), copy=False)
    columns = _powers(x, count)
    return np.copy(np.stack(columns if increasing else columns[::-1], axis=1), "C")


@implements(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """The normal equations say how NumPy's solution changes, and change nothing in it but rounding.

    With c the solution and r = y - A c what is left, c + (Aᵀ A)⁻¹ Aᵀ r is the solution for
    every A and y.
    """
    x, y = array(x) + 0.0, array(y) + 0.0
    own = np.polyfit(plain(x), plain(y), deg, rcond, True, None if w is None else plain(w))
    c, residuals, rank, _, rcond = own
    order = int(deg) + 1
    if rank != order and not full:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=2)
    left, right = np.vander(x, order), y
    if w is not None:
        w = array(w) + 0.0
        left = left * w[:, None]
        right = right * (w[:, None] if right.ndim == 2 else w)
    scale = np.sqrt(np.sum(left * left, axis=0))
    left = left / scale
    scaled = (c.T * plain(scale)).T
    adjoint = conjugate(left.T)
    rest = right - np.matmul(left, scaled)
    step = np.linalg.solve(np.matmul(adjoint, left), np.matmul(adjoint, rest))
    solution = ((scaled + step).T / scale).T
    if not full and not cov:
        return solution
    if full:
        squares = _squares(rest, left, step) if len(residuals) else residuals
        return solution, squares, rank, np.linalg.svdvals(left), rcond
    variance = np.linalg.inv(np.matmul(left.T, left)) / np.outer(scale, scale)
    if cov == "unscaled":
        return solution, variance if y.ndim == 1 else variance[:, :, None]
    if len(x) <= order:
        raise ValueError(
            "the number of data points must exceed order to scale the covariance matrix"
        )
    factor = _squares(rest, left, step) / (len(x) - order)
    return solution, variance * factor if y.ndim == 1 else variance[:, :, None] * factor


def _squares(rest: Any, left: Any, step: Any) -> Any:
    """What is left of each column of numbers, squared and summed; of one, too, as an array."""
    rest = rest - np.matmul(left, step)
    rest = np.reshape(rest, (len(rest), -1))
    return np.sum(np.real(rest * conjugate(rest)), axis=0)
