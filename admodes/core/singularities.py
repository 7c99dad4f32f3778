"""Zero times infinity is zero, whichever mode meets the two in whichever order.

At a singular point a slope is infinite, and the product with a zero tangent or cotangent is not a
number: ``sqrt(x * x)`` at 0 multiplies zero by infinity forward, infinity by zero backward; in
``maximum(sqrt(x), 1)`` it is the other way round. By convention such a product is zero here, so
that ``where(x > 0, sqrt(x), 0)`` has derivative 0 at 0, in both modes.

Both modes take the quick way, which multiplies and knows nothing of this, as long as they can. Once
a tangent has met an infinite slope, forward mode goes on through here, where zero absorbs; where a
sweep ends in a NaN, reverse mode walks its recording once more.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Broadcast, Elementwise, Factor, Linear, Primitive
from admodes.core.values import Traced, plain

PIECE = 10_000
"""Entries of which BLAS takes a dot product in one thread. To wake another for a look takes a
hundred times as long as the look, where it is busy."""


def has_nan(direction: Any) -> bool:
    """Whether an entry is not a number."""
    square = _square(direction)
    return bool(square != square)


def is_finite(direction: Any) -> bool:
    """Whether all entries are finite (or too small for their squares to overflow, at least)."""
    square = _square(direction)
    return bool(square - square == 0)


def _square(value: Any) -> Any:
    """A sum of squares, which is NaN where an entry is, at a third of the time of ``isnan``."""
    if value.__class__ is not np.ndarray:
        value = plain(value)
        if value.__class__ is not np.ndarray:
            return value
    flat = value if value.ndim == 1 else value.reshape(-1)
    if flat.size <= PIECE:
        return flat.dot(flat)
    pieces = (flat[start : start + PIECE] for start in range(0, flat.size, PIECE))
    return sum(piece.dot(piece) for piece in pieces)


def pushed(primitive: Any, residual: Any, tangents: Sequence[Any], quick: bool) -> tuple[Any, bool]:
    """A tangent pushed on, and whether the next may be pushed the quick way: none is infinite."""
    if quick and not primitive.singular:
        return primitive.push(residual, tangents), True
    with np.errstate(all="ignore"):
        if quick:
            try:
                t = primitive.push(residual, tangents)
                if is_finite(t) or not has_infinite_slope(primitive, residual, tangents):
                    return t, True
            except ArithmeticError:
                pass  # Python's numbers raise where NumPy's give an infinity
        t = push(primitive, residual, tangents)
        return t, quick and not np.any(np.isinf(plain(t)))


def has_infinite_slope(primitive: Any, residual: Any, active: Sequence[Any]) -> bool:
    """Whether a partial derivative by an active argument is not finite somewhere."""
    base, kept = primitive, residual
    if isinstance(primitive, Broadcast):
        base, kept = primitive.primitive, residual[0]
    kept = _as_numpy(kept)
    return any(
        wanted is not None and not np.all(np.isfinite(_slope(factor, kept)))
        for wanted, factor in zip(active, base.factors, strict=True)
    )


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
    function is singular there. An overflow is no zero: nobody knows what it would be.
    """
    base = primitive.primitive if isinstance(primitive, Broadcast) else primitive

    def times(direction: Any, factor: Factor, residual: Any) -> Any:
        if base.singular:
            residual = _as_numpy(residual)
        product = base.times(direction, factor, residual)
        if np.all(np.isfinite(plain(product))):
            return product
        slope, given = _slope(factor, residual), plain(direction)
        of_slope = (slope == 0) & ~np.isfinite(given)
        if np.any(of_slope):
            product = base.times(_chosen(of_slope, 0.0, direction), factor, residual)
        if factor.function is None and factor.position is None:
            return product  # a constant is finite, and the direction may be summed already
        infinite = ~np.isfinite(slope)
        of_direction = dead & infinite
        if base.singular:
            of_direction = of_direction | (given == 0) & infinite
        if np.any(of_direction):  # the direction stays in it, for it may be recorded
            slope = (
                residual[factor.position] if factor.function is None else factor.function(*residual)
            )
            product = _chosen(of_slope, 0.0, direction) * _chosen(of_direction, 0.0, slope)
        return product

    return times


def _as_numpy(residual: Any) -> Any:
    """Python's numbers, which raise where NumPy's give an infinity, as NumPy's."""
    if all(x is None or isinstance(x, (float, int)) for x in residual):
        return [None if x is None else np.float64(x) for x in residual]
    return residual


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
    """``where``, which leaves a number a number, and what is recorded recorded."""
    numbers = condition.shape == () and np.shape(plain(x)) == np.shape(plain(otherwise)) == ()
    if numbers and not isinstance(otherwise, Traced):
        return x if condition else otherwise
    return np.where(condition, x, otherwise)
