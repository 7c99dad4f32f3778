"""What a primitive is: a NumPy function, and how it is linearised.

Every primitive is declared once, by :mod:`admodes.core.declaring`, and both modes follow from that
one declaration:

====================  =================================  ========================================
kind                  declared by                        push / pull
====================  =================================  ========================================
:class:`Elementwise`  a partial derivative per argument  multiply / multiply, sum broadcast axes
:class:`Linear`       the transpose                      the function itself / the transpose
:class:`Multilinear`  a transpose per argument           one argument at a time / the transpose
:class:`Custom`       an explicit push and pull          as declared
====================  =================================  ========================================

``push`` carries tangents forward, ``pull`` carries a cotangent back. *Axes are counted from the
end*: a tangent or a cotangent may have extra leading axes, and those are directions. Every push and
every pull accepts them, which is why the same rules serve one direction and many.

Rules are NumPy code over registered functions, so they can be differentiated in their turn.

The idea that one linearisation yields both modes: A. Radul, A. Paszke, R. Frostig, M. J. Johnson,
D. Maclaurin, "You Only Linearize Once: Tangents Transpose to Gradients", POPL 2023.
"""

import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.core import costs
from admodes.core.stand_ins import Unrepeatable
from admodes.core.values import (
    Traced,
    align,
    directions,
    plain,
    shape_of,
    unbroadcast,
    with_zeros,
)

Partial = Callable[..., Any] | int | float


def apply(primitive: "Primitive", args: Sequence[Any], params: dict[str, Any]) -> Any:
    """The primitive's value at `args`, recorded by the argument of the highest level, if any.

    An operation belongs to the innermost differentiation that any of its arguments takes part in;
    to that one, the values of outer ones are constants.
    """
    if len(args) == 1:
        (x,) = args
        if isinstance(x, Traced):
            return x._apply(primitive, args, params)
        try:
            return primitive.function(x, **params)
        except Unrepeatable as stop:  # a tracer, of which the function cannot be recorded in steps
            return stop.recording.in_one(primitive, args, params)
    top: Any = None
    for arg in args:
        if isinstance(arg, Traced) and (top is None or arg._level.number > top._level.number):
            top = arg
    if top is None:
        try:
            return primitive.function(*args, **params)
        except Unrepeatable as stop:
            return stop.recording.in_one(primitive, args, params)
    return top._apply(primitive, args, params)


