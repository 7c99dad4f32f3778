"""Which order of the chain rule multiplies least?

Every number that a function computes is a node, with a local derivative on every edge. To
eliminate a number is to multiply each derivative on an edge into it with each on an edge out of it,
and to add the products to the edges that lead past. Forward mode eliminates the numbers as they
were computed, reverse mode the other way round; every other order gives the same Jacobian, and the
best takes fewer multiplications than both (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd
ed., chapter 9).

Counted are five functions for which J. Lohoff & E. Neftci (NeurIPS 2024, arXiv 2406.05027) publish
counts, by both modes, by Markowitz's rule and by orders that a network has learned; a collection of
programs with one output; and a family in which the gain has no bound, where as many numbers meet in
one as go on from there. The best order is searched for, once by all multiplications and once by
those that are not by 1 or -1, which are free to a program; where no order can take fewer, that is
proven. The Jacobian of every order is held against both modes.

A count is not a time. So each order is also made a program, in which little is left but its
multiplications, and the programs take turns: whether the count shows by the clock is measured, with
NumPy's numbers and, where LLVM is there, as machine code. The local derivatives, which are the same
in all, and the additions are timed too, but not counted.
"""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

import admodes as ad
from admodes.measure import interleave
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Positive, Setting, Settings, Task, how_many
from experiments.functions import scalars
from experiments.functions.collection import collection
from experiments.functions.textbook import AT, TEXTBOOK, textbook
from experiments.questions.elimination.cases import PUBLISHED, through_one

