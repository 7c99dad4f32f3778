"""Ufuncs called otherwise than plainly, and functions that have no rule."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.declaring import FUNCTIONS, UFUNCS, full_name, refuse
from admodes.core.kinds import operand
from admodes.core.rules import apply
from admodes.core.values import Traced, last_axes, plain, plain_inside
from admodes.primitives import constants, elsewhere
from admodes.primitives.in_place import at, refuse_plain
from admodes.primitives.memory import laid_out_as

#: functions of integers, or of dates
OF_INTEGERS = {
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.bitwise_count),
    *(np.left_shift, np.right_shift, np.gcd, np.lcm, np.isnat),
    *(np.packbits, np.unpackbits, np.ravel_multi_index, np.unravel_index),
}


def no_rule(function: Callable[..., Any]) -> NotImplementedError:
    """The error for a function that neither mode can differentiate."""
    name = full_name(function)
    if getattr(np, name, function) is not function and not name.startswith("np."):
        written = "it" if isinstance(function, np.ufunc) else f"np.{name}(A, x) for A.{name}(x)"
        reason = f"has no derivative rule; np.{name} has: write {written}"
    elif function in OF_INTEGERS:
        reason = "takes no floats: convert by admodes.stop_gradient(x).astype(int)"
    else:
        reason = (
            "has no derivative rule, in either mode. Write it with NumPy functions that have one, "
            f"or give it one: admodes.register_rule({name}, rule), where admodes.elementwise, "
            "admodes.linear or admodes.custom makes the rule. Where no derivative is wanted, give "
            "it admodes.stop_gradient(x)"
        )
    return NotImplementedError(f"{name} {reason}")


# --- Ufuncs ---------------------------------------------------------------------------------------

#: options of a ufunc and its methods that ask for nothing; `axis` and `keepdims` are not among them
DEFAULTS = {
    "axes": None,
    "casting": "same_kind",
    "dtype": None,
    "initial": np._NoValue,
    "order": "K",
    "signature": None,
    "subok": True,
    "where": True,
}
#: ufunc -> the function that reduces by it, and the one that accumulates
REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.fmax: np.nanmax,
    np.fmin: np.nanmin,
}
ACCUMULATIONS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}
#: associative and commutative: half of a long axis at a time can meet the other half
BY_HALVES = {np.hypot, np.logaddexp, np.logaddexp2}


def uncommon_ufunc(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]
) -> Any:
    """A ufunc with options, one of its methods, or one without a rule."""
    options = {key: value for key, value in options.items() if not _is_default(key, value)}
    if method == "at":
        return at(ufunc, *inputs)
    if ufunc in constants.UFUNCS:
        if any(isinstance(out, Traced) for out in options.get("out", ())):
            _refuse(ufunc, options)
        return getattr(ufunc, method)(*plain_inside(tuple(inputs)), **options)
    if ufunc not in UFUNCS and ufunc not in FUNCTIONS and not elsewhere.has_rule(ufunc):
        raise no_rule(ufunc)
    if method in _METHODS:
        return _METHODS[method](ufunc, *inputs, **options)
    raise NotImplementedError(
        f"{full_name(ufunc)}.{method} has no derivative rule, in either mode: reduce the slices "
        "one by one"
    )


def _is_default(option: str, value: Any) -> bool:
    if option == "out":
        return all(out is None for out in value)
    default = DEFAULTS.get(option, ...)
    return value is default or (value.__class__ is str and value == default)


def _refuse(ufunc: np.ufunc, options: dict[str, Any]) -> None:
    if "out" in options:
        refuse_plain(ufunc, options["out"][0])
    refuse(ufunc, **options)


def _call(ufunc: np.ufunc, *inputs: Any, **options: Any) -> Any:
    primitive = UFUNCS.get(ufunc)
    if primitive is None:
        return FUNCTIONS[ufunc](*inputs, **options)
    _refuse(ufunc, options)
    return apply(primitive, inputs, {})


def _outer(ufunc: np.ufunc, a: Any, b: Any, **options: Any) -> Any:
    _refuse(ufunc, options)
    a, b = (x if isinstance(x, Traced) else np.asarray(operand(x)) for x in (a, b))
    return ufunc(np.reshape(a, a.shape + (1,) * b.ndim), b)


def _reduce(ufunc: np.ufunc, x: Any, axis: Any = 0, keepdims: bool = False, **options: Any) -> Any:
    if ufunc in REDUCTIONS:
        others = {key: options.pop(key) for key in ("initial", "where") if key in options}
        _refuse(ufunc, options)
        axis = None if x.ndim == 0 else axis
        return REDUCTIONS[ufunc](x, axis=axis, keepdims=keepdims, **others)
    _refuse(ufunc, options)
    value = ufunc.reduce(plain(x), axis=axis, keepdims=keepdims)  # NumPy's own errors come first
    if np.size(plain(x)) == 0:
        return value
    axes = last_axes(axis, x.ndim) if x.ndim else ()
    rows = np.moveaxis(x, axes, range(len(axes)))
    rows = np.reshape(rows, (-1, *rows.shape[len(axes) :]))
    if ufunc in BY_HALVES:
        while len(rows) > 1:
            half = len(rows) // 2
            pairs = ufunc(rows[:half], rows[half : 2 * half])
            rows = np.concatenate([pairs, rows[2 * half :]]) if len(rows) % 2 else pairs
    if len(rows) == 1 and ufunc.identity is not None:
        rows = [ufunc.identity, rows[0]]  # which is |x| for hypot, not x
    return laid_out_as(
        np.reshape(functools.reduce(ufunc, rows), np.shape(value)), np.asarray(value)
    )


def _accumulate(ufunc: np.ufunc, x: Any, axis: int = 0, **options: Any) -> Any:
    _refuse(ufunc, options)
    if ufunc in ACCUMULATIONS:
        return ACCUMULATIONS[ufunc](x, axis=axis)
    if np.size(plain(x)) == 0 or x.ndim == 0:
        return ufunc.accumulate(plain(x), axis=axis)
    stacked = np.stack(list(itertools.accumulate(np.moveaxis(x, axis, 0), ufunc)), axis)
    return laid_out_as(stacked, np.empty_like(plain(x)))


_METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _call,
    "accumulate": _accumulate,
    "outer": _outer,
    "reduce": _reduce,
}
