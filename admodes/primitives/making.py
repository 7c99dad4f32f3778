"""Arrays that are made: like an expression (``np.zeros(n, like=x)``, NEP 35), and as an array is.

They are constants of the expression's level, and there to be written into. Where the dtype has no
derivatives they are plain.
"""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import operand
from admodes.core.stand_ins import computed
from admodes.core.values import Traced, is_floating, plain, plain_inside
from admodes.primitives.memory import laid_out_as

MAKERS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""NumPy function -> what stands for it; the expression that its ``like=`` names comes first."""


def _makes(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            MAKERS[function] = implementation(function)
        return implementation

    return register


def constant_like(x: Any, value: Any) -> Any:
    """A value at the level of `x`, if it may have derivatives."""
    return x._constant(value) if is_floating(value) else value


def _is_traced(x: Any) -> bool:
    return isinstance(x, Traced)


_FILLED: dict[Any, Any] = {np.empty: np.zeros, np.empty_like: np.zeros_like}
"""What happens to be in memory would be recorded as a constant, and be another one each time."""


# --- By like= -------------------------------------------------------------------------------------


@_makes(np.zeros, np.ones, np.empty, np.arange, np.eye, np.identity, np.tri)
@_makes(np.frombuffer, np.fromfile, np.fromstring, np.genfromtxt, np.loadtxt)
def _plain(function):
    """Made of plain numbers."""
    made = _FILLED.get(function, function)

    def call(like, *args, **kwargs):
        kwargs = {key: plain_inside(value) for key, value in kwargs.items()}
        return constant_like(like, made(*map(plain_inside, args), **kwargs))

    return call


@_makes(np.full)
def _full(function):
    def call(like, shape, fill_value, dtype=None, order="C", *, device=None):
        value = np.zeros_like(plain(fill_value)) if _is_traced(fill_value) else fill_value
        made = function(shape, value, dtype, order, device=device)
        return _filled(constant_like(like, made), fill_value)

    return call


def _filled(made: Any, value: Any) -> Any:
    if _is_traced(value) and _is_traced(made):
        made[...] = value
    return made


@_makes(np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require)
def _of_parts(function):
    """Of an array, or of nested lists whose items may be expressions."""

    def call(like, a, *args, **kwargs):
        joined = join(a)
        if not _is_traced(joined):
            return constant_like(like, function(a, *args, **kwargs))
        # NumPy itself says what the options make of shape, dtype and order.
        value = computed(function, plain(joined), *args, **kwargs)
        if not is_floating(value):
            return value
        if value.shape != joined.shape:
            joined = np.reshape(joined, value.shape)
        if value.dtype != joined.dtype:
            joined = np.astype(joined, value.dtype)
        if np.may_share_memory(value, plain(joined)):
            return joined
        return np.copy(laid_out_as(joined, value), "K")

    return call


@_makes(np.fromiter)
def _of_items(function):
    def call(like, iter, dtype, count=-1):
        items = list(iter if count < 0 else itertools.islice(iter, count))
        if len(items) < count:
            raise ValueError(
                f"iterator too short: Expected {count} but iterator had only {len(items)} items."
            )
        joined = join(items) if items else np.empty(0, dtype)
        if _is_traced(joined):
            return np.astype(joined, dtype)
        return constant_like(like, joined.astype(dtype))

    return call


@_makes(np.fromfunction)
def _of_indices(function):
    def call(like, function_of_indices, shape, *, dtype=float, **kwargs):
        made = function(function_of_indices, shape, dtype=dtype, **kwargs)
        return made if isinstance(made, Traced) else constant_like(like, np.asarray(made))

    return call


def join(a: Any) -> Any:
    """Nested lists of numbers, arrays and expressions as one of these."""
    if isinstance(a, Traced):
        return a
    if isinstance(a, (list, tuple)) and _holds_expressions(a):
        return np.stack([join(item) for item in a])
    return a if isinstance(a, np.ndarray) else np.asarray(operand(a))


def _holds_expressions(items: Iterable[Any]) -> bool:
    return any(
        isinstance(item, Traced) or (isinstance(item, (list, tuple)) and _holds_expressions(item))
        for item in items
    )


# --- As another array is --------------------------------------------------------------------------


def _like(function: Callable[..., Any], name: str = "a") -> None:
    """`name` is what NumPy calls the array."""
    made = _FILLED.get(function, function)

    @implements(function)
    def call(*args, **kwargs):
        a, *others = args or (kwargs.pop(name),)
        return constant_like(a, made(plain(a), *others, **kwargs))


_like(np.zeros_like)
_like(np.ones_like)
_like(np.empty_like, "prototype")


@implements(np.full_like)
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    made = np.full_like(plain(a), plain(fill_value), dtype, order, subok, shape, device=device)
    return _filled(constant_like(a, made), fill_value)
