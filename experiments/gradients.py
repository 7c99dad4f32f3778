"""A gradient by both modes: what each takes.

Four calls take turns: the function alone; its gradient by one reverse pass; by forward mode with
one direction a pass, as the textbook counts; and by forward mode with the k directions a pass that
proved quickest, as a practitioner runs it.

Where a whole forward gradient fits the budget it is run in full. Elsewhere a sample of its passes
is, chosen at random, and the time of all of them is estimated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from math import ceil, log2

import numpy as np
from numpy.random import Generator

from admodes import forward, reverse
from admodes.measure import Interval, Timing, interleave, median, ratio
from experiments.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.functions import Scalar
from experiments.results import Record, digits, interval_columns, samples, timing

SAMPLE_SECONDS = 0.005
FEWEST_PASSES = 4
"""In a sample: what is done once a gradient must not weigh in the cost of a pass."""
TANGENT_BYTES = 2**20
"""About what a core's cache holds: the best k are found around it."""

# Measuring


@dataclass(frozen=True)
class ForwardGradient:
    """A gradient by forward mode: a call to be timed, and what its calls have found."""

    k: int  # directions a pass
    full: bool  # a call makes the whole gradient, not some entries of it
    directions: int  # in a call
    seconds: float  # that a call is expected to take
    call: Callable[[], None]
    found: list[tuple[np.ndarray, np.ndarray]]  # indices, and the gradient's entries there


