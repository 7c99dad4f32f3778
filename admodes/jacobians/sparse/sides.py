"""Both sides at once: some rows by sweeps back, all other entries by passes forward.

An arrow has a full row and a full column: its columns need as many colours as there are, and so do
its rows. But one sweep gives the row, and of what is left two passes give everything. Here the rows
with most entries are taken, or the columns, as many as it pays for.

T. F. Coleman, A. Verma, "The efficient computation of sparse Jacobian matrices using automatic
differentiation", SIAM J. Sci. Comput. 19 (1998) 1210; A. K. M. S. Hossain, T. Steihaug, "Computing
a sparse Jacobian matrix by rows and columns", Optim. Methods Softw. 10 (1998) 33. They choose rows
and columns in turns; here it is a number of the fullest lines of one kind.
"""

from typing import Any

import numpy as np

from admodes.jacobians.sparse.colouring import colours_of
from admodes.jacobians.sparse.reading import Sides, rows_of


def by_columns(pattern: Any) -> Sides:
    return Sides(colours_of(pattern), np.full(pattern.shape[0], -1))


def by_rows(pattern: Any) -> Sides:
    return Sides(np.full(pattern.shape[1], -1), colours_of(pattern.T.tocsr()))


def by_both(pattern: Any) -> Sides:
    """Whichever takes fewer: the fullest rows by sweeps, or the fullest columns by passes."""
    turned = pattern.T.tocsr()
    columns, rows = fullest_apart(pattern)
    others = Sides(*fullest_apart(turned)[::-1])
    return min(Sides(columns, rows), others, key=lambda sides: sides.directions)


def bound(pattern: Any) -> int:
    """The fewest directions that both sides may take, at best."""
    return min(worthwhile(each)[1] for each in (pattern, pattern.T.tocsr()))


def fullest_apart(pattern: Any) -> tuple[Any, Any]:
    """Colours of the columns and of the rows, where some of the fullest rows have one.

    Entries in these are read from sums of rows, so there columns of the same colour may meet.
    """
    apart = np.zeros(pattern.shape[0], bool)
    apart[worthwhile(pattern)[0]] = True
    columns = colours_of(pattern[~apart])
    rows = np.full(pattern.shape[0], -1)
    if apart.any():
        rows[apart] = colours_of(pattern[apart].T.tocsr())
    return columns, rows


def worthwhile(pattern: Any) -> tuple[Any, int]:
    """Which of the fullest rows to take apart, and what all need then: where the bound is least.

    The rest needs at least as many colours as its fullest row has entries, and those apart as many
    as the fullest column has in them.
    """
    lengths = np.diff(pattern.indptr)
    order = np.argsort(-lengths, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    ranks = rank[rows_of(pattern)]
    ordered = np.lexsort((ranks, pattern.indices))
    columns, ranks = pattern.indices[ordered], ranks[ordered]
    starts = np.flatnonzero(np.append(True, columns[1:] != columns[:-1])[: len(columns)])
    within = np.arange(len(columns)) - np.repeat(starts, np.diff(np.append(starts, len(columns))))
    apart = np.zeros(len(order) + 1, np.int64)
    np.maximum.at(apart, ranks + 1, within + 1)
    rest = np.append(lengths[order], 0)
    needed = np.maximum.accumulate(apart) + rest
    count = int(np.argmin(needed))
    return order[:count], int(needed[count])
