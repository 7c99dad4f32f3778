"""What the experiment ``sparse`` differentiates: functions whose derivatives are mostly 0."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isqrt
from typing import Any

import numpy as np
from numpy.random import Generator

import admodes as ad
from admodes import reverse
from experiments.functions import scalars
from experiments.functions.maps import Map

Made = tuple[Callable[[Any], Any], np.ndarray]


@dataclass(frozen=True)
class Problem:
    """A function by the number of its inputs, with what a reader should know about it."""

    name: str
    formula: str
    source: str
    make: Callable[[int, Generator], Made]
    """``make(n, rng)`` gives the function and an input of `n` numbers, or the nearest number."""
    hessian: bool = False
    """Its second derivatives are taken, those of its gradient."""

    def plans(self, f: Callable[[Any], Any], x: np.ndarray) -> dict[str, Callable[[], Any]]:
        """Calls that make a plan, by the name of the way."""
        if self.hessian:
            return {"sparse forward": partial(ad.sparse_hessian(f).plan, x)}
        return {
            f"sparse {mode}": partial(ad.sparse_jacobian(f, mode=mode).plan, x)
            for mode in ("forward", "reverse", "both")
        }

    def derived(self, f: Callable[[Any], Any]) -> Map:
        """What has the matrix as its Jacobian."""
        return reverse.grad(f) if self.hessian else f


def normal(f: Callable[[Any], Any], n: int, rng: Generator) -> Made:
    return f, rng.standard_normal(n)


def make_rosenbrock(n: int, rng: Generator) -> Made:
    return scalars.find("rosenbrock").make(n, rng)


def tridiagonal(x):
    """Broyden's tridiagonal function."""
    padded = np.pad(x, 1)
    return (3 - 2 * x) * x - padded[:-2] - 2 * padded[2:] + 1


def brusselator(x, m):
    """Two species that react on each point of a periodic m × m grid, and spread to its four
    neighbours; their rates of change."""
    u, v = np.reshape(x, (2, m, m))

    def spread(w):
        around = np.roll(w, 1, 0) + np.roll(w, -1, 0) + np.roll(w, 1, 1) + np.roll(w, -1, 1)
        return 0.02 * (around - 4 * w)

    reaction = u * u * v
    rates = np.stack([1 + reaction - 4.4 * u + spread(u), 3.4 * u - reaction + spread(v)])
    return np.reshape(rates, -1)


def make_brusselator(n: int, rng: Generator) -> Made:
    """On a grid of five points a side at least, whose neighbours are ten others."""
    m = max(isqrt(n // 2), 5)
    return partial(brusselator, m=m), rng.uniform(0.5, 3.0, 2 * m * m)


def arrow(x):
    """A sum over all inputs, and what each of them and the first one make."""
    return np.concatenate([np.sum(np.sin(x))[None], x[1:] ** 2 + np.exp(x[0])])


PROBLEMS = {
    problem.name: problem
    for problem in (
        Problem(
            "rosenbrock",
            "the Hessian of f(x) = Σ 100 (x[i+1] - x[i]²)² + (1 - x[i])²",
            "H. H. Rosenbrock, Comput. J. 3 (1960) 175.",
            make_rosenbrock,
            hessian=True,
        ),
        Problem(
            "arrow",
            "the Jacobian of f(x)[0] = Σ sin x[j], f(x)[i] = x[i]² + exp x[0]",
            "As in T. F. Coleman, A. Verma, SIAM J. Sci. Comput. 19 (1998) 1210.",
            partial(normal, arrow),
        ),
        Problem(
            "tridiagonal",
            "the Jacobian of f(x)[i] = (3 - 2 x[i]) x[i] - x[i-1] - 2 x[i+1] + 1",
            "J. J. Moré, B. S. Garbow, K. E. Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17, 30.",
            partial(normal, tridiagonal),
        ),
        Problem(
            "brusselator",
            "the Jacobian of u' = 1 + u²v - 4.4 u + 0.02 Δu, v' = 3.4 u - u²v + 0.02 Δv",
            "E. Hairer, G. Wanner, Solving Ordinary Differential Equations II (1996), IV.10.",
            make_brusselator,
        ),
    )
}


# --- Colours that are known -----------------------------------------------------------------------


def band(x, width):
    """Of each number and so many on either side, some function."""
    padded = np.pad(np.sin(x), width)
    return sum(padded[i : i + len(x)] for i in range(2 * width + 1))


def points(x, shape):
    """Each point of a grid and its neighbours along the axes, nothing beyond the ends."""
    w = np.reshape(x, shape)
    total = -2 * len(shape) * w
    for axis in range(len(shape)):
        padded = np.pad(w, [(int(i == axis),) * 2 for i in range(len(shape))])
        middle = np.moveaxis(padded, axis, 0)
        total = total + np.moveaxis(middle[:-2] + middle[2:], 0, axis)
    return np.reshape(total, -1)


def star(x):
    """Each number beside the first one: its Hessian is an arrow."""
    return np.sum(x**2 * x[0])


@dataclass(frozen=True)
class Known:
    """A matrix, and how many colours are known of it."""

    f: Callable[[Any], Any]
    inputs: int
    way: str
    """``"columns"``, ``"both sides"`` or ``"symmetric"``."""
    colours: int
    source: str = ""
    """Of the number, where it is not the most entries in a row."""

    def plan(self) -> Any:
        x = np.random.default_rng(0).uniform(0.5, 1.5, self.inputs)
        if self.way == "symmetric":
            return ad.sparse_hessian(self.f).plan(x)
        mode: Any = {"columns": "forward", "both sides": "both"}[self.way]
        return ad.sparse_jacobian(self.f, mode=mode).plan(x)


COLOURS = {
    "tridiagonal": Known(partial(band, width=1), 1000, "columns", 3),
    "pentadiagonal": Known(partial(band, width=2), 1000, "columns", 5),
    "eleven bands": Known(partial(band, width=5), 1000, "columns", 11),
    "tridiagonal Hessian": Known(scalars.rosenbrock, 1000, "symmetric", 3),
    "arrow, as a Hessian": Known(star, 50, "symmetric", 2),
    "arrow": Known(arrow, 50, "both sides", 3),
    "Brusselator, 32 × 32": Known(partial(brusselator, m=32), 2048, "columns", 10, "DSATUR"),
    "five points, 30 × 30": Known(partial(points, shape=(30, 30)), 900, "columns", 5),
    "seven points, 12 × 12 × 12": Known(
        partial(points, shape=(12, 12, 12)), 1728, "columns", 11, "DSATUR"
    ),
}
