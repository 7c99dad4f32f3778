"""What the experiment ``recommend`` differentiates: functions of n inputs and m outputs.

A case is a function at some size, of a kind that people differentiate: loops over Python floats,
array code entry by entry, reductions, matrices, deep chains, stencils, small networks. Some are
held out: they were written when the model of :func:`admodes.recommend` was finished.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator

from experiments import functions
from experiments.cases import make_neighbours, make_sine_chain, make_swing

Made = tuple[Callable[[Any], Any], Any]


@dataclass(frozen=True)
class Case:
    """A function to take the whole derivative of."""

    name: str
    kind: str
    make: Callable[[Generator], Made]
    """``make(rng)`` gives the function and its input."""
    held_out: bool = False

    def input(self, seed: int) -> Made:
        return self.make(functions.generator(seed, 0, self.name))


# Loops over Python floats


def newton_root(a):
    """A square root by Newton's iteration."""
    y = a
    for _ in range(8):
        y = 0.5 * (y + a / y)
    return y


def make_newton(rng: Generator) -> Made:
    return newton_root, float(rng.uniform(1.0, 4.0))


def horner(coefficients, x):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


def make_horner(rng: Generator, *, degree: int) -> Made:
    return partial(horner, x=0.9), rng.standard_normal(degree + 1).tolist()


def predator_prey(parameters, steps):
    """Lotka and Volterra's animals at every step, from their rates and first numbers."""
    a, b, c, d, prey, predators = parameters
    path = []
    for _ in range(steps):
        born, eaten = a * prey, b * prey * predators
        prey = prey + 0.01 * (born - eaten)
        predators = predators + 0.01 * (c * prey * predators - d * predators)
        path += [prey, predators]
    return path


def make_predator_prey(rng: Generator, *, steps: int) -> Made:
    return partial(predator_prey, steps=steps), rng.uniform(0.5, 1.5, 6).tolist()


def swing_path(mass, steps):
    """Where a mass on a spring is at every step."""
    position, velocity, path = 1.0, 0.0, []
    for _ in range(steps):
        velocity = velocity - 0.01 * position / mass
        position = position + 0.01 * velocity
        path.append(position)
    return path


def make_swing_path(rng: Generator, *, steps: int) -> Made:
    return partial(swing_path, steps=steps), float(rng.uniform(1.0, 2.0))


def arm(angles):
    """The hand of a robot arm of equal links, in the plane."""
    total, x, y = 0.0, 0.0, 0.0
    for angle in angles:
        total = total + angle
        x = x + np.cos(total)
        y = y + np.sin(total)
    return [x, y]


def make_arm(rng: Generator, *, joints: int) -> Made:
    return arm, rng.uniform(-1.0, 1.0, joints).tolist()


# Array code, entry by entry


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


# Reductions


def softmax(x):
    weights = np.exp(x - np.max(x))
    return weights / np.sum(weights)


def make_softmax(rng: Generator, *, n: int) -> Made:
    return softmax, rng.standard_normal(n)


def standardized(x):
    """The rows of a table, each with its mean taken off and divided by its deviation, summed."""
    rows = (x - np.mean(x, axis=1, keepdims=True)) / np.std(x, axis=1, keepdims=True)
    return np.sum(rows**3, axis=1)


def make_standardized(rng: Generator, *, rows: int, columns: int) -> Made:
    return standardized, rng.standard_normal((rows, columns))


def moments(x):
    return np.stack([np.mean(x), np.var(x), np.mean(x**3), np.mean(x**4)])


def make_moments(rng: Generator, *, n: int) -> Made:
    return moments, rng.standard_normal(n)


def walk(steps):
    return np.cumsum(np.exp(steps))


def make_walk(rng: Generator, *, n: int) -> Made:
    return walk, 0.1 * rng.standard_normal(n)


def sorted_gaps(x):
    return np.diff(x[np.argsort(x)]) ** 2


