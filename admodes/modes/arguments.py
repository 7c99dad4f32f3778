"""What goes into a function being differentiated and what comes out of it.

Arguments and outputs may be numbers, arrays, and :mod:`containers <admodes.modes.containers>` of
them, whose leaves are checked here; nothing here knows a mode.
"""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.kinds import NUMERIC, has_own_rules, instead_of, is_plain_array, kind_of
from admodes.core.layout import copied
from admodes.core.levels import Level, escaped
from admodes.core.stand_ins import as_traced, computed, stands_for_another
from admodes.core.values import Traced, fresh, plain
from admodes.modes.containers import LEAVES, children, described, leaves, map_leaves, rebuild
from admodes.modes.expressions import Expression
from admodes.modes.lost import called, say_of_sequences

# --- Inputs ---------------------------------------------------------------------------------------


def alive(x: Any) -> Any:
    """An expression whose differentiation has not ended."""
    return escaped() if x._level.ended else x


def as_input(leaf: Any, path: str) -> Any:
    """A leaf as a differentiable value that its owner cannot change any more.

    Raises
    ------
    TypeError
        Where it is not a floating-point number or array.
    """
    if leaf.__class__ is float:
        return leaf
    if isinstance(leaf, Traced):
        return alive(leaf)
    if is_plain_array(leaf):
        if leaf.dtype.kind in "fc":
            return copied(np.asarray(leaf))
        raise TypeError(f"{path} is {kind_of(leaf)}, which has no derivative: {instead_of(leaf)}")
    if has_own_rules(leaf):
        raise TypeError(
            f"{path} is {kind_of(leaf)}, whose own rules would be lost: {instead_of(leaf)}"
        )
    if isinstance(leaf, (float, complex, np.inexact)):
        return leaf
    if isinstance(leaf, int) and not isinstance(leaf, bool):
        return float(leaf)
    raise TypeError(
        f"{path} is a {type(leaf).__name__}; derivatives are taken with respect to floating-point "
        "numbers, NumPy arrays of them, and dicts, lists, tuples and dataclasses of these"
    )


class Inputs:
    """The arguments of a call, taken apart into the leaves to differentiate by and the rest."""

    __slots__ = (
        "all_carry",
        "argnums",
        "args",
        "function",
        "kwargs",
        "leaves",
        "originals",
        "plain",
        "single",
        "trees",
    )  # fmt: skip

    def __init__(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any] | None = None,
        argnums: int | Sequence[int] | None = None,
    ) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs or {}
        self.single = argnums.__class__ is int or isinstance(argnums, np.integer)
        self.plain = False  # not one plain array or number
        self.all_carry = False  # no input may be a constant to a pass of forward mode
        if len(args) == 1 and (argnums is None or (argnums == 0 and self.single)):
            # The common case, which costs 1 µs here instead of 6.
            (x,) = args
            array = x.__class__ is np.ndarray and x.dtype.kind == "f"
            if array or x.__class__ is float:
                self.argnums, self.trees, self.originals = [0], (x,), (x,)
                self.leaves = [copied(x) if array else x]
                self.plain = True
                return
        self.argnums = positions(argnums, len(args), function)
        self.trees = tuple(args[i] for i in self.argnums)
        found = [
            (f"{name(function)}: argument {i}{path}", leaf)
            for i, tree in zip(self.argnums, self.trees, strict=True)
            for path, leaf in leaves(tree)
        ]
        self.originals = tuple(leaf for _, leaf in found)
        self.leaves = [as_input(leaf, path) for path, leaf in found]

    def call(self, values: Sequence[Any]) -> Any:
        """The function's output with `values` for the leaves."""
        if self.plain:
            return called(self.function, values, self.kwargs)
        args, left = list(self.args), iter(values)
        for i, tree in zip(self.argnums, self.trees, strict=True):
            args[i] = rebuild(tree, left)
        try:
            return called(self.function, args, self.kwargs)
        except (TypeError, AttributeError) as error:
            say_of_sequences(error, self.argnums, self.trees)
            raise

    def like(self, derivatives: Sequence[Any]) -> Any:
        """`derivatives`, one a leaf, in the containers of the arguments."""
        values = iter(derivatives)
        rebuilt = tuple([rebuild(tree, values) for tree in self.trees])
        return rebuilt[0] if self.single else rebuilt

    def gradients(self, derivatives: Sequence[Any]) -> Any:
        """The same, each with the type, shape and dtype of its leaf."""
        if self.plain:
            g = as_derivative(derivatives[0], self.originals[0])
            return g if self.single else (g,)
        return self.like(list(map(as_derivative, derivatives, self.originals)))


