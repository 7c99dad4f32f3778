"""A small classifier in plain NumPy, and the points of the plane that it learns to tell apart."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.random import Generator

from experiments.functions.scalars import generator

Weights = dict[str, np.ndarray]
NAMES = ("W1", "b1", "W2", "b2", "W3", "b3")

POINTS, HELD_OUT = 240, 240

SPIRALS = 3
TURNS = 0.75
RADIUS = 2.0
NOISE = 0.06
"""The standard deviation of a point's distance from its spiral, along each axis."""


@dataclass(frozen=True)
class Points:
    """Points of the plane, and the number of the spiral that each belongs to."""

    positions: np.ndarray  # (points, 2)
    spirals: np.ndarray  # (points,)


def interleaved_spirals(count: int, rng: Generator) -> Points:
    """`count` points, shared evenly by spirals that wind round the origin and one another."""
    along = rng.uniform(0.1, 1.0, count)
    spirals = np.arange(count) % SPIRALS
    angle = 2 * np.pi * (TURNS * along + spirals / SPIRALS)
    exact = RADIUS * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Points(exact + rng.normal(scale=NOISE, size=exact.shape), spirals)


def data(seed: int) -> tuple[Points, Points]:
    """The points to train on, and those held out."""
    rng = generator(seed, POINTS, "spirals")
    return interleaved_spirals(POINTS, rng), interleaved_spirals(HELD_OUT, rng)


def initial_weights(hidden: int, rng: Generator) -> Weights:
    """Of two hidden layers with so many units each: biases of zero, and units that vary about 1."""

    def layer(width: int, units: int) -> np.ndarray:
        return rng.standard_normal((width, units)) / np.sqrt(width)

    widths = (2, hidden, hidden, SPIRALS)
    layers = [(layer(*pair), np.zeros(pair[1])) for pair in pairwise(widths)]
    return dict(zip(NAMES, chain(*layers), strict=True))


def flat(weights: Weights) -> np.ndarray:
    """All of them in a row."""
    return np.concatenate([w.ravel() for w in weights.values()])


def marked(weights: Weights, mark: str) -> Weights:
    """The same weights by other names, to stand beside others in one dict."""
    return {f"{mark} {name}": weights[name] for name in NAMES}


def unmarked(all_weights: Weights, mark: str) -> Weights:
    """Those with that mark, by their own names."""
    return {name: all_weights[f"{mark} {name}"] for name in NAMES}


def scores(weights, positions):
    """A number for each point and each spiral: the largest of a point's is the answer."""
    first = np.tanh(positions @ weights["W1"] + weights["b1"])
    second = np.tanh(first @ weights["W2"] + weights["b2"])
    return second @ weights["W3"] + weights["b3"]


def cross_entropy(weights, positions, one_hot):
    """The mean of −log(probability of the right answer), probabilities by softmax.

    Nothing is subtracted before `exp`: `tanh` keeps the scores far from where it overflows.
    """
    found = scores(weights, positions)
    return np.mean(np.log(np.sum(np.exp(found), axis=1)) - np.sum(one_hot * found, axis=1))


def loss_on(points: Points) -> Callable[[Weights], Any]:
    """That on these points, as a function of the weights alone."""
    one_hot = (points.spirals[:, None] == np.unique(points.spirals)).astype(np.float64)
    return partial(cross_entropy, positions=points.positions, one_hot=one_hot)


def probabilities(weights: Weights, positions: np.ndarray) -> np.ndarray:
    powers = np.exp(scores(weights, positions))
    return powers / powers.sum(axis=1, keepdims=True)


def accuracy(weights: Weights, points: Points) -> float:
    """The share of the points whose spiral has the largest score."""
    answers = scores(weights, points.positions).argmax(axis=1)
    return float(np.mean(answers == points.spirals))
