"""Variables: a value and the node that made it; every operation is recorded on a tape.

:class:`Variable` is what a function runs on in reverse mode: it writes the common operations down
on the spot. :class:`Watched` sends each through one method, where a subclass can look at it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes import primitives
from admodes.core.levels import Level
from admodes.core.rules import Elementwise, apply
from admodes.core.values import Traced, operand, plain
from admodes.modes.expressions import Expression
from admodes.modes.tape import Tape

_new = object.__new__


def leaf(tape: Tape, value: Any) -> "Variable":
    """A new input."""
    return variable(value, (next(tape.numbers), None, None, ()), tape)


def variable(value: Any, node: Any, level: Level) -> "Variable":
    result = _new(Variable)
    result._value = value
    result._node = node
    result._level = level
    return result


# A binary operator. The residuals of its cases (both arguments are variables, or one is a constant)
# are put in when it is compiled.
_RECORD = """
    index = next(tape.numbers)
    node = (index, used, residual, parents)
    tape.nodes.append(node)
    if index >= tape.limit:
        tape.grow()
    result = new(Mode)
    result._value = y
    result._node = node
    result._level = tape
    return result
"""
_BINARY = (
    """
def method(self, other):
    tape = self._level
    a = self._value
    kind = other.__class__
    used = primitive
    if kind is Mode and other._level is tape:
        b = other._value
        y = a {sign} b
        residual = {both}
        parents = (self._node, other._node)
        if a.__class__ is not float or b.__class__ is not float:
            try:
                same = a.shape == b.shape
            except AttributeError:
                same = shape_of(a) == shape_of(b)
            if not same:
                used = primitive.broadcast
                residual = (residual, (shape_of(a), shape_of(b)), shape_of(y))
    elif kind is float or kind is int or kind in SCALARS:
        b = other
        y = a {sign} b
        residual = {left}
        parents = (self._node, None)
    elif kind is ndarray and a.__class__ is ndarray and a.shape == other.shape and is_real(other):
        y = a {sign} other
        b = {own_b}
        residual = {left}
        parents = (self._node, None)
    else:
        return apply(primitive, (self, other), {{}})"""
    + _RECORD
    + """
def reflected(self, other):
    tape = self._level
    b = self._value
    kind = other.__class__
    used = primitive
    if kind in SCALARS:
        a = other
        y = a {sign} b
    elif kind is ndarray and b.__class__ is ndarray and b.shape == other.shape and is_real(other):
        y = other {sign} b
        a = {own_a}
    else:
        return apply(primitive, (other, self), {{}})
    residual = {right}
    parents = (None, self._node)"""
    + _RECORD
)


# The same for :class:`Watched`. Numbers of Python stay what they are by Python's own operator.
_WATCHED_BINARY = """
def method(self, other):
    a = self._value
    own = other.__class__ is Mode and other._level is self._level
    b = other._value if own else other
    if a.__class__ is float and (b.__class__ is float or b.__class__ is int):
        nodes = (self._node, other._node if own else None)
        return self._record(primitive, a {sign} b, (a, b), nodes, {{}})
    return apply(primitive, (self, other), {{}})

def reflected(self, other):
    b = self._value
    if b.__class__ is float and (other.__class__ is float or other.__class__ is int):
        return self._record(primitive, other {sign} b, (other, b), (None, self._node), {{}})
    return apply(primitive, (other, self), {{}})
"""


class Variable(Expression):
    """A number or an array whose making is recorded."""

    __slots__ = ("_node",)

    _node: Any  # a Node, as a bare tuple

    def __repr__(self) -> str:
        return f"Variable({plain(self)})"

    @classmethod
    def _binary_source(cls, sign: str, primitive: Elementwise) -> str:
        def residual(*active: int | None) -> str:
            names = zip("yab", primitive.reads(active), strict=True)
            return f"({', '.join(name if read else 'None' for name, read in names)})"

        def own(position: int, *active: int | None) -> str:
            return "tape.own(other)" if primitive.reads(active)[position] else "other"

        return _BINARY.format(
            sign=sign,
            both=residual(1, 1),
            left=residual(1, None),
            right=residual(None, 1),
            own_a=own(1, None, 1),
            own_b=own(2, 1, None),
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> "Variable":
        tape: Any = self._level
        x = self._value
        y = operate(x)
        read_y, read_x = primitive.bare[0][3]
        residual = (y if read_y else None, x if read_x else None)
        index = next(tape.numbers)
        node = (index, primitive, residual, (self._node,))
        tape.nodes.append(node)
        if index >= tape.limit:
            tape.grow()
        result = _new(Variable)
        result._value = y
        result._node = node
        result._level = tape
        return result

    def __getitem__(self, index: Any) -> Any:
        x: Any = self._value
        if x.__class__ is not np.ndarray or index.__class__ not in primitives.ONE_AXIS:
            return primitives.getitem(self, index)
        # What `_apply` would do with the read, at half its time: loops read entry by entry.
        tape: Any = self._level
        shape = x.shape
        # mypy does not see that the index is one of ONE_AXIS.
        y = x[index]  # type: ignore[call-overload]
        number = next(tape.numbers)
        residual = ({"index": (index,), "shape": shape}, shape)
        node = (number, primitives.read, residual, (self._node,))
        tape.nodes.append(node)
        if number >= tape.limit:
            tape.grow()
        return variable(y, node, tape)

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Any primitive, whose arguments of the highest level are of this variable's."""
        if len(args) == 1:
            x = self._value
            plainly = x.__class__ is np.ndarray
            y = primitive.function(x, **params) if plainly else apply(primitive, (x,), params)
            return self._record(primitive, y, (x,), (self._node,), params)
        level = self._level
        parents = tuple([x._node if _at(x, level) else None for x in args])
        values = [x._value if _at(x, level) else operand(x) for x in args]
        return self._record(primitive, apply(primitive, values, params), values, parents, params)

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        """The result `y` of a primitive, its making noted on the tape.

        `values` are its arguments one level down, `parents` their nodes, ``None`` for constants.
        """
        tape: Any = self._level
        if len(values) > 1:
            primitive = primitive.between(y, values, parents)
            _, *reads = primitive.reads(parents)
            values = [
                tape.own(x) if parent is None and read else x
                for x, parent, read in zip(values, parents, reads, strict=True)
            ]
        holds = primitive.holds
        if holds or (params and holds is None):
            params = params | {held: tape.own(params[held]) for held in holds or params}
        index = next(tape.numbers)
        node = (index, primitive, primitive.residual(y, values, params, parents), parents)
        tape.nodes.append(node)
        if index >= tape.limit:
            tape.grow()
        return variable(y, node, tape)


def _at(x: Any, level: Any) -> bool:
    return isinstance(x, Traced) and x._level is level


class Watched(Variable):
    """A variable whose every operation goes through `_record`, where a subclass can see it.

    It is slower: :class:`Variable` writes the common operations down on the spot.
    """

    __slots__ = ()
    _watched = True

    @classmethod
    def _binary_source(cls, sign: str, primitive: Elementwise) -> str:
        return _WATCHED_BINARY.format(sign=sign)

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> Any:
        x = self._value
        return self._record(primitive, operate(x), (x,), (self._node,), {})

    __getitem__ = primitives.getitem
