"""Forward mode: the function evaluated on dual numbers, each a value and its tangent.

A :class:`~admodes.modes.duals.Dual` carries how its value changes along the directions of the
inputs (W. K. Clifford, 1873; A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter
3). Every operation pushes the tangents of its arguments on to its result and keeps nothing. One
direction a pass is the textbook; a tangent with a leading axis carries several directions through
one pass.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from admodes.core.kinds import kind_of
from admodes.core.layout import copied
from admodes.core.levels import Level
from admodes.core.types import P, R
from admodes.modes.arguments import (
    Inputs,
    as_derivative,
    check_callable,
    is_small,
    name,
    named,
    tangent_for,
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
from admodes.modes.containers import children, rebuild, same_leaves
from admodes.modes.duals import Dual, dual
from admodes.modes.evaluating import Passes
from admodes.modes.lost import called
from admodes.modes.pushing import (
    along_a_recording,
    are_open,
    run,
    scalar_pass,
    values_and_tangents,
)
from admodes.modes.units import Units, chunk_size_of, joined
from admodes.modes.views import expecting_views
from admodes.workers.giving import Elsewhere, check
from admodes.workers.made_by import made_again

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Dual", "grad", "jacobian", "jvp", "partials", "value_and_grad"]


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
        values, found = values_and_tangents(inputs, output, level)
    if are_open(values, found):
        found = along_a_recording(inputs, [t], False, values, found)
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
            raise TypeError(f"{what} must be a tuple of arguments, not {kind_of(given)}")
    if len(primals) != len(tangents):
        raise ValueError(f"there are {len(primals)} primals but {len(tangents)} tangents")
    inputs = Inputs(f, primals)
    what = f"tangents of {name(f)}"
    if len(inputs.leaves) == len(primals) == 1 and children(tangents[0]) is None:
        return inputs, [tangent_for(tangents[0], inputs.leaves[0], what)]
    given = same_leaves(tuple(tangents), tuple(primals), what)
    return inputs, [tangent_for(t, x, what) for t, x in zip(given, inputs.leaves, strict=True)]


@made_again
def value_and_grad(
    f: Callable[P, R],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
) -> Callable[P, tuple[R, Any]]:
    """The value of a scalar function together with its gradient, by forward mode.

    Each pass gives the derivatives along `chunk_size` inputs, so N inputs take N / chunk_size: 1 is
    the textbook's forward mode, ``None`` chooses half a megabyte of tangents at a time. All else is
    that of :func:`admodes.value_and_grad`.

    Parameters
    ----------
    executor
        Any ``concurrent.futures.Executor``, whose workers share the passes; it stays yours. The
        caller makes the first pass. The same passes give the same numbers, bit for bit, however
        many workers there are.

    Raises
    ------
    WorkersFailed
        A ``RuntimeError`` of :mod:`admodes.workers`: a worker died, the cluster went away. What `f`
        raises in a worker is raised as it is.
    TypeError
        Where `executor` is none; where `f` cannot travel to a worker: it is a lambda, say, and
        cloudpickle is not installed; inside of another differentiation.
    RuntimeError
        Where `f` gives another value in a worker: it depends on what is not there.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import forward
    >>> forward.value_and_grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as executor:
    ...     forward.value_and_grad(np.prod, executor=executor)(np.array([2.0, 3.0]))
    (np.float64(6.0), array([3., 2.]))
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)
    check(executor)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        inputs = Inputs(f, args, kwargs, argnums)
        if executor is not None:
            return _by_workers(executor, inputs, chunk_size, has_aux)
        if len(inputs.leaves) == 1 and inputs.leaves[0].__class__ is float:
            value, t = scalar_pass(inputs, [1.0], 1, has_aux)
            return value, inputs.gradients([t[0]])
        units = Units(inputs.leaves)
        size = chunk_size_of(chunk_size, units.count)
        value = None
        pieces: list[Any] = []
        several = units.count > size or any(map(is_complex, units.values))
        passes = Passes(inputs, several)
        for indices in passes.over(units.chunks(size)):
            passed, piece = scalar_pass(inputs, units.along(indices), len(indices), has_aux)
            value = passed if value is None else value
            pieces.append(piece)
        if not pieces:
            value, _ = scalar_pass(inputs, [None] * len(inputs.leaves), 0, has_aux)
        flat = np.concatenate(pieces) if pieces else np.zeros(0)
        if any(map(is_complex, units.values)):
            flat = together(flat, -_imaginary_directions(passes, units, size, has_aux))
        return value, inputs.gradients(units.split(flat))

    return named(value_and_gradient, f"value and gradient of {name(f)}")


def _by_workers(
    executor: "Executor", inputs: Inputs, chunk_size: int | None, has_aux: bool
) -> tuple[Any, Any]:
    """The value and the gradient, by passes that workers share."""
    units = Units(inputs.leaves)
    size = chunk_size_of(chunk_size, units.count)
    scales = (1, 1j) if any(map(is_complex, units.values)) else (1,)
    chunks = [(indices, scale) for scale in scales for indices in units.chunks(size)]
    value, flat = _pieces(executor, inputs, units, chunks, has_aux)
    if len(scales) > 1:
        flat = together(flat[: units.count], -flat[units.count :])
    return value, inputs.gradients(units.split(flat))


