"""Guards as nodes: what has to hold, asked in compiled code."""

import math
import operator
from typing import Any

import numpy as np

from admodes.core.values import has_nan, is_finite
from admodes.programs.compiled import operations as ops
from admodes.programs.compiled.code import FLOAT, INTEGER, SINGLE, TRUTH
from admodes.programs.compiled.kinds import dtype_of, scalar
from admodes.programs.compiled.nodes import Asked, Called, Entrywise, Node, Parts, Reduced, View
from admodes.programs.steps import Guard, Value


def guarded(guard: Guard, known: dict[Value, Node]) -> list[Node] | None:
    """The nodes of a guard; ``None`` where it is to be asked in Python."""
    value, kind = guard.value, guard.kind
    if kind is np.shape or kind is type:
        return None if isinstance(known.get(value), Called) else []
    dtype = dtype_of(value)
    if dtype is None:
        return None
    if kind is has_nan and not guard.expected:
        by = known.get(value)
        while isinstance(by, View) and math.prod(by.base.shape) == math.prod(by.made.shape):
            by = known.get(by.base)
        if isinstance(by, Parts) and dtype != TRUTH:
            return [n for part, _ in by.parts for n in all_finite(part, dtype)]
        return holds_for_all(value, dtype, ops.ENTRYWISE[np.isnan], expected=False)
    if kind is is_finite and guard.expected:
        return all_finite(value, dtype)
    if value.shape or value.kind is np.ndarray:
        return None
    if kind is math.isfinite:
        return holds_for_all(value, dtype, ops.finite, bool(guard.expected))
    if kind is bool and dtype == TRUTH:
        return [Asked(Value(bool), value, bool(guard.expected))]
    if kind is bool:
        some = Value(bool)
        test = ops.ENTRYWISE[np.not_equal]
        return [
            Entrywise(some, test, (value, 0), (dtype, dtype)),
            Asked(Value(bool), some, bool(guard.expected)),
        ]
    if (kind is float and dtype == FLOAT) or (kind in (int, operator.index) and dtype == INTEGER):
        same = Value(bool)
        test = ops.ENTRYWISE[np.equal]
        return [
            Entrywise(same, test, (value, guard.expected), (dtype, dtype)),
            Asked(Value(bool), same),
        ]
    return None


def holds_for_all(x: Any, dtype: Any, write: Any, expected: bool = True) -> list[Node]:
    """That something holds of every entry; or, if not `expected`, of none."""
    if x.__class__ is not Value or dtype in (INTEGER, TRUTH):
        return []
    own = dtype_of(x)
    test = Value(np.ndarray, x.shape, TRUTH) if x.shape else Value(bool)
    nodes: list[Node] = [Entrywise(test, write, (x,), (own,))]
    if x.shape:
        every = Value(bool)
        kind = "all" if expected else "any"
        nodes.append(Reduced(every, kind, test, tuple(range(len(x.shape)))))
        test = every
    return [*nodes, Asked(Value(bool), test, expected)]


def all_finite(x: Any, dtype: Any) -> list[Node]:
    """That all entries are finite, and not so large that their sum is not.

    That is more than asked for, and quicker: what is put together of such parts is not NaN.
    """
    if x.__class__ is not Value or not x.shape or dtype_of(x) not in (FLOAT, SINGLE):
        return holds_for_all(x, dtype, ops.finite)
    total = scalar(dtype_of(x))
    everything = Reduced(total, "sum", x, tuple(range(len(x.shape))))
    return [everything, *holds_for_all(total, dtype, ops.finite)]


def not_raised(made: Value, ufunc: Any, args: list[Any]) -> list[Node]:
    """Where Python raises an error, the program does not hold."""
    if ufunc is np.divide and (args[1].__class__ is Value or args[1] == 0):
        some = Value(bool)
        test = Entrywise(some, ops.ENTRYWISE[np.not_equal], (args[1], 0.0), (FLOAT, FLOAT))
        return [test, Asked(Value(bool), some)]
    if ufunc is np.power:
        return holds_for_all(made, FLOAT, ops.finite)
    return []
