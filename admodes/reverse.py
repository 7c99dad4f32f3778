"""Reverse mode: one evaluation that is recorded, then one sweep back from the output.

A :class:`Variable` is a value and the node that made it; its operators record on a
:class:`~admodes.tape.Tape`, whose sweep gives the effect of every input on one output.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes import primitives
from admodes.arguments import (
    Inputs,
    Units,
    at_level,
    check_callable,
    chunk_size_of,
    leaves,
    map_leaves,
    name,
    numeric,
    rebuild,
    refuse_complex,
    same_leaves,
    scalar,
    tangent_for,
    value_of,
    with_auxiliary,
    with_leading_axis,
    without_value,
)
from admodes.core.levels import Level
from admodes.core.rules import Elementwise, apply
from admodes.core.values import Traced, fresh, is_floating, operand, plain
from admodes.expressions import Expression
from admodes.tape import Tape

_new = object.__new__


def leaf(tape: Tape, value: Any) -> "Variable":
    """A new input."""
    return variable(value, (next(tape.numbers), None, None, ()), tape)


def variable(value: Any, node: Any, level: Level) -> "Variable":
    result = _new(Variable)
    result._value = value
    result._node = node
    result._level = level
    return result


# A binary operator. The residuals of its cases (both arguments are variables, or one is a constant)
# are put in when it is compiled.
_RECORD = """
    index = next(tape.numbers)
    node = (index, used, residual, parents)
    tape.nodes.append(node)
    if index >= tape.limit:
        tape.grow()
    result = new(Mode)
    result._value = y
    result._node = node
    result._level = tape
    return result
"""
_BINARY = (
    """
def method(self, other):
    tape = self._level
    a = self._value
    kind = other.__class__
    used = primitive
    if kind is Mode and other._level is tape:
        b = other._value
        y = a {sign} b
        residual = {both}
        parents = (self._node, other._node)
        if a.__class__ is not float or b.__class__ is not float:
            try:
                same = a.shape == b.shape
            except AttributeError:
                same = shape_of(a) == shape_of(b)
            if not same:
                used = primitive.broadcast
                residual = (residual, (shape_of(a), shape_of(b)), shape_of(y))
    elif kind is float or kind is int or kind in SCALARS:
        b = other
        y = a {sign} b
        residual = {left}
        parents = (self._node, None)
    elif kind is ndarray and a.__class__ is ndarray and a.shape == other.shape and is_real(other):
        y = a {sign} other
        b = {own_b}
        residual = {left}
        parents = (self._node, None)
    else:
        return apply(primitive, (self, other), {{}})"""
    + _RECORD
    + """
def reflected(self, other):
    tape = self._level
    b = self._value
    kind = other.__class__
    used = primitive
    if kind in SCALARS:
        a = other
        y = a {sign} b
    elif kind is ndarray and b.__class__ is ndarray and b.shape == other.shape and is_real(other):
        y = other {sign} b
        a = {own_a}
    else:
        return apply(primitive, (other, self), {{}})
    residual = {right}
    parents = (None, self._node)"""
    + _RECORD
)


# The same for :class:`Watched`. Numbers of Python stay what they are by Python's own operator.
_WATCHED_BINARY = """
def method(self, other):
    a = self._value
    own = other.__class__ is Mode and other._level is self._level
    b = other._value if own else other
    if a.__class__ is float and (b.__class__ is float or b.__class__ is int):
        nodes = (self._node, other._node if own else None)
        return self._record(primitive, a {sign} b, (a, b), nodes, {{}})
    return apply(primitive, (self, other), {{}})

def reflected(self, other):
    b = self._value
    if b.__class__ is float and (other.__class__ is float or other.__class__ is int):
        return self._record(primitive, other {sign} b, (other, b), (None, self._node), {{}})
    return apply(primitive, (other, self), {{}})
