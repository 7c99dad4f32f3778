"""What do derivatives cost of which most entries are 0?

Columns of a Jacobian that share no row are added up: one pass gives their sum, and each of its
entries is one of the matrix. So a matrix of three diagonals takes three passes, whatever N. The
dense ways take a pass a column, or a sweep a row: in full, or a sample of them where that would
take too long. The sparse ways run in full, each with one random direction more that watches over
the result; making the plan, which is done once, is timed by itself.

An arrow has a full row and a full column, so that by columns alone, or by rows alone, it takes all
of them. One sweep for the row and two passes for the rest are both sides at once.

Colours are compared with those that are known; and the Jacobian of bundle adjustment, that finds
its own structure, with passes over its blocks, which a person has to know of. The blocks are left
as they are, side by side; the sparse Jacobian is a matrix.
"""

from collections.abc import Callable
from functools import partial
from math import ceil, inf
from time import perf_counter
from typing import Any

import numpy as np

import admodes as ad
from admodes import forward
from admodes.measure import interleave
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, budget, choice, how_many
from experiments.functions import scalars
from experiments.functions.workloads import PARAMETERS, WORKLOADS, bundle_adjustment
from experiments.questions.sparse.cases import COLOURS, PROBLEMS, Problem
from experiments.sides import passes
from experiments.sides.jacobians import by_forward, by_reverse

