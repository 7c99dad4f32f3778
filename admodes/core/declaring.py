"""Declaring a primitive: the registry of NumPy functions that have a rule, and what enters them.

``elementwise``, ``linear`` and ``custom`` make a primitive of the package's own
(:mod:`admodes.core.rules` says what each is). Their rules take any number of directions at once,
and are trusted: the tests hold them. Those of the same names that a user calls are in
:mod:`admodes.modes.users.declaring`.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.rules import Custom, Elementwise, Linear, Partial, Primitive
from admodes.core.values import plain_inside

#: ufunc -> its primitive, and any other NumPy function -> a Python function with its signature.
UFUNCS: dict[np.ufunc, Primitive] = {}
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
#: Every primitive ever declared here, by name: the tests walk over it.
PRIMITIVES: dict[str, Primitive] = {}
#: Those of ``FUNCTIONS`` that have no derivative, or the derivative zero.
CONSTANTS: set[Callable[..., Any]] = set()
#: Python functions of other packages that run, as they are, on numbers that carry derivatives.
SEEN_THROUGH: set[Any] = set()
#: What can have no rule -> why, and what to write: a sentence that begins with its name.
REFUSED: dict[Any, str] = {}


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
    function: Callable[..., Any],
    *partials: Partial,
    singular: bool = False,
    selects: bool = False,
    name: str | None = None,
) -> Elementwise:
    """A function that is applied entry by entry, with a partial derivative for each argument."""
    name = name or name_of(function)
    if isinstance(function, np.ufunc) and len(partials) != function.nin:
        raise TypeError(
            f"{name} needs a partial derivative for each of its {function.nin} arguments, "
            f"not {len(partials)}"
        )
    return Elementwise(name, function, partials, singular, selects)


def linear(
    function: Callable[..., Any],
    *,
    transpose: Callable[..., Any],
    name: str | None = None,
    holds: Sequence[str] = (),
    add: Callable[..., None] | None = None,
    writeable: bool | None = None,
) -> Linear:
    """A function that is linear in all its arguments together."""
    name = name or name_of(function)
    return Linear(name, function, transpose, holds, add, writeable)


def custom(
    function: Callable[..., Any],
    *,
    push: Callable[..., Any],
    pull: Callable[..., Any],
    residual: Callable[..., Any],
    name: str | None = None,
) -> Custom:
    """A function with an explicit push and pull, of any number of directions at once."""
    return Custom(name or name_of(function), function, push, pull, residual)


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
        CONSTANTS.add(function)


def _on_plain_values(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(
            *map(plain_inside, args), **{key: plain_inside(arg) for key, arg in kwargs.items()}
        )

    return call


def refused(reason: str, *functions: Any) -> None:
    """Declare functions that can have no rule, and say why: the error and the docs tell it."""
    for function in functions:
        REFUSED[function] = reason


def refuse(function: Callable[..., Any], **options: Any) -> None:
    """Raise for an option of a NumPy function that has no derivative rule here.

    An option counts as given unless it is ``None``, ``np._NoValue`` or ``True`` for ``where``.
    """
    for name, value in options.items():
        if value is None or value is np._NoValue or (name == "where" and value is True):
            continue
        raise NotImplementedError(
            f"{full_name(function)}: {name}= has no derivative rule in either mode; "
            + _INSTEAD.get(name, "leave it out")
        )


_INSTEAD = {
    "out": "make that array by np.empty(shape, like=x), or use the returned value",
    "where": "choose entries by np.where(condition, x, 0) first, or give it out= as well",
    "dtype": "convert by x.astype(dtype) first",
    "initial": "combine the initial value with the result",
    "casting": "convert by x.astype(dtype) first",
    "order": "give the result to np.copy(y, order)",
}


def name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def full_name(function: Callable[..., Any]) -> str:
    """As it is written where NumPy is ``np``."""
    name = getattr(function, "__name__", repr(function))
    if getattr(np, name, None) is function:
        return f"np.{name}"
    module = getattr(function, "__module__", None)
    if not module:  # a ufunc from elsewhere, which does not say where
        special = getattr(sys.modules.get("scipy.special"), name, None)
        return f"scipy.special.{name}" if special is function else name
    if module.startswith("numpy."):
        module = "np" + module.removeprefix("numpy")
    return f"{module}.{name}"
