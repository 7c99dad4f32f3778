"""Is the recommended way to a derivative the quickest one?

Its predicted times are held against measured ones. The whole derivative of each function, a
gradient or a Jacobian, is taken in every way that might be the quickest: forward mode at one
direction a pass, at all, and at powers of four between them; reverse mode at as many rows a sweep;
mixed mode where there is a place narrower than inputs and outputs; and each at the sizes that
:func:`admodes.recommend` prefers, with and without trials, or that a published rule of thumb names.
They take turns. The regret is the time of the recommended way over that of the quickest one
measured; the quickest takes its turn twice, under two names, and how far it is from itself is what
a regret may be by chance. A recommendation by trials is charged with what they took.

Where most entries of a Jacobian are 0, it is taken as a sparse matrix, too, and held against the
quickest of all ways: a table of its own says whether the advice speaks of it where that pays.

Each way is tried once. What takes many times as long as the quickest is left at that, and what must
do so, for one pass of it takes too long, is not run at all; of both only the bound is kept.
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import partial
from math import ceil
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

import admodes as ad
from admodes import forward, mixed, reverse
from admodes.measure import interleave
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, digits, samples
from experiments.bench.settings import SEED, Named, Setting, Settings, Task
from experiments.questions.recommend.cases import CASES
from experiments.questions.recommend.cases.case import Case
from experiments.questions.recommend.rules import RULES
from experiments.questions.recommend.sparsely import SPARSE, planned

SAMPLE_SECONDS = 0.003
HOPELESS = 3.0
"""So many times the quickest trial: not sampled any further."""
LONGEST = 4.0
"""Seconds that a trial may take."""
WIDEST = 2**25
"""Bytes of tangents of the widest value that a pass may carry."""
PLAIN: dict[str, Any] = {"forward": forward, "reverse": reverse}
MODES: dict[str, Any] = {**PLAIN, "mixed": mixed}


def find(name: str) -> Case:
    if name not in CASES:
        near = " or ".join(get_close_matches(name, CASES, n=3))
        raise ValueError(f"there is no case {name!r}: {near or '--help lists all'}")
    return CASES[name]


QUICK_CASES = 8  # one of so many

PLACE = 100
SETTINGS = {
    "cases": Setting(
        tuple(CASES),
        "--case NAME...",
        f"What to differentiate: {', '.join(CASES)}.",
        Named(find),
        quick=tuple(CASES)[::QUICK_CASES],
        shown=f"all; with --quick one of {QUICK_CASES}",
    ),
    "seconds": Setting(3.0, quick=0.6),
    "rounds": Setting(25, quick=7),
    "seed": SEED,
}


def plan(settings: Settings) -> list[Task]:
    return [{"case": name} for name in CASES if name in settings["cases"]]


def expect(task: Task, settings: Settings) -> float:
    return 0.7 + settings["seconds"]


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    case = CASES[task["case"]]
    f, x = case.input(settings["seed"])
    with threadpool_limits(limits=1, user_api="blas"):
        # The first also measures the machine, and counts the operations.
        first = perf_counter()
        ad.recommend(f, x, programs=False, sparse=False)
        again = perf_counter()
        ad.recommend(f, x, programs=False, sparse=False)
        whole = perf_counter()
        advice = ad.recommend(f, x, programs=False)
        seconds = {
            "first": digits(again - first),
            "again": digits(whole - again),
            "with_sparse": digits(perf_counter() - whole),
        }
        by_trial = ad.recommend(f, x, measure=True, programs=False, sparse=False)
        default = default_sizes(advice.inputs, advice.outputs)
        rules = {rule.name: rule.way(advice.inputs, advice.outputs, default) for rule in RULES}
        measured = (by_trial.mode, by_trial.chunk_size)
        calls = ways_to(f, x, advice, [measured, *rules.values()])
        trials, bounds = try_out(f, x, calls, advice)
        found = {way: calls[way]() for way in best_of_each_mode(trials)}
        sparse = planned(f, x, advice)
        if sparse is not None:
            found[SPARSE] = blocks_of(sparse[0](x), f(x), x)
        compare(found)
    quickest = min(trials.values())
    chosen = (advice.mode, advice.chunk_size)
    hopeful = {
        way: calls[way]
        for way, trial in trials.items()
        if trial <= HOPELESS * quickest or way in (chosen, measured)
    }
    best = min(trials, key=lambda way: trials[way])
    auto = ad.jacobian(f)
    others = {("auto", 0): lambda: auto(x), ("again", 0): calls[best]}
    if sparse is not None:
        others[SPARSE] = partial(sparse[0], x)
    timings = interleave(
        {**hopeful, **others},
        seconds=settings["seconds"],
        rounds=settings["rounds"],
        fewest=5,
        sample_seconds=SAMPLE_SECONDS,
    )
    auto_timing, again_timing = timings.pop(("auto", 0)), timings.pop(("again", 0))
    return {
        "kind": case.kind,
        "held_out": case.held_out,
        "inputs": advice.inputs,
        "outputs": advice.outputs,
        "narrowest": narrowest(advice),
        "operations": advice.operations,
        "tape_bytes": advice.tape_bytes,
        "chosen": list(chosen),
        "reasoning": advice.reasoning,
        "recommend_seconds": seconds,
        "auto": samples(auto_timing),
        "again": {"way": list(best), **samples(again_timing)},
        "measured": {"way": list(measured), "trial_seconds": digits(by_trial.trial_seconds)},
        "sparse": None if sparse is None else {**sparse[1], **samples(timings.pop(SPARSE))},
        "rules": {name: list(way) for name, way in rules.items()},
        "ways": [
            {
                "mode": mode,
                "chunk_size": k,
                "predicted": digits(advice.predict(mode, k)),
                **outcome(timings, trials, bounds, (mode, k)),
            }
            for mode, k in calls
        ],
    }


Key = tuple[str, int]
"""Of a way: its mode and its directions a pass."""


def outcome(timings: Any, trials: Any, bounds: Any, way: Key) -> Record:
    """What is known of a way: its samples, a trial, or what it takes at least."""
    if way in timings:
        return samples(timings[way])
    if way in trials:
        return {"trial": digits(trials[way])}
    return {"at_least": digits(bounds[way])}


def ways_to(f: Any, x: Any, advice: Any, others: list[Key]) -> dict[Key, Callable[[], Any]]:
    """Every way that is tried, the one that is recommended first, then from few passes to many."""
    widest = max((each.widest for each, _ in advice.profile.operations), default=1)
    found: dict[Key, Callable[[], Any]] = {}

    def add(mode: str, k: int) -> None:
        own = MODES[mode]
        derivative = (own.grad if advice.profile.scalar else own.jacobian)(f, chunk_size=k)
        found.setdefault((mode, k), lambda: derivative(x))

    add(advice.mode, advice.chunk_size)
    powers = list(ad.Way.worth_trying(advice.inputs, advice.outputs, WIDEST // (8 * widest), 4))
    for mode in MODES:
        own = [way for way in advice.candidates if way.mode == mode][:1]
        every = {way.chunk_size for way in (*own, *powers) if way.mode == mode}
        every |= {k for other, k in others if other == mode}
        for k in sorted(every, reverse=True):
            add(mode, k)
    return found


def narrowest(advice: Any) -> int | None:
    """Numbers at the narrowest place, where it is narrower than inputs and outputs."""
    narrow = advice.profile.narrow
    return None if narrow is None else narrow.width


def default_sizes(n: int, m: int) -> tuple[int, int]:
    """Directions a pass that forward mode and reverse mode take by themselves."""

    def carried(count: int) -> int:
        class Seen(Exception):
            pass

        def look(x: Any) -> Any:
            raise Seen(max(np.size(x.tangent) // count, 1))

        try:
            forward.jacobian(look)(np.zeros(count))
        except Seen as seen:
            return int(seen.args[0])
        return 1

    # Rows are as many as fit beside the larger number.
    return min(carried(max(n, 1)), max(n, 1)), min(carried(max(n, m, 1)), max(m, 1))


def try_out(
    f: Any, x: Any, calls: dict[Key, Callable[[], Any]], advice: Any
) -> tuple[dict[Key, float], dict[Key, float]]:
    """Seconds of one call of each; and of those that are not called what they take at least.

    A pass along several directions takes no less than one along one, or half of that, to be safe.
    """
    one = dict(zip(PLAIN, seconds_of_a_pass(f, x), strict=True))
    counts = {"forward": advice.inputs, "reverse": advice.outputs}
    trials: dict[Key, float] = {}
    bounds: dict[Key, float] = {}
    for (mode, k), call in calls.items():
        bound = ceil(counts[mode] / k) * one[mode] / 2 if mode in PLAIN else 0.0
        if trials and bound > min(LONGEST, max(HOPELESS * min(trials.values()), 0.05)):
            bounds[mode, k] = bound
        else:
            trials[mode, k] = quicker_of_two(call)
    return trials, bounds


def seconds_of_a_pass(f: Any, x: Any) -> tuple[float, float]:
    """Along one direction: forward, and a sweep."""
    ones = like(x, 1.0)
    y, pullback = ad.vjp(f, x)
    cotangent = like(y, 1.0)
    return quicker_of_two(lambda: ad.jvp(f, (x,), (ones,))), quicker_of_two(
        lambda: pullback(cotangent)
    )


def quicker_of_two(call: Callable[[], Any]) -> float:
    """The first call finds nothing in the caches; a long one need not be repeated."""
    taken: list[float] = []
    while len(taken) < 2 and sum(taken) < 0.2:
        start = perf_counter()
        call()
        taken.append(perf_counter() - start)
    return min(taken)


def like(tree: Any, value: float) -> Any:
    """Nested containers of numbers and arrays, filled."""
    if isinstance(tree, dict):
        return {key: like(part, value) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)([like(part, value) for part in tree])
    return np.full_like(tree, value) if isinstance(tree, np.ndarray) else type(tree)(value)


def flat(tree: Any) -> Iterator[np.ndarray]:
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        for part in tree:
            yield from flat(part)
    else:
        yield np.ravel(tree)


def blocks_of(sparse: Any, y: Any, x: Any) -> list[np.ndarray]:
    """A sparse matrix as derivatives of each leaf of an output by each of an input, in order."""
    by_outputs, by_inputs = (
        np.cumsum([np.size(leaf) for leaf in flat(tree)])[:-1] for tree in (y, x)
    )
    rows = np.split(sparse.toarray(), by_outputs)
    return [block for own in rows for block in np.split(own, by_inputs, axis=1)]


def best_of_each_mode(trials: dict[Key, float]) -> list[Key]:
    return [
        min(own, key=own.__getitem__)
        for mode in MODES
        if (own := {way: seconds for way, seconds in trials.items() if way[0] == mode})
    ]


def compare(derivatives: dict[Key, Any]) -> None:
    """Raises :class:`Disagreement` where modes differ by more than rounding."""
    arrays = [np.concatenate(list(flat(each))) for each in derivatives.values()]
    for other in arrays[1:]:
        typical = float(np.abs(arrays[0]).mean())
        largest = float(relative_difference(other, arrays[0], typical).max())
        if not largest <= TOLERANCE:
            modes = " and ".join(mode for mode, _ in derivatives)
            raise Disagreement(f"the derivatives of {modes} mode", largest)
