"""The operators and methods of an array, as tables, and what makes methods of them."""

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from admodes.core.declaring import FUNCTIONS
from admodes.core.levels import escaped
from admodes.core.rules import apply
from admodes.core.values import SCALARS, plain, shape_of

#: what tracebacks call the file of a binary operator, which is compiled here
OPERATOR_FILE = "<admodes operator>"


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
    "argsort": np.argsort,
    "astype": np.astype,
    "clip": np.clip,
    "conj": np.conjugate,
    "conjugate": np.conjugate,
    "copy": np.copy,
    "cumprod": np.cumprod,
    "cumsum": np.cumsum,
    "diagonal": np.diagonal,
    "dot": np.dot,
    "flatten": np.ravel,
    "max": np.max,
    "mean": np.mean,
    "min": np.min,
    "nonzero": np.nonzero,
    "prod": np.prod,
    "ravel": np.ravel,
    "repeat": np.repeat,
    "round": np.round,
    "searchsorted": np.searchsorted,
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
    "compress": "use x[condition]",
    "dump": "store admodes.stop_gradient(x)",
    "dumps": "store admodes.stop_gradient(x)",
    "fill": "use np.full_like(x, value)",
    "partition": "it works in place: use np.partition(x, kth)",
    "put": "it works in place: build the new array by np.where",
    "resize": "it works in place: use np.reshape or np.tile",
    "setfield": "it works in place",
    "sort": "it works in place: use np.sort(x)",
    "tobytes": "use admodes.stop_gradient(x).tobytes()",
    "tofile": "use admodes.stop_gradient(x).tofile(file)",
    "tolist": "use list(x)",
    "view": "use x.astype(dtype) to convert",
}


#: what the text of an operator finds beside the names of its mode
IN_OPERATORS = {
    "SCALARS": SCALARS,
    "apply": apply,
    "escaped": escaped,
    "is_real": lambda array: array.dtype.kind in "fiub",
    "ndarray": np.ndarray,
    "new": object.__new__,
    "shape_of": shape_of,
}


def unary_method(operate: Callable[[Any], Any], primitive: Any) -> Callable[..., Any]:
    def method(self: Any) -> Any:
        return self._unary(primitive, operate)

    return method


def numpy_method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return FUNCTIONS.get(function, function)(self, *args, **kwargs)

    method.__doc__ = f"As ``np.{function.__name__}``."
    return method


def comparison(compare: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        return compare(plain(self), plain(other))

    return method


def refusal(name: str, instead: str) -> property:
    def method(self: Any) -> NoReturn:
        raise TypeError(f"{type(self).__name__} has no method {name}(): {instead}")

    return property(method)