def positions(
    argnums: int | Sequence[int] | None, count: int, function: Callable[..., Any]
) -> list[int]:
    """Which of `count` arguments are meant, counted from the first; all by ``None``.

    Raises
    ------
    ValueError
        Where there is no such argument, or one is named twice.
    """
    if argnums.__class__ is int and 0 <= argnums < count:  # as mostly
        return [argnums]
    if argnums is None:
        return list(range(count))
    numbers: list[Any] = list(argnums) if isinstance(argnums, (tuple, list)) else [argnums]
    for number in numbers:
        if not is_position(number, count):
            raise ValueError(
                f"{name(function)}: argnums={argnums!r}, but the call has {count} "
                f"positional argument{'s' * (count != 1)}"
            )
    numbers = [int(number) % count for number in numbers]
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"argnums={argnums!r} names an argument twice")
    return numbers


def is_position(number: Any, count: int) -> bool:
    """Whether that is the number of one of `count` arguments, NumPy's integers among them."""
    integer = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    return integer and -count <= number < count


_SMALL = 1 << 15  # bytes that are copied in the time of a few lines here


def is_small(x: Any) -> bool:
    """Whether `x` is a plain array of floats on which Python costs more than NumPy does.

    The faces have a straight path for one of these that becomes a number: what looks at all that
    arguments may be takes as long as two or three operations.
    """
    return type(x) is np.ndarray and x.dtype is _FLOAT and x.nbytes < _SMALL


_FLOAT = np.dtype(float)


def tangent_for(t: Any, x: Any, what: str) -> Any:
    """A tangent (or cotangent) `t` that must match the value `x`, as one's own.

    Raises
    ------
    ValueError
        Where the shapes differ.
    TypeError
        Where the dtypes do, or it is no number at all.
    """
    if t.__class__ is float and x.__class__ is float:
        return t
    both = t.__class__ is np.ndarray and x.__class__ is np.ndarray
    if both and t.shape == x.shape and t.dtype == x.dtype:
        return t.copy()
    value, own = plain(x), plain(t)
    if has_own_rules(own):
        raise TypeError(f"{what} is {kind_of(own)}: {instead_of(own)}")
    if isinstance(own, (bool, np.bool_)) or not isinstance(
        own, (float, int, complex, np.ndarray, np.generic)
    ):
        raise TypeError(f"{what} is {described(t)}; it must be a number or an array")
    if np.shape(own) != np.shape(value):
        raise ValueError(
            f"{what} has shape {np.shape(own)}, but its primal has shape {np.shape(value)}"
        )
    dtype = np.dtype(getattr(value, "dtype", value.__class__))
    if isinstance(own, (np.ndarray, np.generic)):
        if own.dtype != dtype and not (isinstance(value, float) and own.dtype.kind == "f"):
            raise TypeError(
                f"{what} has dtype {own.dtype}, but its primal has {dtype}: "
                f"convert it by t.astype(np.{dtype})"
            )
    elif isinstance(own, complex) and dtype.kind != "c":
        raise TypeError(f"{what} is complex, but its primal is real")
    if isinstance(t, Traced):
        return alive(t)
    if isinstance(value, np.ndarray):
        return np.array(t, dtype, order="C")
    return float(own) if isinstance(own, int) else own


