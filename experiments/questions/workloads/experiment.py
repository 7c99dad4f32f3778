"""What do published objectives cost in each mode?

The whole derivative of each objective is taken in forward mode and in reverse mode, with one
direction a pass and with the best k, in full or from a sample of the passes; and in the way that
:func:`admodes.recommend` names, if that is another one. Each is first compared with a derivative
written by hand. Memory and counts are shown beside the times.
"""

from collections.abc import Mapping
from functools import partial
from math import inf
from typing import Any

import numpy as np
from numpy.random import Generator
from threadpoolctl import threadpool_limits

import admodes as ad
from admodes import counting
from admodes.measure import Timing, interleave
from experiments.bench.results import Record, samples
from experiments.bench.settings import SEED, Setting, Settings, Task, budget, choice, how_many
from experiments.functions import scalars
from experiments.functions.workloads import WORKLOADS, Objective, Workload
from experiments.questions.workloads import checks
from experiments.questions.workloads.sides import Side, both, memory, work
from experiments.sides import passes
from experiments.sides.passes import Form

FEWEST_SAMPLES = 6

PLACE = 160
SETTINGS = {
    "workloads": choice("--workload NAME...", WORKLOADS),
    "sizes": how_many(
        (),
        "--size SIZE...",
        "Sizes: inputs, unknowns, components, steps or observations.",
        shown="five for each workload, with --quick 3",
    ),
    # The smallest, where none are asked for.
    "smallest": Setting(5, quick=3),
    **budget(1.0, 0.1, "a derivative"),
    "rounds": Setting(21, quick=9),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    names, sizes, most = (settings.pop(each) for each in ("workloads", "sizes", "smallest"))
    own = {name: sorted(set(sizes or WORKLOADS[name].sizes[:most])) for name in names}
    return {"workloads": own, **settings}


def plan(settings: Settings) -> list[Task]:
    return [
        {"workload": name, "size": size}
        for name in WORKLOADS
        for size in settings["workloads"].get(name, ())
    ]


def expect(task: Task, settings: Settings) -> float:
    """The smallest take little, and the larger ones more and more of what there is."""
    larger = sum(size < task["size"] for size in WORKLOADS[task["workload"]].sizes)
    return 1.0 + larger * FEWEST_SAMPLES * settings["budget"] / 2


# Measuring

Forms = dict[str, dict[str, Form]]
"""By mode, and by a name of their own."""


@threadpool_limits.wrap(limits=1, user_api="blas")
def measure(task: Task, settings: Settings) -> Record:
    workload = WORKLOADS[task["workload"]]
    f, x = workload.input(task["size"], settings["seed"])
    rng = scalars.generator(settings["seed"], task["size"], f"passes of {workload.name}")
    limit = inf if settings["exhaustive"] else settings["budget"]
    by_hand = checks.derivative(workload.name, f, x)
    sides = both(workload, f, x, by_hand)
    forms = {mode: both_forms(side, limit, rng) for mode, side in sides.items()}
    recommended = recommend(workload, f, x, sides, forms, rng)
    every = {name: form for own in forms.values() for name, form in own.items()}
    verify(sides, forms)
    timings = interleave(
        {
            "f": partial(f, x),
            "recording": partial(ad.vjp, f, x),
            **{name: form.call for name, form in every.items()},
        },
        # Enough for the fewest samples of each, even where it takes all that it may.
        seconds=FEWEST_SAMPLES * settings["budget"],
        rounds=settings["rounds"],
        sample_seconds=passes.SAMPLE_SECONDS,
        expected=passes.in_full(every),
    )
    _, pullback = ad.vjp(f, x)
    return {
        "inputs": x.size,
        "outputs": int(np.size(f(x))),
        "operations": len(pullback.tape),
        "tape_bytes": pullback.tape.nbytes,
        "work_of_f": counting.evaluation(f, x).cost.work(),
        "recommended": recommended,
        "f": samples(timings["f"]),
        "recording": samples(timings["recording"]),
        "ways": [
            record for mode, side in sides.items() for record in records(side, forms[mode], timings)
        ],
    }


def both_forms(side: Side, limit: float, rng: Generator) -> dict[str, Form]:
    """One direction a pass, and the best k: which may be the same."""
    _, forms = passes.both_forms(side.derivative, limit, rng)
    return {way(side.mode, form.k): form for form in forms.values()}


def way(mode: str, k: int) -> str:
    return f"{mode}, {k}"


def recommend(
    workload: Workload,
    f: Objective,
    x: np.ndarray,
    sides: Mapping[str, Side],
    forms: Forms,
    rng: Generator,
) -> list[Any] | None:
    """Mode and directions a pass of the recommended way, which joins the others.

    There is none for blocks: that the rest of a Jacobian is 0 is not seen.
    """
    if workload.derivative == "blocks":
        return None
    advice = ad.recommend(f, x, programs=False)
    best = next(way for way in advice.candidates if way.mode in sides)  # of the two modes
    mode, k = best.mode, best.chunk_size
    if way(mode, k) not in forms[mode]:
        derivative = sides[mode].derivative
        cost = best.seconds / derivative.n
        forms[mode][way(mode, k)] = passes.form_of(derivative, k, cost, inf, rng)
    return [mode, k]


def verify(sides: Mapping[str, Side], forms: Forms) -> None:
    """A wrong derivative has no speed: each is compared before it is timed, and afterwards too."""
    for mode, side in sides.items():
        for form in forms[mode].values():
            form.call()
            passes.compare(form, side.expected, side.describe)


def records(side: Side, forms: dict[str, Form], timings: dict[str, Timing]) -> list[Record]:
    timed = passes.form_records(forms, timings, side.expected, side.describe)
    return [
        {
            "mode": side.mode,
            "directions": side.derivative.n,
            "work": work(side, form.k),
            **memory(side, form),
            **record,
        }
        for form, record in zip(forms.values(), timed, strict=True)
    ]
