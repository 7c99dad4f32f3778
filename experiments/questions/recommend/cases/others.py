"""The cases of other experiments: maps of ``crossover``, ``workloads``, what ``mixed`` has."""

from collections.abc import Iterator
from functools import partial

from numpy.random import Generator

from experiments.functions import narrow
from experiments.functions.maps import FUNCTIONS, MapCase
from experiments.functions.narrow import NarrowCase
from experiments.functions.workloads import WORKLOADS, Workload
from experiments.questions.recommend.cases.case import Case, Made

SIZES = (10, 100, 1000)
SMALLEST = 2
"""Sizes of a workload."""
NARROW = (("hourglass", 100, 3), ("hourglass", 1000, 3), ("hourglass", 1000, 30))
"""And the numbers that there are between as many inputs and outputs."""


def _map(rng: Generator, *, case: MapCase, n: int, m: int) -> Made:
    return case.make(n, m, rng)


def _narrow(rng: Generator, *, case: NarrowCase, n: int, k: int) -> Made:
    return case.make(n, k, rng)


def _workload(rng: Generator, *, workload: Workload, size: int) -> Made:
    return workload.make(size, rng)


def cases() -> Iterator[Case]:
    """Held out: the model was made with none."""
    for case in FUNCTIONS.values():
        for n in SIZES:
            for m in SIZES:
                make = partial(_map, case=case, n=n, m=m)
                yield Case(f"{case.name}-{n}-{m}", "crossover", make, held_out=True)
    for workload in WORKLOADS.values():
        if workload.derivative == "blocks":  # of which nobody sees that the rest is 0
            continue
        for size in workload.sizes[:SMALLEST]:
            make = partial(_workload, workload=workload, size=size)
            name = f"{workload.name.replace(' ', '-').lower()}-of-{size}"
            yield Case(name, "workload", make, held_out=True)
    for name, n, k in (*NARROW, ("autoencoder", 784, 30)):
        make = partial(_narrow, case=narrow.FUNCTIONS[name], n=n, k=k)
        yield Case(f"{name}-{n}-{k}", "narrow", make, held_out=True)
