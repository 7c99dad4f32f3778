"""With n inputs and m outputs, which mode is quicker?

For a Jacobian, forward mode takes one pass for each input; reverse mode records one evaluation and
takes one sweep for each output. So n · (cost of a pass) is compared with (cost of the recording) +
m · (cost of a sweep). Each mode first carries one direction a pass, and then the number of
directions that proves quickest for it. Where all passes take too long, their time is estimated from
a random sample.

Where few numbers lie between inputs and outputs, mixed mode goes through them: as many passes as
there are numbers there, whatever n and m are. It is timed beside both, in full.

The boundary is predicted from what a Jacobian executes, which is counted, and from what that costs
on this machine, which is measured at other sizes than those that are drawn.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from itertools import pairwise, product
from math import inf, sqrt
from typing import Any

import click
import numpy as np

import admodes
from admodes import counting, mixed
from admodes.counting import Counts
from admodes.measure import interleave
from admodes.measure.words import counted
from experiments.bench import executors
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, budget, choice
from experiments.functions import scalars
from experiments.functions.maps import FUNCTIONS
from experiments.sides import jacobians, passes
from experiments.sides.jacobians import Map

SIZES = (*(step * 10**power for power in range(3) for step in (1, 2, 5)), 1000)
QUICK_SIZES = (1, 10, 100, 1000)
LARGEST = 5000
"""Inputs, or outputs: of so many of both, a Jacobian is an array of 200 MB."""
SECONDS = 1.0
"""For the samples of all calls at a size, where they are short."""
FEWEST_SAMPLES = 6
CALIBRATION = 4
"""Numbers of inputs, and of outputs, at which constants are measured: three constants a mode."""

PLACE = 30
SETTINGS = {
    "functions": choice("--function NAME...", FUNCTIONS),
    **{
        noun: Setting(
            SIZES,
            f"--{noun} {letter}...",
            f"Numbers of {noun}.",
            click.IntRange(1, LARGEST),
            quick=QUICK_SIZES,
            shown=f"1 2 5 10 ... {SIZES[-1]}",
        )
        for noun, letter in (("inputs", "N"), ("outputs", "M"))
    },
    **budget(2.0, 0.03, "all passes of a Jacobian"),
    "executor": executors.executor("passes and sweeps, which are all run then"),
    "rounds": Setting(15, quick=7),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    """Nothing twice, and sizes from the smallest on: what lies between them is measured too."""
    sorted_sizes = {noun: sorted(set(settings[noun])) for noun in ("inputs", "outputs")}
    settled = settings | sorted_sizes | {"functions": list(dict.fromkeys(settings["functions"]))}
    if (
        executors.require(settled)["executor"] is not None
    ):  # a few passes are soon over, however many share them
        settled["exhaustive"] = True
    return settled


def plan(settings: Settings) -> list[Task]:
    """For each function the sizes between those that are drawn, for the constants; then these."""
    drawn = settings["inputs"], settings["outputs"]
    sizes = {"calibration": tuple(map(between, drawn)), "grid": drawn}
    return [
        {"part": part, "function": name, "inputs": n, "outputs": m}
        for name in settings["functions"]
        for part, (inputs, outputs) in sizes.items()
        for n, m in product(inputs, outputs)
    ]


def between(sizes: Sequence[int], most: int = CALIBRATION) -> list[int]:
    """Sizes in the middle between these, and none of these: evenly spread, and no more than `most`.

    >>> between([1, 2, 5, 10, 20, 50, 100]), between([7])
    ([3, 7, 32, 71], [8])
    """
    middles = (round(sqrt(a * b)) for a, b in pairwise(sizes))
    found = sorted(set(middles) - set(sizes)) or [sizes[-1] + 1]
    places = np.linspace(0, len(found) - 1, min(most, len(found)))
    return [found[place] for place in np.rint(places).astype(int)]


def expect(task: Task, settings: Settings) -> float:
    """From a rough cost of a pass: 50 µs, and half a nanosecond for each entry of the Jacobian."""
    n, m = task["inputs"], task["outputs"]
    limit = inf if settings["exhaustive"] else settings["budget"]
    runs = 1 if settings["exhaustive"] else FEWEST_SAMPLES
    whole = (count * (5e-5 + 5e-10 * n * m) for count in (n, m))
    return 0.5 + runs * sum(min(each, limit) for each in whole)


# Measuring


def by_reverse(
    f: Map, x: np.ndarray, m: int, executor: Executor | None = None
) -> passes.Derivative:
    """The Jacobian at `x` by reverse mode, a row a direction."""
    # With as many directions a pass worth trying as on the other side.
    doublings = passes.Derivative.doublings
    return replace(
        jacobians.by_reverse(f, x, executor),
        nbytes=x.itemsize * max(x.size, m),
        doublings=doublings,
    )


def describe(mode: str, x: np.ndarray, m: int) -> passes.Describe:
    """Of an entry that passes of this mode have given, and the other mode gives otherwise."""
    other, shape = {"forward": ("reverse", (x.size, m)), "reverse": ("forward", (m, x.size))}[mode]

    def words(index: int, k: int, found: float, expected: float) -> str:
        direction, along = map(int, np.unravel_index(index, shape))
        i, j = (direction, along) if mode == "forward" else (along, direction)
        return (
            f"the derivative of output {j} by input {i}, which is {x[i]}, is {found} in {mode}"
            f" mode ({counted(k, 'direction')} a pass) and {expected} in {other} mode"
        )

    return words


Forms = Mapping[str, passes.Form]


def verified(
    derivatives: Mapping[str, passes.Derivative], forms: Mapping[str, Forms], x: np.ndarray
) -> dict[str, np.ndarray]:
    """What each mode is to be compared with: the other mode's Jacobian, a direction a row.

    Both are made, all of them, at the best k: :class:`Disagreement` where they are not the same.
    """
    whole = {}
    for mode, derivative in derivatives.items():
        k = forms[mode]["k directions"].k
        found = [(np.arange(derivative.n), derivative.whole(k)())]
        whole[mode] = passes.Form(k, True, derivative.n, 0.0, lambda: None, found)
    expected = {
        mode: whole[other].found[0][1].T
        for mode, other in (("forward", "reverse"), ("reverse", "forward"))
    }
    words = describe("forward", x, derivatives["reverse"].n)
    passes.compare(whole["forward"], expected["forward"], words)
    return expected


def through(
    f: Map, x: np.ndarray, forms: Forms, expected: np.ndarray
) -> dict[str, tuple[passes.Form, Record]]:
    """The Jacobian by mixed mode in both forms, where there is a narrow place: calls, and how far
    they are from reverse mode's."""
    found = {}
    for name, own in forms.items():
        jacobian: Any = mixed.jacobian(f, chunk_size=1 if own.k == 1 else None)
        rows = np.arange(len(expected))
        form = passes.Form(own.k, True, len(rows), 0.0, partial(jacobian, x), [(rows, jacobian(x))])
        if jacobian.choice().mode != "mixed":
            return {}
        found[name] = form, passes.compare(form, expected, describe_mixed)
    return found


