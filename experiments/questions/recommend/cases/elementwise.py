"""Array code, entry by entry."""

from functools import partial

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows


def waves(x):
    return np.sin(x) * x**2 + np.tanh(x)


def make_waves(rng: Generator, *, n: int) -> Made:
    return waves, rng.standard_normal(n)


def total_waves(x):
    return np.sum(waves(x))


def make_total_waves(rng: Generator, *, n: int) -> Made:
    return total_waves, rng.standard_normal(n)


def peaks(parameters, t):
    """A sum of Gaussian peaks, of a height, a place and a width each, at every `t`."""
    heights, places, widths = parameters
    return np.sum(heights * np.exp(-(((t[:, None] - places) / widths) ** 2)), axis=1)


def make_peaks(rng: Generator, *, count: int, points: int) -> Made:
    return partial(peaks, t=np.linspace(0.0, 1.0, points)), rng.uniform(0.5, 1.5, (3, count))


def huber(x, data):
    """Residuals that grow linearly where they are large."""
    r = x - data
    return np.where(np.abs(r) < 1.0, 0.5 * r**2, np.abs(r) - 0.5)


def make_huber(rng: Generator, *, n: int) -> Made:
    return partial(huber, data=rng.standard_normal(n)), 2 * rng.standard_normal(n)


def decay(parameters, t):
    """An exponential decay with an offset, at every `t`: three parameters of Python floats."""
    a, rate, offset = parameters
    return a * np.exp(-rate * t) + offset


def make_decay(rng: Generator, *, points: int) -> Made:
    return partial(decay, t=np.linspace(0.0, 1.0, points)), rng.uniform(0.5, 1.5, 3).tolist()


def make_sigmoid(rng: Generator, *, n: int) -> Made:
    return lambda x: 1.0 / (1.0 + np.exp(-x)), rng.standard_normal(n)


def make_cubic(rng: Generator, *, n: int) -> Made:
    return lambda x: x**3 - 2.0 * x + 1.0, rng.standard_normal(n)


def make_polar(rng: Generator, *, n: int) -> Made:
    def radius(p):
        return np.sqrt(p["x"] ** 2 + p["y"] ** 2)

    return radius, {"x": rng.standard_normal(n), "y": rng.standard_normal(n)}


def make_arctan(rng: Generator, *, n: int) -> Made:
    return lambda x: np.arctan(x) * np.exp(-x * x), rng.standard_normal(n)


ROWS: Rows = [
    ("waves-1", make_waves, {"n": 1}),
    ("waves-30", make_waves, {"n": 30}),
    ("waves-300", make_waves, {"n": 300}),
    ("waves-2000", make_waves, {"n": 2000}),
    ("total-waves-10", make_total_waves, {"n": 10}),
    ("total-waves-300", make_total_waves, {"n": 300}),
    ("total-waves-10000", make_total_waves, {"n": 10**4}),
    ("peaks-1-100", make_peaks, {"count": 1, "points": 100}),
    ("peaks-2-10000", make_peaks, {"count": 2, "points": 10**4}),
    ("peaks-30-300", make_peaks, {"count": 30, "points": 300}),
    ("peaks-300-20", make_peaks, {"count": 300, "points": 20}),
    ("huber-100", make_huber, {"n": 100}),
    ("huber-1000", make_huber, {"n": 1000}),
    ("decay-1000", make_decay, {"points": 1000}),
]

LATER_ROWS: Rows = [
    ("sigmoid-150", make_sigmoid, {"n": 150}),
    ("cubic-700", make_cubic, {"n": 700}),
    ("polar-120", make_polar, {"n": 120}),
    ("arctan-2500", make_arctan, {"n": 2500}),
]
