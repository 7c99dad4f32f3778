"""Derivatives by neither mode: a third opinion, for where the two may both be wrong.

It knows nothing of rules or expressions: only the function at points nearby, in double precision.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def differences(
    function: Callable[[list[Any]], Sequence[Any]],
    values: Sequence[Any],
    tangents: Sequence[Any],
    step: float = 2.0**-6,
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

    Returns
    -------
    For each output its derivatives, an array of shape ``(k, *output.shape)``.
    """
    outputs: list[Any] = []  # the last ones, for their shapes

    def along(k: int) -> Callable[[float], Any]:
        def moved(h: float) -> Any:
            there = [
                _moved(x, 0.0 if t is None else t[k], h)
                for x, t in zip(values, tangents, strict=True)
            ]
            outputs[:] = map(double, function(there))
            return np.concatenate([y.reshape(-1) for y in outputs])

        return moved

    directions = range(next(len(t) for t in tangents if t is not None))
    derivatives = np.stack([_extrapolated(along(k), step) for k in directions])
    ends = np.cumsum([y.size for y in outputs])[:-1]
    return [
        (piece if np.iscomplexobj(y) else np.real(piece)).reshape(len(directions), *y.shape)
        for piece, y in zip(np.split(derivatives, ends, axis=1), outputs, strict=True)
    ]


def _moved(x: Any, t: Any, h: float) -> Any:
    """`x` moved by `h` along `t`, in double precision."""
    moved = np.asarray(double(x) + h * double(t))
    if isinstance(x, (np.ndarray, np.generic)):
        return moved if isinstance(x, np.ndarray) else moved[()]
    return moved.item()


def _extrapolated(function: Callable[[float], Any], h: float) -> Any:
    """The derivative of `function` at 0, entry by entry, by Ridders' method.

    Central differences at steps that shrink by 4 are extrapolated to step 0 (Neville's scheme in
    h²). Each entry takes the value of the scheme that its neighbours there confirm best, so that no
    one step has to suit all entries. Stops when all are sure to ten digits.
    """
    above: list[Any] = []
    best: Any = None
    doubt: Any = None
    with np.errstate(all="ignore"):
        for _ in range(12):
            row = [(function(h) - function(-h)) / (2 * h)]
            for j, previous in enumerate(above, start=1):
                row.append(row[-1] + (row[-1] - previous) / (16.0**j - 1))
                error = np.maximum(np.abs(row[j] - row[j - 1]), np.abs(row[j] - previous))
                error[np.isnan(error)] = np.inf
                if best is None:
                    best, doubt = row[j], error
                better = error < doubt
                best, doubt = np.where(better, row[j], best), np.where(better, error, doubt)
            above, h = row, h / 4
            if best is not None and (doubt <= 1e-10 * largest(best)).all():
                break
    return best


def double(x: Any) -> Any:
    """An array in double precision at least; what is complex stays complex."""
    return np.asarray(x).astype(np.result_type(x, float))


def largest(*arrays: Any) -> float:
    """The largest finite magnitude."""
    with np.errstate(all="ignore"):
        sizes = [float(np.max(np.abs(x), initial=0.0)) for x in arrays]
    return max((size for size in sizes if math.isfinite(size)), default=0.0)
