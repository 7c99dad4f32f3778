"""The functions that experiments differentiate: N inputs, one output, plain NumPy code.

Each is an entry of :data:`FUNCTIONS`. It uses NumPy by the name ``np`` alone, its data bound to it
(``functools.partial``), so that its code also runs on another library's namespace. A user's own is
named ``package.module:name``, or ``path/to/file.py:name`` (:func:`find`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from math import isqrt
from types import ModuleType
from typing import Any

import click
import numpy as np
from numpy.random import Generator

from admodes.shell import targets

Scalar = Callable[[np.ndarray], Any]


def generator(seed: int, size: int, name: str) -> Generator:
    """Random numbers for what has this name at this size: the same, whatever else is measured."""
    return np.random.default_rng([seed, size, *name.encode()])


def any_size(n: int) -> int:
    """The nearest number of inputs that a function without structure can have: `n` itself."""
    return n


@dataclass(frozen=True)
class Function:
    """A function to differentiate, with what a reader should know about it."""

    name: str
    sentence: str
    formula: str
    source: str
    make: Callable[[int, Generator], tuple[Scalar, Any]]
    """``make(n, rng)`` gives the function, its data bound to it, and an input: of shape (n,), or a
    number where it is outputs that number `n` (:mod:`experiments.functions.curves`)."""
    nearest: Callable[[int], int] = any_size
    """The number of inputs (or outputs) it can have that is nearest to one asked for."""


@dataclass(frozen=True)
class Sized:
    """A function, and the sizes that it is measured at."""

    name: str
    sentence: str
    make: Callable[[int, Generator], tuple[Scalar, Any]]
    """``make(size, rng)`` gives the function and its input, as above."""
    sizes: tuple[int, ...]
    counts: str  # what the size is the number of

    def input(self, size: int, seed: int) -> tuple[Scalar, Any]:
        return self.make(size, generator(seed, size, self.name))


# Rosenbrock


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def make_rosenbrock(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    return rosenbrock, rng.uniform(-2.048, 2.048, n)


# Log-sum-exp


def log_sum_exp(x):
    largest = np.max(x)  # subtracted first, so that exp does not overflow
    return largest + np.log(np.sum(np.exp(x - largest)))


def make_log_sum_exp(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    return log_sum_exp, rng.standard_normal(n)


# Two-layer network

EXAMPLES = 64


def network_loss(weights, features, targets):
    """Mean squared error of a network whose weights, all of them, are one flat vector."""
    width = features.shape[1]
    hidden = weights.shape[0] // (width + 2)
    first = weights[: width * hidden].reshape(width, hidden)
    bias = weights[width * hidden : -hidden]
    second = weights[-hidden:]
    output = np.tanh(features @ first + bias) @ second
    return np.mean((output - targets) ** 2)


def network_layers(n: int) -> tuple[int, int]:
    """Features and hidden units, about as many of each, whose weights number nearest to `n`."""
    root = max(isqrt(n), 1)
    layers = (
        (max(round(n / hidden) - 2, 1), hidden) for hidden in range(max(root // 2, 1), 2 * root + 1)
    )
    return min(layers, key=lambda layer: (abs(network_size(*layer) - n), abs(layer[1] - root)))


def network_size(width: int, hidden: int) -> int:
    return hidden * (width + 2)


def make_network(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    width, hidden = network_layers(n)
    features = rng.standard_normal((EXAMPLES, width))
    targets = rng.standard_normal(EXAMPLES)
    first = rng.standard_normal((width, hidden)) / np.sqrt(width)
    second = rng.standard_normal(hidden) / np.sqrt(hidden)
    weights = np.concatenate([first.ravel(), np.zeros(hidden), second])
    return partial(network_loss, features=features, targets=targets), weights


# Total-variation denoising of a photograph


NOISE = 0.1
"""The standard deviation of what is added to the photograph, whose values are 0 to 1."""


def denoising_energy(u, noisy, weight=0.1, epsilon=1e-3):
    """How far the image `u` is from the noisy one, and how much it varies."""
    image = u.reshape(noisy.shape)
    down = np.diff(image, axis=0, append=image[-1:])
    right = np.diff(image, axis=1, append=image[:, -1:])
    variation = np.sum(np.sqrt(down**2 + right**2 + epsilon**2))
    return 0.5 * np.sum((image - noisy) ** 2) + weight * variation


PHOTOGRAPH = 600, 512, 3
"""Rows, columns and colours, known without reading it."""


@lru_cache(maxsize=1)
def photograph() -> np.ndarray:
    """Rear Admiral Grace Hopper, as Matplotlib ships her: `PHOTOGRAPH` values from 0 to 1."""
    # Here, so that a process that measures other functions starts in half the time.
    from matplotlib.cbook import get_sample_data
    from matplotlib.image import imread

    return imread(str(get_sample_data("grace_hopper.jpg", asfileobj=False))) / 255.0


def photograph_crop(n: int) -> tuple[int, int]:
    """Rows and columns, in about the photograph's proportions, whose values number nearest `n`."""
    most_rows, most_columns, colours = PHOTOGRAPH
    pixels = max(n // colours, 1)
    middle = min(round((pixels * most_rows / most_columns) ** 0.5), most_rows)
    crops = (
        (rows, min(max(round(n / colours / rows), 1), most_columns))
        for rows in range(max(middle // 2, 1), min(2 * middle, most_rows) + 1)
    )
    return min(
        crops, key=lambda crop: (abs(crop[0] * crop[1] * colours - n), abs(crop[0] - middle))
    )


def noisy_photograph(n: int, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """The middle of the photograph, of about `n` values, and the same with noise added."""
    rows, columns = photograph_crop(n)
    top, left = (photograph().shape[0] - rows) // 2, (photograph().shape[1] - columns) // 2
    image = photograph()[top : top + rows, left : left + columns]
    return image, image + rng.normal(scale=NOISE, size=image.shape)


def make_denoising(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    image, noisy = noisy_photograph(n, rng)
    return partial(denoising_energy, noisy=noisy), image.flatten()


FUNCTIONS = {
    function.name: function
    for function in (
        Function(
            name="rosenbrock",
            sentence="A curved valley, on which optimisers are tried.",
            formula="Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²",
            source="H. H. Rosenbrock, Comput. J. 3 (1960) 175; in N variables as in SciPy.",
            make=make_rosenbrock,
            nearest=lambda n: max(n, 2),
        ),
        Function(
            name="log-sum-exp",
            sentence="A smooth maximum, the heart of a classifier's loss.",
            formula="log Σ exp xᵢ",
            source="S. Boyd, L. Vandenberghe, Convex Optimization (2004), section 3.1.5.",
            make=make_log_sum_exp,
        ),
        Function(
            name="network",
            sentence="The loss of a two-layer network as a function of all its weights.",
            formula="mean (tanh(A W + b) w − y)²",
            source="D. E. Rumelhart, G. E. Hinton, R. J. Williams, Nature 323 (1986) 533.",
            make=make_network,
            nearest=lambda n: network_size(*network_layers(n)),
        ),
        Function(
            name="denoising",
            sentence="Its minimum is the photograph without its noise, but with its edges.",
            formula="½ ‖u − noisy‖² + λ Σ √(|∇u|² + ε²)",
            source="L. Rudin, S. Osher, E. Fatemi, Physica D 60 (1992) 259; smoothed as in R. Acar,"
            " C. Vogel, Inverse Problems 10 (1994) 1217.",
            make=make_denoising,
            nearest=lambda n: 3 * int(np.prod(photograph_crop(n))),
        ),
    )
}


def find(name: str) -> Function:
    """The function of that name in the table, or a user's own: see :func:`load`.

    A user's own takes an array of shape (n,) and returns one number. A ``make_input(n, rng)``
    beside it in the module makes its input; otherwise that is standard normal.

    Raises ``ValueError``, in one line, where there is no such function.
    """
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if ":" not in name:
        known = ", ".join(FUNCTIONS)
        raise ValueError(f"there is no function {name!r}: give one of {known}, or module:name")
    module, function = load(name)

    def make(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
        make_input = getattr(module, "make_input", lambda n, rng: rng.standard_normal(n))
        x = np.asarray(make_input(n, rng), dtype=np.float64)
        if x.ndim != 1:
            raise ValueError(f"make_input({n}, rng) gave shape {x.shape}, not one dimension")
        return function, x

    sentence = (function.__doc__ or "").strip().partition("\n")[0]
    return Function(name, sentence, formula="", source=module.__name__, make=make)


def load(name: str) -> tuple[ModuleType, Callable[..., Any]]:
    """A user's own function, named as for ``admodes check``, after the module that it is in.

    Raises ``ValueError``, in one line, where there is no such function.
    """
    try:
        return targets.load(name)
    except click.BadParameter as error:
        raise ValueError(error.message) from error