def _pieces(
    executor: "Executor",
    inputs: Inputs,
    units: Units,
    chunks: Sequence[tuple[Any, complex]],
    has_aux: bool = False,
) -> tuple[Any, Any]:
    """The value, and the derivatives along all chunks: the first pass is made here."""
    elsewhere = Elsewhere(executor, "Gradient", inputs, has_aux=has_aux)
    own, others = elsewhere.divided(chunks)
    with elsewhere.making(others) as results:
        first, scale = own[0] if own else (range(0), 1)
        tangents = units.along(first, scale) if own else [None] * len(inputs.leaves)
        value, piece = scalar_pass(inputs, tangents, len(first), has_aux)
        pieces = [piece, *results([value[0] if has_aux else value])]
    return value, np.concatenate(pieces)


def _imaginary_directions(passes: Passes, units: Units, size: int, has_aux: bool) -> Any:
    """The derivatives along i in every complex input, zero for real ones."""
    pieces = []
    for indices in passes.over(units.chunks(size)):
        tangents = units.along(indices, 1j)
        pieces.append(scalar_pass(passes.inputs, tangents, len(indices), has_aux)[1])
    return np.concatenate(pieces)


@made_again
def grad(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
) -> Callable[P, Any]:
    """The gradient of a scalar function, by forward mode.

    As :func:`value_and_grad` here; all else is that of :func:`admodes.grad`.

    Examples
    --------
    >>> from admodes import forward
    >>> forward.grad(lambda x: x**3)(2.0)
    12.0
    """
    both = value_and_grad(f, argnums, has_aux=has_aux, chunk_size=chunk_size, executor=executor)
    return without_value(both, f, argnums, has_aux)


@made_again
def partials(
    f: Callable[..., Any],
    indices: Sequence[int] | np.ndarray,
    *,
    chunk_size: int | None = None,
    executor: "Executor | None" = None,
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
    executor
        As for :func:`value_and_grad`.

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
    check(executor)

    def derivatives(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, 0)
        units = Units(inputs.leaves)
        if wanted.min() < 0 or wanted.max() >= units.count:
            raise ValueError(
                f"partials: the argument has {units.count} entries, not {wanted.max()}"
            )
        chunks = np.split(wanted, range(size, len(wanted), size))
        if executor is not None:
            return _pieces(executor, inputs, units, [(chunk, 1) for chunk in chunks])[1]
        passes = Passes(inputs, size < len(wanted))
        pieces = [
            scalar_pass(inputs, units.along(chunk), len(chunk), False)[1]
            for chunk in passes.over(chunks)
        ]
        return np.concatenate(pieces)

    return named(derivatives, f"partial derivatives of {name(f)}")


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
    """All first derivatives of a function, by forward mode: a column an input.

    `chunk_size` is the number of inputs a pass, and workers of an `executor` share the passes, as
    for :func:`value_and_grad` here. All else is that of :func:`admodes.jacobian`.

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
    check(executor)

    def columns(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, argnums)
        units = Units(inputs.leaves)
        size = chunk_size_of(chunk_size, units.count)
        several = units.count > size or any(map(is_complex, units.values))
        passes = Passes(inputs, several)
        elsewhere = Elsewhere(executor, "Columns", inputs, has_aux=has_aux)
        options = size, has_aux, holomorphic, elsewhere
        output, aux, matrices = _along_all(passes, units, *options)
        turned = None
        if not holomorphic and any(map(is_complex, units.values)):  # real outputs of complex inputs
            *_, turned = _along_all(passes, units, *options, 1j)
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
    elsewhere: Elsewhere,
    scale: complex = 1,
) -> tuple[Any, Any, list[Any]]:
    """The output, aux, and of each leaf of the output the derivatives, a row an input."""
    blocks: list[list[Any]] = []
    output: Any = None
    aux: Any = None
    pairs: list[tuple[Any, Any]] = []
    inputs = passes.inputs
    chunks = list(units.chunks(size)) if units.count else [range(0)]
    own, others = elsewhere.divided(chunks)
    with elsewhere.making([(indices, scale) for indices in others]) as results:
        for indices in passes.over(own):
            output, pairs = None, []  # those of the pass before, whose tangents are in its block
            tangents = units.along(indices, scale) if len(indices) else [None] * len(inputs.leaves)
            output, aux, pairs = run(inputs, tangents, has_aux)
            if not blocks:
                check_kinds(inputs.function, inputs.leaves, [y for y, _ in pairs], holomorphic)
            blocks.append([with_leading_axis(t, y, len(indices)) for y, t in pairs])
        values = [y for y, _ in pairs]
        output, pairs = rebuild(output, iter(values)), []  # (a Dual holds its tangent)
        blocks += results(values)
    return output, aux, joined(blocks, values)
