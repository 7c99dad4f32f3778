"""The table of the experiment ``million``."""

from rich.console import Group
from rich.padding import Padding

from admodes.measure import words
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results, digits
from experiments.questions.million.reading import read

WORDS = """\
forward: all passes, one a direction, as a compiled program; reverse: one pass, likewise
how many times as fast: the time of all forward passes over that of one reverse pass"""


def rows(results: Results) -> list[Record]:
    """A row for the reverse pass, and one for each measurement of forward passes."""
    settings = results.header["settings"]
    seconds = digits(read(results).reverse.value)
    return [
        {
            "function": settings["function"],
            "inputs": settings["inputs"],
            "mode": record["task"]["mode"],
            "first": record["task"]["first"],
            "passes": record.get("passes", 1),
            "seconds": record.get("seconds", seconds),
            "largest_error": record["largest_error"],
        }
        for record in results.records
    ]


def table(results: Results) -> Group:
    own = read(results)
    shown = headed_table("passes", WORDS, keys=("function", "N"))
    for heading in ("function", "N", "forward", "reverse", "how many times as fast"):
        shown.add_column(heading, justify="left" if heading == "function" else "right")
    shown.add_row(
        own.function,
        f"{own.n:,}",
        words.duration(own.seconds),
        words.duration(own.reverse.value),
        f"{digits(own.ratio):,.0f}",
    )
    lines = [
        f"{own.n:,} passes were run, {own.abreast} abreast, on {own.threads} cores: "
        f"{words.duration(own.seconds / own.n)} a pass, of which one evaluation of the function in "
        f"NumPy takes {words.duration(own.evaluation.value)}.",
        f"No derivative differs from reverse mode's by more than {own.largest_error:.1e} of the "
        "largest one.",
        "Nothing is estimated. Rows of zeros with a single one in them are read as any other "
        "numbers, and every product with them is carried out.",
    ]
    return Group(shown, *(Padding(line, (0, 2)) for line in lines))
