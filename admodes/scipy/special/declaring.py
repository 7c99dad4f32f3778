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
from admodes.core.stand_ins import as_array
from admodes.core.values import plain

ORDER = "the derivative by an order has no closed form"
INVERSE = "it inverts a function whose derivative by this argument has no closed form"
INTEGER = "this argument is an integer"


class Special(Elementwise):
    """Entry by entry, where some arguments have no derivative, or complex numbers have none.

    Python's numbers among constants get the precision of the output. What functions make of them
    would be float64 otherwise, though the output is float32.
    """

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
        self.integers = {i for i, reason in parameters.items() if reason == INTEGER}
        self.holds = ()

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
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
        if any(x.__class__ in (float, int) for x in args):
            precise = np.real(plain(y)).dtype.type
            args = [
                precise(x)
                if x.__class__ is float or (x.__class__ is int and i not in self.integers)
                else x
                for i, x in enumerate(args)
            ]
        return super().residual(y, args, params, active)


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
    function = _stacked(ufunc) if outputs > 1 else ufunc
    if real or len(partials) > 1:
        primitive: Elementwise = Special(name, function, slopes, parameters, real, singular)
    else:
        primitive = Elementwise(f"special.{name}", function, slopes, singular)
    declare(primitive, cost=costs.NONLINEAR)
    if outputs > 1:
        several = primitive.broadcast  # over the outputs, if over nothing else
        several.cost = primitive.cost
        implements(ufunc)(lambda *args: tuple(several(*args)))
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


def called(function: Callable[..., Any], *args: Any) -> Any:
    """The function of Python's numbers and, at last, an array, in the precision of that one.

    SciPy's ufuncs take the first loop that such numbers fit, and for some that is of float64.
    """
    *numbers, x = args
    precise = np.result_type(np.float32, np.real(as_array(plain(x))).dtype).type
    return function(*map(precise, numbers), x)


def together(*parts: Any) -> Any:
    """Slopes of several outputs, along an axis in front."""
    return np.stack(np.broadcast_arrays(*parts))


def filled(where: Any, value: float, function: Callable[[Any], Any], x: Any) -> Any:
    """``function(x)``, and `value` where the function, but not its limit, is undefined."""
    if not np.count_nonzero(where):
        return function(x)
    return np.where(where, value, function(np.where(where, 1.0, x)))
