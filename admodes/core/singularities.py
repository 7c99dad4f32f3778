"""Zero times infinity is zero, whichever mode meets the two in whichever order.

At a singular point a slope is infinite, and :class:`Singular` lets a zero tangent or cotangent stay
zero there. But where ``sqrt(x * x)`` multiplies zero by infinity forward, it multiplies infinity by
zero backward; and in ``maximum(sqrt(x), 1)`` it is the other way round. So once a tangent or a
cotangent is infinite, what follows goes through here, where a zero slope absorbs it. Both modes
then agree, at the price of a slower way that is taken at such points only.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Broadcast, Elementwise, Factor, Linear, Primitive
from admodes.core.values import plain

_NUMBERS = frozenset({float, int, np.float64, type(None)})
_REALS: frozenset[Any] = frozenset({np.float64, np.float32})


class Infinite(Exception):
    """A tangent or a cotangent has become infinite: from here on it must meet zeros with care."""


class Singular(Elementwise):
    """An elementwise primitive with a partial that can be infinite. There, zero absorbs.

    A zero tangent or cotangent stays zero through an infinite partial, in both modes, so that
    ``where(x > 0, sqrt(x), 0)`` has derivative 0 at 0. It costs one more pass over the data. One
    that is not zero becomes infinite, which :mod:`admodes.core.singularities` goes on with.
    """

    singular = True

    def times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        return self._product(direction, factor, residual)[0]

    def finite_times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        product, infinite = self._product(direction, factor, residual)
        if infinite:
            raise Infinite
        return product

    def _product(self, direction: Any, factor: Factor, residual: Any) -> tuple[Any, bool]:
        """The product, and whether an infinite partial made some of it infinite."""
        partial = factor.function
        if partial is None:
            return super().times(direction, factor, residual), False
        numbers = [
            float(x) if x.__class__ is np.float64 else x
            for x in residual
            if x.__class__ in _NUMBERS
        ]
        if len(numbers) == len(residual):
            # Python numbers raise where NumPy's give an infinity, and need no error state.
            if direction.__class__ in _NUMBERS and direction == 0:
                return direction, False
            try:
                slope = partial(*numbers)
                if slope - slope == 0:  # it is finite
                    return direction * slope, False
            except ArithmeticError:
                pass
            residual = [None if x is None else np.float64(x) for x in residual]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = partial(*residual)
            # A sum that is finite has only finite terms (the converse fails only by overflow, and
            # then the path below is taken for nothing).
            total = np.add.reduce(plain(slope), axis=None)
            if total.__class__ in _REALS and math.isfinite(total):
                return direction * slope, False
            absorbed = (plain(direction) == 0) & ~np.isfinite(plain(slope))
            product = direction * np.where(absorbed, 0.0, slope)
            return product, bool(np.any(np.isinf(plain(slope)) & ~absorbed))


def push(primitive: Primitive, residual: Any, tangents: Sequence[Any]) -> Any:
    """As ``Primitive.push``, but a zero slope absorbs an infinite tangent."""
    with np.errstate(all="ignore"):
        if isinstance(primitive, (Elementwise, Broadcast)):
            return primitive.push(residual, tangents, _times(primitive))
        if isinstance(primitive, Linear):
            return primitive.push(residual, tangents)
        parts = [_parts(t) for t in tangents]
        return _together([primitive.push(residual, part) for part in zip(*parts, strict=True)])


def pushed(primitive: Any, residual: Any, tangents: Sequence[Any], quick: bool) -> tuple[Any, bool]:
    """A tangent pushed on, and whether the next may be pushed the quick way: none is infinite."""
    if quick:
        if not primitive.singular:
            return primitive.push(residual, tangents), True
        try:
            return primitive.push(residual, tangents, primitive.finite_times), True
        except Infinite:
            pass
    return push(primitive, residual, tangents), False


def pull(
    primitive: Primitive, residual: Any, ct: Any, active: Any, dead: Any = False
) -> Sequence[Any]:
    """As ``Primitive.pull``, but a zero slope absorbs an infinite cotangent.

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
    """The multiplication of an elementwise primitive, with zeros that absorb."""
    base = primitive.primitive if isinstance(primitive, Broadcast) else primitive

    def times(direction: Any, factor: Factor, residual: Any) -> Any:
        product = base.times(direction, factor, residual)
        value = plain(product)
        if np.all(np.isfinite(value)):
            return product
        slope = _slope(factor, residual)
        absorbed = (slope == 0) & ~np.isfinite(plain(direction))
        if factor.constant is None:  # a constant is finite, and the direction may be summed already
            absorbed = absorbed | dead & ~np.isfinite(slope)
        return _chosen(absorbed, 0.0, product)

    return times


def _slope(factor: Factor, residual: Any) -> Any:
    """The plain value of a partial derivative."""
    if factor.constant is not None:
        return np.float64(factor.constant)
    if factor.position is not None:
        return plain(residual[factor.position])
    partial: Any = factor.function
    # Python numbers raise where NumPy's give an infinity.
    return plain(partial(*[np.float64(x) if x.__class__ is float else x for x in residual]))


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
