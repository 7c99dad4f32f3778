"""The functions that are shown as both modes' code, written in lines to be read."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from experiments.functions.textbook import AT, TEXTBOOK, textbook


def rosenbrock(x):
    left, right = x[:-1], x[1:]
    valley = right - left**2
    height = 100 * valley**2 + (1 - left) ** 2
    return np.sum(height)


class Case(NamedTuple):
    f: Callable[..., Any]
    at: tuple[Any, ...]

    @property
    def inputs(self) -> int:
        return sum(map(np.size, self.at))


CASES = {
    TEXTBOOK: Case(textbook, AT),
    "rosenbrock": Case(rosenbrock, (np.linspace(-1.0, 1.0, 1000),)),
}
