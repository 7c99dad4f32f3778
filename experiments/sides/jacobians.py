"""Jacobians, and derivatives of many outputs, as :mod:`experiments.sides.passes` has derivatives.

A direction is a column by forward mode, and a row by reverse mode.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import admodes as ad
from admodes import forward, reverse
from experiments.functions.maps import Map
from experiments.sides.passes import Derivative, shared

Curve = Callable[[Any], Any]
"""It takes a number, and gives an array of one dimension."""

FEWEST_SWEEPS = 8
"""In a sample: beside them, the recording before them must be short, for it is subtracted."""


def by_forward(f: Map, x: np.ndarray, m: int, executor: Executor | None = None) -> Derivative:
    """The Jacobian of `m` outputs at `x` by forward mode, a column a direction: transposed.

    Workers may share the passes of all columns; some of them are made without.
    """
    return Derivative(
        n=x.size,
        nbytes=x.itemsize * max(x.size, m),
        whole=lambda k: lambda: forward.jacobian(f, chunk_size=k, executor=executor)(x).T,
        some=partial(some_columns, f, x),
    )


def some_columns(f: Map, x: np.ndarray, indices: np.ndarray, k: int) -> np.ndarray:
    """Columns of the Jacobian, `k` a pass, as rows."""
    columns = []
    for chunk in np.split(indices, range(k, len(indices), k)):
        directions = np.zeros((len(chunk), x.size))
        directions[np.arange(len(chunk)), chunk] = 1
        # Without an axis of one direction, which forward mode also spares itself.
        columns.append(f(ad.Dual(x, directions if k > 1 else directions[0])).tangent)
    return np.vstack(columns)


@dataclass(frozen=True)
class Some:
    """Some outputs of a function: one that can travel to a worker."""

    f: Curve | Map
    indices: np.ndarray

    def __call__(self, x: Any) -> Any:
        return self.f(x)[self.indices]


def by_reverse(
    f: Curve | Map, x: float | np.ndarray, executor: Executor | None = None
) -> Derivative:
    """The derivative at `x` by reverse mode, an entry a row (of a Jacobian: a row a row).

    Workers may share the sweeps.
    """
    value, pullback = ad.vjp(f, x)
    tape = pullback.tape
    return Derivative(
        n=value.size,
        # As large as a row of the outputs, or as what an operation works on where that is more.
        nbytes=max(value.nbytes, tape.nbytes // len(tape)),
        whole=lambda k: partial(reverse.jacobian(f, chunk_size=k, executor=executor), x),
        some=lambda indices, k: reverse.jacobian(Some(f, indices), chunk_size=k, executor=executor)(
            x
        ),
        once=partial(ad.vjp, f, x),
        fewest=FEWEST_SWEEPS,
        **shared(executor),
        # Where outputs are computed one by one, more rows pay for long: each is Python's time.
        doublings=5,
    )
