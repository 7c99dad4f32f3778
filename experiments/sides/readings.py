"""What the passes of :mod:`experiments.sides.passes` took, as numbers to show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from admodes.measure import Interval, Timing, median, ratio
from experiments.bench.results import Record, digits, interval_columns, timing


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
class FormReading(Reading):
    """That of a derivative by many passes, also beside the one by a single pass."""

    speedup: Interval
    entries_compared: int
    largest_difference: float


@dataclass(frozen=True)
class Point:
    """A function at some size: the number of its inputs, or of its outputs."""

    function: str
    n: int
    f: Reading
    one: Reading  # its derivative by the mode that takes one pass
    forms: Sequence[FormReading]  # by the other one: one direction a pass; the best k
    compiled: bool = False  # both as compiled programs; then there is the best k alone


def gradient_point(
    function: str, record: Record, forms: Sequence[Record], compiled: bool = False
) -> Point:
    """A gradient's, from its samples."""
    n = record["inputs"]
    f, one = timing(record["f"]), timing(record["reverse"])
    return Point(
        function,
        n,
        reading("f", f, f),
        reading("reverse", one, f),
        [form_reading("forward", form, n, one, f) for form in forms],
        compiled,
    )


def reading(mode: str, own: Timing, f: Timing) -> Reading:
    """That of a call of one pass, or of the function `f` itself."""
    return Reading(mode, None, 1, True, len(own.seconds), *relative(own, 1, f))


def form_reading(
    mode: str, form: Record, n: int, one: Timing, f: Timing, once: Timing | None = None
) -> FormReading:
    """That of a form of a derivative of `n` entries, beside `one` pass that gives all of them."""
    own = timing_of_all(form, n, once)
    seconds_and_cost = relative(own, form["passes"], f)
    return FormReading(
        mode,
        form["k"],
        form["passes"],
        form["full"],
        len(own.seconds),
        *seconds_and_cost,
        speedup=ratio(own, one),
        entries_compared=form["entries_compared"],
        largest_difference=form["largest_difference"],
    )


def timing_of_all(form: Record, n: int, once: Timing | None = None) -> Timing:
    """A form's timing, of all `n` entries: where it was run in part, its samples scaled up.

    A sample holds what is done `once`, which the whole derivative has no more often.
    """
    own = timing(form)
    if form["full"]:
        return own
    times = n / form["directions_timed"]
    before = once.near(own.rounds) if once else np.zeros(len(own.rounds))
    seconds = before + times * np.maximum(np.array(own.seconds) - before, 0.0)
    return Timing(tuple(seconds.tolist()), own.rounds, own.loops)


def relative(own: Timing, passes: int, f: Timing) -> tuple[Interval, float]:
    """Seconds, and what a pass costs in evaluations of `f`."""
    seconds = median(own.seconds)
    return seconds, seconds.value / passes / median(f.seconds).value


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
    if isinstance(reading, FormReading):
        columns |= {
            **interval_columns("speedup", reading.speedup, reading.full),
            "entries_compared": reading.entries_compared,
            "largest_relative_difference": reading.largest_difference,
        }
    return columns
