"""Writing into arrays that carry derivatives: ``x[index] = value`` and ``x += value``.

To the rules nothing ever changes: a write makes a new array of the old one and the value
(:mod:`admodes.primitives.overwriting`), and the object that the user holds stands for the new one
from then on. What was recorded before refers to the old one. A write into a view is one into the
array that it shows a part of; then all views of that array are read anew.

An array is written in place where nobody else holds it, which the count of references tells.
"""

from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from admodes.core.kinds import array as as_array
from admodes.core.levels import escaped
from admodes.core.rules import apply
from admodes.core.stand_ins import Unrepeatable
from admodes.core.values import Traced, plain, shape_of
from admodes.modes.views import base_of, refresh, views_of
from admodes.primitives.indexing import is_basic, read, reading
from admodes.primitives.overwriting import Path, overwrite, shown
from admodes.primitives.shapes import hollow

# --- Writing --------------------------------------------------------------------------------------


def write(x: Any, index: Any, value: Any) -> None:
    """``x[index] = value``."""
    if index.__class__ is int and _write_entry(x, index, value):
        return
    shape = x.shape
    if not shape:
        refuse_number(x)
    primitive, params = reading(index, shape)
    if primitive is not read:
        params["index"] = tuple([_own(item) for item in params["index"]])
    if isinstance(value, Traced):
        base = getattr(value, "_base", None)
        if base is not None and base[0] is x and base[1] is primitive and base[2] == params:
            return  # ``x[index] += value`` has written it already, through a view
    elif value.__class__ is not float:
        value = as_array(value)
    array, path, writeable = base_of(x)
    if not array.shape:
        refuse_number(array)  # of which x is ``.flat``
    if not writeable:
        raise ValueError(
            f"this array of shape {shape} is a view that is for reading only, of a diagonal, of a "
            "number that is repeated, of a real or an imaginary part: write into x.copy(), or, to "
            "change a part, z = value + 1j * z.imag"
        )
    _write_along(array, (*path, (primitive, params)), value)


def refuse_number(x: Any) -> None:
    """Raise where a number is to be written into; an array without axes may be."""
    if plain(x).__class__ is not np.ndarray:
        raise TypeError("a number cannot be written into; x = value gives the name to another one")


def _write_entry(x: Any, index: int, value: Any) -> bool:
    """``x[3] = number``, by which loops fill arrays, at half the time of all the rest here.

    Only where x has one axis and neither is nor has a view, and the number is a constant or of x's
    own level; else ``False``.
    """
    array, level = x._value, x._level
    own = isinstance(value, Traced) and value._level is level
    number = value._value if own else value
    if number.__class__ is not float and number.__class__ is not np.float64:
        return False
    if array.__class__ is not np.ndarray or array.ndim != 1 or level.ended:
        return False
    if getattr(x, "_base", None) is not None or getattr(x, "_views", None):
        return False
    shape = array.shape
    if not -shape[0] <= index < shape[0]:
        return False  # where NumPy's own error is raised
    path = ((read, {"index": (index,), "shape": shape}),)
    params = {"path": path, "shape": shape, "part": (), "dtype": array.dtype}
    del array
    x._overwrite(value, params, x._is_alone(()))
    return True


def _own(item: Any) -> Any:
    return item.copy() if item.__class__ is np.ndarray else item


def _write_along(x: Any, path: Path, value: Any) -> None:
    level = x._level
    if level.ended:
        escaped()
    shape, array = x.shape, plain(x)
    primitive, params = path[-1]
    first = shown(array, path[:-1])
    try:
        part = shape_of(
            primitive.function(first if primitive is read else hollow(first.shape), **params)
        )
    except Unrepeatable as stop:  # which part it is, a tracer tells
        part = shape_of(stop.recording.in_one(primitive, (first,), params))
    if np.iscomplexobj(plain(value)) and array.dtype.kind != "c":
        raise TypeError(
            "a complex value is written into a real array, which would lose its imaginary part: "
            "make the array by dtype=complex, or write np.real(value)"
        )
    own = shape_of(value)
    if own and own != part:
        if len(own) > len(part):  # NumPy allows axes of length 1 in front
            value = np.reshape(value, _without_ones(own, part))
        np.broadcast_to(hollow(shape_of(value)), part)  # raises what NumPy raises
    views = views_of(x)
    promoted = isinstance(value, Traced) and value._level.number > level.number
    if promoted:
        x._promote(value)
    params = {"path": path, "shape": shape, "part": part, "dtype": array.dtype}
    del array, first  # which would not be alone
    in_place = x._overwrite(value, params, not promoted and x._is_alone(views))
    if views:
        changed = _written(plain(x), path) if in_place else None
        for view in views:
            if changed is None or np.may_share_memory(plain(view), changed):
                refresh(view)


def _written(array: np.ndarray, path: Path) -> np.ndarray:
    """A view of the array that holds what was written along a path."""
    array = shown(array, path[:-1])
    index = path[-1][1]["index"]
    if is_basic(index):
        return array[index if Ellipsis in index else (*index, Ellipsis)]
    return array


def _without_ones(shape: tuple[int, ...], part: tuple[int, ...]) -> tuple[int, ...]:
    added = len(shape) - len(part)
    if any(n != 1 for n in shape[:added]):
        raise ValueError(f"could not broadcast input array from shape {shape} into shape {part}")
    return shape[added:]


