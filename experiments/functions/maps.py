"""Functions of n numbers in and m out, plain NumPy code.

They differ in what their size costs. An evaluation of the one takes n · m operations, for all
inputs meet all outputs in a matrix; one of the other n + m, for they meet in a single number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from experiments.functions.curves import SECONDS, curve

Map = Callable[[Any], Any]
"""It takes an array of one dimension, and gives one."""


@dataclass(frozen=True)
class MapCase:
    """A function of n inputs and m outputs, with what a reader should know about it."""

    name: str
    sentence: str
    formula: str
    source: str
    make: Callable[[int, int, Generator], tuple[Map, np.ndarray]]
    """``make(n, m, rng)`` gives the function, its data bound to it, and an input of shape (n,)."""


# A layer of a network


def layer(x, weights):
    return np.tanh(weights @ x)


def make_layer(n: int, m: int, rng: Generator) -> tuple[Map, np.ndarray]:
    weights = rng.standard_normal((m, n)) / np.sqrt(n)

    def units(x):
        return layer(x, weights)

    return units, rng.standard_normal(n)


# Springs in series


def springs(stiffnesses, times):
    """Where a unit mass is that hangs from them, by its damped oscillation."""
    frequency = np.sqrt(1 / np.sum(1 / stiffnesses))
    return curve(frequency, times)


def make_springs(n: int, m: int, rng: Generator) -> tuple[Map, np.ndarray]:
    times = SECONDS * np.arange(1, m + 1) / m

    def places(stiffnesses):
        return springs(stiffnesses, times)

    # The more springs, the stiffer each: so that together they are as stiff as a few.
    return places, n * rng.uniform(2, 6, n)


FUNCTIONS = {
    case.name: case
    for case in (
        MapCase(
            name="layer",
            sentence="A layer of a network, n inputs to m units: an evaluation costs n · m.",
            formula="tanh(A x)",
            source="D. E. Rumelhart, G. E. Hinton, R. J. Williams, Nature 323 (1986) 533.",
            make=make_layer,
        ),
        MapCase(
            name="springs",
            sentence="A mass on n springs, watched at m times: an evaluation costs n + m.",
            formula="exp(−d tⱼ) cos(ω tⱼ),  1/ω² = Σ 1/xᵢ",
            source="A. P. French, Vibrations and Waves (1971), chapter 3.",
            make=make_springs,
        ),
    )
}
