"""What a user's rule gives, held against what it must be: kind, shape and precision."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from admodes.core.rules import Partial, factor_of
from admodes.core.values import SCALARS, Traced, shape_of

ARRAYS: Any = (np.ndarray, np.generic, Traced)


class Form(NamedTuple):
    """The form of a value, which is that of its tangents and cotangents too."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]  #: of its derivatives: an integer's are of float64


_NUMBER = Form((), np.dtype(float))


def form_of(x: Any, who: str) -> Form:
    """The form of an argument, or of the value of a rule.

    Raises
    ------
    TypeError
        Where it is neither an array nor a number.
    """
    if x.__class__ is float or x.__class__ is np.float64:
        return _NUMBER
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        if x.__class__ not in SCALARS:
            raise TypeError(f"{who} gave {_kind(x)}; it must give one array, or a number")
        dtype = np.dtype(x.__class__)
    return Form(_shape(x), dtype if dtype.kind in "fc" else np.dtype(float))


def conforming(given: Any, form: Form, who: str, lead: tuple[int, ...] = (), ct: Any = 0.0) -> Any:
    """A tangent or a cotangent that a rule gave, in the precision of `form`.

    Parameters
    ----------
    form
        That of the output or the argument.
    who
        What gave it, for errors.
    lead
        The directions, which stand in front of its shape.
    ct
        The cotangent that it was made of. Where this is complex, and the form real, the real part
        counts of what is made of it (:mod:`admodes.primitives.complex_numbers`).

    Raises
    ------
    TypeError
        Where it is no array, or of a dtype that is not that of a derivative.
    ValueError
        Where its shape is another.
    """
    if form is _NUMBER and not lead and (given.__class__ is float or given.__class__ is np.float64):
        return given
    shape, dtype = lead + form.shape, form.dtype
    if given.__class__ is int:
        given = float(given)
    if not isinstance(given, ARRAYS) and given.__class__ not in SCALARS:
        raise TypeError(f"{who} gave {_kind(given)}; it must give an array of shape {shape}")
    if shape_of(given) != shape:
        raise ValueError(f"{who} gave shape {shape_of(given)}; it must be {shape}")
    own = np.dtype(getattr(given, "dtype", given.__class__))
    if own == dtype:
        return given
    if own.kind not in "fc":
        raise TypeError(f"{who} gave {own}; it must be {dtype}: convert by .astype({dtype})")
    if own.kind == "c" and dtype.kind == "f":
        if not np.iscomplexobj(ct):
            raise TypeError(f"{who} gave {own}; it must be {dtype}: take np.real of it")
        given = np.real(given)
    elif own.kind != dtype.kind:
        return given  # a complex number's derivative may be real
    return given.astype(dtype) if isinstance(given, ARRAYS) else dtype.type(given)


def _shape(x: Any) -> tuple[int, ...]:
    return () if x.__class__ in SCALARS else shape_of(x)  # of numbers at a tenth of the time


def _kind(x: Any) -> str:
    return "None" if x is None else f"a {type(x).__name__}"


def called(name: str, function: Any) -> str:
    """What errors call a rule: by its name, and a lambda by its place too."""
    code = getattr(function, "__code__", None)
    if name != "<lambda>" or code is None:
        return f"`{name}`"
    return f"`{name}` ({Path(code.co_filename).name}, line {code.co_firstlineno})"


# --- Entry by entry -------------------------------------------------------------------------------


class Entrywise:
    """A user's function that is applied entry by entry, and must give the shape that this has."""

    def __init__(self, function: Callable[..., Any], rule: str, count: int) -> None:
        functools.update_wrapper(self, function)
        self.function, self.rule, self.count = function, rule, count

    def __call__(self, *args: Any, **params: Any) -> Any:
        if params or len(args) != self.count:
            by_name = f" and {', '.join(params)} by name" if params else ""
            raise TypeError(
                f"{self.rule} takes as many arguments as it has partial derivatives, {self.count}, "
                f"by position; it was called with {len(args)} by position{by_name}"
            )
        y = self.function(*args)
        shape = form_of(y, self.rule).shape
        for x in args:
            if _shape(x) != shape:
                self.refuse_another(shape, [_shape(x) for x in args])
                break
        return y

    def refuse_another(self, shape: tuple[int, ...], shapes: list[tuple[int, ...]]) -> None:
        due = np.broadcast_shapes(*shapes)
        if shape != due:
            raise ValueError(
                f"{self.rule} gave shape {shape} for arguments of shapes "
                f"{', '.join(map(str, shapes))}; applied entry by entry it must be {due}. What it "
                "broadcasts against must be an argument too; or use admodes.custom"
            )


class Slope:
    """A partial derivative of a user's, which must not be larger than the output."""

    def __init__(self, function: Callable[..., Any], whose: str, reads: tuple[bool, ...]) -> None:
        self.function, self.whose = function, whose
        # The output is read in any case, for its shape.
        names = ["y", *(f"{'' if read else '_'}x{i}" for i, read in enumerate(reads[1:]))]
        kind = inspect.Parameter.POSITIONAL_ONLY
        self.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])

    def __call__(self, y: Any, *args: Any) -> Any:
        slope = self.function(y, *args)
        kind = slope.__class__
        if kind is y.__class__ and (kind in SCALARS or (kind is np.ndarray and _alike(slope, y))):
            return slope  # all that follows, at a tenth of the time
        own, shape = _shape(slope), _shape(y)
        if own and own != shape and not _spreads(own, shape):
            raise ValueError(
                f"{self.whose} gave shape {own}; it must be {shape}, that of the output, or spread "
                "to it by broadcasting"
            )
        if not isinstance(slope, ARRAYS) and slope.__class__ not in SCALARS:
            raise TypeError(f"{self.whose} gave {_kind(slope)}; it must give an array or a number")
        known, dtype = getattr(slope, "dtype", None), getattr(y, "dtype", None)
        if np.iscomplexobj(slope) and not np.iscomplexobj(y):
            raise TypeError(f"{self.whose} is complex where the output is real: take np.real of it")
        if known is not None and dtype is not None and known.itemsize > dtype.itemsize:
            return slope.astype(dtype) if known.kind == dtype.kind else slope
        return slope


def _alike(x: Any, y: Any) -> bool:
    return bool(x.shape == y.shape and x.dtype == y.dtype)


def _spreads(own: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    pairs = zip(own[::-1], shape[::-1], strict=False)
    return len(own) <= len(shape) and all(n in (1, m) for n, m in pairs)


def checked_partial(partial: Partial, whose: str, count: int) -> Partial:
    """The same partial derivative, which says where its shape is wrong.

    Raises
    ------
    TypeError
        Where it is neither a number nor a function of as many parameters.
    """
    if isinstance(partial, np.ufunc) and partial.nin != count:  # it would take ``x`` for ``out``
        raise TypeError(f"{whose} takes (y, *args), {count} parameters, not {partial.nin}")
    if not callable(partial) and not isinstance(partial, (int, float, complex, np.number)):
        raise TypeError(f"{whose} must be a function (y, *args) or a number, not {_kind(partial)}")
    factor = factor_of(partial, count)
    if isinstance(partial, complex):
        return Slope(lambda *_: partial, whose, factor.reads)
    if factor.function is None:  # a number, or an argument as it is
        return partial
    return Slope(factor.function, whose, factor.reads)