PLACE = 115
RULES = ("forward", "reverse", "markowitz", "markowitz-last")
FREE = "best-nontrivial"
"""The best order where multiplications by 1 and -1 are free."""
ORDERS = (*RULES, "best", FREE)
PICTURED = ("forward", "reverse", "best")
MEET = "three meet in one"
SETTINGS = {
    "seconds": Setting(
        60.0, "--seconds S", "To search for the best order of each.", Positive(), quick=2.0
    ),
    "briefly": Setting(5.0, quick=0.2),
    "timed": Setting(2.0, quick=0.1),
    "inputs": how_many(6, "--inputs N", "Of the functions of the collection, about."),
    "published": Setting(tuple(case.name for case in PUBLISHED)),
    "family": Setting((2, 4, 8, 16), quick=(2, 4, 8)),
    "functions": Setting(tuple(collection())),
    "compiled": Setting(lambda: find_spec("llvmlite") is not None),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    return [
        *({"published": name} for name in settings["published"]),
        *({"family": size} for size in settings["family"]),
        *({"function": name} for name in settings["functions"]),
        *({"graph": name} for name in GRAPHS),
    ]


def expect(task: Task, settings: Settings) -> float:
    if "published" in task:
        return 2 * settings["seconds"] + 4 * settings["timed"]
    return 2 * settings["briefly"] + (4 * settings["timed"] if "family" in task else 0.0)


def measure(task: Task, settings: Settings) -> Record:
    if "graph" in task:
        return drawn(task["graph"])
    if "published" in task:
        case = next(each for each in PUBLISHED if each.name == task["published"])
        return measured(case.f, case.at, settings, settings["seconds"])
    if "family" in task:
        size = task["family"]
        x = np.linspace(0.1, 0.9, size)
        return measured(partial(through_one, rounds=size), (x,), settings, settings["briefly"])
    name = task["function"]
    function = collection()[name]
    n = function.nearest(settings["inputs"])
    f, x = function.make(n, scalars.generator(settings["seed"], n, name))
    return counted(f, (x,), settings, settings["briefly"])[0]


# Counting


def counted(
    f: Callable[..., Any], at: tuple[Any, ...], settings: Settings, seconds: float
) -> tuple[Record, dict[str, ad.Elimination]]:
    """What each order takes, and what it gives held against both modes."""
    found = {order: ad.eliminate(f, *at, order=order) for order in RULES}
    began = perf_counter()
    best = ad.eliminate(f, *at, seconds=seconds, seed=settings["seed"])
    searched = perf_counter() - began
    free = ad.eliminate(f, *at, seconds=seconds, seed=settings["seed"], count="nontrivial")
    found |= {"best": best, FREE: free}
    return {
        "inputs": len(best.inputs),
        "inner": len(best.order),
        "outputs": len(best.outputs),
        "edges": len(best.edges),
        "multiplications": {order: each.multiplications for order, each in found.items()},
        "nontrivial": {order: each.nontrivial for order, each in found.items()},
        "proven": best.proven,
        "at_least": best.at_least,
        "nontrivial_proven": free.proven,
        "searched": searched,
        "order": list(best.order),
        "largest_difference": largest_difference(f, at, found),
    }, found


def largest_difference(
    f: Callable[..., Any], at: tuple[Any, ...], found: dict[str, ad.Elimination]
) -> float:
    """Between the Jacobian of any order and that of either mode, relative.

    Raises :class:`Disagreement` above TOLERANCE.
    """
    largest = 0.0
    for mode in ("forward", "reverse"):
        expected = by_mode(f, at, mode)
        for order, each in found.items():
            difference = relative_difference(each.jacobian, expected, np.abs(expected).mean())
            worst = float(np.max(difference, initial=0.0))
            if not worst <= TOLERANCE:
                raise Disagreement(f"the Jacobian by order {order!r} and by {mode} mode", worst)
            largest = max(largest, worst)
    return largest


def by_mode(f: Callable[..., Any], at: tuple[Any, ...], mode: Any) -> np.ndarray:
    """The Jacobian as a matrix: of one array, or of numbers."""
    if len(at) == 1:
        (x,) = at
        return np.reshape(ad.jacobian(f, mode=mode)(x), (-1, np.size(x)))
    rows = ad.jacobian(f, argnums=tuple(range(len(at))), mode=mode)(*at)
    return np.array(rows, dtype=float)


# The clock


def measured(
    f: Callable[..., Any], at: tuple[Any, ...], settings: Settings, seconds: float
) -> Record:
    """The counts, and the times of programs that do what was counted, by turns."""
    record, found = counted(f, at, settings, seconds)
    backends = ("numpy", "compiled") if settings["compiled"] else ("numpy",)
    return {**record, "times": {each: timed(found, at, settings, each) for each in backends}}


def timed(
    found: dict[str, ad.Elimination], at: tuple[Any, ...], settings: Settings, backend: Any
) -> Record:
    calls = {}
    for order, each in found.items():
        program = ad.program(each.entries_at, *at, backend=backend)
        entries = np.array(program(*at), dtype=float)
        difference = relative_difference(entries, each.jacobian, np.abs(each.jacobian).mean())
        if not np.max(difference) <= TOLERANCE:
            raise Disagreement(f"the program of order {order!r}", float(np.max(difference)))
        calls[order] = lambda program=program: program(*at)
    timings = interleave(calls, seconds=settings["timed"], rounds=21)
    return {order: samples(each) for order, each in timings.items()}


# Pictures


def three_meet(a, b, c):
    s = np.sum(np.sin(np.stack([a, b, c])))
    return np.exp(2 * s), np.exp(3 * s), np.exp(4 * s)


GRAPHS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    MEET: (three_meet, (0.1, 0.2, 0.3)),
    TEXTBOOK: (textbook, AT),
}


def drawn(name: str) -> Record:
    """The graph, and what is left of it after each elimination, by both modes and by another."""
    f, at = GRAPHS[name]
    orders = {order: ad.eliminate(f, *at, order=order) for order in PICTURED}
    first = orders["forward"]
    return {
        "names": list(first.labels),
        "inputs": list(first.inputs),
        "outputs": list(first.outputs),
        "edges": [list(ends) for ends in first.edges],
        "derivatives": [float(each) for each in first.edges.values()],
        "steps": {
            order: [
                {
                    "number": step.number,
                    "edges": [[*ends, float(weight)] for ends, weight in step.edges.items()],
                    "multiplications": step.multiplications,
                }
                for step in each.steps
            ]
            for order, each in orders.items()
        },
    }
