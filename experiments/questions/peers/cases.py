"""What ``peers`` measures: the functions of ``speedup``, and the objectives of ``workloads``."""

from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from experiments.functions.scalars import FUNCTIONS, Function, Scalar, Sized
from experiments.functions.workloads import WORKLOADS, Workload


def half_square(x, residuals):
    """What least squares make least: one number of many residuals."""
    return 0.5 * np.sum(residuals(x) ** 2)


def make_half_square(workload: Workload, size: int, rng: Generator) -> tuple[Scalar, Any]:
    residuals, x = workload.make(size, rng)
    return partial(half_square, residuals=residuals), x


def of_inputs(function: Function) -> Sized:
    sizes = tuple(map(function.nearest, (100, 10**4, 10**6)))
    return Sized(function.name, function.formula, function.make, sizes, "inputs")


def of_workload(name: str, *sizes: int) -> Sized:
    workload = WORKLOADS[name]
    return Sized(name, workload.formula, workload.make, sizes, workload.counts)


def of_residuals(name: str, *sizes: int) -> Sized:
    """Half the sum of their squares, which is what they are for: it has a gradient."""
    workload = WORKLOADS[name]
    sentence = f"½ Σ rᵢ², r the residuals {workload.formula}"
    return Sized(name, sentence, partial(make_half_square, workload), sizes, workload.counts)


CASES = {
    case.name: case
    for case in (
        *map(of_inputs, FUNCTIONS.values()),
        of_workload("least squares", 30, 1000),
        of_workload("Gaussian mixture", 5, 50),
        of_residuals("bundle adjustment", 100, 10**4),
        # Step by step in Python; compiled, which unrolls them, a hundred steps would take minutes.
        of_workload("Runge-Kutta", 10, 30),
    )
}
#: What every library has soon compiled, or run for the first time.
QUICK = ("rosenbrock", "network", "denoising")
