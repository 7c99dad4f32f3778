"""The imperative face: variables that live on, ``backward()`` and ``.grad``, as PyTorch has them.

It is the reverse mode of :mod:`admodes.reverse`: the same rules and the same sweep. What differs is
who keeps the recording. There a tape lists the nodes of one differentiation; here a node refers to
its parents and nothing refers to a node but the variables and nodes made from it, so that a branch
which nobody uses any more is freed at once. `backward` walks up from the outputs, puts the nodes
that it reaches in the order of their creation, and sweeps over those.
"""

import contextlib
import itertools
import operator
import weakref
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from admodes.core.kinds import has_own_rules, instead_of, is_plain_array, kind_of, operand
from admodes.core.levels import Level
from admodes.core.rules import Elementwise, Primitive, apply
from admodes.core.values import Traced, fresh, has_nan, is_floating, plain, shape_of
from admodes.modes.arguments import as_derivative, as_input, tangent_for
from admodes.modes.cotangents import seed, whole
from admodes.modes.observing import Watched
from admodes.modes.operators import BinaryLines
from admodes.modes.sweep import pull_back
from admodes.modes.tape import owned
from admodes.modes.views import note_view, shares_memory
from admodes.primitives.memory import laid_out

__all__ = ["Variable", "backward", "no_grad", "variable"]

#: There is one level for all variables of this face, and every differentiation is above it.
_LEVEL = Level()
_numbers = itertools.count()
_recording: ContextVar[bool] = ContextVar("recording", default=True)
_NONE: dict[str, Any] = {}


class _Outline:
    """In place of an array of which a rule needs the shape alone."""

    __slots__ = ("shape",)

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


class Node:
    """One operation, or a leaf.

    The residual is not kept but what it is computed from, the output and the arguments as far as
    the rule reads them: under ``create_graph`` it is computed from variables.
    """

    __slots__ = ("kept", "number", "params", "parents", "primitive", "variable")

    def __init__(
        self,
        primitive: Primitive | None = None,
        kept: Sequence[Any] | None = (),
        params: dict[str, Any] = _NONE,
        parents: tuple["Node | None", ...] = (),
    ) -> None:
        self.number = next(_numbers)
        #: ``None`` for a leaf
        self.primitive = primitive
        #: ``None`` once it is freed
        self.kept = kept
        self.params, self.parents = params, parents
        #: of the variable that gathers a gradient here, if one does. It is weak, for a gradient
        #: under ``create_graph`` refers to this node in its turn.
        self.variable: weakref.ref[Variable] | None = None

    def gatherer(self) -> "Variable | None":
        """The variable whose ``.grad`` is wanted here."""
        variable = None if self.variable is None else self.variable()
        return None if variable is None or variable._node is not self else variable

    def residual(self, differentiable: bool) -> Any:
        """What the primitive needs to pull, made of plain values or of variables."""
        kept: Any = self.kept
        if differentiable:
            kept = [
                x if node is None or x is None or x.__class__ is _Outline else _variable(x, node)
                for x, node in zip(kept, (self, *self.parents), strict=True)
            ]
        primitive: Any = self.primitive
        if isinstance(primitive, Elementwise):
            return kept
        y, *args = kept
        return primitive.residual(y, args, self.params, self.parents)

    def free(self) -> None:
        self.kept, self.params, self.parents = None, _NONE, ()


