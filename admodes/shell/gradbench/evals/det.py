"""``det``: a determinant by expansion into minors, of which an n × n matrix has n!."""

from functools import cache
from typing import Any

import numpy as np

from admodes.shell.gradbench.tasks import derivative, value

AT_ONCE = 8
"""Matrices up to this size are expanded as a whole: tables of 8! entries stay in a cache."""


def determinant(a: Any) -> Any:
    """Along the first row: each entry, with alternating signs, times its minor.

    None of the minors is shared, as in the recursion that this eval is about.

    >>> a = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [5.0, 1.0, 4.0]])
    >>> float(determinant(a))
    23.0
    """
    size = len(a)
    if size <= AT_ONCE:
        return _expanded(a)
    minors = [determinant(a[1:, others]) for others in _others(size)]
    return np.sum(_signs(size) * a[0] * np.stack(minors))


def _expanded(a: Any) -> Any:
    """The same from the last row up: all minors of k rows at once are a sum over those of k − 1."""
    *tables, last = _tables(len(a))
    minors = a[-1, last[:, 0]]
    for row, columns in reversed(list(enumerate(tables))):
        minors = np.sum(
            _signs(columns.shape[1]) * a[row, columns] * minors.reshape(columns.shape), axis=1
        )
    return minors[0]


@cache
def _tables(size: int) -> list[Any]:
    """For each row the columns that are left, by which ones the rows above have taken.

    >>> [table.tolist() for table in _tables(2)]
    [[[0, 1]], [[1], [0]]]
    """
    tables = [np.arange(size)[np.newaxis]]
    while (left := tables[-1].shape[1]) > 1:
        tables.append(tables[-1][:, _others(left)].reshape(-1, left - 1))
    return tables


@cache
def _others(size: int) -> Any:
    """Row j is all columns but j."""
    every = np.arange(size)
    return np.stack([np.delete(every, j) for j in every])


def _signs(size: int) -> Any:
    return 1.0 - 2.0 * (np.arange(size) % 2)


def read(given: Any) -> tuple[Any]:
    size = given["ell"]
    return (np.array(given["A"], dtype=float).reshape(size, size),)


FUNCTIONS = {
    "primal": value(determinant, read),
    "gradient": derivative(determinant, read, lambda slopes: slopes.ravel().tolist()),
}
