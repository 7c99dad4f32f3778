"""``scipy.optimize``: roots and minima, as functions of what the equations depend on.

SciPy finds them, on plain numbers; derivatives follow from the implicit function theorem. Where
``F(x, p) == 0``, ``dx = -(∂F/∂x)⁻¹ (∂F/∂p) dp``, whatever the steps were that led there (A.
Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 15).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import optimize

from admodes import forward, reverse
from admodes.core.rules import Primitive, apply
from admodes.core.values import Traced, leading_axes, plain, shape_of
from admodes.modes.containers import leaves, map_leaves, rebuild

__all__ = ["minimize", "root"]

Function = Callable[..., Any]


class Implicit(Primitive):
    """The root `x` of ``function(x, *args)``, a vector; its arguments are numbers and arrays."""

    def __init__(self, name: str, function: Function, find: Callable[..., Any]) -> None:
        super().__init__(f"scipy.{name}", find)
        self.residues = function

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        """The root by one more step of Newton's method: what SciPy finds need not be exact."""
        return y - np.linalg.solve(self._slopes(y, args), self.residues(y, *args)), args

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        x, args = residual
        chosen = [i for i, t in enumerate(tangents) if t is not None]
        lead = leading_axes([tangents[i] for i in chosen], [args[i] for i in chosen])
        f, given = self._by(chosen, x, args)
        rows = [
            np.reshape(np.broadcast_to(tangents[i], lead + shape_of(p)), (-1, *shape_of(p)))
            for i, p in zip(chosen, given, strict=True)
        ]
        changes = [forward.jvp(f, given, ts)[1] for ts in zip(*rows, strict=True)]
        moved = -np.linalg.solve(self._slopes(x, args), np.stack(changes, axis=-1))
        return np.reshape(moved.mT, lead + shape_of(x))

    def pull(self, residual: Any, ct: Any, active: Sequence[Any]) -> Sequence[Any]:
        x, args = residual
        chosen = [i for i, wanted in enumerate(active) if wanted is not None]
        lead = shape_of(ct)[:-1]
        rows = np.reshape(ct, (-1, shape_of(x)[0]))
        weights = -np.linalg.solve(self._slopes(x, args).mT, rows.mT).mT
        f, given = self._by(chosen, x, args)
        pullback = reverse.vjp(f, *given)[1]
        pulled = [pullback(row) for row in weights]
        cotangents: list[Any] = [None] * len(args)
        for place, i in enumerate(chosen):
            each = np.stack([found[place] for found in pulled])
            cotangents[i] = np.reshape(each, lead + shape_of(args[i]))
        return cotangents

    def _by(self, chosen: Sequence[int], x: Any, args: Sequence[Any]) -> tuple[Function, Any]:
        """What is 0 at the root, as a function of the `chosen` arguments; and these."""

        def f(*given: Any) -> Any:
            every = list(args)
            for i, p in zip(chosen, given, strict=True):
                every[i] = p
            return self.residues(x, *every)

        return f, tuple(args[i] for i in chosen)

    def _slopes(self, x: Any, args: Sequence[Any]) -> Any:
        return forward.jacobian(lambda x: self.residues(x, *args))(x)


def _find(name: str, function: Function, search: Callable[[Any], Any], args: Any) -> Any:
    """SciPy's result for plain arguments, whose `x` carries the derivatives of `args`."""
    args = args if isinstance(args, tuple) else (args,)
    values = [p for _, p in leaves(args)]
    result = search(map_leaves(plain, args))
    if not any(isinstance(p, Traced) for p in values):
        return result

    def x_of(*given: Any) -> Any:
        same = all(p is plain(q) for p, q in zip(given, values, strict=True))
        found = result if same else search(rebuild(args, iter(given)))
        if not found.success:
            raise RuntimeError(
                f"admodes.scipy.optimize.{name} has found nothing to differentiate: {found.message}"
            )
        return found.x

    def residues(x: Any, *given: Any) -> Any:
        return function(x, *rebuild(args, iter(given)))

    x = apply(Implicit(name, residues, x_of), values, {})
    return optimize.OptimizeResult(result | {"x": x})


def root(
    fun: Function,
    x0: Any,
    args: Any = (),
    *,
    method: str = "hybr",
    tol: float | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    """A root of ``fun(x, *args) == 0``, as ``scipy.optimize.root``, differentiable by `args`.

    Parameters
    ----------
    fun:
        A function of a vector and of `args`, in plain NumPy code, that returns as many numbers.
    x0:
        Where the search begins: a plain vector, by which the root has no derivative.
    args:
        What the equations depend on: numbers, arrays or nested containers of them, which may carry
        derivatives. What `fun` refers to otherwise is a constant, and must be plain.
    method, tol, options:
        As SciPy has them.

    Returns
    -------
    SciPy's result. Where `args` carry derivatives its `x` does: those at the root, to which a step
    of Newton's method leads from there.

    Raises
    ------
    RuntimeError
        Where `args` carry derivatives and no root was found.
    numpy.linalg.LinAlgError
        Where the Jacobian at the root is singular: the root is no function of `args` then.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.optimize import root
    >>> def square_root(p):
    ...     return root(lambda x, p: x * x - p, np.ones(1), (p,)).x[0]
    >>> ad.grad(square_root)(4.0), ad.grad(square_root, mode="forward")(4.0)
    (0.25, 0.25)
    """
    start = np.asarray(plain(x0), float)

    def vector(x: Any, *args: Any) -> Any:
        y = fun(x, *args)
        return np.ravel(np.stack(y) if isinstance(y, (list, tuple)) else y)

    def search(plain_args: Any) -> Any:
        return optimize.root(vector, start, plain_args, method, tol=tol, options=options)

    return _find("root", vector, search, args)


#: methods of SciPy's that ask for no gradient
_WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}


def minimize(
    fun: Function,
    x0: Any,
    args: Any = (),
    *,
    method: str | None = None,
    tol: float | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    """A local minimum of ``fun(x, *args)`` over x, as ``scipy.optimize.minimize``.

    It is differentiable by `args`, and the search itself has exact gradients, by reverse mode.
    There are no bounds and no constraints: where these hold x back, another theorem applies.

    Parameters
    ----------
    fun:
        A function of a vector and of `args`, in plain NumPy code, that returns a number.
    x0:
        Where the search begins: a plain vector, by which the minimum has no derivative.
    args, method, tol, options:
        As for :func:`root`.

    Returns
    -------
    SciPy's result. Where `args` carry derivatives its `x` does: those at the minimum, to which a
    step of Newton's method leads from there. `fun` and the others are plain: the least value that
    carries derivatives is ``fun(result.x, *args)``.

    Raises
    ------
    RuntimeError
        Where `args` carry derivatives and no minimum was found.
    numpy.linalg.LinAlgError
        Where the Hessian at the minimum is singular.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.optimize import minimize
    >>> def middle(p):
    ...     return minimize(lambda x, p: np.sum((x - p) ** 2), np.zeros(1), (p,)).x[0]
    >>> ad.grad(middle)(np.array([1.0, 2.0, 6.0]))
    array([0.333333, 0.333333, 0.333333])
    """
    start = np.atleast_1d(np.asarray(plain(x0), float))

    def gradient(x: Any, *args: Any) -> Any:
        return np.ravel(reverse.grad(lambda x: fun(x, *args))(x))

    given = {} if str(method).lower() in _WITHOUT_GRADIENT else {"jac": gradient}

    def search(plain_args: Any) -> Any:
        return optimize.minimize(fun, start, plain_args, method, tol=tol, options=options, **given)

    return _find("minimize", gradient, search, args)
