"""What a primitive is: a NumPy function, and how it is linearised.

Every primitive is declared once, and both modes follow from that one declaration:

=================  ======================================  =================================
kind               declared by                             push / pull
=================  ======================================  =================================
:class:`Elementwise`  a partial derivative per argument    multiply / multiply, sum broadcast axes
:class:`Linear`       the transpose                        the function itself / the transpose
:class:`Multilinear`  a transpose per argument             one argument at a time / the transpose
:class:`Custom`       an explicit push and pull            as declared
=================  ======================================  =================================

``push`` carries tangents forward, ``pull`` carries a cotangent back. *Axes are counted from the
end*: a tangent or a cotangent may have extra leading axes, and those are directions. Every push and
every pull accepts them, which is why the same rules serve one direction and many.

Rules are NumPy code over registered functions, so they can be differentiated in their turn.

The idea that one linearisation yields both modes: A. Radul, A. Paszke, R. Frostig, M. J. Johnson,
D. Maclaurin, "You Only Linearize Once: Tangents Transpose to Gradients", POPL 2023.
"""

import inspect
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes import costs

Partial = Callable[..., Any] | int | float

#: ufunc -> its primitive, and any other NumPy function -> a Python function with its signature.
UFUNCS: dict[np.ufunc, "Primitive"] = {}
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
#: Every primitive ever declared here, by name: the tests walk over it.
PRIMITIVES: dict[str, "Primitive"] = {}

SCALARS = frozenset({float, int, bool, complex, np.float64, np.float32, np.float16})
"""Types of number that have no axes: whatever they meet keeps its shape."""


class Traced:
    """A value that carries derivatives; its ``_level`` says for which differentiation."""

    __slots__ = ("_level", "_value")

    #: whether somebody looks at every operation on it, to count it or to draw it
    _watched = False

    _level: Any
    _value: Any
    _apply: Callable[..., Any]


def apply(primitive: "Primitive", args: Sequence[Any], params: dict[str, Any]) -> Any:
    """The primitive's value at `args`, recorded by the argument of the highest level, if any.

    An operation belongs to the innermost differentiation that any of its arguments takes part in;
    to that one, the values of outer ones are constants.
    """
    if len(args) == 1:
        (x,) = args
        if isinstance(x, Traced):
            return x._apply(primitive, args, params)
        return primitive.function(x, **params)
    top: Any = None
    for arg in args:
        if isinstance(arg, Traced) and (top is None or arg._level.number > top._level.number):
            top = arg
    if top is None:
        return primitive.function(*args, **params)
    return top._apply(primitive, args, params)


class Primitive:
    """A function of arrays with a derivative rule. Calling it differentiates through it."""

    #: pull returns arrays that nobody else holds, so that the sweep may add into them.
    fresh = False
    #: see :class:`Singular`
    singular = False
    #: see :class:`Linear`
    add: Callable[..., None] | None = None
    #: what an evaluation costs, by count: ``cost(y, args, params)``
    cost: costs.CostOf = staticmethod(costs.ADDITION)
    #: the parameters that may be or contain arrays, which a recording must copy.
    #: ``None``: all of them.
    holds: tuple[str, ...] | None = None

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.function = function
        self.__doc__ = function.__doc__

    def __call__(self, *args: Any, **params: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], Traced):
            return args[0]._apply(self, args, params)  # `apply`, without the way there
        return apply(self, args, params)

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} primitive {self.name}>"

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        """Whether the residual keeps the output and each argument: constants are copied then."""
        return (True,) * (len(active) + 1)

    def between(self, y: Any, args: Sequence[Any], active: Sequence[Any]) -> "Primitive":
        """The primitive to record for these shapes: another one where active ones broadcast."""
        return self

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        """What push and pull need of this evaluation, and nothing that they do not.

        `active` holds, per argument, something that is ``None`` where the argument is a constant.
        """
        raise NotImplementedError

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        """The output's tangent, of shape ``directions + y.shape``.

        `tangents` has one entry per argument, of shape ``directions + x.shape``, ``None`` for a
        constant.
        """
        raise NotImplementedError

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        """One cotangent per argument, of shape ``directions + x.shape``.

        `ct` has shape ``directions + y.shape``. Entries of constants are ignored.
        """
        raise NotImplementedError


# --- Elementwise ----------------------------------------------------------------------------------