def make_sorted_gaps(rng: Generator, *, n: int) -> Made:
    return sorted_gaps, rng.standard_normal(n)


# Matrices


def make_affine(rng: Generator, *, n: int, m: int) -> Made:
    matrix = rng.standard_normal((m, n)) / np.sqrt(n)

    def affine(x):
        return np.tanh(matrix @ x)

    return affine, rng.standard_normal(n)


def make_quadratic(rng: Generator, *, n: int) -> Made:
    matrix = rng.standard_normal((n, n))

    def quadratic(x):
        return x @ (matrix @ x)

    return quadratic, rng.standard_normal(n)


def make_inverse(rng: Generator, *, side: int) -> Made:
    return np.linalg.inv, rng.standard_normal((side, side)) + side * np.eye(side)


def log_determinant(x):
    return np.linalg.slogdet(x)[1]


def make_log_determinant(rng: Generator, *, side: int) -> Made:
    return log_determinant, rng.standard_normal((side, side)) + side * np.eye(side)


def make_solve(rng: Generator, *, side: int) -> Made:
    """Temperatures of a body whose conductivities are the inputs."""
    matrix, right = rng.standard_normal((side, side)), rng.standard_normal(side)

    def temperatures(x):
        return np.linalg.solve(matrix + side * np.eye(side) * x, right)

    return temperatures, rng.uniform(1.0, 2.0, side)


def cube(x):
    return x @ x @ x


def make_cube(rng: Generator, *, side: int) -> Made:
    return cube, rng.standard_normal((side, side)) / np.sqrt(side)


def make_factors(rng: Generator, *, rows: int, rank: int) -> Made:
    """How far a product of two factors is from a matrix, entry by entry summed."""
    data = rng.standard_normal((rows, rows))

    def misfit(factors):
        return np.sum((factors["left"] @ factors["right"] - data) ** 2)

    left, right = rng.standard_normal((2, rows, rank))
    return misfit, {"left": left, "right": right.T.copy()}


# Deep chains


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


# Stencils


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


def make_function(rng: Generator, *, name: str, n: int) -> Made:
    """One of the functions of N inputs and one output that other experiments use."""
    function = functions.find(name)
    return function.make(function.nearest(n), rng)


# Small networks


def make_outputs(rng: Generator, *, inputs: int, hidden: int, outputs: int) -> Made:
    """A network's outputs, by its inputs."""
    first = rng.standard_normal((hidden, inputs)) / np.sqrt(inputs)
    second = rng.standard_normal((outputs, hidden)) / np.sqrt(hidden)

    def network(x):
        return second @ np.tanh(first @ x)

    return network, rng.standard_normal(inputs)


def make_residuals(rng: Generator, *, inputs: int, hidden: int, examples: int) -> Made:
    """A network's residuals on some examples, by all its weights in a dict."""
    features, targets = rng.standard_normal((examples, inputs)), rng.standard_normal(examples)

    def residuals(weights):
        layer = np.tanh(features @ weights["first"] + weights["bias"])
        return layer @ weights["second"] - targets

    weights = {
        "first": rng.standard_normal((inputs, hidden)) / np.sqrt(inputs),
        "bias": np.zeros(hidden),
        "second": rng.standard_normal(hidden) / np.sqrt(hidden),
    }
    return residuals, weights


def make_deep(rng: Generator, *, width: int, layers: int) -> Made:
    """The loss of a deep network on a few examples, by the weights of all its layers in a list."""
    examples = rng.standard_normal((8, width))

    def loss(weights):
        y = examples
        for matrix in weights:
            y = np.maximum(y @ matrix, 0.0)
        return np.mean(y**2)

    return loss, [rng.standard_normal((width, width)) / np.sqrt(width) for _ in range(layers)]


# Points


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


# More of each kind


def lorenz(state, steps):
    x, y, z = state
    path = []
    for _ in range(steps):
        x, y, z = (
            x + 0.01 * 10.0 * (y - x),
            y + 0.01 * (x * (28.0 - z) - y),
            z + 0.01 * (x * y - 2.7 * z),
        )
        path += [x, y, z]
    return path


