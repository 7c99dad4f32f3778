"""Stencils: every entry with its neighbours, on a line, a ring, a square."""

from functools import partial

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows, make_function


def heat(u, steps):
    """A rod whose ends are kept as they are, after some steps."""
    for _ in range(steps):
        inner = u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        u = np.concatenate([u[:1], inner, u[-1:]])
    return u


def make_heat(rng: Generator, *, n: int, steps: int) -> Made:
    return partial(heat, steps=steps), rng.standard_normal(n)


def heat_misfit(u, data, steps):
    return np.sum((heat(u, steps) - data) ** 2)


def make_heat_misfit(rng: Generator, *, n: int, steps: int) -> Made:
    data = rng.standard_normal(n)
    return partial(heat_misfit, data=data, steps=steps), rng.standard_normal(n)


def burgers(u):
    """The residual of a viscous flow, on a ring."""
    left, right = np.roll(u, 1), np.roll(u, -1)
    return 0.5 * u * (right - left) - 0.1 * (right - 2.0 * u + left)


def make_burgers(rng: Generator, *, n: int) -> Made:
    return burgers, rng.standard_normal(n)


def laplace(u):
    """The residual of a nonlinear Poisson equation inside of a square."""
    middle = u[1:-1, 1:-1]
    around = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
    return around - 4.0 * middle - np.exp(middle)


def make_laplace(rng: Generator, *, side: int) -> Made:
    return laplace, 0.1 * rng.standard_normal((side, side))


def make_wave_equation(rng: Generator, *, side: int, steps: int) -> Made:
    def later(u):
        before = u
        for _ in range(steps):
            around = np.roll(u, 1, 0) + np.roll(u, -1, 0) + np.roll(u, 1, 1) + np.roll(u, -1, 1)
            u, before = 2.0 * u - before + 0.1 * (around - 4.0 * u), u
        return u

    return later, rng.standard_normal((side, side))


def make_blur(rng: Generator, *, n: int) -> Made:
    def blurred(x):
        return np.exp(0.25 * x[:-2] + 0.5 * x[1:-1] + 0.25 * x[2:])

    return blurred, rng.standard_normal(n)


def make_variation(rng: Generator, *, n: int) -> Made:
    return lambda x: np.sum(np.sqrt(np.diff(x) ** 2 + 1e-3)), rng.standard_normal(n)


ROWS: Rows = [
    ("heat-20", make_heat, {"n": 20, "steps": 20}),
    ("heat-300", make_heat, {"n": 300, "steps": 20}),
    ("heat-misfit-1000", make_heat_misfit, {"n": 1000, "steps": 20}),
    ("burgers-50", make_burgers, {"n": 50}),
    ("burgers-1500", make_burgers, {"n": 1500}),
    ("laplace-8", make_laplace, {"side": 8}),
    ("laplace-30", make_laplace, {"side": 30}),
    ("rosenbrock-20", make_function, {"name": "rosenbrock", "n": 20}),
    ("rosenbrock-5000", make_function, {"name": "rosenbrock", "n": 5000}),
    ("denoising-500", make_function, {"name": "denoising", "n": 500}),
]

LATER_ROWS: Rows = [
    ("waves-2d-20", make_wave_equation, {"side": 20, "steps": 10}),
    ("blur-600", make_blur, {"n": 600}),
    ("variation-2000", make_variation, {"n": 2000}),
]
