"""The functions of ``outputs``: one number goes in, n come out, plain NumPy code."""

import numpy as np
from numpy.random import Generator

from experiments.functions.scalars import Function, Scalar

# A linear system

MOST_EQUATIONS = 500
"""A solution takes n³ operations."""


def make_linear_system(n: int, rng: Generator) -> tuple[Scalar, float]:
    noise, change = rng.standard_normal((2, n, n)) / np.sqrt(n)
    matrix = 3 * np.eye(n) + noise  # its eigenvalues lie about 3, no further than 1 or so
    right = rng.standard_normal(n)

    def solution(parameter):
        return np.linalg.solve(matrix + parameter * change, right)

    return solution, rng.uniform(0, 0.5)


# A trajectory

GRAVITY, STEP = 9.81, 0.01
MOST_STEPS = 2000
"""Each is a few operations on single numbers, so a sweep of more takes long."""


def trajectory(length, angle, steps):
    """The angles of a pendulum that is let go, by the symplectic Euler method."""
    velocity, angles = 0.0, []
    for _ in range(steps):
        velocity = velocity - STEP * GRAVITY / length * np.sin(angle)
        angle = angle + STEP * velocity
        angles.append(angle)
    return np.stack(angles)


def make_trajectory(n: int, rng: Generator) -> tuple[Scalar, float]:
    angle = rng.uniform(0.5, 2)

    def angles(length):
        return trajectory(length, angle, n)

    return angles, rng.uniform(0.5, 2)


# Many polynomials at one place

DEGREE = 8


def polynomials(x, coefficients):
    """By Horner's scheme; the coefficients of a power are a row."""
    y = coefficients[0]
    for row in coefficients[1:]:
        y = y * x + row
    return y


def make_polynomials(n: int, rng: Generator) -> tuple[Scalar, float]:
    coefficients = rng.standard_normal((DEGREE + 1, n))

    def values(x):
        return polynomials(x, coefficients)

    return values, rng.uniform(0.5, 1)


# A sampled curve

SECONDS, DAMPING = 10.0, 0.2


def curve(frequency, times):
    return np.exp(-DAMPING * times) * np.cos(frequency * times)


def make_curve(n: int, rng: Generator) -> tuple[Scalar, float]:
    times = SECONDS * np.arange(1, n + 1) / n

    def oscillation(frequency):
        return curve(frequency, times)

    return oscillation, rng.uniform(1, 3)


FUNCTIONS = {
    function.name: function
    for function in (
        Function(
            name="linear system",
            sentence="The solution of M equations, one parameter in their matrix.",
            formula="(A + t B)⁻¹ b",
            source="G. H. Golub, C. F. Van Loan, Matrix Computations (2013), section 2.6.",
            make=make_linear_system,
            nearest=lambda n: min(n, MOST_EQUATIONS),
        ),
        Function(
            name="trajectory",
            sentence="The angle of a pendulum at M times, integrated step by step, by its length.",
            formula="v ← v − h g/l sin φ,  φ ← φ + h v",
            source="E. Hairer, C. Lubich, G. Wanner, Geometric Numerical Integration (2006),"
            " section I.1.",
            make=make_trajectory,
            nearest=lambda n: min(n, MOST_STEPS),
        ),
        Function(
            name="polynomials",
            sentence=f"M polynomials of degree {DEGREE}, all at the same x, by Horner's scheme.",
            formula="Σⱼ cᵢⱼ xʲ",
            source="W. G. Horner, Phil. Trans. R. Soc. 109 (1819) 308.",
            make=make_polynomials,
        ),
        Function(
            name="curve",
            sentence="A damped oscillation, sampled at M times, by its frequency.",
            formula="exp(−d tᵢ) cos(ω tᵢ)",
            source="A. P. French, Vibrations and Waves (1971), chapter 3.",
            make=make_curve,
        ),
    )
}


def find(name: str) -> Function:
    return FUNCTIONS[name]
