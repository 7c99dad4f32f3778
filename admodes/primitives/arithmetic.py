"""Arithmetic, powers and roots, magnitudes and signs, the larger and the smaller of two."""

import cmath
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import custom, declare, elementwise, implements
from admodes.core.rules import Elementwise, Factor, Times
from admodes.core.singularities import by_convention
from admodes.core.values import SCALARS, Traced, plain

declare(elementwise(np.add, 1, 1), cost=costs.ADDITION)
declare(elementwise(np.subtract, 1, -1), cost=costs.ADDITION)
declare(
    elementwise(np.multiply, lambda _y, _a, b: b, lambda _y, a, _b: a), cost=costs.MULTIPLICATION
)
declare(
    elementwise(np.divide, lambda _y, _a, b: 1 / b, lambda y, _a, b: -y / b, singular=True),
    cost=costs.DIVISION,
)
declare(elementwise(np.negative, -1), cost=costs.ADDITION)
declare(elementwise(np.positive, 1), cost=costs.MOVE)
declare(elementwise(np.reciprocal, lambda y, _x: -(y * y), singular=True))
# Where a quotient jumps to the next integer, the remainder has the derivatives of one side.
declare(elementwise(np.remainder, 1, lambda _y, a, b: -np.floor_divide(a, b)), cost=costs.REMAINDER)
declare(elementwise(np.fmod, 1, lambda y, a, b: np.rint((y - a) / b)), cost=costs.REMAINDER)


@implements(np.divmod)
def divmod(x1, x2):
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


# --- Powers and roots -----------------------------------------------------------------------------

PYTHON_NUMBERS = (int, float, complex)

declare(elementwise(np.square, lambda _y, x: x + x), cost=costs.MULTIPLICATION)
declare(elementwise(np.sqrt, lambda y, _x: 0.5 / y, singular=True))
declare(elementwise(np.cbrt, lambda y, _x: 1 / (3 * (y * y)), singular=True))


def _power_by_base(_y: Any, a: Any, b: Any) -> Any:
    """``b * a**(b - 1)``, and 0 for the exponent 0, also at ``0**0``."""
    kind = b.__class__
    if kind in SCALARS:
        slope = b * a ** (b - 1) if b != 0 else 0.0
        if slope.__class__ is complex and a.__class__ is float and kind is not complex:
            return math.nan  # Python's power of a negative number is complex, NumPy's is NaN
        return slope
    flat = plain(b) == 0
    if isinstance(b, Traced):  # as a function of the exponent too, this is flat at 0**0 alone
        flat = flat & (plain(a) == 0)
    if np.count_nonzero(flat):
        slope = np.where(flat, 0.0, b * np.where(flat, 1.0, a) ** (b - 1))
        return by_convention(slope, flat, b)
    return b * a ** (b - 1)


def _power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    """``y * log(a)``, and 0 for the base 0."""
    if a.__class__ in PYTHON_NUMBERS:  # np.log would make a float64 of it, and that of any y
        return y * _python_log(a)
    zero = plain(a) == 0
    if not np.count_nonzero(zero):
        return y * np.log(a)
    slope = y * np.log(np.where(zero, 1.0, a))
    return by_convention(slope, zero & (plain(b) <= 1), a)


def _python_log(a: Any) -> float | complex:
    if a.__class__ is complex:
        return cmath.log(a) if a else 0.0
    return math.log(a) if a > 0 else 0.0 if a == 0 else math.nan


declare(elementwise(np.power, _power_by_base, _power_by_exponent, singular=True))


def _in_float64(partial: Any) -> Any:
    """The same of numbers that are as wide as the result: of what is narrower, and of integers."""
    one = np.float64(1)
    return lambda y, a, b: partial(y, a * one, b * one)


declare(  # no np.power: of minus infinity the root is another, and so is many a last digit
    elementwise(
        np.float_power,
        _in_float64(_power_by_base),
        _in_float64(_power_by_exponent),
        singular=True,
    )
)


# --- Magnitudes and signs -------------------------------------------------------------------------


class Modulus(Elementwise):
    """``|x|``, which is real for complex x too: so is its tangent, and so is what it pulls back."""

    def times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        return self.product(direction, _modulus_slope(*residual))

    def product(self, direction: Any, slope: Any) -> Any:
        return np.real(direction * slope) if np.iscomplexobj(plain(slope)) else direction * slope

    def pull(
        self, residual: Any, ct: Any, active: Any, times: Times | None = None
    ) -> Sequence[Any]:
        if np.iscomplexobj(plain(residual[1])):
            real = np.real(ct)
            if times is None:
                return (real * _modulus_slope(*residual),)
            # Of a product the real part is given: the imaginary one is that of -i times as much.
            parts = [times(each, self.factors[0], residual) for each in (real, -1j * real)]
            return (parts[0] + 1j * parts[1],)
        return super().pull(residual, ct, active, times)


