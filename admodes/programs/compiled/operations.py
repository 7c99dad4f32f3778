"""Operations on single entries, as lines of LLVM's language."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.programs.buffers import UFUNCS
from admodes.programs.compiled.code import FLOAT, INTEGER, TRUTH, TYPES, Code, literal

Operation = Callable[..., str]
"""``operation(code, dtype, *args)``: writes what it does, and names the result."""
ENTRYWISE: dict[Any, Operation] = {}
"""By ufunc."""
DEAR: set[Any] = set()
"""What is not worth doing twice."""
OF_FLOATS: set[Any] = set()
"""What is only written for floating-point numbers."""


def _arithmetic(ufunc: Any, on_floats: str, on_integers: str, on_truths: str | None) -> None:
    def write(code: Code, dtype: Any, x: str, y: str) -> str:
        kind = {INTEGER: on_integers, TRUTH: on_truths}.get(dtype, on_floats)
        return code.make(f"{kind} {TYPES[dtype]} {x}, {y}")

    ENTRYWISE[ufunc] = write


def _comparison(ufunc: Any, on_floats: str, on_integers: str) -> None:
    def write(code: Code, dtype: Any, x: str, y: str) -> str:
        whole = dtype in (INTEGER, TRUTH)
        unsigned = on_integers.replace("s", "u", 1) if dtype == TRUTH else on_integers
        kind = f"icmp {unsigned}" if whole else f"fcmp {on_floats}"
        return code.make(f"{kind} {TYPES[dtype]} {x}, {y}")

    ENTRYWISE[ufunc] = write


def _function(ufunc: Any, name: str, dear: bool = True) -> None:
    def write(code: Code, dtype: Any, *args: str) -> str:
        if name.startswith("llvm."):
            full = f"{name}.{'f64' if dtype == FLOAT else 'f32'}"
        else:
            full = name if dtype == FLOAT else f"{name}f"
        return code.call(full, TYPES[dtype], *args)

    ENTRYWISE[ufunc] = write
    OF_FLOATS.add(ufunc)
    if dear:
        DEAR.add(ufunc)


_ufunc: Any
for _ufunc, *_names in (
    (np.add, "fadd", "add", "or"),
    (np.subtract, "fsub", "sub", None),
    (np.multiply, "fmul", "mul", "and"),
):
    _arithmetic(_ufunc, *_names)
for _ufunc, *_names in (
    (np.less, "olt", "slt"),
    (np.less_equal, "ole", "sle"),
    (np.greater, "ogt", "sgt"),
    (np.greater_equal, "oge", "sge"),
    (np.equal, "oeq", "eq"),
    (np.not_equal, "une", "ne"),
):
    _comparison(_ufunc, *_names)

LIBM = {
    np.sin: "sin",
    np.cos: "cos",
    np.tan: "tan",
    np.exp: "exp",
    np.log: "log",
    np.tanh: "tanh",
    np.sinh: "sinh",
    np.cosh: "cosh",
    np.arcsin: "asin",
    np.arccos: "acos",
    np.arctan: "atan",
    np.arcsinh: "asinh",
    np.arccosh: "acosh",
    np.arctanh: "atanh",
    np.exp2: "exp2",
    np.expm1: "expm1",
    np.log1p: "log1p",
    np.log2: "log2",
    np.log10: "log10",
    np.cbrt: "cbrt",
    np.arctan2: "atan2",
    np.hypot: "hypot",
    np.power: "pow",
}
"""What C calls it."""
for _ufunc, _name in LIBM.items():
    _function(_ufunc, _name)
for _ufunc, _name in (
    (np.absolute, "fabs"),
    (np.fabs, "fabs"),
    (np.floor, "floor"),
    (np.ceil, "ceil"),
    (np.trunc, "trunc"),
    (np.rint, "rint"),
    (np.copysign, "copysign"),
    (np.maximum, "maximum"),
    (np.minimum, "minimum"),
):
    _function(_ufunc, f"llvm.{_name}", dear=False)
_function(np.sqrt, "llvm.sqrt")


def _of_floats(ufunc: Any) -> Callable[[Operation], Operation]:
    def note(write: Operation) -> Operation:
        ENTRYWISE[ufunc] = write
        OF_FLOATS.add(ufunc)
        return write

    return note


@_of_floats(np.divide)
def _divide(code: Code, dtype: Any, x: str, y: str) -> str:
    return code.make(f"fdiv {TYPES[dtype]} {x}, {y}")


@_of_floats(np.reciprocal)
def _reciprocal(code: Code, dtype: Any, x: str) -> str:
    return _divide(code, dtype, literal(1, dtype), x)


DEAR |= {np.divide, np.reciprocal}


@_of_floats(np.negative)
def _negative(code: Code, dtype: Any, x: str) -> str:
    return code.make(f"fneg {TYPES[dtype]} {x}")


@_of_floats(np.square)
def _square(code: Code, dtype: Any, x: str) -> str:
    return code.make(f"fmul {TYPES[dtype]} {x}, {x}")


@_of_floats(np.isnan)
def _isnan(code: Code, dtype: Any, x: str) -> str:
    return code.make(f"fcmp uno {TYPES[dtype]} {x}, {x}")


@_of_floats(np.isfinite)
def _isfinite(code: Code, dtype: Any, x: str) -> str:
    return _isnan_not(code, dtype, code.make(f"fsub {TYPES[dtype]} {x}, {x}"))


def _isnan_not(code: Code, dtype: Any, x: str) -> str:
    return code.make(f"fcmp ord {TYPES[dtype]} {x}, {x}")


@_of_floats(np.isinf)
def _isinf(code: Code, dtype: Any, x: str) -> str:
    size = ENTRYWISE[np.absolute](code, dtype, x)
    return code.make(f"fcmp oeq {TYPES[dtype]} {size}, {literal(np.inf, dtype)}")


@_of_floats(np.sign)
def _sign(code: Code, dtype: Any, x: str) -> str:
    kind, zero = TYPES[dtype], literal(0, dtype)
    size = code.call(f"llvm.copysign.f{dtype.itemsize * 8}", kind, literal(1, dtype), x)
    other = code.make(f"fcmp ueq {kind} {x}, {zero}")  # 0, or NaN
    plus = code.make(f"fadd {kind} {x}, {zero}")
    return code.make(f"select i1 {other}, {kind} {plus}, {kind} {size}")


def _same(code: Code, dtype: Any, x: str) -> str:
    return x


def _not(code: Code, dtype: Any, x: str) -> str:
    return code.make(f"xor i1 {x}, true")


def _of_truths(name: str) -> Operation:
    return lambda code, dtype, x, y: code.make(f"{name} i1 {x}, {y}")


ENTRYWISE |= {np.positive: _same, np.conjugate: _same}
OF_TRUTHS: dict[Any, Operation] = {
    np.logical_not: _not,
    np.invert: _not,
    **{
        ufunc: _of_truths(name)
        for ufunc, name in (
            (np.logical_and, "and"),
            (np.logical_or, "or"),
            (np.logical_xor, "xor"),
            (np.bitwise_and, "and"),
            (np.bitwise_or, "or"),
            (np.bitwise_xor, "xor"),
        )
    },
}
"""What is written for truth values; logical ones take any numbers, by whether they are 0."""


def where(code: Code, dtype: Any, mask: str, x: str, y: str) -> str:
    return code.make(f"select i1 {mask}, {TYPES[dtype]} {x}, {TYPES[dtype]} {y}")


def clip(code: Code, dtype: Any, x: str, least: str, most: str) -> str:
    return ENTRYWISE[np.minimum](code, dtype, ENTRYWISE[np.maximum](code, dtype, x, least), most)


def finite(code: Code, dtype: Any, x: str) -> str:
    return _isfinite(code, dtype, x)


# --- Reductions -----------------------------------------------------------------------------------

COMBINED = {
    np.add: "sum",
    np.multiply: "product",
    np.maximum: "largest",
    np.minimum: "least",
    np.logical_or: "any",
    np.logical_and: "all",
}


def start(kind: str, dtype: np.dtype[Any]) -> str:
    """What a reduction of nothing gives."""
    if kind in ("largest", "least"):
        sign = -1 if kind == "largest" else 1
        if dtype == INTEGER:
            return literal(np.iinfo(np.int64).min if sign < 0 else np.iinfo(np.int64).max, dtype)
        return literal(sign * np.inf, dtype)
    return literal(kind in ("product", "all"), dtype)


def combined(code: Code, kind: str, dtype: np.dtype[Any], x: str, y: str) -> str:
    """Of two parts of a reduction one. Sums may be taken in any order; in a product that would let
    overflow what is 0 later on."""
    on = TYPES[dtype]
    if kind in ("any", "all"):
        return code.make(f"{'or' if kind == 'any' else 'and'} i1 {x}, {y}")
    if kind in ("largest", "least"):
        name = {"largest": "max", "least": "min"}[kind]
        if dtype == INTEGER:
            return code.call(f"llvm.s{name}.i64", on, x, y)
        return ENTRYWISE[np.maximum if name == "max" else np.minimum](code, dtype, x, y)
    if dtype == INTEGER:
        return code.make(f"{'add' if kind == 'sum' else 'mul'} {on} {x}, {y}")
    return code.make(f"{'fadd reassoc nsz' if kind == 'sum' else 'fmul'} {on} {x}, {y}")


def as_ufunc(function: Any) -> Any:
    """The ufunc of an operator."""
    return OPERATORS.get(function, function)


OPERATORS = UFUNCS | {
    operator.pow: np.power,
    operator.abs: np.absolute,
    operator.pos: np.positive,
    operator.invert: np.invert,
    operator.xor: np.bitwise_xor,
}
