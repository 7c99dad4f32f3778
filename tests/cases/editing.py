"""Entries taken out, put in, and repeated."""

import numpy as np

from tests.cases import case, normal

ZEROS = np.array([0.0, 0.0, 1.5, 0.0, -2.0, 0.0])
FRAMED = np.pad(normal(2, 2), ((1, 2), (0, 1)))

CASES = [
    case(np.compress, lambda x: np.compress([True, False, True], x, axis=0), normal(3, 2)),
    case(np.compress, lambda x: np.compress([0, 1], x, axis=-1), normal(2, 3)),
    case(np.compress, lambda x: np.compress(np.ravel(x) > 0, x), normal(2, 3)),
    case(np.compress, lambda x: x.compress([False, True], axis=1), normal(2, 3)),
    case(np.extract, lambda x: np.extract(x > 0, x * x), normal(2, 3)),
    case(np.extract, lambda x: np.extract([1], x), 1.5),
    case(np.delete, lambda x: np.delete(x, 1), normal(2, 3)),
    case(np.delete, lambda x: np.delete(x, [0, -1], axis=1), normal(2, 3)),
    case(np.delete, lambda x: np.delete(x, slice(None, None, 2), axis=0), normal(3, 2)),
    case(np.delete, lambda x: np.delete(x, x > 0), normal(4)),
    case(np.delete, lambda x: np.delete(x, []), normal(4)),
    case(np.trim_zeros, np.trim_zeros, ZEROS, kink=True),
    case(np.trim_zeros, lambda x: np.trim_zeros(x, "f"), ZEROS, kink=True),
    case(np.trim_zeros, lambda x: np.trim_zeros(x, "B"), ZEROS, kink=True),
    case(np.trim_zeros, np.trim_zeros, FRAMED, kink=True),
    case(np.trim_zeros, lambda x: np.trim_zeros(x, axis=0), FRAMED, kink=True),
    case(np.trim_zeros, lambda x: np.trim_zeros(x) * np.sum(x), np.zeros(3), kink=True),
    case(np.insert, lambda x, v: np.insert(x, 1, v), normal(3), 0.5),
    case(np.insert, lambda x, v: np.insert(x, [0, 2], v), normal(3), normal(2, seed=1)),
    case(np.insert, lambda x, v: np.insert(x, [2, 2], v, axis=1), normal(2, 3), normal(2, 2)),
    case(np.insert, lambda x, v: np.insert(x, 1, v, axis=1), normal(2, 3), normal(2, seed=1)),
    case(np.insert, lambda x, v: np.insert(x, -1, v, axis=0), normal(2, 3), normal(3, seed=1)),
    case(np.insert, lambda x, v: np.insert(x, [1], v, axis=1), normal(2, 3), normal(2, 1, seed=1)),
    case(np.insert, lambda x: np.insert(x, slice(0, 3, 2), 7), normal(2, 2)),
    case(np.insert, lambda v: np.insert([1.0, 2.0], 1, v), normal(2)),
    case(np.insert, lambda x: np.insert(x, np.array([True, False, True]), 0.0), normal(3)),
    case(np.resize, lambda x: np.resize(x, (2, 4)), normal(3)),
    case(np.resize, lambda x: np.resize(x, 2), normal(2, 2)),
    case(np.resize, lambda x: np.resize(x, (0, 2)) + np.sum(x), normal(3)),
    case(np.ix_, lambda x, y: np.ix_(x, y), normal(2), normal(3, seed=1)),
]
