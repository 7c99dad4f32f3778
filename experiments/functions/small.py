"""What the experiment ``overhead`` measures, a row of a table each, and the targets.

A function here uses NumPy by the name ``np`` alone, so that its code also runs on another library's
namespace (:func:`experiments.sides.libraries.on`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from numpy.random import Generator

from experiments.functions import scalars
from experiments.functions.scalars import Scalar, Sized

#: What is measured of a function; each gives ``(value, derivative)``.
MODES = {
    "forward": "forward: one tangent",
    "reverse": "reverse: gradient",
    "forward gradient": "forward: whole gradient",
}


@dataclass(frozen=True)
class Case(Sized):
    """A function of some sizes, what is measured of it, and what that should be at most."""

    targets: Mapping[str, Mapping[int, float]]
    """For each mode that is measured, the targets that there are, by size."""
    leads: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """For a peer, how many times the time of reverse mode here its own should be at least."""
    programs: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """For each kind of program, what either mode should be at most, by size."""
    kind: Literal["cost", "growth", "memory"] = "cost"
    """Relative to the function; an operation's, relative to the smallest size; arrays a step."""


# Chains of operations


def swing(mass, steps):
    """Where a mass on a spring is in the end, by symplectic Euler steps of five operations.

    It swings for ever: however long the chain, neither values nor derivatives overflow or vanish.
    """
    position, velocity = 1.0, 0.0
    for _ in range(steps):
        velocity = velocity - 0.01 * position / mass
        position = position + 0.01 * velocity
    return position


def make_swing(operations: int, rng: Generator) -> tuple[Scalar, float]:
    return partial(swing, steps=operations // 5), float(rng.uniform(1.0, 2.0))


def sine_chain(x, steps):
    """Two operations a step. Between 1 and 1.2 its values go neither to 0 nor into chaos."""
    y = x
    for _ in range(steps):
        y = np.sin(y) * x
    return np.sum(y)


def make_sine_chain(steps: int, rng: Generator, *, inputs: int) -> tuple[Scalar, np.ndarray]:
    return partial(sine_chain, steps=steps), rng.uniform(1.0, 1.2, inputs)


def neighbours(x):
    """Every element but the ends is read twice, one at a time."""
    return sum(x[i] * x[i + 1] for i in range(len(x) - 1))


def make_neighbours(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    return neighbours, rng.standard_normal(n)


# Functions of N inputs


def sine_square_tanh(x):
    return np.sum(np.sin(x) * x**2 + np.tanh(x))


def make_sine_square_tanh(n: int, rng: Generator) -> tuple[Scalar, np.ndarray]:
    return sine_square_tanh, rng.standard_normal(n)


SIZES = (100, 10**4, 10**6)
TANGENT = {100: 3.0}
LEAD = {"autograd": {100: 6.0}}


def programs(largest: float) -> Mapping[str, Mapping[int, float]]:
    """With what compiled ones should be at most at a million."""
    return {
        "admodes.program": {100: 1.5, 10**6: 2.3},
        "admodes.compiled": {100: 0.8, 10**6: largest},
    }


CASES = {
    case.name: case
    for case in (
        Case(
            name="float-loop",
            sentence="A mass on a spring: + − * / on Python floats in a loop.",
            make=make_swing,
            sizes=(1000,),
            counts="operations",
            targets={"forward": {1000: 20.0}, "reverse": {1000: 35.0}},
            programs={"admodes.program": {1000: 4.0}},
        ),
        Case(
            name="small-arrays",
            sentence="y = np.sin(y) * x, 500 times, on an array of 10.",
            make=partial(make_sine_chain, inputs=10),
            sizes=(500,),
            counts="steps",
            targets={"forward": {}, "reverse": {500: 5.0}},
        ),
        Case(
            name="rosenbrock",
            sentence=scalars.FUNCTIONS["rosenbrock"].formula,
            make=scalars.make_rosenbrock,
            sizes=SIZES,
            counts="inputs",
            targets={"forward": TANGENT, "reverse": {100: 3.5, 10**4: 3.5, 10**6: 5.0}},
            leads=LEAD,
            programs=programs(0.3),
        ),
        Case(
            name="sin-x2-tanh",
            sentence="Σ sin(xᵢ) xᵢ² + tanh(xᵢ)",
            make=make_sine_square_tanh,
            sizes=SIZES,
            counts="inputs",
            targets={"forward": TANGENT, "reverse": {100: 3.5, 10**4: 3.5, 10**6: 2.5}},
            leads=LEAD,
            programs=programs(0.3),
        ),
        Case(
            name="log-sum-exp",
            sentence=scalars.FUNCTIONS["log-sum-exp"].formula,
            make=scalars.make_log_sum_exp,
            sizes=SIZES,
            counts="inputs",
            targets={"forward": TANGENT, "reverse": {100: 3.5, 10**4: 3.5, 10**6: 2.5}},
            leads=LEAD,
            programs=programs(0.7),
        ),
        Case(
            name="whole-gradient",
            sentence="Of rosenbrock, by forward mode with k directions a pass, the default k.",
            make=scalars.make_rosenbrock,
            sizes=(1000,),
            counts="inputs",
            targets={"forward gradient": {1000: 450.0}},
        ),
        Case(
            name="long-tape",
            sentence="The float loop at lengths up to a million: what an operation costs.",
            make=make_swing,
            sizes=(10**3, 10**4, 10**5, 10**6),
            counts="operations",
            targets={"reverse": {10**4: 1.5, 10**5: 1.5, 10**6: 1.5}},
            kind="growth",
        ),
        Case(
            name="reads",
            sentence="sum(x[i] * x[i + 1] for i in range(n - 1)): what an operation costs.",
            make=make_neighbours,
            sizes=(10**3, 10**4, 10**5),
            counts="inputs",
            targets={"reverse": {10**4: 1.5, 10**5: 1.5}},
            kind="growth",
        ),
        Case(
            name="memory",
            sentence="Kept for each step of y = np.sin(y) * x, on an array of 1,000,000.",
            make=partial(make_sine_chain, inputs=10**6),
            sizes=(4, 8),
            counts="steps",
            targets={"recording": {8: 2.0}, "peak": {8: 2.0}},
            kind="memory",
        ),
    )
}