FEW = 64
"""Directions up to which a sparse way is one."""
LARGEST_BYTES = 2**28
"""Of a dense matrix that is had in full."""
SHOWN = 12
"""Inputs of the matrices in the picture."""
PLACE = 135
SETTINGS = {
    "problems": choice("--function NAME...", PROBLEMS),
    "inputs": how_many(
        tuple(10**power for power in range(1, 7)),
        "--inputs N...",
        "Numbers of inputs; a function that cannot have one takes the nearest that it can.",
        quick=(100, 10_000),
    ),
    **budget(1.5, 0.25, "all passes of a dense derivative"),
    "rounds": Setting(21, quick=9),
    "observations": how_many(1000, "--observations N", "Of bundle adjustment."),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    pictures = [{"part": "picture", "problem": name} for name in ("rosenbrock", "arrow")]
    times = [
        {"part": "time", "problem": name, "inputs": n}
        for name in settings["problems"]
        for n in sorted(set(settings["inputs"]))
    ]
    colours = [{"part": "colours", "matrix": name} for name in COLOURS]
    return [*pictures, *times, *colours, {"part": "by hand"}]


def expect(task: Task, settings: Settings) -> float:
    if task["part"] == "time":
        return 2 + 2 * settings["budget"] + 2e-5 * task["inputs"]
    return settings["budget"] if task["part"] == "by hand" else 0.1


def measure(task: Task, settings: Settings) -> Record:
    if task["part"] == "picture":
        return measure_picture(PROBLEMS[task["problem"]])
    if task["part"] == "colours":
        return measure_colours(task["matrix"])
    if task["part"] == "by hand":
        return measure_by_hand(settings)
    return measure_times(PROBLEMS[task["problem"]], task["inputs"], settings)


def measure_picture(problem: Problem) -> Record:
    """A small pattern and its colours, by the way that suits the problem where it is large."""
    f, x = problem.make(SHOWN, scalars.generator(0, SHOWN, problem.name))
    both = ad.sparse_jacobian(f, mode="both")
    chosen = ad.sparse_hessian(f).plan(x) if problem.hessian else both.plan(x)
    rows, columns = chosen.pattern.nonzero()
    return {
        "rows": rows.tolist(),
        "columns": columns.tolist(),
        "shape": list(chosen.pattern.shape),
        "column_colours": chosen.column_colours.tolist(),
        "row_colours": chosen.row_colours.tolist(),
    }


def measure_colours(name: str) -> Record:
    start = perf_counter()
    found = COLOURS[name].plan()
    seconds = perf_counter() - start
    rows, columns = found.pattern.shape
    return {
        "outputs": rows,
        "inputs": columns,
        "entries": found.pattern.nnz,
        "directions": found.directions,
        "plan_seconds": seconds,
    }


def measure_times(problem: Problem, inputs: int, settings: Settings) -> Record:
    """All ways take turns, with every sample; the dense ones are held against the sparse matrix."""
    rng = scalars.generator(settings["seed"], inputs, problem.name)
    f, x = problem.make(inputs, rng)
    sparse: dict[str, Record] = {}
    calls: dict[str, Callable[[], Any]] = {}
    for name, make in problem.plans(f, x).items():
        start = perf_counter()
        found = make()
        seconds = perf_counter() - start
        fewer = name != "sparse both" or all(
            found.directions < each["directions"] for each in sparse.values()
        )
        sparse[name] = {"directions": found.directions, "plan_seconds": seconds}
        if found.directions <= FEW and fewer:
            calls[name] = partial(found, x)
    matrices = {name: call() for name, call in calls.items()}
    matrix = next(iter(matrices.values()))
    for name, each in matrices.items():
        compare(name, each.data, matrix.data, matrix)
    derived = problem.derived(f)
    m, n = matrix.shape
    dense = {"dense forward": by_forward(derived, x, m), "dense reverse": by_reverse(derived, x)}
    limit = inf if settings["exhaustive"] else settings["budget"]
    if 8 * m * n > LARGEST_BYTES:
        limit = 0.0
    forms = {
        name: passes.both_forms(derivative, limit, rng)[1]["k directions"]
        for name, derivative in dense.items()
    }
    calls["recording"] = partial(ad.vjp, derived, x)
    timings = passes.by_turns(calls, forms, settings["budget"], settings["rounds"])
    return {
        "outputs": m,
        "inputs": n,
        "entries": matrix.nnz,
        "recording": samples(timings["recording"]),
        "sparse": {
            name: each | (samples(timings[name]) if name in matrices else {})
            for name, each in sparse.items()
        },
        "dense": {
            name: {
                "k": form.k,
                "passes": ceil(dense[name].n / form.k),
                "directions": dense[name].n,
                "full": form.full,
                "directions_timed": form.directions,
                "largest_difference": held(name, form, matrix),
                **samples(timings[name]),
            }
            for name, form in forms.items()
        },
    }


def held(name: str, form: passes.Form, matrix: Any) -> float:
    """How far the rows, or columns, that a dense way found are from those of the sparse matrix."""
    lines = matrix.T.tocsr() if name == "dense forward" else matrix
    last = form.found[-3:]  # of a sample others in each call: some are enough
    return max(compare(name, found, lines[some].toarray(), matrix) for some, found in last)


def compare(name: str, found: np.ndarray, expected: np.ndarray, matrix: Any) -> float:
    typical = float(np.abs(matrix.data).mean())
    largest = float(relative_difference(found, expected, typical).max(initial=0.0))
    if not largest <= TOLERANCE:
        raise Disagreement(f"the matrix by {name} mode", largest)
    return largest


def measure_by_hand(settings: Settings) -> Record:
    """Bundle adjustment by a plan, and by passes that move one parameter of all observations."""
    f, x = WORKLOADS["bundle adjustment"].input(settings["observations"], settings["seed"])
    features, places = f.keywords["features"], f.keywords["places"]
    apart = partial(bundle_adjustment, features=features)
    own = x[places]

    def blocks() -> np.ndarray:
        """3 outputs by the observations by 15 parameters."""
        return forward.jacobian(lambda steps: apart(own + steps[:, None]), chunk_size=PARAMETERS)(
            np.zeros(PARAMETERS)
        )

    start = perf_counter()
    found = ad.sparse_jacobian(f).plan(x)
    seconds = perf_counter() - start
    matrix, expected = found(x), blocks()
    count = own.shape[1]
    rows = np.arange(3 * count).reshape(3, count, 1)
    read = matrix[np.broadcast_to(rows, expected.shape).ravel(),
                  np.broadcast_to(places.T, expected.shape).ravel()]  # fmt: skip
    difference = compare("sparse", np.asarray(read), expected.ravel(), matrix)
    timings = interleave(
        {"sparse": partial(found, x), "by hand": blocks},
        seconds=settings["budget"],
        rounds=settings["rounds"],
    )
    return {
        "outputs": matrix.shape[0],
        "inputs": matrix.shape[1],
        "entries": matrix.nnz,
        "mode": found.mode,
        "directions": found.directions,
        "plan_seconds": seconds,
        "largest_difference": difference,
        **{name: samples(each) for name, each in timings.items()},
    }
