"""Making a plan: the pattern, the mode and its colours, and where each entry is read."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import is_floating, plain
from admodes.jacobians.sparse.choice import Choice, chosen
from admodes.jacobians.sparse.limits import limits
from admodes.jacobians.sparse.reading import Sides, by_columns, by_rows, number_of, rows_of
from admodes.jacobians.sparse.star import readable, star_colours
from admodes.jacobians.sparse.tracing import symmetric, traced
from admodes.modes.arguments import Inputs
from admodes.modes.complex_derivatives import is_complex

NESTING = "forward-over-reverse"


class Making(NamedTuple):
    """What a plan is made of."""

    pattern: Any
    mode: str
    sides: Sides
    places: Any  # of each entry, in the rows of all passes
    dtype: Any  # of the inputs and outputs together
    rounding: float  # of the least precise numbers on the way


def made(
    inputs: Inputs,
    what: str,
    mode: str,
    known: Any,
    parts: Callable[[Any, Sides], list[Any]],
) -> Making:
    """A plan at these inputs, with the entries of a pattern that is `known` as well.

    `parts` gives the passes for a pattern's shape and colours.
    """
    pattern, values, rounding = traced(inputs)
    if any(map(is_complex, values)):
        raise TypeError(
            f"{what}: the outputs must be real; return the real and the imaginary part, by "
            "np.real and np.imag"
        )
    if known is not None and known.shape == pattern.shape:
        pattern = (pattern + known).tocsr()
    if mode == NESTING:
        pattern = symmetric(pattern)
    pattern.sort_indices()
    if (own := limits()) is not None:
        own.judge(pattern, mode == NESTING)
    kinds = [x for x in map(plain, [*inputs.leaves, *values]) if is_floating(x)]
    dtype = np.result_type(*kinds) if kinds else np.dtype(float)
    if mode == NESTING:
        sides = Sides(star_colours(pattern), np.full(pattern.shape[0], -1))
        return Making(pattern, mode, sides, symmetric_places(pattern, sides), dtype, rounding)
    choice = chosen(pattern, mode, lambda sides: parts(pattern.shape, sides))
    read = places(pattern, choice)
    return Making(pattern, choice.mode, choice.sides, read, dtype, rounding)


def places(pattern: Any, choice: Choice) -> Any:
    """For each entry, where it is in the rows of all passes, one after another."""
    rows, columns = rows_of(pattern), pattern.indices.astype(np.int64)
    of_columns, of_rows = choice.sides
    forwards = of_columns[columns] * pattern.shape[0] + rows
    backwards = of_rows[rows] * pattern.shape[1] + columns
    backwards += number_of(of_columns) * pattern.shape[0]
    first = by_columns(pattern, of_columns)
    found = np.where(first, forwards, backwards)
    if not np.all(first | by_rows(pattern, of_rows)):
        raise AssertionError("a colouring from which not every entry can be read")
    return found


def symmetric_places(pattern: Any, sides: Sides) -> Any:
    """The same for a symmetric matrix: both of a pair are read at the same place."""
    colours, count = sides.columns, pattern.shape[0]
    rows, columns = rows_of(pattern), pattern.indices.astype(np.int64)
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    by_row, by_column = readable(pattern, colours)
    if not np.all(by_row | by_column):
        raise AssertionError("a colouring from which not every entry can be read")
    upper = rows <= columns
    # Of an entry above the diagonal its row is the lower number, of one below it is the higher.
    from_low = np.where(upper, by_row, by_column)
    return np.where(from_low, colours[high] * count + low, colours[low] * count + high)
