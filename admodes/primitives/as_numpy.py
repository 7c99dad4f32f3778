"""Values that are NumPy's own, to the bit and to the type, where a composition's are not quite.

NumPy may add in another order than a composition can, or give a number where that ends in an array
of no axes. The derivative is the composition's, the value the one that NumPy has.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare
from admodes.core.rules import Primitive
from admodes.core.values import plain, shape_of


class Value(Primitive):
    """The identity, but for rounding: at one point it gives the value that it is told."""

    holds = ()

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        return shape_of(y)

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        return tangents[0]

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        return (ct,)

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        return (residual,)

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        return plain(xs[0]) == 0


def _told(x: Any, *, at: Any, value: Any) -> Any:
    return value if x is at else x


told = declare(Value("value", _told), cost=costs.view)


def with_value(x: Any, value: Any) -> Any:
    """`x` with the value that NumPy has of it, in memory that is nobody else's."""
    return told(x, at=plain(x), value=value)


def number(x: Any) -> Any:
    """What has no axes, as the number that most of NumPy's functions make of it."""
    value = plain(x)
    return x[()] if value.__class__ is np.ndarray and not value.ndim else x
