"""Central differences, extrapolated: a third opinion from the values of a function alone.

It knows nothing of rules or expressions: only the function at points nearby, in double precision.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.truth.directions import Function, direction_count, double, largest, moved_along


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
    outputs: list[Any] = []  # the last ones

    def along(k: int) -> Callable[[float], Any]:
        def moved(h: float) -> Any:
            outputs[:] = map(np.asarray, function(moved_along(values, tangents, k, h)))
            return np.concatenate([double(y).reshape(-1) for y in outputs])

        if not side:
            return lambda h: (moved(h) - moved(-h)) / (2 * h)
        return lambda h: (moved(side * h) - moved(0.0)) / (side * h)

    def rounding() -> Any:
        """How far the last outputs may be off."""
        parts = [
            np.maximum(np.abs(y), size).reshape(-1) * max(_epsilon(y), epsilon)
            for y, size in zip(outputs, sizes or [0.0] * len(outputs), strict=True)
        ]
        return np.concatenate(parts)

    directions = range(direction_count(tangents))
    # The error of a central difference has even powers of h only, that of a one-sided one has all.
    ratio = 4.0 if side else 16.0
    found = [_extrapolated(along(k), rounding, step, ratio) for k in directions]
    ends = np.cumsum([y.size for y in outputs])[:-1]
    parts = (np.split(np.stack(each), ends, axis=1) for each in zip(*found, strict=True))
    return [
        Estimate(
            (value if np.iscomplexobj(y) else np.real(value)).reshape(len(found), *y.shape),
            doubt.reshape(len(found), *y.shape),
        )
        for value, doubt, y in zip(*parts, outputs, strict=True)
    ]


def _epsilon(y: Any) -> float:
    return float(np.finfo(y.dtype).eps) if y.dtype.kind in "fc" else 0.0


def _extrapolated(
    quotient: Callable[[float], Any], rounding: Callable[[], Any], h: float, ratio: float
) -> tuple[Any, Any]:
    """The limit of `quotient` at 0 and its doubt, entry by entry, by Ridders' method.

    Quotients at steps that shrink by 4 are extrapolated to step 0 (Neville's scheme; each column
    removes an error that shrinks by one more power of `ratio`). Each entry takes the value of the
    scheme that its neighbours there confirm best, so that no one step has to suit all entries; they
    cannot confirm what `rounding` of the values may change. Stops when all are sure to ten digits.
    """
    above: list[Any] = []
    best: Any = None
    doubt: Any = None
    steep = _Steep()
    with np.errstate(all="ignore"):
        for _ in range(12):
            row = [quotient(h)]
            least = rounding() / h
            steep.see(row[0], best, doubt)
            for j, previous in enumerate(above, start=1):
                row.append(row[-1] + (row[-1] - previous) / (ratio**j - 1))
                error = np.maximum(np.abs(row[j] - row[j - 1]), np.abs(row[j] - previous))
                error = np.maximum(error, least)
                error[np.isnan(error)] = np.inf
                if best is None:
                    best, doubt = row[j], error
                better = error < doubt
                best, doubt = np.where(better, row[j], best), np.where(better, error, doubt)
            above, h = row, h / 4
            if best is not None and (doubt <= 1e-10 * largest(best)).all():
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
