"""The parts of complex numbers; ``np.absolute`` is in :mod:`admodes.primitives.arithmetic`.

The gradient of a real function of z = x + iy is ∂f/∂x - i ∂f/∂y. A tangent of a real value is real.
A cotangent of a real value may be complex, where the value met complex numbers later on: then its
real part counts, and it is here, on the way back to complex numbers, that it is taken.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.rules import Linear
from admodes.core.values import plain
from admodes.primitives.as_numpy import with_value
from admodes.primitives.memory import array_of


def _conjugate(z: Any) -> Any:
    return np.conjugate(z)


def _real(z: Any) -> Any:
    return np.real(z)


def _imag(z: Any) -> Any:
    return np.imag(z)


implements(np.conjugate)(
    declare(
        linear(_conjugate, transpose=lambda ct: np.conjugate(ct), name="conjugate"),
        cost=costs.ADDITION,
    )
)


def conjugated(a: Any) -> Any:
    """As ``ndarray.conjugate``, which leaves real numbers as they are."""
    if not np.iscomplexobj(a):
        return a
    value, y = plain(a), np.conjugate(a)
    return with_value(y, value.conjugate()) if value.__class__ is complex else y


real_part = declare(
    linear(_real, transpose=lambda ct: np.real(ct), name="real", writeable=False), cost=costs.view
)


class ImaginaryPart(Linear):
    """It is recorded of complex numbers alone."""

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        return super().always_zero(residual, [x * (1 + 1j) for x in xs])


imaginary_part = declare(
    ImaginaryPart("imag", _imag, transpose=lambda ct: -1j * np.real(ct), writeable=False),
    cost=costs.view,
)


@implements(np.real)
def real(val):
    return real_part(val) if np.iscomplexobj(val) else val


@implements(np.imag)
def imag(val):
    return imaginary_part(val) if np.iscomplexobj(val) else np.imag(plain(val))


@implements(np.angle)
def angle(z, deg=False):
    if not np.iscomplexobj(z):
        return np.angle(plain(z), deg)
    radians = np.arctan2(np.imag(z), np.real(z))
    return radians * (180 / math.pi) if deg else radians


@implements(np.real_if_close)
def real_if_close(a, tol=100):
    a = array_of(a)
    return np.real(a) if np.isrealobj(np.real_if_close(plain(a), tol)) else a
