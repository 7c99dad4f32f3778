"""Dual numbers: a value and its tangent, which every operation pushes on and forgets.

:class:`Dual` is what a function runs on in forward mode. Every operation makes a new one, one level
up from the values it works on.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from admodes.core.kinds import operand
from admodes.core.levels import Level, escaped
from admodes.core.rules import Elementwise, Linear, apply
from admodes.core.stand_ins import Unrepeatable, as_traced, computed, stands_for_another
from admodes.core.values import (
    SCALARS,
    Traced,
    as_numpy,
    is_differentiated,
    is_finite,
    leading_axes,
    no_tangent,
    plain,
    shape_of,
)
from admodes.modes.expressions import Expression
from admodes.modes.operators import BinaryLines, real_power
from admodes.modes.views import note_view, shares_memory
from admodes.modes.writing import is_alone, overwritten
from admodes.primitives.indexing import ONE_AXIS, getitem, read
from admodes.primitives.overwriting import overwrite

_new = object.__new__
_LOWEST = Level()

_ENTER = """
if not level.quick:
    return self._slowly(primitive, lambda a, b: a {{sign}} b, ({operands}))
"""
_RESULT = """
result = new(Mode)
result._value = y
result._tangent = t
result._level = level
return result
"""
# A tangent through a slope that can be infinite, for which Python's numbers raise and NumPy's warn.
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
    if factor.constant == -1:
        return f"-{tangent}"
    return tangent if factor.constant == 1 else f"constant{i} * {tangent}"


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

    __slots__ = ()

    def __init__(self, value: Any, tangent: Any) -> None:
        if isinstance(value, Traced) or isinstance(tangent, Traced):
            raise TypeError(
                f"Dual() takes plain numbers or arrays, not {value!r} and {tangent!r}: made by "
                "hand it lives below every other differentiation. Use admodes.jvp, which nests"
            )
        value, tangent = operand(value), operand(tangent)
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
    def _binary_lines(cls, primitive: Elementwise) -> BinaryLines:
        def pushed(a: str | None, b: str | None) -> str:
            """The line for these tangents; ``None`` is that of a constant."""
            active = {i: t for i, t in enumerate((a, b)) if t is not None}
            if primitive.singular:
                active = {i: ("ta", "tb")[i] for i in active}
            terms = [_term(primitive, i, t) for i, t in active.items()]
            total = " + ".join(terms)
            if len(active) == 2 and primitive.factors[1].constant == -1:
                total = f"{terms[0]} - {active[1]}"
            if not primitive.singular:
                return f"t = {total}"
            numbers = " and ".join(f"{x}.__class__ is float" for x in ("y", *active.values()))
            names = "\n".join(f"{name} = {(a, b)[i]}" for i, name in active.items())
            tangents = ", ".join(active.get(i, "None") for i in (0, 1))
            return _SINGULAR.format(names=names, numbers=numbers, total=total, tangents=tangents)

        return BinaryLines(
            alike="level.single",  # then tangents broadcast as their values do
            enter=_ENTER.format(operands="self, other"),
            enter_reflected=_ENTER.format(operands="other, self"),
            both=pushed("self._tangent", "other._tangent"),
            stretched=_STRETCHED,
            left=pushed("self._tangent", None),
            right=pushed(None, "self._tangent"),
            result=_RESULT,
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> "Dual":
        level = self._level
        if level.ended:
            escaped()
        x = self._value
        y = operate(x)
        _, _, partial, _ = primitive.bare[0]
        if primitive.singular or not level.quick:
            return self._pushed(primitive, y, (y, x), (self._tangent,))
        if partial is None or primitive.__class__ is not Elementwise:
            t = primitive.times(self._tangent, primitive.factors[0], (y, x))
        else:  # the same, at half the time
            t = self._tangent * partial(y, x)
        result = _new(Dual)
        result._value = y
        result._tangent = t
        result._level = level
        return result

    def __getitem__(self, index: Any) -> Any:
        x: Any = self._value
        t = self._tangent
        if (
            index.__class__ not in ONE_AXIS
            or x.__class__ is not ndarray
            or t.__class__ is not ndarray
            or t.ndim > x.ndim
        ):
            return getitem(self, index)
        # What `_apply` would do with the read, at a third of its time.
        level = self._level
        if level.ended:
            escaped()
        y = x[index]
        result = _new(Dual)
        result._value = y
        result._tangent = t[index]
        result._level = level
        if y.__class__ is ndarray:
            note_view(result, self, read, {"index": (index,), "shape": x.shape})
        return result

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> "Dual":
        """Any primitive, whose arguments of the highest level are of this number's."""
        level = self._level
        if level.ended:
            escaped()
        if primitive.__class__ is Linear and len(args) == 1:
            x, t = self._value, self._tangent
            if x.__class__ is np.ndarray and t.__class__ is np.ndarray:
                try:
                    y = primitive.function(x, **params)
                    result = dual(y, primitive.function(t, **params), level)
                except Unrepeatable:  # a tracer: `apply` records the operation in one step
                    pass
                else:
                    if primitive.writeable is not None and shares_memory(y, x):
                        note_view(result, self, primitive, params)
                    return result
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
        result = self._pushed(primitive, y, residual, tangents)
        if primitive.writeable is not None and shares_memory(y, values[0]):
            note_view(result, self, primitive, params)
        return result

    def _constant(self, value: Any) -> "Dual":
        lead = leading_axes([self._tangent], [self._value])
        return dual(value, no_tangent(plain(value), lead), self._level)

    def _is_alone(self, views: Sequence[Any]) -> bool:
        return is_alone(self, "_value", views) and is_alone(self, "_tangent", views)

    def _overwrite(self, value: Any, params: dict[str, Any], in_place: bool) -> bool:
        own = isinstance(value, Dual) and value._level is self._level
        tangent = value._tangent if own else None
        value = value._value if own else operand(value)
        x, t = self._value, self._tangent
        if in_place:
            change = 0.0 if tangent is None else tangent
            self._tangent = overwritten(t, change, params, True)
        else:
            residual = params, (shape_of(x), shape_of(value))
            self._tangent = overwrite.push(residual, (t, tangent))
        self._value = overwritten(x, value, params, in_place)
        return self._value is x and self._tangent is t

    def _slowly(
        self, primitive: Any, operate: Callable[[Any, Any], Any], args: Sequence[Any]
    ) -> Any:
        """A binary operator: of numbers their own, with which NumPy's function need not agree."""
        level = self._level
        if level.ended:
            escaped()
        own = [isinstance(x, Dual) and x._level is level for x in args]
        values = [x._value if mine else x for x, mine in zip(args, own, strict=True)]
        if any(x.__class__ not in SCALARS for x in values):
            return apply(primitive, args, {})
        tangents = [x._tangent if mine else None for x, mine in zip(args, own, strict=True)]
        a, b = values
        y = operate(a, b)
        if y.__class__ is complex:
            y = real_power(a, b, y)
        return self._pushed(primitive, y, (y, *values), tangents)

    def _pushed(self, primitive: Any, y: Any, residual: Any, tangents: Sequence[Any]) -> "Dual":
        """The result `y` of an operation in which `self` takes part."""
        level: Any = self._level
        if level.quick:
            if not primitive.singular:
                return dual(y, primitive.push(residual, tangents), level)
            if y.__class__ is np.float64:
                t = _by_floats(primitive, residual, tangents)
                if t is not None:
                    return dual(y, t, level)
            elif y.__class__ is not ndarray and isinstance(y, Traced):
                t = _of_traced(primitive, residual, tangents)
                if t is not None:
                    return dual(y, t, level)
        t, is_known = _quietly(primitive, residual, tangents)
        level.quick = level.quick and is_known  # what comes of an infinite tangent warns of nothing
        return dual(y, t, level)


