"""Reading: ``x[index]`` by every kind of index, ``take`` and ``take_along_axis``."""

import operator

import numpy as np

from tests.cases import case, normal

ROWS = np.array([2, 0, 2])
COLUMNS = np.array([[1, 1, 0], [3, -1, 1]])


def read(f, *args):
    return case(operator.getitem, f, *args)


BASIC = [
    read(lambda x: x[2], normal(4)),
    read(lambda x: x[-1], normal(4, 3)),
    read(lambda x: x[1, -2], normal(4, 3)),
    read(lambda x: x[np.int64(1)], normal(4, 3)),
    read(lambda x: x[1:], normal(4, 3)),
    read(lambda x: x[..., 1:3], normal(2, 3, 4)),
    read(lambda x: x[1, ..., ::2], normal(2, 3, 4)),
    read(lambda x: x[::-1], normal(4)),
    read(lambda x: x[-2:0:-2, ::-1], normal(5, 3)),
    read(lambda x: x[None], normal(3)),
    read(lambda x: x[:, None, 1:], normal(2, 3)),
    read(lambda x: x[2:2], normal(3, 2)),
    read(lambda x: x[()], normal(3)),
    read(lambda x: x[()], normal()),
    read(lambda x: x[..., None], normal()),
    read(lambda x: x[...], normal(2, 3)),
    read(lambda x: x[:0], normal(0, 3)),
    read(lambda x: x[0] * x[0] + x[1] * x[0] + np.sum(x[1:]), normal(4)),
    read(lambda x: x[1:] - x[:-1], normal(5)),
    read(lambda x: sum(v * v for v in x), normal(4)),
    read(lambda x: x.item(2) * x.item(0), normal(4)),
    read(lambda x: x.item(1, 2) + x.item((0, 1)), normal(2, 3)),
]

ADVANCED = [
    read(lambda x: x[ROWS], normal(3)),
    read(lambda x: x[ROWS], normal(3, 2)),
    read(lambda x: x[[0, 0, -1]], normal(3, 2)),
    read(lambda x: x[COLUMNS], normal(4, 2)),
    read(lambda x: x[np.array(1)], normal(4, 2)),
    read(lambda x: x[[]], normal(4, 2)),
    read(lambda x: x[:, []], normal(2, 4)),
    read(lambda x: x[ROWS, ROWS], normal(3, 3)),
    read(lambda x: x[ROWS, COLUMNS], normal(3, 4)),
    read(lambda x: x[:, ROWS], normal(2, 3)),
    read(lambda x: x[:, ROWS, ROWS], normal(2, 3, 3)),
    read(lambda x: x[..., ROWS], normal(2, 2, 3)),
    read(lambda x: x[ROWS, 1], normal(3, 2)),
    read(lambda x: x[1, ROWS], normal(2, 3)),
    read(lambda x: x[ROWS, :, ROWS], normal(3, 2, 3)),
    read(lambda x: x[COLUMNS, :, ROWS], normal(4, 2, 3)),
    read(lambda x: x[0, :, ROWS], normal(2, 2, 3)),
    read(lambda x: x[ROWS, :, 0], normal(3, 2, 2)),
    read(lambda x: x[ROWS, None, 0], normal(3, 2, 2)),
    read(lambda x: x[ROWS, ..., 0], normal(3, 2, 2)),
    read(lambda x: x[:, ROWS, :, 1], normal(2, 3, 2, 2)),
    read(lambda x: x[:, 1, :, ROWS], normal(2, 3, 2, 3)),
    read(lambda x: x[ROWS, ::-1], normal(3, 2)),
    read(lambda x: x[None, ROWS], normal(3)),
    read(lambda x: x[x > 0], normal(5)),
    read(lambda x: x[x > 0], normal(2, 3)),
    read(lambda x: x[np.array([True, False, True])], normal(3, 2)),
    read(lambda x: x[[True, False, True]], normal(3, 2)),
    read(lambda x: x[:, np.array([True, False, True])], normal(2, 3)),
    read(lambda x: x[np.array([True, False, True]), 1], normal(3, 2)),
    read(lambda x: x[np.array([True, False, True]), :, ROWS[:2]], normal(3, 2, 3)),
    read(lambda x: x[ROWS[:2], :, np.array([True, False, True])], normal(3, 2, 3)),
    read(lambda x: x[:, np.array([[True, False], [True, True]])], normal(3, 2, 2)),
    read(lambda x: x[np.array([[True, False], [True, True]]), :, 1], normal(2, 2, 3, 2)),
    read(lambda x: x[np.zeros(3, bool)], normal(3, 2)),
    read(lambda x: x[True], normal(3)),
    read(lambda x: x[False], normal(3)),
    read(lambda x: x[np.True_, 0], normal(3)),
    read(lambda x: x[True, :, [0, 1]], normal(2, 3)),
    read(lambda x: x[x > 0], normal()),
    read(lambda x: x[np.ix_([0, 2], [1, 1])], normal(3, 2)),
    read(lambda x: x[np.nonzero(x > 0)], normal(2, 3)),
    read(lambda x: x[ROWS] * x[::-1] + x[1], normal(3)),
]

TAKE = [
    case(np.take, lambda x: np.take(x, [0, -1, 0]), normal(2, 3)),
    case(np.take, lambda x: np.take(x, COLUMNS, axis=1), normal(2, 4, 2)),
    case(np.take, lambda x: x.take(ROWS, axis=-1), normal(2, 3)),
    case(np.take, lambda x: np.take(x, 1, axis=0), normal(2, 3)),
    case(np.take, lambda x: np.take(x, [], axis=0), normal(2, 3)),
    case(np.take, lambda x: np.take(x, [-7, 1, 8], axis=1, mode="wrap"), normal(2, 3)),
    case(np.take, lambda x: np.take(x, [-7, 1, 8], axis=0, mode="clip"), normal(3, 2)),
    case(np.take_along_axis, lambda x: np.take_along_axis(x, ROWS, axis=0), normal(3)),
    case(np.take_along_axis, lambda x: np.take_along_axis(x, COLUMNS, axis=1), normal(2, 4)),
    case(np.take_along_axis, lambda x: np.take_along_axis(x, COLUMNS[:1], axis=0), normal(4, 3)),
    case(np.take_along_axis, lambda x: np.take_along_axis(x, ROWS, axis=None), normal(2, 3)),
    case(
        np.take_along_axis,
        lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0) * x,
        normal(3, 2),
    ),
]

CASES = [*BASIC, *ADVANCED, *TAKE]
