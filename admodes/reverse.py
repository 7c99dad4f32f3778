"""Reverse mode: one evaluation that is recorded, then one sweep back from the output.

A :class:`Variable` is a value and the :class:`Node` that made it. A :class:`Tape` lists the nodes
in the order of creation, which is a topological order: walking it backwards, a node's cotangent is
whole when its turn comes (C. Olah, "Calculus on Computational Graphs: Backpropagation", 2015: all
paths are merged at each node). The sweep is a loop, never a recursion, and nothing in a recording
refers to the tape or forward to what was made from it, so there are no reference cycles.
"""

import gc
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from sys import getrefcount
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np

from admodes import primitives
from admodes.arguments import (
    Inputs,
    Units,
    at_level,
    check_callable,
    chunk_size_of,
    fresh,
    is_floating,
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
from admodes.expressions import Expression, Level, escaped
from admodes.rules import Broadcast, Elementwise, Primitive, Singular, Traced, apply, operand, plain

_new = object.__new__
_ONE_AXIS = frozenset({int, slice})
_REAL = frozenset({float, np.float64, np.ndarray})
_LARGE = 1 << 15  # bytes; from here on, comparing with an earlier copy is cheaper than a new one


class Node(NamedTuple):
    """One recorded operation, or an input.

    The recording builds plain tuples in this order, at a quarter of the time of any object.
    """

    number: int  # its place in the order of creation
    primitive: Primitive | None  # what was applied; None for an input
    residual: Any  # what the primitive keeps to push and pull
    parents: tuple[Any, ...]  # the nodes of its arguments; None for a constant


def _references_to_unused() -> int:
    """What `getrefcount` says of a node that the list alone holds, in a loop like `prune`'s.

    The list, the name, and the argument: 3, in an interpreter that counts them all.
    """
    nodes = [(object(),)]
    for i in range(1):
        node = nodes[i]
        count = getrefcount(node)
    return count


def _references_to_unshared() -> int:
    """What it says of an array that a caller has made and handed to a function."""
    array = np.empty(0)
    return _references(array)


def _references(array: Any) -> int:
    return getrefcount(array)


_UNUSED = _references_to_unused()
_UNSHARED = _references_to_unshared()


class _Ended:
    """In place of the numbers of a tape whose differentiation has ended."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> NoReturn:
        escaped()


_ENDED = _Ended()


class _Collector:
    """Holds the cyclic collector off while anything is recorded, in whatever thread."""

    def __init__(self) -> None:
        self.lock, self.count, self.enabled = threading.RLock(), 0, False

    def hold(self) -> None:
        with self.lock:
            if not self.count:
                self.enabled = gc.isenabled()
                gc.disable()
            self.count += 1

    def release(self) -> None:
        with self.lock:
            self.count -= 1
            if not self.count and self.enabled:
                gc.enable()


_collector = _Collector()


class Tape(Level):
    """A differentiation in reverse mode: the nodes that it recorded, in the order of creation."""

    __slots__ = ("copies", "limit", "nodes", "numbers", "size")

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Any] = []
        #: numbers the next node; raises once the recording has ended
        self.numbers: Iterator[int] = itertools.count()
        #: how many numbers were given out by the end
        self.size = 0
        #: the number at which to prune next
        self.limit = 1024
        #: id of a large constant -> (it, the copy that the recording holds)
        self.copies: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __enter__(self) -> Self:
        # A recording has no cycles, but a million tracked tuples make the cyclic collector walk
        # them over and over: recording would take five times as long.
        _collector.hold()
        return self

    def __exit__(self, *exception: object) -> None:
        self.ended = True
        self.size = next(self.numbers)
        self.numbers = _ENDED
        self.copies.clear()
        _collector.release()

    def leaf(self, value: Any) -> "Variable":
        """A new input."""
        return variable(value, (next(self.numbers), None, None, ()), self)

    def pull(
        self,
        seeds: Sequence[tuple[Any, Any]],
        sources: Sequence[Any],
        directions: tuple[int, ...] = (),
    ) -> list[Any]:
        """Cotangents of the `sources`, given pairs of an output's node and its cotangent.

        `directions` are the leading axes of the cotangents. A source that no output depends on gets
        ``None``; an array is nobody else's.
        """
        nodes = self.nodes
        cts: Any = [None] * (self.size if self.ended else next(self.numbers))
        for node, ct in seeds:
            cts[node[0]] = ct if cts[node[0]] is None else cts[node[0]] + ct
        own = sweep(nodes, cts, directions)
        return [_released(cts[node[0]], own[node[0]]) for node in sources]

    def push(self, sources: Sequence[tuple[Any, Any]], outputs: Sequence[Any]) -> list[Any]:
        """Tangents of the `outputs`, given pairs of an input's node and its tangent.

        An output that depends on no input gets ``None``.
        """
        tangents = {node[0]: t for node, t in sources if t is not None}
        for index, primitive, residual, parents in self.nodes:
            own = [None if parent is None else tangents.get(parent[0]) for parent in parents]
            if any(t is not None for t in own):
                tangents[index] = primitive.push(residual, own)
        return [None if node is None else tangents.get(node[0]) for node in outputs]

    def __len__(self) -> int:
        """The number of operations recorded that something still refers to."""
        self.prune()
        return len(self.nodes)

    @property
    def nbytes(self) -> int:
        """The bytes of the arrays that the residuals hold; views and repetitions count once."""
        self.prune()
        held: dict[int, int] = {}
        stack = [residual for _, _, residual, _ in self.nodes]
        while stack:
            x = plain(stack.pop())
            if isinstance(x, np.ndarray):
                while isinstance(x.base, np.ndarray):
                    x = x.base
                held[id(x)] = x.nbytes
            elif isinstance(x, (tuple, list)):
                stack.extend(x)
            elif isinstance(x, dict):
                stack.extend(x.values())
            elif isinstance(x, (float, np.generic)):
                held[id(x)] = 8
        return sum(held.values())

    def prune(self) -> None:
        """Forget the nodes that no variable and no later node refers to any more.

        Called whenever the tape has grown fourfold, so that it costs a constant per operation.
        """
        nodes = self.nodes
        count = len(nodes)
        last = nodes[-1][0] if nodes else 0
        for i in range(count - 1, -1, -1):
            node = nodes[i]
            if getrefcount(node) == _UNUSED:
                nodes[i] = None
        nodes[:count] = [node for node in nodes[:count] if node is not None]
        self.limit = last + max(1024, 3 * len(nodes))

    def own(self, x: Any) -> Any:
        """A constant as the recording may keep it: an array is copied.

        Its owner may overwrite the array before the sweep. A lock would come undone through a view
        or a base, and a checksum costs a pass now and another one in the sweep; a copy costs one
        (0.1 µs for 100 entries) and makes overwriting harmless. A large array that is used again
        unchanged is copied once.
        """
        if x.__class__ is np.ndarray:
            if x.nbytes < _LARGE:
                return x.copy()
            known = self.copies.get(id(x))
            if known is None or known[1].shape != x.shape or not (known[1] == x).all():
                known = self.copies[id(x)] = (x, x.copy())
            return known[1]
        if x.__class__ is tuple or x.__class__ is list:
            return x.__class__(map(self.own, x))
        return x.copy() if isinstance(x, np.ndarray) else x


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
        tape.prune()
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
            tape.prune()
        result = _new(Variable)
        result._value = y
        result._node = node
        result._level = tape
        return result

    def __getitem__(self, index: Any) -> Any:
        x: Any = self._value
        if x.__class__ is not np.ndarray or index.__class__ not in _ONE_AXIS:
            return primitives.getitem(self, index)
        # What `_apply` would do with the read, at half its time: loops read entry by entry.
        tape: Any = self._level
        shape = x.shape
        y = x[index]  # type: ignore[call-overload]  # by one of _ONE_AXIS
        number = next(tape.numbers)
        residual = ({"index": (index,), "shape": shape}, shape)
        node = (number, primitives.read, residual, (self._node,))
        tape.nodes.append(node)
        if number >= tape.limit:
            tape.prune()
        return variable(y, node, tape)

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> "Variable":
        """Any primitive, whose arguments of the highest level are of this variable's."""
        tape: Any = self._level
        parents: tuple[Any, ...]
        kept: Sequence[Any]
        if len(args) == 1:
            kept, parents = (self._value,), (self._node,)
            if self._value.__class__ is np.ndarray:
                y = primitive.function(self._value, **params)
            else:
                y = apply(primitive, kept, params)
        else:
            parents = tuple([arg._node if _at(arg, tape) else None for arg in args])
            kept = [arg._value if _at(arg, tape) else operand(arg) for arg in args]
            y = apply(primitive, kept, params)
            if isinstance(primitive, Elementwise) and primitive.broadcasts(y, kept, parents):
                primitive = primitive.broadcast
            _, *reads = primitive.reads(parents)
            kept = [
                tape.own(x) if parent is None and read else x
                for x, parent, read in zip(kept, parents, reads, strict=True)
            ]
        holds = primitive.holds
        if holds or (params and holds is None):
            params = params | {held: tape.own(params[held]) for held in holds or params}
        index = next(tape.numbers)
        node = (index, primitive, primitive.residual(y, kept, params, parents), parents)
        tape.nodes.append(node)
        if index >= tape.limit:
            tape.prune()
        return variable(y, node, tape)


def _at(x: Any, tape: Tape) -> bool:
    return x.__class__ is Variable and x._level is tape


# --- The sweep ------------------------------------------------------------------------------------


def sweep(nodes: Sequence[Any], cts: Any, directions: tuple[int, ...]) -> bytearray:
    """Carry cotangents from the outputs back to the inputs, in place.

    `cts` holds each node's cotangent so far, by its number: those of the outputs before, those of
    the inputs after. The result tells, by number, whether a cotangent is in a buffer of the sweep's
    own, which may be added into.

    The loop treats :class:`Elementwise` here, for nine operations of ten are elementwise, and a
    method call would cost as much as a float operation's whole share.
    """
    own = bytearray(len(cts))
    ndarray, add, large = np.ndarray, np.add, _LARGE
    for index, primitive, residual, parents in reversed(nodes):
        ct = cts[index]
        if ct is None:
            continue
        cts[index] = None
        if ct.__class__ is Parts:
            ct = whole(ct)
        kind = primitive.__class__
        if kind is Elementwise or kind is Singular:
            i = 0
            for parent in parents:
                if parent is not None:
                    number, position, partial, _ = primitive.bare[i]
                    if kind is Singular and partial is not None:
                        g = primitive.times(ct, primitive.factors[i], residual)
                    elif number is None:
                        factor = residual[position] if partial is None else partial(*residual)
                        if factor.__class__ is ndarray and factor.nbytes >= large:
                            # An earlier parent may have been given `ct` itself.
                            mine = own[index] and primitive.fresh and i == len(parents) - 1
                            g = multiply_large(ct, factor, residual, mine)
                        else:
                            g = ct * factor
                    elif number == 1:
                        g = ct
                    else:
                        g = -ct if number == -1 else ct * number
                    to = parent[0]
                    known = cts[to]
                    if known is None:
                        cts[to] = g
                        # `ct` handed on to a single parent takes its buffer along.
                        own[to] = number != 1 or (
                            own[index] and parents.count(None) == len(parents) - 1
                        )
                    elif known.__class__ is not ndarray:
                        cts[to] = known + g
                    elif own[to] and g.__class__ is ndarray:
                        try:
                            add(known, g, known)
                        except TypeError:  # a complex one into a real one
                            cts[to] = known + g
                    else:
                        cts[to] = accumulate(known, g, to, own, number != 1)
                i += 1
        elif primitive.add is not None:
            to = parents[0][0]
            known = cts[to]
            if own[to] and known.__class__ is ndarray and ct.__class__ in _REAL:
                try:
                    primitive.add(known, ct, **residual[0])
                except TypeError:  # a complex one into a real one
                    cts[to] = add_part(known, ct, primitive, residual, to, own, directions)
            else:
                cts[to] = add_part(known, ct, primitive, residual, to, own, directions)
        else:
            pulled = primitive.pull(residual, ct, parents)
            fresh = primitive.fresh
            if not fresh and kind is Broadcast and own[index]:
                # What is not `ct` itself is new, and `ct` takes its buffer along to one parent.
                fresh = sum(g is ct for g in pulled) == 1
            for parent, g in zip(parents, pulled):
                if parent is not None:
                    to = parent[0]
                    known = cts[to]
                    if known is not None:
                        cts[to] = accumulate(known, g, to, own, fresh)
                    else:
                        cts[to] = g
                        own[to] = fresh
    return own


def _released(ct: Any, own: int) -> Any:
    """A cotangent as the caller may keep it and write into it."""
    if ct.__class__ is np.ndarray:
        return ct if own else ct.copy()
    return whole(ct)


def multiply_large(ct: Any, factor: np.ndarray, residual: Any, mine: bool) -> Any:
    """``ct * factor`` in the memory of whichever of the two nobody needs any more.

    A fresh buffer is mapped in page by page, which for a large one costs more than the product.
    `mine` says that `ct` may be overwritten; `factor` may where the partial has just computed it.
    """
    if ct.__class__ is np.ndarray and ct.shape == factor.shape and ct.dtype == factor.dtype:
        if mine:
            return np.multiply(ct, factor, ct)
        # A partial may return an array that somebody keeps.
        if factor.base is None and getrefcount(factor) == _UNSHARED:
            return np.multiply(ct, factor, factor)
    return ct * factor


def accumulate(known: Any, g: Any, to: int, own: bytearray, fresh: bool) -> Any:
    """The sum of two cotangents of node `to`, in a buffer of the sweep's where there is one."""
    both = known.__class__ is np.ndarray and g.__class__ is np.ndarray
    if both and known.dtype == g.dtype:
        if own[to]:
            return np.add(known, g, known)
        if fresh:
            own[to] = True
            return np.add(known, g, g)
    own[to] = True
    return known + g


def add_part(
    known: Any,
    ct: Any,
    primitive: Any,
    residual: tuple[dict[str, Any], tuple[int, ...]],
    to: int,
    own: bytearray,
    directions: tuple[int, ...],
) -> Any:
    """The cotangent of node `to` after that of a part of it: added where it belongs."""
    params, shape = residual
    if isinstance(ct, Traced) or known.__class__ is Parts or isinstance(known, Traced):
        if primitive not in primitives.READS:
            (g,) = primitive.pull(residual, ct, (True,))
            return g if known is None else known + g
        if known.__class__ is not Parts:
            known = Parts(known, params["shape"])
        known.cts.append(ct)
        known.indices.append(params["index"])
        return known
    if known is None:
        own[to] = True
        known = np.zeros(directions + shape, getattr(ct, "dtype", float))
    elif not own[to] or (ct.__class__ is not float and ct.dtype != known.dtype):
        own[to] = True
        known = np.array(known, np.result_type(known, ct))
    primitive.add(known, ct, **params)
    return known


class Parts:
    """The cotangent of an array whose parts' cotangents are expressions: they are added up at once.

    A buffer cannot be added into where another level records; an array of zeros for each part would
    make n reads cost O(n²).
    """

    __slots__ = ("cts", "indices", "rest", "shape")

    def __init__(self, rest: Any, shape: tuple[int, ...]) -> None:
        self.rest, self.shape = rest, shape
        self.cts: list[Any] = []
        self.indices: list[Any] = []

    def __add__(self, g: Any) -> "Parts":
        self.rest = g if self.rest is None else self.rest + g
        return self


def whole(ct: Any) -> Any:
    """A cotangent that may still be in parts, as one array."""
    if ct.__class__ is not Parts:
        return ct
    written = primitives.write(*ct.cts, indices=tuple(ct.indices), shape=ct.shape)
    return written if ct.rest is None else ct.rest + written


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
            variables = [tape.leaf(x) for x in inputs.leaves]
            output = inputs.call(variables)
            output, aux = with_auxiliary(output, f, tape) if has_aux else (output, None)
            scalar(output, f, "reverse-mode gradient")
            value = value_of(output, tape)
            seeds = [(output._node, seed(plain(value)))] if at_level(output, tape) else []
            del output  # so that the tape alone holds the nodes, and lets go of them one by one
            gradients = tape.pull(seeds, [v._node for v in variables])
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
        variables = [tape.leaf(x) for x in inputs.leaves]
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
                        np.reshape(m[start:stop], np.shape(plain(value)) + np.shape(plain(x)))
                        for m, x in zip(matrices, inputs.leaves, strict=True)
                    ]
                )
            )
            start = stop
        jacobians = rebuild(pullback.output, iter(results))
        return (jacobians, aux) if has_aux else jacobians

    rows.__name__ = f"jacobian of {name(f)}"
    return rows
