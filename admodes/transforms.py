"""Both modes behind one face, and what is made of them: ``mode=`` chooses, nothing else changes."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from admodes import forward, mixed, reverse
from admodes.choosing import automatic
from admodes.core.types import Backend, Mode, Nesting, P, R, Ts
from admodes.core.values import fresh
from admodes.modes.arguments import (
    Inputs,
    as_derivative,
    check_callable,
    name,
    named,
    scalar,
    tangent_for,
)
from admodes.modes.chosen import Choosing
from admodes.modes.complex_derivatives import refuse_complex
from admodes.modes.containers import leaves, map_leaves, rebuild, same_leaves
from admodes.programs.remembering import programmed, refuse_backend, remembered
from admodes.workers.giving import check
from admodes.workers.made_by import made_again

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = [
    "Mode",
    "Nesting",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "value_and_grad",
]

MODES = {"forward": forward, "reverse": reverse}
NESTINGS = tuple(f"{outer}-over-{inner}" for outer in MODES for inner in MODES)


def _mode(mode: str, choices: Sequence[str] = tuple(MODES)) -> Any:
    if mode not in choices:
        raise ValueError(f"mode must be one of {', '.join(map(repr, choices))}, not {mode!r}")
    return MODES.get(mode)


def _nesting(modes: str) -> list[Any]:
    if modes not in NESTINGS:
        raise ValueError(f"modes must be one of {', '.join(map(repr, NESTINGS))}, not {modes!r}")
    return [MODES[mode] for mode in modes.split("-over-")]


def _refuse_executor(what: str, executor: Any, compiled: bool) -> None:
    """Where it is none, or for a program, which has no passes that could be shared."""
    check(executor)
    if executor is not None and compiled:
        raise ValueError(f"{what}: a program takes no executor=: leave out that or compiled=True")


@made_again
def grad(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    mode: Mode = "reverse",
    has_aux: bool = False,
    chunk_size: int | None = None,
    compiled: bool = False,
    backend: Backend = "numpy",
    executor: "Executor | None" = None,
) -> Callable[P, Any]:
    """The gradient of a scalar function, by either mode.

    Parameters
    ----------
    f
        A function of plain NumPy code, with one floating-point number (shape ``()``) as output.
    argnums
        The position of the argument, or a tuple of them, to differentiate by.
    mode
        ``"reverse"``: one recorded evaluation and one sweep. ``"forward"``: a pass for every
        `chunk_size` inputs.
    has_aux
        `f` returns ``(output, aux)``; then this gives ``(gradient, aux)``, aux made plain.
    chunk_size
        Directions a pass in forward mode; ``None`` chooses half a megabyte of tangents.
    compiled
        The first call records what is computed, as a :class:`Program` does, and those after it
        repeat that, without the recording; ``.program`` of what is returned can be printed.
    backend
        What repeats it under `compiled`: ``"numpy"``, the same numbers bit for bit, or
        ``"compiled"``, loops of machine code, which give the same up to rounding and need llvmlite:
        ``pip install llvmlite``. As for :func:`program`.
    executor
        Workers that share the passes of forward mode, as for
        :func:`admodes.forward.value_and_grad`; without effect on reverse mode's one sweep.

    Returns
    -------
    A function of the same arguments that gives the gradient, with the containers, shapes and dtypes
    of the argument; a tuple where `argnums` is one. It is fresh memory, yours to write into.

    Raises
    ------
    TypeError
        Where the output is not one floating-point number, or the argument no float.
    ValueError
        Where `argnums`, `mode` or `chunk_size` is out of range; where there is a `backend` without
        `compiled`.
    NotImplementedError
        Where `f` calls a NumPy function that has no rule.
    Unrepeatable
        Under `compiled`, where `f` does what a program cannot repeat.
    ImportError
        Where a back end needs what is not installed.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> ad.grad(lambda x: np.sum(np.sin(x)))(np.zeros(2))
    array([1., 1.])
    >>> ad.grad(lambda x, y: x * y, argnums=(0, 1), mode="forward")(2.0, 3.0)
    (3.0, 2.0)
    >>> quick = ad.grad(lambda x: np.sum(np.sin(x)), compiled=True)
    >>> quick(np.zeros(2)), quick(np.full(2, np.pi))  # recorded, and repeated
    (array([1., 1.]), array([-1., -1.]))
    """
    _refuse_executor("grad", executor, compiled)
    options: dict[str, Any] = {"has_aux": has_aux, "chunk_size": chunk_size, "executor": executor}
    gradient = _mode(mode).grad(f, argnums, **options)
    if compiled:
        return programmed(gradient, f, "gradient", argnums, backend)
    refuse_backend("grad", backend)
    return gradient


@made_again
def value_and_grad(
    f: Callable[P, R],
    argnums: int | Sequence[int] = 0,
    *,
    mode: Mode = "reverse",
    has_aux: bool = False,
    chunk_size: int | None = None,
    compiled: bool = False,
    backend: Backend = "numpy",
    executor: "Executor | None" = None,
) -> Callable[P, tuple[R, Any]]:
    """The value of a scalar function together with its gradient, by either mode.

    Arguments and errors are those of :func:`grad`. Gives ``(value, gradient)``, or
    ``((value, aux), gradient)`` under `has_aux`.

    Examples
    --------
    >>> import admodes as ad
    >>> ad.value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    _refuse_executor("value_and_grad", executor, compiled)
    options: dict[str, Any] = {"has_aux": has_aux, "chunk_size": chunk_size, "executor": executor}
    both = _mode(mode).value_and_grad(f, argnums, **options)
    if compiled:
        return programmed(both, f, "value and gradient", argnums, backend)
    refuse_backend("value_and_grad", backend)
    return both


