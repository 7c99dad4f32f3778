"""Code as people write it, with what has to be changed in it.

A line that ends in ``# kind`` has to be found, with that kind; no other line may be.
"""

import functools
import math
import random
from dataclasses import dataclass

import numpy as np

A = np.arange(9.0).reshape(3, 3)
GENERATOR = np.random.default_rng(0)
vectorized = np.vectorize(math.sqrt)


def filled(x):
    b = np.zeros(3)
    for i in range(3):
        b[i] = x[i]  # written
    b[1:] += x[1:]  # written
    return np.sum(b)


def added_to(x):
    total = np.zeros(3)
    total += x  # written
    return np.sum(total)


def written_often(x):
    b = np.zeros(10)
    b[0] = x[0]  # written
    b[1] = x[1]  # written
    b[2] = x[2]  # written
    b[3] = x[0]  # written
    b[4] = x[1]  # written
    b[5] = x[2]  # written
    b[6] = x[0]  # written
    b[7] = x[1]  # written
    b[8] = x[2]  # written
    b[9] = 2 * x[2]  # written
    return np.sum(b)


def two_arrays(x):
    b, c = np.zeros(3), np.ndarray(3)
    c[:] = x  # written
    np.exp(x, b)  # written
    np.add(x, c, out=c)  # written
    return np.sum(b) + np.sum(c)


def running(y, step=1):
    total = np.ndarray(len(y))
    total[0] = y[0]  # written
    if step > 1:
        return math.cos(y[0])  # plain
    for i in range(1, len(y)):
        total[i] = total[i - 1] + y[i]  # written
    return total


def looked_up(x):
    return np.sum(globals()[f"{running.__name__}"](x)) + np.sum(x)


def of_lists(x):
    means = [np.mean(x[i:]) for i in range(len(x))]
    spread = np.std(means)  # plain
    return spread + np.sum(np.array(means))  # plain


def plain_numbers(x):
    y = math.sin(x[0])  # plain
    z = float(np.sum(x))  # plain
    k = int(x[1])  # plain
    return y * z + k + x[0]


def plain_arrays(x):
    y = np.asarray(x)  # plain
    z = A.dot(y)  # plain
    w = np.r_[z, 1.0]  # plain
    return np.sum(w) + np.sum(vectorized(np.abs(x)))  # plain


def a_text(x):
    form = "%.3f"
    text = form % x[0]  # plain
    return np.sum(x) * len(text)


def of_another_type(x):
    if isinstance(x, np.ndarray):  # type
        return np.sum(x**2)
    return np.sum(x) * 2


@functools.lru_cache
def double(t):
    return 2 * t


def cached(x):
    return double(x[0])  # plain


def noisy(x):
    own = np.random.default_rng(0).normal()
    return np.sum(x) * own * GENERATOR.normal() + random.random()  # random


def helper(t):
    return np.gcd(3, 6) * np.packbits(t > 0)[0] * np.sum(t)


def without_rule(x):
    y = np.asarray_chkfinite(x)  # no rule
    return np.sum(y) * helper(x)


def in_a_branch(x, big=False):
    if np.sum(x) > 1e6:  # branch
        return math.sqrt(x[0])  # plain
    if big:
        return math.exp(x[0])  # plain
    return np.sum(x)


def steps(x):
    y = np.abs(x)
    while np.max(np.abs(y * y - np.abs(x))) > 1e-9:  # branch
        y = (y + np.abs(x) / y) / 2
    return np.sum(y)


@dataclass
class Parameters:
    scale: float
    weights: np.ndarray

    def loss(self):
        return self.scale * np.sum(self.weights) + float(self.weights[0])  # plain


def of_a_dataclass(x):
    return Parameters(x[0], x).loss()


class Model:
    def __init__(self, weights):
        self.weights = weights

    def __call__(self, x):
        made = np.empty(3)
        made[:] = self.weights * x  # written
        return np.sum(made)


model = Model(np.ones(3))


def nested(x):
    def inner(t):
        return math.cos(t)  # plain

    return sum(map(inner, x)) + sum(math.tan(v) for v in x)  # plain


def handed_on(x):
    return apply(lambda t: math.log(abs(t) + 1), x[0])  # plain


def apply(function, t):
    return function(t)


def recursive(x, depth=3):
    if depth == 0:
        return math.exp(x[0])  # plain
    return recursive(x * 0.5, depth - 1)


def bytes_of(x):
    return np.sum(x) * len(x.tobytes())  # plain


def several(x):
    b, c = np.zeros(2), {}
    c["first"] = x[0]
    rows = [0.0] * 2
    rows[0] = x[1]
    np.add.at(b, [0, 0], x[:2])  # written
    out = np.add(x, 1, out=np.empty(3))  # written
    return np.sum(b) + c["first"] + rows[0] + np.sum(out)


def nothing(x):
    y = np.zeros(4, like=x)
    y[1:] = x
    held = {"a": 1, "b": x}
    parts = [0.0] * 3
    parts[0] = x[0]
    whole = sum(v for v in x) + np.stack([2 * v for v in x]).sum()
    for a, row in zip(x, A, strict=True):
        whole += a * row[0]
    place = np.argmax(x)
    middle = int(len(x) / 2)
    plain = A.dot(np.ones(3)) + float(A[0, 0])
    counts = np.zeros(3)
    counts[0] = math.sqrt(middle + 1)
    text = f"{x[0]:.3f}"
    return whole * np.sum(y) + x[place] + held["b"][middle] + np.sum(plain * counts) + len(text)
