"""The complex step: a derivative by one evaluation of analytic code, right to the last digits."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.truth.directions import Function, double, largest, moved_along
from admodes.truth.directions import direction_count as _count

#: the square of it is lost beside 1, and it leaves as much room above underflow as below 1e-150
COMPLEX_STEP = 2.0**-500


def complex_step(
    function: Function,
    values: Sequence[Any],
    tangents: Sequence[Any],
    expected: Sequence[Any],
    step: float = COMPLEX_STEP,
) -> list[Any] | None:
    """The derivatives of `function` at real `values` along `tangents`: ``Im f(x + i h t) / h``.

    Nothing is subtracted, so they are right to the last digits, at one evaluation a direction,
    where `function` is analytic code that runs on complex numbers (W. Squire & G. Trapp, "Using
    complex variables to estimate derivatives of real functions", SIAM Review 40, 1998). Where it
    takes an absolute value, a real part or a conjugate on the way, they are wrong, and only a
    comparison with differences can tell.

    Parameters
    ----------
    function, values, tangents
        As for :func:`differences`.
    expected
        The outputs at `values`.
    step
        As there, and far below the rounding error of the values.

    Returns
    -------
    As there; ``None`` where the function raises or warns of what it drops on complex numbers, or
    its real parts are not what it gives on real ones.
    """
    if any(map(np.iscomplexobj, (*values, *expected))):
        return None
    rows = []
    for k in range(_count(tangents)):
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                found = function(moved_along(values, tangents, k, 1j * step))
        except Exception:  # whatever it was: it is no code for complex numbers
            return None
        row = [np.asarray(y) for y in found]
        if len(row) != len(expected) or not all(map(_same_real_part, row, expected)):
            return None
        rows.append([np.imag(double(y)) / step for y in row])
    return [np.stack(each) for each in zip(*rows, strict=True)]


def _same_real_part(y: Any, expected: Any) -> bool:
    own = np.asarray(expected)
    if y.shape != own.shape or y.dtype.kind not in "fc":
        return False
    rtol = math.sqrt(np.finfo(own.dtype).eps)
    return np.allclose(np.real(y), own, rtol, rtol * largest(own), equal_nan=True)
