"""What was timed of each way, and what the whole derivative takes by that."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from admodes import measure
from admodes.choosing.plans import Plan
from admodes.choosing.ways import Measured, Way
from admodes.counting import Counts
from admodes.measure import Interval, Timing

Key = tuple[Way | None, str]
"""What is timed: of which way, and what of it."""
F: Key = None, "f"
SPARSE: Key = None, "sparse"


def measured(
    plan: Plan,
    timings: Mapping[Key, Timing],
    counts: Counts | None,
    peak: int | None,
    estimated: bool,
) -> Measured:
    """What a way costs, by what was timed of it: the whole, or its pass and its recording.

    `estimated` says whether the `peak` is worked out from that of a pass.
    """
    way, f = plan.way, timings[F]
    whole, one = timings.get((way, "whole")), timings[way, "pass"]
    recording = timings.get((way, "recording"))
    recorded = None if recording is None else measure.median(recording.seconds)
    each = measure.median(one.seconds)
    if whole is not None:
        seconds, ratio = measure.median(whole.seconds), measure.ratio(whole, f)
    else:
        seconds, ratio = _scaled(each, way.passes), _scaled(measure.ratio(one, f), way.passes)
        if recording is not None and recorded is not None:
            seconds = _sum(seconds, recorded)
            ratio = _sum(ratio, measure.ratio(recording, f))
    tape = None if plan.pullback is None else plan.pullback.tape
    return Measured(
        **asdict(way),
        counts=counts,
        tape_length=None if tape is None else len(tape),
        tape_bytes=None if tape is None else tape.nbytes,
        peak_bytes=peak,
        peak_estimated=estimated,
        recording_seconds=recorded,
        pass_seconds=each,
        seconds=seconds,
        estimated=whole is None,
        ratio=ratio,
    )


def _scaled(interval: Interval, factor: float) -> Interval:
    value, low, high = interval.value * factor, interval.low * factor, interval.high * factor
    return replace(interval, value=value, low=low, high=high)


def _sum(one: Interval, other: Interval) -> Interval:
    """Of two medians; their limits added up hold the sum at least as surely as both hold."""
    coverage = max(0.0, one.coverage + other.coverage - 1.0)
    return Interval(one.value + other.value, one.low + other.low, one.high + other.high, coverage)
