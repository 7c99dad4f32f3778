"""Matrices: products, inverses, determinants, equations solved."""

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows


def make_affine(rng: Generator, *, n: int, m: int) -> Made:
    matrix = rng.standard_normal((m, n)) / np.sqrt(n)

    def affine(x):
        return np.tanh(matrix @ x)

    return affine, rng.standard_normal(n)


def make_quadratic(rng: Generator, *, n: int) -> Made:
    matrix = rng.standard_normal((n, n))

    def quadratic(x):
        return x @ (matrix @ x)

    return quadratic, rng.standard_normal(n)


def make_inverse(rng: Generator, *, side: int) -> Made:
    return np.linalg.inv, rng.standard_normal((side, side)) + side * np.eye(side)


def log_determinant(x):
    return np.linalg.slogdet(x)[1]


def make_log_determinant(rng: Generator, *, side: int) -> Made:
    return log_determinant, rng.standard_normal((side, side)) + side * np.eye(side)


def make_solve(rng: Generator, *, side: int) -> Made:
    """Temperatures of a body whose conductivities are the inputs."""
    matrix, right = rng.standard_normal((side, side)), rng.standard_normal(side)

    def temperatures(x):
        return np.linalg.solve(matrix + side * np.eye(side) * x, right)

    return temperatures, rng.uniform(1.0, 2.0, side)


def cube(x):
    return x @ x @ x


def make_cube(rng: Generator, *, side: int) -> Made:
    return cube, rng.standard_normal((side, side)) / np.sqrt(side)


def make_factors(rng: Generator, *, rows: int, rank: int) -> Made:
    """How far a product of two factors is from a matrix, entry by entry summed."""
    data = rng.standard_normal((rows, rows))

    def misfit(factors):
        return np.sum((factors["left"] @ factors["right"] - data) ** 2)

    left, right = rng.standard_normal((2, rows, rank))
    return misfit, {"left": left, "right": right.T.copy()}


def make_congruence(rng: Generator, *, side: int) -> Made:
    matrix = rng.standard_normal((side, side))
    return lambda x: x @ matrix @ x.T, rng.standard_normal((side, side))


def matrix_exponential(x):
    total = term = np.eye(len(x))
    for i in range(1, 8):
        term = term @ x / i
        total = total + term
    return total


def make_exponential(rng: Generator, *, side: int) -> Made:
    return matrix_exponential, 0.1 * rng.standard_normal((side, side))


def make_ridge(rng: Generator, *, rows: int, columns: int) -> Made:
    """The coefficients of a regression, by the data."""
    features = rng.standard_normal((rows, columns))
    normal = features.T @ features + np.eye(columns)

    def coefficients(y):
        return np.linalg.solve(normal, features.T @ y)

    return coefficients, rng.standard_normal(rows)


def make_power_iteration(rng: Generator, *, side: int, steps: int) -> Made:
    matrix = rng.uniform(0.5, 1.5, (side, side))

    def vector(x):
        for _ in range(steps):
            x = matrix @ x
            x = x / np.sum(x)
        return x

    return vector, rng.uniform(0.5, 1.5, side)


ROWS: Rows = [
    ("affine-30-30", make_affine, {"n": 30, "m": 30}),
    ("affine-300-300", make_affine, {"n": 300, "m": 300}),
    ("affine-10000-3", make_affine, {"n": 10**4, "m": 3}),
    ("affine-3-10000", make_affine, {"n": 3, "m": 10**4}),
    ("affine-1000-200", make_affine, {"n": 1000, "m": 200}),
    ("affine-200-1000", make_affine, {"n": 200, "m": 1000}),
    ("quadratic-100", make_quadratic, {"n": 100}),
    ("quadratic-1000", make_quadratic, {"n": 1000}),
    ("inverse-5", make_inverse, {"side": 5}),
    ("inverse-20", make_inverse, {"side": 20}),
    ("log-determinant-15", make_log_determinant, {"side": 15}),
    ("solve-30", make_solve, {"side": 30}),
    ("solve-150", make_solve, {"side": 150}),
    ("cube-6", make_cube, {"side": 6}),
    ("cube-20", make_cube, {"side": 20}),
    ("factors-30-2", make_factors, {"rows": 30, "rank": 2}),
]

LATER_ROWS: Rows = [
    ("congruence-12", make_congruence, {"side": 12}),
    ("exponential-8", make_exponential, {"side": 8}),
    ("ridge-40-10", make_ridge, {"rows": 40, "columns": 10}),
    ("power-iteration-40", make_power_iteration, {"side": 40, "steps": 10}),
]