class Variable(Watched):
    """A number or an array that gathers derivatives; made by :func:`variable`."""

    __slots__ = ("_grad", "_idle")

    _grad: Any
    _idle: Node  # a leaf's, while it does not require grad

    def __repr__(self) -> str:
        return f"Variable({plain(self)}{'' if self.requires_grad else ', requires_grad=False'})"

    def __deepcopy__(self, memo: Any) -> "Variable":
        """A leaf of its own with the same value and gradient. What was computed is no leaf."""
        if not self.is_leaf:
            return self._alias()
        copied = _variable(self._value, None)
        copied.requires_grad, copied._grad = self.requires_grad, fresh(self.grad)
        return copied

    @classmethod
    def _binary_lines(cls, primitive: Elementwise) -> BinaryLines:
        def own(position: int, *active: int | None) -> str:
            return "self._own(other)" if primitive.reads(active)[position] else "other"

        lines = super()._binary_lines(primitive)
        return lines._replace(own_a=own(1, None, 1), own_b=own(2, 1, None))

    def _own(self, x: Any) -> Any:
        """A caller's array as a node may keep it: the caller may overwrite it."""
        return owned(x) if _recording.get() else x

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> "Variable":
        nodes = tuple([x._node if x.__class__ is Variable else None for x in args])
        values = [x._value if x.__class__ is Variable else operand(x) for x in args]
        y = apply(primitive, values, params)
        is_seen = primitive.writeable is not None and shares_memory(y, values[0])
        if None in nodes:  # the value of a constant variable nobody can overwrite
            _, *reads = primitive.reads(nodes)
            values = [
                self._own(x) if read and x is arg else x
                for x, arg, read in zip(values, args, reads, strict=True)
            ]
        result = self._record(primitive, y, values, nodes, params)
        return note_view(result, self, primitive, params) if is_seen else result

    # --- Writing ----------------------------------------------------------------------------------

    def _alias(self) -> "Variable":
        """The result of an operation, like all that is no leaf: its ``.grad`` is its own."""
        return self._record(laid_out, self._value, (self._value,), (self._node,), {"order": "K"})

    def _gathers(self) -> bool:
        """Whether it is a leaf that requires grad: a write would make it the result of one."""
        node = getattr(self, "_node", None)
        return node is not None and node.primitive is None and node.gatherer() is self

    def _refuse_writing(self) -> None:
        if _recording.get() and self._gathers():
            raise RuntimeError(
                "a leaf that requires grad is written into, and could not gather its gradient any "
                "more: write into x.copy(), or, for a step of an optimiser, under no_grad()"
            )

    def _overwrite(self, value: Any, params: dict[str, Any], in_place: bool) -> bool:
        self._refuse_writing()
        return super()._overwrite(value, params, in_place)

    def _become(self, other: Any) -> None:
        self._refuse_writing()
        if self._gathers():
            self._value = other._value
        else:
            super()._become(other)

    def _promote(self, value: Any) -> None:
        raise TypeError(
            "a number of another differentiation is written into a variable of "
            "admodes.imperative, which lives below all others: make the array by "
            "np.zeros(shape, like=value)"
        )

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> "Variable":
        if not any(parents) or not _recording.get():
            return _variable(y, None)
        if len(values) > 1 and y.__class__ is not float:
            primitive = primitive.between(y, values, parents)
        reads = primitive.reads(parents)
        elementwise = isinstance(primitive, Elementwise)
        kept = tuple(  # of numbers and arrays, which the cyclic collector then leaves alone
            [
                x if read else (None if elementwise else _Outline(shape_of(x)))
                for x, read in zip((y, *values), reads, strict=True)
            ]
        )
        if params:
            holds = params if primitive.holds is None else primitive.holds
            params = params | {held: owned(params[held]) for held in holds}
        return _variable(y, Node(primitive, kept, params or _NONE, parents))

    # --- What PyTorch's tensors have --------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether it is made from a variable that gathers its gradient, or is one.

        Of a leaf it can be set, and back again: its ``.grad`` stays, and what was recorded before
        still leads to it.
        """
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError(
                "requires_grad of a variable that was computed cannot be changed: use x.detach()"
            )
        if wanted and self._node is None:
            self._node = getattr(self, "_idle", None) or _leaf(self)
        elif not wanted and self._node is not None:
            self._idle, self._node = self._node, None

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by hand, or is a constant: not the result of a recorded operation."""
        return self._node is None or self._node.primitive is None

    @property
    def grad(self) -> Any:
        """The gradient gathered so far, or ``None``.

        A plain number or array of the variable's shape and dtype; a :class:`Variable` only after
        ``backward(create_graph=True)``. Set it to ``None`` to start anew.
        """
        return getattr(self, "_grad", None)

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is not None:
            if isinstance(grad, Traced) and not isinstance(grad, Variable):
                raise TypeError(
                    f"{grad!r} cannot be a .grad: it belongs to another differentiation"
                )
            grad = as_derivative(tangent_for(grad, self._value, "the new .grad"), self._value)
        self._grad = grad

    def retain_grad(self) -> None:
        """Let `backward` give this variable a ``.grad`` though it is not a leaf.

        Raises
        ------
        RuntimeError
            Where it does not require grad.
        """
        if self._node is None:
            raise RuntimeError("retain_grad() of a variable that does not require grad")
        self._node.variable = weakref.ref(self)

    def detach(self) -> "Variable":
        """The same value as a constant: no derivative passes through it."""
        return _variable(self._value, None)

    def backward(
        self, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Add the derivatives of this variable to ``.grad`` of the leaves that it depends on.

        See :func:`backward`, which does it for several. It differs from PyTorch's on purpose in
        three things: `gradient` may have any shape that broadcasts to this variable's; a second
        call through what the first one has freed is always a ``RuntimeError``, also where it would
        pass through additions alone; and the gradient by a complex variable is the conjugate of
        PyTorch's, as :func:`admodes.grad` has it.

        Examples
        --------
        >>> import numpy as np, admodes as ad
        >>> x = ad.variable(np.array([1.0, 2.0]))
        >>> np.sum(x * x).backward()
        >>> x.grad
        array([2., 4.])
        """
        backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph)


def _variable(value: Any, node: Node | None) -> Variable:
    result = object.__new__(Variable)
    result._value, result._node, result._level = value, node, _LEVEL
    return result


def _leaf(variable: Variable) -> Node:
    """A node at which `variable` gathers its gradient."""
    if not is_floating(variable):
        raise TypeError(
            f"a variable of {variable.dtype} has no derivative: convert it by x.astype(float)"
        )
    node = Node()
    node.variable = weakref.ref(variable)
    return node


def variable(value: Any, requires_grad: bool = True) -> Variable:
    """A leaf: a variable whose ``.grad`` gathers the derivatives by it.

    It never changes: a step of gradient descent makes a new one, of the old one's ``.value``.

    Parameters
    ----------
    value
        A floating-point number, or a NumPy array of them of any shape and dtype, which is copied;
        an ``int`` becomes a ``float``.
    requires_grad
        ``False`` makes a constant, which may be of integers or booleans too. Unlike a plain array
        it is not copied by the operations that it takes part in: for large data, used again and
        again.

    Raises
    ------
    TypeError
        Where `value` is an integer or boolean array, no number, or an expression already.

    Examples
    --------
    >>> import admodes as ad
    >>> x = ad.variable(3.0)
    >>> (x * x).backward()
    >>> x.grad
    6.0
    >>> for _ in range(100):
    ...     loss = (x - 1.0) ** 2
    ...     loss.backward()
    ...     x = ad.variable(x.value - 0.1 * x.grad)
    >>> x
    Variable(1.00...)
    """
    if isinstance(value, Traced):
        raise TypeError(
            f"variable() takes a plain number or array, not {value!r}: this face lives below every "
            "other differentiation. Use x.detach(), or admodes.stop_gradient(x)"
        )
    array = is_plain_array(value)
    if not array and not isinstance(value, (bool, int, float, complex, np.generic)):
        own = has_own_rules(value)
        raise TypeError(
            f"variable() takes a number or a NumPy array, not {kind_of(value)}: "
            + (
                instead_of(value)
                if own
                else "make an array of it by np.array(…), or a variable of each part"
            )
        )
    if requires_grad:
        value = as_input(value, "variable(): the value")
    elif np.result_type(value).kind not in "fciub":
        raise TypeError(f"variable() takes numbers, not {np.result_type(value)}")
    elif array:
        value = fresh(np.asarray(value))
    leaf = _variable(value, None)
    leaf.requires_grad = requires_grad
    return leaf


@contextlib.contextmanager
def _set_recording(wanted: bool) -> Iterator[None]:
    token = _recording.set(wanted)
    try:
        yield
    finally:
        _recording.reset(token)


def no_grad() -> "contextlib._GeneratorContextManager[None]":
    """Record nothing: what is computed inside does not require grad.

    A context manager and a decorator. It holds for this thread, or this task, alone.

    Examples
    --------
    >>> import admodes as ad
    >>> x = ad.variable(3.0)
    >>> with ad.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """
    return _set_recording(False)


# --- The sweep ------------------------------------------------------------------------------------


def backward(
    outputs: Any, gradients: Any = None, *, retain_graph: bool = False, create_graph: bool = False
) -> None:
    """Add the derivatives of the sum of `outputs` to ``.grad`` of every leaf they depend on.

    Leaves, and variables whose `retain_grad` was called, gather: a second loss adds to what the
    first one left. Inner variables keep ``.grad`` ``None``.

    Parameters
    ----------
    outputs
        A variable, or a list or tuple of them.
    gradients
        The cotangent to start from, of a shape that broadcasts to the output's; for a list of
        outputs a list of them. ``None`` is one, for a real output of one element.
    retain_graph
        Keep the recording, so that `backward` may pass through it again. By default every
        operation that it reached is freed.
    create_graph
        Record the sweep too: each ``.grad`` is then a variable, with a `backward` of its own. The
        recording is kept, as under `retain_graph`.

    Raises
    ------
    RuntimeError
        Where an output does not require grad, has more than one element or is complex and has no
        gradient, or was computed by an operation that an earlier call has freed.
    ValueError
        Where a gradient does not broadcast to its output's shape, or there are not as many
        gradients as outputs.
    TypeError
        Where an output is no variable, or a gradient no number or array that the output's dtype can
        hold.

    All of them are raised before anything changes; so is what a rule of your own raises.

    Notes
    -----
    PyTorch's rules, with three exceptions. A gradient may have any shape that broadcasts to the
    output's. A second call through a freed recording is always refused, also where the operations
    are additions, which need nothing that was freed. And the gradient by a complex variable is that
    of `admodes.grad`, the complex conjugate of PyTorch's.

    Examples
    --------
    >>> import admodes as ad
    >>> x = ad.variable(2.0)
    >>> ad.backward([x * x, 3.0 * x])
    >>> x.grad
    7.0
    """
    if not isinstance(outputs, (list, tuple)):
        outputs, gradients = [outputs], [gradients]
    elif gradients is None:
        gradients = [None] * len(outputs)
    elif not isinstance(gradients, (list, tuple)) or len(gradients) != len(outputs):
        raise ValueError(
            f"backward() of {len(outputs)} outputs takes a list of {len(outputs)} gradients"
        )
    with _set_recording(create_graph):
        seeds = [_seed(y, g, create_graph) for y, g in zip(outputs, gradients, strict=True)]
        nodes = _reached([y._node for y in outputs])
        places = {node: place for place, node in enumerate(nodes)}
        gathering = [
            (place, variable)
            for place, node in enumerate(nodes)
            if (node.primitive is None or node.variable is not None)
            and (variable := node.gatherer()) is not None
        ]
        cts = pull_back(
            lambda cts: _operations(nodes, places, cts, create_graph),
            len(nodes),
            [((places[y._node],), ct) for y, ct in zip(outputs, seeds, strict=True)],
            [(place,) for place, _ in gathering],
            undefined=any(has_nan(y._value) for y in outputs),
            values=[variable._value for _, variable in gathering],
            recorded=lambda: [
                _operation(place, node, places, create_graph)
                for place, node in enumerate(nodes)
                if node.primitive is not None
            ],
        )
        gathered = [(v, ct) for (_, v), ct in zip(gathering, cts, strict=True) if ct is not None]
        found = [(v, _gradient(g, v, create_graph)) for v, g in gathered]
    # Whatever is recorded of an earlier gradient goes on in the sum.
    with _set_recording(True):
        sums = [(v, g if v.grad is None else as_derivative(v.grad + g, v._value)) for v, g in found]
    for variable, grad in sums:
        variable._grad = grad
    if not (retain_graph or create_graph):
        for node in nodes:
            if node.primitive is not None:
                node.free()


def _seed(y: Any, gradient: Any, differentiable: bool) -> Any:
    """The cotangent to start from at an output, of its shape and dtype."""
    if not isinstance(y, Variable):
        raise TypeError(f"backward() starts from variables (admodes.variable), not {y!r}")
    if not y.requires_grad:
        raise RuntimeError(
            f"{y!r} does not require grad: it depends on no variable that does, or was computed "
            "under no_grad()"
        )
    value = y._value
    if gradient is None:
        if y.size != 1:
            raise RuntimeError(
                f"backward() of an output of shape {y.shape} needs a gradient= of that shape; only "
                "an output of one element has the default 1. Or reduce it first, by np.sum"
            )
        if y.dtype.kind == "c":
            raise RuntimeError(
                "backward() of a complex output needs a gradient=: 1.0 gives the derivatives of "
                "its real part, which are the complex ones where it is holomorphic. Or start from "
                "np.real, np.imag or np.abs of it"
            )
        return seed(plain(value))
    if not isinstance(gradient, Variable):
        if has_own_rules(gradient):
            raise TypeError(f"gradient= is {kind_of(gradient)}: {instead_of(gradient)}")
        gradient = np.asarray(gradient)
    elif not differentiable:
        gradient = np.asarray(gradient.value)
    if gradient.dtype.kind not in ("fciub" if y.dtype.kind == "c" else "fiub"):
        raise TypeError(
            f"gradient= is an array of {gradient.dtype}, but the output is one of {y.dtype}"
        )
    try:
        gradient = np.broadcast_to(gradient, y.shape)
    except ValueError:
        raise ValueError(
            f"gradient= has shape {gradient.shape}, which does not broadcast to the output's "
            f"shape {y.shape}"
        ) from None
    return as_derivative(np.astype(gradient, y.dtype), value)


def _reached(outputs: Sequence[Node]) -> list[Node]:
    """The nodes that the outputs depend on and themselves, in the order of their creation."""
    reached, waiting = set(outputs), list(outputs)
    while waiting:
        node = waiting.pop()
        if node.kept is None:
            raise RuntimeError(
                "backward() reaches an operation that an earlier backward() has freed: give the "
                "first call retain_graph=True, or compute the output again"
            )
        for parent in node.parents:
            if parent is not None and parent not in reached:
                reached.add(parent)
                waiting.append(parent)
    return sorted(reached, key=operator.attrgetter("number"))


def _operations(
    nodes: Sequence[Node],
    places: dict[Node, int],
    cts: Any,
    differentiable: bool,
) -> Iterator[tuple[Any, ...]]:
    """The operations among the nodes as the sweep takes them, last first.

    A residual is made when its turn comes, and given up after it. What an inner variable retains
    goes back where it was: its cotangent is whole when the sweep comes by.
    """
    for place in range(len(nodes) - 1, -1, -1):
        node = nodes[place]
        if cts[place] is None or node.primitive is None:
            continue
        retained = None
        if node.variable is not None and node.gatherer() is not None:
            retained = fresh(whole(cts[place]))
        yield _operation(place, node, places, differentiable)
        if retained is not None:
            cts[place] = retained


def _operation(
    place: int, node: Node, places: dict[Node, int], differentiable: bool
) -> tuple[Any, ...]:
    """A node as a tape has it: its number is its place among those that are reached."""
    parents = [None if each is None else (places[each],) for each in node.parents]
    return place, node.primitive, node.residual(differentiable), parents


def _gradient(g: Any, variable: Variable, differentiable: bool) -> Any:
    """What is added to ``.grad``: of the type, shape and dtype of the variable's value."""
    g = as_derivative(g, variable._value)
    return _variable(g, None) if differentiable and not isinstance(g, Variable) else g
