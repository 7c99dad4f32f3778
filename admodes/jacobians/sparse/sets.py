"""Sets of inputs, one for each entry of an array: the rows of a sparse matrix of booleans.

A row an entry, in the order "C"; a column an input. All that happens to them is that rows are
picked, united entry by entry, or united along a matrix.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from admodes.jacobians.sparse.limits import EACH, limits
from admodes.measure.free_memory import free

LARGE = 1 << 24
"""Entries of a set of rows from which on it is asked whether they fit into memory."""
BYTES = 32
"""That an entry takes while rows are picked."""


def check_room(entries: int, seconds: float = EACH) -> None:
    """Raise where so many entries, of so many seconds each, are more than fit into memory.

    Raises
    ------
    MemoryError
        It says what to do instead.
    """
    if (own := limits()) is not None:
        own.look(entries, seconds)
    if entries > LARGE and entries * BYTES > free():
        raise MemoryError(
            f"the pattern of this function, or of a value on the way to it, has up to {entries:,} "
            "entries, which do not fit into memory: it is not sparse. Use admodes.jacobian, or "
            "admodes.jvp and admodes.vjp along the directions that are wanted"
        )


def of(indptr: Any, indices: Any, columns: int) -> Any:
    """Sets by the arrays of a matrix in compressed rows."""
    data = np.ones(len(indices), bool)
    return sparse.csr_array((data, indices, indptr), shape=(len(indptr) - 1, columns))


def identity(start: int, count: int, columns: int) -> Any:
    """Of `count` inputs, from number `start` on: each depends on itself."""
    kind = np.int32 if columns < 2**31 else np.int64
    return of(
        np.arange(count + 1, dtype=kind), np.arange(start, start + count, dtype=kind), columns
    )


def empty(count: int, columns: int) -> Any:
    return sparse.csr_array((count, columns), dtype=bool)


def stacked(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else sparse.vstack(parts, format="csr", dtype=bool)


def picked(sets: Any, rows: Any) -> Any:
    """The sets with these numbers, of which -1 is the empty one."""
    count = sets.shape[0]
    if len(rows) == count and np.array_equal(rows, np.arange(count)):
        return sets
    lengths = np.append(np.diff(sets.indptr), 0)[rows]
    ends = np.cumsum(lengths, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    check_room(total)
    starts = ends - lengths
    places = np.repeat(sets.indptr[rows] - starts, lengths) + np.arange(total)
    return of(np.concatenate([[0], ends]), sets.indices[places], sets.shape[1])


def united(parts: Sequence[Any]) -> Any:
    """Of sets of equally many rows, row by row. What is there several times counts once."""
    first, *others = {id(part): part for part in parts}.values()
    for other in others:
        check_room(first.nnz + other.nnz)
        first = first + other
    return first


def along(matrix: Any, sets: Any) -> Any:
    """For each row of the matrix, the union of the sets that it names."""
    check_room(int(np.diff(sets.indptr)[matrix.indices].sum(dtype=np.int64)))
    return matrix @ sets


def matrix(rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    """The matrix that has these entries, some of them perhaps several times."""
    data = np.ones(len(rows), bool)
    return sparse.coo_array((data, (rows, columns)), shape=shape).tocsr()


def everything(parts: Sequence[Any], count: int) -> Any:
    """So many sets, each of all inputs that are in any of the parts."""
    columns = parts[0].shape[1]
    there = np.zeros(columns, bool)
    for part in parts:
        there[part.indices] = True
    own = np.flatnonzero(there).astype(parts[0].indices.dtype)
    check_room(count * len(own))
    indptr = np.arange(count + 1, dtype=np.int64) * len(own)
    return of(indptr, np.tile(own, count), columns)
