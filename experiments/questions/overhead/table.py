"""What the experiment ``overhead`` found, as numbers and as tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from rich.console import Group
from rich.table import Table

from admodes.measure import Interval, median, ratio
from admodes.measure.words import duration, number
from experiments.bench.console import headed_table, spread
from experiments.bench.results import Record, Results, interval_columns, timing
from experiments.functions.small import CASES, MODES, Case
from experiments.sides.libraries import HERE


@dataclass(frozen=True)
class Reading:
    """What was found of a case, as numbers to show."""

    case: Case
    size: int
    library: str
    mode: str
    ratio: Interval  # to what the kind of the case compares with
    target: float | None = None  # that the ratio should be at most
    seconds: Interval | None = None
    samples: int | None = None
    operations: int | None = None  # recorded in a pass, whatever the library
    slowdown: Interval | None = None  # of a peer, relative to admodes
    lead: float | None = None  # that the slowdown should be at least
    largest_difference: float | None = None  # from admodes' gradient
    version: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is; ``None`` where there is none."""
        if self.slowdown and self.lead:
            return self.slowdown.value >= self.lead
        return self.ratio.value <= self.target if self.target else None


def read(results: Results) -> list[Reading]:
    """All readings, by case, size, mode and library."""
    kinds: dict[str, Callable[[Case, Record], Iterator[Reading]]] = {
        "cost": read_cost,
        "growth": read_growth,
        "memory": read_memory,
    }
    readings = [
        reading
        for record in results.records
        for case in (CASES[record["task"]["case"]],)
        for reading in kinds[case.kind](case, record)
    ]
    cases, modes = list(CASES), ["f", *MODES, "recording", "peak"]
    return sorted(
        readings,
        key=lambda each: (cases.index(each.case.name), each.size, modes.index(each.mode)),
    )


def read_cost(case: Case, record: Record) -> Iterator[Reading]:
    size, library = record["task"]["size"], record["task"]["library"]
    timings = {name: timing(each) for name, each in record["timings"].items()}
    f, operations = timings["f"], record["operations"]
    here = library == HERE
    if here:
        yield Reading(
            case,
            size,
            "numpy",
            "f",
            ratio(f, f),
            seconds=median(f.seconds),
            samples=len(f.seconds),
            operations=operations,
            version=np.__version__,
        )
    for mode in MODES:
        name = f"{library} {mode}"
        if name in timings:
            own = timings[name]
            yield Reading(
                case,
                size,
                library,
                mode,
                ratio(own, f),
                target=(case.targets[mode] if here else case.programs.get(library, {})).get(size),
                seconds=median(own.seconds),
                samples=len(own.seconds),
                operations=operations,
                slowdown=None if here else ratio(own, timings[f"{HERE} {mode}"]),
                lead=case.leads.get(library, {}).get(size) if mode == "reverse" else None,
                largest_difference=record["largest_difference"][name],
                version=record["version"],
            )


def read_growth(case: Case, record: Record) -> Iterator[Reading]:
    """The cost of an operation, relative to that at the smallest size."""
    each_operation = {
        int(size): timing(own, 1 / record["operations"][size])
        for size, own in record["timings"].items()
    }
    for size, own in each_operation.items():
        operations = record["operations"][str(size)]
        yield Reading(
            case,
            size,
            HERE,
            "reverse",
            ratio(own, each_operation[min(each_operation)]),
            target=case.targets["reverse"].get(size),
            seconds=median(timing(record["timings"][str(size)]).seconds),
            samples=len(own.seconds),
            operations=operations,
        )


def read_memory(case: Case, record: Record) -> Iterator[Reading]:
    """Arrays a step: the bytes that further steps add, of which every step keeps as many."""
    fewer, more = map(int, record["bytes"])
    least, most = record["bytes"].values()
    for mode in case.targets:
        # To a hundredth of an array: Python's objects, of some hundred bytes each, are counted too.
        arrays = round((most[mode] - least[mode]) / (more - fewer) / most["array"], 2)
        exact = Interval(arrays, arrays, arrays, coverage=1.0)
        yield Reading(case, more, HERE, mode, exact, case.targets[mode][more])


