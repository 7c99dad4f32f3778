"""Loops over Python floats."""

from functools import partial

import numpy as np
from numpy.random import Generator

from experiments.functions.small import make_neighbours, make_swing
from experiments.questions.recommend.cases.case import Made, Rows


def newton_root(a):
    """A square root by Newton's iteration."""
    y = a
    for _ in range(8):
        y = 0.5 * (y + a / y)
    return y


def make_newton(rng: Generator) -> Made:
    return newton_root, float(rng.uniform(1.0, 4.0))


def horner(coefficients, x):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


def make_horner(rng: Generator, *, degree: int) -> Made:
    return partial(horner, x=0.9), rng.standard_normal(degree + 1).tolist()


def predator_prey(parameters, steps):
    """Lotka and Volterra's animals at every step, from their rates and first numbers."""
    a, b, c, d, prey, predators = parameters
    path = []
    for _ in range(steps):
        born, eaten = a * prey, b * prey * predators
        prey = prey + 0.01 * (born - eaten)
        predators = predators + 0.01 * (c * prey * predators - d * predators)
        path += [prey, predators]
    return path


def make_predator_prey(rng: Generator, *, steps: int) -> Made:
    return partial(predator_prey, steps=steps), rng.uniform(0.5, 1.5, 6).tolist()


def swing_path(mass, steps):
    """Where a mass on a spring is at every step."""
    position, velocity, path = 1.0, 0.0, []
    for _ in range(steps):
        velocity = velocity - 0.01 * position / mass
        position = position + 0.01 * velocity
        path.append(position)
    return path


def make_swing_path(rng: Generator, *, steps: int) -> Made:
    return partial(swing_path, steps=steps), float(rng.uniform(1.0, 2.0))


def arm(angles):
    """The hand of a robot arm of equal links, in the plane."""
    total, x, y = 0.0, 0.0, 0.0
    for angle in angles:
        total = total + angle
        x = x + np.cos(total)
        y = y + np.sin(total)
    return [x, y]


def make_arm(rng: Generator, *, joints: int) -> Made:
    return arm, rng.uniform(-1.0, 1.0, joints).tolist()


def lorenz(state, steps):
    x, y, z = state
    path = []
    for _ in range(steps):
        x, y, z = (
            x + 0.01 * 10.0 * (y - x),
            y + 0.01 * (x * (28.0 - z) - y),
            z + 0.01 * (x * y - 2.7 * z),
        )
        path += [x, y, z]
    return path


def make_lorenz(rng: Generator, *, steps: int) -> Made:
    return partial(lorenz, steps=steps), rng.uniform(0.5, 1.5, 3).tolist()


def savings(rates):
    total = 1.0
    for rate in rates:
        total = total * (1.0 + rate) + 0.1
    return total


def make_savings(rng: Generator, *, years: int) -> Made:
    return savings, rng.uniform(0.0, 0.1, years).tolist()


def continued_fraction(terms):
    y = 1.0
    for term in reversed(terms):
        y = term + 1.0 / y
    return [y, y * y]


def make_continued_fraction(rng: Generator, *, terms: int) -> Made:
    return continued_fraction, rng.uniform(1.0, 2.0, terms).tolist()


ROWS: Rows = [
    ("newton-root", make_newton, {}),
    ("spring", lambda rng: make_swing(1000, rng), {}),
    ("spring-path-1000", make_swing_path, {"steps": 1000}),
    ("horner-10", make_horner, {"degree": 9}),
    ("horner-300", make_horner, {"degree": 299}),
    ("predator-prey-20", make_predator_prey, {"steps": 20}),
    ("predator-prey-300", make_predator_prey, {"steps": 300}),
    ("arm-7", make_arm, {"joints": 7}),
    ("arm-100", make_arm, {"joints": 100}),
    ("neighbours-30", lambda rng: make_neighbours(30, rng), {}),
    ("neighbours-1000", lambda rng: make_neighbours(1000, rng), {}),
]

LATER_ROWS: Rows = [
    ("lorenz-50", make_lorenz, {"steps": 50}),
    ("savings-12", make_savings, {"years": 12}),
    ("continued-fraction-40", make_continued_fraction, {"terms": 40}),
]
