"""Of which kind a value is, and how an array lies in memory."""

import math
from typing import Any

import numpy as np

from admodes.programs.compiled.code import FLOAT, TRUTH, TYPES
from admodes.programs.steps import Value


def dtype_of(x: Any) -> Any:
    """Of what a value is computed with; ``None`` where that is NumPy's affair, or Python's."""
    if x.__class__ is Value:
        dtype: Any = _PYTHONS.get(x.kind, x.dtype)
    else:
        dtype = np.dtype(type(x)) if type(x) in (float, int, bool) else getattr(x, "dtype", None)
    return dtype if dtype in TYPES else None


_PYTHONS: dict[type, Any] = {float: FLOAT, bool: TRUTH}


def is_python(x: Any) -> bool:
    """Whether it is a number of Python's, which takes on the dtype of what it meets."""
    return (x.kind if x.__class__ is Value else x.__class__) in (float, int, bool)


def scalar(dtype: Any) -> Value:
    return Value(dtype.type, (), dtype)


def is_array(x: Value) -> bool:
    return x.kind is np.ndarray


def dense(x: Value) -> bool:
    """Whether an array fills its memory, its axes in whatever order."""
    size = dtype_of(x).itemsize
    for stride, length in sorted(zip(x.strides or (), x.shape, strict=True)):
        if length != 1 and stride != size:
            return False
        size *= length
    return True


def packed(x: Value) -> tuple[int, ...]:
    """The strides of an array in the order "C"."""
    size = dtype_of(x).itemsize
    return tuple(size * math.prod(x.shape[i + 1 :]) for i in range(len(x.shape)))