class Factor(NamedTuple):
    """One partial derivative, sorted by how cheaply it multiplies a tangent or a cotangent."""

    constant: int | float | None  #: it is this number
    position: int | None  #: it is this entry of ``(y, *args)``
    function: Callable[..., Any] | None  #: it is this function of ``(y, *args)``
    reads: tuple[bool, ...]  #: which entries of ``(y, *args)`` it reads


Times = Callable[[Any, Factor, Any], Any]


class Elementwise(Primitive):
    """Applied entry by entry, with broadcasting: the local map is a multiplication.

    A partial is a function ``(y, *args)`` of the output and the arguments, or a number where it is
    constant. A parameter whose name starts with an underscore is not used, and so not kept.

    `push` and `pull` may be given another multiplication than their own, `times`.
    """

    cost = staticmethod(costs.NONLINEAR)

    def __init__(
        self, name: str, function: Callable[..., Any], partials: Sequence[Partial]
    ) -> None:
        super().__init__(name, function)
        self.factors = tuple(_factor(partial, len(partials) + 1) for partial in partials)
        self.fresh = all(factor.constant != 1 for factor in self.factors)
        #: the same as bare tuples, which unpack three times faster: for the sweep
        self.bare: tuple[Any, ...] = tuple(map(tuple, self.factors))
        #: for every combination of active arguments, what their partials read
        self._reads = {
            mask: tuple(
                any(f.reads[i] for f, active in zip(self.factors, mask, strict=True) if active)
                for i in range(len(partials) + 1)
            )
            for mask in itertools.product((False, True), repeat=len(partials))
        }
        self.broadcast = Broadcast(self)

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        """Which of the output and the arguments the partials of the active arguments read."""
        return self._reads[tuple([wanted is not None for wanted in active])]

    def between(self, y: Any, args: Sequence[Any], active: Sequence[Any]) -> "Primitive":
        shape = shape_of(y)
        for x, wanted in zip(args, active, strict=True):
            if wanted is not None and shape_of(x) != shape:
                return self.broadcast
        return self

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        reads = self.reads(active)
        return tuple([x if read else None for x, read in zip((y, *args), reads, strict=True)])

    def times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        """A tangent or a cotangent, multiplied by a partial derivative."""
        if factor.function is not None:
            return direction * factor.function(*residual)
        if factor.position is not None:
            return direction * residual[factor.position]
        if factor.constant == 1:
            return direction
        return -direction if factor.constant == -1 else direction * factor.constant

    def finite_times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        """The same, or :class:`Infinite` where an infinite partial makes it infinite."""
        return self.times(direction, factor, residual)

    def push(self, residual: Any, tangents: Sequence[Any], times: Times | None = None) -> Any:
        times = times or self.times
        total = None
        for t, factor in zip(tangents, self.factors, strict=True):
            if t is not None:
                if total is None:
                    total = times(t, factor, residual)
                elif factor.constant == -1:
                    total = total - t
                else:
                    total = total + times(t, factor, residual)
        return total

    def pull(
        self, residual: Any, ct: Any, active: Any, times: Times | None = None
    ) -> Sequence[Any]:
        times = times or self.times
        return [
            None if wanted is None else times(ct, factor, residual)
            for wanted, factor in zip(active, self.factors, strict=True)
        ]


class Infinite(Exception):
    """A tangent or a cotangent has become infinite: from here on it must meet zeros with care."""


class Singular(Elementwise):
    """An elementwise primitive with a partial that can be infinite. There, zero absorbs.

    A zero tangent or cotangent stays zero through an infinite partial, in both modes, so that
    ``where(x > 0, sqrt(x), 0)`` has derivative 0 at 0. It costs one more pass over the data. One
    that is not zero becomes infinite, which :mod:`admodes.singularities` goes on with.
    """

    singular = True

    def times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        return self._product(direction, factor, residual)[0]

    def finite_times(self, direction: Any, factor: Factor, residual: Any) -> Any:
        product, infinite = self._product(direction, factor, residual)
        if infinite:
            raise Infinite
        return product

    def _product(self, direction: Any, factor: Factor, residual: Any) -> tuple[Any, bool]:
        """The product, and whether an infinite partial made some of it infinite."""
        partial = factor.function
        if partial is None:
            return super().times(direction, factor, residual), False
        numbers = [
            float(x) if x.__class__ is np.float64 else x
            for x in residual
            if x.__class__ in _NUMBERS
        ]
        if len(numbers) == len(residual):
            # Python numbers raise where NumPy's give an infinity, and need no error state.
            if direction.__class__ in _NUMBERS and direction == 0:
                return direction, False
            try:
                slope = partial(*numbers)
                if slope - slope == 0:  # it is finite
                    return direction * slope, False
            except ArithmeticError:
                pass
            residual = [None if x is None else np.float64(x) for x in residual]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = partial(*residual)
            # A sum that is finite has only finite terms (the converse fails only by overflow, and
            # then the path below is taken for nothing).
            total = np.add.reduce(plain(slope), axis=None)
            if total.__class__ in _REALS and math.isfinite(total):
                return direction * slope, False
            infinite = ~np.isfinite(plain(slope))
            absorbed = (plain(direction) == 0) & infinite
            product = direction * np.where(absorbed, 0.0, slope)
            return product, bool(np.any(infinite & ~absorbed))


