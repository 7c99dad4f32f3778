"""Dual numbers: a value and its tangent, which every operation pushes on and forgets.

:class:`Dual` is what a function runs on in forward mode. Every operation makes a new one, one level
up from the values it works on. :class:`Careful` is for where zeros meet infinities, and slower.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from admodes import primitives
from admodes.core import singularities
from admodes.core.levels import Level, escaped
from admodes.core.rules import Elementwise, Linear, apply
from admodes.core.singularities import Infinite, has_nan, is_finite
from admodes.core.values import Traced, operand, plain
from admodes.modes.expressions import Expression
from admodes.modes.operators import BinaryLines

_new = object.__new__
_LOWEST = Level()
NUMBERS = frozenset({float, np.float64})

_RESULT = """
result = new(Mode)
result._value = y
result._tangent = t
result._level = level
return result
"""
# A tangent through a slope that can be infinite. Python numbers raise then, or give nan as zero
# times infinity; whatever is not plain sailing goes through `_pushed`.
_SINGULAR = """
{names}
t = None
if {numbers}:
    try:
        t = {total}
    except ArithmeticError:
        pass
if t.__class__ is not float or t != t:
    return self._pushed(primitive, y, (y, a, b), ({tangents}))
"""
_STRETCHED = """
residual = (y, a, b), (shape_of(a), shape_of(b)), shape_of(y)
return self._pushed(primitive.broadcast, y, residual, (self._tangent, other._tangent))
"""


def _term(primitive: Elementwise, i: int, tangent: str) -> str:
    """The source of a tangent times the i-th partial derivative."""
    factor = primitive.factors[i]
    if factor.function is not None:
        return f"{tangent} * partial{i}(y, a, b)"
    if factor.position is not None:
        return f"{tangent} * {'yab'[factor.position]}"
    return tangent if factor.constant == 1 else f"{factor.constant} * {tangent}"


class Dual(Expression):
    """A value and its tangent: ``value + tangent·ε`` with ``ε² = 0``.

    Made by hand, at the lowest level, it shows how forward mode works. `tangent` has the value's
    shape, or further leading axes for several directions at once.

    Raises
    ------
    ValueError
        Where the last axes of the tangent are not those of the value.
    TypeError
        Where one of them is an expression, whose own derivatives the lowest level cannot carry.

    Examples
    --------
    >>> import admodes as ad
    >>> ad.Dual(3.0, 1.0) ** 2
    Dual(9.0, tangent=6.0)
    """

    __slots__ = ("_tangent",)

    def __init__(self, value: Any, tangent: Any) -> None:
        if isinstance(value, Traced) or isinstance(tangent, Traced):
            raise TypeError(
                f"Dual() takes plain numbers or arrays, not {value!r} and {tangent!r}: made by "
                "hand it lives below every other differentiation. Use admodes.jvp, which nests"
            )
        shape, own = np.shape(value), np.shape(tangent)
        if own[len(own) - len(shape) :] != shape or len(own) < len(shape):
            raise ValueError(f"a tangent of shape {own} does not fit a value of shape {shape}")
        self._value = float(value) if isinstance(value, int) else value
        self._tangent = float(tangent) if isinstance(tangent, int) else tangent
        self._level = _LOWEST
        self.__class__ = Careful  # nobody looks at the end whether the quick way was right

    @property
    def tangent(self) -> Any:
        """The derivative of the value along each direction."""
        return self._tangent

    def __repr__(self) -> str:
        return f"Dual({plain(self)}, tangent={plain(self._tangent)})"

    @classmethod
    def _binary_lines(cls, primitive: Elementwise) -> BinaryLines:
        def pushed(a: str | None, b: str | None) -> str:
            """The line for these tangents; ``None`` is that of a constant."""
            active = {i: t for i, t in enumerate((a, b)) if t is not None}
            if primitive.singular:
                active = {i: ("ta", "tb")[i] for i in active}
            terms = [_term(primitive, i, t) for i, t in active.items()]
            total = f"{a} - {b}" if terms[1:] == [f"-1 * {b}"] else " + ".join(terms)
            if not primitive.singular:
                return f"t = {total}"
            numbers = " and ".join(f"{x}.__class__ is float" for x in ("y", *active.values()))
            names = "\n".join(f"{name} = {(a, b)[i]}" for i, name in active.items())
            tangents = ", ".join(active.get(i, "None") for i in (0, 1))
            return _SINGULAR.format(names=names, numbers=numbers, total=total, tangents=tangents)

        return BinaryLines(
            enter="if level.ended:\n    escaped()",
            both=pushed("self._tangent", "other._tangent"),
            stretched=_STRETCHED,
            left=pushed("self._tangent", None),
            right=pushed(None, "self._tangent"),
            result=_RESULT,
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> "Dual":
        if self._level.ended:
            escaped()
        x = self._value
        y = operate(x)
        _, _, partial, _ = primitive.bare[0]
        if primitive.singular:
            return self._pushed(primitive, y, (y, x), (self._tangent,))
        if partial is None or primitive.__class__ is not Elementwise:
            t = primitive.times(self._tangent, primitive.factors[0], (y, x))
        else:  # the same, at half the time
            t = self._tangent * partial(y, x)
        result = _new(Dual)
        result._value = y
        result._tangent = t
        result._level = self._level
        return result

    def __getitem__(self, index: Any) -> Any:
        x: Any = self._value
        t = self._tangent
        if (
            index.__class__ not in primitives.ONE_AXIS
            or x.__class__ is not np.ndarray
            or t.__class__ is not np.ndarray
            or t.ndim > x.ndim
        ):
            return primitives.getitem(self, index)
        # What `_apply` would do with the read, at a third of its time.
        if self._level.ended:
            escaped()
        # mypy does not see that the index is one of ONE_AXIS.
        return dual(x[index], t[index], self._level)  # type: ignore[call-overload]

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> "Dual":
        """Any primitive, whose arguments of the highest level are of this number's."""
        level = self._level
        if level.ended:
            escaped()
        if primitive.__class__ is Linear and len(args) == 1:
            x, t = self._value, self._tangent
            if x.__class__ is np.ndarray and t.__class__ is np.ndarray:
                y = primitive.function(x, **params)
                return dual(y, primitive.function(t, **params), level, self.__class__)
        values, tangents = [], []
        for arg in args:
            if isinstance(arg, Dual) and arg._level is level:
                values.append(arg._value)
                tangents.append(arg._tangent)
            else:
                values.append(operand(arg))
                tangents.append(None)
        y = apply(primitive, values, params)
        primitive = primitive.between(y, values, tangents)
        residual = primitive.residual(y, values, params, tangents)
        return self._pushed(primitive, y, residual, tangents)

    def _pushed(self, primitive: Any, y: Any, residual: Any, tangents: Sequence[Any]) -> "Dual":
        """The result `y` of an operation in which `self` takes part.

        Raises
        ------
        Infinite
            Where a slope is, and makes an infinity of a tangent, or a NaN.
        """
        if not primitive.singular:
            return dual(y, primitive.push(residual, tangents), self._level)
        try:
            if y.__class__ is np.float64:  # Python's numbers raise, and need no error state
                numbers = [float(x) if x.__class__ is np.float64 else x for x in residual]
                t = primitive.push(numbers, tangents)
                if t.__class__ in NUMBERS and t - t == 0:
                    return dual(y, t, self._level)
        except ArithmeticError:
            pass
        try:
            with np.errstate(all="ignore"):
                t = primitive.push(residual, tangents)
        except ArithmeticError:
            raise Infinite(self._level) from None
        if not is_finite(t) and (np.any(np.isinf(plain(t))) or spoilt(t, y)):
            raise Infinite(self._level)
        return dual(y, t, self._level)