def forward_gradient(
    f: Scalar, x: np.ndarray, k: int, cost: float, limit: float, rng: Generator
) -> ForwardGradient:
    """The whole gradient where, at `cost` seconds a direction, it takes no longer than `limit`.

    Elsewhere a few passes of it, chosen at random, and other ones in each call.
    """
    n = x.size
    found: list[tuple[np.ndarray, np.ndarray]] = []
    if n * cost <= limit:
        everywhere = np.arange(n)
        gradient = forward.grad(f, chunk_size=k)

        def whole() -> None:
            found[:] = [(everywhere, gradient(x))]

        return ForwardGradient(k, True, n, n * cost, whole, found)

    passes = min(max(ceil(SAMPLE_SECONDS / (k * cost)), FEWEST_PASSES), n // k)
    directions = passes * k
    parts = cycle(rng.permutation(n)[: n // directions * directions].reshape(-1, directions))

    def sample() -> None:
        part = next(parts)
        found.append((part, entries(f, x, part, k)))

    return ForwardGradient(k, False, directions, directions * cost, sample, found)


def entries(f: Scalar, x: np.ndarray, indices: np.ndarray, k: int) -> np.ndarray:
    """The gradient's entries at `indices`, `k` of them a pass."""
    return forward.partials(f, indices, chunk_size=k)(x)


def cost_of_direction(f: Scalar, x: np.ndarray, rng: Generator) -> dict[int, float]:
    """Seconds a direction at each k worth trying: 1 to 8, and around 1 MB of tangents."""
    n = x.size
    middle = round(log2(TANGENT_BYTES / x.nbytes))
    powers = {0, 1, 2, 3, *range(middle - 2, middle + 3)}
    sizes = sorted({min(2**power, n) for power in powers if power >= 0})
    directions = {k: rng.choice(n, min(n, max(k, FEWEST_PASSES)), replace=False) for k in sizes}
    calls = {k: partial(entries, f, x, each, k) for k, each in directions.items()}
    timings = interleave(calls, seconds=0.5, rounds=5, fewest=3, sample_seconds=SAMPLE_SECONDS / 5)
    return {k: median(timing.seconds).value / len(directions[k]) for k, timing in timings.items()}


def compare(form: ForwardGradient, gradient: np.ndarray, x: np.ndarray) -> Record:
    """The largest relative difference of the modes, over all entries that forward mode has found.

    Typical of an entry is the mean size of all. Raises :class:`Disagreement` above TOLERANCE.
    """
    indices, by_forward = map(np.concatenate, zip(*form.found, strict=True))
    by_reverse = gradient[indices]
    difference = relative_difference(by_forward, by_reverse, abs(gradient).mean())
    worst = difference.argmax()  # the first NaN, where there is one
    largest = float(difference[worst])
    if not largest <= TOLERANCE:
        index = int(indices[worst])
        raise Disagreement(
            f"entry {index} of the gradient, where x is {x[index]}, is {by_forward[worst]} in"
            f" forward mode ({form.k} directions a pass) and {by_reverse[worst]} in reverse mode",
            largest,
        )
    return {"entries_compared": len(np.unique(indices)), "largest_difference": largest}


def measure(
    f: Scalar, x: np.ndarray, rng: Generator, *, limit: float, budget: float, rounds: int
) -> Record:
    """All four calls at `x`, with every sample.

    A forward gradient that takes longer than `limit` is estimated; `budget` is for all the calls.
    """
    costs = cost_of_direction(f, x, rng)
    best = min(costs, key=costs.__getitem__)
    forms = {
        name: forward_gradient(f, x, k, costs[k], limit, rng)
        for name, k in (("one direction", 1), ("k directions", best))
    }
    timings = interleave(
        {
            "f": partial(f, x),
            "reverse": partial(reverse.value_and_grad(f), x),
            **{name: form.call for name, form in forms.items()},
        },
        seconds=budget,
        rounds=rounds,
        sample_seconds=SAMPLE_SECONDS,
        expected={name: form.seconds for name, form in forms.items() if form.full},
    )
    gradient = reverse.grad(f)(x)
    return {
        "inputs": x.size,
        "cost_of_direction": {str(k): cost for k, cost in costs.items()},
        "f": samples(timings["f"]),
        "reverse": samples(timings["reverse"]),
        "forward": [
            {
                "k": form.k,
                "passes": ceil(x.size / form.k),
                "full": form.full,
                "directions_timed": form.directions,
                **compare(form, gradient, x),
                **samples(timings[name]),
            }
            for name, form in forms.items()
        ],
    }


# Reading


@dataclass(frozen=True)
class Reading:
    """What one of the calls took, as numbers to show."""

    mode: str
    k: int | None  # directions a pass; None where there are none
    passes: int
    full: bool  # False: estimated from a sample of the passes
    samples: int
    seconds: Interval
    cost_of_pass: float  # relative to f


@dataclass(frozen=True)
class ForwardReading(Reading):
    """That of a gradient by forward mode, also beside the one by reverse mode."""

    speedup: Interval
    entries_compared: int
    largest_difference: float


@dataclass(frozen=True)
class Point:
    """A function at some number of inputs."""

    function: str
    n: int
    f: Reading
    reverse: Reading
    forward: Sequence[ForwardReading]  # one direction a pass; the best k


def read(function: str, record: Record) -> Point:
    """A point from its samples."""
    n = record["inputs"]
    f, reverse = timing(record["f"]), timing(record["reverse"])
    unit = median(f.seconds).value

    def reading(mode: str, timing: Timing, k: int | None, passes: int, full: bool) -> Reading:
        seconds = median(timing.seconds)
        cost = seconds.value / passes / unit
        return Reading(mode, k, passes, full, len(timing.seconds), seconds, cost)

    forms = []
    for form in record["forward"]:
        whole = timing(form, n / form["directions_timed"])
        common = reading("forward", whole, form["k"], form["passes"], form["full"])
        forms.append(
            ForwardReading(
                **vars(common),
                speedup=ratio(whole, reverse),
                entries_compared=form["entries_compared"],
                largest_difference=form["largest_difference"],
            )
        )
    return Point(
        function,
        n,
        reading("f", f, None, 1, True),
        reading("reverse", reverse, None, 1, True),
        forms,
    )


def row(reading: Reading) -> Record:
    """A reading as columns of tidy data."""
    columns = {
        "mode": reading.mode,
        "directions_a_pass": reading.k,
        "passes": reading.passes,
        "cost_of_pass_relative_to_f": digits(reading.cost_of_pass),
        "run": "in full" if reading.full else "estimated",
        "samples": reading.samples,
        **interval_columns("seconds", reading.seconds, reading.full),
    }
    if isinstance(reading, ForwardReading):
        columns |= {
            **interval_columns("speedup", reading.speedup, reading.full),
            "entries_compared": reading.entries_compared,
            "largest_relative_difference": reading.largest_difference,
        }
    return columns