_NUMBERS = frozenset({float, int, np.float64, type(None)})
_REALS: frozenset[Any] = frozenset({np.float64, np.float32})


class Broadcast(Primitive):
    """An elementwise primitive at arguments of different shapes: its residual knows the shapes."""

    def __init__(self, primitive: Elementwise) -> None:
        super().__init__(primitive.name, primitive.function)
        self.primitive = primitive
        self.fresh = primitive.fresh
        self.singular = primitive.singular
        self.finite_times = primitive.finite_times

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        return self.primitive.reads(active)

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        kept = self.primitive.residual(y, args, params, active)
        return kept, tuple([shape_of(x) for x in args]), shape_of(y)

    def push(self, residual: Any, tangents: Sequence[Any], times: Times | None = None) -> Any:
        kept, shapes, shape = residual
        lead = directions(tangents, shapes)
        aligned = [
            None if t is None else align(t, len(own), len(shape))
            for t, own in zip(tangents, shapes, strict=True)
        ]
        total = self.primitive.push(kept, aligned, times)
        return total if shape_of(total) == lead + shape else np.broadcast_to(total, lead + shape)

    def pull(
        self, residual: Any, ct: Any, active: Any, times: Times | None = None
    ) -> Sequence[Any]:
        kept, shapes, shape = residual
        times, factors = times or self.primitive.times, self.primitive.factors
        out = [None] * len(active)
        for i in range(len(active)):  # this loop, and `zip`: 1.3 µs and 2.0
            if active[i] is not None:
                own, factor = shapes[i], factors[i]
                if own == shape:
                    out[i] = times(ct, factor, kept)
                elif factor.constant is None:
                    out[i] = unbroadcast(times(ct, factor, kept), len(shape), own)
                else:  # the sum first: there is less to multiply then
                    out[i] = times(unbroadcast(ct, len(shape), own), factor, kept)
        return out


def _factor(partial: Partial, count: int) -> Factor:
    if not callable(partial):
        return Factor(partial, None, None, (False,) * count)
    try:
        names = list(inspect.signature(partial).parameters)
    except ValueError:  # a ufunc or a builtin: it reads what it is given
        return Factor(None, None, partial, (True,) * count)
    if len(names) != count:
        raise TypeError(f"a partial derivative takes (y, *args), {count} parameters, not {names}")
    reads = tuple(not name.startswith("_") for name in names)
    # ``lambda _y, _a, b: b`` hands an argument on: then it need not be called.
    marks = [object() for _ in names]
    try:
        position = marks.index(partial(*marks))
    except Exception:  # it computes something, which marks cannot
        return Factor(None, None, partial, reads)
    return Factor(None, position, None, reads)


# --- Linear and multilinear -----------------------------------------------------------------------


