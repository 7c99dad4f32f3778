"""What the experiment ``programs`` shows, as data and as text."""

from collections.abc import Iterator

from rich.console import Group
from rich.table import Table
from rich.text import Text

from admodes.measure.words import counted
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results

BACK = "back: "
"""So the comment of a line begins that reverse mode comes past again."""


def rows(results: Results) -> list[Record]:
    """A row a line of a program, and one for what a run takes."""
    return [
        row
        for record in results.records
        for mode in record["heads"]
        for row in (*lines_of(record, mode), counts_of(record, mode))
    ]


def about(record: Record, mode: str) -> Record:
    return {"function": record["task"]["function"], "inputs": record["inputs"], "mode": mode}


def lines_of(record: Record, mode: str) -> Iterator[Record]:
    number = 1
    yield {**about(record, mode), "what": "line", "line": number, "code": record["heads"][mode]}
    of = ""
    for row in record["rows"]:
        of = row["comment"] or of  # what has none of its own goes on with the line before
        for code in row["lines"].get(mode, ()):
            number += 1
            yield {
                **about(record, mode),
                "what": "line",
                "line": number,
                "of": of.removeprefix(BACK),
                "way": "back" if of.startswith(BACK) else "there",
                "code": f"    {code}",
            }


def counts_of(record: Record, mode: str) -> Record:
    counts = record["counts"][mode]
    return {
        **about(record, mode),
        "what": "a run",
        "operations": counts["operations"],
        "numbers_moved": counts["numbers"],
        "bytes": counts["nbytes"],
        "directions": directions(record, mode),
    }


def directions(record: Record, mode: str) -> int:
    """By how many inputs a run gives the derivative."""
    return 1 if mode == "forward" else record["inputs"]


def table(results: Results) -> Group:
    """Both programs of each function, and what their runs take."""
    parts: list[Text] = []
    for record in results.records:
        name, inputs = record["task"]["function"], counted(record["inputs"], "input")
        for mode in record["heads"]:
            title = Text.assemble((f"{name}, {mode} mode", "bold"), f"  {inputs}\n")
            title.append("\n".join(program_lines(record, mode)))
            parts.append(title.append("\n"))
    return Group(*parts, counts_table(results))


def program_lines(record: Record, mode: str) -> Iterator[str]:
    """A program as it is printed, with the lines of the function as comments."""
    yield record["heads"][mode]
    for row in record["rows"]:
        own = row["lines"].get(mode, ())
        if row["comment"] and own:
            yield f"    # {row['comment']}"
        yield from (f"    {line}" for line in own)


def counts_table(results: Results) -> Table:
    shown = headed_table("a run", "what it computes, and by how many inputs it has derivatives")
    for heading in (
        "function",
        "mode",
        "operations",
        "numbers read\nor written",
        "bytes",
        "inputs",
    ):
        left = heading in ("function", "mode")
        shown.add_column(heading, justify="left" if left else "right")
    for record in results.records:
        for mode, counts in record["counts"].items():
            shown.add_row(
                record["task"]["function"],
                mode,
                *(f"{counts[key]:,}" for key in ("operations", "numbers", "nbytes")),
                f"{directions(record, mode):,} of {record['inputs']:,}",
            )
    return shown
