"""What do a million forward passes take, run in full?

Forward mode takes a pass for each of the N inputs. Here all of them are run, as a compiled program:
a pass is dense, and every multiplication is carried out, by zeros as by anything else. Directions
go k abreast, and the cores share them. They are the rows of the unit matrix: a row is a window over
zeros with a single one among them, and the next row is the same window, one place further. So
memory holds two rows and not N of them. Each derivative is held against the gradient by reverse
mode, which is timed as a compiled program, too: like is compared with like.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from os import cpu_count
from time import perf_counter
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.lib.stride_tricks import as_strided

import admodes
from admodes import reverse
from admodes.measure import interleave
from experiments.bench.results import Record, digits, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, how_many
from experiments.functions import scalars

PLACE = 15
SETTINGS = {
    "function": Setting("rosenbrock"),
    "inputs": how_many(
        1_000_000, "--inputs N", "Of the function: so many forward passes.", quick=20_000
    ),
    "abreast": how_many(64, "--abreast K", "Directions that go through a pass together."),
    "block": how_many(
        12_800, "--block B", "Directions a measurement; a stop loses one.", quick=2560
    ),
    "threads": Setting(cpu_count),
    "seed": SEED,
}
ROUNDS, BUDGET = 21, 3.0
GUESSED = 5e-10
"""Seconds a number that a pass moves: for the progress bar."""


def settle(settings: Settings) -> Settings:
    if find_spec("llvmlite") is None:
        raise click.UsageError(
            "million runs compiled passes, which need llvmlite: pip install 'admodes[compiled]'"
        )
    return settings | {"abreast": min(settings["abreast"], settings["inputs"])}


def plan(settings: Settings) -> list[Task]:
    """The reverse pass first, and then all forward passes."""
    n, block = settings["inputs"], settings["block"]
    blocks = [{"mode": "forward", "first": i, "end": min(i + block, n)} for i in range(0, n, block)]
    return [{"mode": "reverse", "first": 0, "end": n}, *blocks]


def expect(task: Task, settings: Settings) -> float:
    if task["mode"] == "reverse":
        return BUDGET + 1
    return GUESSED * settings["inputs"] * (task["end"] - task["first"]) / settings["threads"]


# Measuring


class Case(NamedTuple):
    """A function at a point, with both modes as compiled programs."""

    f: Callable[..., Any]
    x: np.ndarray
    gradient: np.ndarray
    window: np.ndarray
    forward: admodes.Program
    reverse: admodes.Program


@lru_cache(maxsize=1)
def case(name: str, n: int, k: int, seed: int) -> Case:
    f, x = scalars.find(name).make(n, scalars.generator(seed, n, name))
    window = zeros_around_one(n, k)
    forward = admodes.program(f, x, mode="forward", directions=k, backend="compiled")
    forward.record((x,), (unit_rows(window, n, 0, k),))  # which lie otherwise in memory
    backward = admodes.program(f, x, mode="reverse", backend="compiled")
    return Case(f, x, reverse.grad(f)(x), window, forward, backward)


def zeros_around_one(n: int, k: int) -> np.ndarray:
    """What all rows are windows over: it stays in the cache, whichever row is read."""
    zeros = np.zeros(2 * n + k)
    zeros[n + k - 1] = 1.0
    return zeros


def unit_rows(window: np.ndarray, n: int, first: int, k: int) -> np.ndarray:
    """The rows of the unit matrix from `first` on, `k` of them.

    >>> unit_rows(zeros_around_one(4, 2), 4, 1, 2)
    array([[0., 1., 0., 0.],
           [0., 0., 1., 0.]])
    """
    return as_strided(window[n + k - 1 - first :], (k, n), (-8, 8), writeable=False)


def measure(task: Task, settings: Settings) -> Record:
    n, k = settings["inputs"], settings["abreast"]
    own = case(settings["function"], n, k, settings["seed"])
    if task["mode"] == "reverse":
        return one_reverse_pass(own)
    starts = range(task["first"], task["end"], k)
    start = perf_counter()
    with ThreadPoolExecutor(settings["threads"]) as pool:
        errors = list(pool.map(lambda first: largest_error(own, first, k), starts))
    return {
        "seconds": digits(perf_counter() - start),
        "passes": task["end"] - task["first"],
        "largest_error": digits(max(errors)),
    }


def one_reverse_pass(own: Case) -> Record:
    """It, and one evaluation, in turns."""
    timings = interleave(
        {"f": lambda: own.f(own.x), "reverse": lambda: own.reverse(own.x)},
        seconds=BUDGET,
        rounds=ROUNDS,
    )
    value, gradient = own.reverse(own.x)
    scale = np.max(np.abs(own.gradient))
    return {
        "evaluation": samples(timings["f"]),
        "gradient": samples(timings["reverse"]),
        "largest_error": digits(float(np.max(np.abs(gradient - own.gradient)) / scale)),
        "compile_seconds": digits(own.forward.compile_seconds),
        "value": float(value),
    }


def largest_error(own: Case, first: int, k: int) -> float:
    """Of the derivatives along so many directions, relative to the largest entry of the gradient.

    The last ones begin early enough to be as many, and some are computed twice.
    """
    n = own.x.size
    first = min(first, n - k)
    _, derivatives = own.forward((own.x,), (unit_rows(own.window, n, first, k),))
    gap = np.abs(derivatives - own.gradient[first : first + k])
    return float(np.max(gap) / np.max(np.abs(own.gradient)))
