"""Mixed mode: a Jacobian through the narrowest place of a recording.

Where k numbers lie between all inputs and all outputs, k sweeps of reverse mode give their
derivatives by the inputs, k passes of forward mode those of the outputs by them, and the product of
the two matrices is the Jacobian: k instead of as many as there are inputs, or outputs. It is what
lies between the modes: they are the two ends of the chain rule, whose product of matrices may be
begun anywhere (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 9).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from admodes.core.stand_ins import computed
from admodes.core.types import P
from admodes.core.values import plain
from admodes.forward import by_columns
from admodes.measure.words import counted
from admodes.modes.arguments import Inputs, check_callable, name, named
from admodes.modes.chosen import Choice, Choosing, choosing
from admodes.modes.complex_derivatives import check_kinds, is_complex, parts_of
from admodes.modes.containers import rebuild
from admodes.modes.narrowest import Place, Places, Sized, SizedTape
from admodes.modes.units import Units, along_all, chunk_size_of
from admodes.reverse import Pullback, block, check_rows, every_row, record

__all__ = ["jacobian"]


def jacobian(
    f: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    holomorphic: bool = False,
) -> Choosing[P]:
    """All first derivatives of a function, by mixed mode: through its narrowest place.

    `f` is evaluated once, recorded. Between two operations of the recording those values are alive
    that were computed before and are needed after; the place where these are the fewest numbers, k,
    is the narrowest. Then k sweeps go back from it to the inputs, k passes go on from it to the
    outputs, and a product of two matrices is the Jacobian. `chunk_size` is how many of the k go
    together.

    The better plain mode goes along the recording instead where that is quicker, by count (the
    place is no narrower than the inputs, or the outputs), and where a slope on the way is not
    finite, which the product would spread: so an entry is NaN here where it is in either mode.
    ``.choice()`` of what is returned says what the last call did, and why; before the first it is a
    ``RuntimeError``.

    Memory is that of reverse mode, and two matrices, k by the inputs and k by the outputs. All else
    is that of :func:`admodes.jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes import mixed
    >>> weights = np.linspace(-1.0, 1.0, 200)
    >>> jacobian = mixed.jacobian(lambda x: np.sin(weights * np.sum(x * x)))
    >>> jacobian(np.ones(100)).shape, jacobian.choice().mode
    ((200, 100), 'mixed')
    >>> print(jacobian.choice())
    mixed mode (1 number between 100 inputs and 200 outputs)
    """
    check_callable(f)
    chunk_size_of(chunk_size, 1)
    latest = list[Choice]()

    def through(*args: Any, **kwargs: Any) -> Any:
        inputs = Inputs(f, args, kwargs, argnums)
        whole, aux = recorded(inputs, has_aux, chunk_size, holomorphic)
        jacobians, choice = whole.chosen()
        latest[:] = [choice]
        return (jacobians, aux) if has_aux else jacobians

    named(through, f"jacobian of {name(f)}")
    return choosing(through, latest, name(f))


def recorded(
    inputs: Inputs, has_aux: bool = False, chunk_size: int | None = None, holomorphic: bool = False
) -> tuple["Whole", Any]:
    """The Jacobian of one recorded evaluation, which is still to be had, and auxiliary output."""
    tape = SizedTape()
    for i, x in enumerate(inputs.leaves):  # the nodes of inputs are the first
        tape.look(i, plain(x))
    pullback, aux = record(inputs.function, inputs, has_aux, tape=tape, kind=Sized)
    check_kinds(inputs.function, inputs.leaves, pullback.values, holomorphic)
    places = Places(tape, tape.outputs)
    return Whole(pullback, inputs, places, chunk_size, holomorphic), aux


class Whole:
    """The Jacobian of what was recorded, and the ways to it."""

    def __init__(
        self,
        pullback: Pullback,
        inputs: Inputs,
        places: Places,
        chunk_size: int | None,
        holomorphic: bool,
    ) -> None:
        self.pullback, self.inputs, self.places = pullback, inputs, places
        self.chunk_size, self.holomorphic = chunk_size, holomorphic
        self.columns, self.rows = Units(inputs.leaves), Units(pullback.values)

    def directions(self) -> tuple[int, int]:
        """How many forward mode takes, and reverse mode."""
        columns, rows = self.columns.count, self.rows.count
        if self.holomorphic:
            return columns, rows
        return columns * parts_of(self.columns.values), rows * parts_of(self.rows.values)

    def narrow(self) -> Place | None:
        """The narrowest place, if going through it takes less than the better mode."""
        place = self.places.narrowest()
        return place if place.pays(*self.directions(), self.chunk_size) else None

    def chosen(self) -> tuple[Any, Choice]:
        """By the way that takes least, and which that is."""
        place = self.narrow()
        columns, rows = self.directions()
        sizes = f"{counted(columns, 'input')} and {counted(rows, 'output')}"
        if place is not None:
            found = self.through(place)
            if found is not None:
                why = f"{counted(place.width, 'number')} between {sizes}"
                return found, Choice("mixed", self.chunk_size, why)
            why = "a slope is not finite"
        else:
            why = f"no narrow place between {sizes}"
        if columns < rows:
            return self.by_columns(), Choice("forward", self.chunk_size, why)
        found = every_row(self.pullback, self.inputs, self.chunk_size, self.holomorphic)
        return found, Choice("reverse", self.chunk_size, why)

    def through(self, place: Place) -> Any:
        """The product of the two matrices; ``None`` where not all is finite."""
        pullback, inputs = self.pullback, self.inputs
        if pullback.is_undefined:
            return None
        by_place, of_place = [], []
        try:
            with np.errstate(all="ignore"):  # the modes say it, who take over then
                for scale in (1, 1j) if place.is_complex else (1,):
                    by_place.append(self._outputs(place, scale))
                    of_place.append(self._place(place, scale if scale == 1 else -1j))
        except (ArithmeticError, RuntimeWarning):  # as in `admodes.core.singularities.settled`
            return None
        left = [_stacked(each) for each in zip(*by_place, strict=True)]
        right = [_stacked(each) for each in zip(*of_place, strict=True)]
        if self.holomorphic:  # of a complex output's cotangent 1 that is the real part
            left = [np.real(each) for each in left]
        if not _finite(left, right):
            return None
        results = [
            [block(_product(a, b), y, x) for b, x in zip(right, inputs.leaves, strict=True)]
            for a, y in zip(left, pullback.values, strict=True)
        ]
        if self.holomorphic:
            check_rows(pullback, inputs, results)
        return rebuild(pullback.output, map(inputs.like, results))

    def _outputs(self, place: Place, scale: complex) -> list[Any]:
        """Of each output the derivatives by what is alive at the place, a row each."""
        by = partial(self.pushed, place)
        return along_all(Units(place.values), by, self.pullback.values, self.chunk_size, scale)

    def _place(self, place: Place, scale: complex) -> list[Any]:
        """The derivatives of what is alive at the place by each input, a row each."""
        by = partial(self.pulled, place)
        return along_all(Units(place.values), by, self.inputs.leaves, self.chunk_size, scale)

    def pushed(self, place: Place, tangents: list[Any], lead: tuple[int, ...]) -> list[Any]:
        """Tangents of the outputs by those of what is alive at a place."""
        tape: Any = self.pullback.tape
        sources = list(zip(place.nodes, tangents, strict=True))
        return place.after.push_once(sources, tape.outputs, lead)

    def pulled(self, place: Place, cts: list[Any], lead: tuple[int, ...]) -> list[Any]:
        """Cotangents of the inputs by those of what is alive at a place."""
        pairs = zip(place.nodes, cts, strict=True)
        seeds = [(node, ct) for node, ct in pairs if ct is not None]
        return place.before.pull_once(seeds, self.pullback.sources, lead)

    def by_columns(self) -> Any:
        """Forward mode along the recording: the function is not evaluated again."""
        pullback, inputs, units = self.pullback, self.inputs, self.columns

        def by(tangents: list[Any], lead: tuple[int, ...]) -> list[Any]:
            return pullback.push(tangents)

        def along(scale: complex) -> list[Any]:
            return along_all(units, by, pullback.values, self.chunk_size, scale)

        turned = None
        matrices = along(1)
        if not self.holomorphic and any(map(is_complex, units.values)):
            turned = along(1j)
        results = by_columns(units, matrices, turned)
        if self.holomorphic:
            check_rows(pullback, inputs, results)
        return rebuild(pullback.output, map(inputs.like, results))


def _stacked(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _product(left: Any, right: Any) -> Any:
    """The sum over the rows of products of all entries of one and of the other."""
    count, *rest = np.shape(left)
    matrix = np.reshape(left, (count, int(np.prod(rest))))
    other = np.reshape(right, (count, int(np.prod(np.shape(right)[1:]))))
    if count == 1:  # for which NumPy has no BLAS: in half the time
        return np.multiply(np.transpose(matrix), other)
    return np.matmul(np.transpose(matrix), other)


def _finite(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Whether both matrices are, and their product is."""
    every = [*map(plain, left), *map(plain, right)]
    return bool(computed(_in_range, len(left), *every))


def _in_range(split: int, *parts: np.ndarray) -> bool:
    """Whether sums of products of the first parts and the others are, whichever are multiplied."""
    most = [_largest(own) for own in (parts[:split], parts[split:])]
    longest = max(map(len, parts), default=0)
    limit = min([float(np.finfo(part.dtype).max) for part in parts], default=0.0)
    return most[0] * most[1] * longest <= limit  # which no NaN is


def _largest(parts: Sequence[np.ndarray]) -> float:
    """The size of the largest entry of all; NaN, if one is."""
    return float(np.max([np.abs(part).max() for part in parts if part.size], initial=0.0))
