"""What an order of eliminations gives, and what it costs beside the two modes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from admodes.core.values import Traced
from admodes.jacobians.elimination.accumulating import Accumulation, Step, Weights, is_unit
from admodes.jacobians.elimination.links import AnyLinks, Links, linked, without_units
from admodes.jacobians.elimination.numbers import Numbers, not_finite
from admodes.jacobians.elimination.repeating import nodes_of
from admodes.measure.tables import as_text
from admodes.measure.words import counted as counted_in_words
from admodes.modes.containers import leaves

if TYPE_CHECKING:
    from fractions import Fraction


class Counted(NamedTuple):
    """What an order takes."""

    multiplications: int
    nontrivial: int
    """Those in which neither factor is 1 or -1 whatever the inputs are."""


class Elimination:
    """A Jacobian by an order of eliminations: made by :func:`admodes.eliminate`.

    ``names`` are those of the numbers in the graph, inputs first, and an order is one of their
    places there. ``print`` shows what the order costs beside others.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        numbers: Numbers,
        weights: Weights,
        order: Sequence[int],
        by: str,
        proven: bool | None,
        at_least: int | None,
        count: str,
        others: Mapping[str, Sequence[int]],
        args: Sequence[Any] = (),
    ) -> None:
        self.f, self.numbers, self.edges = f, numbers, dict(weights)
        self.order = tuple(order)
        """The numbers that are eliminated, one after the other."""
        self.by = by
        """The name of the order, as it was asked for."""
        self.proven = proven
        """Whether it is proven that no order takes fewer multiplications; ``None`` where nobody
        has looked."""
        self.at_least = at_least
        """Multiplications that every order takes; ``None`` likewise."""
        self.count = count
        """What the order was looked for by: ``"all"`` multiplications, or ``"nontrivial"`` ones."""
        self.others = {name: counted(numbers, weights, other) for name, other in others.items()}
        """What forward mode, reverse mode and the orders by least degree take."""
        # Those that carry derivatives of another differentiation, which the edges do not.
        self._carrying = args if any(isinstance(x, Traced) for _, x in leaves(args)) else None

    @property
    def names(self) -> tuple[str, ...]:
        """Those of all numbers that are computed, each its own: as in the source where they have
        one there, of others the operation; the second of the same name is ``"* 2"``."""
        return self.numbers.distinct

    @property
    def labels(self) -> tuple[str, ...]:
        """The same without the numbers, as a picture has them, which shows which one it is."""
        return self.numbers.names

    @property
    def inputs(self) -> tuple[int, ...]:
        """The numbers of the arguments, entry by entry: the first in the graph."""
        return tuple(range(self.numbers.inputs))

    @property
    def outputs(self) -> tuple[int, ...]:
        """The number of each entry of the output; -1 where it depends on no input."""
        return self.numbers.outputs

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The eliminations, each with its number, the numbers before and after that one, the
        derivatives on the edges that lead past it then, and its multiplications."""
        return tuple(self._accumulation(self.edges).eliminated(self.order))

    @property
    def multiplications(self) -> int:
        """How many the order takes: for each number those before it times those after it."""
        return self._counted.multiplications

    @property
    def nontrivial(self) -> int:
        """Those of them in which neither factor is 1 or -1 whatever the inputs are."""
        return self._counted.nontrivial

    @cached_property
    def _counted(self) -> Counted:
        return total(self.steps)

    @cached_property
    def jacobian(self) -> Any:
        """The derivatives, of shape (numbers in the output, numbers in the input): an array that
        cannot be written into, and that carries derivatives itself where the arguments did."""
        if self._carrying is not None:
            return self.jacobian_at(*self._carrying)
        found = self._array(self._rows(self.edges))
        found.flags.writeable = False  # it is given to everybody who asks
        return found

    def exact_jacobian(self) -> "list[list[Fraction]]":
        """The same by exact arithmetic on the local derivatives, each as the fraction that the
        floating-point number is: it does not depend on the order at all."""
        from fractions import Fraction

        exact = {key: w if type(w) is int else Fraction(float(w)) for key, w in self.edges.items()}
        return [[Fraction(each) for each in row] for row in self._rows(exact)]

    def jacobian_at(self, *args: Any) -> Any:
        """The Jacobian at other arguments, by the same order.

        The function is recorded there, and nothing is searched. It may itself be differentiated, or
        made a program of: ``admodes.program(elimination.jacobian_at, *args)``.

        Parameters
        ----------
        args
            Of the shapes that the graph was recorded for.

        Returns
        -------
        As :attr:`jacobian`.

        Raises
        ------
        ValueError
            Where the function computes something else there, by another branch say, or a derivative
            is not finite.

        Examples
        --------
        >>> import admodes as ad
        >>> found = ad.eliminate(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
        >>> found.jacobian_at(3.0, 1.0)
        array([[2., 6.]])
        """
        found = self._array(self.entries_at(*args))
        if not np.all(np.isfinite(found)):
            raise ValueError(not_finite(self.numbers.name))
        return found

    def entries_at(self, *args: Any) -> tuple[tuple[Any, ...], ...]:
        """The same as numbers, a row for each number of the output, as a program is quickest with.

        Whether they are finite is not asked here.

        Examples
        --------
        >>> import admodes as ad
        >>> found = ad.eliminate(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
        >>> ad.program(found.entries_at, 2.0, 1.0)(3.0, 1.0)
        ((2.0, 6.0),)
        """
        weights = self.numbers.weights(*nodes_of(self.f, args, self.numbers))
        return tuple(map(tuple, self._rows(weights)))

    def _accumulation(self, weights: Weights) -> Accumulation:
        return Accumulation(weights, self.outputs)

    def _rows(self, weights: Weights) -> list[list[Any]]:
        accumulation = self._accumulation(weights)
        for number in self.order:
            accumulation.eliminate(number)
        return accumulation.rows(self.outputs, self.numbers.inputs)

    def _array(self, rows: Iterable[Iterable[Any]]) -> Any:
        entries = [each for row in rows for each in row]
        shape = len(self.outputs), self.numbers.inputs
        if any(isinstance(each, Traced) for each in entries):
            return np.reshape(np.stack(entries), shape)
        return np.array(entries, self.numbers.dtype).reshape(shape)

    def __repr__(self) -> str:
        words = ", ".join(f"{name} {each.multiplications:,}" for name, each in self.others.items())
        return (
            f"<Elimination of {self.numbers.name}: {self.multiplications:,} multiplications by "
            f"order {self.by!r}; {words}>"
        )

    def __str__(self) -> str:
        numbers = self.numbers
        sizes = numbers.inputs, len(self.order), len(self.edges), len(self.outputs)
        whats = "input", "inner number", "edge", "output"
        of = ", ".join(counted_in_words(*pair) for pair in zip(sizes, whats, strict=True))
        counts = {**self.others, self.by: self._counted}
        rows = [["order", "multiplications", "not by ±1"]]
        rows += [[name, *(f"{each:,}" for each in counts[name])] for name in counts]
        lines = [f"{numbers.name}: {of}", *as_text(rows, left={0})]
        if self.proven:
            without = " by others than ±1" if self.count == "nontrivial" else ""
            lines.append(f"no order takes fewer multiplications{without}: that is proven")
        elif self.at_least:
            lines.append(f"no order takes fewer than {self.at_least:,}, as cuts of the graph show")
        return "\n".join(lines)


def counted(numbers: Numbers, weights: Weights, order: Iterable[int]) -> Counted:
    """What an order takes."""
    return total(Accumulation(weights, numbers.outputs).eliminated(order))


def total(steps: Iterable[Step]) -> Counted:
    counts = [(step.multiplications, step.nontrivial) for step in steps]
    return Counted(*map(sum, zip(*counts, strict=True))) if counts else Counted(0, 0)


def links_of(numbers: Numbers, weights: Weights) -> Links:
    return linked(len(numbers.names), numbers.inputs, numbers.outputs, weights)


def counting_nontrivial(numbers: Numbers, weights: Weights) -> AnyLinks:
    """The same, by which multiplications by ±1 are free."""
    units = [ends for ends, weight in weights.items() if is_unit(weight)]
    return without_units(links_of(numbers, weights), units)


def check_finite(numbers: Numbers, weights: Weights) -> None:
    """Raises ``ValueError`` where a local derivative is not finite."""
    if not all(isfinite(each) for each in weights.values()):
        raise ValueError(not_finite(numbers.name))
