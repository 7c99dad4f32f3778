"""The tables of the experiment ``backward``."""

from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table

from admodes.measure.words import counted
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results
from experiments.questions.backward.cases import CHAPTERS, FORWARD


def rows(results: Results) -> list[Record]:
    found = []
    for record in results.records:
        for number, step in enumerate(record.get("steps", []), 1):
            place = {"chapter": record["task"]["chapter"], "step": number, "code": step["code"]}
            if step["error"]:
                found.append({**place, "error": step["error"]})
            for expression, value in step["values"].items():
                found += [{**place, "expression": expression, **each} for each in entries_of(value)]
        for leaf in record.get("leaves", []):
            for reverse, forward in zip(
                entries_of(leaf["reverse"]), entries_of(leaf["forward"]), strict=True
            ):
                found.append(
                    {
                        "chapter": record["task"]["chapter"],
                        "expression": f"{leaf['leaf']}.grad",
                        **reverse,
                        "value_by_forward_mode": forward["value"],
                    }
                )
    return found


def entries_of(value: Any) -> list[Record]:
    """An array entry by entry; anything else as one."""
    if not isinstance(value, list):
        return [{"value": "None" if value is None else value}]
    array = np.array(value)
    return [
        {"entry": " ".join(map(str, entry)), "value": array[entry].item()}
        for entry in np.ndindex(array.shape)
    ]


def table(results: Results) -> Group:
    shown = []
    for record in results.records:
        name = record["task"]["chapter"]
        make = forward_table if name == FORWARD else chapter_table
        shown.append(make(name, record))
    return Group(*shown)


def chapter_table(name: str, record: Record) -> Table:
    chapter = CHAPTERS[name]
    shown = headed_table(name, chapter.sentence, keys=("code", "then"))
    shown.add_column("code", no_wrap=True)
    shown.add_column("then", no_wrap=True)
    shown.add_column("is", justify="right", no_wrap=True)
    shown.add_column("what it shows")
    for step, found in zip(chapter.steps, record["steps"], strict=True):
        code = found["code"]
        if found["error"]:
            shown.add_row(code, "", "refused", found["error"])
            code = ""
        for expression, value in found["values"].items():
            shown.add_row(code, expression, text(value), step.look[expression])
            code = ""
    return shown


def forward_table(name: str, record: Record) -> Table:
    leaves = record["leaves"]
    passes = counted(sum(leaf["passes"] for leaf in leaves), "pass", "es")
    shown = headed_table(
        name,
        "The same derivatives, of the sum of L.\n"
        f"Forward mode takes a pass for each entry of a leaf: {passes}, beside one sweep.",
    )
    shown.add_column("leaf")
    shown.add_column(".grad, by one sweep", justify="right")
    shown.add_column("by forward mode", justify="right")
    shown.add_column("passes", justify="right")
    for leaf in leaves:
        shown.add_row(
            leaf["leaf"], text(leaf["reverse"]), text(leaf["forward"]), str(leaf["passes"])
        )
    return shown


def text(value: Any) -> str:
    """A value as NumPy shows it, on one line."""
    return str(np.array(value)).replace("\n", "") if isinstance(value, list) else str(value)
