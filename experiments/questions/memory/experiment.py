"""What does depth cost in memory, and what buys it back?

A loop of n steps is differentiated. Forward mode keeps nothing of a step that is done. Reverse mode
keeps something of every step, unless it stores only a few states and evaluates steps again: between
√n segments of a recording, from √n states at equal distances, or from a given number of states by
the binomial schedule of Griewank and Walther. Peak memory is measured in a run of its own, the time
of a gradient is measured beside that of the function, and evaluations of a step are counted.
"""

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from admodes.measure import interleave, peak_bytes
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, digits, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, how_many
from experiments.questions.memory.cases import (
    BINOMIAL,
    FORWARD,
    REVERSE,
    SITES,
    WAYS,
    Counter,
    derivative,
    problem,
    steepen,
)
from experiments.sides import passes

FEWEST = 6
"""Samples."""

PLACE = 120
SETTINGS = {
    "depths": how_many(
        (10, 30, 100, 300, 1000, 3000, 10_000),
        "--depths N...",
        "Numbers of steps.",
        quick=(10, 100, 1000),
    ),
    "snapshots": how_many(
        10,
        "--snapshots S",
        "States that the binomial schedule stores, whatever the number of steps.",
    ),
    # Megabytes that the recording of all steps may take; of a longer one, an estimate is shown.
    "limit": how_many(
        2000, "--limit MB", "Memory that storing every step may take: beyond, it is estimated."
    ),
    "sites": Setting(SITES),
    "seconds": Setting(3.0, quick=0.6),
    "rounds": Setting(21, quick=FEWEST),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    return [{"depth": depth} for depth in sorted(set(settings["depths"]))]


def expect(task: Task, settings: Settings) -> float:
    """From a rough cost of all that is done with a step: 15 ms."""
    return settings["seconds"] + 0.015 * task["depth"]


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    """Every way that there is memory for: checked and counted, then weighed, then timed."""
    depth = task["depth"]
    misfit, u, direction = problem(depth, settings["seed"])
    fits = depth * u.nbytes <= settings["limit"] * 10**6
    names = [name for name, way in WAYS.items() if fits or not way.grows]

    def call(name: str, step: Callable[..., Any]) -> Callable[[], Any]:
        loop = WAYS[name].loop(step, depth, settings["snapshots"])
        return derivative(name, misfit(loop), u, direction)

    evaluations, differences = check(names, call, direction)
    calls = {name: call(name, steepen) for name in names}
    calls["f"] = partial(misfit(WAYS[REVERSE].loop(steepen, depth, 0)), u)
    evaluations["f"] = depth
    peaks, expected = {}, {}
    for name, each in calls.items():
        start = perf_counter()
        peaks[name] = peak_bytes(each)
        expected[name] = (perf_counter() - start) / 2  # which calls it twice
    timings = interleave(
        calls,
        # Long calls are not tried out before, and have as many samples as make an interval.
        seconds=max(settings["seconds"], FEWEST * sum(expected.values())),
        rounds=settings["rounds"],
        sample_seconds=passes.SAMPLE_SECONDS,
        expected={name: each for name, each in expected.items() if each > 0.1},
    )
    return {
        "state_bytes": u.nbytes,
        "ways": {
            name: {
                "evaluations": evaluations[name],
                "peak_bytes": peaks[name],
                "largest_difference": differences.get(name),
                **samples(timings[name]),
            }
            for name in calls
        },
    }


def check(
    names: Sequence[str],
    call: Callable[[str, Callable[..., Any]], Callable[[], Any]],
    direction: np.ndarray,
) -> tuple[dict[str, int], dict[str, float]]:
    """Evaluations of a step, by way; and how far derivatives are from those of the first reverse
    one, which must be no farther than rounding explains."""
    evaluations: dict[str, int] = {}
    found: dict[str, np.ndarray] = {}
    for name in names:
        counter = Counter()
        found[name] = np.asarray(call(name, counter.step)()[1])
        evaluations[name] = counter.count
    reference = REVERSE if REVERSE in found else BINOMIAL
    gradient = found[reference]
    differences = {}
    for name, each in found.items():
        if name == FORWARD:
            expected = np.atleast_1d(gradient @ direction)
            typical = float(np.abs(gradient) @ np.abs(direction))
        else:
            expected, typical = gradient, float(np.abs(gradient).max())
        own = np.atleast_1d(each)
        apart = relative_difference(own, expected, typical)
        worst = int(np.argmax(apart))
        if not apart[worst] <= TOLERANCE:
            raise Disagreement(
                f"{'the slope' if name == FORWARD else f'entry {worst} of the gradient'} is"
                f" {own[worst]} by {name} and {expected[worst]} by {reference}",
                apart[worst],
            )
        differences[name] = digits(float(apart[worst]))
    return evaluations, differences
