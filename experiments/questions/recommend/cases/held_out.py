"""Held out: cases of every kind, written when the model of :func:`admodes.recommend` was finished.

Nothing in the model was fitted to them. No kind's own file has any.
"""

from functools import partial
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows

# Loops over Python floats


def orbit(state, steps):
    """A planet around its sun."""
    x, y, u, v = state
    for _ in range(steps):
        pull = 0.01 / (x * x + y * y) ** 1.5
        u, v = u - pull * x, v - pull * y
        x, y = x + 0.01 * u, y + 0.01 * v
    return [x, y, u, v]


def make_orbit(rng: Generator, *, steps: int) -> Made:
    return partial(orbit, steps=steps), rng.uniform(0.8, 1.2, 4).tolist()


def option_price(parameters, steps):
    """Of an option, by a tree of ups and downs."""
    price, rise, discount = parameters
    chance = (1.0 / discount - 1.0 / rise) / (rise - 1.0 / rise)
    values = [price * rise ** (2 * i - steps) for i in range(steps + 1)]
    for _ in range(steps):
        values = [discount * (chance * up + (1.0 - chance) * down) for down, up in pairwise(values)]
    return values[0]


def make_binomial_tree(rng: Generator, *, steps: int) -> Made:
    return partial(option_price, steps=steps), [100.0, 1.1, 0.99]


def smoothed(signal):
    y, path = 0.0, []
    for x in signal:
        y = 0.8 * y + 0.2 * x
        path.append(y)
    return path


def make_filter(rng: Generator, *, n: int) -> Made:
    return smoothed, rng.standard_normal(n).tolist()


def make_dot(rng: Generator, *, n: int) -> Made:
    weights = rng.standard_normal(n).tolist()
    return lambda xs: sum(a * x * x for a, x in zip(weights, xs, strict=True)), weights


# Array code, entry by entry


def make_logit(rng: Generator, *, n: int) -> Made:
    return lambda x: np.log(x / (1.0 - x)), rng.uniform(0.1, 0.9, n)


def make_softplus(rng: Generator, *, n: int) -> Made:
    return lambda x: np.sum(np.log1p(np.exp(x))), rng.standard_normal(n)


def make_spiral(rng: Generator, *, points: int) -> Made:
    t = np.linspace(0.0, 6.0, points)

    def spiral(p):
        radius = p[0] + p[1] * t
        return np.stack([radius * np.cos(p[2] * t), radius * np.sin(p[2] * t)])

    return spiral, rng.uniform(0.5, 1.5, 3)


def make_clipped(rng: Generator, *, n: int) -> Made:
    return lambda x: np.minimum(np.maximum(x, -1.0), 1.0) * x, rng.standard_normal(n)


# Reductions


def make_harmonic_mean(rng: Generator, *, n: int) -> Made:
    return lambda x: n / np.sum(1.0 / x), rng.uniform(1.0, 2.0, n)


def make_layer_norm(rng: Generator, *, rows: int, columns: int) -> Made:
    scale = rng.uniform(0.5, 1.5, columns)

    def normalize(x):
        centered = x - np.mean(x, axis=-1, keepdims=True)
        return scale * centered / np.sqrt(np.mean(centered**2, axis=-1, keepdims=True) + 1e-5)

    return normalize, rng.standard_normal((rows, columns))


def make_row_maxima(rng: Generator, *, rows: int, columns: int) -> Made:
    return lambda x: np.max(x * x, axis=1), rng.standard_normal((rows, columns))


def make_covariance(rng: Generator, *, rows: int, columns: int) -> Made:
    def covariance(x):
        centered = x - np.mean(x, axis=0)
        return centered.T @ centered / (rows - 1)

    return covariance, rng.standard_normal((rows, columns))


# Matrices


def make_determinant(rng: Generator, *, side: int) -> Made:
    return np.linalg.det, rng.standard_normal((side, side)) + side * np.eye(side)


