"""The table of the experiment ``million``."""

from rich.console import Group
from rich.padding import Padding

from admodes.measure.words import duration, number
from experiments.bench.console import cells, headed_table
from experiments.bench.results import Record, Results, digits
from experiments.sides import compiled

WORDS = """\
forward: all passes, one a direction, as a compiled program; reverse: one pass, likewise
how many times as fast: the time of all forward passes over that of one reverse pass"""


def rows(results: Results) -> list[Record]:
    """Of each function a row for the reverse pass, and one for each block of forward passes."""
    found = []
    for function, records in compiled.by_function(results).items():
        point = compiled.read_blocks(function, records)
        for record in records:
            task = record["task"]
            is_one = task["mode"] == "reverse"
            found.append(
                {
                    "function": function,
                    "inputs": point.n,
                    "mode": task["mode"],
                    "first": task["first"],
                    "directions": 1 if is_one else record["directions_timed"],
                    "directions_a_pass": 1 if is_one else record["k"],
                    "run": "in full" if is_one or record["full"] else "a sample",
                    "seconds": digits(point.one.seconds.value) if is_one else record["seconds"],
                    "largest_relative_difference": record[
                        "reverse_difference" if is_one else "largest_difference"
                    ],
                }
            )
    return found


def table(results: Results) -> Group:
    shown = headed_table("passes", WORDS, keys=("function", "N"))
    columns = ("N", "k", "f", "reverse", "forward,\nrun", "forward,\nestimated")
    for heading in ("function", *columns, "how many times\nas fast", "\nestimated", "diff."):
        shown.add_column(heading, justify="left" if heading == "function" else "right")
    for function, records in compiled.by_function(results).items():
        point = compiled.read_blocks(function, records)
        (form,) = point.forms
        shown.add_row(
            function,
            f"{point.n:,}",
            str(form.k),
            duration(point.f.seconds.value),
            duration(point.one.seconds.value),
            *cells(form.seconds, form.full, duration),
            *cells(form.speedup, form.full, number),
            f"{form.largest_difference:.0e}",
        )
    about = (
        f"k directions went through a pass together, on {results.header['settings']['threads']} "
        "cores. Rows of zeros with a single one in them are read as any other numbers, and every "
        "product with them is carried out. diff.: the largest relative difference of a derivative "
        "from that by reverse mode. f: one evaluation of the function in NumPy."
    )
    return Group(shown, Padding(about, (0, 2)))
