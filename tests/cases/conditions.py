"""Choosing among several arrays by conditions, or by an index."""

import numpy as np

from tests.cases import case, normal

INDEX = np.array([[0, 2, 1], [1, 1, 0]])
WIDE = np.array([[True], [False]])


def halves(x):
    return np.piecewise(x, [x < 0, x >= 0.5], [lambda t: t * t, np.sum, lambda t: t + t[0]])


CASES = [
    case(np.select, lambda x: np.select([x > 0.5, x < 0], [x * x, -x], 1.5), normal(2, 3)),
    case(np.select, lambda x: np.select([WIDE], [x], x[1:2] * 2), normal(3)),
    case(np.select, lambda x: np.select([x > 0], [np.sin(x)]), normal(4)),
    case(np.select, lambda x: np.select([np.True_, x > 1], [x, 2]), 0.5),
    case(np.select, lambda x: np.select([[True, False]], [x], x[0]), normal(2)),
    case(np.choose, lambda x: np.choose(INDEX, x), normal(3)),
    case(np.choose, lambda x, y, z: np.choose(INDEX, [x, y, z]), normal(2, 3), normal(3), 0.5),
    case(np.choose, lambda x, y: np.choose([-2, 5], [x, y], mode="wrap"), normal(2), 0.5),
    case(np.choose, lambda x, y: np.choose([-1, 5], [x, y], mode="clip"), normal(2), 0.5),
    case(np.choose, lambda x: np.choose(0, [x]), normal(2)),
    case(np.choose, lambda x: np.choose(1, [2, x]), 0.5),
    case(np.piecewise, halves, normal(6)),
    case(np.piecewise, halves, normal(2, 3)),
    case(np.piecewise, lambda x: np.piecewise(x, x > 0, [np.sin, 2.0]), normal(4)),
    case(np.piecewise, lambda x: np.piecewise(x, [x > 0], [lambda t, a: a * t], 3.0), normal(4)),
    case(np.piecewise, lambda x: np.piecewise(x, [x > 0, x <= 0], [np.exp, 1]), 0.5),
    case(np.piecewise, lambda x: np.piecewise(x, [x > 9], [np.exp]) * x, normal(2)),
    case(np.piecewise, lambda x: np.piecewise(x, [WIDE[:, 0]], [np.sin, np.cos]), normal(2, 3)),
    case(np.piecewise, lambda x: np.piecewise(x, [x > 0], [x[x > 0] ** 2, x[0]]), normal(4)),
]
