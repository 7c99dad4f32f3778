"""What a program is made of: values, the steps that make them, and guards.

Every value is made once and never changes (a static single assignment), so that a step can be
moved, merged or dropped by looking at who uses what.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


@dataclass(eq=False, slots=True)
class Value:
    """One value: an input, or what a step makes."""

    kind: type  #: of what: ``np.ndarray``, ``float``, ``np.float64``, ``tuple``, …
    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] | None = None  #: of an array or a number of NumPy's
    base: "Value | None" = None  #: the value whose memory it shows a part of, as far as is known
    name: str = ""  #: the user's
    strides: tuple[int, ...] | None = None  #: of an array, in memory

    @property
    def nbytes(self) -> int:
        """Bytes of all entries."""
        return math.prod(self.shape) * (0 if self.dtype is None else self.dtype.itemsize)

    @property
    def layout(self) -> Any:
        """What has to be the same where one value stands for another."""
        return self.kind, self.shape, self.dtype, self.strides

    @property
    def in_order(self) -> bool:
        """Whether an array lies in memory in the order "C", without gaps."""
        size = 0 if self.dtype is None else self.dtype.itemsize
        for length, stride in zip(reversed(self.shape), reversed(self.strides or ()), strict=True):
            if length != 1 and stride != size:
                return False
            size *= length
        return True

    @classmethod
    def like(cls, sample: Any, name: str = "") -> "Value":
        """The value of which `sample` is one."""
        shape = () if isinstance(sample, (tuple, list)) else np.shape(sample)
        dtype = getattr(sample, "dtype", None)
        strides = sample.strides if type(sample) is np.ndarray else None
        return cls(type(sample), shape, dtype, None, name, strides)


class Step(NamedTuple):
    """One operation. In its arguments, nested as they may be, values stand by themselves."""

    made: Value
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    line: Any  #: the user's, of :class:`~admodes.programs.places.Line`
    errors: str = ""  #: what NumPy was told to do about errors, as ``np.errstate`` is


class Guard(NamedTuple):
    """What has to hold: ``kind(value) == expected``."""

    value: Value
    kind: Callable[[Any], Any]
    expected: Any
    line: Any  #: the user's, of :class:`~admodes.programs.places.Line`
    errors: str = ""


@dataclass
class Steps:
    """A recording: from the inputs to the outputs."""

    inputs: list[Value]
    code: list[Step | Guard] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)  #: values, and constants


def values_in(x: Any) -> Iterator[Value]:
    """The values in the arguments of a step."""
    kind = x.__class__
    if kind is Value:
        yield x
    elif kind is tuple or kind is list:
        for part in x:
            yield from values_in(part)
    elif kind is dict:
        for part in x.values():
            yield from values_in(part)
    elif kind is slice:
        for part in (x.start, x.stop, x.step):
            yield from values_in(part)


def replaced(x: Any, by: Callable[[Value], Any]) -> Any:
    """The same arguments with something else for each value."""
    kind = x.__class__
    if kind is Value:
        return by(x)
    if kind is tuple or kind is list:
        return kind([replaced(part, by) for part in x])
    if kind is dict:
        return {key: replaced(part, by) for key, part in x.items()}
    if kind is slice:
        return slice(*(replaced(part, by) for part in (x.start, x.stop, x.step)))
    return x


def used(part: Step | Guard) -> list[Value]:
    """The values that a step or a guard needs."""
    if isinstance(part, Guard):
        return [part.value]
    found: list[Value] = []
    for x in part.args:
        if x.__class__ is Value:  # as mostly, at a third of the time
            found.append(x)
        elif x.__class__ in _CONTAINERS:
            found += values_in(x)
    if part.kwargs:
        found += values_in(part.kwargs)
    return found


_CONTAINERS = frozenset({tuple, list, dict, slice})


def same_bits(x: Any, y: Any) -> bool:
    """Whether two numbers or arrays are the same, signs of zeros and all."""
    a, b = np.asarray(x), np.asarray(y)
    return (a.shape, a.dtype) == (b.shape, b.dtype) and bits(a) == bits(b)


def bits(x: Any) -> bytes:
    """Those of the numbers of an array; what only fills up its memory, as in a long double of x86,
    is 0.
    """
    array = np.asarray(x)
    if array.dtype.char in "gG":
        parts = np.array(array, order="C").ravel().view(np.longdouble)
        array = np.multiply(parts, 1, out=np.zeros(parts.shape, parts.dtype))
    return array.tobytes()


def parting(one: Steps, other: Steps) -> int | None:
    """The place of the first line of code at which two recordings do not do the same, with the same
    constants: that behind the last, if they differ in the outputs alone; ``None`` if in nothing.
    """
    same = dict(zip(one.inputs, other.inputs, strict=True))

    def equal(x: Any, y: Any) -> bool:
        if x.__class__ is not y.__class__:
            return False
        if x.__class__ is Value:
            return same.get(x) is y
        if x.__class__ is tuple or x.__class__ is list:
            return len(x) == len(y) and all(map(equal, x, y))
        if x.__class__ is dict:
            return x.keys() == y.keys() and all(equal(x[key], y[key]) for key in x)
        if x.__class__ is slice:
            return equal((x.start, x.stop, x.step), (y.start, y.stop, y.step))
        if isinstance(x, (np.ndarray, float, complex, np.generic)):
            return same_bits(x, y)
        return x is y or bool(x == y)

    for i, (a, b) in enumerate(zip(one.code, other.code, strict=False)):
        if isinstance(a, Guard) or isinstance(b, Guard):
            if a.__class__ is not b.__class__ or not equal(tuple(a[:3]), tuple(b[:3])):
                return i
            continue
        if not equal((a.function, a.args, a.kwargs), (b.function, b.args, b.kwargs)):
            return i
        same[a.made] = b.made
    both = len(one.code), len(other.code)
    alike = both[0] == both[1] and equal(one.outputs, other.outputs)
    return None if alike else min(both)
