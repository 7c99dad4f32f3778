"""Forward mode: the function evaluated on dual numbers, each a value and its tangent.

A :class:`~admodes.modes.duals.Dual` carries how its value changes along the directions of the
inputs (W. K. Clifford, 1873; A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter
3). Every operation pushes the tangents of its arguments on to its result and keeps nothing. One
direction a pass is the textbook; a tangent with a leading axis carries several directions through
one pass.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.layout import copied
from admodes.core.levels import Level
from admodes.core.names import P, R
from admodes.core.values import has_nan, leading_axes, plain, shape_of
from admodes.modes.arguments import (
    Inputs,
    Outputs,
    as_derivative,
    as_own,
    at_level,
    check_callable,
    children,
    is_small,
    name,
    named,
    numeric,
    rebuild,
    same_leaves,
    scalar,
    tangent_for,
    value_of,
    with_auxiliary,
    with_leading_axis,
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
from admodes.modes.duals import Dual, dual
from admodes.modes.evaluating import Passes
from admodes.modes.expressions import Expression
from admodes.modes.lost import called
from admodes.modes.tape import Tape
from admodes.modes.units import Units, chunk_size_of
from admodes.modes.variables import leaf
from admodes.modes.views import expecting_views

__all__ = ["Dual", "grad", "jacobian", "jvp", "partials", "value_and_grad"]

_ROW = 1024  # entries in NumPy's buffer
_WIDE = 1 << 12  # entries of tangents from which that saves more than it costs to set it


def jvp(f: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[R, R]:
    """The value of `f` and its derivative along one direction: a Jacobian-vector product.

    Parameters
    ----------
    f
        A function of plain NumPy code.
    primals
        A tuple of its arguments: numbers, arrays of floats, nested containers of them.
    tangents
        A tuple like `primals`: the direction, of the same shapes and dtypes.

    Returns
    -------
    ``(f(*primals), tangent of the output)``, both in the output's containers and shapes. An output
    that is an integer or a boolean has a zero tangent.

    Raises
    ------
    ValueError
        Where shapes or containers of primals and tangents differ.
    TypeError
        Where `primals` or `tangents` is no tuple, or dtypes differ.

    Examples
    --------
    >>> import admodes as ad
    >>> ad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    if type(primals) is type(tangents) is tuple and len(primals) == len(tangents) == 1:
        (x,), (t,) = primals, tangents
        if is_small(x) and is_small(t) and x.shape == t.shape:
            return _of_one_array(f, copied(x), t.copy())
    inputs, directions = check_tangents(f, primals, tangents)
    output, _, pairs = run(inputs, directions)
    return _jvp(output, pairs)


def _of_one_array(f: Callable[..., Any], x: np.ndarray, t: np.ndarray) -> tuple[Any, Any]:
    """The same for one small array, of which `f` mostly makes one number."""
    check_callable(f)
    with Level() as level:
        level.single = True
        output = called(f, (expecting_views(dual(x, t, level)),), {})
        if type(output) is Dual and output._level is level:
            y, dy = output._value, output._tangent
            if type(y) is type(dy) is np.float64 and y == y and dy == dy:
                return y, dy
        inputs = Inputs(f, (x,))
        values, found = _derivatives(inputs, output, level)
    if _are_open(values, found):
        found = _along_a_recording(inputs, [t], False, values, found)
    return _jvp(output, list(zip(values, found, strict=True)))


def _jvp(output: Any, pairs: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    """A value and a tangent, in the containers of the output."""
    if isinstance(output, Dual):
        ((y, t),) = pairs
        return y, as_derivative(_own(t), y)
    value = rebuild(output, (y for y, _ in pairs))
    return value, rebuild(output, (as_derivative(_own(t), y) for y, t in pairs))


def _own(t: Any) -> Any:
    """A tangent in memory of its own: it may be a view of one that went in."""
    return t.copy() if t.__class__ is np.ndarray else t


def check_tangents(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Inputs, list[Any]]:
    """The inputs of a call and a tangent for each of their leaves; errors as for :func:`jvp`."""
    check_callable(f)
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"{what} must be a tuple of arguments, not a {type(given).__name__}")
    if len(primals) != len(tangents):
        raise ValueError(f"there are {len(primals)} primals but {len(tangents)} tangents")
    inputs = Inputs(f, primals)
    what = f"tangents of {name(f)}"
    if len(inputs.leaves) == len(primals) == 1 and children(tangents[0]) is None:
        return inputs, [tangent_for(tangents[0], inputs.leaves[0], what)]
    given = same_leaves(tuple(tangents), tuple(primals), what)
    return inputs, [tangent_for(t, x, what) for t, x in zip(given, inputs.leaves, strict=True)]


