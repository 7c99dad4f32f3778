"""What the experiment ``workers`` differentiates: many quick passes, and few long ones."""

from functools import partial

import numpy as np
from numpy.random import Generator

from experiments.functions.scalars import FUNCTIONS as SCALARS
from experiments.functions.scalars import Scalar, Sized

POINTS = 50_000
"""Along the rod."""
STEPS = 12


def rod(x, points, steps):
    """A rod that n sources heat for some steps of time, and that loses warmth: how hot it gets."""
    source = np.repeat(x, points // x.shape[0])
    heat = np.zeros_like(source)
    for _ in range(steps):
        flow = np.roll(heat, 1) - 2 * heat + np.roll(heat, -1)
        heat = heat + 0.2 * flow + 0.1 * source - 0.01 * np.tanh(heat)
    return np.sum(heat**2) / points


def make_rod(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    points = max(POINTS // n, 1) * n
    return partial(rod, points=points, steps=STEPS), rng.uniform(0.5, 1.5, n)


CASES = {
    "rod": Sized(
        "rod",
        "heat in a rod of 50,000 points, by its n sources: few passes, and long ones",
        make_rod,
        (8, 32, 128),
        "sources",
    ),
    "rosenbrock": Sized(
        "rosenbrock",
        "a function of n inputs that costs as much as its inputs: many passes, and short ones",
        SCALARS["rosenbrock"].make,
        (1000, 4000, 16_000),
        "inputs",
    ),
}
QUICK = {"rod": [8], "rosenbrock": [1000, 4000]}
"""Numbers of inputs, with ``--quick``."""
