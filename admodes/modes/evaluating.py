"""The plain function, evaluated: on copies, for it may overwrite what it gets."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core.values import fresh, plain
from admodes.modes.arguments import Inputs, leaves, rebuild


class Evaluation:
    """One evaluation of a function without derivatives, on copies that are its own."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.values = [fresh(plain(x)) for x in inputs.leaves]

    def __call__(self) -> Any:
        return self.inputs.call(self.values)

    def changes(self) -> tuple[str, ...]:
        """Which of these copies it has overwritten."""
        now, left = list(self.inputs.args), iter(self.values)
        for i, tree in zip(self.inputs.argnums, self.inputs.trees, strict=True):
            now[i] = rebuild(tree, left)
        return overwritten(self.inputs.args, now)


def overwritten(before: Sequence[Any], now: Sequence[Any]) -> tuple[str, ...]:
    """Where arguments hold other arrays, or others' numbers: ``"argument 0['weights']"``."""
    old, new = _places(before), _places(now)
    return tuple(
        place for place in old | new if not _same(old.get(place, ...), new.get(place, ...))
    )


def _places(args: Sequence[Any]) -> dict[str, Any]:
    return {
        f"argument {i}{path}": plain(x) for i, arg in enumerate(args) for path, x in leaves(arg)
    }


def _same(x: Any, y: Any) -> bool:
    if x is y:
        return True
    if x.__class__ is not y.__class__:
        return False
    if not isinstance(x, (np.ndarray, np.generic, float, complex, int)):
        return True
    return np.array_equal(x, y, equal_nan=np.result_type(x).kind in "fc")
