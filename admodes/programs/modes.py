"""What a program repeats: a function's value, or both modes as functions of plain arguments."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from admodes import forward, reverse
from admodes.core.kinds import kind_of
from admodes.core.values import Traced, fresh, is_floating, plain
from admodes.modes.arguments import (
    Inputs,
    argument_names,
    as_derivative,
    is_position,
    name,
    parameter_names,
    positions,
    tangent_for,
    with_leading_axis,
)
from admodes.modes.containers import leaves, map_leaves, rebuild, same_leaves
from admodes.modes.lost import called

Mode = Literal["value", "forward", "reverse"]


class Repeated:
    """A function of arguments, and what there is to be said of it."""

    title: str
    has_sides = False  #: whether it is the same in either mode, which can stand side by side

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError

    def names(self, args: Sequence[Any]) -> list[str]:
        """What the leaves of its arguments are called."""
        raise NotImplementedError

    def results(self, args: Sequence[Any], output: Any) -> list[str]:
        """What the leaves of its output are called, as far as that is known."""
        return []

    def promoted(self, args: Sequence[Any]) -> Sequence[Any]:
        """Its arguments, integers that it is differentiated by made floats, as it makes them."""
        return args

    def primals(self, args: Sequence[Any]) -> Sequence[Any]:
        """Those of its arguments that go to the function whose sides there are."""
        return ()

    def sides(self, args: Sequence[Any]) -> "dict[str, Values]":
        """The same in both modes, at arguments of the function that is differentiated."""
        raise TypeError(
            f"{self.title} is shown beside nothing: print its program, or explain that of "
            "admodes.program(f, ...)"
        )


class Values(Repeated):
    """The function itself, and what derivatives of it are called for."""

    words = ""
    has_sides = True

    def __init__(
        self, f: Callable[..., Any], argnums: int | Sequence[int], directions: int | None
    ) -> None:
        self.f, self.argnums, self.directions = f, argnums, directions
        self.title = f"{self.words}{name(f)}"

    def primals(self, args: Sequence[Any]) -> Sequence[Any]:
        return args

    def sides(self, args: Sequence[Any]) -> "dict[str, Values]":
        return {
            mode: repeated_by(self.f, args, mode, self.argnums, self.directions)
            for mode in ("forward", "reverse")
        }

    def __call__(self, *args: Any) -> Any:
        return called(self.f, args, {})

    def arguments(self, args: Sequence[Any]) -> tuple[Any, ...]:
        """What to record it with, from arguments of the function."""
        return tuple(args)

    def names(self, args: Sequence[Any]) -> list[str]:
        return argument_names(self.f, args)

    def results(self, args: Sequence[Any], output: Any) -> list[str]:
        return paths("y", output)

    def numbers(self, args: Sequence[Any]) -> tuple[int, ...]:
        """By which of these arguments the derivatives are."""
        return tuple(positions(self.argnums, len(args), self.f))

    def differentiated(self, args: Sequence[Any], trees: Sequence[Any] | None = None) -> list[str]:
        """What the leaves of these arguments are called, or those of `trees` in their places."""
        named, numbers = parameter_names(self.f, len(args)), self.numbers(args)
        if trees is None:
            trees = [args[i] for i in numbers]
        pairs = zip(numbers, trees, strict=True)
        return [named[i] + path for i, tree in pairs for path, _ in leaves(tree)]


class Gradient(Values):
    """The value and the gradient of a function of one output, by reverse mode."""

    words = "gradient of "

    def __call__(self, *args: Any) -> Any:
        return reverse.value_and_grad(self.f, self.argnums)(*args)

    def results(self, args: Sequence[Any], output: Any) -> list[str]:
        return ["y", *(f"{name}_bar" for name in self.differentiated(args))]

    def promoted(self, args: Sequence[Any]) -> Sequence[Any]:
        return floats_in(args, self.argnums)


class _Along(Values):
    """Derivatives along directions: of primals, and of a tuple of tangents or of a cotangent."""

    along: str

    def inputs(self, primals: Any) -> Inputs:
        if not isinstance(primals, (tuple, list)):
            raise TypeError(f"primals must be a tuple of arguments, not {kind_of(primals)}")
        return Inputs(self.f, primals, argnums=self.numbers(primals))

    def promoted(self, args: Sequence[Any]) -> Sequence[Any]:
        if len(args) != 2:
            raise TypeError(
                f"the program of the {self.title} is called with two arguments, a tuple of primals "
                f"and {self.along}, not with {len(args)}"
            )
        primals, directions = args
        if isinstance(primals, (tuple, list)):
            primals = floats_in(primals, self.argnums)
        return primals, *floats_in([directions])

    def primals(self, args: Sequence[Any]) -> Sequence[Any]:
        return args[0]

    def given(self, t: Any, x: Any) -> Any:
        """A tangent or cotangent as one's own: of the shape of `x`, or as many of these abreast."""
        what = f"{self.title}: direction"
        if self.directions is None:
            return tangent_for(t, x, what)
        shape = (self.directions, *np.shape(plain(x)))
        return tangent_for(t, np.broadcast_to(plain(x), shape), what)

    def own(self, g: Any, x: Any) -> Any:
        """A derivative to hand back."""
        if self.directions is None:
            g = g.copy() if g.__class__ is np.ndarray else g
            return as_derivative(g, x)
        return with_leading_axis(g, x, self.directions)

    def ones(self, tree: Any) -> Any:
        """Directions like `tree`."""

        def one(x: Any) -> Any:
            if self.directions is None:
                return np.ones_like(x) if isinstance(x, (np.ndarray, np.generic)) else 1.0
            return np.ones((self.directions, *np.shape(x)), np.result_type(x))

        return map_leaves(one, tree)