"""


class Variable(Expression):
    """A number or an array whose making is recorded."""

    __slots__ = ("_node",)

    _node: Any  # a Node, as a bare tuple

    def __repr__(self) -> str:
        return f"Variable({plain(self)})"

    @classmethod
    def _binary_source(cls, sign: str, primitive: Elementwise) -> str:
        def residual(*active: int | None) -> str:
            names = zip("yab", primitive.reads(active), strict=True)
            return f"({', '.join(name if read else 'None' for name, read in names)})"

        def own(position: int, *active: int | None) -> str:
            return "tape.own(other)" if primitive.reads(active)[position] else "other"

        return _BINARY.format(
            sign=sign,
            both=residual(1, 1),
            left=residual(1, None),
            right=residual(None, 1),
            own_a=own(1, None, 1),
            own_b=own(2, 1, None),
        )

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> "Variable":
        tape: Any = self._level
        x = self._value
        y = operate(x)
        read_y, read_x = primitive.bare[0][3]
        residual = (y if read_y else None, x if read_x else None)
        index = next(tape.numbers)
        node = (index, primitive, residual, (self._node,))
        tape.nodes.append(node)
        if index >= tape.limit:
            tape.grow()
        result = _new(Variable)
        result._value = y
        result._node = node
        result._level = tape
        return result

    def __getitem__(self, index: Any) -> Any:
        x: Any = self._value
        if x.__class__ is not np.ndarray or index.__class__ not in primitives.ONE_AXIS:
            return primitives.getitem(self, index)
        # What `_apply` would do with the read, at half its time: loops read entry by entry.
        tape: Any = self._level
        shape = x.shape
        # mypy does not see that the index is one of ONE_AXIS.
        y = x[index]  # type: ignore[call-overload]
        number = next(tape.numbers)
        residual = ({"index": (index,), "shape": shape}, shape)
        node = (number, primitives.read, residual, (self._node,))
        tape.nodes.append(node)
        if number >= tape.limit:
            tape.grow()
        return variable(y, node, tape)

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Any primitive, whose arguments of the highest level are of this variable's."""
        if len(args) == 1:
            x = self._value
            plainly = x.__class__ is np.ndarray
            y = primitive.function(x, **params) if plainly else apply(primitive, (x,), params)
            return self._record(primitive, y, (x,), (self._node,), params)
        level = self._level
        parents = tuple([x._node if _at(x, level) else None for x in args])
        values = [x._value if _at(x, level) else operand(x) for x in args]
        return self._record(primitive, apply(primitive, values, params), values, parents, params)

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        """The result `y` of a primitive, its making noted on the tape.

        `values` are its arguments one level down, `parents` their nodes, ``None`` for constants.
        """
        tape: Any = self._level
        if len(values) > 1:
            primitive = primitive.between(y, values, parents)
            _, *reads = primitive.reads(parents)
            values = [
                tape.own(x) if parent is None and read else x
                for x, parent, read in zip(values, parents, reads, strict=True)
            ]
        holds = primitive.holds
        if holds or (params and holds is None):
            params = params | {held: tape.own(params[held]) for held in holds or params}
        index = next(tape.numbers)
        node = (index, primitive, primitive.residual(y, values, params, parents), parents)
        tape.nodes.append(node)
        if index >= tape.limit:
            tape.grow()
        return variable(y, node, tape)


def _at(x: Any, level: Any) -> bool:
    return isinstance(x, Traced) and x._level is level


class Watched(Variable):
    """A variable whose every operation goes through `_record`, where a subclass can see it.

    It is slower: :class:`Variable` writes the common operations down on the spot.
    """

    __slots__ = ()
    _watched = True

    @classmethod
    def _binary_source(cls, sign: str, primitive: Elementwise) -> str:
        return _WATCHED_BINARY.format(sign=sign)

    def _unary(self, primitive: Elementwise, operate: Callable[[Any], Any]) -> Any:
        x = self._value
        return self._record(primitive, operate(x), (x,), (self._node,), {})

    __getitem__ = primitives.getitem


