"""The table of the experiment ``mixed``."""

from rich.console import Group
from rich.padding import Padding
from rich.table import Table

from admodes.measure.words import duration, number
from experiments.bench.console import cells, headed_table
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.functions.narrow import FUNCTIONS
from experiments.questions.mixed.reading import MODES, Point, read

WORDS = """\
the Jacobian of n numbers, by way of k, to n others, by the quicker mode and by mixed mode
how many times as fast: the time of the one over that of the other, and the same by count"""


def rows(results: Results) -> list[Record]:
    """A row a function at some size."""
    return [
        {
            "function": point.function,
            "inputs": point.size,
            "outputs": point.size,
            "narrowest": point.width,
            **{key: value for mode in MODES for key, value in columns(point, mode).items()},
            **interval_columns("mixed_seconds", point.sides["mixed"].seconds),
            "mixed_work": point.sides["mixed"].work,
            "quicker_mode": point.quicker,
            **interval_columns("gain", point.gain, point.full),
            "gain_counted": digits(point.counted),
            "entries_compared": point.entries_compared,
            "largest_relative_difference": point.largest_difference,
        }
        for point in read(results)
    ]


def columns(point: Point, mode: str) -> Record:
    side = point.sides[mode]
    return {
        f"{mode}_directions_a_pass": side.k,
        f"{mode}_run": "in full" if side.full else "estimated",
        **interval_columns(f"{mode}_seconds", side.seconds, side.full),
        f"{mode}_work": side.work,
    }


def table(results: Results) -> Group:
    shown = headed_table("mixed", WORDS, keys=("function", "n", "k"))
    for heading in ("function", "n", "k", "quicker\nmode"):
        left = heading in ("function", "quicker\nmode")
        shown.add_column(heading, justify="left" if left else "right")
    for heading in ("\nrun", "\nestimated", "mixed", "times\nas fast", "\nestimated", "by\ncount"):
        shown.add_column(heading, justify="right")
    for point in read(results):
        side = point.sides[point.quicker]
        shown.add_row(
            point.function,
            f"{point.size:,}",
            f"{point.width:,}",
            point.quicker,
            *cells(side.seconds, point.full, duration),
            duration(point.sides["mixed"].seconds.value),
            *cells(point.gain, point.full, number),
            number(point.counted),
        )
    return Group(shown, Padding(about(), (0, 2)))


def about() -> Table:
    found = Table.grid(padding=(0, 2))
    for case in FUNCTIONS.values():
        found.add_row(case.name, f"{case.formula}\n{case.sentence} {case.source}")
    return found
