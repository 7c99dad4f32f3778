"""The same numbers from fewer steps: every rewriting here is exact in floating point.

A value that two steps make alike is made once, a step that nobody needs is dropped, and a product
with 1 is the other factor.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.values import has_nan, is_finite, shape_of
from admodes.programs.buffers import ufunc_of
from admodes.programs.signs import folded
from admodes.programs.steps import Guard, Step, Steps, Value, bits, replaced, used
from admodes.programs.tracers import Method

_PRODUCTS = frozenset({operator.mul, np.multiply})
_COPIES = frozenset({np.copy, Method("copy")})


def simplified(steps: Steps) -> Steps:
    """The steps that are needed."""
    return _needed(folded(_needed(_merged(steps))))


def _merged(steps: Steps) -> Steps:
    """What is made again is that which is there already."""
    instead: dict[Value, Any] = {}
    made: dict[Any, Value] = {}

    def now(x: Any) -> Any:
        return replaced(x, lambda value: instead.get(value, value))

    code: list[Step | Guard] = []
    steps_of: dict[Value, Step] = {}
    wide: dict[Value, Any] = {}  # what was stretched -> what it was
    seen: set[Any] = set()
    for part in steps.code:
        if isinstance(part, Guard):
            guard = _plainer(part._replace(value=now(part.value)), steps_of)
            if (guard.value, guard.kind) not in seen:
                seen.add((guard.value, guard.kind))
                if guard.kind in (math.isfinite, is_finite) and guard.expected:
                    seen.add((guard.value, has_nan))
                code.append(guard)
            continue
        step = part._replace(args=now(part.args), kwargs=now(part.kwargs))
        step = _narrow(step, wide)
        same = _without(step)
        if same is not None:
            instead[step.made] = same
            same.name = same.name or step.made.name
            continue
        raised = step.errors if "raise" in step.errors else ""
        key = _key((step.function, step.args, step.kwargs, raised))
        if key in made:
            instead[step.made] = made[key]
            made[key].name = made[key].name or step.made.name
            continue
        made[key] = step.made
        if step.made.base is not None:
            step.made.base = instead.get(step.made.base, step.made.base)
        code.append(step)
        steps_of[step.made] = step
        if step.function is np.broadcast_to:
            wide[step.made] = step.args[0]
    return Steps(steps.inputs, code, now(steps.outputs))


def _plainer(guard: Guard, steps: dict[Value, Step]) -> Guard:
    """That a number differs from itself, and that the least of an array does, says: it is NaN."""
    step = steps.get(guard.value)
    if guard.kind is not bool or step is None:
        return guard
    if step.function is is_finite:
        return guard._replace(value=step.args[0], kind=is_finite, errors=step.errors)
    if step.function is np.isfinite and step.args[0].kind in (float, np.float64):
        return guard._replace(value=step.args[0], kind=math.isfinite)  # at a tenth of the time
    if step.function is not operator.ne:
        return guard
    one, other = step.args
    if one is not other:
        return guard
    least = steps.get(one)
    if least is not None and least.function == Method("item") and len(least.args) == 2:
        array, place = least.args
        where = steps.get(place)
        if where is not None and where.function == Method("argmin") and where.args == (array,):
            one = array
    return guard._replace(value=one, kind=has_nan)


def _without(step: Step) -> Value | None:
    """The value that a step only hands on."""
    if step.function in _PRODUCTS and not step.kwargs:
        for one, other in (step.args, step.args[::-1]):
            if _is_one(one) and _is_alike(other, step.made):
                return other
    if step.function in _COPIES and len(step.args) == 1 and _is_alike(step.args[0], step.made):
        return step.args[0]
    return None


def _narrow(step: Step, wide: dict[Value, Any]) -> Step:
    """A ufunc stretches its arguments itself, where another has the shape of the result."""
    if ufunc_of(step) is None or step.made.kind is not np.ndarray:
        return step
    args = list(step.args)
    for i, x in enumerate(args):
        narrow = wide.get(x) if isinstance(x, Value) else _one_number(x, step)
        others = [shape_of(y) for j, y in enumerate(args) if j != i]
        if narrow is not None and np.broadcast_shapes(shape_of(narrow), *others) == step.made.shape:
            args[i] = narrow
    return step._replace(args=tuple(args))


def _one_number(x: Any, step: Step) -> float | None:
    """That of which a constant array consists, where as one of Python's it makes the same."""
    if x.__class__ is not np.ndarray or x.dtype != np.float64 or not x.size:
        return None
    layout = x.dtype, step.made.strides  # which that of the result depends on, too
    for y in step.args:
        if y is not x and (y.__class__ is not Value or (y.dtype, y.strides) != layout):
            return None
    number = float(x.flat[0])
    same = (x == number).all() and (np.signbit(x) == np.signbit(number)).all()
    return number if same else None


def _is_one(x: Any) -> bool:
    if x.__class__ is np.ndarray:
        return bool(x.size and (x == 1).all())
    return x.__class__ in (int, float, np.float64) and x == 1


def _is_alike(x: Any, y: Value) -> bool:
    return x.__class__ is Value and x.layout == y.layout


def _key(x: Any) -> Any:
    """Something hashable that is equal only where the step is the same."""
    kind = x.__class__
    if kind is tuple or kind is list:
        return (kind, *map(_key, x))
    if kind is dict:
        return (kind, *((name, _key(value)) for name, value in x.items()))
    if kind is slice:
        return (kind, _key(x.start), _key(x.stop), _key(x.step))
    if kind is np.ndarray:
        return (kind, id(x))
    if kind is float or kind is complex or isinstance(x, np.inexact):
        return (kind, bits(x))
    try:
        hash(x)
    except TypeError:
        return (kind, id(x))
    return (kind, x)


def _needed(steps: Steps) -> Steps:
    """Without what neither an output nor a guard depends on."""
    wanted = {value for x in steps.outputs if isinstance(x, Value) for value in [x]}
    code: list[Step | Guard] = []
    for part in reversed(steps.code):
        if isinstance(part, Guard) or part.made in wanted:
            wanted.update(used(part))
            code.append(part)
    return Steps(steps.inputs, code[::-1], steps.outputs)


Rewriting = Callable[[Steps], Steps]
