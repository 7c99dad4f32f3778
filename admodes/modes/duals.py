"""Dual numbers: a value and its tangent, which every operation pushes on and forgets.

:class:`Dual` is what a function runs on in forward mode; it turns into :class:`Steep` where an
infinite slope comes in. Every operation makes a new one, one level up from the values it works on.
"""

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes import primitives
from admodes.core.levels import Level, escaped
from admodes.core.rules import Elementwise, Linear, apply
from admodes.core.singularities import Infinite, pushed
from admodes.core.values import Traced, operand, plain
from admodes.modes.expressions import Expression

_new = object.__new__
_LOWEST = Level()


# A binary operator. The tangents of its cases (both arguments are dual, or one is a constant) are
# put in when it is compiled.
_PUSHED = """
    result = new(Mode)
    result._value = y
    result._tangent = t
    result._level = level
    return result
"""
_BINARY = (
    """
def method(self, other):
    level = self._level
    if level.ended:
        escaped()
    a = self._value
    ta = self._tangent
    kind = other.__class__
    if kind is Mode and other._level is level:
        b = other._value
        tb = other._tangent
        y = a {sign} b
        if a.__class__ is not float or b.__class__ is not float:
            try:
                same = a.shape == b.shape
            except AttributeError:
                same = shape_of(a) == shape_of(b)
        else:
            same = True
        if same:
            {both}
        else:
            residual = (y, a, b), (shape_of(a), shape_of(b)), shape_of(y)
            return self._pushed(primitive.broadcast, y, residual, (ta, tb))
    elif kind is float or kind is int or kind in SCALARS:
        b = other
        y = a {sign} b
        {left}
    elif kind is ndarray and a.__class__ is ndarray and a.shape == other.shape and is_real(other):
        b = other
        y = a {sign} b
        {left}
    else:
        return apply(primitive, (self, other), {{}})"""
    + _PUSHED
    + """
def reflected(self, other):
    level = self._level
    if level.ended:
        escaped()
    b = self._value
    kind = other.__class__
    if kind not in SCALARS and not (
        kind is ndarray and b.__class__ is ndarray and b.shape == other.shape and is_real(other)
    ):
        return apply(primitive, (other, self), {{}})
    a = other
    tb = self._tangent
    y = a {sign} b
    {right}"""
    + _PUSHED
)


# The same of :class:`Steep`.
_STEEP_BINARY = """
def method(self, other):
    return self._operated(primitive, lambda a, b: a {sign} b, (self, other))

def reflected(self, other):
    return self._operated(primitive, lambda a, b: a {sign} b, (other, self))
"""


# A sum with a partial derivative in it that can be infinite. Python numbers raise then, or give nan
# as zero times infinity; whatever is not plain sailing takes the careful way.
_SINGULAR = """
t = None
if {numbers}:
    try:
        t = {total}
    except ArithmeticError:
        pass
if t.__class__ is not float or t != t:
    return self._pushed(primitive, y, (y, a, b), ({tangents}))
"""


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

    @property
    def tangent(self) -> Any:
        """The derivative of the value along each direction."""
        return self._tangent

    def __repr__(self) -> str:
        return f"Dual({plain(self)}, tangent={plain(self._tangent)})"

    @classmethod
    def _binary_source(cls, sign: str, primitive: Elementwise) -> str:
        def term(i: int) -> str:
            factor, direction = primitive.factors[i], ("ta", "tb")[i]
            if factor.function is not None:
                return f"{direction} * partial{i}(y, a, b)"
            if factor.position is not None:
                return f"{direction} * {'yab'[factor.position]}"
            return direction if factor.constant == 1 else f"{factor.constant} * {direction}"

        def push(*active: int, column: int) -> str:
            terms = [term(i) for i in active]
            total = "ta - tb" if terms[1:] == ["-1 * tb"] else " + ".join(terms)
            if primitive.__class__ is Elementwise:
                return f"t = {total}"
            tangents = ("ta" if 0 in active else "None", "tb" if 1 in active else "None")
            numbers = " and ".join(
                f"{t}.__class__ is float" for t in ("y", *tangents) if t != "None"
            )
            lines = _SINGULAR.format(numbers=numbers, total=total, tangents=", ".join(tangents))
            return textwrap.indent(lines, " " * column).strip()

        return _BINARY.format(
            sign=sign,
            both=push(0, 1, column=12),
            left=push(0, column=8),
            right=push(1, column=4),
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> "Dual":
        if self._level.ended:
            escaped()
        x = self._value
        y = operate(x)
        _, _, partial, _ = primitive.bare[0]
        if partial is None or primitive.__class__ is not Elementwise:
            try:
                t = primitive.finite_times(self._tangent, primitive.factors[0], (y, x))
            except Infinite:
                return self._pushed(primitive, y, (y, x), (self._tangent,), quick=False)
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
                return dual(y, primitive.function(t, **params), level)
        values, tangents, steepest = [], [], self
        for arg in args:
            if isinstance(arg, Dual) and arg._level is level:
                values.append(arg._value)
                tangents.append(arg._tangent)
                if arg.__class__ is Steep:
                    steepest = arg
            else:
                values.append(operand(arg))
                tangents.append(None)
        y = apply(primitive, values, params)
        primitive = primitive.between(y, values, tangents)
        residual = primitive.residual(y, values, params, tangents)
        return steepest._pushed(primitive, y, residual, tangents)

    def _pushed(
        self, primitive: Any, y: Any, residual: Any, tangents: Sequence[Any], quick: bool = True
    ) -> "Dual":
        """The result `y` of an operation in which `self` takes part."""
        t, quick = pushed(primitive, residual, tangents, quick)
        return dual(y, t, self._level, Dual if quick else Steep)


class Steep(Dual):
    """A dual number that an infinite slope has come into: zero slopes absorb its tangent.

    So is whatever is made of it.
    """

    __slots__ = ()

    @classmethod
    def _binary_source(cls, sign: str, primitive: Elementwise) -> str:
        return _STEEP_BINARY.format(sign=sign)

    def _operated(
        self, primitive: Any, operate: Callable[[Any, Any], Any], args: Sequence[Any]
    ) -> Any:
        """A binary operator. Numbers of Python stay what they are by Python's own."""
        own = [isinstance(x, Dual) and x._level is self._level for x in args]
        values = [x._value if mine else x for x, mine in zip(args, own, strict=True)]
        if any(x.__class__ is not float and x.__class__ is not int for x in values):
            return apply(primitive, args, {})
        if self._level.ended:
            escaped()
        y = operate(*values)
        tangents = [x._tangent if mine else None for x, mine in zip(args, own, strict=True)]
        return self._pushed(primitive, y, (y, *values), tangents)

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> Dual:
        if self._level.ended:
            escaped()
        y = operate(self._value)
        return self._pushed(primitive, y, (y, self._value), (self._tangent,))

    __getitem__ = primitives.getitem

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> Dual:
        result = super()._apply(primitive, args, params)
        result.__class__ = Steep
        return result

    def _pushed(
        self, primitive: Any, y: Any, residual: Any, tangents: Sequence[Any], quick: bool = False
    ) -> Dual:
        return super()._pushed(primitive, y, residual, tangents, quick)


def dual(value: Any, tangent: Any, level: Level, kind: type[Dual] = Dual) -> Dual:
    result = _new(kind)
    result._value = value
    result._tangent = tangent
    result._level = level
    return result
