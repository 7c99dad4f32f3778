"""How much faster is one reverse pass than N forward passes?

A gradient by N inputs is taken in both modes. At every point (a function at some N) four calls take
turns: the function alone, its gradient by one reverse pass, and by forward mode with one direction
a pass and with the best number of them. Forward gradients that take too long are estimated from a
random sample of their passes. Speed-up, by the clock, is the time of the forward gradient over that
of the reverse one; by counts it is passes × (cost of a forward pass) / (cost of a reverse pass).
"""

from math import inf

from matplotlib.figure import Figure
from rich.console import Group

from experiments.bench.results import Record, Results
from experiments.bench.settings import SEED, Setting, Settings, Task, budget
from experiments.functions import scalars
from experiments.sides import gradients, one_against_many
from experiments.sides.one_against_many import Words
from experiments.sides.readings import Point, row

PLACE = 10
SETTINGS = {
    **one_against_many.scalars_by_inputs(),
    **budget(8.0, 0.5, "a forward gradient"),
    "rounds": Setting(21, quick=9),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    return one_against_many.plan(settings, scalars.find, "inputs", settings["max_inputs"])


def expect(task: Task, settings: Settings) -> float:
    return one_against_many.expect(task["inputs"], settings)


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    function = scalars.find(task["function"])
    rng = scalars.generator(settings["seed"], task["inputs"], function.name)
    f, x = function.make(task["inputs"], rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    budget, rounds = settings["budget"], settings["rounds"]
    return gradients.measure(f, x, rng, limit=limit, budget=budget, rounds=rounds)


# Showing

WORDS = Words(
    size="N",
    noun="inputs",
    one="reverse",
    many="forward",
    forms=("forward, one direction a pass", "forward, k directions a pass"),
    passes="passes",
)


def read(results: Results) -> list[Point]:
    """The points from their samples."""
    return [gradients.read(record["task"]["function"], record) for record in results.records]


def rows(results: Results) -> list[Record]:
    return [
        {"function": point.function, "inputs": point.n, **row(reading)}
        for point in read(results)
        for reading in (point.f, point.one, *point.forms)
    ]


def table(results: Results) -> Group:
    return one_against_many.table(read(results), scalars.find, WORDS)


def draw(results: Results) -> Figure:
    return one_against_many.draw(read(results), WORDS)


def slide(results: Results) -> Figure:
    return one_against_many.slide(read(results), WORDS)
