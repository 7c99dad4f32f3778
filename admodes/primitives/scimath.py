"""``np.emath``: functions of real numbers that are complex where their result is."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array
from admodes.core.values import plain
from admodes.primitives.memory import array_of


def _complex_if(x: Any, outside: Callable[[Any], Any]) -> Any:
    """`x`, made complex where a real entry is outside of what has a real result."""
    x = array(x)
    value = plain(x)
    if np.iscomplexobj(value) or not np.any(outside(value)):
        return x
    narrow = np.dtype(value.dtype if isinstance(value, np.ndarray) else type(value)).char in "fhbBH"
    return np.astype(x, np.complex64 if narrow else np.complex128)


def _negative(value: Any) -> Any:
    return np.less(value, 0)


def _beyond_one(value: Any) -> Any:
    return np.absolute(value) > 1


def _extend(function: Any, own: Callable[[Any], Any], outside: Callable[[Any], Any]) -> None:
    @implements(function)
    def call(x):
        return own(_complex_if(x, outside))


_EXTENDED: list[tuple[Any, Any, Any]] = [
    (np.emath.sqrt, np.sqrt, _negative),
    (np.emath.log, np.log, _negative),
    (np.emath.log2, np.log2, _negative),
    (np.emath.log10, np.log10, _negative),
    (np.emath.arccos, np.arccos, _beyond_one),
    (np.emath.arcsin, np.arcsin, _beyond_one),
    (np.emath.arctanh, np.arctanh, _beyond_one),
]
for _each in _EXTENDED:
    _extend(*_each)


@implements(np.emath.logn)
def logn(n, x):
    n, x = (_complex_if(each, _negative) for each in (n, x))
    return np.log(x) / np.log(n)


@implements(np.emath.power)
def power(x, p):
    x, p = _complex_if(array_of(array(x)), _negative), array_of(array(p))
    if plain(p).dtype.kind in "iub" and np.any(plain(p) < 0):
        p = np.astype(p, float)
    return np.power(x, p)
