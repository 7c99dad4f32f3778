"""A user's function while it is compared: it runs on copies, and is named if it changes them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from admodes.core.layout import copied
from admodes.core.values import plain
from admodes.measure.timing import sample
from admodes.modes.arguments import Inputs, name, named
from admodes.modes.complex_derivatives import refuse_complex
from admodes.modes.containers import map_leaves
from admodes.modes.evaluating import overwritten


class Subject:
    """A function at a point of its own, which nobody else's arrays are part of."""

    def __init__(
        self, f: Callable[..., Any], args: Sequence[Any], argnums: int | Sequence[int]
    ) -> None:
        self.f, self.argnums = f, argnums
        self._given = copies(args)
        self.args = copies(args)
        self.inputs = Inputs(f, self.args, {}, argnums)
        refuse_complex(self.inputs, f, "comparison")
        #: which arguments a call changes: ``"argument 0"``, ``"argument 1['weights']"``
        self.changes: tuple[str, ...] = ()
        #: whether its value is one number, which has a gradient
        self.is_scalar = False

    def evaluate(self) -> float:
        """One evaluation of the plain function: how long it took. What it changes is noted."""

        def call() -> None:
            value = self.f(*self.args)
            self.is_scalar = not isinstance(value, CONTAINERS) and np.shape(plain(value)) == ()

        seconds = sample(call, 1)
        self.changes = overwritten(self._given, self.args)
        if self.changes:
            self.args = copies(self._given)
            self.inputs = Inputs(self.f, self.args, {}, self.argnums)
        return seconds

    def call(self, function: Callable[..., Any]) -> Callable[[], Any]:
        """`function` at this point, as often as one likes: where it is changed, on new copies."""
        if not self.changes:
            return partial(function, *self.args)
        return lambda: function(*copies(self._given))

    def by_its_inputs(self) -> tuple[Callable[..., Any], list[Any]]:
        """The function of what it is differentiated by alone, and these arguments."""
        positions = self.inputs.argnums
        if positions == list(range(len(self.args))):
            return self.f, list(self.args)

        def of_inputs(*values: Any) -> Any:
            args = list(copies(self._given) if self.changes else self.args)
            for i, value in zip(positions, values, strict=True):
                args[i] = value
            return self.f(*args)

        return named(of_inputs, name(self.f)), [self.args[i] for i in positions]


CONTAINERS = (list, tuple, dict)


def copies(args: Sequence[Any]) -> tuple[Any, ...]:
    """The same containers of the same numbers, in arrays of their own."""
    return tuple(map_leaves(_copy, arg) for arg in args)


def _copy(x: Any) -> Any:
    if x.__class__ is np.ndarray:
        return copied(x)
    return x.copy() if isinstance(x, np.ndarray) else x