def _evaluate(
    inputs: Inputs, tangents: Sequence[Any], level: Level, has_aux: bool
) -> tuple[Any, Any]:
    """The function's output on dual numbers, and aux.

    An input without a tangent is a constant to this pass, which costs nothing. But what is made of
    a constant cannot be written into by numbers that carry derivatives, and in another pass it can:
    so where the function raises, all inputs get a tangent, from then on.
    """
    if len(tangents) > 1 and not inputs.all_carry and any(t is None for t in tangents):
        try:
            return _on_duals(inputs, tangents, level, has_aux)
        except Exception:
            inputs.all_carry = True
    if inputs.all_carry:
        lead = leading_axes(tangents, inputs.leaves)
        pairs = zip(inputs.leaves, tangents, strict=True)
        tangents = [_zero(x, lead) if t is None else t for x, t in pairs]
    return _on_duals(inputs, tangents, level, has_aux)


def _zero(x: Any, lead: tuple[int, ...]) -> Any:
    own, shape = plain(x), lead + shape_of(x)
    return np.zeros(shape, np.result_type(own)) if shape else own.__class__(0)


def _constant(x: Any) -> Any:
    """An input without a tangent, which the function may write into: the next pass has its own."""
    if x.__class__ is np.ndarray:
        return copied(x)
    return x.copy("K") if isinstance(x, Expression) and x.ndim else x


def _on_duals(
    inputs: Inputs, tangents: Sequence[Any], level: Level, has_aux: bool
) -> tuple[Any, Any]:
    values, wide = [], 0
    level.single = True
    for x, t in zip(inputs.leaves, tangents, strict=True):
        values.append(_constant(x) if t is None else dual(x, t, level))
        if t is not None and shape_of(t) != shape_of(x):
            wide += np.size(plain(t))
            level.single = False
    if wide < _WIDE:
        output = inputs.call(values)
    else:
        # Rows of tangents are multiplied by one row of values, which NumPy copies into a buffer
        # first where rows are shorter than that. A short buffer saves up to a third.
        before = np.setbufsize(_ROW)
        try:
            output = inputs.call(values)
        finally:
            np.setbufsize(before)
    return with_auxiliary(output, inputs.function, level) if has_aux else (output, None)


def run(
    inputs: Inputs, tangents: Sequence[Any], has_aux: bool = False
) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """One pass: the output, aux, and for each of the output's leaves the value and the tangent.

    An input whose tangent is ``None`` is a constant; an output that depends on no direction has the
    tangent ``None``. Tangents may have a leading axis, of directions.
    """
    with Level() as level:
        output, aux = _evaluate(inputs, tangents, level, has_aux)
        values, found = _derivatives(inputs, output, level)
    if _are_open(values, found):
        found = _along_a_recording(inputs, tangents, has_aux, values, found)
    return output, aux, list(zip(values, found, strict=True))


def _derivatives(inputs: Inputs, output: Any, level: Level) -> tuple[list[Any], list[Any]]:
    """The values and the tangents of the output's leaves, as dual numbers have them."""
    if isinstance(output, Dual) and output._level is level:  # as mostly, at half the time
        return [value_of(numeric(output, inputs.function), level)], [output._tangent]
    outputs = Outputs(output, inputs.function, level)
    return outputs.values(), outputs.tangents()


def _are_open(values: list[Any], tangents: list[Any]) -> bool:
    """Whether a NaN in a tangent, or in a value that has one, asks for a second look."""
    pairs = zip(values, tangents, strict=True)
    return any(t is not None and (has_nan(t) or has_nan(y)) for y, t in pairs)


def _along_a_recording(
    inputs: Inputs,
    tangents: Sequence[Any],
    has_aux: bool,
    values: Sequence[Any],
    found: list[Any],
) -> list[Any]:
    """The outputs' tangents, of which some are `found` to be NaN, by all that is known of them.

    Dual numbers have forgotten where from. So the function is evaluated once more, and recorded;
    and if it gives other values now, or raises, what was found stays.
    """
    try:
        tape, sources, nodes, again = _recorded(inputs, tangents, has_aux)
    except Exception as error:  # it has given a value before, so there is an answer, if a poor one
        warnings.warn(
            f"{name(inputs.function)} raised {error!r} when forward mode evaluated it once more to "
            "find out where a NaN comes from: the NaN stays",
            stacklevel=4,
        )
        return found
    if len(again) != len(values) or not all(map(_same, values, again)):
        return found
    undefined = any(map(has_nan, values))
    return tape.push(sources, nodes, leading_axes(tangents, inputs.leaves), undefined)