@overload
def jacobian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    mode: Literal["mixed", "auto"] = "auto",
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
    compiled: bool = False,
    backend: Backend = "numpy",
    executor: "Executor | None" = None,
) -> Choosing[P]: ...


@overload
def jacobian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    mode: Mode,
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
    compiled: bool = False,
    backend: Backend = "numpy",
    executor: "Executor | None" = None,
) -> Callable[P, Any]: ...


@made_again
def jacobian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    mode: Mode | Literal["mixed", "auto"] = "auto",
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
    compiled: bool = False,
    backend: Backend = "numpy",
    executor: "Executor | None" = None,
) -> Callable[P, Any]:
    """All first derivatives of a function.

    Parameters
    ----------
    f
        A function of plain NumPy code; its output may be any array or nested container.
    argnums, has_aux
        As for :func:`grad`.
    mode
        ``"forward"``: a pass per `chunk_size` inputs. ``"reverse"``: a sweep per `chunk_size`
        outputs. ``"mixed"``: both, of as many directions as numbers are alive at the narrowest
        place between inputs and outputs, as :func:`admodes.mixed.jacobian`; where there is none,
        the better of the two. ``"auto"``, which takes one of the two alone, evaluates `f` once to
        see how many outputs there are (recorded where there are many inputs, so that reverse mode
        goes on from there). Where one number is much the larger, or the derivative is small, a
        rule of thumb takes the mode. Elsewhere :func:`admodes.recommend` does, and the `chunk_size`
        too, for a typical machine: measuring this one would take longer than most derivatives. So
        the same sizes and operations give the same choice. Only where the derivative takes long
        enough to pay for it, and that leaves several ways open, a pass of each is timed, for a
        tenth of the whole at most. The choice is made once for each of the shapes and dtypes that
        the function is called with, and remembered as long as there is the function;
        ``.choice()`` of what is returned says which one the last call took, and why; before the
        first it is a ``RuntimeError``.
    chunk_size
        Inputs a pass, or rows a sweep.
    holomorphic
        `f` takes complex numbers, gives complex numbers, and has one complex derivative by each.
        That it has is seen from one direction more. Without this, inputs or outputs must be real:
        of complex outputs y of a real x the Jacobian is ∂y/∂x, and of real outputs f of
        z = x + iy it is ∂f/∂x - i ∂f/∂y, as a gradient is.
    compiled, backend
        As for :func:`grad`.
    executor
        Workers that share the passes, as for :func:`admodes.forward.value_and_grad`. Mixed mode and
        programs have none.

    Returns
    -------
    A function of the same arguments. For an array in and an array out it gives an array of shape
    ``output.shape + input.shape``; for containers, the output's container of the input's.

    Raises
    ------
    As for :func:`grad`; TypeError for complex inputs and outputs that are not said to be
    holomorphic, or real ones that are; ValueError where they prove not to be.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> ad.jacobian(lambda x: x[:1] * x)(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    >>> squares = ad.jacobian(lambda x: x * x)
    >>> print(squares(np.ones(1)), squares.choice())
    [[2.]] forward mode (few inputs)
    """
    _mode(mode, (*MODES, "mixed", "auto"))
    _refuse_executor("jacobian", executor, compiled)
    if executor is not None and mode == "mixed":
        raise ValueError(
            'jacobian: mixed mode takes no executor=: take mode="forward", "reverse" or "auto"'
        )
    if compiled:
        own = jacobian(
            f,
            argnums,
            mode=mode,
            has_aux=has_aux,
            chunk_size=chunk_size,
            holomorphic=holomorphic,
        )
        return programmed(own, f, "Jacobian", argnums, backend)
    refuse_backend("jacobian", backend)
    faces: dict[str, Any] = {**MODES, "mixed": mixed, "auto": automatic}
    spread = {} if executor is None else {"executor": executor}
    return faces[mode].jacobian(
        f, argnums, has_aux=has_aux, chunk_size=chunk_size, holomorphic=holomorphic, **spread
    )


