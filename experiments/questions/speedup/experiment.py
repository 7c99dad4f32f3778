"""A gradient of N inputs: one reverse pass against N forward passes.

At every point (a function at some N) both gradients are measured as
:mod:`experiments.sides.gradients` says. Speed-up, by the clock, is the time of the forward gradient
over that of the reverse one; by counts it is passes × (cost of a forward pass) / (cost of a reverse
pass).
"""

from collections.abc import Sequence
from math import inf

import click
from matplotlib.figure import Figure
from rich.console import Group

from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.options import budget_options, check_budget, size_options
from experiments.bench.results import Record, Results
from experiments.functions import scalars
from experiments.sides import gradients, one_against_many
from experiments.sides.one_against_many import Words
from experiments.sides.readings import Point, row

INPUTS = (*(step * 10**power for power in range(6) for step in (1, 2, 5)), 10**6)
QUICK_INPUTS = tuple(10**power for power in range(7))
BUDGET, QUICK_BUDGET = 8.0, 0.5
ROUNDS, QUICK_ROUNDS = 21, 9

OPTIONS = (
    click.Option(
        ["--function"],
        multiple=True,
        metavar="NAME...",
        help=f"What to differentiate: {', '.join(scalars.FUNCTIONS)} (default: each of them), or"
        " a function of your own, package.module:name. It takes an array of shape (n,), made by"
        " make_input(n, rng) where the module has one, and returns a number.",
    ),
    *size_options("inputs", "N", "1 2 5 10 ... 1000000"),
    *budget_options(BUDGET, QUICK_BUDGET, "a forward gradient"),
)


def settings(
    function: Sequence[str],
    inputs: Sequence[int],
    max_inputs: int | None,
    budget: float | None,
    exhaustive: bool,
    quick: bool,
    seed: int,
) -> Settings:
    try:
        names = [scalars.find(name).name for name in function or scalars.FUNCTIONS]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    check_budget(budget, exhaustive)
    return {
        "functions": names,
        "inputs": list(inputs or (QUICK_INPUTS if quick else INPUTS)),
        "max_inputs": max_inputs,
        "budget": budget or (QUICK_BUDGET if quick else BUDGET),
        "exhaustive": exhaustive,
        "rounds": QUICK_ROUNDS if quick else ROUNDS,
        "seed": seed,
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


EXPERIMENT = Experiment(
    name="speedup",
    question="How much faster is one reverse pass than N forward passes?",
    options=OPTIONS,
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=draw,
)
