"""How a step comes by its gradient, and what that takes by count and in memory."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

import admodes as ad
from admodes import counting, forward, reverse
from admodes.counting import Counts
from experiments.bench.settings import Task
from experiments.functions.classifier import Weights
from experiments.functions.scalars import generator
from experiments.questions.forward_gradient.estimates import DRAWS, Estimator, combined, rows_of
from experiments.questions.forward_gradient.training import Gradient

Loss = Callable[[Weights], Any]

REVERSE, CHECKPOINTED = "reverse", "reverse, checkpointed"


@dataclass(frozen=True)
class Method:
    """How a step comes by its gradient."""

    name: str
    directions: int | None = None  # a pass; None in reverse mode

    @property
    def task(self) -> Task:
        return {"part": "training", **asdict(self)}

    def __str__(self) -> str:
        return self.name if self.directions is None else f"{self.name}, {self.directions}"


def gradient_by(method: Method, loss: Loss, weights: Weights) -> Gradient:
    """The gradient of a method, recorded at these weights."""
    if method.directions is not None:
        return Estimator(loss, weights, method.directions, DRAWS[method.name])
    f = loss if method.name == REVERSE else ad.checkpoint(loss)
    program = ad.program(f, weights, mode="reverse")
    return lambda weights, rng: program(weights)


def counts_of(method: Method, loss: Loss, weights: Weights) -> Counts:
    """What makes the gradient of a step, but for random numbers."""
    k = method.directions
    if k is None:
        f = loss if method.name == REVERSE else ad.checkpoint(loss)
        return counting.gradient(f, weights)
    n = sum(w.size for w in weights.values())
    counts = counting.tangent(loss, weights, directions=k)
    directions = generator(0, k, "counted").standard_normal((k, n))
    if method.name == "projection" and k < n:
        counts += counting.count(rows_of, directions.T)[1]
    return counts + counting.count(combined, np.ones(k), directions)[1]


def without_program(method: Method, loss: Loss, weights: Weights) -> Callable[[], Any]:
    """As much as a pass holds: k directions of any kind are as large as k unit ones."""
    if method.directions is None:
        f = loss if method.name == REVERSE else ad.checkpoint(loss)
        return partial(reverse.value_and_grad(f), weights)
    return partial(forward.partials(loss, range(method.directions)), weights)
