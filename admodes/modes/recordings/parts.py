"""A node, an edge, and the local derivative on it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from admodes.core import singularities
from admodes.core.rules import Broadcast, Elementwise
from admodes.core.values import has_nan, plain
from admodes.modes.cotangents import seed
from admodes.modes.recordings.source import Line

ENTRIES = 10_000
"""The most entries that a local Jacobian is made with: a 100 × 100 one, 80 kB."""


@dataclass(frozen=True, eq=False)
class Node:
    """An input, or an operation and its result."""

    index: int
    """Its place among the graph's nodes: inputs first, then operations as they were recorded."""
    name: str
    """Of an input, what the function calls it; of an operation, the variable that its result is
    assigned to (``y₁``, ``y₂``, … where that happens several times), or else what it does."""
    named: bool
    """Whether that is the name of a variable."""
    operation: str
    """The primitive's name; ``input`` for an input."""
    expression: str
    """What is computed, with the operands that have a name by name: ``a + b``, ``sin(·)``."""
    value: Any
    """A plain number, or a read-only array."""
    line: Line | None
    """The user's source line."""
    output: str | None = None
    """Where in the function's output it stands, ``""`` being all of it; None: it is no output."""
    place: tuple[Any, ...] = field(default=(), repr=False)
    """What operations that a loop repeats have in common."""

    @property
    def is_input(self) -> bool:
        return self.place[0] == "input"

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    @property
    def size(self) -> int:
        return np.size(self.value)


@dataclass(frozen=True, eq=False)
class Edge:
    """An argument of an operation, with the local derivative: of the operation by that argument."""

    source: Node
    target: Node
    argument: int
    """The argument's position: one node may be several arguments of an operation."""
    primitive: Any = field(repr=False)
    residual: Any = field(repr=False)
    active: tuple[bool, ...] = field(repr=False)

    def push(self, tangent: Any) -> Any:
        """The local linear map, by the primitive's own rule; leading axes are directions."""
        tangents = [tangent if i == self.argument else None for i in range(len(self.active))]
        lead = np.shape(tangent)[: np.ndim(tangent) - len(self.source.shape)]
        nan = has_nan(self.target.value)
        return plain(singularities.pushed(self.primitive, self.residual, tangents, lead, nan))

    def pull(self, cotangent: Any) -> Any:
        """Its transpose, by the primitive's own rule."""
        active = [True if each else None for each in self.active]
        lead = np.shape(cotangent)[: np.ndim(cotangent) - len(self.target.shape)]
        nan = has_nan(self.target.value)
        pulled = singularities.pulled(self.primitive, self.residual, cotangent, active, lead, nan)
        return plain(pulled[self.argument])

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the derivative: ``target.shape + source.shape``."""
        return self.target.shape + self.source.shape

    @property
    def diagonal(self) -> bool:
        """Whether the operation works entry by entry, so that only a diagonal is not zero."""
        return (
            isinstance(self.primitive, Elementwise)
            and not isinstance(self.primitive, Broadcast)
            and self.source.shape == self.target.shape != ()
        )

    @cached_property
    def derivative(self) -> Any:
        """The local derivative: a number, or the local Jacobian, of shape ``self.shape``.

        Raises
        ------
        ValueError
            Where it would have more than 10,000 entries: use :meth:`push` or :meth:`pull` then.
        TypeError
            Where values are complex.
        """
        x, y = self.source.value, self.target.value
        if self.source.size * self.target.size > ENTRIES:
            raise ValueError(
                f"the Jacobian of {self.target.name} by {self.source.name} has shape {self.shape}, "
                f"more than {ENTRIES:,} entries: use edge.push(tangent) or edge.pull(cotangent)"
            )
        if np.iscomplexobj(x) or np.iscomplexobj(y):
            raise TypeError(
                f"{self.target.name} by {self.source.name}: the derivative of complex values is no "
                "single number; use edge.push(tangent) or edge.pull(cotangent)"
            )
        if self.source.size <= self.target.size or self.target.size == 0:
            return columns(self.push(units(x)), x, y)
        return rows(self.pull(units(y)), x, y)


def units(x: Any) -> Any:
    """All unit directions of a value: 1 for a number, else an array of shape ``(size, *shape)``."""
    if np.ndim(x) == 0:
        return seed(x)
    return np.eye(np.size(x), dtype=x.dtype).reshape(np.size(x), *np.shape(x))


def columns(pushed: Any, x: Any, y: Any) -> Any:
    """The Jacobian of `y` by `x` from the pushed :func:`units` of `x`."""
    if np.ndim(x) == 0:
        return pushed
    return np.moveaxis(np.asarray(pushed), 0, -1).reshape(np.shape(y) + np.shape(x))


def rows(pulled: Any, x: Any, y: Any) -> Any:
    """The Jacobian of `y` by `x` from the pulled :func:`units` of `y`."""
    return pulled if np.ndim(y) == 0 else np.reshape(pulled, np.shape(y) + np.shape(x))
