"""Matrices of powers, and polynomials fitted by least squares."""

import warnings
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array
from admodes.core.values import plain
from admodes.primitives.as_numpy import with_value
from admodes.primitives.polynomials import powers_of
from admodes.primitives.products import conjugate


@implements(np.vander)
def vander(x, N=None, increasing=False):
    x = array(x)
    if x.ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    count = len(x) if N is None else N
    if not count:
        return np.empty((len(x), 0), np.result_type(plain(x), int))
    x = np.astype(x, np.result_type(plain(x), int), copy=False)
    columns = powers_of(x, count)
    y = np.copy(np.stack(columns if increasing else columns[::-1], axis=1), "C")
    if x.dtype.kind != "c":
        return y
    return with_value(y, np.vander(plain(x), N, increasing))  # which rounds otherwise


@implements(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """The normal equations say how NumPy's solution changes, and change nothing in it but rounding.

    With c the solution and r = y - A c what is left, c + (Aᵀ A)⁻¹ Aᵀ r is the solution for
    every A and y.
    """
    x, y = array(x) + 0.0, array(y) + 0.0
    own = np.polyfit(plain(x), plain(y), deg, rcond, True, None if w is None else plain(w))
    c, residuals, rank, s, rcond = own
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
    solution = with_value(((scaled + step).T / scale).T, c)
    if not full and not cov:
        return solution
    if full:
        if len(residuals):
            residuals = with_value(_squares(rest, left, step), residuals)
        return solution, residuals, rank, with_value(np.linalg.svdvals(left), s), rcond
    variance = np.linalg.inv(np.dot(left.T, left)) / np.outer(scale, scale)
    if cov == "unscaled":
        return solution, variance if y.ndim == 1 else variance[:, :, None]
    if len(x) <= order:
        raise ValueError(
            "the number of data points must exceed order to scale the covariance matrix"
        )
    factor = _squares(rest, left, step)
    if len(residuals):
        factor = with_value(factor, residuals)
    factor = factor / (len(x) - order)
    return solution, variance * factor if y.ndim == 1 else variance[:, :, None] * factor


def _squares(rest: Any, left: Any, step: Any) -> Any:
    """What is left of each column of numbers, squared and summed; of one, too, as an array."""
    rest = rest - np.matmul(left, step)
    rest = np.reshape(rest, (len(rest), -1))
    return np.sum(np.real(rest * conjugate(rest)), axis=0)
