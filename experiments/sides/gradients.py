"""A gradient by both modes: what each takes.

Four calls take turns: the function alone; its gradient by one reverse pass; by forward mode with
one direction a pass; and by forward mode with the best k directions a pass, both in full or from a
sample, as :mod:`experiments.sides.passes` says.
"""

from concurrent.futures import Executor
from functools import partial

import numpy as np
from numpy.random import Generator

from admodes import forward, reverse
from admodes.measure.words import counted
from experiments.bench.results import Record, samples
from experiments.functions.scalars import Scalar
from experiments.sides import passes


def by_forward(f: Scalar, x: np.ndarray, executor: Executor | None = None) -> passes.Derivative:
    """The gradient at `x` by forward mode, an entry a direction; workers may share the passes."""
    return passes.Derivative(
        n=x.size,
        nbytes=x.nbytes,
        whole=lambda k: partial(forward.grad(f, chunk_size=k, executor=executor), x),
        some=lambda indices, k: forward.partials(f, indices, chunk_size=k, executor=executor)(x),
        **passes.shared(executor),
    )


def describe(x: np.ndarray) -> passes.Describe:
    return lambda index, k, by_forward, by_reverse: (
        f"entry {index} of the gradient, where x is {x[index]}, is {by_forward} in"
        f" forward mode ({counted(k, 'direction')} a pass) and {by_reverse} in reverse mode"
    )


def measure(
    f: Scalar,
    x: np.ndarray,
    rng: Generator,
    *,
    limit: float,
    budget: float,
    rounds: int,
    executor: Executor | None = None,
) -> Record:
    """All four calls at `x`, with every sample.

    A forward gradient that takes longer than `limit` is estimated; `budget` is for all the calls.
    """
    costs, forms = passes.both_forms(by_forward(f, x, executor), limit, rng)
    calls = {"f": partial(f, x), "reverse": partial(reverse.value_and_grad(f), x)}
    timings = passes.by_turns(calls, forms, budget, rounds)
    return {
        "inputs": x.size,
        "cost_of_direction": {str(k): cost for k, cost in costs.items()},
        "f": samples(timings["f"]),
        "reverse": samples(timings["reverse"]),
        "forward": passes.form_records(forms, timings, reverse.grad(f)(x), describe(x)),
    }
