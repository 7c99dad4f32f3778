"""What tests of programs record, and how they compare."""

import numpy as np

from tests.harness.points import flat

X = np.array([0.5, -1.5, 2.0, 0.25])


def rosenbrock(x):
    a, b = x[:-1], x[1:]
    return np.sum(100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2)


def log_sum_exp(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def bowl(x):
    """A branch on a value."""
    return np.sum(x**2) if x[0] > 0 else np.sum(x**4)


def same(found, expected):
    for x, y in zip(flat(found), flat(expected), strict=True):
        assert type(x) is type(y)
        np.testing.assert_array_equal(x, y)
