"""Functions of many numbers in and many out, between which there are few. Plain NumPy code."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator

from experiments.functions.maps import Map


@dataclass(frozen=True)
class NarrowCase:
    """A function of n numbers, by way of k, to as many, with what a reader should know of it."""

    name: str
    sentence: str
    formula: str
    source: str
    make: Callable[[int, int, Generator], tuple[Map, np.ndarray]]
    """``make(n, k, rng)`` gives the function, its data bound to it, and an input of shape (n,)."""


# An hourglass

OPERATIONS = 10
"""Elementwise ones on either side of the narrow place, of which two are a step."""


def hourglass(x, narrow, widen):
    for _ in range(OPERATIONS // 2):
        x = 1.5 * np.sin(x)
    y = widen @ (narrow @ x)
    for _ in range(OPERATIONS // 2):
        y = 1.5 * np.sin(y)
    return y


def make_hourglass(n: int, k: int, rng: Generator) -> tuple[Map, np.ndarray]:
    narrow = rng.standard_normal((k, n)) / np.sqrt(n)
    widen = rng.standard_normal((n, k)) / np.sqrt(k)

    def through(x):
        return hourglass(x, narrow, widen)

    return through, rng.standard_normal(n)


# An encoder and its decoder

LAYERS = 1000, 500, 250
"""Units between the picture and the code, and back, in the first network of the paper."""


def autoencoder(x, weights):
    """A picture told in a few numbers, and drawn by them: logistic units, a linear code."""
    code = len(weights) // 2
    for i, layer in enumerate(weights, 1):
        x = layer @ x
        if i != code:
            x = 1 / (1 + np.exp(-x))
    return x


def make_autoencoder(n: int, k: int, rng: Generator) -> tuple[Map, np.ndarray]:
    sizes = (n, *LAYERS, k, *LAYERS[::-1], n)
    weights = [4 * rng.standard_normal((out, own)) / np.sqrt(own) for own, out in pairwise(sizes)]

    def reconstructed(x: Any) -> Any:
        return autoencoder(x, weights)

    return reconstructed, rng.uniform(0, 1, n)


FUNCTIONS = {
    case.name: case
    for case in (
        NarrowCase(
            name="hourglass",
            sentence=f"n numbers become k, and these n others, by {OPERATIONS} elementwise"
            " operations on either side.",
            formula="g(B A g(x)),  g(x) = 1.5 sin(1.5 sin(… x))",
            source="Made for this question.",
            make=make_hourglass,
        ),
        NarrowCase(
            name="autoencoder",
            sentence="A picture of n pixels, encoded by a network in k numbers, and decoded.",
            formula=f"n → {' → '.join(f'{size:,}' for size in LAYERS)} → k →"
            f" {' → '.join(f'{size:,}' for size in LAYERS[::-1])} → n",
            source="G. E. Hinton, R. R. Salakhutdinov, Science 313 (2006) 504.",
            make=make_autoencoder,
        ),
    )
}
