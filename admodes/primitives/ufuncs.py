"""Ufuncs called otherwise than plainly, and functions that have no rule."""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.declaring import FUNCTIONS, REFUSED, UFUNCS, full_name, refuse
from admodes.core.kinds import array
from admodes.core.rules import apply
from admodes.core.values import last_axes, plain, plain_inside
from admodes.primitives import constants, other_packages, ufunc_options
from admodes.primitives.as_numpy import with_value
from admodes.primitives.in_place import at, refuse_plain
from admodes.primitives.memory import array_of, laid_out_as
from admodes.primitives.reductions import length
from admodes.primitives.segments import reduceat


def no_rule(function: Callable[..., Any]) -> NotImplementedError:
    """The error for a function that neither mode can differentiate."""
    name = full_name(function)
    if getattr(np, name, function) is not function and not name.startswith("np."):
        written = "it" if isinstance(function, np.ufunc) else f"np.{name}(A, x) for A.{name}(x)"
        reason = f"has no derivative rule; np.{name} has: write {written}"
    elif function in REFUSED:
        reason = REFUSED[function]
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
#: what changes nothing, in place of an entry that does not count
NEUTRAL: dict[np.ufunc, float] = {
    np.subtract: 0,
    np.divide: 1,
    np.hypot: 0,
    np.logaddexp: -np.inf,
    np.logaddexp2: -np.inf,
}


def uncommon_ufunc(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]
) -> Any:
    """A ufunc with options, one of its methods, or one without a rule."""
    options = {key: value for key, value in options.items() if not _is_default(key, value)}
    if method == "at":
        return at(ufunc, *inputs)
    if ufunc in constants.UFUNCS:
        return getattr(ufunc, method)(*plain_inside(tuple(inputs)), **options)
    if ufunc not in UFUNCS and ufunc not in FUNCTIONS and not other_packages.has_rule(ufunc):
        raise no_rule(ufunc)
    if method in _METHODS:
        return _METHODS[method](ufunc, *inputs, **options)
    raise no_rule(ufunc)


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
    asked = {name: options.pop(name) for name in ufunc_options.OPTIONS if name in options}
    primitive = UFUNCS.get(ufunc)
    if primitive is not None:
        _refuse(ufunc, options)
    if asked:
        return ufunc_options.call(ufunc, inputs, asked)
    return (
        FUNCTIONS[ufunc](*inputs, **options) if primitive is None else apply(primitive, inputs, {})
    )


def _outer(ufunc: np.ufunc, a: Any, b: Any, **options: Any) -> Any:
    a, b = (array_of(array(x)) for x in (a, b))
    a = np.reshape(a, a.shape + (1,) * b.ndim)
    return _call(ufunc, a, b, **options) if options else ufunc(a, b)


def _reduceat(ufunc: np.ufunc, x: Any, indices: Any, axis: int = 0, **options: Any) -> Any:
    dtype = options.pop("dtype", None)
    _refuse(ufunc, options)
    return reduceat(ufunc, x, indices, axis, dtype)


def _reduce(ufunc: np.ufunc, x: Any, axis: Any = 0, keepdims: bool = False, **options: Any) -> Any:
    some = {name: options.pop(name) for name in ("initial", "where") if name in options}
    dtype = options.pop("dtype", None)
    _refuse(ufunc, options)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            some = {name: plain(option) for name, option in some.items()}
            return ufunc.reduce(plain(x), axis, dtype, keepdims=keepdims, **some)
        x = np.astype(x, dtype, copy=False)
    if ufunc in REDUCTIONS:
        axis = None if x.ndim == 0 else axis
        return REDUCTIONS[ufunc](x, axis=axis, keepdims=keepdims, **some)
    return _fold(ufunc, x, axis, keepdims, **some)


def _fold(
    ufunc: np.ufunc,
    x: Any,
    axis: Any,
    keepdims: bool,
    initial: Any = np._NoValue,
    where: Any = True,
) -> Any:
    """One entry after the other, or by halves."""
    begins = {} if initial is np._NoValue else {"initial": plain(initial)}
    # NumPy's own errors come first.
    value = ufunc.reduce(plain(x), axis=axis, keepdims=keepdims, where=plain(where), **begins)
    if where is not True:
        x = np.where(plain(where), x, NEUTRAL[ufunc])
    axes = last_axes(axis, x.ndim) if x.ndim else ()
    rows = np.moveaxis(x, axes, range(len(axes)))
    count = length(axes, x.shape)
    rows = np.reshape(rows, (count, *rows.shape[len(axes) :]))
    if begins:
        first = np.astype(array(initial), x.dtype, copy=False)
        rows = np.concatenate([np.broadcast_to(first, (1, *rows.shape[1:])), rows])
    if not np.size(plain(rows)):
        return value
    if ufunc in BY_HALVES:
        while len(rows) > 1:
            half = len(rows) // 2
            pairs = ufunc(rows[:half], rows[half : 2 * half])
            rows = np.concatenate([pairs, rows[2 * half :]]) if len(rows) % 2 else pairs
    if len(rows) == 1 and ufunc.identity is not None:
        rows = [ufunc.identity, rows[0]]  # which is |x| for hypot, not x
    return with_value(np.reshape(functools.reduce(ufunc, rows), np.shape(value)), value)


def _accumulate(ufunc: np.ufunc, x: Any, axis: int = 0, **options: Any) -> Any:
    dtype = options.pop("dtype", None)
    _refuse(ufunc, options)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            return ufunc.accumulate(plain(x), axis, dtype)
        x = np.astype(x, dtype, copy=False)
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
    "reduceat": _reduceat,
}
