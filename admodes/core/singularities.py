"""Zero times infinity is zero, whichever mode meets the two in whichever order.

At a singular point a slope is infinite, and the product with a zero tangent or cotangent is not a
number: ``sqrt(x * x)`` at 0 multiplies zero by infinity forward, infinity by zero backward; in
``maximum(sqrt(x), 1)`` it is the other way round. By convention such a product is zero here, so
that ``where(x > 0, sqrt(x), 0)`` has derivative 0 at 0, in both modes.

Both modes first take the quick way, which multiplies and knows nothing of this. Only where a NaN
comes of it, or an infinite slope, do they go once more through here, where zero absorbs.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Broadcast, Elementwise, Factor, Linear, Primitive
from admodes.core.values import plain

SHORT = 8192
"""Entries up to which a dot product is the quickest look at an array; above, it would wake the
threads of BLAS."""


class Infinite(BaseException):
    """A tangent of this level has become infinite: it must meet zeros with care.

    It passes through the user's function on its way, and so is no ``Exception``, which that might
    catch.
    """

    def __init__(self, level: Any) -> None:
        super().__init__()
        self.level = level


def has_nan(direction: Any) -> bool:
    """Whether an entry is not a number."""
    value = plain(direction)
    if value.__class__ is not np.ndarray:
        return bool(value != value)
    if value.size > SHORT:
        return bool(np.isnan(value).any())
    # A sum of squares is NaN where an entry is, and nowhere else: a third of the time of `isnan`.
    square = value.dot(value) if value.ndim == 1 else np.vdot(value, value)
    return bool(square != square)


def is_finite(direction: Any) -> bool:
    """Whether all entries are finite (or too small for their squares to overflow, at least)."""
    value = plain(direction)
    if value.__class__ is not np.ndarray:
        return bool(value - value == 0)
    if value.size > SHORT:
        return bool(np.isfinite(value).all())
    square: Any = value.dot(value) if value.ndim == 1 else np.vdot(value, value)
    return bool(square - square == 0)


def push(primitive: Primitive, residual: Any, tangents: Sequence[Any]) -> Any:
    """As ``Primitive.push``, where zero absorbs."""
    with np.errstate(all="ignore"):
        if isinstance(primitive, (Elementwise, Broadcast)):
            return primitive.push(residual, tangents, _times(primitive))
        if isinstance(primitive, Linear):
            return primitive.push(residual, tangents)
        parts = [_parts(t) for t in tangents]
        return _together([primitive.push(residual, part) for part in zip(*parts, strict=True)])


def pull(
    primitive: Primitive, residual: Any, ct: Any, active: Any, dead: Any = False
) -> Sequence[Any]:
    """As ``Primitive.pull``, where zero absorbs.

    Where `dead` holds, of shape ``directions + y.shape``, nothing depends on the output, and no
    slope, infinite or not a number, makes a cotangent of it.
    """
    with np.errstate(all="ignore"):
        if isinstance(primitive, (Elementwise, Broadcast)):
            return primitive.pull(residual, ct, active, _times(primitive, dead))
        if isinstance(primitive, Linear):
            return primitive.pull(residual, ct, active)
        pulled = [primitive.pull(residual, part, active) for part in _parts(ct)]
        return [
            None if wanted is None else _together(gs)
            for wanted, *gs in zip(active, *pulled, strict=False)
        ]


def _times(
    primitive: Elementwise | Broadcast, dead: Any = False
) -> Callable[[Any, Factor, Any], Any]:
    """The multiplication of an elementwise primitive, where zero absorbs.

    A zero slope absorbs all that is not finite, a zero direction what is infinite because the
    function is singular there. An overflow is no zero: neither the slope of ``exp`` at 1000 nor
    that of ``log`` at the infinity that comes of it, of which nobody knows what they would be.
    """
    base = primitive.primitive if isinstance(primitive, Broadcast) else primitive

    def times(direction: Any, factor: Factor, residual: Any) -> Any:
        if base.singular and all(x is None or isinstance(x, (float, int)) for x in residual):
            # Python's numbers raise where NumPy's give an infinity.
            residual = [None if x is None else np.float64(x) for x in residual]
        product = base.times(direction, factor, residual)
        if np.all(np.isfinite(plain(product))):
            return product
        slope, given = _slope(factor, residual), plain(direction)
        absorbed = (slope == 0) & ~np.isfinite(given)
        if factor.constant is None:  # before a constant one the direction may be summed already
            absorbed = absorbed & _are_finite(residual) | dead & ~np.isfinite(slope)
            if base.singular:
                absorbed = absorbed | (given == 0) & ~np.isfinite(slope)
        return _chosen(absorbed, 0.0, product)

    return times


def _are_finite(residual: Any) -> Any:
    """Where whatever a slope is made of is finite."""
    return np.all(
        np.broadcast_arrays(*[np.isfinite(plain(x)) for x in residual if x is not None]), 0
    )


def _slope(factor: Factor, residual: Any) -> Any:
    """The plain value of a partial derivative."""
    if factor.constant is not None:
        return np.float64(factor.constant)
    if factor.position is not None:
        return plain(residual[factor.position])
    partial: Any = factor.function
    return plain(partial(*residual))


def _parts(direction: Any) -> tuple[Any, Any, Any]:
    """A direction with zeros for what is not finite; the signs of its infinities; its NaNs.

    The last two are for rules that multiply and add in one go. ``None`` stays ``None``.
    """
    value = plain(direction)
    if value is None:
        return None, None, None
    signs = np.where(np.isinf(value), np.sign(value), np.zeros_like(value))[()]
    missing = np.isnan(value).astype(signs.dtype)[()]
    return _chosen(np.isfinite(value), direction, 0.0), signs, missing


def _together(results: Sequence[Any]) -> Any:
    """What a rule made of the parts of a direction, put together."""
    finite, signs, missing = results
    signs, missing = plain(signs), plain(missing)
    infinite = np.where(signs == 0, 0.0, np.sign(signs) * np.inf)
    beyond = np.where(missing == 0, infinite, np.nan)
    return finite if np.all(beyond == 0) else finite + beyond.astype(signs.dtype)[()]


def _chosen(condition: Any, x: Any, otherwise: Any) -> Any:
    """``where``, which leaves a number a number."""
    if condition.shape == () and np.shape(plain(x)) == np.shape(plain(otherwise)) == ():
        return x if condition else otherwise
    return np.where(condition, x, otherwise)
