import operator

import numpy as np

from admodes.primitives.overwriting import overwrite
from tests.cases import case, normal
from tests.cases.in_place import after

MASK = np.array([True, False, True])


def put(b, index, value):
    b[index] = value


def put_through(b, view, value):
    view = view(b)
    view[...] = value
    view *= 2.0
    b[0] = value


def part(b):
    return b[::-1, 1:].T


def stepped(u):
    u = u.copy()
    for _ in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


def by_rows(x):
    b = np.zeros((3, *x.shape), x.dtype, like=x)
    for i, row in enumerate(b):
        row[:] = x * b[i - 1] + x
    return b


CASES = [
    case(overwrite, after(lambda b, x: put(b, 0, x[1])), normal(3)),
    case(overwrite, after(lambda b, x: put(b, slice(1, None), x[:-1])), normal(3)),
    case(overwrite, after(lambda b, x: put(b, (..., 1), x[0, 1])), normal(2, 3)),
    case(overwrite, after(lambda b, x: put(b, (slice(None), 0), x[:, 1] * x[:, 2])), normal(2, 3)),
    case(overwrite, after(lambda b, x: put(b, None, x[None] * x)), normal(3)),
    case(overwrite, after(lambda b, x: put(b, ..., 2.0)), normal(3)),
    case(overwrite, after(lambda b, x: put(b, MASK, x[:2])), normal(3)),
    case(overwrite, after(lambda b, x: put(b, [1, 0, 1], x)), normal(3)),
    case(overwrite, after(lambda b, x: put(b, ([1, 0, 1], [0, 1, 0]), x[0, 0])), normal(2, 2)),
    case(overwrite, after(lambda b, x: put(b, [0, 0], x * x)), normal(2, 3)),
    case(
        overwrite,
        after(lambda b, x: put(b, (0, slice(None), [1, 0, 1]), x[1, :, 1:2])),
        normal(2, 3, 2),
    ),
    case(overwrite, after(lambda b, x: put(b, (), x[1])), normal(3, 3)),
    case(overwrite, after(lambda b, x: put(b, 0, x[None, None, 1])), normal(3, 3)),
    case(overwrite, after(lambda b, x: put(b, slice(0), x[:0])), normal(3)),
    case(overwrite, after(lambda b, x: put(b, 1, x[0])), normal(2, 0)),
    case(overwrite, after(lambda b, x: put(b, [1, 1], x[:, :1])), normal(2, 3)),
    case(overwrite, after(lambda b, x: operator.iadd(b, x)), normal(3)),
    case(overwrite, after(lambda b, x: operator.imatmul(b, x)), normal(3, 3)),
    case(overwrite, after(lambda b, x: put_through(b, np.transpose, x[0, 1])), normal(2, 3)),
    case(overwrite, after(lambda b, x: put_through(b.copy(), np.ravel, x[0, 1])), normal(2, 3)),
    case(
        overwrite, after(lambda b, x: put_through(b, lambda b: b[::-1, 1:].T, x[1])), normal(3, 3)
    ),
    case(overwrite, after(lambda b, x: put(b.T.flat, [0, 1, 0], x[:3, 0])), normal(3, 3)),
    case(overwrite, stepped, normal(5)),
    case(overwrite, by_rows, normal(3)),
]
