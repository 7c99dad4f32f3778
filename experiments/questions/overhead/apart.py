"""A case of ``overhead`` by admodes and one other library, in a process of its own.

There plain NumPy, admodes and the peer take turns, so that their ratios are those of neighbours in
time.
"""

from functools import partial
from typing import Any

import numpy as np

import admodes as ad
from admodes.measure import interleave
from experiments.bench.apart import Process, serve
from experiments.bench.results import Record, samples
from experiments.functions.small import CASES
from experiments.sides.libraries import HERE, LIBRARIES, verify

SAMPLE_SECONDS = 0.005


def measure(
    *, case: str, size: int, library: str, seed: int, seconds: float, rounds: int
) -> Record:
    """Time a case: the function alone, and by admodes and `library` in each of the case's modes."""
    f, x = CASES[case].input(size, seed)
    tangent = np.random.default_rng(seed).standard_normal(x.shape) if np.ndim(x) else 1.0
    calls = {
        f"{name} {mode}": call
        for name in dict.fromkeys((HERE, library))
        for mode, call in LIBRARIES[name](f, x, tangent).items()
        if mode in CASES[case].targets
    }
    verified = verify(calls, f, x, tangent)
    _, pullback = ad.vjp(f, x)
    recorded = {"operations": len(pullback.tape), "tape_bytes": pullback.tape.nbytes}
    del pullback
    timings = interleave(
        {"f": partial(f, x), **{name: calls[name] for name in verified["largest_difference"]}},
        seconds=seconds,
        rounds=rounds,
        sample_seconds=SAMPLE_SECONDS,
    )
    return {
        **recorded,
        **{key: verified[key] for key in ("largest_difference", "failures")},
        "timings": {name: samples(timing) for name, timing in timings.items()},
    }


def measure_apart(**request: Any) -> Record:
    """:func:`measure`, in a process of its own."""
    with Process("experiments.questions.overhead.apart") as process:
        return process.ask("measure", **request)


if __name__ == "__main__":
    serve({"measure": measure})
