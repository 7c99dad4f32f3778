"""How much faster is one forward pass than M reverse sweeps?

A derivative of M outputs by one input is the mirror image of a gradient. A forward pass gives all
of it, a column of M numbers. Reverse mode records one evaluation, and then each sweep gives one
row, a single number: M sweeps, or M / k with k rows a sweep. Where all of them take too long, the
time is estimated from a random sample. Speed-up is here the time of reverse mode over that of
forward mode.
"""

from functools import partial
from math import inf

import numpy as np
from matplotlib.figure import Figure
from rich.console import Group

import admodes
from experiments.bench import executors
from experiments.bench.results import Record, Results, samples, timing
from experiments.bench.settings import SEED, Setting, Settings, Task, budget, choice, sizes
from experiments.functions import curves, scalars
from experiments.sides import one_against_many, passes
from experiments.sides.jacobians import by_reverse
from experiments.sides.one_against_many import Words
from experiments.sides.readings import Point, Reading, form_reading, reading, row

PLACE = 20
SETTINGS = {
    "functions": choice("--function NAME...", curves.FUNCTIONS),
    **sizes(
        "outputs",
        "M",
        (*(step * 10**power for power in range(5) for step in (1, 2, 5)), 10**5),
        quick=[10**power for power in range(6)],
    ),
    **budget(1.5, 0.25, "all sweeps of a derivative"),
    "executor": executors.executor("the sweeps"),
    "rounds": Setting(21, quick=9),
    "seed": SEED,
}


settle = executors.require


def plan(settings: Settings) -> list[Task]:
    return one_against_many.plan(settings, curves.find, "outputs", settings["max_outputs"])


def expect(task: Task, settings: Settings) -> float:
    return one_against_many.expect(task["outputs"], settings)


# Measuring


def describe(index: int, k: int, by_reverse: float, by_forward: float) -> str:
    return (
        f"entry {index} of the derivative is {by_forward} in forward mode and {by_reverse} in"
        f" reverse mode ({k} rows a sweep)"
    )


def measure(task: Task, settings: Settings) -> Record:
    """Five calls, which take turns, with every sample: the derivative by forward mode, and by
    reverse mode in both forms; the function alone, and its recording."""
    function = curves.find(task["function"])
    rng = scalars.generator(settings["seed"], task["outputs"], function.name)
    f, x = function.make(task["outputs"], rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    derivative = by_reverse(f, x, executors.of(settings))
    costs, forms = passes.both_forms(derivative, limit, rng)
    calls = {
        "f": partial(f, x),
        "forward": partial(admodes.jvp, f, (x,), (1.0,)),
        "recording": partial(admodes.vjp, f, x),
    }
    timings = passes.by_turns(calls, forms, settings["budget"], settings["rounds"])
    _, column = admodes.jvp(f, (x,), (1.0,))
    tape = admodes.vjp(f, x)[1].tape
    return {
        "outputs": derivative.n,
        "operations": len(tape),
        "tape_bytes": tape.nbytes,
        "cost_of_direction": {str(k): cost for k, cost in costs.items()},
        **{name: samples(timings[name]) for name in ("f", "forward", "recording")},
        "reverse": passes.form_records(forms, timings, np.asarray(column), describe),
    }


# Showing

WORDS = Words(
    size="M",
    noun="outputs",
    one="forward",
    many="reverse",
    forms=("reverse, one row a sweep", "reverse, k rows a sweep"),
    passes="sweeps",
)


def words(results: Results) -> Words:
    """These, with who made the sweeps."""
    return one_against_many.shared(WORDS, executors.by(results.header["settings"]))


def read_point(record: Record) -> Point:
    """A point from its samples."""
    m = record["outputs"]
    f, forward, recording = (timing(record[name]) for name in ("f", "forward", "recording"))
    return Point(
        record["task"]["function"],
        m,
        reading("f", f, f),
        reading("forward", forward, f),
        [
            form_reading("reverse", form, m, forward, f, once=recording)
            for form in record["reverse"]
        ],
    )


def read(results: Results) -> list[Point]:
    return [read_point(record) for record in results.records]


def rows(results: Results) -> list[Record]:
    """Of each point: the function, the recording, and the derivative in each way."""
    tidy = []
    for record in results.records:
        point = read_point(record)
        columns = {
            "function": point.function,
            "outputs": point.n,
            "recorded_operations": record["operations"],
            "recorded_bytes": record["tape_bytes"],
        }
        readings: tuple[Reading, ...] = (
            point.f,
            point.one,
            reading("recording", timing(record["recording"]), timing(record["f"])),
            *point.forms,
        )
        tidy += [{**columns, **row(reading)} for reading in readings]
    return tidy


def table(results: Results) -> Group:
    return one_against_many.table(read(results), curves.find, words(results))


def draw(results: Results) -> Figure:
    return one_against_many.draw(read(results), words(results))


def slide(results: Results) -> Figure:
    return one_against_many.slide(read(results), words(results))
