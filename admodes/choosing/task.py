"""The whole derivative of a function at a point, in the way that a user calls for it."""

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from admodes import forward, mixed, reverse
from admodes.checkpoints.checkpointing import checkpoint
from admodes.choosing.ways import Way
from admodes.core.values import is_floating
from admodes.modes.arguments import Inputs
from admodes.modes.evaluating import Evaluation
from admodes.modes.units import Units

MODES = {"forward": forward, "reverse": reverse, "mixed": mixed}


class Task:
    """A function, its arguments, and by which of them it is differentiated.

    Parameters
    ----------
    f, args, kwargs, argnums, has_aux
        As for :func:`admodes.jacobian`.
    scalar
        Whether the derivative is a gradient, which has a face of its own.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        argnums: int | Sequence[int],
        scalar: bool,
        kwargs: dict[str, Any] | None = None,
        has_aux: bool = False,
    ) -> None:
        self.f, self.args, self.kwargs = f, tuple(args), kwargs or {}
        self.argnums, self.scalar, self.has_aux = argnums, scalar, has_aux

    def inputs(self) -> Inputs:
        """The arguments taken apart, copies of what there is to differentiate by."""
        return Inputs(self.f, self.args, self.kwargs, self.argnums)

    def evaluation(self) -> Evaluation:
        """The function itself, to be called once."""
        return Evaluation(self.inputs())

    def of(self, way: Way) -> Callable[..., Any]:
        """The function that is recorded: in segments, where it is evaluated again."""
        return checkpoint(self.f, segments=True) if way.checkpoint else self.f

    def derivative(self, way: Way) -> Callable[..., Any]:
        """The gradient, or the Jacobian, as a function of the same arguments."""
        mode: Any = MODES[way.mode]
        face = mode.grad if self.scalar else mode.jacobian
        return face(self.of(way), self.argnums, has_aux=self.has_aux, chunk_size=way.chunk_size)

    def whole(self, way: Way) -> Callable[[], object]:
        """All of it."""
        return partial(self.derivative(way), *self.args, **self.kwargs)

    def one_pass(self, way: Way) -> Callable[[], object]:
        """A pass along the first directions; in reverse mode a recording and a sweep.

        In mixed mode, whose passes are few, all of it.
        """
        if way.mode == "mixed":
            return self.whole(way)
        if way.mode == "forward":
            return partial(self._pushed, way.chunk_size)
        return lambda: self.sweep(way, self.recorded(way))()

    def passes(self, way: Way, seconds: float) -> tuple[object, list[Any]]:
        """Passes one after another, as many as there are or as that time is enough for.

        What is given back holds what a whole derivative holds before its last pass, but for the
        parts of a Jacobian: of a gradient, each pass leaves one of its own.
        """
        deadline = perf_counter() + seconds
        one = self.one_pass(way)
        if way.mode == "reverse":
            one = self.sweep(way, self.recorded(way))
        left, parts = None, []
        for _ in range(way.passes):
            del left  # as in a whole derivative, before the next pass
            left = one()
            parts.append(np.array(0.0).reshape(-1) if self.scalar else None)
            if perf_counter() > deadline:
                break
        return left, parts

    def _pushed(self, k: int) -> object:
        inputs = self.inputs()
        units = Units(inputs.leaves)
        # The units are handed back too: a whole derivative keeps them for the next pass.
        return units, forward.run(inputs, units.along(range(min(k, units.count))), self.has_aux)

    def recorded(self, way: Way) -> reverse.Pullback:
        """The recording that all sweeps go back over."""
        f = self.of(way)
        inputs = Inputs(f, self.args, self.kwargs, self.argnums)
        return reverse.record(f, inputs, self.has_aux)[0]

    def sweep(self, way: Way, pullback: reverse.Pullback) -> Callable[[], object]:
        """A sweep along the first rows."""
        units = Units([y for y in pullback.values if is_floating(y)])
        k = min(way.chunk_size, max(units.count, 1))

        def swept() -> object:
            cts = rows(pullback.values, units, k)
            return pullback, units, pullback.pull(cts, (k,) if k > 1 else ())

        return swept


def rows(values: Sequence[Any], units: Units, k: int) -> list[Any]:
    """Cotangents of the first `k` rows, for every leaf of an output; `units` are those of them."""
    own = iter(units.along(range(min(k, units.count))))
    return [next(own) if is_floating(y) else None for y in values]
