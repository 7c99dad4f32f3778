"""Rules of the user's own for functions of NumPy and SciPy, found where these are called."""

from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.core.declaring import FUNCTIONS, full_name, refuse
from admodes.core.kinds import kind_of
from admodes.core.rules import Primitive
from admodes.core.values import Traced
from admodes.primitives import constants, other_packages

#: The functions that have a rule of the user's, with that rule: these may get another.
REGISTERED: dict[Callable[..., Any], Callable[..., Any]] = {}


def register_rule(function: Callable[..., Any], rule: Callable[..., Any]) -> None:
    """Give a NumPy or SciPy function a derivative rule: code that calls it need not be changed.

    Parameters
    ----------
    function
        A ufunc (those of ``scipy.special`` are), or a function of NumPy's that hands over to its
        arguments, as nearly all of them do. It has no rule yet, or one that was registered by this
        function: that one is replaced.
    rule
        What is called in its place where an argument carries derivatives, in either mode: what
        :func:`admodes.elementwise`, :func:`admodes.linear`, :func:`admodes.multilinear` or
        :func:`admodes.custom` makes, or a function of NumPy code. It is called as `function` is,
        which may be what it calls in its turn, on plain arrays.

    Raises
    ------
    TypeError
        Where `function` does not hand over to its arguments, as those of ``scipy.linalg``: call the
        rule in its place. Where `rule` is not callable. When it is called, where an array that
        carries derivatives is given to a primitive by name or in a list.
    ValueError
        Where `function` has a rule of this package's.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> sinh_over_x = np.frompyfunc(lambda x: np.sinh(x) / x, 1, 1)  # a ufunc, as SciPy's are
    >>> ad.register_rule(sinh_over_x, lambda x: np.sinh(x) / x)
    >>> ad.grad(sinh_over_x)(1.0), ad.grad(sinh_over_x, mode="forward")(1.0)
    (0.367879, 0.367879)
    """
    if not isinstance(function, np.ufunc) and not hasattr(function, "_implementation"):
        called = full_name(function) if callable(function) else repr(function)
        raise TypeError(
            f"{called} does not hand over to its arguments, as ufuncs and NumPy's functions do, so "
            "a rule for it would not be found: call the rule in place of the function"
        )
    if not callable(rule):
        raise TypeError(
            f"the rule for {full_name(function)} must be a function: what admodes.elementwise, "
            f"linear, multilinear or custom makes, or NumPy code; not {kind_of(rule)}"
        )
    known = function in FUNCTIONS or function in constants.UFUNCS
    if isinstance(function, np.ufunc):
        known = known or other_packages.has_rule(function)
    if known and function not in REGISTERED:
        raise ValueError(
            f"{full_name(function)} has a derivative rule already: call your own by a name of its "
            "own"
        )
    FUNCTIONS[function] = _standing_for(function, rule)
    REGISTERED[function] = rule


def _standing_for(function: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    """What is called in place of the function, and asks no rule for what it does not see."""

    def call(*args: Any, **options: Any) -> Any:
        if isinstance(function, np.ufunc):
            refuse(function, **options)
            options = {}
        if isinstance(rule, Primitive) and not any(isinstance(x, Traced) for x in args):
            # On to the function, which would hand over to the rule again.
            raise TypeError(
                f"{full_name(function)}, which has a rule of your own, takes arrays that carry "
                "derivatives by position, each as an argument: not by name, nor in a list"
            )
        return rule(*args, **options)

    return call
