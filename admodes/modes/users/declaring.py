"""The ways to make a primitive of one's own."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.declaring import full_name, name_of
from admodes.core.rules import Elementwise, Partial
from admodes.modes.users.checking import Entrywise, called, checked_partial
from admodes.modes.users.halves import Half
from admodes.modes.users.rules import Custom, Linear, Multilinear


def elementwise(
    function: Callable[..., Any],
    *partials: Partial,
    singular: bool = False,
    selects: bool = False,
    name: str | None = None,
) -> Elementwise:
    """Make a primitive of a function that is applied entry by entry, with broadcasting.

    Parameters
    ----------
    function
        Takes arrays (or Python floats), gives an array of their broadcast shape.
    partials
        One per argument: a function ``(y, *args)`` of the output and the arguments, or a number
        where the partial derivative is constant. It gives an array of the output's shape, or one
        that broadcasts to it. An argument whose name starts with an underscore is not used, and so
        not kept on the tape.
    singular
        Some partial can be infinite where the function is finite, which NumPy need not warn of.
    selects
        A partial that is 0 says that the argument is not used there, as in ``maximum``.
    name
        What errors call it; by default the function's name.

    Returns
    -------
    A primitive; call it in place of `function`, with arrays by position.

    Raises
    ------
    ValueError
        When it is called or differentiated, where `function` gives another shape than that to which
        its arguments broadcast, or a partial derivative one that is larger than the output's.
    TypeError
        At once, where there are more or fewer partial derivatives than `function` takes arguments.
        When it is called or differentiated, where there are more or fewer arguments than partial
        derivatives, or what one of these gives is no array, or complex where the output is real.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> softplus = ad.elementwise(lambda x: np.logaddexp(0, x), lambda _y, x: 1 / (1 + np.exp(-x)))
    >>> ad.grad(softplus)(0.0), ad.grad(softplus, mode="forward")(0.0)
    (0.5, 0.5)
    """
    name, count = name or name_of(function), len(partials) + 1
    rule = called(name, function)
    _refuse_other_count(function, rule, len(partials))
    checked = [
        checked_partial(partial, f"partial derivative {i} of {rule}", count)
        for i, partial in enumerate(partials)
    ]
    entrywise = Entrywise(function, rule, len(partials))
    return Elementwise(name, entrywise, checked, singular, selects)


def _refuse_other_count(function: Callable[..., Any], rule: str, count: int) -> None:
    """``TypeError`` where a function does not take so many arguments, by position."""
    if not callable(function):
        raise TypeError(f"a primitive is made of a function, not of a {type(function).__name__}")
    names = _arguments(function, count)
    if len(names) == count and count:
        return
    partials = ", ".join([f"lambda {', '.join(['y', *names])}: ..."] * len(names))
    known = full_name(function)
    written = known if known.startswith("np.") else name_of(function).replace("<lambda>", "f")
    raise TypeError(
        f"{rule} needs a partial derivative for each of its arguments, not {count or 'none'}: "
        f"write admodes.elementwise({written}, {partials})"
    )


def _arguments(function: Callable[..., Any], count: int) -> list[str]:
    """Names of the arguments that it takes by position: `count` of them where it can be called so,
    or does not tell."""
    if isinstance(function, np.ufunc):
        return list("abcdefgh"[: function.nin]) if function.nin > 1 else ["x"]
    unknown = list("abcdefgh"[:count]) if count > 1 else ["x"]
    try:
        signature = inspect.signature(function)
    except ValueError:  # a builtin
        return unknown
    try:
        if count:
            signature.bind(*range(count))
            return unknown
    except TypeError:  # it takes others
        pass
    by_position = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [each for each in signature.parameters.values() if each.kind in by_position]
    return [each.name for each in found if each.default is each.empty or each is found[0]] or ["x"]


def linear(
    function: Callable[..., Any],
    *,
    transpose: Callable[..., Any],
    name: str | None = None,
    holds: Sequence[str] = (),
    add: Callable[..., None] | None = None,
    directions: bool = False,
) -> Linear:
    """Make a primitive of a function that is linear in all its arguments together.

    Parameters
    ----------
    function
        ``function(*arrays, **params)``.
    transpose
        ``transpose(ct, **params)``: the cotangent, or one per argument, of the argument's shape for
        a `ct` of the output's.
    name
        What errors call it; by default the function's name.
    holds
        The names of parameters that may be or contain arrays.
    add
        ``add(buffer, ct, **params)``: for a function of one argument that reads a part of it, adds
        the transpose of `ct` into `buffer` in place. It takes several directions, and is called
        only of a rule that does.
    directions
        Whether both take arrays with extra leading axes, which are directions, and so count their
        axes from the end. Else they are called for each direction, one at a time.

    Returns
    -------
    A primitive; call it with arrays by position and parameters by name.

    Raises
    ------
    As for :func:`custom`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> A = np.array([[1.0, 2.0], [0.0, 1.0]])
    >>> shear = ad.linear(lambda x: A @ x, transpose=lambda ct: A.T @ ct)
    >>> ad.jacobian(shear)(np.ones(2))
    array([[1., 2.],
           [0., 1.]])
    """
    rule = name or name_of(function)
    add = add if directions else None
    return Linear(rule, function, transpose, holds, add, directions=directions)


def multilinear(
    function: Callable[..., Any],
    *,
    transposes: Sequence[Callable[..., Any]] | Callable[[int], Callable[..., Any]],
    name: str | None = None,
    directions: bool = False,
) -> Multilinear:
    """Make a primitive of a function that is linear in each argument separately.

    Parameters
    ----------
    function
        ``function(*arrays, **params)``.
    transposes
        One ``transpose(ct, *arrays, **params)`` per argument, or a function that gives the one of
        argument ``i``. An array that it does not need may be ``None``.
    name
        What errors call it; by default the function's name.
    directions
        Whether the function takes any one of its arrays, and a transpose its cotangent, with extra
        leading axes, which are directions. Else they are called for each, one at a time.

    Returns
    -------
    A primitive; call it with arrays by position and parameters by name.

    Raises
    ------
    As for :func:`custom`.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> scale = ad.multilinear(
    ...     lambda a, x: a * x,
    ...     transposes=(lambda ct, a, x: np.sum(ct * x), lambda ct, a, x: ct * a))
    >>> ad.grad(lambda a: np.sum(scale(a, np.ones(3))))(2.0)
    3.0
    """
    return Multilinear(name or name_of(function), function, transposes, directions=directions)


def custom(
    function: Callable[..., Any],
    *,
    push: Callable[..., Any] | None = None,
    pull: Callable[..., Any] | None = None,
    residual: Callable[..., Any] = lambda y, *args, **params: (y, args, params),
    name: str | None = None,
    directions: bool = False,
) -> Custom:
    """Make a primitive with a push or a pull, or both.

    Parameters
    ----------
    function
        ``function(*arrays, **params)`` gives the value, one array or number.
    push
        ``push(residual, *tangents)`` gives the output's tangent, of the output's shape. The tangent
        of a constant is zero.
    pull
        ``pull(residual, ct)`` gives the argument's cotangent, of the argument's shape, or a tuple
        of them, one for each argument. What stands there for a constant is ignored.
    residual
        ``residual(y, *arrays, **params)``: what both need. Default: ``(y, arrays, params)``.
    name
        What errors call it; by default the function's name.
    directions
        Whether both take several directions at once, in leading axes: ``(k, *shape)``, and a
        constant's tangent is ``None``. Else they see one direction at a time, as textbooks have it,
        and are called once for each.

    Where one of the two is left out, it is the transpose of the other, which is recorded for one
    direction and swept with all. So the one that is given must be linear in what comes after the
    residual, and is tried for that at random directions. A transposition takes about as long as
    five evaluations of it, three of them the trial; where nothing is transposed, there is a trial
    at the first use and then once in six directions. Rules are differentiated in their turn, and so
    are NumPy code.

    Returns
    -------
    A primitive; call it with arrays by position and parameters by name.

    Raises
    ------
    ValueError
        When it is differentiated, in either mode: where what a half gives has another shape than it
        must, where there are more or fewer cotangents than arguments, or where a half that stands
        alone is not linear.
    TypeError
        Where what it gives is no array, or of another dtype: a precision is converted, an integer
        or a complex number in place of a real one is not. At once, where neither half is given.

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

    >>> ad.grad(ad.custom(np.sin, push=lambda r, t: np.cos(r[1][0]) * t))(0.0)
    1.0
    """
    name = name or name_of(function)
    if push is None and pull is None:
        raise TypeError(f"{called(name, function)} needs a push, a pull, or both")
    rule = name, function, push, pull, residual
    if push is not None and pull is not None:
        return Custom(*rule, directions=directions)
    return Half(*rule, directions=directions, given="pull" if push is None else "push")
