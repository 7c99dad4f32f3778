"""What does a second derivative cost in each of four nestings?

For each there are counts, bytes, and time against n. A product of the Hessian with a direction v
takes one pass wherever reverse mode takes part: a tangent of the gradient (forward over reverse),
the gradient of a tangent (reverse over forward), or the gradient of gradient · v (reverse over
reverse). Forward over forward finds one entry for each direction and so takes n of them: in full,
or a sample of them where that would take too long.

Theory bounds a tangent by 5/2 evaluations and a gradient by 4 (A. Griewank & A. Walther,
*Evaluating Derivatives*, 2nd ed., chapters 3 and 4), hence a product by 10 in the first two orders
and by 16 in the third, whatever n. B. A. Pearlmutter ("Fast exact multiplication by the Hessian",
Neural Comput. 6, 1994) puts it at about a gradient; M. Dagréou, P. Ablin, S. Vaiter & T. Moreau
("How to compute Hessian-vector products?", ICLR blogposts, 2024) measure 2 to 4 gradients in JAX
and PyTorch.

A whole Hessian takes n directions through a gradient where the inner mode is reverse. Where it is
forward, each of n directions of the outer mode meets each of n of the inner one: n times as much.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from math import inf
from typing import Any

import numpy as np

from admodes import reverse
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, budget
from experiments.functions import scalars
from experiments.functions.scalars import Scalar
from experiments.questions.nesting import cases
from experiments.questions.nesting.cases import (
    MANY_PASSES,
    NESTINGS,
    ONE_PASS,
    feasible,
    product,
    words,
)
from experiments.sides import one_against_many, passes

PLACE = 130
SETTINGS = {
    # Of a million inputs counts and bytes alone take ten seconds a function.
    **one_against_many.scalars_by_inputs(quick_largest=100_000),
    **budget(1.0, 0.2, "a product by forward over forward"),
    "rounds": Setting(21, quick=9),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    """At each size of a function, a product; and a Hessian, where any nesting goes so far."""
    every = one_against_many.plan(settings, scalars.find, "inputs", settings["max_inputs"])
    return [
        {"derivative": derivative, **task}
        for task in every
        for derivative in ("product", "Hessian")
        if derivative == "product" or any(feasible(each, task["inputs"]) for each in NESTINGS)
    ]


def expect(task: Task, settings: Settings) -> float:
    """The budget, and what counts and bytes take besides: some 4 µs for each input."""
    n, budget = task["inputs"], settings["budget"]
    if task["derivative"] == "Hessian":
        return 0.2 + budget
    in_full = n * (2e-4 + 8e-8 * n) if settings["exhaustive"] else 0.0
    return 1.0 + budget + 4e-6 * n + in_full


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    function = scalars.find(task["function"])
    rng = scalars.generator(settings["seed"], task["inputs"], function.name)
    f, x = function.make(task["inputs"], rng)
    v = rng.standard_normal(x.size)
    if task["derivative"] == "Hessian":
        return measure_hessian(f, x, v, settings)
    return measure_product(f, x, v, settings, rng)


def measure_product(
    f: Scalar,
    x: np.ndarray,
    v: np.ndarray,
    settings: Settings,
    rng: np.random.Generator,
) -> Record:
    """Seven calls, which take turns, with every sample: the function alone, its gradient, and the
    product by each nesting, by forward over forward in both forms."""
    found: dict[str, Any] = {nesting: product(f, x, v, nesting) for nesting in ONE_PASS}
    expected = found[ONE_PASS[0]]
    by_passes = cases.by_passes(f, x, v)
    some = rng.choice(x.size, min(x.size, passes.FEWEST_PASSES), replace=False)
    # Before anything is timed; of forward over forward those entries, the others as they are found.
    found[MANY_PASSES] = np.array(expected)
    found[MANY_PASSES][some] = by_passes.some(some, 1)
    differences = cases.compare("product", x, found)
    truth = cases.beside_differences(f, x, v, expected)

    limit = inf if settings["exhaustive"] else settings["budget"]
    costs, forms = passes.both_forms(by_passes, limit, rng)
    calls: dict[str, Callable[[], object]] = {
        "f": partial(f, x),
        "gradient": partial(reverse.grad(f), x),
        **{nesting: partial(product, f, x, v, nesting) for nesting in ONE_PASS},
    }
    timings = passes.by_turns(calls, forms, settings["budget"], settings["rounds"])
    describe = partial(describe_entry, x)
    records = passes.form_records(forms, timings, expected, describe)
    for record in records:
        k = record["k"]
        one = partial(by_passes.some, np.arange(k), k)
        record["counts"] = asdict(cases.counts_by_passes(f, x, v, k))
        record["peak_of_pass"] = cases.peaks({"pass": one})["pass"]
    return {
        "inputs": x.size,
        "largest_difference": {each: differences[each] for each in ONE_PASS},
        "difference_from_differences": truth,
        "counts": {name: asdict(each) for name, each in cases.counts_of_products(f, x, v).items()},
        "passes": {
            nesting: cases.evaluations(f, partial(product, x=x, v=v, nesting=nesting))
            for nesting in ONE_PASS
        },
        "recordings": cases.recordings(f, x, v),
        "peak_bytes": cases.peaks(calls),
        "cost_of_direction": {str(k): cost for k, cost in costs.items()},
        "timings": {name: samples(timings[name]) for name in calls},
        MANY_PASSES: records,
    }


def describe_entry(x: np.ndarray, index: int, k: int, many: float, one: float) -> str:
    return (
        f"entry {index} of the product, where x is {x[index]}, is {many} by {words(MANY_PASSES)}"
        f" ({k} directions a pass) and {one} by {words(ONE_PASS[0])}"
    )


def measure_hessian(f: Scalar, x: np.ndarray, v: np.ndarray, settings: Settings) -> Record:
    """The function, its gradient, and the Hessian by each nesting that goes so far, in turns."""
    hessians = cases.hessians(f, x)
    found = {nesting: hessian() for nesting, hessian in hessians.items()}
    differences = cases.compare("Hessian", x, found)
    truth = cases.beside_differences(f, x, v, found[ONE_PASS[0]] @ v)
    del found
    calls: dict[str, Callable[[], object]] = {
        "f": partial(f, x),
        "gradient": partial(reverse.grad(f), x),
        **hessians,
    }
    timings = passes.by_turns(calls, {}, settings["budget"], settings["rounds"])
    return {
        "inputs": x.size,
        "largest_difference": differences,
        "difference_from_differences": truth,
        "counts": {name: asdict(each) for name, each in cases.counts_of_hessians(f, x).items()},
        "passes": cases.passes_of_hessians(f, x),
        "peak_bytes": cases.peaks(calls),
        "timings": {name: samples(each) for name, each in timings.items()},
    }
