"""The plain function, evaluated: on copies, for it may overwrite what it gets."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from admodes.core.values import fresh, plain
from admodes.modes.arguments import Inputs
from admodes.modes.containers import children, leaves, map_leaves, rebuild


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


class Passes:
    """Pass after pass of forward mode over the same function at the same arguments.

    It may write plain numbers into those that it is not differentiated by, as into any array. The
    caller's are changed by the first pass, as by a call; the next ones find what that one found.
    """

    def __init__(self, inputs: Inputs, several: bool) -> None:
        self.inputs = inputs
        constants = constants_of(inputs) if several else ()
        writeable = any(isinstance(x, np.ndarray) or children(x) is not None for x in constants)
        self._before = tuple(map_leaves(fresh, x) for x in constants) if writeable else None
        #: whether the function writes into them, once that is known
        self._writes: bool | None = None

    def over(self, chunks: Iterable[Any]) -> Iterator[Any]:
        """The chunks, one a pass."""
        for chunk in chunks:
            if self._before is not None and self._writes:
                self._give(tuple(map_leaves(fresh, x) for x in self._before))
            yield chunk
            if self._before is not None and self._writes is None:
                self._writes = bool(overwritten(self._before, constants_of(self.inputs)))

    def _give(self, constants: tuple[Any, ...]) -> None:
        self.inputs.args, self.inputs.kwargs = _with_constants(self.inputs, constants)


def constants_of(inputs: Inputs) -> tuple[Any, ...]:
    """The arguments that are not differentiated by."""
    places = [i for i in range(len(inputs.args)) if i not in inputs.argnums]
    return (*(inputs.args[i] for i in places), *inputs.kwargs.values())


def on_copies(inputs: Inputs) -> Inputs:
    """The same, with copies of the constants, if any: for what is no call of the caller's."""
    constants = constants_of(inputs)
    if not constants:
        return inputs
    own = tuple(map_leaves(fresh, x) for x in constants)
    argnums = inputs.argnums[0] if inputs.single else inputs.argnums
    return Inputs(inputs.function, *_with_constants(inputs, own), argnums)


def _with_constants(
    inputs: Inputs, constants: tuple[Any, ...]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    own = iter(constants)
    args = tuple(x if i in inputs.argnums else next(own) for i, x in enumerate(inputs.args))
    return args, {key: next(own) for key in inputs.kwargs}


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
