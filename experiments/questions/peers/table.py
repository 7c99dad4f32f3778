"""What the experiment ``peers`` found, as numbers, tables and sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table

from admodes.measure import Interval, Timing, median, ratio
from admodes.measure.words import duration, number
from experiments.bench.console import between, headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns, timing
from experiments.functions.scalars import Sized
from experiments.questions.peers.apart import MODES
from experiments.questions.peers.cases import CASES
from experiments.sides.libraries import COMPILED, HERE, OWN, PROGRAM, distribution

RIVAL = "jax.jit"
"""What compiles, too: programs are held against it."""
TRACED = PROGRAM, COMPILED, RIVAL
"""Where the first call does more than the later ones."""
DERIVATIVES = {"forward": "one tangent", "reverse": "gradient"}


@dataclass(frozen=True)
class Measured:
    """What a derivative took, as numbers to show."""

    seconds: Interval
    cost: Interval  # relative to NumPy's function
    relatives: Mapping[str, Interval]  # relative to the cost by admodes, in each of its ways
    samples: int
    first_seconds: float
    runs: int  # of the function's code, in a call
    largest_difference: float

    @property
    def relative(self) -> Interval:
        """Relative to the cost by admodes as it is."""
        return self.relatives[HERE]


@dataclass(frozen=True)
class Reading:
    """A derivative by a library, or why there is none."""

    case: Sized
    size: int
    inputs: int
    operations: int  # that admodes records
    library: str
    version: str
    mode: str
    f_seconds: Interval  # of NumPy's function, in the same process
    measured: Measured | None
    failure: str | None = None


def read(results: Results) -> list[Reading]:
    return [reading for record in results.records for reading in read_record(record)]


def read_record(record: Record) -> Iterator[Reading]:
    case, size = CASES[record["task"]["function"]], record["task"]["size"]
    ways = {way: costs(record["libraries"][way]) for way in OWN if way in record["libraries"]}
    for mode in MODES:
        for library, found in record["libraries"].items():
            about = found["modes"][mode]
            measured = None
            if "failure" not in about:
                seconds, cost = timing(found["timings"][mode]).seconds, costs(found)[mode]
                measured = Measured(
                    seconds=median(seconds),
                    cost=median(cost.seconds),
                    relatives={way: ratio(cost, own[mode]) for way, own in ways.items()},
                    samples=len(seconds),
                    first_seconds=about["first_seconds"],
                    runs=about["runs"],
                    largest_difference=about["largest_difference"],
                )
            yield Reading(
                case=case,
                size=size,
                inputs=found["inputs"],
                operations=record["operations"],
                library=library,
                version=found["version"],
                mode=mode,
                f_seconds=median(timing(found["timings"]["f"]).seconds),
                measured=measured,
                failure=about.get("failure"),
            )


def costs(found: Record) -> dict[str, Timing]:
    """Of each mode, the times relative to the function's in the same process and round."""
    f = timing(found["timings"]["f"])
    own = {mode: timing(each) for mode, each in found["timings"].items() if mode != "f"}
    return {
        mode: Timing(tuple((each.seconds / f.near(each.rounds)).tolist()), each.rounds)
        for mode, each in own.items()
    }


# Showing


def rows(results: Results) -> list[Record]:
    return list(map(row, read(results)))


def row(reading: Reading) -> Record:
    columns = {
        "function": reading.case.name,
        "size": reading.size,
        "size_counts": reading.case.counts,
        "inputs": reading.inputs,
        "recorded_operations": reading.operations,
        "mode": reading.mode,
        "derivative": DERIVATIVES[reading.mode],
        "library": reading.library,
        "version": reading.version,
        **interval_columns("numpy_seconds", reading.f_seconds),
    }
    found = reading.measured
    if found:
        columns |= {
            "samples": found.samples,
            "first_call_seconds": found.first_seconds,
            "runs_of_the_code_in_a_call": found.runs,
            **interval_columns("seconds", found.seconds),
            **interval_columns("relative_to_numpy", found.cost),
            **{
                name: value
                for way, relative in found.relatives.items()
                for name, value in interval_columns(f"relative_to_{way}", relative).items()
            },
            "largest_relative_difference": digits(found.largest_difference),
        }
    else:
        columns["failure"] = reading.failure
    return columns


def table(results: Results) -> Group:
    readings = read(results)
    names = dict.fromkeys(each.case.name for each in readings)
    return Group(
        *(case_table([each for each in readings if each.case.name == name]) for name in names),
        *missing(readings),
        *sentences(readings),
        versions(readings),
    )