class Tangents(_Along):
    """The values and the tangents, by forward mode: of a tuple of primals and one of tangents."""

    words, along = "tangent of ", "one of their tangents"

    def __call__(self, primals: Any, tangents: Any) -> Any:
        inputs = self.inputs(primals)
        given = same_leaves(tuple(tangents), inputs.trees, f"{self.title}: tangents")
        ts = [self.given(t, x) for t, x in zip(given, inputs.leaves, strict=True)]
        output, _, pairs = forward.run(inputs, ts)
        values = rebuild(output, (y for y, _ in pairs))
        return values, rebuild(output, (self.own(t, y) for y, t in pairs))

    def arguments(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(args), self.ones(self.inputs(args).trees)

    def names(self, args: Sequence[Any]) -> list[str]:
        primals, tangents = args
        named = self.differentiated(primals, tangents)
        return argument_names(self.f, primals) + [f"d{name}" for name in named]

    def results(self, args: Sequence[Any], output: Any) -> list[str]:
        values, tangents = output
        return paths("y", values) + paths("dy", tangents)


class Cotangents(_Along):
    """The values and the gradients, by reverse mode: of a tuple of primals and a cotangent."""

    words, along = "cotangent of ", "a cotangent of the output"

    def __call__(self, primals: Any, cotangent: Any) -> Any:
        inputs = self.inputs(primals)
        pullback, _ = reverse.record(self.f, inputs)
        given = same_leaves(cotangent, pullback.output, f"{self.title}: cotangent")
        cts = [
            self.given(ct, y) if is_floating(y) else None
            for ct, y in zip(given, pullback.values, strict=True)
        ]
        directions = () if self.directions is None else (self.directions,)
        pulled = pullback.pull(cts, directions)
        gs = [self.own(g, x) for g, x in zip(pulled, inputs.originals, strict=True)]
        return map_leaves(fresh, pullback.output), inputs.like(gs)

    def arguments(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(args), self.ones(map_leaves(fresh, self.output(args)))

    def output(self, args: Sequence[Any]) -> Any:
        """What the function returns where it is differentiated."""
        pullback, _ = reverse.record(self.f, self.inputs(args))
        return pullback.output

    def names(self, args: Sequence[Any]) -> list[str]:
        primals, cotangent = args
        return argument_names(self.f, primals) + [f"y{path}_bar" for path, _ in leaves(cotangent)]

    def results(self, args: Sequence[Any], output: Any) -> list[str]:
        gradients = [f"{name}_bar" for name in self.differentiated(args[0])]
        return paths("y", output[0]) + gradients


def paths(name: str, tree: Any) -> list[str]:
    """What the leaves of containers of that name are called."""
    return [name + path for path, _ in leaves(tree)]


def floats_in(args: Sequence[Any], argnums: int | Sequence[int] | None = None) -> Sequence[Any]:
    """Arguments in which those of that number, or all, have floats where there were integers."""
    count = len(args)
    numbers: Any = range(count) if argnums is None else argnums
    each = numbers if isinstance(numbers, (range, tuple, list)) else [numbers]
    which = {number % count for number in each if is_position(number, count)}
    return tuple(map_leaves(_float, x) if i in which else x for i, x in enumerate(args))


def _float(x: Any) -> Any:
    return float(x) if isinstance(x, int) and not isinstance(x, (bool, Traced)) else x


def repeated_by(
    f: Callable[..., Any],
    args: Sequence[Any],
    mode: str,
    argnums: int | Sequence[int],
    directions: int | None,
) -> Values:
    """What a program of this mode repeats."""
    if mode == "value":
        return Values(f, argnums, directions)
    if mode == "forward":
        return Tangents(f, argnums, directions)
    if mode == "reverse":
        several = Cotangents(f, argnums, directions)
        if directions is None and is_number(several.output(floats_in(args, argnums))):
            return Gradient(f, argnums, directions)
        return several
    raise ValueError(f"mode must be 'value', 'forward' or 'reverse', not {mode!r}")


def is_number(y: Any) -> bool:
    """Whether an output is one number, of which there is a gradient."""
    return isinstance(y, (float, np.generic, np.ndarray)) and np.shape(y) == ()
