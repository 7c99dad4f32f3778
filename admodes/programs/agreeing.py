"""Whether a recording gives what the function gives at the same arguments.

On tracers a function may go another way than on numbers: it asks ``isinstance(x, np.ndarray)``, or
catches an error that nothing but a recording raises. So each recording is held against what the
function itself has given, once.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from admodes.modes.containers import children
from admodes.programs.steps import same_bits


def agrees(output: Any, values: Iterator[Any], expected: Any) -> bool:
    """Whether containers are those of `expected`, and `values`, their leaves, the same.

    Numbers may be rounded otherwise: NumPy adds up in the order of memory, and a sweep copies parts
    of arrays or not by who else holds them.
    """
    parts, others = children(output), children(expected)
    if parts is None or others is None:
        return parts is others and _is_same(next(values), expected)
    if output.__class__ is not expected.__class__ or len(parts) != len(others):
        return False
    return all(
        step == other_s and agrees(part, values, other)
        for (step, part), (other_s, other) in zip(parts, others, strict=True)
    )


def _is_same(x: Any, y: Any) -> bool:
    if x.__class__ is not y.__class__:
        return False
    if not isinstance(x, (np.ndarray, np.generic, float, complex)):
        return x is y or bool(x == y)
    if same_bits(x, y):
        return True
    a, b = np.asarray(x), np.asarray(y)
    if (a.shape, a.dtype) != (b.shape, b.dtype) or a.dtype.kind not in "fc":
        return False
    near = np.sqrt(np.finfo(a.dtype).eps)
    with np.errstate(all="ignore"):
        largest = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        return np.allclose(a, b, near, near * largest, equal_nan=True)