def case_table(readings: Sequence[Reading]) -> Table:
    """A line a size and mode, a column a library; times relative to NumPy's own function."""
    case = readings[0].case
    libraries = list(dict.fromkeys(each.library for each in readings))
    shown = headed_table(case.name, case.sentence, padding=0, keys=(case.counts, "derivative"))
    shown.add_column(case.counts, justify="right")
    shown.add_column("derivative")
    traced = [library for library in TRACED if library in libraries]
    headings = [f"{heading(library)}\n× f" for library in libraries]
    for each in ("f", *headings, *(f"{heading(library)},\n1st call" for library in traced)):
        shown.add_column(each, justify="right")
    above = None
    for size, mode in dict.fromkeys((each.size, each.mode) for each in readings):
        own = {each.library: each for each in readings if (each.size, each.mode) == (size, mode)}
        shown.add_row(
            "" if size == above else f"{size:,}",
            f"{DERIVATIVES[mode]}, {mode}",
            duration(own[HERE].f_seconds.value),
            *map(cell, own.values()),
            *(first_call(own[library]) for library in traced),
        )
        above = size
    return shown


def heading(library: str) -> str:
    """
    >>> heading("torch"), heading("admodes.compiled")
    ('torch', 'admodes.\\ncompiled')
    """
    return library.replace(f"{HERE}.", f"{HERE}.\n")


def first_call(reading: Reading) -> str:
    return duration(reading.measured.first_seconds) if reading.measured else ""


def cell(reading: Reading) -> str:
    if not reading.measured:
        return few_words(reading.failure or "")
    cost = reading.measured.cost
    return f"{number(cost.value)} {spread(cost)}"


def few_words(failure: str) -> str:
    """Why there is no number where one would stand; the failure itself is told below the table.

    >>> few_words("AttributeError: module 'mygrad' has no attribute 'diff'")
    'no diff'
    >>> few_words("mygrad has no forward mode"), few_words("not within 30 s")
    ('no mode', '> 30 s')
    """
    absent = re.search(r"has no attribute '(\w+)'", failure)
    if absent:
        return f"no {absent[1]}"
    late = re.fullmatch(r"not within (.*)", failure)
    if late:
        return f"> {late[1]}"
    return "no mode" if failure.endswith(" mode") else "fails"


def missing(readings: Sequence[Reading]) -> list[str]:
    """What each library could not do, and why: a line a reason."""
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for each in readings:
        if each.failure:
            where = "everywhere" if each.failure.endswith(" mode") else place(each)
            reasons.setdefault((each.library, each.failure), {})[where] = None
    return [
        f"{library} cannot: {', '.join(where)}: {failure}"
        for (library, failure), where in reasons.items()
    ]


def place(reading: Reading) -> str:
    return f"{reading.case.name} ({reading.size:,} {reading.case.counts}, {reading.mode})"


def sentences(readings: Sequence[Reading]) -> list[str]:
    """Of each mode and library: where admodes loses to it, and by how much; so do programs to the
    other library that compiles."""
    measured = [each for each in readings if each.measured]
    pairs = dict.fromkeys((each.mode, each.library) for each in measured if each.library != HERE)
    here = [(*pair, HERE) for pair in pairs]
    programs = [
        (mode, RIVAL, way)
        for mode, library in pairs
        if library == RIVAL
        for way in OWN[1:]
        if (mode, way) in pairs
    ]
    return [
        sentence([each for each in measured if (each.mode, each.library) == (mode, library)], way)
        for mode, library, way in sorted(here + programs, key=lambda each: MODES.index(each[0]))
    ]


def sentence(readings: Sequence[Reading], way: str) -> str:
    library, mode = readings[0].library, readings[0].mode
    won, lost, level = standing(readings, way)
    said = f"{DERIVATIVES[mode]} by {mode} mode: {way}"
    if lost:
        said += f" loses to {library} in {len(lost)} of {len(readings)}: {losses(lost, way)};"
        said += f" it wins {len(won)}" if won else " it wins none"
    else:
        said += f" never loses to {library}; it wins {len(won)} of {len(readings)}"
    if won:
        said += f", by {between([each.relatives[way].value for each in found(won)])} ×"
    return said + (f"; no winner within the noise in {len(level)}." if level else ".")


def standing(
    readings: Sequence[Reading], way: str = HERE
) -> tuple[list[Reading], list[Reading], list[Reading]]:
    """Where admodes is the quicker, where the other library is, and where intervals cannot tell."""
    won, lost, level = list[Reading](), list[Reading](), list[Reading]()
    for each in readings:
        if each.measured:
            relative = each.measured.relatives[way]
            (won if relative.low > 1 else lost if relative.high < 1 else level).append(each)
    return won, lost, level


def found(readings: Sequence[Reading]) -> list[Measured]:
    return [each.measured for each in readings if each.measured]


def losses(lost: Sequence[Reading], way: str) -> str:
    """By function: "on rosenbrock by 1.20 × (10,000 inputs), 3.20 × (1,000,000 inputs)"."""
    parts: dict[str, list[str]] = {}
    for each, measured in zip(lost, found(lost), strict=True):
        part = f"{number(1 / measured.relatives[way].value)} × ({each.size:,} {each.case.counts})"
        parts.setdefault(each.case.name, []).append(part)
    return "; ".join(f"on {name} by {', '.join(each)}" for name, each in parts.items())


def versions(readings: Sequence[Reading]) -> str:
    found = {distribution(each.library): each.version for each in readings}
    return "Measured: " + ", ".join(map(" ".join, found.items())) + "."
