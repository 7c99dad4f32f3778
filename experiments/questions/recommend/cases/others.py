"""The cases of other experiments: maps of ``crossover``, and objectives of ``workloads``."""

from collections.abc import Iterator
from functools import partial

from numpy.random import Generator

from experiments.functions.maps import FUNCTIONS, MapCase
from experiments.functions.workloads import WORKLOADS, Workload
from experiments.questions.recommend.cases.case import Case, Made

SIZES = (10, 100, 1000)
SMALLEST = 2
"""Sizes of a workload."""


def _map(rng: Generator, *, case: MapCase, n: int, m: int) -> Made:
    return case.make(n, m, rng)


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
