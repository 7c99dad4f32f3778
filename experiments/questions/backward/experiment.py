"""What does backward() do, step by step?

What it adds to which ``.grad``, what it keeps and what it refuses. The program is L = Y - x1·w1·w2
on 2 × 2 arrays. The code that is shown is the code that is run, one line a step, and the values are
those that it leaves. At the end come the same derivatives by forward mode: one pass for each entry
of each leaf, beside the single sweep of ``backward()``.
"""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

import admodes as ad
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record
from experiments.bench.settings import Setting, Settings, Task
from experiments.questions.backward.cases import CHAPTERS, FORWARD, PROGRAM, Step

PLACE = 60
#: There is nothing to choose, and nothing is drawn at random.
SETTINGS: dict[str, Setting] = {}


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
