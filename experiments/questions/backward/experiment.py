"""``backward()``, step by step: what it adds to which ``.grad``, what it keeps, what it refuses.

The program is L = Y - x1·w1·w2 on 2 × 2 arrays. The code that is shown is the code that is run, a
line a step, and the values are those that it leaves. At the end stand the same derivatives by
forward mode: a pass for each entry of each leaf, beside the one sweep of ``backward()``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table

import admodes as ad
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.console import counted, headed_table
from experiments.bench.experiment import Experiment, Settings, Task
from experiments.bench.results import Record, Results


@dataclass(frozen=True)
class Step:
    """A line of code, and what to look at after it: expressions, and what each of them shows."""

    code: str
    look: Mapping[str, str]
    refused: bool = False
    """The line must raise a RuntimeError, whose message is shown."""


@dataclass(frozen=True)
class Chapter:
    sentence: str
    steps: Sequence[Step]
    anew: bool = True
    """The program is run first, without being shown."""


PROGRAM = (
    Step("ones = np.ones((2, 2))", {"ones": "plain NumPy"}),
    Step("x1 = ad.variable(2 * ones)", {"x1.value": "a leaf: made by hand", "x1.is_leaf": ""}),
    Step("w1 = ad.variable(5 * ones)", {"w1.value": "another"}),
    Step("x2 = x1 * w1", {"x2.value": "an inner node: it was computed", "x2.is_leaf": ""}),
    Step("w2 = ad.variable(6 * ones)", {"w2.value": ""}),
    Step("y = x2 * w2", {"y.value": ""}),
    Step("Y = 10 * ones", {"Y": "a constant: no derivative by it is asked for"}),
    Step("L = Y - y", {"L.value": "the output"}),
)
GRADS = {"x1.grad": "", "w1.grad": "", "w2.grad": ""}

CHAPTERS = {
    "one sweep": Chapter(
        "L = Y - x1·w1·w2 is recorded as it is computed; then one sweep goes back from L.",
        [
            *PROGRAM,
            Step(
                "L.backward(ones)",
                {
                    "x1.grad": "∂L/∂x1 = -w1·w2",
                    "w1.grad": "∂L/∂w1 = -x1·w2",
                    "w2.grad": "∂L/∂w2 = -x1·w1",
                    "x2.grad": "an inner node keeps none",
                    "y.grad": "",
                    "L.grad": "",
                },
            ),
        ],
        anew=False,
    ),
    "begun at y": Chapter(
        "A sweep may begin at y as well, with ∂L/∂y = -1.\n"
        "(Here, and before each of what follows, the program is run anew.)",
        [Step("y.backward(-ones)", GRADS | {"x1.grad": "as before"})],
    ),
    "accumulation": Chapter(
        "A second loss adds to what the first one left, until .grad is set to None.",
        [
            Step("np.sum(x1 * w1).backward()", {"x1.grad": "w1: one number begins with 1"}),
            Step("np.sum(x1 * w2).backward()", {"x1.grad": "w1 + w2: it was added"}),
            Step("x1.grad = None", {"x1.grad": "begun anew"}),
            Step("np.sum(x1 * w2).backward()", {"x1.grad": "w2 alone"}),
        ],
    ),
    "a second call": Chapter(
        "backward() frees what it has passed through.",
        [
            Step("L.backward(ones)", {"x1.grad": ""}),
            Step("L.backward(ones)", {"x1.grad": "no .grad has changed"}, refused=True),
            Step("y.backward(-ones)", {"x1.grad": "y was freed as well"}, refused=True),
        ],
    ),
    "retain_graph": Chapter(
        "Unless it is told to keep it.",
        [
            Step("L.backward(ones, retain_graph=True)", {"x1.grad": ""}),
            Step("L.backward(ones)", {"x1.grad": "added once more"}),
            Step("L.backward(ones)", {"x1.grad": "no .grad has changed"}, refused=True),
        ],
    ),
    "retain_grad": Chapter(
        "An inner node has a .grad where it is asked to.",
        [
            Step("x2.retain_grad()", {"x2.grad": ""}),
            Step("y.retain_grad()", {"y.grad": ""}),
            Step(
                "L.backward(ones)",
                {"x2.grad": "∂L/∂x2 = -w2", "y.grad": "∂L/∂y = -1", "L.grad": "it was not asked"},
            ),
        ],
    ),
}
FORWARD = "forward mode"


def settings(*, quick: bool, seed: int) -> Settings:
    """None: there is nothing to choose, and nothing is drawn at random."""
    return {}


def plan(settings: Settings) -> list[Task]:
    return [{"chapter": name} for name in (*CHAPTERS, FORWARD)]


def expect(task: Task, settings: Settings) -> float:
    return 0.01


# Running


def measure(task: Task, settings: Settings) -> Record:
    if task["chapter"] == FORWARD:
        return {"leaves": both_modes()}
    chapter = CHAPTERS[task["chapter"]]
    names = program() if chapter.anew else {"ad": ad, "np": np}
    return {"steps": [run(step, names) for step in chapter.steps]}


def program() -> dict[str, Any]:
    """The names that the program leaves."""
    names: dict[str, Any] = {"ad": ad, "np": np}
    for step in PROGRAM:
        exec(step.code, names)
    return names


def run(step: Step, names: dict[str, Any]) -> Record:
    """A step, run with `names`; what it raises and what there is to look at, as JSON."""
    error = None
    try:
        exec(step.code, names)
    except RuntimeError as refusal:
        if not step.refused:
            raise
        error = f"{type(refusal).__name__}: {refusal}"
    if step.refused and error is None:
        raise AssertionError(f"{step.code} should have been refused")
    values = {each: as_json(eval(each, names)) for each in step.look}
    return {"code": step.code, "error": error, "values": values}


def as_json(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def both_modes() -> list[Record]:
    """For each leaf the gradient of ΣL by one sweep, and entry by entry by forward passes."""
    names = program()
    names["L"].backward(names["ones"])
    leaves = {name: names[name] for name in ("x1", "w1", "w2")}
    values = {name: leaf.value for name, leaf in leaves.items()}
    found = []
    for name, leaf in leaves.items():
        entries = list(product(*map(range, leaf.shape)))
        by_forward = np.zeros(leaf.shape)
        for entry in entries:
            by_forward[entry] = one_pass(values, names["Y"], name, entry)
        difference = relative_difference(by_forward, leaf.grad, abs(leaf.grad).mean()).max()
        if not difference <= TOLERANCE:
            raise Disagreement(f"the derivatives by {name}, in both modes", difference)
        found.append(
            {
                "leaf": name,
                "reverse": as_json(leaf.grad),
                "forward": as_json(by_forward),
                "passes": len(entries),
            }
        )
    return found


def one_pass(
    values: Mapping[str, np.ndarray], target: np.ndarray, name: str, entry: tuple[int, ...]
) -> float:
    """d(ΣL) by one entry of one leaf: a forward pass along it, which gives dL/d(entry)."""
    tangents = {each: np.zeros_like(value) for each, value in values.items()}
    tangents[name][entry] = 1.0
    _, tangent = ad.jvp(
        lambda x1, w1, w2: target - x1 * w1 * w2, tuple(values.values()), tuple(tangents.values())
    )
    return float(np.sum(tangent))


# Showing


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
    shown = headed_table(name, chapter.sentence)
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
        f"A pass goes from one entry of a leaf to L: {passes} beside one sweep.",
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


EXPERIMENT = Experiment(
    name="backward",
    question="What does backward() do, step by step?",
    options=(),
    settings=settings,
    plan=plan,
    expect=expect,
    measure=measure,
    rows=rows,
    table=table,
    draw=None,
)
