"""A case: a function, its input, and what it is an example of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from experiments.functions import scalars

Made = tuple[Callable[[Any], Any], Any]

#: Of each case its name, what makes it, and the sizes that this takes.
Rows = list[tuple[str, Callable[..., Made], dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """A function to take the whole derivative of."""

    name: str
    kind: str
    make: Callable[[Generator], Made]
    """``make(rng)`` gives the function and its input."""
    held_out: bool = False

    def input(self, seed: int) -> Made:
        return self.make(scalars.generator(seed, 0, self.name))


def make_function(rng: Generator, *, name: str, n: int) -> Made:
    """One of the functions of N inputs and one output that other experiments use."""
    function = scalars.find(name)
    return function.make(function.nearest(n), rng)
