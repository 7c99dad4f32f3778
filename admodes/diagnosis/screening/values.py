"""What is known of a value from reading alone: whether it carries derivatives, and what it is."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core.values import Traced, plain
from admodes.modes.containers import children

UNKNOWN: Any = object()


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """What an expression in the source may give.

    Attributes
    ----------
    traced
        It carries derivatives, or is an object that holds what does.
    depth
        It is a list (a tuple, a dict, …) of what does: 1; a list of such lists: 2.
    depends
        It is plain, and computed from what carries derivatives: a comparison, an index.
    number
        It carries derivatives, and is a number where it carries none: no array to make others like.
    array
        It is a plain array.
    maker
        The call that has made this array, where it is one that takes ``like=``.
    kind
        The class of an object that was made here.
    thing
        The object itself, where it is there before the function is called.
    code
        A function that is written within the function: its node and the scope around it.
    items
        Those of a tuple or a list that is written out.
    """

    traced: bool = False
    depth: int = 0
    depends: bool = False
    number: bool = False
    array: bool = False
    maker: Any = None
    kind: Any = None
    thing: Any = UNKNOWN
    code: Any = None
    items: tuple["Value", ...] | None = None

    @property
    def carries(self) -> bool:
        return self.traced or self.depth > 0

    @property
    def tells(self) -> bool:
        """Whether a branch on it is one on the arguments' values."""
        return self.traced or self.depends

    def element(self) -> "Value":
        """What an index or a loop takes out of it."""
        if self.items:
            return joined(*self.items)
        if self.depth:
            return Value(traced=self.traced or self.depth == 1, depth=self.depth - 1)
        return Value(traced=self.traced, depends=self.depends, array=self.array, maker=self.maker)


PLAIN, TRACED = Value(), Value(traced=True)


def joined(*values: Value) -> Value:
    """What is known where it may be any of these."""
    if not values:
        return PLAIN
    first, *others = values
    for other in others:
        first = _joined(first, other)
    return first


def _joined(a: Value, b: Value) -> Value:
    items = None
    if a.items is not None and b.items is not None and len(a.items) == len(b.items):
        items = tuple(map(joined, a.items, b.items))
    return Value(
        traced=a.traced or b.traced,
        depth=max(a.depth, b.depth),
        depends=a.depends or b.depends,
        number=a.number and b.number,
        array=a.array or b.array,
        maker=a.maker or b.maker,
        kind=a.kind or b.kind,
        thing=a.thing if a.thing is b.thing else UNKNOWN,
        code=a.code or b.code,
        items=items,
    )


def listed(parts: Sequence[Value]) -> Value:
    """A list of these."""
    depth = max((part.depth for part in parts), default=0)
    carries = any(part.carries for part in parts)
    return Value(
        depth=depth + 1 if carries else 0,
        depends=any(part.depends for part in parts),
        items=tuple(parts),
    )


def of_argument(x: Any) -> Value:
    """What is known of an argument of the function that is looked at."""
    parts = children(x)
    if parts is not None:
        return _holding(x, [of_argument(part) for _, part in parts])
    if isinstance(x, (np.ndarray, np.generic)):
        number = isinstance(x, np.generic)
        return Value(traced=True, number=number) if x.dtype.kind in "fc" else of_thing(x)
    if isinstance(x, (int, float, complex)) and not isinstance(x, bool):
        return Value(traced=True, number=True)
    return of_thing(x)


def of_thing(thing: Any) -> Value:
    """What is known of an object that is there already."""
    if isinstance(thing, Traced):
        return Value(traced=True, number=not isinstance(plain(thing), np.ndarray))
    parts = children(thing)
    if parts:
        found = _holding(thing, [of_thing(part) for _, part in parts])
        if found.carries:
            return found
    return Value(array=isinstance(thing, np.ndarray), thing=thing)


def _holding(x: Any, parts: Sequence[Value]) -> Value:
    """What is known of a container of these."""
    if dataclasses.is_dataclass(x):
        return Value(traced=any(part.carries for part in parts), kind=type(x))
    found = listed(parts)
    return dataclasses.replace(found, items=None if isinstance(x, dict) else found.items)