class Linear(Primitive):
    """Linear in all its arguments together: the local map is the function itself.

    The function must accept arguments with extra leading axes, and so count axes from the end.
    ``transpose(ct, **params)`` gives the cotangent, or a sequence of them, one per argument.
    Only the parameters are kept, none of the arrays.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        transpose: Callable[..., Any],
        holds: Sequence[str] = (),
        add: Callable[..., None] | None = None,
    ) -> None:
        super().__init__(name, function)
        self.transpose = transpose
        self.holds = tuple(holds) or None
        #: ``add(buffer, ct, **params)`` adds the transpose of `ct` into `buffer` in place, touching
        #: a part of it only.
        self.add = add

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        return (False,) * (len(active) + 1)

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        # One argument, the common case: no shape is needed but that of the buffer to add into.
        if len(args) == 1:
            return params, None if self.add is None else args[0].shape
        return params, tuple(map(np.shape, args))

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        if len(tangents) == 1:
            return apply(self, tangents, residual[0])
        params, shapes = residual
        return apply(self, with_zeros(tangents, shapes), params)

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        pulled = self.transpose(ct, **residual[0])
        return pulled if isinstance(pulled, (tuple, list)) else (pulled,)


class Multilinear(Primitive):
    """Linear in each argument while the others stand still: ``matmul``, ``einsum``.

    ``transposes[i](ct, *args, **params)`` gives the cotangent of argument ``i``; the arguments that
    it does not need may be ``None`` there, so shapes come as parameters.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        transposes: Sequence[Callable[..., Any]] | Callable[[int], Callable[..., Any]],
    ) -> None:
        super().__init__(name, function)
        self.transposes = transposes

    def reads(self, active: Sequence[Any]) -> tuple[bool, ...]:
        # The one active argument is what all the others multiply: it is not needed itself.
        several = sum(wanted is not None for wanted in active) > 1
        return (False, *(several or wanted is None for wanted in active))

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        _, *reads = self.reads(active)
        kept = tuple(x if read else None for x, read in zip(args, reads, strict=True))
        return kept, params, [shape_of(arg) for arg in args]

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        args, params, shapes = residual
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                term = self._along(i, t, args, params, shapes[i])
                total = term if total is None else total + term
        return total

    def _along(self, i: int, t: Any, args: Any, params: Any, shape: tuple[int, ...]) -> Any:
        """The function with the tangent `t` in place of argument `i`."""
        lead = shape_of(t)[: len(shape_of(t)) - len(shape)]
        if not lead or not any(isinstance(x, Traced) for x in (t, *args)):
            return apply(self, (*args[:i], t, *args[i + 1 :]), params)
        # Another level may have directions too, in another argument, and the function tells those
        # of one from the axes of the other only if it sees one argument with leading axes.
        terms = [
            apply(self, (*args[:i], row, *args[i + 1 :]), params)
            for row in np.reshape(t, (-1, *shape))
        ]
        return np.reshape(np.stack(terms), lead + shape_of(terms[0]))

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        args, params, _ = residual
        transposes = self.transposes
        return [
            None
            if wanted is None
            else (transposes(i) if callable(transposes) else transposes[i])(ct, *args, **params)
            for i, wanted in enumerate(active)
        ]


# --- Custom ---------------------------------------------------------------------------------------