def make_solve_sides(rng: Generator, *, side: int, sides: int) -> Made:
    right = rng.standard_normal((side, sides))
    matrix = rng.standard_normal((side, side)) + side * np.eye(side)
    return lambda a: np.linalg.solve(a, right), matrix


def make_gram(rng: Generator, *, rows: int, columns: int) -> Made:
    return lambda x: x.T @ x, rng.standard_normal((rows, columns))


def make_bilinear(rng: Generator, *, n: int) -> Made:
    matrix = rng.standard_normal((n, n))

    def form(p):
        return p["x"] @ matrix @ p["y"]

    return form, {"x": rng.standard_normal(n), "y": rng.standard_normal(n)}


def make_riccati(rng: Generator, *, side: int, steps: int) -> Made:
    """What a filter knows after some steps, by what it knew at first."""
    move, noise = 0.5 * rng.standard_normal((side, side)), np.eye(side)

    def known(p):
        for _ in range(steps):
            p = move @ p @ move.T + noise
            p = p - p @ np.linalg.solve(p + noise, p)
        return p

    return known, np.eye(side) + 0.1 * rng.standard_normal((side, side))


# Deep chains


def make_gated(rng: Generator, *, width: int, steps: int) -> Made:
    gate, change = rng.standard_normal((2, width, width)) / np.sqrt(width)

    def state(h):
        for _ in range(steps):
            z = 1.0 / (1.0 + np.exp(-(gate @ h)))
            h = z * h + (1.0 - z) * np.tanh(change @ h)
        return h

    return state, rng.standard_normal(width)


def make_newton_system(rng: Generator, *, steps: int) -> Made:
    """Where Newton's method for three equations ends, by their right-hand sides."""

    def solution(b):
        x = np.ones(3) * b / b
        for _ in range(steps):
            residual = x + 0.1 * np.roll(x, 1) ** 2 - b
            slope = np.eye(3) + 0.2 * np.roll(np.eye(3), -1, axis=1) * np.roll(x, 1)[:, None]
            x = x - np.linalg.solve(slope, residual)
        return x

    return solution, rng.uniform(1.0, 2.0, 3)


def make_relaxation(rng: Generator, *, n: int, steps: int) -> Made:
    def end(x):
        for _ in range(steps):
            x = 0.5 * x + 0.25 * np.sin(x)
        return np.mean(x)

    return end, rng.standard_normal(n)


# Stencils


def make_reaction(rng: Generator, *, n: int, steps: int) -> Made:
    """Two substances that react and spread, on a ring."""

    def later(state):
        u, v = state
        for _ in range(steps):
            reaction = u * v * v
            u = u + 0.1 * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1)) - reaction
            v = v + 0.05 * (np.roll(v, 1) - 2.0 * v + np.roll(v, -1)) + reaction - 0.1 * v
        return [u, v]

    return later, [rng.uniform(0.2, 0.8, n), rng.uniform(0.2, 0.8, n)]


def make_laplacian_3d(rng: Generator, *, side: int) -> Made:
    def residual(u):
        around = sum(np.roll(u, step, axis) for axis in range(3) for step in (1, -1))
        return around - 6.0 * u + u**3

    return residual, rng.standard_normal((side, side, side))


def make_upwind(rng: Generator, *, n: int) -> Made:
    def residual(u):
        flux = 0.5 * u * u
        return np.concatenate([flux[:1], flux[1:] - flux[:-1]]) + 0.1 * u

    return residual, rng.uniform(0.5, 1.5, n)


# Small networks


def make_residual_net(rng: Generator, *, width: int, blocks: int) -> Made:
    matrices = rng.standard_normal((blocks, width, width)) / np.sqrt(width)

    def network(x):
        for matrix in matrices:
            x = x + 0.5 * np.tanh(matrix @ x)
        return x

    return network, rng.standard_normal(width)