jacfwd = forward.jacobian
jacrev = reverse.jacobian


def linearize(f: Callable[[*Ts], R], *primals: *Ts) -> tuple[R, Callable[..., R]]:
    """The value of `f` and its linear map there, evaluated once and applied as often as wanted.

    The evaluation is recorded as for reverse mode, and tangents are pushed along the recording: the
    residuals are computed once (Radul et al., "You Only Linearize Once", POPL 2023).

    Gives ``(f(*primals), pushforward)``. ``pushforward(*tangents)`` takes a tangent for each
    argument and gives that of the output. Arguments and errors are those of :func:`jvp`.

    Examples
    --------
    >>> import admodes as ad
    >>> value, pushforward = ad.linearize(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pushforward(1.0, 0.0), pushforward(0.0, 1.0)
    (6.0, 3.0, 2.0)
    """
    check_callable(f)
    inputs = Inputs(f, primals)
    pullback, _ = reverse.record(f, inputs)

    def pushforward(*tangents: Any) -> Any:
        what = f"pushforward of {name(f)}: tangent"
        given = same_leaves(tangents, tuple(primals), what)
        own = [tangent_for(t, x, what) for t, x in zip(given, inputs.leaves, strict=True)]
        pushed = zip(pullback.push(own), pullback.values, strict=True)
        return rebuild(pullback.output, (as_derivative(fresh(t), y) for t, y in pushed))

    return map_leaves(fresh, pullback.output), pushforward