class Custom(Primitive):
    """A primitive with an explicit push and pull.

    ``residual(y, *args, **params)`` is what they need; ``push(residual, *tangents)`` gives the
    output's tangent (a constant's tangent is ``None``), ``pull(residual, ct)`` the argument's
    cotangent, or a sequence of them, one per argument.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        push: Callable[..., Any],
        pull: Callable[..., Any],
        residual: Callable[..., Any],
    ) -> None:
        super().__init__(name, function)
        self._push, self._pull, self._residual = push, pull, residual

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        return self._residual(y, *args, **params)

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        return self._push(residual, *tangents)

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        pulled = self._pull(residual, ct)
        return pulled if isinstance(pulled, (tuple, list)) else (pulled,)


# --- Declaring ------------------------------------------------------------------------------------


def declare(primitive: Primitive, cost: costs.CostOf | None = None) -> Primitive:
    """Enter a primitive of this package into the table that the tests walk over.

    `cost` says what one evaluation costs, where it is not the one that its kind has by default.
    """
    if cost is not None:
        primitive.cost = cost
    if primitive.name in PRIMITIVES:
        raise ValueError(f"primitive {primitive.name!r} is declared twice")
    PRIMITIVES[primitive.name] = primitive
    primitive.holds = primitive.holds or ()
    if isinstance(primitive.function, np.ufunc):
        UFUNCS[primitive.function] = primitive
    return primitive


def elementwise(
    function: Callable[..., Any], *partials: Partial, singular: bool = False
) -> Elementwise:
    """Make a primitive of a function that is applied entry by entry, with broadcasting.

    Parameters
    ----------
    function
        Takes arrays (or Python floats), gives an array of their broadcast shape.
    partials
        One per argument: a function ``(y, *args)`` of the output and the arguments, or an ``int``
        where the partial derivative is constant. A parameter that starts with an underscore is not
        used, and so not kept on the tape.
    singular
        Some partial can be infinite where the function is finite. A zero tangent or cotangent then
        stays zero there.

    Returns
    -------
    A primitive; call it in place of `function`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> softplus = ad.elementwise(lambda x: np.logaddexp(0, x), lambda _y, x: 1 / (1 + np.exp(-x)))
    >>> ad.grad(softplus)(0.0), ad.grad(softplus, mode="forward")(0.0)
    (0.5, 0.5)
    """
    kind = Singular if singular else Elementwise
    return kind(_name(function), function, partials)


def linear(
    function: Callable[..., Any],
    *,
    transpose: Callable[..., Any],
    name: str | None = None,
    holds: Sequence[str] = (),
    add: Callable[..., None] | None = None,
) -> Linear:
    """Make a primitive of a function that is linear in all its arguments together.

    Parameters
    ----------
    function
        ``function(*arrays, **params)``; accepts arrays with extra leading axes (directions), and so
        counts its axes from the end.
    transpose
        ``transpose(ct, **params)``: the cotangent, or one per argument, of shape
        ``directions + argument.shape`` for a `ct` of shape ``directions + output.shape``.
    name
        What errors call it; by default the function's name.
    holds
        The names of parameters that may be or contain arrays.
    add
        ``add(buffer, ct, **params)``: for a function of one argument that reads a part of it, adds
        the transpose of `ct` into `buffer` in place.

    Returns
    -------
    A primitive; call it with arrays by position and parameters by name.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> double = ad.linear(lambda x: 2 * x, transpose=lambda ct: 2 * ct)
    >>> ad.grad(lambda x: np.sum(double(x)))(np.ones(3))
    array([2., 2., 2.])
    """
    return Linear(name or _name(function), function, transpose, holds, add)


def multilinear(
    function: Callable[..., Any],
    *,
    transposes: Sequence[Callable[..., Any]] | Callable[[int], Callable[..., Any]],
) -> Multilinear:
    """Make a primitive of a function that is linear in each argument separately.

    Parameters
    ----------
    function
        ``function(*arrays, **params)``; any one of the arrays may have extra leading axes.
    transposes
        One ``transpose(ct, *arrays, **params)`` per argument, or a function that gives the one of
        argument ``i``. An array that it does not need may be ``None``.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> scale = ad.multilinear(
    ...     lambda a, x: a * x,
    ...     transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: ct * a))
    >>> ad.grad(lambda a: scale(a, 3.0))(2.0)
    3.0
    """
    return Multilinear(_name(function), function, transposes)


def custom(
    function: Callable[..., Any],
    *,
    push: Callable[..., Any],
    pull: Callable[..., Any],
    residual: Callable[..., Any] = lambda y, *args, **params: (y, args, params),
) -> Custom:
    """Make a primitive with an explicit push and pull.

    Parameters
    ----------
    function
        ``function(*arrays, **params)`` gives the value.
    push
        ``push(residual, *tangents)`` gives the output's tangent; a constant's tangent is ``None``.
    pull
        ``pull(residual, ct)`` gives the argument's cotangent, or a sequence, one per argument.
    residual
        ``residual(y, *arrays, **params)``: what both need. Default: ``(y, arrays, params)``.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> cube = ad.custom(
    ...     lambda x: x * x * x,
    ...     residual=lambda y, x: 3 * x * x,
    ...     push=lambda slope, t: slope * t,
    ...     pull=lambda slope, ct: slope * ct)
    >>> ad.grad(cube)(2.0), ad.grad(cube, mode="forward")(2.0)
    (12.0, 12.0)
    """
    return Custom(_name(function), function, push, pull, residual)


def implements(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate the Python function that stands for a NumPy function of the same signature."""

    def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
        if function in FUNCTIONS:
            raise ValueError(f"numpy function {function.__name__!r} is implemented twice")
        FUNCTIONS[function] = implementation
        return implementation

    return register


def constant(*functions: Callable[..., Any]) -> None:
    """Declare functions whose value has derivative zero or none: they see plain values."""
    for function in functions:
        FUNCTIONS[function] = _on_plain_values(function)


