"""Declaring what a function of ``scipy.special`` does: its rule, or that it has no derivative.

Functions are named, not taken, for SciPy's releases differ: one that is not there is passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from admodes.core import costs
from admodes.core.declaring import constant, declare, implements
from admodes.core.layout import memory_axes
from admodes.core.rules import Elementwise, Partial, Primitive
from admodes.core.values import plain

ORDER = "by an order it is no closed form"
INVERSE = "it is the inverse of a function whose derivative by this argument is no closed form"
INTEGER = "this argument counts: it is an integer"
#: function -> argument -> why there is no derivative by it, though there is by others
PARAMETERS: dict[str, dict[str, str]] = {}


class Special(Elementwise):
    """Entry by entry, where some arguments have no derivative, or complex numbers have none."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        partials: Sequence[Partial],
        parameters: Mapping[int, str],
        real: bool,
        singular: bool,
    ) -> None:
        super().__init__(f"special.{name}", function, partials, singular)
        self.parameters, self.real = parameters, real
        self.holds = ()

    def between(self, y: Any, args: Sequence[Any], active: Sequence[Any]) -> Primitive:
        for i, reason in self.parameters.items():
            if active[i] is not None:
                raise NotImplementedError(
                    f"scipy.{self.name} has no derivative by its argument {i}, in either mode: "
                    f"{reason}. Give it a plain number, or admodes.stop_gradient(x)"
                )
        if self.real and any(
            wanted is not None and np.iscomplexobj(plain(x))
            for x, wanted in zip(args, active, strict=True)
        ):
            raise NotImplementedError(
                f"scipy.{self.name} has no derivative at complex numbers, in either mode: it takes "
                "the absolute value of a part of them"
            )
        return super().between(y, args, active)


def rule(
    name: str,
    *partials: Partial | str,
    singular: bool = False,
    real: bool = False,
    outputs: int = 1,
) -> Primitive | None:
    """A function with a partial derivative for each argument, or a string: why there is none.

    Of several `outputs` one primitive makes an array, along whose first axis they lie: each partial
    derivative gives those of all. `real` says that complex arguments have no derivative.
    """
    ufunc: Any = getattr(special, name, None)
    if ufunc is None:
        return None
    return rule_of(ufunc, name, *partials, singular=singular, real=real, outputs=outputs)


def rule_of(
    ufunc: np.ufunc,
    name: str,
    *partials: Partial | str,
    singular: bool = False,
    real: bool = False,
    outputs: int = 1,
) -> Primitive:
    parameters = {i: partial for i, partial in enumerate(partials) if isinstance(partial, str)}
    slopes: list[Any] = [0 if isinstance(partial, str) else partial for partial in partials]
    if parameters:
        PARAMETERS[name] = {str(i): reason for i, reason in parameters.items()}
    function = _stacked(ufunc) if outputs > 1 else ufunc
    if parameters or real:
        primitive: Elementwise = Special(name, function, slopes, parameters, real, singular)
    else:
        primitive = Elementwise(f"special.{name}", function, slopes, singular)
    declare(primitive, cost=costs.NONLINEAR)
    if outputs > 1:
        implements(ufunc)(lambda *args: tuple(primitive(*args)))
    return primitive


def _stacked(ufunc: np.ufunc) -> Callable[..., Any]:
    """The outputs of a ufunc, along an axis in front; each lies in memory as it is."""

    def stacked(*args: Any) -> Any:
        outputs = ufunc(*args)
        axes = memory_axes(np.asarray(outputs[0]))
        back = sorted(range(len(axes)), key=axes.__getitem__)
        together = np.stack([np.transpose(y, axes) for y in outputs])
        return np.transpose(together, (0, *(1 + axis for axis in back)))

    return stacked


def without_derivative(*names: str) -> None:
    """Ufuncs whose derivative is 0 wherever they have one."""
    constant(*(getattr(special, name) for name in names if hasattr(special, name)))


class _Asked:
    """An argument that says which ufunc it was handed to."""

    def __array_ufunc__(self, ufunc: np.ufunc, *_: Any, **__: Any) -> np.ufunc:
        return ufunc


def ufunc_of(function: Callable[..., Any], *args: Any) -> Any:
    """The ufunc that a Python function of SciPy's hands its argument over to: it has no name."""
    return function(_Asked(), *args)


def together(*parts: Any) -> Any:
    """Slopes of several outputs, along an axis in front."""
    return np.stack(np.broadcast_arrays(*parts))


def filled(where: Any, value: float, function: Callable[[Any], Any], x: Any) -> Any:
    """``function(x)``, and `value` where the function, but not its limit, is undefined."""
    if not np.count_nonzero(where):
        return function(x)
    return np.where(where, value, function(np.where(where, 1.0, x)))
