"""``scipy.integrate``: differential equations, whose solution is differentiated step by step.

SciPy chooses the steps, on plain numbers; the same steps are taken again on numbers that carry
derivatives. So what is differentiated is the method's own solution, for steps that do not vary
("internal" or discrete differentiation: E. Hairer, S. P. Nørsett, G. Wanner, *Solving Ordinary
Differential Equations I*, section I.14).
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import integrate

from admodes.core.kinds import array
from admodes.core.values import Traced, plain

__all__ = ["solve_ivp"]

#: methods whose steps are explicit Runge-Kutta steps, with interpolation of one formula
METHODS = {"RK23": integrate.RK23, "RK45": integrate.RK45}


def _step(f: Callable[..., Any], t: float, y: Any, first: Any, h: float, method: Any) -> Any:
    """The value after a step, and the slopes that were computed for it, the last one there."""
    slopes = [first]
    for row, c in zip(method.A[1:], method.C[1:], strict=True):
        change = sum(a * slope for a, slope in zip(row, slopes, strict=False))
        slopes.append(f(t + c * h, y + h * change))
    after = y + h * sum(b * slope for b, slope in zip(method.B, slopes, strict=True))
    slopes.append(f(t + h, after))
    return after, slopes


def _between(y: Any, slopes: Sequence[Any], h: float, at: Any, method: Any) -> list[Any]:
    """The solution within a step, at the fractions `at` of it."""
    powers = np.cumprod(np.tile(at, (method.P.shape[1], 1)), axis=0)
    weights = method.P @ powers
    return [
        y + h * sum(w * slope for w, slope in zip(column, slopes, strict=True))
        for column in weights.T
    ]


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Sequence[float],
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    *,
    args: Sequence[Any] = (),
    **options: Any,
) -> Any:
    """Solve ``dy/dt = fun(t, y, *args)``, as ``scipy.integrate.solve_ivp``.

    It is differentiable by `y0`, by `args` and by all that `fun` refers to.

    Parameters
    ----------
    fun:
        A function of the time, of a vector and of `args`, in plain NumPy code. It returns a vector,
        or a list of numbers.
    t_span:
        Two plain numbers: where the solution begins and ends.
    y0:
        A vector, the value at the beginning.
    method:
        ``"RK45"`` or ``"RK23"``.
    t_eval:
        Plain times at which the solution is wanted; those of the steps by default.
    args:
        What else `fun` takes.
    options:
        ``rtol``, ``atol``, ``first_step`` and ``max_step``, as SciPy has them.

    Returns
    -------
    SciPy's result, whose `y`, of shape ``(n, times)``, carries derivatives where anything does.

    Raises
    ------
    NotImplementedError
        Where something carries derivatives and the method is another one, or events or a dense
        output are asked for.
    RuntimeError
        Where something carries derivatives and the solution fails before the end.

    Examples
    --------
    >>> import admodes as ad
    >>> import numpy as np
    >>> from admodes.scipy.integrate import solve_ivp
    >>> def after_one(rate):
    ...     return solve_ivp(lambda t, y: rate * y, (0, 1), np.ones(1), rtol=1e-9).y[0, -1]
    >>> ad.grad(after_one)(1.0)
    2.71828
    """
    args = tuple(args)
    carries = [isinstance(y0, Traced)]

    def f(t: Any, y: Any) -> Any:
        slope = fun(t, y, *args)
        return np.stack(slope) if isinstance(slope, (list, tuple)) else slope

    def plainly(t: float, y: Any) -> Any:
        slope = f(t, y)
        carries[0] = carries[0] or isinstance(slope, Traced)
        return plain(slope)

    steps = [t_span[0]]
    y0, solver = array(y0), _noting(method, steps)
    result = integrate.solve_ivp(plainly, t_span, plain(y0), solver, t_eval, **options)
    if carries[0]:
        kind = _explicit(method, options)
        if not result.success:
            raise RuntimeError(f"admodes.scipy.integrate.solve_ivp has failed: {result.message}")
        result.y = _again(f, steps, np.astype(y0, result.y.dtype, copy=False), kind, t_eval)
    return result


def _noting(method: Any, steps: list[float]) -> Any:
    """SciPy's method, which notes to where it has come."""
    kind: Any = getattr(integrate, method, method) if isinstance(method, str) else method

    def step(self: Any) -> Any:
        message = kind.step(self)
        steps.append(self.t)
        return message

    return type(kind.__name__, (kind,), {"step": step}) if isinstance(kind, type) else kind


def _explicit(method: Any, options: dict[str, Any]) -> Any:
    """The method that can be gone through again."""
    unknown = sorted({*options} - _OPTIONS)
    if method not in METHODS or unknown:
        asked = f"method={method!r}" if method not in METHODS else f"{unknown[0]}="
        raise NotImplementedError(
            f"admodes.scipy.integrate.solve_ivp: {asked} has no derivative rule in either mode; "
            f"the methods are {' and '.join(METHODS)}, the options {', '.join(sorted(_OPTIONS))}"
        )
    return METHODS[method]


_OPTIONS = {"atol", "first_step", "max_step", "rtol"}


def _again(f: Callable[..., Any], steps: Sequence[float], y: Any, method: Any, t_eval: Any) -> Any:
    """The values at the steps, or at the times that are asked for, by the same steps."""
    times = None if t_eval is None else np.asarray(t_eval, float)
    found = [] if times is not None and steps[0] not in times else [y]
    first = f(steps[0], y)
    for t, end in itertools.pairwise(steps):
        after, slopes = _step(f, t, y, first, end - t, method)
        if times is None:
            found.append(after)
        else:
            parts = (times - t) / (end - t)
            inside = parts[(parts > 0) & (parts <= 1)]
            found += _between(y, slopes, end - t, inside, method)
        y, first = after, slopes[-1]
    return np.stack(found, axis=-1)
