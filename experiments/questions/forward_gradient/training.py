"""Gradient descent until a loss is low enough, and the rate that takes the fewest steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf, isfinite
from typing import Any

import numpy as np
from numpy.random import Generator

from experiments.bench.results import Record, digits
from experiments.functions.classifier import Weights

Gradient = Callable[[Weights, Generator], tuple[Any, Weights]]
"""Of weights the loss and its gradient, or an estimate of that by random numbers."""

DIVERGED = 10.0
"""Times its first value: a loss does not come back from there."""
SPACING = 1.05
"""Between the steps whose losses are kept."""


def descended(weights: Weights, gradient: Weights, rate: float) -> Weights:
    return {name: w - rate * gradient[name] for name, w in weights.items()}


@dataclass
class Training:
    """What a training came to."""

    weights: Weights
    steps: int = 0
    reached: bool = False
    diverged: bool = False
    losses: list[tuple[int, float]] = field(default_factory=list)
    """After so many steps: of fewer and fewer, and the last one."""

    @property
    def rank(self) -> tuple[bool, float]:
        """The lower, the better."""
        last = inf if self.diverged else self.losses[-1][1]
        return not self.reached, self.steps if self.reached else last

    @property
    def outcome(self) -> Record:
        return {"steps": self.steps, "reached": self.reached, "diverged": self.diverged}


def train(
    gradient: Gradient, weights: Weights, rate: float, rng: Generator, target: float, most: int
) -> Training:
    """Steps of gradient descent until the loss is down to `target`; at most so many."""
    found = Training(weights)
    highest, kept = inf, 0
    with np.errstate(all="ignore"):  # the loss shows it
        while True:
            value, slope = gradient(found.weights, rng)
            loss = float(value)
            highest = DIVERGED * loss if found.steps == 0 else highest
            found.reached, found.diverged = loss <= target, not loss <= highest
            over = found.reached or found.diverged or found.steps >= most
            if isfinite(loss) and (over or found.steps >= kept):
                found.losses.append((found.steps, digits(loss)))
                kept = ceil(SPACING * found.steps) + 1
            if over:
                return found
            found.weights = descended(found.weights, slope, rate)
            found.steps += 1


def tuned(
    rates: Sequence[float], runs: int, most: int, run: Callable[[float, int, int], Training]
) -> tuple[float, Mapping[float, Sequence[Training]]]:
    """The rate whose worst of so many trainings is the best, and the trainings that were tried.

    ``run(rate, number, most)`` is one of at most so many steps. The largest rate comes first; and
    whatever has taken more steps than the best so far, or diverged, is given up.
    """
    tried: dict[float, list[Training]] = {}
    for rate in sorted(rates, reverse=True):
        own = tried[rate] = []
        for number in range(runs):
            own.append(run(rate, number, most))
            if not own[-1].reached:
                break
        else:
            most = min(most, max(each.steps for each in own))
    best = min(tried, key=lambda rate: max(each.rank for each in tried[rate]))
    return best, tried
