"""How many workers does forward mode take to be as quick as one reverse pass?

The passes of forward mode are independent of one another, so workers can share them; a reverse pass
nobody can share. A gradient by forward mode is measured in one process and by one and two worker
processes, and by a Dask cluster of two workers where Dask is installed; they take turns with one
reverse pass. The results are the same to the last bit, or the run ends. For more workers the time
is simulated, from what is measured of the parts: a pass, by the number of its directions, as in the
gradients without workers; a part of the passes on its way to a worker and back; a derivative's way
to a first pass in a worker. Simulated workers have a core and a memory each; two that are measured
share those of one machine, and may be slower than two simulated ones. What it
takes to start a worker is measured, too, and is not part of that: workers wait for what comes.
BLAS has one thread everywhere.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from functools import lru_cache, partial
from importlib.util import find_spec
from os import getpid
from time import perf_counter
from typing import Any

import numpy as np

from admodes import forward, reverse
from admodes.measure import interleave
from experiments.bench import executors
from experiments.bench.results import Record, digits, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, choice
from experiments.functions import scalars
from experiments.questions.workers.cases import CASES, QUICK
from experiments.sides import gradients, passes

PLACE = 16
SETTINGS = {
    "functions": choice("--function NAME...", CASES),
    "sizes": Setting(
        {name: list(case.sizes) for name, case in CASES.items()}, quick=QUICK, shown=""
    ),
    "seconds": Setting(30.0, quick=1.5),
    "rounds": Setting(21, quick=7),
    "seed": SEED,
}
MEASURED = ("processes:1", "processes:2", "dask:2")
EMPTY = 200
"""Parts without passes, of which the way to a worker and back is timed."""
FEWEST = 6
"""Rounds, for an interval."""


def settle(settings: Settings) -> Settings:
    """Which workers there are: Dask's, where it is installed."""
    there = [each for each in MEASURED if each != "dask:2" or find_spec("distributed")]
    return settings | {"executors": there}


def plan(settings: Settings) -> list[Task]:
    return [
        {"function": name, "inputs": n}
        for name in dict.fromkeys(settings["functions"])
        for n in settings["sizes"][name]
    ]


def expect(task: Task, settings: Settings) -> float:
    return settings["seconds"] + 8.0


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    """The gradient in every way, in turns, with every sample; and what the parts of it take."""
    n = task["inputs"]
    f, x = CASES[task["function"]].input(n, settings["seed"])
    rng = scalars.generator(settings["seed"], n, "workers")
    costs = passes.cost_of_direction(gradients.by_forward(f, x), rng)
    k = min(costs, key=costs.__getitem__)
    if task["function"] == "rod":  # of whose few directions every worker wants some
        k = min(k, max(n // 8, 1))
    workers = {where: executors.opened(where) for where in settings["executors"]}
    calls: dict[str, Callable[[], Any]] = {
        "f": partial(f, x),
        "reverse": partial(reverse.grad(f), x),
        "alone": partial(forward.grad(f, chunk_size=k), x),
        **{
            where: partial(forward.grad(f, chunk_size=k, executor=own), x)
            for where, own in workers.items()
        },
    }
    difference = verified(calls, k, x)
    timings = interleave(
        calls,
        seconds=settings["seconds"],
        rounds=settings["rounds"],
        fewest=FEWEST,
        sample_seconds=passes.SAMPLE_SECONDS,
    )
    reach = interleave(
        {
            "a pass": partial(forward.partials(f, [0], chunk_size=1), x),
            **{
                where: partial(forward.partials(f, [0, n - 1], chunk_size=1, executor=own), x)
                for where, own in workers.items()
            },
        },
        seconds=settings["seconds"] / 10,
        rounds=settings["rounds"],
        fewest=FEWEST,
        sample_seconds=passes.SAMPLE_SECONDS,
    )
    return {
        "k": k,
        "cost_of_direction": {str(each): digits(cost) for each, cost in costs.items()},
        "largest_difference": difference,
        **{name: samples(each) for name, each in timings.items()},
        "reach": {name: samples(each) for name, each in reach.items()},
        "send": {where: digits(send(own)) for where, own in workers.items()},
        "start": digits(starting()),
    }


def verified(calls: dict[str, Callable[[], Any]], k: int, x: np.ndarray) -> float:
    """How far both modes are apart; :class:`Disagreement` where that is far.

    And where workers do not give the same bits.
    """
    expected, alone = calls["reverse"](), calls["alone"]()
    form = passes.Form(k, True, x.size, 0.0, lambda: None, [(np.arange(x.size), alone)])
    compared = passes.compare(form, expected, gradients.describe(x))
    for name in calls.keys() - {"f", "reverse", "alone"}:
        if calls[name]().tobytes() != alone.tobytes():
            raise ValueError(f"by {name} the gradient has other bits than without workers")
    difference: float = compared["largest_difference"]
    return difference


def send(executor: Executor) -> float:
    """Seconds of a part without passes, on its way to a worker and back, one of many."""
    begin = perf_counter()
    for future in [executor.submit(abs, -i) for i in range(EMPTY)]:
        future.result()
    return (perf_counter() - begin) / EMPTY


@lru_cache(maxsize=1)
def starting() -> float:
    """Seconds until a worker process that was not there answers, with all imported."""
    begin = perf_counter()
    with executors.processes(1) as own:
        own.submit(getpid).result()
        return perf_counter() - begin