def _on_plain_values(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(
            *map(plain_inside, args), **{key: plain_inside(arg) for key, arg in kwargs.items()}
        )

    return call


def refuse(function: Callable[..., Any], **options: Any) -> None:
    """Raise for an option of a NumPy function that has no derivative rule here.

    An option counts as given unless it is ``None``, ``np._NoValue`` or ``True`` for ``where``.
    """
    for name, value in options.items():
        if value is None or value is np._NoValue or (name == "where" and value is True):
            continue
        raise NotImplementedError(
            f"np.{function.__name__}: {name}= has no derivative rule in either mode; "
            + _INSTEAD.get(name, "leave it out")
        )


_INSTEAD = {
    "out": "derivatives need a new array: use the returned value",
    "where": "choose entries by np.where(condition, x, 0) first",
    "dtype": "convert by x.astype(dtype) first",
    "initial": "combine the initial value with the result",
    "casting": "convert by x.astype(dtype) first",
    "order": "the memory layout of a result cannot be chosen",
}


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


# --- Shapes and values ----------------------------------------------------------------------------


def plain(x: Any) -> Any:
    """The plain NumPy value under any number of levels of differentiation."""
    while isinstance(x, Traced):
        x = x._value
    return x


def is_watched(x: Any) -> bool:
    """Whether somebody looks at every operation on `x`, at any level."""
    while isinstance(x, Traced):
        if x._watched:
            return True
        x = x._value
    return False


def plain_inside(x: Any) -> Any:
    """`x` with every traced value in it, also inside lists and tuples, made plain."""
    if isinstance(x, Traced):
        return plain(x)
    if x.__class__ is list or x.__class__ is tuple:
        return x.__class__(map(plain_inside, x))
    return x


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array, an expression or a number: ``np.shape`` at a quarter of its cost."""
    try:
        return x.shape
    except AttributeError:
        return np.shape(x)


def operand(x: Any) -> Any:
    """An argument as something with a shape: a list becomes an array, of numbers only.

    Raises
    ------
    TypeError
        Where it becomes an array of objects.
    """
    if isinstance(x, (Traced, np.ndarray, np.generic)) or x.__class__ in SCALARS:
        return x
    array = np.asarray(x)
    if array.dtype == object:
        raise TypeError(f"cannot differentiate with an object array: {x!r}")
    return array


def align(t: Any, ndim: int, to: int) -> Any:
    """Insert axes of length 1 between the leading axes of `t` and its last `ndim` axes.

    Broadcasting counts axes from the end, so leading axes stay out of its way only if what follows
    them has as many axes, `to`, as the result.
    """
    shape = shape_of(t)
    lead = len(shape) - ndim
    if lead == 0 or ndim == to:
        return t
    return np.reshape(t, shape[:lead] + (1,) * (to - ndim) + shape[lead:])


def unbroadcast(g: Any, ndim: int, shape: tuple[int, ...]) -> Any:
    """Sum over the axes that broadcasting an array of `shape` to `ndim` axes had added.

    `g` has shape ``directions + (…of ndim axes)``; the result has ``directions + shape``.
    """
    if not shape and g.__class__ is np.ndarray and g.ndim == ndim:
        return np.add.reduce(g, axis=None)
    whole = shape_of(g)
    axes = [*range(-ndim, -len(shape))]
    own = whole[len(whole) - len(shape) :]
    axes += [i - len(shape) for i, n in enumerate(shape) if n == 1 and own[i] != 1]
    return np.reshape(np.sum(g, axis=tuple(axes)), whole[: len(whole) - ndim] + shape)


def directions(tangents: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The leading axes that tangents of arguments of these shapes have in common."""
    for t, shape in zip(tangents, shapes, strict=True):
        if t is not None:
            whole = shape_of(t)
            return whole[: len(whole) - len(shape)]
    raise ValueError("no argument has a tangent")


def with_zeros(tangents: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """`tangents` with zeros, of the same leading axes, in place of those of constants."""
    lead = directions(tangents, shapes)
    zero = np.zeros((), np.result_type(*(plain(t) for t in tangents if t is not None)))
    return [
        np.broadcast_to(zero, lead + shape) if t is None else t
        for t, shape in zip(tangents, shapes, strict=True)
    ]


def last_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the end, as a tuple of negative integers; ``None`` is all of them.

    Raises
    ------
    numpy.exceptions.AxisError
        Where an axis is out of range, or ValueError where one is named twice.
    """
    if axis is None:
        return tuple(range(-ndim, 0))
    return tuple(i - ndim for i in np.lib.array_utils.normalize_axis_tuple(axis, ndim))
