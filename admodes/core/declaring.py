"""Declaring a primitive: the registry of NumPy functions that have a rule, and what enters them.

``elementwise``, ``linear``, ``multilinear`` and ``custom`` are the ways to make a primitive
(:mod:`admodes.core.rules` says what each is), for this package and for a user's own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.rules import Custom, Elementwise, Linear, Multilinear, Partial, Primitive
from admodes.core.values import plain_inside

#: ufunc -> its primitive, and any other NumPy function -> a Python function with its signature.
UFUNCS: dict[np.ufunc, Primitive] = {}
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
#: Every primitive ever declared here, by name: the tests walk over it.
PRIMITIVES: dict[str, Primitive] = {}


def declare(primitive: Primitive, cost: costs.CostOf | None = None) -> Primitive:
    """Enter a primitive of this package into the table that the tests walk over.

    `cost` says what one evaluation costs, where it is not the one that its kind has by default.
    """
    if cost is not None:
        primitive.cost = cost
    if primitive.name in PRIMITIVES:
        raise ValueError(f"primitive {primitive.name!r} is declared twice")
    PRIMITIVES[primitive.name] = primitive
    primitive.holds = primitive.holds or ()
    if isinstance(primitive.function, np.ufunc):
        UFUNCS[primitive.function] = primitive
    return primitive


def elementwise(
    function: Callable[..., Any], *partials: Partial, singular: bool = False
) -> Elementwise:
    """Make a primitive of a function that is applied entry by entry, with broadcasting.

    Parameters
    ----------
    function
        Takes arrays (or Python floats), gives an array of their broadcast shape.
    partials
        One per argument: a function ``(y, *args)`` of the output and the arguments, or a number
        where the partial derivative is constant. A parameter that starts with an underscore is not
        used, and so not kept on the tape.
    singular
        Some partial can be infinite where the function is finite. A zero tangent or cotangent then
        stays zero there.

    Returns
    -------
    A primitive; call it in place of `function`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> softplus = ad.elementwise(lambda x: np.logaddexp(0, x), lambda _y, x: 1 / (1 + np.exp(-x)))
    >>> ad.grad(softplus)(0.0), ad.grad(softplus, mode="forward")(0.0)
    (0.5, 0.5)
    """
    return Elementwise(_name(function), function, partials, singular)


def linear(
    function: Callable[..., Any],
    *,
    transpose: Callable[..., Any],
    name: str | None = None,
    holds: Sequence[str] = (),
    add: Callable[..., None] | None = None,
) -> Linear:
    """Make a primitive of a function that is linear in all its arguments together.

    Parameters
    ----------
    function
        ``function(*arrays, **params)``; accepts arrays with extra leading axes (directions), and so
        counts its axes from the end.
    transpose
        ``transpose(ct, **params)``: the cotangent, or one per argument, of shape
        ``directions + argument.shape`` for a `ct` of shape ``directions + output.shape``.
    name
        What errors call it; by default the function's name.
    holds
        The names of parameters that may be or contain arrays.
    add
        ``add(buffer, ct, **params)``: for a function of one argument that reads a part of it, adds
        the transpose of `ct` into `buffer` in place.

    Returns
    -------
    A primitive; call it with arrays by position and parameters by name.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> double = ad.linear(lambda x: 2 * x, transpose=lambda ct: 2 * ct)
    >>> ad.grad(lambda x: np.sum(double(x)))(np.ones(3))
    array([2., 2., 2.])
    """
    return Linear(name or _name(function), function, transpose, holds, add)


def multilinear(
    function: Callable[..., Any],
    *,
    transposes: Sequence[Callable[..., Any]] | Callable[[int], Callable[..., Any]],
) -> Multilinear:
    """Make a primitive of a function that is linear in each argument separately.

    Parameters
    ----------
    function
        ``function(*arrays, **params)``; any one of the arrays may have extra leading axes.
    transposes
        One ``transpose(ct, *arrays, **params)`` per argument, or a function that gives the one of
        argument ``i``. An array that it does not need may be ``None``.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> scale = ad.multilinear(
    ...     lambda a, x: a * x,
    ...     transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: ct * a))
    >>> ad.grad(lambda a: scale(a, 3.0))(2.0)
    3.0
    """
    return Multilinear(_name(function), function, transposes)


def custom(
    function: Callable[..., Any],
    *,
    push: Callable[..., Any],
    pull: Callable[..., Any],
    residual: Callable[..., Any] = lambda y, *args, **params: (y, args, params),
) -> Custom:
    """Make a primitive with an explicit push and pull.

    Parameters
    ----------
    function
        ``function(*arrays, **params)`` gives the value.
    push
        ``push(residual, *tangents)`` gives the output's tangent; a constant's tangent is ``None``.
    pull
        ``pull(residual, ct)`` gives the argument's cotangent, or a sequence, one per argument.
    residual
        ``residual(y, *arrays, **params)``: what both need. Default: ``(y, arrays, params)``.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> cube = ad.custom(
    ...     lambda x: x * x * x,
    ...     residual=lambda y, x: 3 * x * x,
    ...     push=lambda slope, t: slope * t,
    ...     pull=lambda slope, ct: slope * ct)
    >>> ad.grad(cube)(2.0), ad.grad(cube, mode="forward")(2.0)
    (12.0, 12.0)
    """
    return Custom(_name(function), function, push, pull, residual)


def implements(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate the Python function that stands for a NumPy function of the same signature."""

    def register(implementation: Callable[..., Any]) -> Callable[..., Any]:
        if function in FUNCTIONS:
            raise ValueError(f"numpy function {function.__name__!r} is implemented twice")
        FUNCTIONS[function] = implementation
        return implementation

    return register


def constant(*functions: Callable[..., Any]) -> None:
    """Declare functions whose value has derivative zero or none: they see plain values."""
    for function in functions:
        FUNCTIONS[function] = _on_plain_values(function)


def _on_plain_values(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(
            *map(plain_inside, args), **{key: plain_inside(arg) for key, arg in kwargs.items()}
        )

    return call


def refuse(function: Callable[..., Any], **options: Any) -> None:
    """Raise for an option of a NumPy function that has no derivative rule here.

    An option counts as given unless it is ``None``, ``np._NoValue`` or ``True`` for ``where``.
    """
    for name, value in options.items():
        if value is None or value is np._NoValue or (name == "where" and value is True):
            continue
        raise NotImplementedError(
            f"np.{function.__name__}: {name}= has no derivative rule in either mode; "
            + _INSTEAD.get(name, "leave it out")
        )


_INSTEAD = {
    "out": "derivatives need a new array: use the returned value",
    "where": "choose entries by np.where(condition, x, 0) first",
    "dtype": "convert by x.astype(dtype) first",
    "initial": "combine the initial value with the result",
    "casting": "convert by x.astype(dtype) first",
    "order": "give the result to np.copy(y, order)",
}


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