def _modulus_slope(_y: Any, x: Any) -> Any:
    """The sign, 0 at 0; for complex x its conjugate, for |x| changes by ``Re(conj(x) t) / |x|``."""
    sign = np.sign(x)
    if sign.dtype.kind == "c":
        sign = np.conjugate(sign)
    return by_convention(sign, plain(x) == 0, x) if isinstance(x, Traced) else sign


declare(Modulus("absolute", np.absolute, (_modulus_slope,)), cost=costs.ADDITION)
declare(elementwise(np.fabs, lambda _y, x: _modulus_slope(_y, x)), cost=costs.ADDITION)
declare(
    elementwise(
        np.copysign,
        lambda y, a, _b: by_convention(np.sign(y) * np.sign(a), plain(a) == 0, a),
        0,
    ),
    cost=costs.ADDITION,
)
declare(elementwise(np.heaviside, 0, lambda _y, x, _at_zero: plain(x) == 0), cost=costs.ADDITION)


def phase(z: Any) -> Any:
    """``z / |z|``, and 0 at 0: the sign of a complex number."""
    return np.sign(z)


def _turned(y: Any, z: Any) -> Any:
    """How it moves with what of a tangent is at right angles to it, which is all that moves it."""
    return 1j * y / np.where(plain(z) == 0, 1.0, np.absolute(z))


def _phase_push(residual: Any, t: Any) -> Any:
    y, z = residual
    return _turned(y, z) * np.imag(np.conjugate(y) * t)


def _phase_pull(residual: Any, ct: Any) -> Any:
    y, z = residual
    return -1j * np.conjugate(y) * np.real(ct * _turned(y, z))


_phase = declare(
    custom(phase, push=_phase_push, pull=_phase_pull, residual=lambda y, z: (y, z)),
    cost=costs.per_entry(additions=1, multiplications=1, nonlinear=1),
)


@implements(np.sign)
def sign(x):
    return _phase(x) if np.iscomplexobj(x) else np.sign(plain(x))


# --- The larger and the smaller of two ------------------------------------------------------------


def _compared(compare: Callable[[Any, Any], Any], ufunc: np.ufunc, x: Any, y: Any) -> Any:
    try:
        return compare(x, y)
    except TypeError:  # Python's complex numbers have no order, NumPy's do
        return ufunc(x, y)


def _larger(a: Any, b: Any) -> Any:
    """1 where a is larger, 1/2 where both are equal, 0 elsewhere."""
    return _share(_compared(operator.gt, np.greater, plain(a), plain(b)), a, b)


def _share(chosen: Any, a: Any, b: Any) -> Any:
    tied = plain(a) == plain(b)
    if not np.count_nonzero(tied):
        return chosen  # a boolean leaves the dtype of what it multiplies alone
    share = np.where(tied, 0.5, chosen).astype(np.result_type(plain(a), plain(b)))
    return by_convention(share, tied, a, b)


def _larger_number(a: Any, b: Any) -> Any:
    """The same, but nothing is smaller than NaN."""
    x, y = plain(a), plain(b)
    return _share((x == x) > _compared(operator.le, np.less_equal, x, y), a, b)


def _smaller_number(a: Any, b: Any) -> Any:
    x, y = plain(a), plain(b)
    return _share((x == x) > _compared(operator.ge, np.greater_equal, x, y), a, b)


declare(
    elementwise(
        np.maximum,
        lambda _y, a, b: _larger(a, b),
        lambda _y, a, b: _larger(b, a),
        selects=True,
    ),
    cost=costs.ADDITION,
)
declare(
    elementwise(
        np.minimum,
        lambda _y, a, b: _larger(b, a),
        lambda _y, a, b: _larger(a, b),
        selects=True,
    ),
    cost=costs.ADDITION,
)
declare(
    elementwise(
        np.fmax,
        lambda _y, a, b: _larger_number(a, b),
        lambda _y, a, b: _larger_number(b, a),
        selects=True,
    ),
    cost=costs.ADDITION,
)
declare(
    elementwise(
        np.fmin,
        lambda _y, a, b: _smaller_number(a, b),
        lambda _y, a, b: _smaller_number(b, a),
        selects=True,
    ),
    cost=costs.ADDITION,
)


# --- The parts of a floating-point number ---------------------------------------------------------


def _ldexp_slope(_y: Any, x: Any, exponent: Any) -> Any:
    return np.ldexp(np.ones((), np.result_type(plain(x))), exponent)


declare(elementwise(np.ldexp, _ldexp_slope, 0), cost=costs.MULTIPLICATION)
declare(elementwise(np.nextafter, 1, 0), cost=costs.ADDITION)  # a neighbour moves along


@implements(np.frexp)
def frexp(x):
    _, exponent = np.frexp(plain(x))
    return np.ldexp(x, -exponent), exponent


def fractional_part(x: Any) -> Any:
    return np.modf(x)[0]


_fractional_part = declare(elementwise(fractional_part, 1), cost=costs.ADDITION)


@implements(np.modf)
def modf(x):
    return _fractional_part(x), np.trunc(x)
