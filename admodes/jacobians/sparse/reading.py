"""Which entries of a matrix can be read from its products with a few directions.

The columns of one colour are added up. An entry can be read from that sum where its row has no
other entry of this colour: it stands alone there (A. Curtis, M. Powell, J. Reid, "On the estimation
of sparse Jacobian matrices", IMA J. Appl. Math. 13 (1974) 117). Any colouring is held to this,
whichever algorithm it comes from, before it is used.
"""

from typing import Any, NamedTuple

import numpy as np


def rows_of(pattern: Any) -> Any:
    """The row of each entry of a matrix in compressed rows."""
    return np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))


def alone(lines: Any, colours: Any) -> Any:
    """Whether the entries on these lines have a colour that no other on the same line has.

    `colours` are those of the entries; -1 is none, of which nothing can be read.
    """
    if not len(lines):
        return np.zeros(0, bool)
    count = int(colours.max()) + 2
    keys = lines * count + colours + 1
    size = (int(lines.max()) + 1) * count
    if size <= 8 * len(keys):
        often = np.bincount(keys, minlength=size)[keys]
    else:
        _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        often = counts[inverse]
    return (often == 1) & (colours >= 0)


def by_columns(pattern: Any, colours: Any) -> Any:
    """The entries that can be read from the sums of columns of one colour."""
    return alone(rows_of(pattern), colours[pattern.indices])


def by_rows(pattern: Any, colours: Any) -> Any:
    """The entries that can be read from the sums of rows of one colour."""
    return alone(pattern.indices.astype(np.intp), colours[rows_of(pattern)])


def number_of(colours: Any) -> int:
    return int(colours.max()) + 1 if len(colours) else 0


class Sides(NamedTuple):
    """Colours of the columns and of the rows; -1 of those that are left to the other side."""

    columns: Any
    rows: Any

    @property
    def directions(self) -> int:
        return number_of(self.columns) + number_of(self.rows)
