"""The operators and methods of an array, as tables, and what makes methods of them.

Binary operators are compiled. There is one text for all modes, with holes that each fills in by
lines of its own.
"""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from admodes.core.declaring import FUNCTIONS
from admodes.core.kinds import UnknownOperand
from admodes.core.levels import escaped
from admodes.core.rules import apply
from admodes.core.values import SCALARS, Traced, plain, shape_of
from admodes.modes.compiling import compiled, filled
from admodes.modes.writing import rewrite
from admodes.primitives.complex_numbers import conjugated
from admodes.primitives.editing import compressed
from admodes.primitives.in_place import fill, partition_in_place, sort_in_place
from admodes.primitives.memory import copied
from admodes.primitives.shapes import flattened

#: special method -> its operator, and the ufunc whose rule it follows
UNARY: dict[str, tuple[Callable[[Any], Any], np.ufunc]] = {
    "neg": (operator.neg, np.negative),
    "pos": (operator.pos, np.positive),
    "abs": (operator.abs, np.absolute),
}


BINARY: dict[str, tuple[str, np.ufunc]] = {
    "add": ("+", np.add),
    "sub": ("-", np.subtract),
    "mul": ("*", np.multiply),
    "truediv": ("/", np.divide),
    "mod": ("%", np.remainder),
    "pow": ("**", np.power),
}


#: operators of augmented assignments that are not compiled
AUGMENTED = ("floordiv", "pow", "matmul")

COMPARISONS = {
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
}


METHODS: dict[str, Callable[..., Any]] = {
    "all": np.all,
    "any": np.any,
    "argmax": np.argmax,
    "argmin": np.argmin,
    "argpartition": np.argpartition,
    "argsort": np.argsort,
    "astype": np.astype,
    "clip": np.clip,
    "compress": compressed,
    "conj": conjugated,
    "conjugate": conjugated,
    "copy": copied,
    "cumprod": np.cumprod,
    "cumsum": np.cumsum,
    "diagonal": np.diagonal,
    "dot": np.dot,
    "fill": fill,
    "flatten": flattened,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "nonzero": np.nonzero,
    "partition": partition_in_place,
    "prod": np.prod,
    "put": np.put,
    "ravel": np.ravel,
    "repeat": np.repeat,
    "round": np.round,
    "searchsorted": np.searchsorted,
    "sort": sort_in_place,
    "squeeze": np.squeeze,
    "std": np.std,
    "sum": np.sum,
    "swapaxes": np.swapaxes,
    "take": np.take,
    "trace": np.trace,
    "var": np.var,
}


#: methods of an array that would change it, or hand its data to somebody who sees no derivative
REFUSED = {
    "byteswap": "the bytes of a number have no derivative",
    "choose": "use np.choose on plain indices, or np.where",
    "dump": "store admodes.stop_gradient(x)",
    "dumps": "store admodes.stop_gradient(x)",
    "resize": "use np.reshape or np.resize",
    "setfield": "write x[index] = value",
    "tobytes": "use admodes.stop_gradient(x).tobytes()",
    "tofile": "use admodes.stop_gradient(x).tofile(file)",
    "tolist": "use list(x)",
    "view": "use x.astype(dtype) to convert",
}

#: what of an array can be set, and of an expression cannot
SET = {
    "dtype": "use x = x.astype(dtype)",
    "imag": "use x = x.real + 1j * value",
    "real": "use x = value + 1j * x.imag",
    "shape": "use x = x.reshape(shape)",
}

# --- Binary operators -----------------------------------------------------------------------------

# `a` and `b` are the arguments one level down, `y` the result there; `self` and `other` those of
# the method. What is not met here (lists, other shapes, arrays of other levels) `apply` sorts out.
_BINARY = """
def method(self, other):
    {self_and_other}

def augmented(self, other):
    if self._value.__class__ not in SCALARS:
        return rewrite(self, method(self, other))
    {self_and_other}

def reflected(self, other):
    level = self._level
    {enter_reflected}
    b = self._value
    kind = other.__class__
    if kind in SCALARS:
        a = other
        y = a {sign} b
        {real}
    elif kind is ndarray and b.__class__ is ndarray and b.shape == other.shape and is_real(other):
        y = other {sign} b
        a = {own_a}
    elif of_floats(self, other):
        if other._level.number > level.number:
            return getattr(other, own_name)(self)
        a = other
        y = a {sign} b
        {real}
    else:
        return apply(primitive, (other, self), {})
    {right}
    {result}
"""
_SELF_AND_OTHER = """
level = self._level
{enter}
a = self._value
kind = other.__class__
if kind is Mode and other._level is level:
    b = other._value
    y = a {sign} b
    {real}
    if {alike} or (a.__class__ is float and b.__class__ is float):
        same = True
    else:
        try:
            same = a.shape == b.shape
        except AttributeError:
            same = shape_of(a) == shape_of(b)
    if same:
        {both}
    else:
        {stretched}
elif kind is float or kind is int or kind in SCALARS:
    b = other
    y = a {sign} b
    {real}
    {left}
elif kind is ndarray and a.__class__ is ndarray and a.shape == other.shape and is_real(other):
    y = a {sign} other
    b = {own_b}
    {left}
elif of_floats(self, other):
    if other._level.number > level.number:
        return getattr(other, other_s_name)(self)
    b = other
    y = a {sign} b
    {real}
    {left}
else:
    try:
        return apply(primitive, (self, other), {})
    except UnknownOperand:
        if hasattr(kind, other_s_name):
            return NotImplemented
        raise
{result}
"""


