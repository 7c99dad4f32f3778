"""Conversions between dtypes."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, implements, linear
from admodes.core.kinds import array
from admodes.core.values import plain
from admodes.primitives.as_numpy import number
from admodes.primitives.memory import copied, order_of


def _cast(x: Any, *, dtype: np.dtype[Any], source: np.dtype[Any]) -> Any:
    if dtype.kind != "c" and np.iscomplexobj(x):
        x = np.copy(np.real(x))  # of which an array's would be a view with gaps
    y = np.asarray(x, dtype)
    return y if x.__class__ is np.ndarray else y[()]


cast: Any = declare(
    linear(
        _cast,
        transpose=lambda ct, dtype, source: cast(ct, dtype=source, source=dtype),
        name="astype",
    ),
    cost=costs.MOVE,
)


@implements(np.astype)
def astype(x, dtype, /, order="K", casting="unsafe", subok=True, copy=True, *, device=None):
    """As ``np.astype``, with the further options of the method of an array."""
    source, dtype = x.dtype, np.dtype(dtype)
    if dtype == source:
        return copied(x, order) if copy or order_of(order) != "K" else x
    if not np.can_cast(source, dtype, casting):
        raise TypeError(f"cannot cast from {source} to {dtype} according to the rule {casting!r}")
    if dtype.kind in "fc":
        if order_of(order) != "K":  # the order that a conversion keeps by itself
            x = copied(x, order)
        return cast(x, dtype=dtype, source=source)
    if dtype.kind == "O":
        raise TypeError(
            "an expression cannot become an array of objects: its derivative would be lost; where "
            "no derivative is wanted, use admodes.stop_gradient(x)"
        )
    return array(plain(x)).astype(dtype, order)[()]


@implements(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if not copy:
        x[...] = np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
        return x
    value = plain(x)
    if np.iscomplexobj(value):
        options = {"nan": nan, "posinf": posinf, "neginf": neginf}
        return np.nan_to_num(np.real(x), **options) + 1j * np.nan_to_num(np.imag(x), **options)
    limits = np.finfo(np.result_type(value))
    y = np.where(np.isnan(value), nan, x)
    y = np.where(np.isposinf(value), limits.max if posinf is None else posinf, y)
    return number(np.where(np.isneginf(value), limits.min if neginf is None else neginf, y))
