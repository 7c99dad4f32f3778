"""Points in space: distances, forces, areas."""

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows


def make_springs(rng: Generator, *, points: int, springs: int, scalar: bool) -> Made:
    """How long springs between points are: by index arrays."""
    first, second = rng.integers(0, points, (2, springs))

    def lengths(x):
        gaps = x[first] - x[second]
        squares = np.sum(gaps**2, axis=1) + 1e-3
        return np.sum(squares) if scalar else np.sqrt(squares)

    return lengths, rng.standard_normal((points, 2))


def distances(x):
    """Of every point from every other one."""
    return np.sqrt(np.sum((x[:, None] - x) ** 2, axis=-1) + 1e-3)


def make_distances(rng: Generator, *, points: int) -> Made:
    return distances, rng.standard_normal((points, 3))


def gravity(x):
    """The force on every point."""
    gaps = x[:, None] - x
    return np.sum(gaps / (np.sum(gaps**2, axis=-1, keepdims=True) + 0.1) ** 1.5, axis=0)


def make_gravity(rng: Generator, *, points: int) -> Made:
    return gravity, rng.standard_normal((points, 3))


def make_polygon(rng: Generator, *, corners: int, scalar: bool) -> Made:
    def area(p):
        x, y = p[:, 0], p[:, 1]
        return 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)

    def edges(p):
        return np.sqrt(np.sum((np.roll(p, -1, axis=0) - p) ** 2, axis=1))

    return area if scalar else edges, rng.standard_normal((corners, 2))


ROWS: Rows = [
    ("springs-20-30", make_springs, {"points": 20, "springs": 30, "scalar": False}),
    ("springs-200-600", make_springs, {"points": 200, "springs": 600, "scalar": False}),
    ("springs-500-1", make_springs, {"points": 500, "springs": 2000, "scalar": True}),
    ("distances-8", make_distances, {"points": 8}),
    ("distances-30", make_distances, {"points": 30}),
]

LATER_ROWS: Rows = [
    ("gravity-12", make_gravity, {"points": 12}),
    ("polygon-area-100", make_polygon, {"corners": 100, "scalar": True}),
    ("polygon-edges-150", make_polygon, {"corners": 150, "scalar": False}),
]