def _recorded(
    inputs: Inputs, tangents: Sequence[Any], has_aux: bool
) -> tuple[Tape, list[Any], list[Any], list[Any]]:
    """The recording of an evaluation, the nodes of inputs with tangents, and those of outputs."""
    with Tape() as tape:
        pairs = list(zip(inputs.leaves, tangents, strict=True))
        every = inputs.all_carry  # as they did in the pass
        leaves: list[Any] = [
            _constant(x) if t is None and not every else leaf(tape, x) for x, t in pairs
        ]
        sources = [(x._node, t) for x, (_, t) in zip(leaves, pairs, strict=True) if t is not None]
        output = inputs.call(leaves)
        if has_aux:
            output, _ = with_auxiliary(output, inputs.function, tape)
        outputs = Outputs(output, inputs.function, tape)
    return tape, sources, outputs.nodes(), outputs.values()


def _same(x: Any, y: Any) -> bool:
    return np.array_equal(plain(x), plain(y), equal_nan=True)


def value_and_grad(
    f: Callable[P, R],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[P, tuple[R, Any]]:
    """The value of a scalar function together with its gradient, by forward mode.

    Each pass gives the derivatives along `chunk_size` inputs, so N inputs take N / chunk_size: 1 is
    the textbook's forward mode, ``None`` chooses half a megabyte of tangents at a time. All else is
    that of :func:`admodes.value_and_grad`.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import forward
    >>> forward.value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        inputs = Inputs(f, args, kwargs, argnums)
        if len(inputs.leaves) == 1 and inputs.leaves[0].__class__ is float:
            value, t = _scalar_pass(inputs, [1.0], 1, has_aux)
            return value, inputs.gradients([t[0]])
        units = Units(inputs.leaves)
        size = chunk_size_of(chunk_size, units.count)
        value = None
        pieces: list[Any] = []
        several = units.count > size or any(map(is_complex, units.values))
        passes = Passes(inputs, several)
        for indices in passes.over(units.chunks(size)):
            passed, piece = _scalar_pass(inputs, units.along(indices), len(indices), has_aux)
            value = passed if value is None else value
            pieces.append(piece)
        if not pieces:
            value, _ = _scalar_pass(inputs, [None] * len(inputs.leaves), 0, has_aux)
        flat = np.concatenate(pieces) if pieces else np.zeros(0)
        if any(map(is_complex, units.values)):
            flat = together(flat, -_imaginary_directions(passes, units, size, has_aux))
        return value, inputs.gradients(units.split(flat))

    return named(value_and_gradient, f"value and gradient of {name(f)}")


def _scalar_pass(
    inputs: Inputs, tangents: Sequence[Any], count: int, has_aux: bool
) -> tuple[Any, Any]:
    """The value (with aux) and the `count` derivatives of one pass, as an array of one axis."""
    with Level() as level:
        output, aux = _evaluate(inputs, tangents, level, has_aux)
        scalar(output, inputs.function, "forward-mode gradient")
        value = value_of(output, level)
        depends = at_level(output, level)
        t = output._tangent if depends else np.zeros(count)
    if depends and (has_nan(t) or has_nan(value)):
        (t,) = _along_a_recording(inputs, tangents, has_aux, [value], [t])
    # A copy, for the tangents that went in are used again.
    t = np.reshape(t, (-1,)) if isinstance(t, Expression) else as_own(t).reshape(-1)
    return (value, aux) if has_aux else value, t


def _imaginary_directions(passes: Passes, units: Units, size: int, has_aux: bool) -> Any:
    """The derivatives along i in every complex input, zero for real ones."""
    pieces = []
    for indices in passes.over(units.chunks(size)):
        tangents = units.along(indices, 1j)
        pieces.append(_scalar_pass(passes.inputs, tangents, len(indices), has_aux)[1])
    return np.concatenate(pieces)


def grad(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[P, Any]:
    """The gradient of a scalar function, by forward mode.

    As :func:`value_and_grad` here; all else is that of :func:`admodes.grad`.

    Examples
    --------
    >>> from admodes import forward
    >>> forward.grad(lambda x: x**3)(2.0)
    12.0
    """
    both = value_and_grad(f, argnums, has_aux=has_aux, chunk_size=chunk_size)
    return without_value(both, f, argnums, has_aux)


def partials(
    f: Callable[..., Any],
    indices: Sequence[int] | np.ndarray,
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Some entries of the gradient of a scalar function, by forward mode.

    Parameters
    ----------
    f
        A function with one floating-point number as output.
    indices
        Flat positions in its first argument, counted over all leaves in order.
    chunk_size
        Directions a pass; ``None`` carries all of them through one.

    Returns
    -------
    A function of the same arguments that gives an array of shape ``(len(indices),)``.

    Raises
    ------
    ValueError
        Where a position is out of range, or there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import forward
    >>> forward.partials(lambda x: np.sum(x * x), [0, 2])(np.arange(4.0))
    array([0., 4.])
    """
    check_callable(f)
    wanted = np.asarray(indices)
    if wanted.ndim != 1 or wanted.size == 0 or wanted.dtype.kind not in "iu":
        raise ValueError("partials: indices must be one or more integers, in one axis")
    size = len(wanted) if chunk_size is None else chunk_size_of(chunk_size, len(wanted))

    def derivatives(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, 0)
        units = Units(inputs.leaves)
        if wanted.min() < 0 or wanted.max() >= units.count:
            raise ValueError(
                f"partials: the argument has {units.count} entries, not {wanted.max()}"
            )
        passes = Passes(inputs, size < len(wanted))
        pieces = [
            _scalar_pass(inputs, units.along(chunk), len(chunk), False)[1]
            for chunk in passes.over(np.split(wanted, range(size, len(wanted), size)))
        ]
        return np.concatenate(pieces)

    return named(derivatives, f"partial derivatives of {name(f)}")


def jacobian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
) -> Callable[P, Any]:
    """All first derivatives of a function, by forward mode: a column an input.

    `chunk_size` is the number of inputs a pass. All else is that of :func:`admodes.jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import forward
    >>> forward.jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)

    def columns(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, argnums)
        units = Units(inputs.leaves)
        size = chunk_size_of(chunk_size, units.count)
        several = units.count > size or any(map(is_complex, units.values))
        passes = Passes(inputs, several)
        output, aux, matrices = _along_all(passes, units, size, has_aux, holomorphic)
        turned = None
        if not holomorphic and any(map(is_complex, units.values)):  # real outputs of complex inputs
            *_, turned = _along_all(passes, units, size, has_aux, holomorphic, 1j)
        results = by_columns(units, matrices, turned)
        if holomorphic:
            ts = random_directions(units.values)
            for _ in passes.over([range(1)]):
                pushed = run(inputs, times_i(ts))[2]
            check_holomorphic(f, results, ts, [t for _, t in pushed])
        jacobians = rebuild(output, map(inputs.like, results))
        return (jacobians, aux) if has_aux else jacobians

    return named(columns, f"jacobian of {name(f)}")


def by_columns(
    units: Units, matrices: Sequence[Any], turned: Sequence[Any] | None
) -> list[list[Any]]:
    """The Jacobian of each output by each input, from the outputs' derivatives, a row an input.

    By complex inputs of real outputs: `turned` are those along i.
    """
    if turned is not None:
        matrices = [together(m, -n) for m, n in zip(matrices, turned, strict=True)]
    results = []
    for matrix in matrices:
        columns_last = np.transpose(matrix, (*range(1, matrix.ndim), 0))
        parts = units.split(columns_last)
        if turned is not None:
            pairs = zip(parts, units.values, strict=True)
            parts = [part if is_complex(x) else np.real(part) for part, x in pairs]
        results.append(parts)
    return results


def _along_all(
    passes: Passes,
    units: Units,
    size: int,
    has_aux: bool,
    holomorphic: bool,
    scale: complex = 1,
) -> tuple[Any, Any, list[Any]]:
    """The output, aux, and of each leaf of the output the derivatives, a row an input."""
    blocks: list[list[Any]] = []
    output: Any = None
    aux: Any = None
    pairs: list[tuple[Any, Any]] = []
    inputs = passes.inputs
    for indices in passes.over(units.chunks(size) if units.count else [range(0)]):
        output, pairs = None, []  # those of the pass before, whose tangents are in its block
        tangents = units.along(indices, scale) if len(indices) else [None] * len(inputs.leaves)
        output, aux, pairs = run(inputs, tangents, has_aux)
        if not blocks:
            check_kinds(inputs.function, inputs.leaves, [y for y, _ in pairs], holomorphic)
        blocks.append([with_leading_axis(t, y, len(indices)) for y, t in pairs])
    output, pairs = rebuild(output, (y for y, _ in pairs)), []  # (a Dual holds its tangent)
    matrices = [
        parts[0] if len(parts) == 1 else np.concatenate(parts)
        for parts in zip(*blocks, strict=True)
    ]
    return output, aux, matrices
