"""Fresh: cases that no model and no rule was made with, some of each family at several sizes.

Chosen for what people differentiate, and for sizes near which modes change places: about as many
inputs as outputs, some times more of one, and few of both.
"""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows

SIZES = (("wide", 60, 20), ("square", 40, 40), ("tall", 20, 60), ("large", 300, 250))
"""Inputs and outputs."""


def _matrices(rng: Generator, n: int, m: int, count: int) -> list[np.ndarray]:
    """From n numbers to m, and on."""
    sizes = [n, *[m] * count]
    return [
        rng.standard_normal((after, before)) / np.sqrt(before) for before, after in pairwise(sizes)
    ]


def make_softmax_layer(rng: Generator, *, n: int, m: int) -> Made:
    (matrix,) = _matrices(rng, n, m, 1)

    def likelihoods(x):
        scores = matrix @ x
        terms = np.exp(scores - np.max(scores))
        return terms / np.sum(terms)

    return likelihoods, rng.standard_normal(n)


def make_swish_layers(rng: Generator, *, n: int, m: int) -> Made:
    matrices = _matrices(rng, n, m, 3)

    def features(x):
        for matrix in matrices:
            y = matrix @ x
            x = y / (1.0 + np.exp(-y))
        return x

    return features, rng.standard_normal(n)


def make_oscillations(rng: Generator, *, n: int, m: int) -> Made:
    """A sum of n waves, seen at m times."""
    times = np.linspace(0.0, 1.0, m)
    phases = rng.uniform(0.0, 6.0, n)

    def seen(frequencies):
        return np.sum(np.sin(times[:, None] * frequencies + phases), axis=1)

    return seen, rng.uniform(1.0, 9.0, n)


def make_rational(rng: Generator, *, n: int, m: int) -> Made:
    poles = rng.uniform(1.0, 2.0, (m, n))
    return lambda x: np.sum(1.0 / (poles + x * x), axis=1), rng.standard_normal(n)


def make_kernel_regression(rng: Generator, *, n: int, m: int) -> Made:
    """A curve through n heights, read at m places."""
    places, knots = np.linspace(0.0, 1.0, m), np.linspace(0.0, 1.0, n)
    weights = np.exp(-50.0 * (places[:, None] - knots) ** 2)

    def read(heights):
        positive = np.logaddexp(heights, 0.0)
        return (weights @ positive) / (weights @ np.ones(n))

    return read, rng.standard_normal(n)


def make_decay_chain(rng: Generator, *, n: int, m: int) -> Made:
    """What is left after some steps in which numbers mix and decay, of which m are looked at."""
    (mixing,) = _matrices(rng, n, n, 1)
    (seen,) = _matrices(rng, n, m, 1)

    def left(x):
        for _ in range(12):
            x = 0.9 * x + 0.1 * np.tanh(mixing @ x)
        return seen @ x

    return left, rng.standard_normal(n)


def make_gathered(rng: Generator, *, n: int, m: int) -> Made:
    """Products of numbers picked by index arrays."""
    first, second = rng.integers(0, n, (2, m))
    return lambda x: x[first] * np.cos(x[second]), rng.standard_normal(n)


def make_windowed(rng: Generator, *, n: int, m: int) -> Made:
    """Norms of m windows that overlap."""
    width = max(n // 4, 2)
    starts = np.linspace(0, n - width, m).astype(int)

    def norms(x):
        return np.stack([np.sqrt(np.sum(x[i : i + width] ** 2) + 1e-3) for i in starts])

    return norms, rng.standard_normal(n)


def make_linear_solve(rng: Generator, *, n: int, m: int) -> Made:
    """The state that n sources cause, seen at m places."""
    size = 30
    stiffness = np.eye(size) * 3.0 + rng.standard_normal((size, size)) / 10
    into, out = rng.standard_normal((size, n)), rng.standard_normal((m, size))

    def seen(sources):
        loads = into @ np.tanh(sources)
        return out @ np.linalg.solve(stiffness, loads)

    return seen, rng.standard_normal(n)


def make_float_recursion(rng: Generator, *, n: int, m: int) -> Made:
    """A loop over Python floats: n of them in, m of a sequence that they start out."""

    def sequence(start):
        values = list(start)
        for i in range(m):
            values.append(0.5 * values[i % n] + 0.4 * values[-1] * values[-2])
        return values[n:]

    return sequence, rng.uniform(0.1, 0.9, n).tolist()


def make_outer(rng: Generator, *, n: int, m: int) -> Made:
    """Two vectors, all products of which are summed along one side."""
    weights = rng.standard_normal(m)
    return lambda x: np.tanh(np.outer(weights, x)) @ x, rng.standard_normal(n)


def make_moments(rng: Generator, *, n: int, m: int) -> Made:
    """Powers of all, summed: of which Python writes one after another."""
    return lambda x: np.stack([np.mean((x * 0.3) ** (i + 1)) for i in range(m)]), rng.uniform(
        0.5, 1.5, n
    )


def make_interpolation(rng: Generator, *, n: int, m: int) -> Made:
    places = rng.uniform(0.0, n - 1.001, m)
    left = places.astype(int)
    share = places - left

    def between(x):
        return (1.0 - share) * x[left] + share * x[left + 1] * x[left]

    return between, rng.standard_normal(n)


def make_blocks(rng: Generator, *, n: int, m: int) -> Made:
    """Containers: two parameters in, two results out."""
    (matrix,) = _matrices(rng, n - 1, m - 1, 1)

    def parts(p):
        y = np.exp(-((matrix @ p["shift"]) ** 2)) * p["scale"]
        return {"curve": y, "height": np.max(y)}

    return parts, {"scale": 1.5, "shift": rng.standard_normal(n - 1)}


def make_sorted(rng: Generator, *, n: int, m: int) -> Made:
    """Sums of the smallest ones."""
    ends = np.linspace(0, n - 1, m).astype(int)
    return lambda x: np.cumsum(np.sort(x * x))[ends], rng.standard_normal(n)


def make_misfit(rng: Generator, *, n: int, m: int) -> Made:
    """One number of many, by m data."""
    (matrix,) = _matrices(rng, n, m, 1)
    data = rng.standard_normal(m)
    return lambda x: np.sum(np.log1p((np.sin(matrix @ x) - data) ** 2)), rng.standard_normal(n)


FAMILIES = {
    "softmax-layer": ("network", make_softmax_layer),
    "swish-layers": ("network", make_swish_layers),
    "oscillations": ("elementwise", make_oscillations),
    "rational": ("elementwise", make_rational),
    "kernel-regression": ("matrix", make_kernel_regression),
    "decay-chain": ("deep chain", make_decay_chain),
    "gathered": ("points", make_gathered),
    "windowed": ("reduction", make_windowed),
    "linear-solve": ("matrix", make_linear_solve),
    "float-recursion": ("float loop", make_float_recursion),
    "outer": ("elementwise", make_outer),
    "moments": ("reduction", make_moments),
    "interpolation": ("stencil", make_interpolation),
    "blocks": ("elementwise", make_blocks),
    "sorted": ("reduction", make_sorted),
    "misfit": ("network", make_misfit),
}


def _rows() -> dict[str, Rows]:
    rows: dict[str, Rows] = {}
    for family, (kind, make) in FAMILIES.items():
        for size, n, m in SIZES:
            rows.setdefault(kind, []).append((f"{family}-{size}", make, {"n": n, "m": m}))
    return rows


ROWS = _rows()
