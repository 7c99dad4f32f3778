"""A collection of functions: those of other files here, and small programs, plain NumPy code.

Each stresses other primitives: matrices, norms, sums along an axis, powers, divisions, loops.
"""

from collections.abc import Callable
from functools import partial
from math import isqrt

import numpy as np
from numpy.random import Generator

from experiments.functions import scalars, small
from experiments.functions.scalars import Function, Scalar, any_size

# Matrices


def square(n: int) -> int:
    """The side of the largest square matrix of `n` entries."""
    return max(isqrt(n), 1)


def squared(n: int) -> int:
    return square(n) ** 2


def matrix(n: int, rng: Generator) -> np.ndarray:
    """Well conditioned: the identity and a little more, as a flat vector."""
    side = square(n)
    return (np.eye(side) + 0.5 * rng.standard_normal((side, side)) / np.sqrt(side)).ravel()


def matrix_product(x):
    m = isqrt(x.size)
    a = x.reshape(m, m)
    return np.sum((a.T @ a) ** 2)


def linear_solve(x):
    m = isqrt(x.size)
    return np.sum(np.linalg.solve(x.reshape(m, m), np.ones(m)) ** 2)


def inverse(x):
    m = isqrt(x.size)
    return np.sum(np.linalg.inv(x.reshape(m, m)) ** 2)


def log_determinant(x):
    m = isqrt(x.size)
    return np.linalg.slogdet(x.reshape(m, m))[1]


def three_factors(x):
    m = isqrt(x.size)
    a = x.reshape(m, m)
    return np.einsum("ij,jk,ki->", a, a, a)


# Along axes


def row_norms(x):
    m = isqrt(x.size)
    return np.sum(np.linalg.norm(x.reshape(m, m), axis=1))


def running_sums(x):
    return np.sum(np.cumsum(x) ** 2)


def product(x):
    return np.prod(x)


def largest_of_rows(x):
    m = isqrt(x.size)
    return np.sum(np.max(x.reshape(m, m), axis=1))


# Entry by entry


def powers(x):
    half = x.size // 2
    return np.sum(x[:half] ** x[half : 2 * half])


def quotients(x):
    half = x.size // 2
    return np.sum(x[:half] / x[half : 2 * half])


def roots(x):
    return np.sum(np.sqrt(1 + x * x))


def huber(x):
    size = np.abs(x)
    return np.sum(np.where(size < 1, 0.5 * x * x, size - 0.5))


def great_circles(x):
    """The length of a path over the globe, by haversines."""
    half = x.size // 2
    latitude, longitude = x[:half], x[half : 2 * half]
    across = np.sin((latitude[1:] - latitude[:-1]) / 2) ** 2
    along = np.sin((longitude[1:] - longitude[:-1]) / 2) ** 2
    h = across + np.cos(latitude[1:]) * np.cos(latitude[:-1]) * along
    return np.sum(2 * np.arcsin(np.sqrt(h)))


# Models and simulations

EXAMPLES = 64


def logistic_loss(weights, features, labels):
    return np.mean(np.logaddexp(0, -labels * (features @ weights)))


def make_logistic(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    features, labels = rng.standard_normal((EXAMPLES, n)), rng.choice([-1.0, 1.0], EXAMPLES)
    loss = partial(logistic_loss, features=features, labels=labels)
    return loss, rng.standard_normal(n) / np.sqrt(n)


def pendulums(x, steps=10, h=0.1):
    """The energy of swinging that is left after some steps of Runge and Kutta's method."""
    half = x.size // 2
    angle, speed = x[:half], x[half : 2 * half]

    def change(angle, speed):
        return speed, -np.sin(angle)

    for _ in range(steps):
        a1, s1 = change(angle, speed)
        a2, s2 = change(angle + 0.5 * h * a1, speed + 0.5 * h * s1)
        a3, s3 = change(angle + 0.5 * h * a2, speed + 0.5 * h * s2)
        a4, s4 = change(angle + h * a3, speed + h * s3)
        angle = angle + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        speed = speed + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return np.sum(speed * speed)


def burning_rod(u, steps=10, h=0.1):
    """Heat that spreads along a rod and makes more heat, by explicit steps."""
    for _ in range(steps):
        inner = u[1:-1]
        inner = inner + h * (u[2:] - 2 * inner + u[:-2]) + h * np.exp(-inner * inner)
        u = np.concatenate([u[:1], inner, u[-1:]])
    return np.sum(u)


def repulsion(x):
    """The energy of charges in a plane, every pair of which is summed."""
    half = x.size // 2
    across = x[:half, None] - x[:half]
    along = x[half : 2 * half, None] - x[half : 2 * half]
    return np.sum(1 / np.sqrt(0.01 + across * across + along * along))


# The table


def normal(n: int, rng: Generator) -> np.ndarray:
    return rng.standard_normal(n)


def positive(n: int, rng: Generator) -> np.ndarray:
    return rng.uniform(0.5, 1.5, n)


def program(
    name: str,
    formula: str,
    f: Scalar,
    draw: Callable[[int, Generator], np.ndarray],
    nearest: Callable[[int], int] = any_size,
) -> Function:
    return Function(name, "", formula, "", lambda n, rng: (f, draw(n, rng)), nearest)


def at_least(least: int) -> Callable[[int], int]:
    return lambda n: max(n, least)


PROGRAMS = (
    program("matrix-product", "‖AᵀA‖²", matrix_product, matrix, squared),
    program("linear-solve", "‖A⁻¹ 1‖², by solve", linear_solve, matrix, squared),
    program("inverse", "‖A⁻¹‖²", inverse, matrix, squared),
    program("log-determinant", "log |det A|", log_determinant, matrix, squared),
    program("einsum", "Σ aᵢⱼ aⱼₖ aₖᵢ, all at once", three_factors, matrix, squared),
    program("row-norms", "Σ ‖aᵢ‖", row_norms, matrix, squared),
    program("row-maxima", "Σ maxⱼ aᵢⱼ", largest_of_rows, matrix, squared),
    program("running-sums", "Σ (x₁ + … + xᵢ)²", running_sums, normal),
    program("product", "Π xᵢ", product, positive),
    program("powers", "Σ xᵢ ^ yᵢ", powers, positive, at_least(2)),
    program("quotients", "Σ xᵢ / yᵢ", quotients, positive, at_least(2)),
    program("roots", "Σ √(1 + xᵢ²)", roots, normal),
    program("huber", "Σ xᵢ²/2, or |xᵢ| − 1/2", huber, normal),
    program("great-circles", "a path, by haversines", great_circles, positive, at_least(4)),
    Function("logistic", "", "mean log(1 + exp(−y A w))", "", make_logistic),
    program("pendulums", "10 steps of Runge–Kutta", pendulums, normal, at_least(2)),
    program("burning-rod", "10 explicit steps, by slices", burning_rod, normal, at_least(3)),
    program("repulsion", "Σ 1/√(ε + |xᵢ − xⱼ|²)", repulsion, normal, at_least(2)),
)


def collection() -> dict[str, Function]:
    """The functions of ``speedup``, those of ``overhead`` that are others, and the programs."""
    found = {**scalars.FUNCTIONS}
    makers = {function.make for function in found.values()}
    for case in small.CASES.values():
        maker = getattr(case.make, "func", case.make)  # the same for other sizes
        if maker not in makers:
            makers.add(maker)
            found[case.name] = Function(case.name, "", case.sentence, "", case.make)
    return found | {each.name: each for each in PROGRAMS}