class BinaryLines(NamedTuple):
    """The lines with which a mode fills the holes of the text, for one primitive.

    Each of the first four makes what `result` needs of ``a``, ``b`` and ``y``, or returns.
    """

    both: str  #: both arguments are of this level, and of one shape
    stretched: str  #: both are, and one is broadcast
    left: str  #: the second is a constant
    right: str  #: the first is
    result: str = "pass"  #: the number that is returned, of ``y`` and what these have set
    enter: str = "pass"  #: comes first
    enter_reflected: str = "pass"
    alike: str = "False"  #: where it is true, `both` does whatever the shapes are
    own_a: str = "other"  #: a constant array as the operation may keep it
    own_b: str = "other"


def binary_methods(
    mode: type, sign: str, name: str, primitive: Any, lines: BinaryLines
) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """The operator of a mode, the reflected one and that of an augmented assignment, compiled.

    A traceback shows their lines.

    What is no number to NumPy, but has a reflected operator of this `name`, knows better.
    """
    holes = {hole: text.replace("{sign}", sign) for hole, text in lines._asdict().items()}
    holes |= {"sign": sign, "real": _REAL if sign == "**" else "pass"}
    source = filled(_BINARY, self_and_other=filled(_SELF_AND_OTHER, **holes), **holes)
    names: dict[str, Any] = {**_IN_OPERATORS, "Mode": mode, "primitive": primitive}
    names["own_name"], names["other_s_name"] = f"__{name}__", f"__r{name}__"
    for i, factor in enumerate(primitive.factors):
        names |= {f"partial{i}": factor.function, f"constant{i}": factor.constant}
    compiled(source, f"operator {sign} of {mode.__module__}.{mode.__qualname__}", names)
    return names["method"], names["reflected"], names["augmented"]


#: what the text finds beside the names of its mode
_IN_OPERATORS = {
    "SCALARS": SCALARS,
    "UnknownOperand": UnknownOperand,
    "apply": apply,
    "escaped": escaped,
    "is_real": lambda array: array.dtype.kind in "fiub",
    "ndarray": np.ndarray,
    "new": object.__new__,
    "rewrite": rewrite,
    "shape_of": shape_of,
}


def of_floats(self: Any, other: Any) -> bool:
    """Whether two expressions, of two levels, are of Python's floats, which operators do not leave.

    NumPy's function for the operator would make one of NumPy's of them.
    """
    return isinstance(other, Traced) and plain(self).__class__ is plain(other).__class__ is float


# Python's power of a negative number is complex, NumPy's is NaN.
_REAL = """
if y.__class__ is complex:
    y = real_power(a, b, y)
"""


def real_power(a: Any, b: Any, y: complex) -> Any:
    return y if complex in (a.__class__, b.__class__) else float(np.power(np.float64(a), b))


_IN_OPERATORS |= {"of_floats": of_floats, "real_power": real_power}

# --- All others -----------------------------------------------------------------------------------


def give(cls: type, name: str, method: Callable[..., Any]) -> None:
    """Make a method of a class, by the name that `help` shows."""
    method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
    setattr(cls, name, method)


def unary_method(operate: Callable[[Any], Any], primitive: Any) -> Callable[..., Any]:
    def method(self: Any) -> Any:
        return self._unary(primitive, operate)

    return method


def numpy_method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "out" in kwargs:  # which NumPy hands over with the function
            return function(self, *args, **kwargs)
        return FUNCTIONS.get(function, function)(self, *args, **kwargs)

    if function in FUNCTIONS:
        method.__doc__ = f"As ``np.{function.__name__}``."
    else:
        method.__doc__ = function.__doc__
    return method


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        return compare(plain(self), plain(other))

    return method


def no_setting(name: str, instead: str) -> Callable[[Any, Any], NoReturn]:
    def method(self: Any, value: Any) -> NoReturn:
        raise TypeError(f"x.{name} cannot be set: {instead}")

    return method


def refusal(name: str, instead: str) -> property:
    def method(self: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} has no method {name}(): {instead}")

    return property(method, doc=f"Refused: {instead}.")
