"""What do a million forward passes take, run in full?

Forward mode takes a pass for each of the N inputs. Here all of them are run, as a compiled program:
a pass is dense, and every multiplication is carried out, by zeros as by anything else. Directions
go k abreast, and the cores share them. They are the rows of the unit matrix: a row is a window over
zeros with a single one among them, and another row is the same window, some places further. So
memory holds the rows of one pass and not all N. Each derivative is held against the gradient by
reverse mode, which is timed as a compiled program, too: like is compared with like. Where all
passes of a function would take too long, a sample of them is run, and their time is estimated.
"""

from functools import lru_cache
from os import cpu_count

import numpy as np

from experiments.bench.results import Record
from experiments.bench.settings import SEED, Setting, Settings, Task, budget, choice, how_many
from experiments.functions import scalars
from experiments.sides import compiled

PLACE = 15
SETTINGS = {
    "functions": choice("--function NAME...", scalars.FUNCTIONS),
    "inputs": how_many(
        1_000_000,
        "--inputs N",
        "Of each function, which takes the nearest number that it can have: so many passes.",
        quick=10_000,
    ),
    "block": how_many(
        12_800, "--block B", "Directions a measurement; a stop loses one.", quick=2560
    ),
    **budget(3600.0, 10.0, "all forward passes of a function"),
    "threads": Setting(cpu_count),
    "seed": SEED,
}
ROUNDS, BUDGET = 21, 3.0
NUMBERS = 2**24
"""In the tangents of a pass, at most. To record it takes several arrays of so many."""


def settle(settings: Settings) -> Settings:
    compiled.require()
    return settings


def plan(settings: Settings) -> list[Task]:
    """Of each function the reverse pass first, and then all forward passes."""
    block = settings["block"]
    tasks: list[Task] = []
    for name in dict.fromkeys(settings["functions"]):
        n = size(name, settings)
        tasks.append({"function": name, "mode": "reverse", "first": 0, "end": n})
        tasks += [
            {"function": name, "mode": "forward", "first": i, "end": min(i + block, n)}
            for i in range(0, n, block)
        ]
    return tasks


def size(name: str, settings: Settings) -> int:
    return scalars.find(name).nearest(settings["inputs"])


def expect(task: Task, settings: Settings) -> float:
    if task["mode"] == "reverse":
        return BUDGET + 1
    n = size(task["function"], settings)
    whole = compiled.GUESSED * n**2 / settings["threads"]
    return min(whole, settings["budget"]) * (task["end"] - task["first"]) / n


# Measuring


@lru_cache(maxsize=1)
def case(name: str, n: int, block: int, threads: int, seed: int) -> compiled.Compiled:
    f, x = scalars.find(name).make(n, scalars.generator(seed, n, name))
    return compiled.Compiled.of(f, x, threads, min(block, n), NUMBERS)


def measure(task: Task, settings: Settings) -> Record:
    name, n = task["function"], size(task["function"], settings)
    own = case(name, n, settings["block"], settings["threads"], settings["seed"])
    if task["mode"] == "reverse":
        return own.one_pass(own.time({}, BUDGET, ROUNDS))
    return compiled.measure_block(
        own,
        range(task["first"], task["end"]),
        full=settings["exhaustive"] or own.seconds <= settings["budget"],
        rng=np.random.default_rng([settings["seed"], task["first"]]),
    )