# Showing


def rows(results: Results) -> list[Record]:
    return [*map(row, read(results)), *failures(results)]


def failures(results: Results) -> list[Record]:
    """What a peer could not do at all, and why."""
    return [
        {
            "case": record["task"]["case"],
            "size": record["task"]["size"],
            "mode": name.removeprefix(f"{record['task']['library']} "),
            "library": record["task"]["library"],
            "version": record["version"],
            "failure": failure,
        }
        for record in results.records
        for name, failure in record.get("failures", {}).items()
    ]


UNITS = {"cost": "f", "growth": "an operation at the smallest size", "memory": "an array a step"}


def row(reading: Reading) -> Record:
    columns = {
        "case": reading.case.name,
        "size": reading.size,
        "size_counts": reading.case.counts,
        "mode": reading.mode,
        "library": reading.library,
        "version": reading.version,
        "operations": reading.operations,
        "samples": reading.samples,
        **columns_of("seconds", reading.seconds),
        "relative_to": UNITS[reading.case.kind],
        **columns_of("ratio", reading.ratio),
        "at_most": reading.target,
        **columns_of("relative_to_admodes", reading.slowdown),
        "relative_to_admodes_at_least": reading.lead,
        "met": reading.met,
        "largest_relative_difference": reading.largest_difference,
    }
    return {name: value for name, value in columns.items() if value is not None}


def columns_of(name: str, interval: Interval | None) -> Record:
    return interval_columns(name, interval) if interval else {}


def table(results: Results) -> Group:
    readings = read(results)
    names = dict.fromkeys(reading.case.name for reading in readings)
    return Group(
        *(case_table([each for each in readings if each.case.name == name]) for name in names),
        *(
            f"{each['case']}, {each['size']:,}, {MODES[each['mode']]}:"
            f" {each['library']} failed, {each['failure']}"
            for each in failures(results)
        ),
    )


MANY = 100
HEADINGS = {"cost": "× f", "growth": "× smallest", "memory": "arrays a step"}
MODE_NAMES = {
    "f": "the function",
    **MODES,
    "recording": "tape.nbytes",
    "peak": "peak of a gradient",
}


def case_table(readings: Sequence[Reading]) -> Table:
    case = readings[0].case
    shown = headed_table(case.name, case.sentence, keys=(case.counts, "mode", "library"))
    headings = ["mode", "library", "time", "an\noperation", HEADINGS[case.kind], ""]
    headings = [case.counts, *headings, "×\nadmodes", "target", ""]
    lines = [line(each) for each in readings]
    for above, own in zip(lines[-2::-1], lines[:0:-1], strict=True):
        if above[0] == own[0]:
            own[0] = ""
    filled = [any(cells) for cells in zip(*lines, strict=True)]
    for heading in compress(headings, filled):
        left = heading in ("mode", "library")
        shown.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for cells in lines:
        shown.add_row(*compress(cells, filled))
    return shown


def line(reading: Reading) -> list[str]:
    """A row of a table, an empty cell for what there is not."""
    repeated = reading.seconds and reading.mode != "f"
    met = {None: "", True: "[green]met[/]", False: "[bold red]missed[/]"}
    return [
        f"{reading.size:,}",
        MODE_NAMES[reading.mode],
        reading.library,
        *times(reading),
        number(reading.ratio.value),
        spread(reading.ratio) if repeated else "",
        number(reading.slowdown.value) if reading.slowdown else "",
        target(reading),
        met[reading.met],
    ]


def times(reading: Reading) -> tuple[str, str]:
    """The time, and that of an operation where there are enough to tell it from the call's."""
    if not reading.seconds:
        return "", ""
    each = reading.seconds.value / (reading.operations or 1) * 1e9
    many = (reading.operations or 0) >= MANY
    return duration(reading.seconds.value), f"{number(each)} ns" if many else ""


def target(reading: Reading) -> str:
    """What the number to the left of it should be."""
    if reading.lead:
        return f"≥ {number(reading.lead)}"
    return f"≤ {number(reading.target)}" if reading.target else ""
