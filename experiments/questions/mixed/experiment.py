"""How much faster is a Jacobian through its narrowest place?

Where n numbers become k, and these n others, forward mode takes n passes and reverse mode n sweeps,
and mixed mode goes k times back from the narrow place to the inputs and k times on to the outputs,
and multiplies two matrices. Each of the two modes carries as many directions a pass as prove
quickest for it, and mixed mode as many as it takes by itself; they take turns. Where all passes of
a mode take too long, their time is estimated from a random sample. The gain is the time of the
quicker mode over that of mixed mode; beside it stands the gain by count, which no machine changes:
the work of what each executes, arithmetic and numbers moved.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import ceil, inf
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from admodes import counting, mixed
from admodes.counting import Cost
from admodes.measure import interleave
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, budget, how_many
from experiments.functions import scalars
from experiments.functions.maps import Map
from experiments.functions.narrow import FUNCTIONS
from experiments.sides import jacobians, passes

SECONDS = 1.5
"""For the samples of all calls, where they are short."""
FEWEST_SAMPLES = 6
PICTURE, CODE = 784, 30
"""Pixels, and numbers that they are told in: those of the paper."""

PLACE = 35
SETTINGS = {
    "sizes": how_many(
        (100, 1000, 3000), "--size N...", "Inputs, and outputs as many.", quick=(100, 1000)
    ),
    "widths": how_many(
        (1, 3, 10, 30), "--width K...", "Numbers at the narrow place.", quick=(3, 30)
    ),
    **budget(2.0, 0.3, "all passes of a Jacobian"),
    "rounds": Setting(21, quick=9),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    return settings | {noun: sorted(set(settings[noun])) for noun in ("sizes", "widths")}


def plan(settings: Settings) -> list[Task]:
    """The family, where it is narrow; and a network of the field."""
    family = [
        {"function": "hourglass", "size": n, "width": k}
        for n in settings["sizes"]
        for k in settings["widths"]
        if k < n
    ]
    return [*family, {"function": "autoencoder", "size": PICTURE, "width": CODE}]


def expect(task: Task, settings: Settings) -> float:
    limit = inf if settings["exhaustive"] else settings["budget"]
    return SECONDS + 2 * FEWEST_SAMPLES * min(task["size"] ** 2 * 1e-7, limit)


# Measuring


@threadpool_limits.wrap(limits=1, user_api="blas")
def measure(task: Task, settings: Settings) -> Record:
    n, k = task["size"], task["width"]
    rng = scalars.generator(settings["seed"], n, f"{task['function']} of {k}")
    f, x = FUNCTIONS[task["function"]].make(n, k, rng)
    limit = inf if settings["exhaustive"] else settings["budget"]
    derivatives = {
        "forward": jacobians.by_forward(f, x, n),
        "reverse": replace(jacobians.by_reverse(f, x), nbytes=x.nbytes),
    }
    forms = {
        mode: passes.both_forms(each, limit, rng)[1]["k directions"]
        for mode, each in derivatives.items()
    }
    jacobian: Any = mixed.jacobian(f)
    expected = jacobian(x)
    if jacobian.choice().mode != "mixed":
        raise RuntimeError(f"{jacobian.choice()}: there is no narrow place")
    timings = interleave(
        {"mixed": partial(jacobian, x), **{mode: form.call for mode, form in forms.items()}},
        seconds=SECONDS,
        rounds=settings["rounds"],
        fewest=FEWEST_SAMPLES,
        sample_seconds=passes.SAMPLE_SECONDS,
        expected=passes.in_full(forms) if settings["exhaustive"] else None,
    )
    along = {"forward": expected.T, "reverse": expected}  # a direction a row
    return {
        "choice": str(jacobian.choice()),
        "mixed": samples(timings["mixed"]),
        **{
            mode: passes.form_records({mode: form}, timings, along[mode], partial(describe, mode))[
                0
            ]
            for mode, form in forms.items()
        },
        "work": {
            "mixed": counting.count(jacobian, x)[1].cost.work(),
            **{mode: work(mode, f, x, n, form.k) for mode, form in forms.items()},
        },
    }


def describe(mode: str, index: int, k: int, found: float, expected: float) -> str:
    return f"entry {index} of the Jacobian is {found} in {mode} mode and {expected} in mixed mode"


COUNTED: dict[str, Callable[..., Any]] = {
    "forward": lambda f, x, k: counting.tangent(f, x, directions=k),
    "reverse": lambda f, x, k: counting.gradient(f, x, rows=k),
}


def work(mode: str, f: Map, x: np.ndarray, n: int, k: int) -> int:
    """Of a Jacobian by `n` directions, `k` of them a pass: from two on each adds the same.

    An evaluation is part of each pass of forward mode, and is recorded once for all sweeps.
    """
    once = counting.evaluation(f, x).cost if mode == "reverse" else Cost()
    one, two, three = (COUNTED[mode](f, x, directions).cost - once for directions in (1, 2, 3))
    if k == 1:
        return (once + one * n).work()
    each = three - two
    return (once + (two - each * 2) * ceil(n / k) + each * n).work()
