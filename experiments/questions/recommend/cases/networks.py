"""Small networks."""

from itertools import pairwise

import numpy as np
from numpy.random import Generator

from experiments.questions.recommend.cases.case import Made, Rows, make_function


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


ROWS: Rows = [
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
]

LATER_ROWS: Rows = [
    ("three-layers-100", make_three_layers, {"widths": (100, 60, 60, 100)}),
    ("embedding-2000-30", make_embedding, {"words": 200, "width": 10, "chosen": 30}),
    ("attention-10-16", make_attention, {"length": 10, "width": 16}),
    ("normal-net-300-50", make_three_layers, {"widths": (300, 40, 40, 50)}),
]
