"""Which memory each step of a program writes into: a linear scan over the lives of its values.

A large result goes where an argument was that is not needed any more, or into a buffer that is
free. Fresh memory would have to be mapped in page by page, which takes longer than the arithmetic.
"""

import math
import operator
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from admodes.primitives.indexing import is_basic, write
from admodes.programs.signs import NEGATIONS
from admodes.programs.steps import Guard, Step, Steps, Value, used, values_in

LARGE = 512
"""Bytes from which on a result goes into a buffer: below, a new array costs no more than that."""

UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.neg: np.negative,
    operator.lt: np.less,
    operator.le: np.less_equal,
    operator.gt: np.greater,
    operator.ge: np.greater_equal,
    operator.eq: np.equal,
    operator.ne: np.not_equal,
    operator.and_: np.bitwise_and,
    operator.or_: np.bitwise_or,
    math.hypot: np.hypot,
}


@dataclass
class Plan:
    """Where results go: into which buffer, and what buffers there are."""

    into: dict[Value, int] = field(default_factory=dict)
    buffers: list[tuple[tuple[int, ...], np.dtype[Any]]] = field(default_factory=list)
    #: parts of arrays, and what is subtracted there in their place
    subtracted: dict[Value, Value] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        return sum(math.prod(shape) * dtype.itemsize for shape, dtype in self.buffers)

    def without_sign(self, x: Any) -> Any:
        """What is subtracted in place of `x`, or `x` itself."""
        return self.subtracted.get(x, x) if x.__class__ is Value else x

    def empty(self) -> list[np.ndarray]:
        return [np.empty(shape, dtype) for shape, dtype in self.buffers]


def planned(steps: Steps) -> Plan:
    """A plan of the buffers."""
    plan = Plan(subtracted=_subtracted(steps))
    last = _last_uses(steps, plan)
    kept = {root(x) for x in steps.outputs if isinstance(x, Value)}
    free: dict[Any, list[int]] = {}
    for i, part in enumerate(steps.code):
        if isinstance(part, Guard) or part.made in plan.subtracted:
            continue
        made, needs = part.made, dict.fromkeys(root(plan.subtracted.get(x, x)) for x in used(part))
        ends = [x for x in needs if x in plan.into and last[x] == i]
        if takes_buffer(part) and root(made) not in kept:
            same = _kind(made)
            own = next((x for x in ends if _kind(x) == same and may_overwrite(part, x)), None)
            if own is not None:
                ends.remove(own)
                plan.into[made] = plan.into[own]
            elif free.get(same):
                plan.into[made] = free[same].pop()
            else:
                plan.into[made] = len(plan.buffers)
                plan.buffers.append((made.shape, made.dtype or np.dtype(float)))
        if last.get(made, -1) < i and made in plan.into:  # nobody uses it
            ends.append(made)
        for x in ends:
            free.setdefault(_kind(x), []).append(plan.into[x])
    return plan


def root(x: Value) -> Value:
    """The value whose memory this one shows."""
    while x.base is not None:
        x = x.base
    return x


def takes_buffer(step: Step) -> bool:
    """Whether a step can write its result into memory that is there."""
    made = step.made
    if made.kind is not np.ndarray or made.dtype is None or made.base or not made.in_order:
        return False
    if made.nbytes < LARGE:
        return False
    if puts_in_place(step):
        return True
    return not step.kwargs and isinstance(ufunc_of(step), np.ufunc)


def puts_in_place(step: Step) -> bool:
    """Whether it adds parts to zeros, each where an entry comes once."""
    return step.function is write.function and all(map(_is_place, step.kwargs["indices"]))


def _is_place(index: tuple[Any, ...]) -> bool:
    values = [*values_in(index)]
    return is_basic(index) and all(x.kind is not np.ndarray and x in index for x in values)


def ufunc_of(step: Step) -> Any:
    """The ufunc that a step applies, of one result, or ``None``."""
    function = UFUNCS.get(step.function, step.function)
    if not isinstance(function, np.ufunc) or function.nout != 1 or function.signature is not None:
        return None
    return function if len(step.args) == function.nin else None


def may_overwrite(step: Step, x: Value) -> bool:
    """Whether the result may take the memory of an argument, entry by entry.

    Not that of which the step reads a view: other entries would be read after they were written.
    """
    return step.function is not write.function and all(
        value is x for value in used(step) if root(value) is x
    )


def _kind(x: Value) -> Any:
    return x.shape, x.dtype


def _last_uses(steps: Steps, plan: Plan) -> dict[Value, int]:
    last: dict[Value, int] = {}
    for i, part in enumerate(steps.code):
        for value in used(part):
            last[root(plan.subtracted.get(value, value))] = i
    return last


def _subtracted(steps: Steps) -> dict[Value, Value]:
    """Negatives of arrays that are added to a part of another one, and nothing else."""
    uses = Counter(x for part in steps.code for x in used(part))
    uses.update(x for x in steps.outputs if isinstance(x, Value))
    negatives = {
        part.made: part.args[0]
        for part in steps.code
        if isinstance(part, Step) and part.function in NEGATIONS and uses[part.made] == 1
    }
    parts = {
        x
        for part in steps.code
        if isinstance(part, Step) and puts_in_place(part)
        for x in part.args
        if isinstance(x, Value)
    }
    return {x: bare for x, bare in negatives.items() if x in parts and bare.__class__ is Value}
