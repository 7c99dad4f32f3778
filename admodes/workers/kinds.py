"""The kinds of work: passes of forward mode, for a gradient or for columns; sweeps, for rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.modes.arguments import Inputs, with_leading_axis
from admodes.modes.evaluating import Passes
from admodes.modes.pushing import run, scalar_pass
from admodes.modes.units import Units, block_of
from admodes.workers.work import Work

Scaled = tuple[range | np.ndarray, complex]
"""Directions, and by what they are multiplied: 1, or i for complex inputs."""


class _Forward(Work):
    def begin(self, inputs: Inputs, has_aux: bool = False) -> None:
        self.inputs, self.has_aux = inputs, has_aux
        self.units, self.passes = Units(inputs.leaves), Passes(inputs, True)

    def run(self, chunk: Scaled) -> tuple[Any, Sequence[Any]]:
        for indices, scale in self.passes.over([chunk]):
            found = self.along(self.units.along(indices, scale), len(indices))
        return found

    def along(self, tangents: list[Any], count: int) -> tuple[Any, Sequence[Any]]:
        raise NotImplementedError


class Gradient(_Forward):
    """Of a scalar function: a pass gives a derivative for each of its directions."""

    def along(self, tangents: list[Any], count: int) -> tuple[Any, Sequence[Any]]:
        value, derivatives = scalar_pass(self.inputs, tangents, count, self.has_aux)
        return derivatives, [value[0] if self.has_aux else value]


class Columns(_Forward):
    """Of a Jacobian: a pass gives for each leaf of the output its derivatives, a row a direction.

    These are columns of the Jacobian.
    """

    def along(self, tangents: list[Any], count: int) -> tuple[Any, Sequence[Any]]:
        _, _, pairs = run(self.inputs, tangents, self.has_aux)
        return [with_leading_axis(t, y, count) for y, t in pairs], [y for y, _ in pairs]


class Rows(Work):
    """Of a Jacobian, by sweeps over a recording that each worker makes once."""

    def begin(self, inputs: Inputs, record: Callable[..., Any], has_aux: bool = False) -> None:
        self.inputs = inputs
        self.pullback, _ = record(inputs.function, inputs, has_aux)
        self.units = Units(self.pullback.values)

    def run(self, chunk: Scaled) -> tuple[Any, Sequence[Any]]:
        indices, scale = chunk
        own = block_of(self.units, self.pullback.pull, self.inputs.leaves, indices, scale)
        return own, self.pullback.values
