"""Tracers: what stands for a plain value while a program is recorded.

A :class:`Tracer` is a value and its name in the program. What NumPy computes of it becomes a step,
and its result is a tracer again. It says that it is of the value's class, so that all code takes
the way with it that it takes with the value; but whatever would give a number away, to a branch
or as a size, is noted: a guard says that the program holds only where that number is the same.
"""

import functools
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from admodes.core.stand_ins import Unrepeatable
from admodes.core.values import Traced
from admodes.programs.steps import Guard, Value


@dataclass(frozen=True)
class Method:
    """A method of whatever it is applied to: ``Method("sum")(x, axis=0)`` is ``x.sum(axis=0)``."""

    name: str

    @staticmethod
    @functools.cache
    def named(name: str) -> "Method":
        return Method(name)

    def __call__(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(x, self.name)(*args, **kwargs)


class Tracer:
    """A plain value while a program is recorded, and its name there."""

    __slots__ = ("_is_viewed", "_name", "_recording", "_value")

    def __init__(self, value: Any, name: Value, recording: Any) -> None:
        self._value, self._name, self._recording = value, name, recording
        #: whether something shares its memory
        self._is_viewed = False

    @property  # type: ignore[misc]  # to mypy no property; `isinstance` asks for it
    def __class__(self) -> type:
        return type(self._value)

    def __repr__(self) -> NoReturn:
        self._refuse("it prints a number, or makes a text of it, which a program does not")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self._refuse("it pickles or copies a number")

    def _refuse(self, message: str) -> NoReturn:
        """Raise, for the user's code, of which others than the package may be the reader."""
        self._recording.refuse(message)
        raise Unrepeatable(message, self._recording)

    # --- NumPy's protocols ------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if any(isinstance(x, Traced) for x in inputs):
            return NotImplemented
        if options.get("out") is not None or method == "at":
            raise Unrepeatable(f"np.{ufunc.__name__} writes into a plain array", self._recording)
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self._recording.apply(function, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(issubclass(kind, Traced) for kind in types):
            return NotImplemented
        if function in ABOUT:
            return function(*untraced(args), **untraced(kwargs))
        if function in WRITING or kwargs.get("out") is not None:
            raise Unrepeatable(f"np.{function.__name__} writes into a plain array", self._recording)
        return self._recording.apply(function, args, kwargs)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        """Where the user's code has a mask or indices read from memory, it is noted what they are.

        A primitive is recorded as one step instead, whatever they are.
        """
        reader = sys._getframe(1).f_globals.get("__name__", "")
        if reader.startswith("admodes.") or np.asarray(self._value).dtype.kind not in "biu":
            raise Unrepeatable(
                "it makes a plain array of numbers that depend on the input", self._recording
            )
        known = np.array(self._value)
        self._recording.code.append(
            Guard(self._name, np.asarray, known, self._recording.places.here())
        )
        return np.array(known, *args, **kwargs)

    # --- Attributes -------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in KNOWN:
            if hasattr(type(self._value), name) and name not in BY_ARRAY:
                raise Unrepeatable(
                    f"it takes .{name} of a number that depends on the input", self._recording
                )
            raise AttributeError(f"{type(self._value).__name__!r} has no attribute {name!r}")
        if name in OF_SHAPE:
            return getattr(self._value, name)
        if name in PARTS:
            return self._recording.apply(getattr, (self, name), {})
        method = Method.named(name)
        return lambda *args, **kwargs: self._recording.apply(method, (self, *args), kwargs)

    def __getitem__(self, index: Any) -> Any:
        return self._recording.apply(operator.getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        if self._is_viewed or self._value.base is not None:
            raise Unrepeatable("it writes into an array of which there are views", self._recording)
        written = self._recording.apply(overwritten, (self, index, value), {})
        self._value, self._name = written._value, written._name

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def _traced(self) -> Any:
        """The same as an expression, for which there are primitives."""
        return self._recording.expression(self)

    def _known(self) -> Any:
        return self._value

    def _computed(self, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
        if function is np.asarray and self.__class__ is np.ndarray and len(args) == 1:
            return self
        return self._recording.apply(function, args, kwargs)

    # --- What gives a number away -----------------------------------------------------------------

    def _given(self, kind: Callable[[Any], Any]) -> Any:
        value = self._recording.evaluated(kind, (self,), {})
        self._recording.code.append(Guard(self._name, kind, value, self._recording.places.here()))
        return value

    def __bool__(self) -> bool:
        return bool(self._given(bool))

    def __int__(self) -> int:
        return int(self._given(int))

    def __float__(self) -> float:
        return float(self._given(float))

    def __complex__(self) -> complex:
        return complex(self._given(complex))

    def __index__(self) -> int:
        return int(self._given(operator.index))

    def __round__(self, digits: Any = None) -> Any:
        return self._recording.apply(round, (self,) if digits is None else (self, digits), {})

    __hash__ = None  # type: ignore[assignment]  # it compares by value, as an array


def overwritten(array: np.ndarray, index: Any, value: Any) -> np.ndarray:
    """A copy of the array with another part."""
    result = array.copy()
    result[index] = value
    return result


def raises(error: type[Exception], function: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Whether ``function(*args, **kwargs)`` raises that error."""
    try:
        function(*args, **kwargs)
    except error:
        return True
    return False


def untraced(x: Any) -> Any:
    """The value, or nested tuples, lists, dicts and slices of values, as recorded."""
    kind = type(x)
    if kind is Tracer:
        return x._value
    if kind is tuple or kind is list:
        return kind(map(untraced, x))
    if kind is dict:
        return {key: untraced(value) for key, value in x.items()}
    if kind is slice:
        return slice(untraced(x.start), untraced(x.stop), untraced(x.step))
    return x


def tracers_in(x: Any) -> bool:
    """Whether a tracer is among arguments, nested as they may be."""
    kind = type(x)
    if kind is tuple or kind is list:
        return any(map(tracers_in, x))
    if kind is dict:
        return any(map(tracers_in, x.values()))
    return kind is Tracer or (kind is slice and any(map(tracers_in, (x.start, x.stop, x.step))))


def has_static_shape(function: Any, args: Any, kwargs: Any) -> bool:
    """Whether the result's shape follows from the arguments' shapes, whatever their numbers."""
    if function is operator.getitem:
        index = args[1] if type(args[1]) is tuple else (args[1],)
        return not any(
            (type(i) is slice and tracers_in(i)) or (type(i) is Tracer and i.dtype == bool)
            for i in index
        )
    if isinstance(function, Method):
        return function.name not in SIZED and not (
            function.name == "reshape" and tracers_in((args[1:], kwargs))
        )
    if isinstance(function, np.ufunc) or function in STATIC:
        return True
    return isinstance(getattr(function, "__self__", None), np.ufunc)


#: functions that tell of shapes and dtypes, and not of numbers
ABOUT = frozenset(
    {
        np.can_cast,
        np.empty_like,
        np.iscomplexobj,
        np.isrealobj,
        np.may_share_memory,
        np.ndim,
        np.ones_like,
        np.result_type,
        np.shape,
        np.shares_memory,
        np.size,
        np.zeros_like,
    }
)
WRITING = frozenset({np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask})
OF_SHAPE = frozenset(
    {"base", "dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size", "strides"}
)
BY_ARRAY = frozenset({"__array_interface__", "__array_struct__"})  #: in which __array__ comes later
PARTS = frozenset({"T", "mT", "real", "imag"})
_METHODS = frozenset(
    [
        "all",
        "any",
        "argmax",
        "argmin",
        "argpartition",
        "argsort",
        "astype",
        "choose",
        "clip",
        "compress",
        "conj",
        "conjugate",
        "copy",
        "cumprod",
        "cumsum",
        "diagonal",
        "dot",
        "flatten",
        "is_integer",
        "item",
        "max",
        "mean",
        "min",
        "nonzero",
        "prod",
        "ravel",
        "repeat",
        "reshape",
        "round",
        "searchsorted",
        "squeeze",
        "std",
        "sum",
        "swapaxes",
        "take",
        "trace",
        "transpose",
        "var",
        "view",
    ]
)
KNOWN = OF_SHAPE | PARTS | _METHODS

#: methods whose result has as many entries as the numbers say
SIZED = frozenset(("compress", "nonzero", "repeat"))
#: functions whose result's shape does not depend on numbers
STATIC = frozenset(
    {
        *(getattr(operator, name) for name in dir(operator) if not name.startswith("_")),
        divmod,
        getattr,
        overwritten,
        np.all,
        np.any,
        np.argmax,
        np.argmin,
        np.argsort,
        np.asarray,
        np.broadcast_to,
        np.clip,
        np.concatenate,
        np.copy,
        np.count_nonzero,
        np.cumprod,
        np.cumsum,
        np.diff,
        np.moveaxis,
        np.reshape,
        np.sort,
        np.stack,
        np.sum,
        np.take_along_axis,
        np.transpose,
        np.where,
    }
)

_BINARY = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "divmod",
    "pow",
    "matmul",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
]
_COMPARISONS = ["lt", "le", "eq", "ne", "gt", "ge"]
_UNARY = ["neg", "pos", "abs", "invert"]


def _operators() -> None:
    def binary(operate: Any) -> Any:
        def method(self: Any, other: Any) -> Any:
            if isinstance(other, Traced):
                return NotImplemented
            return self._recording.apply(operate, (self, other), {})

        return method

    def reflected(operate: Any) -> Any:
        return lambda self, other: self._recording.apply(operate, (other, self), {})

    def unary(operate: Any) -> Any:
        return lambda self: self._recording.apply(operate, (self,), {})

    for name in _BINARY:
        operate = divmod if name == "divmod" else getattr(operator, name)
        short = name.rstrip("_")
        setattr(Tracer, f"__{short}__", binary(operate))
        setattr(Tracer, f"__r{short}__", reflected(operate))
    for name in _COMPARISONS:
        setattr(Tracer, f"__{name}__", binary(getattr(operator, name)))
    for name in _UNARY:
        operate = getattr(operator, name)
        setattr(Tracer, f"__{name}__", unary(operate))


_operators()
