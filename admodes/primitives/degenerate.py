"""Eigenvalues and singular values that are equal, or 0: what their derivatives are then.

Of equal values it is not known how their vectors move, and of each of them no derivative but a
convention. Both are said here: NaN for the reciprocals of differences, and a mean for the values.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from admodes.core.guessing import unknown
from admodes.core.singularities import by_convention
from admodes.core.values import is_differentiated, plain, shape_of


def diagonal(x: Any) -> Any:
    return np.diagonal(x, axis1=-2, axis2=-1)


def off_diagonal(n: int) -> Any:
    return ~np.eye(n, dtype=bool)


def as_diagonal(x: Any) -> Any:
    """The matrices with `x` on the diagonal."""
    return np.where(np.eye(shape_of(x)[-1], dtype=bool), x[..., None], 0)


def reciprocal(x: Any, not_known: Any, not_used: Any = False) -> Any:
    """``1 / x``, but NaN where it is not known, and 0 where it is not used."""
    divided = 1 / np.where(not_known | not_used, 1, x)
    return np.where(not_known, np.nan, np.where(not_used, 0, divided))


# --- Which are equal ---------------------------------------------------------------------------

CLOSE = 64
"""Units in the last place by which values may differ and still count as equal.

A few of them are the rounding errors of LAPACK, between values that are equal. The vectors of the
two are any basis of a plane then, and a quotient by their difference is nothing but rounding.
"""


def blocks_of(values: Any) -> Any:
    """Which values are equal, as a matrix of truths; ``None`` where no two are."""
    values = plain(values)
    size = np.abs(values)
    with np.errstate(invalid="ignore"):  # of inf - inf
        gaps = np.abs(values[..., :, None] - values[..., None, :])
    limit = CLOSE * np.finfo(size.dtype).eps * np.maximum(size[..., :, None], size[..., None, :])
    equal = gaps <= limit
    if np.count_nonzero(equal) <= size.size:
        return None
    while True:  # what is equal to the same is equal
        wider = equal @ equal
        if np.array_equal(wider, equal):
            return equal
        equal = wider


class Convention(NamedTuple):
    """What is agreed on for the derivatives of values that are equal, or 0 at a corner.

    Equal ones share evenly, as in ``sort``: that is the same in every basis, and right for what
    does not mind their order. It says nothing of second derivatives, which are NaN.
    """

    share: Any  #: the weights of the mean over equal values, or ``None``
    slope: Any  #: 1, but at a corner
    #: 0, with a derivative where the values do not move alike; ``None`` if no other may be taken
    apart: Any = None

    def where(self) -> Any:
        """Which derivatives are by convention."""
        corner = plain(self.slope) == 0
        return corner if self.share is None else corner | (diagonal(self.share) < 1)

    def doubted(self, values: Any) -> Any:
        """The values, where a rule multiplies by them: how they move apart is not known."""
        return values if self.apart is None else values + unknown(self.apart)

    def mean(self, x: Any) -> Any:
        return x if self.share is None else (x[..., None, :] @ self.share)[..., 0, :]


def push_values(agreed: Convention | None, t: Any) -> Any:
    if agreed is None:
        return t
    moved = agreed.mean(t) * agreed.slope
    return moved if t.dtype.kind == "c" else np.real(moved)


def pull_values(agreed: Convention | None, ct: Any) -> Any:
    return ct if agreed is None else agreed.mean(ct * agreed.slope)


def convention(
    values: Any,
    a: Any,
    along: Callable[[], Any],
    corner: Any = np.False_,
    rest: Callable[[], Any] | None = None,
    at_corner: int = 0,
) -> Convention | None:
    """What is agreed on at a matrix `a` with these values; ``None`` where it need not be.

    `along` gives the matrix in the basis of its vectors, and `rest` what is left of it without
    those that are not at a `corner`, where a derivative is multiplied by `at_corner`.
    """
    blocks = blocks_of(values)
    if blocks is None and not np.any(corner):
        return None
    dtype = plain(values).real.dtype
    slope = np.where(corner, at_corner, np.ones_like(plain(values), dtype))
    share, several = None, np.False_
    apart: Any = 0
    if blocks is not None:
        share = (blocks / blocks.sum(axis=-1, keepdims=True)).astype(dtype)
        several = blocks.sum(axis=-1) > 1
    agreed = Convention(share, slope)
    if not is_differentiated(a):
        return agreed
    if blocks is not None:
        inner = along()
        inner = np.where(blocks, inner - as_diagonal(agreed.mean(diagonal(inner))), 0)
        apart = np.sum(_weighted(inner), axis=-1)
    if rest is not None and np.any(corner):
        own = np.sum(_weighted(rest()), axis=(-2, -1))[..., None]
        if a.dtype.kind == "c":  # then both parts of the slope are unknown
            slope, own = slope.astype(a.dtype), own * (1 + 0.7j)
        apart = np.where(corner, own, apart)
    return Convention(share, by_convention(slope, corner | several, apart), apart)


def _weighted(x: Any) -> Any:
    """Real numbers by all entries of `x`, whose sums are 0 by no chance."""
    weights = np.random.default_rng(0).uniform(1, 2, (2, *shape_of(x)[-2:]))
    weights = weights.astype(plain(x).real.dtype)
    if x.dtype.kind != "c":
        return x * weights[0]
    return np.real(x) * weights[0] + np.imag(x) * weights[1]


def gaps_of(values: Any) -> tuple[Any, Any]:
    """The differences of all pairs of values, in row i and column j the j-th less the i-th.

    Also where they are not known: between values that are equal, but for the diagonal.
    """
    blocks = blocks_of(values)
    n = shape_of(values)[-1]
    between = np.zeros((n, n), bool) if blocks is None else blocks & off_diagonal(n)
    return values[..., None, :] - values[..., :, None], between