# --- The face -------------------------------------------------------------------------------------


def seed(value: Any) -> Any:
    """The cotangent 1 of a number, of its own type."""
    if value.__class__ is np.float64:
        return _ONE
    return np.ones_like(value)[()] if isinstance(value, (np.ndarray, np.generic)) else 1.0


_ONE = np.float64(1.0)


def value_and_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The value of a scalar function together with its gradient, by reverse mode.

    One recorded evaluation and one sweep, whatever the number of inputs.

    Parameters
    ----------
    f
        A function of plain NumPy code, with one floating-point number (shape ``()``) as output.
    argnums
        The position of the argument, or a tuple of them, to differentiate by.
    has_aux
        `f` returns ``(output, aux)``; then so is the value.
    chunk_size
        Without effect: a gradient is one row. It is here so that both modes have one face.

    Returns
    -------
    A function of the same arguments that gives ``(value, gradient)``; the gradient has the
    containers, shapes and dtypes of the argument, and is a tuple where `argnums` is one.

    Raises
    ------
    TypeError
        Where the output is not one floating-point number, or the argument is no float.
    ValueError
        Where `argnums` or `chunk_size` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import reverse
    >>> reverse.value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        inputs = Inputs(f, args, kwargs, argnums)
        with Tape() as tape:
            variables = [leaf(tape, x) for x in inputs.leaves]
            output = inputs.call(variables)
            output, aux = with_auxiliary(output, f, tape) if has_aux else (output, None)
            scalar(output, f, "reverse-mode gradient")
            value, seeds = value_of(output, tape), []
            if at_level(output, tape):
                seeds.append((output._node, seed(plain(value))))
            del output  # so that the tape alone holds the nodes, and lets go of them one by one
            sources = [v._node for v in variables]
            gradients = tape.pull(seeds, sources, mend=not math.isnan(plain(value)))
            tape.nodes.clear()
        return (value, aux) if has_aux else value, inputs.gradients(gradients)

    value_and_gradient.__name__ = f"value and gradient of {name(f)}"
    return value_and_gradient


def grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The gradient of a scalar function, by reverse mode.

    Arguments and errors are those of :func:`value_and_grad`. Gives the gradient alone, or
    ``(gradient, aux)`` under `has_aux`.

    Examples
    --------
    >>> from admodes import reverse
    >>> reverse.grad(lambda x: x**3)(2.0)
    12.0
    """
    return without_value(
        value_and_grad(f, argnums, has_aux=has_aux, chunk_size=chunk_size), has_aux
    )


class Pullback:
    """The map from a cotangent of the output to those of the arguments, of one evaluation.

    It may be called as often as one likes. `tape` is the recording it walks:
    ``len(pullback.tape)`` operations, ``pullback.tape.nbytes`` bytes of residuals.
    """

    def __init__(self, tape: Tape, inputs: Inputs, sources: list[Any], output: Any) -> None:
        self.tape = tape
        self._inputs, self._sources = inputs, sources
        found = [numeric(y, inputs.function) for _, y in leaves(output)]
        self._nodes = [y._node if at_level(y, tape) else None for y in found]
        self.values = [value_of(y, tape) for y in found]
        self.output = rebuild(output, iter(self.values))

    def pull(self, cts: Sequence[Any], directions: tuple[int, ...] = ()) -> list[Any]:
        """Cotangents of the inputs' leaves, ``None`` for zero, from those of the output's."""
        seeds = [
            (node, ct)
            for node, ct in zip(self._nodes, cts, strict=True)
            if node is not None and ct is not None
        ]
        return self.tape.pull(seeds, self._sources, directions)

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Tangents of the output's leaves, ``None`` for zero, from those of the inputs'."""
        sources = zip(self._sources, tangents, strict=True)
        return self.tape.push(list(sources), self._nodes)

    def __call__(self, ct: Any) -> tuple[Any, ...]:
        what = f"pullback of {name(self._inputs.function)}: cotangent"
        given = same_leaves(ct, self.output, what)
        cts = [
            tangent_for(g, y, what) if is_floating(y) else None
            for g, y in zip(given, self.values, strict=True)
        ]
        return self._inputs.gradients(self.pull(cts))


