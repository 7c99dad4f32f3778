"""What a compiled program does, step by step: entries, reductions, parts and views, or a call.

A step is looked at once, in `lowering`, which says as which of these it can be compiled. Whatever
it does not know is called as it is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from admodes.programs.steps import Guard, Step, Value, used


@dataclass(eq=False)
class Node:
    """One step of a compiled program."""

    made: Value

    def uses(self) -> Iterator[Value]:
        raise NotImplementedError


class Index:
    """Stands for the number of an entry, counted in the order "C"."""


INDEX = Index()


@dataclass(eq=False)
class Entrywise(Node):
    """Each entry of the result is computed of one of each argument; these are stretched."""

    write: Callable[..., str]  #: ``write(code, dtype, *args)``, with `dtype` that of the last
    args: tuple[Any, ...]  #: values, numbers, or `INDEX`
    dtypes: tuple[np.dtype[Any], ...]  #: to which the arguments are converted first
    cost: int = 1  #: how much it is, where an entry that is read is 1

    def uses(self) -> Iterator[Value]:
        return (x for x in self.args if x.__class__ is Value)


def same(code: Any, dtype: Any, x: str) -> str:
    """An entry as it is."""
    return x


@dataclass(eq=False)
class Gathered(Node):
    """Entries of an array, along one axis at places that an array of integers says."""

    array: Value
    axis: int
    places: Value  #: none of them outside of the array

    def uses(self) -> Iterator[Value]:
        yield self.array
        yield self.places


@dataclass(eq=False)
class Reduced(Node):
    """A sum, say, along some axes."""

    kind: str
    array: Value
    axes: tuple[int, ...]  #: from the start

    def uses(self) -> Iterator[Value]:
        yield self.array


@dataclass(frozen=True)
class Place:
    """Where in the memory of an array a part of it is: a view, or a single entry."""

    offset: int  #: in bytes
    shape: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    moving: tuple[tuple[Value, int, int], ...] = ()  #: a number, how far 1 of it moves, and its end


@dataclass(eq=False)
class View(Node):
    """Another look at memory. A single entry is read."""

    base: Value
    place: Place

    def uses(self) -> Iterator[Value]:
        yield self.base
        yield from (x for x, _, _ in self.place.moving)


@dataclass(eq=False)
class Parts(Node):
    """An array that is put together of parts, each where it belongs."""

    parts: list[tuple[Any, Place]]
    how: str = "sum"  #: added to zeros; "beside" each other; or "over", over the first, all of it

    def uses(self) -> Iterator[Value]:
        for part, place in self.parts:
            if part.__class__ is Value:
                yield part
            yield from (x for x, _, _ in place.moving)


@dataclass(eq=False)
class Asked(Node):
    """What has to be true; `made` says whether it is."""

    truth: Value
    expected: bool = True

    def uses(self) -> Iterator[Value]:
        yield self.truth


@dataclass(eq=False)
class Called(Node):
    """A step, or a guard, that is left to NumPy."""

    step: Step | Guard

    def uses(self) -> Iterator[Value]:
        return iter(used(self.step))