def rewrite(x: Any, new: Any) -> Any:
    """x after ``x += value``, of which `new` is the sum; a number is another one then."""
    if new is NotImplemented or plain(x).__class__ is not np.ndarray:
        return new
    shape, own = shape_of(new), shape_of(x)
    if shape != own and np.broadcast_shapes(shape, own) != own:
        raise ValueError(
            f"non-broadcastable output operand with shape {own} doesn't match the broadcast shape "
            f"{shape}"
        )
    if not np.can_cast(np.result_type(plain(new)), x.dtype, "same_kind"):
        raise TypeError(
            f"cannot write {np.result_type(plain(new))} into an array of {x.dtype}: make the array "
            "by dtype=complex, or write x = x + value"
        )
    if isinstance(new, Traced) and _may_stand_for(new, x):
        x._become(new)
    else:
        write(x, ..., new)
    return x


def _may_stand_for(new: Any, x: Any) -> bool:
    """Whether nobody sees the difference between a new array and x with all of it overwritten.

    A number is no array: NumPy makes one of arrays without axes, and it cannot be written into.
    """
    a, b = plain(new), plain(x)
    return (
        a.__class__ is b.__class__
        and a.dtype == b.dtype
        and a.shape == b.shape
        and (a.strides == b.strides or a.ndim < 2)
        and getattr(x, "_base", None) is None
        and not views_of(x)
    )


def write_out(ufunc: np.ufunc, method: str, inputs: Any, options: dict[str, Any]) -> Any:
    """A ufunc whose ``out=`` is an expression, or several."""
    outs, where = options["out"], plain(options.get("where", True))
    for out in outs:
        if isinstance(out, Traced):
            refuse_number(out)
    others = {key: value for key, value in options.items() if key not in ("out", "where")}
    if where is not True and method == "__call__":
        if not np.any(where):
            return outs if len(outs) > 1 else outs[0]
        inputs = _asked_for(inputs, where)
    results = getattr(ufunc, method)(*inputs, **others)
    several = isinstance(results, tuple)
    if several and any(out is None for out in outs):  # which takes the shape of the others
        shape = np.broadcast_shapes(*(shape_of(out) for out in outs if out is not None))
        results = [
            np.copy(np.broadcast_to(result, shape), "C") if shape_of(result) != shape else result
            for result in results
        ]
    written = []
    for out, result in zip(outs, results if several else (results,), strict=True):
        if where is not True:
            result = np.where(where, result, out)
        if isinstance(out, Traced):
            rewrite(out, result)
        elif out is not None:
            out[...] = result
        written.append(result if out is None else out)
    return tuple(written) if several else written[0]


def _asked_for(inputs: Sequence[Any], where: Any) -> list[Any]:
    """Inputs whose entries are those of one that is asked for, where they are not.

    NumPy computes nothing there, and warns of nothing: of x / 0, say, where x is not 0.
    """
    shape = np.broadcast_shapes(np.shape(where), *map(shape_of, inputs))
    where = np.broadcast_to(where, shape)
    first = np.unravel_index(np.argmax(where), shape)
    wide = [np.broadcast_to(x, shape) for x in inputs]
    return [np.where(where, x, x[first]) for x in wide]


def in_place(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The method of an augmented assignment by this operator."""

    def method(self: Any, other: Any) -> Any:
        value = self._value
        if value.__class__ is np.ndarray or isinstance(value, Traced):
            del value
            return rewrite(self, operate(self, other))
        return operate(self, other)

    return method


# --- In place -------------------------------------------------------------------------------------


def _references(x: Any, attribute: str) -> int:
    return getrefcount(getattr(x, attribute))


class _Holder:
    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = np.empty(0)


_ALONE = _references(_Holder(), "held")


def is_alone(x: Any, attribute: str, views: Sequence[Any]) -> bool:
    """Whether an array of x may be written into: its views apart, nobody else refers to it."""
    if getattr(x, attribute).__class__ is not np.ndarray:
        return (
            isinstance(getattr(x, attribute), Traced)
            and not views
            and _references(x, attribute) == _ALONE
            and getattr(getattr(x, attribute), "_base", None) is None
            and not views_of(getattr(x, attribute))
            and getattr(x, attribute)._is_alone(())
        )
    if isinstance(getattr(x, attribute).base, np.ndarray):
        return False
    if not getattr(x, attribute).flags.writeable:
        return False
    for view in views:
        shown = getattr(getattr(view, attribute), "base", None)
        if shown is not getattr(x, attribute) or _references(view, attribute) != _ALONE:
            return False
    shown = None
    return _references(x, attribute) == _ALONE + len(views)


def overwritten(held: Any, value: Any, params: dict[str, Any], in_place: bool) -> Any:
    """An array, or its tangent, one level down, after a write: itself, or a new one."""
    if in_place:
        if not isinstance(held, Traced):
            if not isinstance(value, Traced):
                try:
                    overwrite.assign(held, value, params)
                except Unrepeatable as stop:  # which part it is, a tracer tells: nothing is written
                    y = stop.recording.in_one(overwrite, (held, value), params)
                    return stop.recording.expression(y)
                return held
        elif not isinstance(value, Traced) or value._level.number <= held._level.number:
            held._overwrite(value, params, True)
            return held
    return apply(overwrite, (held, value), params)
