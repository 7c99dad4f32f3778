"""Deep chains: one step after another, on the same numbers."""

from functools import partial

import numpy as np
from numpy.random import Generator

from experiments.functions.small import make_sine_chain
from experiments.questions.recommend.cases.case import Made, Rows


def logistic(x, steps):
    for _ in range(steps):
        x = 3.2 * x * (1.0 - x)
    return x


def make_logistic(rng: Generator, *, n: int, steps: int) -> Made:
    return partial(logistic, steps=steps), rng.uniform(0.2, 0.8, n)


def pendulum(state, steps):
    """The last state of a pendulum, in a 2-vector."""
    for _ in range(steps):
        state = state + 0.01 * np.stack([state[1], -np.sin(state[0])])
    return state


def make_pendulum(rng: Generator, *, steps: int) -> Made:
    return partial(pendulum, steps=steps), rng.standard_normal(2)


def make_recurrence(rng: Generator, *, width: int, steps: int, scalar: bool) -> Made:
    """A recurrent network that is run for some steps, by its first state."""
    matrix = rng.standard_normal((width, width)) / np.sqrt(width)

    def last(state):
        for _ in range(steps):
            state = np.tanh(matrix @ state)
        return np.sum(state) if scalar else state

    return last, rng.standard_normal(width)


def runge_kutta(y, steps):
    def slope(y):
        return np.roll(y, 1) * y - y**2

    for _ in range(steps):
        a = slope(y)
        b = slope(y + 0.005 * a)
        y = y + 0.01 * slope(y + 0.01 * b - 0.005 * a)
    return y


def make_runge_kutta(rng: Generator, *, n: int, steps: int) -> Made:
    return partial(runge_kutta, steps=steps), rng.uniform(0.5, 1.0, n)


def make_roots(rng: Generator, *, n: int, steps: int) -> Made:
    def roots(a):
        y = a
        for _ in range(steps):
            y = 0.5 * (y + a / y)
        return y

    return roots, rng.uniform(1.0, 4.0, n)


def make_damped(rng: Generator, *, n: int, steps: int) -> Made:
    def energy(x):
        v = -x
        for _ in range(steps):
            v = 0.9 * v - 0.1 * x
            x = x + 0.1 * v
        return np.sum(x * x)

    return energy, rng.standard_normal(n)


ROWS: Rows = [
    ("sine-chain-10", lambda rng: make_sine_chain(300, rng, inputs=10), {}),
    ("sine-chain-1000", lambda rng: make_sine_chain(100, rng, inputs=1000), {}),
    ("logistic-10", make_logistic, {"n": 10, "steps": 100}),
    ("logistic-200", make_logistic, {"n": 200, "steps": 50}),
    ("pendulum", make_pendulum, {"steps": 200}),
    ("recurrence-20", make_recurrence, {"width": 20, "steps": 50, "scalar": False}),
    ("recurrence-100", make_recurrence, {"width": 100, "steps": 20, "scalar": False}),
    ("recurrence-100-1", make_recurrence, {"width": 100, "steps": 20, "scalar": True}),
]

LATER_ROWS: Rows = [
    ("runge-kutta-5", make_runge_kutta, {"n": 5, "steps": 30}),
    ("roots-500", make_roots, {"n": 500, "steps": 5}),
    ("damped-1500-1", make_damped, {"n": 1500, "steps": 30}),
]
