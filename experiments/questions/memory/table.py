"""What the experiment ``memory`` found, as numbers and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from admodes.measure import Interval, median, ratio
from admodes.measure.words import duration, number, size
from experiments.bench.console import headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns, timing
from experiments.questions.memory.cases import REVERSE, WAYS


@dataclass(frozen=True)
class Reading:
    """What a way takes at some depth."""

    depth: int
    way: str
    """One of the :data:`WAYS`, or ``"f"``."""
    peak: float
    """Bytes."""
    states: float
    seconds: Interval
    relative: Interval
    """To the function, pair by pair."""
    evaluations: int
    """Of a step."""
    measured: bool = True
    samples: int = 0
    difference: float | None = None

    @property
    def runs(self) -> float:
        """Evaluations of a step, for each step."""
        return self.evaluations / self.depth


def read(results: Results) -> list[Reading]:
    """By depth, in the order of the ways; estimated where there was no memory for it."""
    measured = [each for record in results.records for each in read_record(record)]
    estimated = [
        estimate([each for each in measured if each.way == name], record)
        for record in results.records
        for name in WAYS
        if name not in record["ways"]
    ]
    names = ["f", *WAYS]
    return sorted(
        [*measured, *(each for each in estimated if each)],
        key=lambda each: (each.depth, names.index(each.way)),
    )


def read_record(record: Record) -> list[Reading]:
    timings = {name: timing(each) for name, each in record["ways"].items()}
    return [
        Reading(
            record["task"]["depth"],
            name,
            each["peak_bytes"],
            each["peak_bytes"] / record["state_bytes"],
            median(timings[name].seconds),
            ratio(timings[name], timings["f"]),
            each["evaluations"],
            samples=len(timings[name].seconds),
            difference=each["largest_difference"],
        )
        for name, each in record["ways"].items()
    ]


def estimate(shallower: Sequence[Reading], record: Record) -> Reading | None:
    """Every further step takes what it took between the two greatest depths that were measured.

    Relative to the function it takes what it took at the greatest.
    """
    if len(shallower) < 2:
        return None
    depth, (less, more) = record["task"]["depth"], shallower[-2:]
    a_step = (more.peak - less.peak) / (more.depth - less.depth)
    peak = more.peak + a_step * (depth - more.depth)
    f = float(np.median(record["ways"]["f"]["seconds"]))
    relative = more.relative
    seconds = Interval(f * relative.value, f * relative.low, f * relative.high, relative.coverage)
    return Reading(
        depth,
        more.way,
        peak,
        peak / record["state_bytes"],
        seconds,
        relative,
        depth,
        measured=False,
    )


def at(readings: Sequence[Reading], way: str, depth: int) -> Reading | None:
    return next((each for each in readings if (each.way, each.depth) == (way, depth)), None)


def words(results: Results, way: str) -> str:
    """What a way is called."""
    if way == "f":
        return "the function alone"
    return WAYS[way].words.format(results.header["settings"]["snapshots"])


# Showing


def rows(results: Results) -> list[Record]:
    return [
        {
            "depth": each.depth,
            "way": each.way,
            "words": words(results, each.way),
            "step_evaluations": each.evaluations,
            "peak_bytes_measured": each.peak if each.measured else None,
            "peak_bytes_estimated": None if each.measured else round(each.peak),
            "states": digits(each.states),
            "samples": each.samples,
            **interval_columns("seconds", each.seconds, each.measured),
            **interval_columns("relative_to_f", each.relative, each.measured),
            "largest_relative_difference": each.difference,
        }
        for each in read(results)
    ]


def table(results: Results) -> Table:
    state = results.records[0]["state_bytes"]
    shown = headed_table(
        "memory",
        f"a loop of n steps, whose state takes {size(state)}: peak memory, and time",
        keys=("n", "way"),
    )
    shown.add_column("n", justify="right", no_wrap=True)
    shown.add_column("way", no_wrap=True)
    headings = ("a step is\nevaluated", "memory", "in\nstates", "time", "× f", "", "× all\nstored")
    for heading in headings:
        shown.add_column(heading, justify="right", no_wrap=True)
    readings = read(results)
    for each in readings:
        first = each.way == "f"
        stored = at(readings, REVERSE, each.depth)
        about = "" if each.measured else "~"
        shown.add_row(
            f"{each.depth:,}" if first else "",
            words(results, each.way),
            f"{number(each.runs)} ×",
            about + size(each.peak),
            about + number(each.states),
            about + duration(each.seconds.value),
            "" if first else about + number(each.relative.value),
            "" if first else spread(each.relative),
            number(each.relative.value / stored.relative.value) if stored and not first else "",
            end_section=each.way == list(WAYS)[-1],
        )
    if not all(each.measured for each in readings):
        shown.caption = "~ estimated from the two greatest depths at which every step was stored"
    return shown