def make_lorenz(rng: Generator, *, steps: int) -> Made:
    return partial(lorenz, steps=steps), rng.uniform(0.5, 1.5, 3).tolist()


def savings(rates):
    total = 1.0
    for rate in rates:
        total = total * (1.0 + rate) + 0.1
    return total


def make_savings(rng: Generator, *, years: int) -> Made:
    return savings, rng.uniform(0.0, 0.1, years).tolist()


def continued_fraction(terms):
    y = 1.0
    for term in reversed(terms):
        y = term + 1.0 / y
    return [y, y * y]


def make_continued_fraction(rng: Generator, *, terms: int) -> Made:
    return continued_fraction, rng.uniform(1.0, 2.0, terms).tolist()


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


def make_normalized(rng: Generator, *, n: int) -> Made:
    return lambda x: x / np.sqrt(np.sum(x * x)), rng.standard_normal(n)


def make_cosines(rng: Generator, *, rows: int, columns: int) -> Made:
    def cosines(x):
        unit = x / np.sqrt(np.sum(x * x, axis=1, keepdims=True))
        return unit @ unit.T

    return cosines, rng.standard_normal((rows, columns))


def make_cross_entropy(rng: Generator, *, rows: int, classes: int) -> Made:
    label = rng.integers(0, classes, rows)

    def loss(x):
        shifted = x - np.max(x, axis=1, keepdims=True)
        logs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        return -np.mean(logs[np.arange(rows), label])

    return loss, rng.standard_normal((rows, classes))


def make_variances(rng: Generator, *, rows: int, columns: int) -> Made:
    return lambda x: np.var(x, axis=0), rng.standard_normal((rows, columns))


def make_congruence(rng: Generator, *, side: int) -> Made:
    matrix = rng.standard_normal((side, side))
    return lambda x: x @ matrix @ x.T, rng.standard_normal((side, side))


def matrix_exponential(x):
    total = term = np.eye(len(x))
    for i in range(1, 8):
        term = term @ x / i
        total = total + term
    return total


def make_exponential(rng: Generator, *, side: int) -> Made:
    return matrix_exponential, 0.1 * rng.standard_normal((side, side))


def make_ridge(rng: Generator, *, rows: int, columns: int) -> Made:
    """The coefficients of a regression, by the data."""
    features = rng.standard_normal((rows, columns))
    normal = features.T @ features + np.eye(columns)

    def coefficients(y):
        return np.linalg.solve(normal, features.T @ y)

    return coefficients, rng.standard_normal(rows)


def make_power_iteration(rng: Generator, *, side: int, steps: int) -> Made:
    matrix = rng.uniform(0.5, 1.5, (side, side))

    def vector(x):
        for _ in range(steps):
            x = matrix @ x
            x = x / np.sum(x)
        return x

    return vector, rng.uniform(0.5, 1.5, side)


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


def make_three_layers(rng: Generator, *, widths: tuple[int, ...]) -> Made:
    matrices = [rng.standard_normal((b, a)) / np.sqrt(a) for a, b in pairwise(widths)]

    def network(x):
        for matrix in matrices:
            x = np.maximum(matrix @ x, 0.1 * x[: len(matrix)].mean())
        return x

    return network, rng.standard_normal(widths[0])


def make_embedding(rng: Generator, *, words: int, width: int, chosen: int) -> Made:
    text = rng.integers(0, words, chosen)
    return lambda table: np.sum(np.tanh(table[text]), axis=1), rng.standard_normal((words, width))


def attention(x):
    scores = np.exp(x @ x.T / np.sqrt(x.shape[1]))
    return scores / np.sum(scores, axis=1, keepdims=True) @ x


def make_attention(rng: Generator, *, length: int, width: int) -> Made:
    return attention, rng.standard_normal((length, width))


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


# Held out


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