def record(f: Callable[..., Any], inputs: Inputs, has_aux: bool = False) -> tuple[Pullback, Any]:
    """One recorded evaluation, and its auxiliary output."""
    with Tape() as tape:
        variables = [leaf(tape, x) for x in inputs.leaves]
        output = inputs.call(variables)
        output, aux = with_auxiliary(output, f, tape) if has_aux else (output, None)
        pullback = Pullback(tape, inputs, [v._node for v in variables], output)
    del output, variables
    tape.prune()
    return pullback, aux


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Pullback]:
    """The value of `f` and the map that pulls a cotangent of it back: a vector-Jacobian product.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    primals
        Its arguments.

    Returns
    -------
    ``(f(*primals), pullback)``. ``pullback(ct)`` takes a cotangent of the output's containers,
    shapes and dtypes, and gives a tuple like `primals`. It may be called as often as one likes.

    Raises
    ------
    ValueError, TypeError
        By ``pullback``, where the cotangent's containers, shape or dtype do not fit.

    Examples
    --------
    >>> import admodes as ad
    >>> value, pullback = ad.vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    check_callable(f)
    pullback, _ = record(f, Inputs(f, primals))
    return map_leaves(fresh, pullback.output), pullback


def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """All first derivatives of a function, by reverse mode: a row an output.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    argnums, has_aux
        As for :func:`grad`.
    chunk_size
        Rows a sweep; ``None`` chooses half a megabyte of cotangents at a time.

    Returns
    -------
    A function of the same arguments. For an array in and an array out it gives an array of shape
    ``output.shape + input.shape``; for containers, the output's container of the input's.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import reverse
    >>> reverse.jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)

    def rows(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, argnums)
        refuse_complex(inputs, f)
        pullback, aux = record(f, inputs, has_aux)
        jacobians = every_row(pullback, inputs, chunk_size)
        return (jacobians, aux) if has_aux else jacobians

    rows.__name__ = f"jacobian of {name(f)}"
    return rows


def every_row(pullback: Pullback, inputs: Inputs, chunk_size: int | None) -> Any:
    """The Jacobian of what was recorded, `chunk_size` rows a sweep."""
    units = Units(pullback.values)
    widest = max(units.count, sum(map(np.size, map(plain, inputs.leaves))))
    size = chunk_size_of(chunk_size, widest)
    blocks: list[list[Any]] = [[] for _ in inputs.leaves]
    for indices in units.chunks(min(size, max(units.count, 1))):
        directions = () if len(indices) == 1 else (len(indices),)
        pulled = pullback.pull(units.along(indices), directions)
        for block, g, x in zip(blocks, pulled, inputs.leaves, strict=True):
            block.append(with_leading_axis(g, x, len(indices)))
    matrices = [
        np.concatenate(block) if block else np.zeros((0, *np.shape(plain(x))))
        for block, x in zip(blocks, inputs.leaves, strict=True)
    ]
    results, start = [], 0
    for value in pullback.values:
        stop = start + np.size(plain(value))
        results.append(
            inputs.like(
                [
                    _block(m[start:stop], value, x)
                    for m, x in zip(matrices, inputs.leaves, strict=True)
                ]
            )
        )
        start = stop
    return rebuild(pullback.output, iter(results))


def _block(rows: Any, value: Any, x: Any) -> Any:
    """The rows of one output and one input, in the precision of these, not of what is between."""
    value, x = plain(value), plain(x)
    dtype = np.result_type(value, x)
    rows = rows if plain(rows).dtype.itemsize <= dtype.itemsize else np.astype(rows, dtype)
    return np.reshape(rows, np.shape(value) + np.shape(x))