def jvp(
    f: Callable[..., R],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    compiled: bool = False,
    backend: Backend = "numpy",
) -> tuple[R, R]:
    """The value of `f` and its derivative along a direction: a Jacobian-vector product.

    One evaluation on dual numbers, in forward mode.

    Parameters
    ----------
    f, primals, tangents
        As for :func:`admodes.forward.jvp`.
    compiled, backend
        The first call with `f` records what is computed, and those after it repeat that: as for
        :func:`grad`. The programs of the latest functions are remembered.

    Raises
    ------
    As for :func:`admodes.forward.jvp`; TypeError under `compiled` for a function without a hash.

    Examples
    --------
    >>> import admodes as ad
    >>> ad.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    if compiled:
        return remembered(forward.jvp, f, "tangent", backend)(primals, tangents)
    refuse_backend("jvp", backend)
    return forward.jvp(f, primals, tangents)


def hvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    modes: Nesting = "forward-over-reverse",
    compiled: bool = False,
    backend: Backend = "numpy",
) -> Any:
    """The product of the Hessian of a scalar function with a direction.

    Parameters
    ----------
    f
        A function of plain NumPy code, with one floating-point number as output.
    primals, tangents
        Tuples of the arguments and of the direction, as for :func:`jvp`.
    modes
        The nesting, outer mode first: ``"forward-over-reverse"`` pushes one tangent through a
        gradient, ``"reverse-over-forward"`` takes the gradient of one tangent,
        ``"reverse-over-reverse"`` that of gradient times direction: each a fixed multiple of `f`,
        whatever the number of inputs (``python -m experiments nesting``);
        ``"forward-over-forward"`` takes a pass an input.
    compiled, backend
        As for :func:`jvp`.

    Returns
    -------
    A tuple like `primals`.

    Raises
    ------
    As for :func:`grad` and :func:`jvp`; ValueError for another `modes`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> ad.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([6., 0.]),)
    """
    outer, inner = _nesting(modes)
    if compiled:
        words = "Hessian-vector product"
        return remembered(hvp, f, words, backend, modes=modes)(primals, tangents)
    refuse_backend("hvp", backend)
    inputs, directions = forward.check_tangents(f, primals, tangents)
    every = tuple(range(len(primals)))

    def along(*xs: Any) -> Any:
        if inner is forward:
            value, tangent = forward.jvp(f, xs, tangents)
            scalar(value, f, "second derivative")
            return tangent
        gradient = reverse.grad(f, every)(*xs)
        pairs = zip(leaves(gradient), directions, strict=True)
        return sum([np.real(np.sum(g * t)) for (_, g), t in pairs], 0.0)

    if outer is forward:
        product = forward.jvp(inner.grad(f, every), primals, tangents)[1]
    else:
        product = reverse.grad(along, every)(*primals)
    return inputs.gradients([g for _, g in leaves(product)])


@made_again
def hessian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    modes: Nesting = "forward-over-reverse",
    compiled: bool = False,
    backend: Backend = "numpy",
    executor: "Executor | None" = None,
) -> Callable[P, Any]:
    """All second derivatives of a scalar function.

    Parameters
    ----------
    f
        A function of plain NumPy code, with one floating-point number as output.
    argnums
        The position of the argument, or a tuple of them, to differentiate by.
    modes
        The nesting, outer mode first, as for :func:`hvp`.
    compiled, backend
        As for :func:`grad`.
    executor
        Workers that share the passes of the outer mode, as for
        :func:`admodes.forward.value_and_grad`; not for programs.

    Returns
    -------
    A function of the same arguments. For an array it gives one of shape ``x.shape + x.shape``; for
    containers, the argument's container of the argument's.

    Raises
    ------
    As for :func:`grad`; TypeError for complex inputs, by which second derivatives are no matrix of
    complex numbers: :func:`hvp` takes them.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> ad.hessian(lambda x: x[0] * x[1])(np.array([2.0, 3.0]))
    array([[0., 1.],
           [1., 0.]])
    """
    outer, inner = _nesting(modes)
    check_callable(f)
    _refuse_executor("hessian", executor, compiled)
    every = outer.jacobian(inner.grad(f, argnums), argnums, executor=executor)

    def second_derivatives(*args: Any, **kwargs: Any) -> Any:
        refuse_complex(Inputs(f, args, kwargs, argnums), f, "hessian", _ALONG)
        return every(*args, **kwargs)

    named(second_derivatives, f"hessian of {name(f)}")
    if compiled:
        return programmed(second_derivatives, f, "Hessian", argnums, backend)
    refuse_backend("hessian", backend)
    return second_derivatives


_ALONG = "use admodes.hvp, for along each direction there is one second derivative, or "