def describe_mixed(index: int, k: int, found: float, expected: float) -> str:
    return f"entry {index} of the Jacobian is {found} in mixed mode and {expected} in forward mode"


def measure(task: Task, settings: Settings) -> Record:
    """Five calls, which take turns, with every sample: the Jacobian by both modes in both forms,
    and the recording; and by mixed mode, where that is another; beside them, what one pass
    executes."""
    n, m = task["inputs"], task["outputs"]
    rng = scalars.generator(settings["seed"], n, f"{task['function']} of {m}")
    f, x = FUNCTIONS[task["function"]].make(n, m, rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    workers = executors.of(settings)
    derivatives = {
        "forward": jacobians.by_forward(f, x, m, workers),
        "reverse": by_reverse(f, x, m, workers),
    }
    forms = {mode: passes.both_forms(each, limit, rng)[1] for mode, each in derivatives.items()}
    expected = verified(derivatives, forms, x)
    every = {f"{mode}, {name}": form for mode, own in forms.items() for name, form in own.items()}
    narrow = {}
    if task["part"] == "grid":
        narrow = through(f, x, forms["reverse"], expected["reverse"])
    timings = interleave(
        {
            "recording": partial(admodes.vjp, f, x),
            **{key: form.call for key, form in every.items()},
            **{f"mixed, {name}": form.call for name, (form, _) in narrow.items()},
        },
        seconds=SECONDS,
        rounds=settings["rounds"],
        fewest=FEWEST_SAMPLES,
        sample_seconds=passes.SAMPLE_SECONDS,
        # Else each is sampled often enough for an interval, however long a call takes.
        expected=passes.in_full(every) if settings["exhaustive"] else None,
    )
    return {
        "counts": counts(f, x),
        "recording": samples(timings["recording"]),
        **{
            mode: passes.form_records(
                own,
                {name: timings[f"{mode}, {name}"] for name in own},
                expected[mode],
                describe(mode, x, m),
            )
            for mode, own in forms.items()
        },
        "mixed": [
            {**compared, **samples(timings[f"mixed, {name}"])}
            for name, (_, compared) in narrow.items()
        ],
    }


COUNTED = (1, 2, 3)
"""Directions a pass that are counted: from two on, each adds the same (a test holds it)."""


def counts(f: Map, x: np.ndarray) -> Record:
    """Primitives and work (``Cost.work``) of the recording, and of a pass by its directions."""
    recording = counting.evaluation(f, x)
    return {
        "recording": primitives_and_work(recording),
        "forward": [primitives_and_work(counting.tangent(f, x, directions=k)) for k in COUNTED],
        "reverse": [
            primitives_and_work(counting.gradient(f, x, rows=k) - recording) for k in COUNTED
        ],
    }


def primitives_and_work(found: Counts) -> list[int]:
    return [found.primitives, found.cost.work()]
