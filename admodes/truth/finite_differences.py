"""Central differences, extrapolated: a third opinion from the values of a function alone.

It knows nothing of rules or expressions: only the function at points nearby, in double precision.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from admodes.truth.directions import Function, Ray, direction_count, double, largest

#: how many powers of the step an extrapolation removes at most
COLUMNS = 7
#: what no value is nearer to than by underflow
SMALLEST = float(np.finfo(float).smallest_subnormal)


class Estimate(NamedTuple):
    """The derivatives of one output, and how far each may be off by its own account."""

    value: Any  #: an array of shape ``(k, *output.shape)``
    doubt: Any  #: likewise


def differences(
    function: Function,
    values: Sequence[Any],
    tangents: Sequence[Any],
    step: float = 2.0**-6,
    sizes: Sequence[float] = (),
) -> list[Any]:
    """The derivatives of `function` at `values` along `tangents`, by extrapolated differences.

    Parameters
    ----------
    function
        From a list of numbers and arrays to another one, always of the same shapes.
    values
        Where to take them.
    tangents
        For each value its directions, an array of shape ``(k, *value.shape)``, or ``None`` where it
        stays as it is.
    step
        The first and longest: a good one changes the values by about 1/64 of their size.
    sizes
        For each output how large the numbers are that it is a sum of, if that is known. Where they
        cancel, its rounding errors are theirs, however small it is itself.

    Returns
    -------
    For each output its derivatives, an array of shape ``(k, *output.shape)``.
    """
    return [value for value, _ in estimates(function, values, tangents, step, sizes=sizes)]


def estimates(
    function: Function,
    values: Sequence[Any],
    tangents: Sequence[Any],
    step: float = 2.0**-6,
    side: int = 0,
    epsilon: float = 0.0,
    sizes: Sequence[float] = (),
) -> list[Estimate]:
    """The same with the doubt of each entry: how well neighbours in the scheme confirm it.

    With a `side`, the derivative to the right (1) or to the left (-1) alone. No value is taken to
    be rounded to better than `epsilon`.
    """
    lines = [
        Line(function, values, tangents, k, sizes=sizes, epsilon=epsilon)
        for k in range(direction_count(tangents))
    ]
    return lines[0].parts([_extrapolated(line, step, side) for line in lines])


class Line:
    """The outputs of a function along one direction: one flat array, and how far it may be off."""

    def __init__(
        self,
        function: Function,
        values: Sequence[Any],
        tangents: Sequence[Any],
        k: int,
        sizes: Sequence[float] = (),
        epsilon: float = 0.0,
        precision: Any = float,
    ) -> None:
        self.function, self.values, self.tangents, self.k = function, values, tangents, k
        self.sizes, self.epsilon, self.precision = sizes, epsilon, precision
        self.outputs: list[Any] = []  # the last ones
        self._moved = Ray(values, tangents, k, precision)

    def __call__(self, h: float) -> Any:
        self.outputs = [np.asarray(y) for y in self.function(self._moved(h))]
        return np.concatenate([double(y).reshape(-1) for y in self.outputs])

    @cached_property
    def here(self) -> Any:
        return self(0.0)

    def rounding(self, *flat: Any) -> Any:
        """How far outputs may be off for rounding their last digit alone."""
        magnitude = np.abs(flat[0])
        for other in flat[1:]:
            magnitude = np.maximum(magnitude, np.abs(other))
        sizes = self.sizes or [0.0] * len(self.outputs)
        if len(self.outputs) == 1:
            epsilon = max(_epsilon(self.outputs[0]), self.epsilon)
            return np.maximum(magnitude, sizes[0]) * epsilon + SMALLEST
        floors = [np.full(y.size, size) for y, size in zip(self.outputs, sizes, strict=True)]
        epsilons = [np.full(y.size, max(_epsilon(y), self.epsilon)) for y in self.outputs]
        largest = np.maximum(magnitude, np.concatenate(floors))
        return largest * np.concatenate(epsilons) + SMALLEST

    def quotient(self, h: float, side: int = 0) -> tuple[Any, Any]:
        """The difference quotient over `h`, and how far rounding may move it."""
        if side:
            there, here = self(side * h), self.here
            return (there - here) / (side * h), 2 * self.rounding(there, here) / h
        right, left = self(h), self(-h)
        return (right - left) / (2 * h), self.rounding(right, left) / h

    def parts(self, found: Sequence[tuple[Any, Any]]) -> list[Estimate]:
        """Flat derivatives and doubts, one pair a direction, as an estimate an output."""
        ends = np.cumsum([y.size for y in self.outputs])[:-1]
        parts = (np.split(np.stack(each), ends, axis=1) for each in zip(*found, strict=True))
        return [
            Estimate(
                (value if np.iscomplexobj(y) else np.real(value)).reshape(len(found), *y.shape),
                doubt.reshape(len(found), *y.shape),
            )
            for value, doubt, y in zip(*parts, self.outputs, strict=True)
        ]


def _epsilon(y: Any) -> float:
    return float(np.finfo(y.dtype).eps) if y.dtype.kind in "fc" else 0.0


class Scheme:
    """Quotients at steps that shrink by 4, extrapolated to step 0: Neville's scheme.

    Each column removes an error that shrinks by one more power of `ratio`. The error of a central
    difference has even powers of the step only, that of a one-sided one has all.
    """

    def __init__(self, side: int = 0) -> None:
        self.ratio = 4.0 if side else 16.0
        self.row: Any = []
        self.noise: Any = 0.0  # what rounding may do to the entries of the row

    def add(self, quotient: Any, noise: Any) -> tuple[Any, Any] | None:
        """What the scheme gives with one more quotient, a column after the other: values, doubts.

        A doubt is how far its neighbours in the scheme are, which cannot confirm what rounding may
        change. A first quotient alone has none.
        """
        before = self.row[:COLUMNS]
        # The weight of the row before is 1/15 at most, and those of older ones fall faster.
        self.noise = 1.1 * noise + 0.08 * self.noise
        row = [quotient]
        for j, previous in enumerate(before, start=1):
            row.append(row[-1] + (row[-1] - previous) / (self.ratio**j - 1))
        self.row = np.array(row)
        if not len(before):
            return None
        values = self.row[1:]
        doubts = np.maximum(np.abs(values - self.row[:-1]), np.abs(values - before))
        doubts = np.maximum(doubts, self.noise)
        doubts[np.isnan(doubts)] = np.inf
        return values, doubts


def surest(values: Any, doubts: Any) -> tuple[Any, Any]:
    """Of rows of values, entry by entry the first of those that are most sure, and its doubt."""
    least = np.argmin(doubts, axis=0), np.arange(doubts.shape[1])
    return values[least], doubts[least]


def _extrapolated(line: Line, h: float, side: int) -> tuple[Any, Any]:
    """The derivative along a line and its doubt, entry by entry, by Ridders' method.

    Each entry takes the value of the scheme that its neighbours there confirm best, so that no one
    step has to suit all entries. Stops when all are sure to ten digits, or can only become worse.
    """
    scheme = Scheme(side)
    best: Any = None
    doubt: Any = None
    steep = _Steep()
    with np.errstate(all="ignore"):
        for _ in range(12):
            quotient, noise = line.quotient(h, side)
            steep.see(quotient, best, doubt)
            found = scheme.add(quotient, noise)
            if found is not None:
                value, error = surest(*found)
                if best is None:
                    best, doubt = value, error
                better = error < doubt
                best, doubt = np.where(better, value, best), np.where(better, error, doubt)
            h /= 4
            if best is not None and (
                (doubt <= 1e-10 * largest(best)).all() or (noise > doubt).all()
            ):
                break
        return best, steep.doubted(best, doubt)


class _Steep:
    """Slopes of longer steps, where shorter ones see no change at all.

    Either the function is flat here and was not over there, or its values have too few digits to
    tell, as those of float32: which of the two, no step can say.
    """

    def __init__(self) -> None:
        self.flat: Any = None
        self.slope: Any = None

    def see(self, quotient: Any, best: Any, doubt: Any) -> None:
        """A further step, and what was found by those before it."""
        flat = quotient == 0
        if best is None:
            self.flat, self.slope = flat, np.zeros_like(quotient)
            return
        sure = doubt < 0.1 * np.abs(best)
        self.slope = np.where(flat & ~self.flat & sure, best, self.slope)
        self.flat = self.flat | flat

    def doubted(self, best: Any, doubt: Any) -> Any:
        return np.where(self.slope != 0, np.maximum(doubt, np.abs(best - self.slope)), doubt)