def make_convolution(rng: Generator, *, kernel: int, n: int) -> Made:
    """A signal's convolution, by the kernel."""
    signal = rng.standard_normal(n)
    windows = np.stack([signal[i : n - kernel + 1 + i] for i in range(kernel)], axis=1)
    return lambda weights: np.maximum(windows @ weights, 0.0), rng.standard_normal(kernel)


def make_autoencoder(rng: Generator, *, width: int, hidden: int) -> Made:
    examples = rng.standard_normal((50, width))

    def loss(p):
        code = np.tanh(examples @ p["in"] + p["bias"])
        return np.mean((code @ p["out"] - examples) ** 2)

    weights = {
        "in": rng.standard_normal((width, hidden)) / np.sqrt(width),
        "bias": np.zeros(hidden),
        "out": rng.standard_normal((hidden, width)) / np.sqrt(hidden),
    }
    return loss, weights


# Points


def make_pairs(rng: Generator, *, points: int) -> Made:
    def energy(x):
        gaps = x[:, None] - x
        return np.sum(1.0 / (np.sum(gaps * gaps, axis=-1) + 0.5))

    return energy, rng.standard_normal((points, 2))


def make_triangles(rng: Generator, *, points: int, triangles: int) -> Made:
    a, b, c = rng.integers(0, points, (3, triangles))

    def areas(p):
        one, two = p[b] - p[a], p[c] - p[a]
        return 0.5 * (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])

    return areas, rng.standard_normal((points, 2))


ROWS: dict[str, Rows] = {
    "float loop": [
        ("orbit-100", make_orbit, {"steps": 100}),
        ("binomial-tree-12", make_binomial_tree, {"steps": 12}),
        ("filter-60", make_filter, {"n": 60}),
        ("dot-200", make_dot, {"n": 200}),
    ],
    "elementwise": [
        ("logit-400", make_logit, {"n": 400}),
        ("softplus-1000-1", make_softplus, {"n": 1000}),
        ("spiral-3-2000", make_spiral, {"points": 1000}),
        ("clipped-1800", make_clipped, {"n": 1800}),
    ],
    "reduction": [
        ("harmonic-mean-5000", make_harmonic_mean, {"n": 5000}),
        ("layer-norm-8-64", make_layer_norm, {"rows": 8, "columns": 64}),
        ("row-maxima-30-20", make_row_maxima, {"rows": 30, "columns": 20}),
        ("covariance-40-6", make_covariance, {"rows": 40, "columns": 6}),
    ],
    "matrix": [
        ("determinant-8", make_determinant, {"side": 8}),
        ("solve-sides-20-3", make_solve_sides, {"side": 20, "sides": 3}),
        ("gram-40-15", make_gram, {"rows": 40, "columns": 15}),
        ("bilinear-25", make_bilinear, {"n": 25}),
        ("riccati-6", make_riccati, {"side": 6, "steps": 5}),
    ],
    "deep chain": [
        ("gated-24", make_gated, {"width": 24, "steps": 15}),
        ("newton-system-3", make_newton_system, {"steps": 10}),
        ("relaxation-800-1", make_relaxation, {"n": 800, "steps": 40}),
    ],
    "stencil": [
        ("reaction-200", make_reaction, {"n": 200, "steps": 8}),
        ("laplacian-3d-8", make_laplacian_3d, {"side": 8}),
        ("upwind-1200", make_upwind, {"n": 1200}),
    ],
    "network": [
        ("residual-net-64", make_residual_net, {"width": 64, "blocks": 4}),
        ("convolution-9-400", make_convolution, {"kernel": 9, "n": 400}),
        ("autoencoder-30-20", make_autoencoder, {"width": 30, "hidden": 20}),
    ],
    "points": [
        ("pairs-40-1", make_pairs, {"points": 40}),
        ("triangles-100-160", make_triangles, {"points": 100, "triangles": 160}),
    ],
}
