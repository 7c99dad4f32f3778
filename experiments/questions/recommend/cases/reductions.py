"""Reductions, along an axis or of a whole array."""

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows, make_function


def softmax(x):
    weights = np.exp(x - np.max(x))
    return weights / np.sum(weights)


def make_softmax(rng: Generator, *, n: int) -> Made:
    return softmax, rng.standard_normal(n)


def standardized(x):
    """The rows of a table, each with its mean taken off and divided by its deviation, summed."""
    rows = (x - np.mean(x, axis=1, keepdims=True)) / np.std(x, axis=1, keepdims=True)
    return np.sum(rows**3, axis=1)


def make_standardized(rng: Generator, *, rows: int, columns: int) -> Made:
    return standardized, rng.standard_normal((rows, columns))


def moments(x):
    return np.stack([np.mean(x), np.var(x), np.mean(x**3), np.mean(x**4)])


def make_moments(rng: Generator, *, n: int) -> Made:
    return moments, rng.standard_normal(n)


def walk(steps):
    return np.cumsum(np.exp(steps))


def make_walk(rng: Generator, *, n: int) -> Made:
    return walk, 0.1 * rng.standard_normal(n)


def sorted_gaps(x):
    return np.diff(x[np.argsort(x)]) ** 2


def make_sorted_gaps(rng: Generator, *, n: int) -> Made:
    return sorted_gaps, rng.standard_normal(n)


def make_normalized(rng: Generator, *, n: int) -> Made:
    return lambda x: x / np.sqrt(np.sum(x * x)), rng.standard_normal(n)


def make_cosines(rng: Generator, *, rows: int, columns: int) -> Made:
    def cosines(x):
        unit = x / np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        return unit @ unit.T

    return cosines, rng.standard_normal((rows, columns))


def make_cross_entropy(rng: Generator, *, rows: int, classes: int) -> Made:
    label = rng.integers(0, classes, rows)

    def loss(x):
        shifted = x - np.max(x, axis=1, keepdims=True)
        logs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        return -np.mean(logs[np.arange(rows), label])

    return loss, rng.standard_normal((rows, classes))


def make_variances(rng: Generator, *, rows: int, columns: int) -> Made:
    return lambda x: np.var(x, axis=0), rng.standard_normal((rows, columns))


ROWS: Rows = [
    ("log-sum-exp-30", make_function, {"name": "log-sum-exp", "n": 30}),
    ("log-sum-exp-3000", make_function, {"name": "log-sum-exp", "n": 3000}),
    ("softmax-100", make_softmax, {"n": 100}),
    ("softmax-1000", make_softmax, {"n": 1000}),
    ("standardized-5-20", make_standardized, {"rows": 5, "columns": 20}),
    ("standardized-40-50", make_standardized, {"rows": 40, "columns": 50}),
    ("moments-20", make_moments, {"n": 20}),
    ("moments-10000", make_moments, {"n": 10**4}),
    ("walk-300", make_walk, {"n": 300}),
    ("sorted-gaps-200", make_sorted_gaps, {"n": 200}),
]

LATER_ROWS: Rows = [
    ("normalized-64", make_normalized, {"n": 64}),
    ("cosines-12-30", make_cosines, {"rows": 12, "columns": 30}),
    ("cross-entropy-50-10", make_cross_entropy, {"rows": 50, "classes": 10}),
    ("variances-300-4", make_variances, {"rows": 300, "columns": 4}),
]
