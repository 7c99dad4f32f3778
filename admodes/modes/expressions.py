"""Expression: what a function being differentiated computes with, in either mode.

:class:`~admodes.modes.duals.Dual` and :class:`~admodes.modes.variables.Variable` are expressions.
This file gives them what they share: the operators and methods of an array, and NumPy's own
protocols, so that plain NumPy code runs on them. It knows no derivative; each mode says what its
operators do.

Nothing here turns an expression into a plain number by the way: whatever would drop the derivative
is a ``TypeError`` that names the fix.
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

import numpy as np

from admodes import primitives
from admodes.core.declaring import FUNCTIONS, UFUNCS
from admodes.core.rules import Elementwise, apply
from admodes.core.stand_ins import as_array
from admodes.core.values import Traced, plain
from admodes.modes.lost import lost
from admodes.modes.operators import (
    AUGMENTED,
    BINARY,
    COMPARISONS,
    METHODS,
    REFUSED,
    SET,
    UNARY,
    BinaryLines,
    binary_methods,
    comparison,
    give,
    no_setting,
    numpy_method,
    refusal,
    unary_method,
)
from admodes.modes.typed import Typed
from admodes.modes.views import written_row
from admodes.modes.writing import in_place, refuse_number, rewrite, write, write_out
from admodes.primitives.as_numpy import with_value


class Expression(Typed):
    """A number or an array that carries derivatives, and behaves like the plain one."""

    # Those of all modes: an array of one becomes one of another, when a number of that is written
    # into it.
    __slots__ = ("__weakref__", "_base", "_node", "_tangent", "_views")

    # What each mode says: how a ufunc of one argument and any primitive are applied, and its lines
    # in the text of a binary operator.
    _unary: Callable[..., Any]
    _apply: Callable[..., Any]
    _binary_lines: Callable[[Elementwise], BinaryLines]
    _binary_ufuncs: ClassVar[dict[np.ufunc, tuple[Callable[..., Any], ...]]]
    _power: Callable[..., Any]
    # A constant at the level, and what a write does: see :mod:`admodes.modes.writing`.
    _constant: Callable[[Any], Any]
    _overwrite: Callable[[Any, dict[str, Any], bool], bool]
    _is_alone: Callable[[Sequence[Any]], bool]

    # No __getattr__ here: a class that has one loses CPython's fast access to slots, which makes
    # every operation three times slower.

    def __init_subclass__(cls) -> None:
        """Give a mode its operators."""
        for name, (operate, ufunc) in UNARY.items():
            give(cls, f"__{name}__", unary_method(operate, UFUNCS[ufunc]))
        cls._binary_ufuncs = {}
        for name, (sign, ufunc) in BINARY.items():
            primitive: Any = UFUNCS[ufunc]
            lines = cls._binary_lines(primitive)
            methods = binary_methods(cls, sign, name, primitive, lines)
            if ufunc is not np.power:  # of NumPy's numbers `**` is another power, as of -inf
                cls._binary_ufuncs[ufunc] = methods
            for side, method in zip(("", "r", "i"), methods, strict=True):
                give(cls, f"__{side}{name}__", method)
        # A power goes through Expression.__pow__, which sends on here what has no cheaper form.
        cls._power = cls.__pow__
        del cls.__pow__  # the one of Expression is inherited
        for name in AUGMENTED:
            give(cls, f"__i{name}__", in_place(getattr(cls, f"__{name}__")))

    def __pow__(self, exponent: Any) -> Self:
        # As NumPy does for arrays: x**2 is a hundred times cheaper than pow, and so is its rule.
        if exponent.__class__ is int or exponent.__class__ is float:
            if exponent == 2:
                array = self._value.__class__ is np.ndarray
                return self._unary(_SQUARE, np.square if array else _squared)
            if exponent in _POWERS and isinstance(plain(self), np.ndarray):
                return _POWERS[exponent](self)
        return self._power(exponent)

    def __floordiv__(self, other: Any) -> Any:
        return _whole(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _whole(other, self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __matmul__(self, other: Any) -> Self:
        return np.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Self:
        return np.matmul(other, self)

    # --- NumPy's protocols ------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if not options and method == "__call__":
            primitive = UFUNCS.get(ufunc)
            if primitive is not None:
                if len(inputs) == 1:
                    return self._unary(primitive, ufunc)
                operators = self._binary_ufuncs.get(ufunc)
                # (Python's own operators raise, or turn complex, where a ufunc gives inf or nan.)
                kind = self._value.__class__
                if operators is not None and kind is not float and kind is not complex:
                    if inputs[0] is self:
                        return operators[0](self, inputs[1])
                    if inputs[1] is self and inputs[0].__class__ is not complex:
                        return operators[1](self, inputs[0])
                return apply(primitive, inputs, {})
            implementation = FUNCTIONS.get(ufunc)
            if implementation is not None:
                return implementation(*inputs)
        if any(isinstance(out, Traced) for out in options.get("out", ())):
            return write_out(ufunc, method, inputs, options)
        return primitives.uncommon_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        implementation = FUNCTIONS.get(function)
        if implementation is None:
            if function in primitives.MAKERS:  # by ``like=self``
                return primitives.MAKERS[function](self, *args, **kwargs)
            raise primitives.no_rule(function)
        if isinstance(kwargs.get("out"), Traced):
            kwargs = kwargs.copy()
            refuse_number(out := kwargs.pop("out"))
            return rewrite(out, function(*args, **kwargs))
        return implementation(*args, **kwargs)

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        return np

    # --- What an array tells about itself ---------------------------------------------------------

    @property
    def value(self) -> Any:
        """The plain value at every level; an array is read-only."""
        value = plain(self)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.flags.writeable = False
        return value

    # (To checkers an expression is a scalar of NumPy's, see `typed`.)
    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]  # NumPy's scalars have none
        """The lengths of the axes; ``()`` of a number."""
        return () if self._value.__class__ in (float, complex) else self._value.shape

    @property
    def ndim(self) -> int:  # type: ignore[override]  # NumPy's is always 0
        """How many axes there are."""
        return len(self.shape)

    @property
    def size(self) -> int:  # type: ignore[override]  # NumPy's is always 1
        """How many entries there are."""
        return np.size(self._value)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the plain value."""
        value = plain(self)
        return value.dtype if hasattr(value, "dtype") else np.dtype(value.__class__)

    @property
    def itemsize(self) -> int:
        """Bytes of an entry."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all entries."""
        return self.size * self.itemsize

    @property
    def flags(self) -> Any:
        """How the value lies in memory; it cannot be written into."""
        return np.asarray(self.value).flags

    @property
    def flat(self) -> Any:
        """All entries in a row, which is written into as a view is."""
        return written_row(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        self[...] = np.resize(value, self.shape)

    @property
    def T(self) -> Any:
        """As ``ndarray.T``: the axes in reverse order."""
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        """As ``ndarray.mT``: the last two axes exchanged."""
        return np.matrix_transpose(self)

    @property
    def real(self) -> Any:
        """The real part."""
        return np.real(self)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return np.imag(self)

    def reshape(self, *shape: Any, order: Any = "C", copy: bool | None = None) -> Any:
        """As ``ndarray.reshape``: the shape as one tuple or as several integers."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order, copy=copy)

    def transpose(self, *axes: Any) -> Any:
        """As ``ndarray.transpose``: the axes as one tuple or as several integers."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)

    def item(self, *index: Any) -> Any:
        """One entry, as an expression of a number of Python's that keeps its derivative."""
        if not index:
            if self.size != 1:
                raise ValueError(f"item() needs an index for an array of shape {self.shape}")
            entry = np.reshape(self, ())
        elif len(index) == 1 and not isinstance(index[0], tuple):
            entry = np.ravel(self)[index[0]]
        else:
            entry = self[index if len(index) > 1 else index[0]]
        value = plain(entry).item()
        return with_value(np.astype(entry, value.__class__, copy=False), value)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d expression")
        return self.shape[0]

    def __iter__(self) -> Iterator[Self]:
        if not self.shape:
            raise TypeError("iteration over a 0-d expression")
        return (self[i] for i in range(len(self)))

    __getitem__ = primitives.getitem

    def __bool__(self) -> bool:
        return bool(plain(self))

    def __contains__(self, item: Any) -> bool:
        return bool((as_array(plain(self)) == plain(item)).any())

    def __round__(self, digits: int | None = None) -> Any:
        value = plain(self)
        if isinstance(value, np.ndarray):
            return np.round(value, digits or 0)
        return round(value, digits)  # which is constant

    def __format__(self, spec: str) -> str:
        return format(plain(self), spec) if spec else repr(self)

    def __copy__(self) -> Self:
        return self._alias()

    def __deepcopy__(self, memo: Any) -> Self:
        return self._alias()

    # --- Writing ----------------------------------------------------------------------------------

    __setitem__ = write

    def _alias(self) -> Self:
        """Another one of the same value and derivative: they are the same until one is written."""
        other = object.__new__(self.__class__)
        other._become(self)
        return other

    def _become(self, other: Any) -> None:
        """Have the value and the derivative of another one from now on."""
        if self.__class__ is not other.__class__:
            self.__class__ = other.__class__
        self._level, self._value = other._level, other._value
        for derivative in ("_node", "_tangent"):
            if hasattr(other, derivative):
                setattr(self, derivative, getattr(other, derivative))

    def _promote(self, value: Any) -> None:
        """Become a constant at the level of `value`, which is to be written into it."""
        self._become(value._constant(self._alias()))

    # --- What would drop the derivative -----------------------------------------------------------

    if not TYPE_CHECKING:  # see admodes.modes.typed

        def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
            lost(self, "a plain array")

    def __float__(self) -> NoReturn:
        lost(self, "a float")

    def __complex__(self) -> NoReturn:
        lost(self, "a complex")

    def __int__(self) -> NoReturn:
        lost(self, "an int")

    def __index__(self) -> NoReturn:
        lost(self, "an index")

    def __trunc__(self) -> NoReturn:
        lost(self, "an int")

    def __floor__(self) -> NoReturn:
        lost(self, "an int")

    def __ceil__(self) -> NoReturn:
        lost(self, "an int")

    def __hash__(self) -> NoReturn:  # it compares by value, like an array
        lost(self, "a key (it is unhashable)")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        lost(self, "a pickle")


def _whole(a: Any, b: Any) -> Any:
    """The quotient, rounded down: a constant, and of Python's numbers one of them."""
    x, y = plain(a), plain(b)
    of_python = {x.__class__, y.__class__} <= {float, int}
    return x // y if of_python else np.floor_divide(a, b)


_SQUARE: Any = UFUNCS[np.square]
_POWERS: dict[float, Callable[[Any], Any]] = {0.5: np.sqrt, -1: np.reciprocal}


def _squared(x: Any) -> Any:
    return operator.pow(x, 2) if isinstance(x, Traced) else x * x


for _name, _function in METHODS.items():
    give(Expression, _name, numpy_method(_function))
for _name, _compare in COMPARISONS.items():
    give(Expression, f"__{_name}__", comparison(_compare))
for _name, _instead in SET.items():
    setattr(Expression, _name, getattr(Expression, _name).setter(no_setting(_name, _instead)))
for _name, _instead in REFUSED.items():
    setattr(Expression, _name, refusal(_name, _instead))
