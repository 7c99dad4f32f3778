"""What the experiment ``workloads`` found, as numbers and as tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table

from admodes import Way
from admodes.measure import Interval, Timing, median, ratio
from admodes.measure.words import duration, number, size
from experiments.bench.console import between, cells, headed_table
from experiments.bench.results import Record, Results, digits, interval_columns, timing
from experiments.functions.workloads import WORKLOADS, Workload
from experiments.sides.readings import timing_of_all


@dataclass(frozen=True, kw_only=True)
class Timed(Way):
    """A whole derivative by one mode, with so many directions a pass."""

    count: int  # of directions in all
    full: bool  # False: its time is estimated, from a sample of the passes
    timing: Timing
    over_f: Interval  # its time over the function's
    work_over_f: float  # by count
    peak_bytes: int
    peak_in_full: bool  # False: estimated, from a pass
    largest_difference: float
    recommended: bool

    @property
    def seconds(self) -> float:
        return median(self.timing.seconds).value


@dataclass(frozen=True)
class Reading:
    """An objective of some size, and its derivative in every way."""

    workload: Workload
    size: int
    inputs: int
    outputs: int
    operations: int
    tape_bytes: int
    f: Timing
    ways: Sequence[Timed]

    def of(self, mode: str) -> list[Timed]:
        """By this mode, from one direction a pass on."""
        return sorted(
            (way for way in self.ways if way.mode == mode), key=lambda way: way.chunk_size
        )

    def best(self, mode: str) -> Timed:
        return quickest(self.of(mode))

    @property
    def quickest(self) -> Timed:
        return quickest(self.ways)

    @property
    def recommended(self) -> Timed | None:
        return next((way for way in self.ways if way.recommended), None)


def quickest(ways: Iterable[Timed]) -> Timed:
    return min(ways, key=lambda way: way.seconds)


def read(results: Results) -> list[Reading]:
    return list(map(reading, results.records))


def reading(record: Record) -> Reading:
    f, recording = timing(record["f"]), timing(record["recording"])
    ways = []
    for each in record["ways"]:
        once = recording if each["mode"] == "reverse" else None
        own = timing_of_all(each, each["directions"], once)
        ways.append(
            Timed(
                mode=each["mode"],
                chunk_size=each["k"],
                count=each["directions"],
                passes=each["passes"],
                full=each["full"],
                timing=own,
                over_f=ratio(own, f),
                work_over_f=each["work"] / record["work_of_f"],
                peak_bytes=each["peak_bytes"],
                peak_in_full=each["peak_in_full"],
                largest_difference=each["largest_difference"],
                recommended=[each["mode"], each["k"]] == record["recommended"],
            )
        )
    return Reading(
        workload=WORKLOADS[record["task"]["workload"]],
        size=record["task"]["size"],
        inputs=record["inputs"],
        outputs=record["outputs"],
        operations=record["operations"],
        tape_bytes=record["tape_bytes"],
        f=f,
        ways=ways,
    )


# Data


def rows(results: Results) -> list[Record]:
    return [row(each, way) for each in read(results) for way in each.ways]


def row(reading: Reading, way: Timed) -> Record:
    peak = digits(way.peak_bytes)
    return {
        "workload": reading.workload.name,
        "derivative": reading.workload.derivative,
        "size": reading.size,
        "size_counts": reading.workload.counts,
        "inputs": reading.inputs,
        "outputs": reading.outputs,
        "recorded_operations": reading.operations,
        "recorded_bytes": reading.tape_bytes,
        "f_seconds": digits(median(reading.f.seconds).value),
        "mode": way.mode,
        "directions_a_pass": way.chunk_size,
        "passes": way.passes,
        "run": "in full" if way.full else "estimated",
        "samples": len(way.timing.seconds),
        **interval_columns("seconds", median(way.timing.seconds), way.full),
        **interval_columns("relative_to_f", way.over_f, way.full),
        "work_relative_to_f": digits(way.work_over_f),
        "peak_bytes_measured": peak if way.peak_in_full else None,
        "peak_bytes_estimated": None if way.peak_in_full else peak,
        "largest_relative_difference": way.largest_difference,
        "recommended": way.recommended,
        "quickest": way is reading.quickest,
    }


# Tables

HEADINGS = (
    "f",
    "mode",
    "k",
    "passes",
    "time,\nmeasured",
    "time,\nestimated",
    "× f",
    "× f, by\ncount",
    "peak\nmemory",
    "tape",
    "diff.",
    "",
)


def table(results: Results) -> Group:
    readings = read(results)
    own = by_workload(readings)
    return Group(*map(workload_table, own.values()), *summary(readings))


def by_workload(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.workload.name, []).append(reading)
    return found


def workload_table(readings: Sequence[Reading]) -> Table:
    workload = readings[0].workload
    words = f"{workload.formula}\n{workload.sentence}"
    sizes = {workload.counts: [each.size for each in readings]}
    sizes.setdefault("inputs", [each.inputs for each in readings])
    shown = headed_table(title(workload), words, padding=0, keys=(*sizes, "mode", "k"))
    shown.caption = f"✓ quickest, ○ recommended. {workload.source}"
    for heading in (*sizes, *HEADINGS):
        left = heading == "mode"
        shown.add_column(heading, justify="left" if left else "right", no_wrap=True)
    for i, reading in enumerate(readings):
        first = [f"{own[i]:,}" for own in sizes.values()]
        first.append(duration(median(reading.f.seconds).value))
        for way in (*reading.of("forward"), *reading.of("reverse")):
            shown.add_row(*first, *line(reading, way))
            first = [""] * len(first)
    return shown


def title(workload: Workload) -> str:
    """With the derivative, where the name does not say it."""
    blocks = workload.derivative == "blocks"
    return workload.name if blocks else f"{workload.name}: {workload.derivative}"


def line(reading: Reading, way: Timed) -> list[str]:
    return [
        way.mode,
        f"{way.chunk_size:,}",
        f"{way.passes:,}",
        *cells(median(way.timing.seconds), way.full, duration),
        guessed(number(way.over_f.value), way.full),
        number(way.work_over_f),
        guessed(size(way.peak_bytes), way.peak_in_full),
        size(reading.tape_bytes) if way.mode == "reverse" else "–",
        f"{way.largest_difference:.0e}" if way.largest_difference else "0",
        f"{'✓' if way is reading.quickest else ''}{'○' if way.recommended else ''}",
    ]


def guessed(text: str, measured: bool) -> str:
    """Marked, where it is estimated."""
    return text if measured else f"~{text}"


# Sentences


def summary(readings: Sequence[Reading]) -> list[str]:
    """Machine-made, a line each: what the modes cost, how right they are, what is recommended."""
    largest = max(way.largest_difference for each in readings for way in each.ways)
    sentences = [
        *filter(None, (cost(readings),)),
        f"All derivatives agree with those by hand, to {largest:.0e} relative to an entry.",
    ]
    advised = [(each, way) for each in readings if (way := each.recommended)]
    if advised:
        right = sum(way is each.quickest for each, way in advised)
        losses = [ratio(way.timing, each.quickest.timing).value for each, way in advised]
        sentences.append(
            f"The recommended way is the quickest in {right} of {len(advised)} cases, and takes at"
            f" most {number(max(losses))} times as long as the quickest."
        )
    return sentences


def cost(readings: Sequence[Reading]) -> str:
    """Of gradients: what they cost by reverse mode, and by forward mode where that is the most."""
    gradients = [each for each in readings if each.workload.derivative == "gradient"]
    if not gradients:
        return ""
    reverse = [each.best("reverse").over_f.value for each in gradients]
    most = max((each.best("forward") for each in gradients), key=lambda way: way.over_f.value)
    return (
        f"A gradient costs {between(reverse)} evaluations of f by reverse mode, and up to"
        f" {guessed(number(most.over_f.value), most.full)} by forward mode at its best k."
    )