def as_derivative(g: Any, x: Any) -> Any:
    """The derivative `g`, nobody else's array, with the type, shape and dtype of its leaf `x`.

    ``None`` is zero.
    """
    if g.__class__ is np.ndarray and x.__class__ is np.ndarray and g.dtype == x.dtype:
        return g
    if g.__class__ is x.__class__ and g.__class__ in LEAVES[1:]:
        return g
    value = plain(x)
    if isinstance(value, (int, np.integer, np.bool_)):
        value = float(value)
    dtype = np.dtype(getattr(value, "dtype", value.__class__))
    if dtype.kind not in "fc":
        dtype = np.dtype(float)
    own = plain(g)
    if stands_for_another(own) and (own is g or g._value is own):
        if own.__class__ is not value.__class__:
            own = np.real(own) if np.iscomplexobj(own) and dtype.kind != "c" else own
            if isinstance(value, np.ndarray):
                return computed(np.asarray, own, dtype)
            return computed(value.__class__, own)
        g = as_traced(g)
    if g is None:
        return np.zeros(value.shape, dtype) if isinstance(value, np.ndarray) else value.__class__(0)
    if isinstance(g, Expression):
        if isinstance(plain(g), np.ndarray) and not isinstance(value, np.ndarray):
            g = g[()]
        if g.dtype.kind == "c" and dtype.kind != "c":
            g = np.real(g)
        return g if g.dtype == dtype else np.astype(g, dtype)
    if np.iscomplexobj(g) and dtype.kind != "c":
        g = np.real(g)
    if isinstance(value, np.ndarray):
        return np.asarray(g, dtype)
    return value.__class__(g)


def stop_gradient(x: Any) -> Any:
    """The plain value of `x`, at every level: to all differentiations it is a constant.

    Parameters
    ----------
    x
        An expression, an array, a number, or a nested container of them.

    Returns
    -------
    The value: a Python or NumPy number, or a new array that may be written into.

    Examples
    --------
    >>> import admodes as ad
    >>> ad.grad(lambda x: x * ad.stop_gradient(x))(3.0)
    3.0
    """
    if children(x) is not None:
        return map_leaves(stop_gradient, x)
    return fresh(plain(x)) if isinstance(x, Traced) else x


# --- Outputs --------------------------------------------------------------------------------------


def at_level(x: Any, level: Level) -> bool:
    """Whether `x` belongs to this differentiation; raises for one that has ended."""
    if isinstance(x, Traced):
        if x._level is level:
            return True
        if x._level.ended:
            escaped()
    return False


def numeric(x: Any, function: Callable[..., Any]) -> Any:
    """A leaf of the output, which must be a number or an array.

    Raises
    ------
    TypeError
        Where it is anything else (an array of objects too).
    """
    value = plain(x)
    if value.__class__ in LEAVES[1:] or (is_plain_array(value) and value.dtype.kind in NUMERIC):
        return x
    if has_own_rules(value):
        raise TypeError(
            f"{name(function)}: the output has a part that is {kind_of(value)}: {instead_of(value)}"
        )
    if isinstance(value, (bool, int, float, complex, np.number, np.bool_)):
        return x
    kind = f"array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
    raise TypeError(
        f"{name(function)}: the output has a part of type {kind}; outputs are numbers, arrays and "
        "containers of them (anything else can be auxiliary output: has_aux=True)"
    )


class Outputs:
    """What a function gave at a level, taken apart into its leaves.

    Raises
    ------
    TypeError
        Where a leaf is no number and no array of them.
    """

    __slots__ = ("leaves", "level", "paths", "tree")

    def __init__(self, tree: Any, function: Callable[..., Any], level: Level) -> None:
        self.tree, self.level = tree, level
        found = list(leaves(tree))
        self.paths = [path for path, _ in found]
        self.leaves = [numeric(y, function) for _, y in found]

    def values(self) -> list[Any]:
        """Of each leaf, one level down, in memory of its own."""
        return [value_of(y, self.level) for y in self.leaves]

    def nodes(self) -> list[Any]:
        """Of each leaf, in reverse mode; ``None`` of one that depends on no input."""
        return [y._node if at_level(y, self.level) else None for y in self.leaves]

    def tangents(self) -> list[Any]:
        """Of each leaf, in forward mode; likewise."""
        return [y._tangent if at_level(y, self.level) else None for y in self.leaves]

    def like(self, values: Sequence[Any]) -> Any:
        """`values`, one a leaf, in the containers of the output."""
        return rebuild(self.tree, iter(values))


def value_of(x: Any, level: Level) -> Any:
    """A leaf of the output one level down, in memory of its own."""
    return fresh(x._value if at_level(x, level) else x)


