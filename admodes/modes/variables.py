"""Variables: a value and the node that made it; every operation is recorded on a tape.

:class:`Variable` is what a function runs on in reverse mode: it writes the common operations down
on the spot. :class:`Watched` sends each through one method, where a subclass can look at it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from admodes.core.kinds import operand
from admodes.core.levels import Level
from admodes.core.rules import Elementwise, apply
from admodes.core.stand_ins import Unrepeatable
from admodes.core.values import Traced, plain
from admodes.modes.expressions import Expression
from admodes.modes.operators import BinaryLines
from admodes.modes.tape import Tape
from admodes.modes.views import note_view, shares_memory
from admodes.modes.writing import is_alone, overwritten
from admodes.primitives.indexing import ONE_AXIS, getitem, read
from admodes.primitives.overwriting import overwrite

_new = object.__new__


def leaf(tape: Tape, value: Any, kind: "type[Variable] | None" = None) -> Any:
    """A new input."""
    return variable(value, (next(tape.numbers), None, None, ()), tape, kind or Variable)


def variable(value: Any, node: Any, level: Level, kind: Any) -> Any:
    """A variable of this kind, :class:`Variable` or one derived from it."""
    result = _new(kind)
    result._value = value
    result._node = node
    result._level = level
    return result


_NODE = """
index = next(level.numbers)
node = (index, used, residual, parents)
level.nodes.append(node)
if index >= level.limit:
    level.grow()
"""
_RESULT = """
result = new(Mode)
result._value = y
result._node = node
result._level = level
return result
"""


class Variable(Expression):
    """A number or an array whose making is recorded."""

    __slots__ = ()

    _node: Any  # a Node, as a bare tuple
    _noted = ""  # a line more, of those who note something of each number `index` and value `y`

    def __repr__(self) -> str:
        return f"Variable({plain(self)})"

    @classmethod
    def _binary_lines(cls, primitive: Elementwise) -> BinaryLines:
        def recorded(*active: int | None, stretched: bool = False) -> str:
            read = zip("yab", primitive.reads(active), strict=True)
            residual = f"({', '.join(name if wanted else 'None' for name, wanted in read)})"
            used = "primitive"
            if stretched:
                residual = f"({residual}, (shape_of(a), shape_of(b)), shape_of(y))"
                used = "primitive.broadcast"
            names = ("self._node", "other._node") if None not in active else ("self._node",) * 2
            parents = [n if a else "None" for n, a in zip(names, active, strict=True)]
            lines = f"used, residual = {used}, {residual}\nparents = ({', '.join(parents)})"
            return lines + "\nlevel.singular = True" * primitive.singular

        def own(position: int, *active: int | None) -> str:
            return "level.own(other)" if primitive.reads(active)[position] else "other"

        return BinaryLines(
            both=recorded(1, 1),
            stretched=recorded(1, 1, stretched=True),
            left=recorded(1, None),
            right=recorded(None, 1),
            own_a=own(1, None, 1),
            own_b=own(2, 1, None),
            result=_NODE + cls._noted + _RESULT,
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> "Variable":
        tape: Any = self._level
        x = self._value
        y = operate(x)
        read_y, read_x = primitive.bare[0][3]
        residual = (y if read_y else None, x if read_x else None)
        if primitive.singular:
            tape.singular = True
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
        if x.__class__ is not ndarray or index.__class__ not in ONE_AXIS:
            return getitem(self, index)
        # What `_apply` would do with the read, at half its time: loops read entry by entry.
        tape: Any = self._level
        shape = x.shape
        y = x[index]
        number = next(tape.numbers)
        params = {"index": (index,), "shape": shape}
        node = (number, read, (params, shape), (self._node,))
        tape.nodes.append(node)
        if number >= tape.limit:
            tape.grow()
        result = _new(Variable)
        result._value = y
        result._node = node
        result._level = tape
        if y.__class__ is ndarray:
            note_view(result, self, read, params)
        return result

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Any primitive, whose arguments of the highest level are of this variable's."""
        if len(args) == 1:
            x = self._value
            if x.__class__ is np.ndarray:  # `apply`, at half its time
                try:
                    y = primitive.function(x, **params)
                except Unrepeatable as stop:
                    y = stop.recording.in_one(primitive, (x,), params)
            else:
                y = apply(primitive, (x,), params)
            result = self._record(primitive, y, (x,), (self._node,), params)
            if primitive.writeable is not None and shares_memory(y, x):
                note_view(result, self, primitive, params)
            return result
        level = self._level
        parents = tuple([x._node if _at(x, level) else None for x in args])
        values = [x._value if _at(x, level) else operand(x) for x in args]
        return self._record(primitive, apply(primitive, values, params), values, parents, params)

    def _constant(self, value: Any) -> Any:
        return variable(value, None, self._level, self.__class__)

    def _is_alone(self, views: Sequence[Any]) -> bool:
        return is_alone(self, "_value", views)

    def _overwrite(self, value: Any, params: dict[str, Any], in_place: bool) -> bool:
        own = _at(value, self._level)
        node = value._node if own else None
        value = value._value if own else operand(value)
        x = self._value
        y = self._value = overwritten(x, value, params, in_place)
        self._become(self._record(overwrite, y, (y, value), (self._node, node), params))
        return y is x

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
        if primitive.singular:
            tape.singular = True
        index = next(tape.numbers)
        node = (index, primitive, primitive.residual(y, values, params, parents), parents)
        tape.nodes.append(node)
        if index >= tape.limit:
            tape.grow()
        result = _new(self.__class__)
        result._value = y
        result._node = node
        result._level = tape
        return result


def _at(x: Any, level: Any) -> bool:
    return isinstance(x, Traced) and x._level is level
