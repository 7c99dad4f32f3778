"""Reverse mode: one evaluation that is recorded, then one sweep back from the output.

A :class:`~admodes.modes.variables.Variable` is a value and the node that made it; its operators
record on a :class:`~admodes.modes.tape.Tape`, whose sweep gives the effect of every input on one
output.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from admodes.core.layout import copied
from admodes.core.types import P, R, Ts
from admodes.core.values import fresh, has_nan, is_floating, leading_axes, plain
from admodes.modes.arguments import (
    Inputs,
    Outputs,
    as_derivative,
    at_level,
    check_callable,
    is_small,
    name,
    named,
    scalar,
    tangent_for,
    value_of,
    with_auxiliary,
    without_value,
)
from admodes.modes.complex_derivatives import (
    check_holomorphic,
    check_kinds,
    is_complex,
    random_directions,
    times_i,
    together,
)
from admodes.modes.containers import map_leaves, rebuild, same_leaves
from admodes.modes.cotangents import seed
from admodes.modes.lost import called
from admodes.modes.reading import ReadableTape
from admodes.modes.tape import Tape
from admodes.modes.units import (
    Units,
    along_all,
    block_of,
    chunk_size_of,
    joined,
    size_of_passes,
)
from admodes.modes.variables import Variable, leaf
from admodes.modes.views import expecting_views
from admodes.workers.giving import Elsewhere, check
from admodes.workers.made_by import made_again

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Pullback", "Variable", "grad", "jacobian", "value_and_grad", "vjp"]


@made_again
def value_and_grad(
    f: Callable[P, R],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
) -> Callable[P, tuple[R, Any]]:
    """The value of a scalar function together with its gradient, by reverse mode.

    One recorded evaluation and one sweep, whatever the number of inputs; `chunk_size` and
    `executor` are without effect, for a gradient is one row, and here so that both modes have one
    face. All else is that of :func:`admodes.value_and_grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import reverse
    >>> reverse.value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)
    check(executor)
    by_first = argnums.__class__ is int and argnums == 0 and not has_aux

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        if by_first and len(args) == 1 and not kwargs and is_small(args[0]):
            return _of_one_array(f, copied(args[0]))
        inputs = Inputs(f, args, kwargs, argnums)
        with Tape() as tape:
            variables = [leaf(tape, x) for x in inputs.leaves]
            sources = [v._node for v in variables]
            output = inputs.call(variables)
            output, aux = with_auxiliary(output, f, tape) if has_aux else (output, None)
            value, gradients = _swept(f, tape, output, sources, inputs.leaves)
        return (value, aux) if has_aux else value, inputs.gradients(gradients)

    return named(value_and_gradient, f"value and gradient of {name(f)}")


def _swept(
    f: Callable[..., Any], tape: Tape, output: Any, sources: list[Any], values: list[Any]
) -> tuple[Any, list[Any]]:
    """The value and the gradients, by the recording of an output."""
    scalar(output, f, "reverse-mode gradient")
    value, seeds = value_of(output, tape), []
    if at_level(output, tape):
        seeds.append((output._node, seed(plain(value))))
    gradients = tape.pull(seeds, sources, undefined=has_nan(value), values=values)
    tape.nodes.clear()
    return value, gradients


def _of_one_array(f: Callable[..., Any], x: np.ndarray) -> tuple[Any, Any]:
    """The same for one small array, of which `f` mostly makes one number."""
    with Tape() as tape:
        variable = expecting_views(leaf(tape, x))
        source = variable._node
        output = called(f, (variable,), {})
        if type(output) is Variable and output._level is tape:
            y = output._value
            if type(y) is np.float64 and y == y:
                g = tape.gradient(output._node, source, x)
                if g is not None and g.dtype is x.dtype:
                    tape.nodes.clear()
                    return y, g
        value, (g,) = _swept(f, tape, output, [source], [x])
    return value, as_derivative(g, x)


@made_again
def grad(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
) -> Callable[P, Any]:
    """The gradient of a scalar function, by reverse mode.

    As :func:`value_and_grad` here; all else is that of :func:`admodes.grad`.

    Examples
    --------
    >>> from admodes import reverse
    >>> reverse.grad(lambda x: x**3)(2.0)
    12.0
    """
    both = value_and_grad(f, argnums, has_aux=has_aux, chunk_size=chunk_size, executor=executor)
    return without_value(both, f, argnums, has_aux)


class Pullback:
    """The map from a cotangent of the output to those of the arguments, of one evaluation.

    It may be called as often as one likes. `tape` is the recording it walks:
    ``len(pullback.tape)`` operations, ``pullback.tape.nbytes`` bytes of residuals, and
    ``print(pullback.tape)`` shows them, each with your line that made it.

    Examples
    --------
    >>> import admodes as ad
    >>> def f(a, b):
    ...     c = a + b
    ...     return c * (b + 1)
    >>> value, pullback = ad.vjp(f, 2.0, 1.0)
    >>> pullback
    <Pullback of f: 3 operations, 16 B kept>
    >>> print(pullback.tape)  # doctest: -NORMALIZE_WHITESPACE
    tape of f: 3 operations, 16 B kept
    <BLANKLINE>
    no.  operation  operands  shape  keeps   adds  line of ...
      0  input      a         ()
      1  input      b         ()
      2  add        #0, #1    ()     –          –  2: c = a + b
      3  add        #1, 1     ()     –          –  3: return c * (b + 1)
      4  multiply   #2, #3    ()     #2, #3  16 B  3: return c * (b + 1)
    """

    def __init__(self, tape: Tape, inputs: Inputs, sources: list[Any], output: Any) -> None:
        self.tape = tape
        self._inputs, self.sources = inputs, sources
        outputs = Outputs(output, inputs.function, tape)
        self._nodes, self.values = outputs.nodes(), outputs.values()
        self.output = outputs.like(self.values)
        self.is_undefined = any(is_floating(y) and has_nan(y) for y in self.values)

    def __repr__(self) -> str:
        return repr(self.tape).replace("<Tape", "<Pullback", 1)

    def pull(self, cts: Sequence[Any], directions: tuple[int, ...] = ()) -> list[Any]:
        """Cotangents of the inputs' leaves, ``None`` for zero, from those of the output's."""
        seeds = [
            (node, ct)
            for node, ct in zip(self._nodes, cts, strict=True)
            if node is not None and ct is not None
        ]
        leaves = self._inputs.leaves
        return self.tape.pull(seeds, self.sources, directions, self.is_undefined, leaves)

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Tangents of the output's leaves, ``None`` for zero, from those of the inputs'."""
        lead = leading_axes(tangents, self._inputs.leaves)
        sources = list(zip(self.sources, tangents, strict=True))
        return self.tape.push(sources, self._nodes, lead, self.is_undefined)

    def __call__(self, ct: Any) -> tuple[Any, ...]:
        what = f"pullback of {name(self._inputs.function)}: cotangent"
        given = same_leaves(ct, self.output, what)
        cts = [
            tangent_for(g, y, what) if is_floating(y) else None
            for g, y in zip(given, self.values, strict=True)
        ]
        return self._inputs.gradients(self.pull(cts))


def record(
    f: Callable[..., Any],
    inputs: Inputs,
    has_aux: bool = False,
    nodes: list[Any] | None = None,
    tape: ReadableTape | None = None,
    kind: type[Variable] = Variable,
) -> tuple[Pullback, Any]:
    """One recorded evaluation, its nodes in the list `nodes`, and its auxiliary output.

    A `tape` that is given looks on, by variables of its `kind`.
    """
    with ReadableTape() if tape is None else tape as tape:
        tape.inputs = inputs
        tape.nodes = tape.nodes if nodes is None else nodes
        variables = [leaf(tape, x, kind) for x in inputs.leaves]
        sources = [v._node for v in variables]
        output = inputs.call(variables)
        output, aux = with_auxiliary(output, f, tape) if has_aux else (output, None)
        pullback = Pullback(tape, inputs, sources, output)
        tape.outputs = pullback._nodes
    del output, variables
    tape.prune()
    return pullback, aux


def vjp(f: Callable[[*Ts], R], *primals: *Ts) -> tuple[R, Pullback]:
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


@made_again
def jacobian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
    executor: "Executor | None" = None,
) -> Callable[P, Any]:
    """All first derivatives of a function, by reverse mode: a row an output.

    One recorded evaluation, and a sweep for every `chunk_size` outputs. Workers of an `executor`
    share the sweeps, as forward mode's passes (:func:`admodes.forward.value_and_grad`): each of
    them records an evaluation of its own. All else is that of :func:`admodes.jacobian`.

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
    check(executor)

    def rows(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, argnums)
        elsewhere = Elsewhere(executor, "Rows", inputs, has_aux=has_aux, record=record)
        pullback, aux = record(f, inputs, has_aux)
        jacobians = every_row(pullback, inputs, chunk_size, holomorphic, elsewhere)
        return (jacobians, aux) if has_aux else jacobians

    return named(rows, f"jacobian of {name(f)}")


def every_row(
    pullback: Pullback,
    inputs: Inputs,
    chunk_size: int | None,
    holomorphic: bool = False,
    elsewhere: Elsewhere | None = None,
) -> Any:
    """The Jacobian of what was recorded, `chunk_size` rows a sweep."""
    check_kinds(inputs.function, inputs.leaves, pullback.values, holomorphic)
    units = Units(pullback.values)
    sweeps = partial(_swept_rows, pullback, inputs, units, chunk_size, elsewhere)
    matrices = sweeps(1)
    turned: list[Any] = [None] * len(matrices)
    if not holomorphic and any(map(is_complex, pullback.values)):
        turned = sweeps(-1j)
    results, start = [], 0
    for value in pullback.values:
        stop = start + np.size(plain(value))
        parts = []
        for m, n, x in zip(matrices, turned, inputs.leaves, strict=True):
            rows = m[start:stop]
            if n is not None and is_complex(value):  # a complex output of real inputs
                rows = together(rows, n[start:stop])
            parts.append(block(rows, value, x))
        results.append(parts)
        start = stop
    if holomorphic:
        check_rows(pullback, inputs, results)
    return rebuild(pullback.output, map(inputs.like, results))


def _swept_rows(
    pullback: Pullback,
    inputs: Inputs,
    units: Units,
    chunk_size: int | None,
    elsewhere: Elsewhere | None,
    scale: complex,
) -> list[Any]:
    """For each of the inputs a row an output."""
    if elsewhere is None:
        return along_all(units, pullback.pull, inputs.leaves, chunk_size, scale)
    chunks = list(units.chunks(size_of_passes(units, inputs.leaves, chunk_size)))
    own, others = elsewhere.divided(chunks)
    with elsewhere.making([(indices, scale) for indices in others]) as results:
        blocks = [block_of(units, pullback.pull, inputs.leaves, each, scale) for each in own]
        blocks += results(pullback.values)
    return joined(blocks, inputs.leaves)


def block(rows: Any, value: Any, x: Any) -> Any:
    """The rows of one output and one input, in the precision of these, not of what is between."""
    value, x = plain(value), plain(x)
    dtype = np.result_type(value, x)
    rows = rows if plain(rows).dtype.itemsize <= dtype.itemsize else np.astype(rows, dtype)
    return np.reshape(rows, np.shape(value) + np.shape(x))


def check_rows(pullback: Pullback, inputs: Inputs, results: list[list[Any]]) -> None:
    """Check that a Jacobian is that of a holomorphic function, as it is said to be."""
    cts = random_directions(pullback.values)
    pulled = pullback.pull(times_i(cts))
    transposed = [
        [
            np.moveaxis(plain(block), range(np.ndim(ct)), range(-np.ndim(ct), 0))
            for block, ct in zip(column, cts, strict=True)
        ]
        for column in zip(*results, strict=True)
    ]
    check_holomorphic(inputs.function, transposed, cts, pulled)
