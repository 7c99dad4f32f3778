"""Which arrays may meet an expression, and what to write for those that may not.

Plain arrays and numbers may, and what NumPy itself would make a plain array of: lists, arrays in a
file, objects with a bare ``__array__``. To an array with rules of its own (a mask, units, an index,
another meaning of ``*``) NumPy would leave the operation. Here those rules would be lost, so it is
refused, in both modes alike.
"""

import numbers
from typing import Any

import numpy as np

from admodes.core.stand_ins import as_array, stands_for_another
from admodes.core.values import SCALARS, Traced, plain

NUMERIC = "fiubc"
"""The kinds of dtype that an operation with an expression may have."""


class UnknownOperand(TypeError):
    """For an operand that is no number and no array: it may know itself what the operation is."""


def operand(x: Any) -> Any:
    """An argument as something with a shape.

    Raises
    ------
    TypeError
        Where it has rules of its own, or is none of numbers.
    """
    kind = x.__class__
    if kind is np.ndarray:
        if x.dtype.kind in NUMERIC:
            return x
    elif kind in SCALARS or isinstance(x, Traced):
        return x
    return _converted(x)


def array(x: Any) -> Any:
    """An operand as something with axes: a number, too, becomes an array."""
    if x.__class__ is np.ndarray and x.dtype.kind in NUMERIC:
        return x
    x = operand(x)
    return x if hasattr(x, "shape") else as_array(x)


def _converted(x: Any) -> Any:
    shape = getattr(x, "shape", None)
    named = kind_of(x) + (f" of shape {shape}" if isinstance(shape, tuple) else "")
    if has_own_rules(x):
        error = UnknownOperand if getattr(type(x), "__array_ufunc__", x) is None else TypeError
        raise error(
            f"{named} has rules of its own, which would be lost among numbers that carry "
            f"derivatives: {instead_of(x)}"
        )
    if isinstance(x, numbers.Real) and not isinstance(x, np.generic):
        return float(x)  # a fraction, as Python has it
    array = x if isinstance(x, np.generic) else as_array(x)
    if array.dtype.kind in NUMERIC:
        return array
    error = UnknownOperand if array.dtype == object and not array.ndim else TypeError
    raise error(f"cannot compute with {named} and numbers that carry derivatives: {instead_of(x)}")


def has_own_rules(x: Any) -> bool:
    """Whether NumPy would leave an operation of a plain array with `x` to `x`."""
    if isinstance(x, np.ndarray):
        return not is_plain_array(x)
    if stands_for_another(x):
        return False
    return not isinstance(x, (np.generic, Traced)) and any(
        hasattr(type(x), name)
        for name in ("__array_ufunc__", "__array_function__", "__array_priority__")
    )


def is_plain_array(x: Any) -> bool:
    """Whether `x` is an array without rules of its own; one in a file may be."""
    return x.__class__ is np.ndarray or isinstance(x, np.memmap)


def kind_of(x: Any) -> str:
    """What `x` is, in words: its type, or its dtype if that is the point."""
    name = type(x).__name__
    if is_plain_array(x):
        name = f"array of {x.dtype}" if x.dtype.names is None else "structured array"
    article = "an" if name[0] in "aeiouAEIOU" else "a"
    return f"{article} {name}"


def instead_of(x: Any) -> str:
    """What to write for an array that may not meet an expression, or not be one."""
    if isinstance(x, np.ma.MaskedArray):
        return (
            "give the entries that count: x[~mask] and m.compressed(), or np.where(mask, 0, x) and "
            "m.filled(0), with mask = np.ma.getmaskarray(m)"
        )
    if isinstance(x, np.matrix):
        return "give np.asarray(m), and write the product of matrices as np.asarray(m) @ x"
    for method, meaning in _OWN.items():
        if hasattr(x, method):
            return meaning
    dtype = getattr(x, "dtype", None)
    kind = dtype.kind if isinstance(dtype, np.dtype) else ""
    if dtype is not None and getattr(dtype, "names", None):
        return f"give one field, as a plain array of floats: np.asarray(a[{dtype.names[0]!r}])"
    if kind in _BY_DTYPE:
        return _BY_DTYPE[kind]
    if isinstance(x, np.ndarray):
        return f"give a plain array, np.asarray(a): {type(x).__name__} is a subclass of ndarray"
    if has_own_rules(x):
        return "give a plain array, np.asarray(a)"
    return "give a number or an array: float(a), or np.asarray(a, dtype=float)"


#: a method that tells a kind of array -> what to write for it
_OWN = {
    "to_numpy": "give a plain array: s.to_numpy()",
    "toarray": "write admodes.scipy.sparse.matmul(A, x), or give a plain array, A.toarray()",
    "detach": "give a plain array: t.detach().numpy()",
}
_BY_DTYPE = {
    "O": "give an array of floats, a.astype(float); join expressions by np.stack",
    "M": "give numbers: (a - a[0]) / np.timedelta64(1, 's')",
    "m": "give numbers: a / np.timedelta64(1, 's')",
    "i": "convert it by x.astype(float)",
    "u": "convert it by x.astype(float)",
    "b": "convert it by x.astype(float)",
    "S": "convert it by x.astype(float)",
    "U": "convert it by x.astype(float)",
    "T": "convert it by x.astype(float)",
}


def plain_array(x: Any) -> Any:
    """A condition, as a plain value: what is no array becomes one, as in NumPy."""
    value = plain(x)
    return value if value.__class__ is np.ndarray or value.__class__ in SCALARS else as_array(value)