class Primitive:
    """A function of arrays with a derivative rule. Calling it differentiates through it."""

    #: a slope can be infinite where the function is finite
    singular = False
    #: a slope of 0 says that an argument is not used
    selects = False
    #: its residual's first item holds the arrays by which directions are multiplied
    multiplies = False
    #: ``refill(residual, finite)``: the residual with ``finite(slopes)`` for each array by which it
    #: multiplies directions, where it can tell them. ``depends`` says whether their zeros may be
    #: others at other inputs, ``made`` where the function makes NaN of numbers that are none.
    refill: Callable[[Any, Callable[..., Any]], Any] | None = None
    #: its push and pull, being those of other operations, take a guess of
    #: :mod:`admodes.core.singularities`, or ``None``, and give ``None`` where these are not known
    takes_guess = False
    #: hands a cotangent on to the parents in a sweep; made by :mod:`admodes.modes.pulling`
    back: Callable[..., None] | None = None
    #: see :class:`Linear`
    add: Callable[..., None] | None = None
    #: whether the result may be a view, into which NumPy lets one write; ``None``: it is none
    writeable: bool | None = None
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

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"back": None}  # which is made again where it is wanted

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

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        """The shapes of the arguments; ``None`` where the residual does not tell."""
        return [None] * len(active)

    def values(self, residual: Any) -> Sequence[Any]:
        """The output and the arguments; ``None``, or nothing, where the residual does not tell."""
        return ()

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        """Where the value is 0 whatever the active arguments are, or ``None`` if it does not tell.

        `xs` are numbers in place of the active arguments, ``None`` for a constant: drawn at random,
        but 0 where the argument is 0 always (:mod:`admodes.core.always_zero`).
        """
        return None


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
    constant. A parameter whose name starts with an underscore is not used, and so not kept. Where a
    partial can be infinite (`singular`), see :mod:`admodes.core.singularities`.

    `push` and `pull` may be given another multiplication than their own, `times`.
    """

    cost = staticmethod(costs.NONLINEAR)

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        partials: Sequence[Partial],
        singular: bool = False,
        selects: bool = False,
    ) -> None:
        super().__init__(name, function)
        self.singular, self.selects = singular, selects
        self.factors = tuple(factor_of(partial, len(partials) + 1) for partial in partials)
        #: the same as bare tuples, which unpack three times faster
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

    def product(self, direction: Any, slope: Any) -> Any:
        return direction * slope

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

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        y, *args = residual
        of_y = (x for x, own in zip((y, *args), (True, *active), strict=True) if own is not None)
        shape = next((shape_of(x) for x in of_y if x is not None), None)
        return [shape] * len(active)

    def values(self, residual: Any) -> Sequence[Any]:
        kept: Sequence[Any] = residual
        return kept

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        args = with_constants(xs, residual[1:])
        # Any other function may raise at numbers that are drawn, or hide what it depends on.
        if not isinstance(self.function, np.ufunc) or any(x is None for x in args):
            return None
        # Of ``minimum(x, 0)`` one sign does not tell.
        below = [given if x is None else -x for given, x in zip(args, xs, strict=True)]
        return (self.function(*args) == 0) & (self.function(*below) == 0)


class Broadcast(Primitive):
    """An elementwise primitive at arguments of different shapes: its residual knows the shapes."""

    def __init__(self, primitive: Elementwise) -> None:
        super().__init__(primitive.name, primitive.function)
        self.primitive = primitive
        self.singular = primitive.singular

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

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        own: Sequence[Any] = residual[1]
        return own

    def values(self, residual: Any) -> Sequence[Any]:
        return self.primitive.values(residual[0])

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        kept, _, shape = residual
        mask = self.primitive.always_zero(kept, xs)
        return None if mask is None else np.broadcast_to(mask, shape)


def factor_of(partial: Partial, count: int) -> Factor:
    if not callable(partial):
        return Factor(partial, None, None, (False,) * count)
    try:
        names = list(inspect.signature(partial).parameters)
    except ValueError:  # a ufunc or a builtin: it reads what it is given
        return Factor(None, None, partial, (True,) * count)
    if len(names) != count:
        raise TypeError(f"a partial derivative takes (y, *args), {count} parameters, not {names}")
    reads = tuple(not name.startswith("_") for name in names)
    # ``lambda _y, _a, b: b`` hands an argument on: then it need not be called. Whatever the
    # arguments are: one that does so for a number may compute something of an array.
    position = _handed_on(partial, [object() for _ in names])
    if position is None or any(
        _handed_on(partial, [new() for _ in names]) != position for new in (_number, _array)
    ):
        return Factor(None, None, partial, reads)
    return Factor(None, position, None, reads)


def _handed_on(partial: Callable[..., Any], args: Sequence[Any]) -> int | None:
    """The place of the argument that the function returns, if it returns one."""
    try:
        result = partial(*args)
    except Exception:  # it computes something, which these arguments may not allow
        return None
    return next((i for i, arg in enumerate(args) if arg is result), None)


def _number() -> float:
    return float("0.5")  # a new object each time


def _array() -> np.ndarray:
    return np.array([0.5, -2.0])


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
        writeable: bool | None = None,
    ) -> None:
        super().__init__(name, function)
        self.transpose = transpose
        self.holds = tuple(holds) or None
        #: ``add(buffer, ct, **params)`` adds the transpose of `ct` into `buffer` in place, touching
        #: a part of it only.
        self.add = add
        self.writeable = writeable

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

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        return (residual[1],) if len(active) == 1 else residual[1]

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        return plain(self.push(residual, xs)) == 0


class Multilinear(Primitive):
    """Linear in each argument while the others stand still: ``matmul``, ``einsum``.

    ``transposes[i](ct, *args, **params)`` gives the cotangent of argument ``i``; the arguments that
    it does not need may be ``None`` there, so shapes come as parameters.
    """

    multiplies = True

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

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        own: Sequence[Any] = residual[2]
        return own

    def values(self, residual: Any) -> Sequence[Any]:
        return None, *residual[0]

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        args, params, _ = residual
        return self.function(*with_constants(xs, args), **params) == 0


def with_constants(xs: Sequence[Any], args: Sequence[Any]) -> list[Any]:
    """The arguments of a product: `xs`, and what it keeps of those that are ``None`` there."""
    return [plain(kept) if x is None else x for x, kept in zip(xs, args, strict=True)]


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
