"""Signs, and factors of two, taken along to where they cost nothing: a sum becomes a difference.

Neither is rounded, so that it can be earlier or later: ``p + -a * b`` is ``p - a * b``, to the last
bit. A sign is moved only to where it ends in a step that there is anyway, and within a line of the
user's, whose own values keep their meaning.
"""

import operator
from collections import Counter
from typing import Any

import numpy as np

from admodes.primitives.indexing import write
from admodes.programs.steps import Guard, Step, Steps, Value, replaced, used

NEGATIONS = frozenset({operator.neg, np.negative})
_MULTIPLICATIONS = frozenset({operator.mul, np.multiply})
_PRODUCTS = _MULTIPLICATIONS | {operator.truediv, np.divide}
_SUMS: dict[Any, Any] = {operator.add: operator.sub, np.add: np.subtract}
_DIFFERENCES = {without: plus for plus, without in _SUMS.items()}
_FACTORS = 1.0, 1e30
"""The least factor that may be doubled, and the largest: what is infinite is so either way."""


def folded(steps: Steps) -> Steps:
    """The steps with fewer signs; those that nobody needs any more are still among them."""
    return _Folding(steps).steps()


class _Folding:
    def __init__(self, steps: Steps) -> None:
        self.given = steps
        self.uses = Counter(x for part in steps.code for x in used(part))
        self.uses.update(x for x in steps.outputs if isinstance(x, Value))
        self.now: dict[Value, Step] = {}
        self.order: list[Value | Guard] = []
        self.instead: dict[Value, Value] = {}

    def steps(self) -> Steps:
        for part in self.given.code:
            if isinstance(part, Guard):
                self.order.append(part._replace(value=self.instead.get(part.value, part.value)))
            else:
                self._fold(part)
        code = [x if isinstance(x, Guard) else self.now[x] for x in self.order]
        outputs = replaced(self.given.outputs, lambda x: self.instead.get(x, x))
        return Steps(self.given.inputs, code, outputs)

    def _fold(self, step: Step) -> None:
        if self.instead and any(x in self.instead for x in used(step)):
            args, kwargs = (
                replaced(x, lambda y: self.instead.get(y, y)) for x in (step.args, step.kwargs)
            )
            step = step._replace(args=args, kwargs=kwargs)
        made = step.made
        if step.function is write.function:
            args = tuple([self._sign_last(x, step) for x in step.args])
            step = step._replace(args=args)
        elif step.kwargs or not _is_real(made):
            pass
        elif step.function in NEGATIONS:
            x = step.args[0]
            inner = self.now.get(x)
            if inner is not None and inner.function in _PRODUCTS and not made.name:
                bare = self._without_sign(x, step)
                if bare is not None and bare.layout == made.layout:
                    self.instead[made] = bare
                    self.uses[bare] = self.uses[made]
                    return
        elif step.function in _SUMS or step.function in _DIFFERENCES:
            step = self._without_signs(step)
        elif step.function in _MULTIPLICATIONS:
            step = self._doubled(step)
        self.now[made] = step
        self.order.append(made)

    def _without_signs(self, step: Step) -> Step:
        """A sum, or a difference, of something with a sign is the other."""
        function, (a, b) = step.function, step.args
        bare = self._without_sign(b, step)
        if bare is not None:
            return step._replace(function={**_SUMS, **_DIFFERENCES}[function], args=(a, bare))
        bare = self._without_sign(a, step) if function in _SUMS else None
        if bare is not None:
            return step._replace(function=_SUMS[function], args=(b, bare))
        return step

    def _without_sign(self, x: Any, by: Step) -> Value | None:
        """That of which `x` is the negative; ``None`` where that is not known, or costs more."""
        step = self.now.get(x) if x.__class__ is Value else None
        if step is None or step.kwargs or not _is_real(x) or x.name:
            return None
        if by.line not in (step.line, None):
            return None
        if step.function in NEGATIONS:
            (bare,) = step.args
            if bare.__class__ is not Value or not _is_real(bare):
                return None
            if (bare.kind, bare.dtype) != (x.kind, x.dtype):
                return None
            self._use(bare, instead_of=x)
            return bare
        if step.function not in _PRODUCTS or self.uses[x] != 1:
            return None
        for i, arg in enumerate(step.args):
            bare = self._without_sign(arg, step)
            if bare is not None:
                args = tuple([bare if j == i else y for j, y in enumerate(step.args)])
                self.now[x] = step._replace(args=args)
                return x
        return None

    def _use(self, bare: Value, instead_of: Value) -> None:
        self.uses[instead_of] -= 1
        if self.uses[instead_of]:
            self.uses[bare] += 1

    def _sign_last(self, x: Any, by: Step) -> Any:
        """A part of an array, computed without its sign if it has one, which is added then."""
        step = self.now.get(x) if x.__class__ is Value else None
        if step is None or step.function in NEGATIONS:
            return x
        bare = self._without_sign(x, by)
        if bare is None:
            return x
        negative = Value(x.kind, x.shape, x.dtype, None, "", x.strides)
        negate = np.negative if x.kind is np.ndarray else operator.neg
        self.now[negative] = Step(negative, negate, (bare,), {}, by.line, by.errors)
        self.order.append(negative)
        self.uses[negative] = 1
        return negative

    def _doubled(self, step: Step) -> Step:
        """``c * (x + x)``, whose factor can be doubled beforehand."""
        for factor, x in (step.args, step.args[::-1]):
            inner = self.now.get(x) if x.__class__ is Value else None
            number = _number(factor)
            if inner is None or number is None or inner.function not in _SUMS or inner.kwargs:
                continue
            a, b = inner.args
            alone = self.uses[x] == 1 and not x.name and inner.line == step.line
            if a is b and alone and a.layout == x.layout == step.made.layout:
                self.uses[x] -= 1
                self.uses[a] -= 1
                return step._replace(args=(2 * number, a))
        return step


def _is_real(x: Value) -> bool:
    """Whether it is a floating-point number, or an array of them in the order of its axes."""
    if x.kind is np.ndarray:
        of_floats = x.dtype is not None and x.dtype.kind == "f"
        return of_floats and (len(x.shape) < 2 or x.in_order)
    return issubclass(x.kind, (float, np.floating))


def _number(x: Any) -> float | None:
    """A constant factor, if it may be doubled."""
    least, most = _FACTORS
    return x if x.__class__ is float and least <= abs(x) <= most else None
