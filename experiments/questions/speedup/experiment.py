"""How much faster is one reverse pass than N forward passes?

A gradient by N inputs is taken in both modes. At every point (a function at some N) four calls take
turns: the function alone, its gradient by one reverse pass, and by forward mode with one direction
a pass and with the best number of them. Forward gradients that take too long are estimated from a
random sample of their passes. Speed-up, by the clock, is the time of the forward gradient over that
of the reverse one; by counts it is passes × (cost of a forward pass) / (cost of a reverse pass).

The same is measured of both modes as compiled programs, whose forward passes the cores share. At a
million inputs all of these are run by an experiment of their own, million; where its results are in
the same folder, they are shown here.
"""

from math import inf
from os import cpu_count

from matplotlib.figure import Figure
from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from admodes import Unrepeatable
from experiments.bench import executors
from experiments.bench.results import Record, Results
from experiments.bench.settings import SEED, Setting, Settings, Task, budget
from experiments.functions import scalars
from experiments.sides import compiled, gradients, one_against_many
from experiments.sides.one_against_many import Words
from experiments.sides.readings import Point, gradient_point, row

PLACE = 10
BESIDE = ("million",)
SETTINGS = {
    **one_against_many.scalars_by_inputs(),
    **budget(8.0, 0.5, "a forward gradient"),
    "compiled": Setting(
        False,
        "--compiled",
        "Compiled passes at every N, not at powers of ten alone; needs llvmlite.",
        published=True,
    ),
    "executor": executors.executor("the forward passes, but for compiled ones"),
    "threads": Setting(cpu_count),
    "rounds": Setting(21, quick=9),
    "seed": SEED,
}
COMPILED_AT = tuple(10**power for power in range(1, 7))
"""Without ``--compiled``; from ten inputs on, where there is something to be compiled."""
COMPILED_SHARE = 4
"""The budget is so many times what compiled calls have, which are quicker."""


def settle(settings: Settings) -> Settings:
    """Which N compiled passes are measured at."""
    executors.require(settings)
    if settings["compiled"]:
        compiled.require()
        return settings | {"compiled": settings["inputs"]}
    at = [n for n in settings["inputs"] if n in COMPILED_AT and compiled.available()]
    return settings | {"compiled": at}


def plan(settings: Settings) -> list[Task]:
    most = settings["max_inputs"]
    tasks = one_against_many.plan(settings, scalars.find, "inputs", most)
    at = [n for n in settings["compiled"] if n <= (most or inf)]
    if not at:
        return tasks
    again = one_against_many.plan(settings | {"inputs": at}, scalars.find, "inputs", most)
    return tasks + [task | {"backend": "compiled"} for task in again]


def expect(task: Task, settings: Settings) -> float:
    if "backend" not in task:
        return one_against_many.expect(task["inputs"], settings)
    all_passes = compiled.GUESSED * task["inputs"] ** 2 / settings["threads"]
    return (
        0.5
        + settings["budget"] / COMPILED_SHARE
        + (all_passes if all_passes <= settings["budget"] else 0.0)
    )


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    function = scalars.find(task["function"])
    rng = scalars.generator(settings["seed"], task["inputs"], function.name)
    f, x = function.make(task["inputs"], rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    budget, rounds = settings["budget"], settings["rounds"]
    if "backend" not in task:
        workers = executors.of(settings)
        return gradients.measure(
            f, x, rng, limit=limit, budget=budget, rounds=rounds, executor=workers
        )
    try:
        own = compiled.Compiled.of(f, x, settings["threads"])
    except Unrepeatable as error:
        return {"refused": str(error)}
    budget /= COMPILED_SHARE
    return compiled.measure(own, rng, limit=limit, budget=budget, rounds=rounds)


# Showing

WORDS = Words(
    size="N",
    noun="inputs",
    one="reverse",
    many="forward",
    forms=("forward, one direction a pass", "forward, k directions a pass"),
    passes="passes",
)


def words(results: Results) -> Words:
    """These, with who made the passes."""
    return one_against_many.shared(WORDS, executors.by(results.header["settings"]))


def read(results: Results) -> list[Point]:
    """The points from their samples, and those that ``million`` has run in full in their places."""
    points = {}
    for record in results.records:
        name = record["task"]["function"]
        if "refused" in record:
            continue
        point = gradient_point(name, record, record["forward"], "backend" in record["task"])
        # A user's own input decides how many there are, so that several may be the same.
        points[name, record["task"]["inputs"], point.compiled] = point
    functions = {name for name, *_ in points}
    if "million" in results.beside:
        for name, records in compiled.by_function(results.beside["million"]).items():
            point = compiled.read_blocks(name, records)
            if name in functions and point.forms[0].full:
                points[name, point.n, True] = point
    return list(points.values())


def rows(results: Results) -> list[Record]:
    return [
        {
            "function": point.function,
            "inputs": point.n,
            "backend": "compiled" if point.compiled else "eager",
            **row(reading),
        }
        for point in read(results)
        for reading in (point.f, point.one, *point.forms)
    ]


def table(results: Results) -> Group:
    shown = one_against_many.table(read(results), scalars.find, words(results))
    notes = []
    if not results.header["settings"].get("compiled") and not compiled.available():
        notes.append(f"Left out are compiled passes, which {compiled.NEED}")
    refused = {
        record["task"]["function"]: record["refused"]
        for record in results.records
        if "refused" in record
    }
    notes += [f"{name} cannot be compiled: {why}" for name, why in refused.items()]
    return Group(shown, *(Padding(Text(note), (0, 2)) for note in notes))


def draw(results: Results) -> Figure:
    return one_against_many.draw(read(results), words(results))


def slide(results: Results) -> Figure:
    return one_against_many.slide(read(results), words(results))