def scalar(y: Any, function: Callable[..., Any], mode: str) -> None:
    """Check that `y` can be the output of a function that has a gradient.

    Raises
    ------
    TypeError
        Where it is not a real floating-point number of shape ``()``.
    """
    value = plain(y)
    if value.__class__ is np.float64 or value.__class__ is float:
        return
    what = f"{mode} of {name(function)}"
    if children(value) is not None or not isinstance(
        value, (float, int, complex, np.ndarray, np.generic)
    ):
        raise TypeError(f"{what}: the output must be one number, not {described(value)}")
    if np.shape(value) != ():
        raise TypeError(
            f"{what}: the output has shape {np.shape(value)}, and a gradient needs one number, of "
            "shape (). Reduce it (np.sum, y[0]), or use jacobian for all its entries"
        )
    dtype = np.dtype(getattr(value, "dtype", value.__class__))
    if dtype.kind in "iub":
        raise TypeError(f"{what}: the output is an integer or a boolean, which has no derivative")
    if dtype.kind == "c":
        raise TypeError(
            f"{what}: the output is complex: take np.real, np.imag or np.abs of it, or use jacobian"
        )
    if dtype.kind != "f":
        raise TypeError(f"{what}: the output must be one number, not of dtype {dtype}")


def with_auxiliary(
    output: Any, function: Callable[..., Any], level: Level | None = None
) -> tuple[Any, Any]:
    """An ``(output, aux)`` taken apart, aux without the derivatives of this level."""
    if not isinstance(output, tuple) or len(output) != 2:
        raise TypeError(
            f"{name(function)} must return (output, aux) under has_aux=True, "
            f"not {described(output)}"
        )
    if level is None:
        return output
    return output[0], map_leaves(
        lambda x: value_of(x, level) if isinstance(x, Traced) else x, output[1]
    )


def without_value(
    both: Callable[..., Any], f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool
) -> Callable[..., Any]:
    """`grad` of `f` from its `value_and_grad`.

    It says what it is the gradient of: who looks for its Jacobian looks for a Hessian.
    """

    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, result = both(*args, **kwargs)
        return (result, value[1]) if has_aux else result

    if not has_aux:
        vars(gradient)["gradient_of"] = f, argnums
    return named(gradient, f"gradient of {name(f)}")


def check_callable(f: Any) -> None:
    if not callable(f):
        raise TypeError(f"the function to differentiate is a {type(f).__name__}, not callable")


def with_leading_axis(t: Any, like: Any, count: int) -> Any:
    """`count` derivatives of the shape of `like` each, ``None`` being zeros, as one new array."""
    shape = (count, *np.shape(plain(like)))
    if t is None:
        dtype = np.result_type(plain(like))
        return np.zeros(shape, dtype if dtype.kind in "fc" else float)
    if np.iscomplexobj(plain(t)) and not np.iscomplexobj(plain(like)):
        t = np.real(t)
    return np.reshape(t, shape) if isinstance(t, Expression) else as_own(t).reshape(shape)


def as_own(t: Any) -> Any:
    """A derivative that no expression wraps, as an array of one's own."""
    # What a program is recorded from only says that it is of these classes, and knows `np.copy`,
    # which takes a microsecond more.
    return np.array(t) if type(t) in LEAVES else np.copy(t)


def named(function: Callable[..., Any], words: str) -> Callable[..., Any]:
    """A function that we have made, and what messages call it."""
    function.__name__ = function.__qualname__ = words
    return function


def name(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):  # whose repr would print whole arrays
        function = function.func
    return getattr(function, "__qualname__", None) or type(function).__name__


def parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """What a function calls so many positional arguments: ``a``, ``rest[1]``."""
    names: list[str] = []
    try:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
            elif parameter.kind is not parameter.KEYWORD_ONLY:
                names.append(parameter.name)
    except (TypeError, ValueError):  # some functions written in C tell nothing
        names = ["x"] if count == 1 else []
    names += [f"x{i + 1}" for i in range(len(names), count)]  # more than it takes: it says so
    return names[:count]


def argument_names(f: Callable[..., Any], args: Sequence[Any]) -> list[str]:
    """What the function calls the leaves of its arguments: ``a``, ``w['bias']``, ``rest[1]``."""
    names = parameter_names(f, len(args))
    return [own + path for own, arg in zip(names, args, strict=True) for path, _ in leaves(arg)]
