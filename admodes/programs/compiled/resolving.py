"""Which dtypes a ufunc computes with: NumPy is asked, and Python's numbers give way to others."""

import functools
from typing import Any

from admodes.programs.compiled.code import FLOAT, INTEGER, TRUTH
from admodes.programs.compiled.kinds import dtype_of, is_python
from admodes.programs.steps import Value


def loop(ufunc: Any, function: Any, args: list[Any], made: Value) -> tuple[Any, ...] | None:
    """The dtypes that a ufunc converts its arguments to, if it makes what was made."""
    if made.kind in (float, bool):  # Python's own
        given = [dtype_of(x) for x in args]
        if any(
            dtype == INTEGER for x, dtype in zip(args, given, strict=True) if x.__class__ is Value
        ):
            return None
        return ((TRUTH,) if given.count(TRUTH) == len(given) else (FLOAT,)) * len(args)
    kinds: tuple[Any, ...] = tuple(_kind(x) for x in args)
    try:
        *given, result = resolved(ufunc, kinds)
    except TypeError:
        return None
    return tuple(given) if result == dtype_of(made) else None


def _kind(x: Any) -> Any:
    if not is_python(x):
        return dtype_of(x)
    kind = x.kind if x.__class__ is Value else x.__class__
    return TRUTH if kind is bool else kind


@functools.lru_cache(maxsize=1024)
def resolved(ufunc: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    return ufunc.resolve_dtypes((*kinds, None))
