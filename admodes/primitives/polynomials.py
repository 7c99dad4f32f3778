"""Polynomials by their coefficients, the highest power first, and their roots."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import custom, declare, implements
from admodes.core.kinds import array
from admodes.core.values import plain

# --- Arithmetic -----------------------------------------------------------------------------------


@implements(np.polyval)
def polyval(p, x):
    """By Horner's rule."""
    p, x = array(p), _no_object(x)
    y: Any = np.zeros_like(array(plain(x)))
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
    return np.stack(powers_of(y, n), axis=-1)[:, ::-1], np.polyval(p[:-1] * degrees, y)


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


def powers_of(x: Any, count: int) -> list[Any]:
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