@np.errstate(all="ignore")  # half the cost of a block under `with`
def _quietly(primitive: Any, residual: Any, tangents: Sequence[Any]) -> tuple[Any, bool]:
    """A tangent through slopes that may be infinite, and whether it is finite."""
    try:
        t = primitive.push(residual, tangents)
    except ArithmeticError:  # Python's numbers raise where NumPy's give an infinity
        t = primitive.push(as_numpy(residual), tangents)
    return t, is_finite(t)


def _by_floats(primitive: Any, residual: Any, tangents: Sequence[Any]) -> Any:
    """A finite tangent by Python's numbers, which need no error state; else ``None``."""
    try:
        t = primitive.push(_floats(residual), _floats(tangents))
    except ArithmeticError:
        return None
    return t if t.__class__ is float and math.isfinite(t) else None


def _of_traced(primitive: Any, residual: Any, tangents: Sequence[Any]) -> Any:
    """The same where numbers are differentiated once more, or a program of them is recorded.

    Where a slope is not finite, Python's numbers raise in a program, and then the mode itself
    answers. So only beside NumPy's, which would warn of an infinity later, there is a guard.
    """
    values = [*residual, *tangents]
    kinds = {_kind(x) for x in values if x is not None}
    if not kinds <= _NUMBERS:
        return None
    of_numpy = np.float64 in kinds
    if of_numpy:
        if not all(map(_can_be_pythons, values)):
            return None
        values = [as_traced(computed(float, plain(x))) if _is_numpys(x) else x for x in values]
        residual, tangents = values[: len(residual)], values[len(residual) :]
    try:
        t = primitive.push(residual, tangents)
    except ArithmeticError:
        return None
    if plain(t).__class__ is not float:
        return None
    if stands_for_another(plain(t)) and not of_numpy:
        return t
    return t if is_finite(t) else None


_NUMBERS = {float, int, np.float64}


def _kind(x: Any) -> type:
    """Of which class a number is; a tracer may be an array of no axes, as the input was."""
    x = plain(x)
    is_one = x.__class__ is ndarray and not x.shape and x.dtype == np.float64
    return np.float64 if is_one else x.__class__


def _is_numpys(x: Any) -> bool:
    return _kind(x) is np.float64


def _can_be_pythons(x: Any) -> bool:
    """Whether nobody loses sight of a number where it is made one of Python's."""
    if not _is_numpys(x) or not isinstance(x, Traced):
        return True
    return stands_for_another(plain(x)) and not is_differentiated(x)


def _floats(values: Any) -> list[Any]:
    return [float(x) if x.__class__ is np.float64 else x for x in values]


def dual(value: Any, tangent: Any, level: Level) -> Dual:
    result = _new(Dual)
    result._value = value
    result._tangent = tangent
    result._level = level
    return result