def _cases() -> list[Case]:
    kinds: dict[str, list[tuple[str, Callable[..., Made], dict[str, Any]]]] = {
        "float loop": [
            ("newton-root", make_newton, {}),
            ("spring", lambda rng: make_swing(1000, rng), {}),
            ("spring-path-1000", make_swing_path, {"steps": 1000}),
            ("horner-10", make_horner, {"degree": 9}),
            ("horner-300", make_horner, {"degree": 299}),
            ("predator-prey-20", make_predator_prey, {"steps": 20}),
            ("predator-prey-300", make_predator_prey, {"steps": 300}),
            ("arm-7", make_arm, {"joints": 7}),
            ("arm-100", make_arm, {"joints": 100}),
            ("neighbours-30", lambda rng: make_neighbours(30, rng), {}),
            ("neighbours-1000", lambda rng: make_neighbours(1000, rng), {}),
        ],
        "elementwise": [
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
        ],
        "reduction": [
            ("log-sum-exp-30", make_function, {"name": "log-sum-exp", "n": 30}),
            ("log-sum-exp-3000", make_function, {"name": "log-sum-exp", "n": 3000}),
            ("softmax-100", make_softmax, {"n": 100}),
            ("softmax-1000", make_softmax, {"n": 1000}),
            ("standardized-5-20", make_standardized, {"rows": 5, "columns": 20}),
            ("standardized-40-50", make_standardized, {"rows": 40, "columns": 50}),
            ("moments-20", make_moments, {"n": 20}),
            ("moments-10000", make_moments, {"n": 10**4}),
            ("walk-300", make_walk, {"n": 300}),
            ("sorted-gaps-200", make_sorted_gaps, {"n": 200}),
        ],
        "matrix": [
            ("affine-30-30", make_affine, {"n": 30, "m": 30}),
            ("affine-300-300", make_affine, {"n": 300, "m": 300}),
            ("affine-10000-3", make_affine, {"n": 10**4, "m": 3}),
            ("affine-3-10000", make_affine, {"n": 3, "m": 10**4}),
            ("affine-1000-200", make_affine, {"n": 1000, "m": 200}),
            ("affine-200-1000", make_affine, {"n": 200, "m": 1000}),
            ("quadratic-100", make_quadratic, {"n": 100}),
            ("quadratic-1000", make_quadratic, {"n": 1000}),
            ("inverse-5", make_inverse, {"side": 5}),
            ("inverse-20", make_inverse, {"side": 20}),
            ("log-determinant-15", make_log_determinant, {"side": 15}),
            ("solve-30", make_solve, {"side": 30}),
            ("solve-150", make_solve, {"side": 150}),
            ("cube-6", make_cube, {"side": 6}),
            ("cube-20", make_cube, {"side": 20}),
            ("factors-30-2", make_factors, {"rows": 30, "rank": 2}),
        ],
        "deep chain": [
            ("sine-chain-10", lambda rng: make_sine_chain(300, rng, inputs=10), {}),
            ("sine-chain-1000", lambda rng: make_sine_chain(100, rng, inputs=1000), {}),
            ("logistic-10", make_logistic, {"n": 10, "steps": 100}),
            ("logistic-200", make_logistic, {"n": 200, "steps": 50}),
            ("pendulum", make_pendulum, {"steps": 200}),
            ("recurrence-20", make_recurrence, {"width": 20, "steps": 50, "scalar": False}),
            ("recurrence-100", make_recurrence, {"width": 100, "steps": 20, "scalar": False}),
            ("recurrence-100-1", make_recurrence, {"width": 100, "steps": 20, "scalar": True}),
        ],
        "stencil": [
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
        ],
        "network": [
            ("network-60", make_function, {"name": "network", "n": 60}),
            ("network-8000", make_function, {"name": "network", "n": 8000}),
            ("classifier", make_outputs, {"inputs": 784, "hidden": 60, "outputs": 10}),
            ("decoder", make_outputs, {"inputs": 10, "hidden": 60, "outputs": 784}),
            ("square-net", make_outputs, {"inputs": 50, "hidden": 80, "outputs": 50}),
            ("residuals-5-64", make_residuals, {"inputs": 2, "hidden": 3, "examples": 64}),
            ("residuals-10-200", make_residuals, {"inputs": 10, "hidden": 10, "examples": 200}),
            ("residuals-30-20", make_residuals, {"inputs": 30, "hidden": 30, "examples": 20}),
            ("deep-10", make_deep, {"width": 10, "layers": 10}),
            ("deep-30", make_deep, {"width": 30, "layers": 8}),
        ],
        "points": [
            ("springs-20-30", make_springs, {"points": 20, "springs": 30, "scalar": False}),
            ("springs-200-600", make_springs, {"points": 200, "springs": 600, "scalar": False}),
            ("springs-500-1", make_springs, {"points": 500, "springs": 2000, "scalar": True}),
            ("distances-8", make_distances, {"points": 8}),
            ("distances-30", make_distances, {"points": 30}),
        ],
    }
    seen: dict[str, list[tuple[str, Callable[..., Made], dict[str, Any]]]] = {
        "float loop": [
            ("lorenz-50", make_lorenz, {"steps": 50}),
            ("savings-12", make_savings, {"years": 12}),
            ("continued-fraction-40", make_continued_fraction, {"terms": 40}),
        ],
        "elementwise": [
            ("sigmoid-150", make_sigmoid, {"n": 150}),
            ("cubic-700", make_cubic, {"n": 700}),
            ("polar-120", make_polar, {"n": 120}),
            ("arctan-2500", make_arctan, {"n": 2500}),
        ],
        "reduction": [
            ("normalized-64", make_normalized, {"n": 64}),
            ("cosines-12-30", make_cosines, {"rows": 12, "columns": 30}),
            ("cross-entropy-50-10", make_cross_entropy, {"rows": 50, "classes": 10}),
            ("variances-300-4", make_variances, {"rows": 300, "columns": 4}),
        ],
        "matrix": [
            ("congruence-12", make_congruence, {"side": 12}),
            ("exponential-8", make_exponential, {"side": 8}),
            ("ridge-40-10", make_ridge, {"rows": 40, "columns": 10}),
            ("power-iteration-40", make_power_iteration, {"side": 40, "steps": 10}),
        ],
        "deep chain": [
            ("runge-kutta-5", make_runge_kutta, {"n": 5, "steps": 30}),
            ("roots-500", make_roots, {"n": 500, "steps": 5}),
            ("damped-1500-1", make_damped, {"n": 1500, "steps": 30}),
        ],
        "stencil": [
            ("waves-2d-20", make_wave_equation, {"side": 20, "steps": 10}),
            ("blur-600", make_blur, {"n": 600}),
            ("variation-2000", make_variation, {"n": 2000}),
        ],
        "network": [
            ("three-layers-100", make_three_layers, {"widths": (100, 60, 60, 100)}),
            ("embedding-2000-30", make_embedding, {"words": 200, "width": 10, "chosen": 30}),
            ("attention-10-16", make_attention, {"length": 10, "width": 16}),
            ("normal-net-300-50", make_three_layers, {"widths": (300, 40, 40, 50)}),
        ],
        "points": [
            ("gravity-12", make_gravity, {"points": 12}),
            ("polygon-area-100", make_polygon, {"corners": 100, "scalar": True}),
            ("polygon-edges-150", make_polygon, {"corners": 150, "scalar": False}),
        ],
    }
    held_out: dict[str, list[tuple[str, Callable[..., Made], dict[str, Any]]]] = {
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
    return [
        Case(name, kind, partial(make, **sizes), held_out=out)
        for out, table in ((False, kinds), (False, seen), (True, held_out))
        for kind, each in table.items()
        for name, make, sizes in each
    ]


CASES = {case.name: case for case in _cases()}