class Careful(Dual):
    """A dual number whose every operation lets zero absorb (:mod:`admodes.core.singularities`)."""

    __slots__ = ()

    @classmethod
    def _binary_lines(cls, primitive: Elementwise) -> BinaryLines:
        def pushed(a: str | None, b: str | None) -> str:
            return f"return self._pushed(primitive, y, (y, a, b), ({a}, {b}))"

        return BinaryLines(
            enter="if level.ended:\n    escaped()",
            both=pushed("self._tangent", "other._tangent"),
            stretched=_STRETCHED,
            left=pushed("self._tangent", None),
            right=pushed(None, "self._tangent"),
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> Dual:
        if self._level.ended:
            escaped()
        y = operate(self._value)
        return self._pushed(primitive, y, (y, self._value), (self._tangent,))

    __getitem__ = primitives.getitem

    def _pushed(self, primitive: Any, y: Any, residual: Any, tangents: Sequence[Any]) -> Dual:
        return dual(y, singularities.push(primitive, residual, tangents), self._level, Careful)


def dual(value: Any, tangent: Any, level: Level, kind: type[Dual] = Dual) -> Dual:
    result = _new(kind)
    result._value = value
    result._tangent = tangent
    result._level = level
    return result


# --- A pass ---------------------------------------------------------------------------------------

Result = TypeVar("Result")
Pairs = list[tuple[Any, Any]]


def one_pass(evaluate: Callable[..., tuple[Result, Pairs]], *args: Any) -> tuple[Result, Pairs]:
    """What ``evaluate(level, kind, *args)`` gives on dual numbers of a level and of a kind.

    That is something, and pairs of an output's value and its tangent. The kind is the quick one,
    :class:`Dual`; where a tangent is infinite on the way, or NaN in the end, it is called once more
    for :class:`Careful`.
    """
    with Level() as level:
        try:
            result, pairs = evaluate(level, Dual, *args)
            for y, t in pairs:
                if t is not None and spoilt(t, y):
                    break
            else:
                return result, pairs
        except Infinite as infinite:
            if infinite.level is not level:
                raise
        except (RuntimeWarning, FloatingPointError):
            pass  # that NumPy was told to raise: where it is the user's own, it comes again
    with Level() as level:
        return evaluate(level, Careful, *args)


def spoilt(t: Any, y: Any) -> bool:
    """Whether a tangent is not a number where its value is one."""
    if t.__class__ in NUMBERS:
        return bool(t != t and y == y)
    return has_nan(t) and bool(np.any(np.isnan(plain(t)) & ~np.isnan(plain(y))))
