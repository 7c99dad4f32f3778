"""What README and docs/results.md have from the published data: tables, and numbers in sentences.

``python -m experiments.bench.readme`` writes it, between marks that name it.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from admodes.measure.words import duration
from experiments.bench.experiment import Experiment, found
from experiments.bench.quoted import NUMBERS, Row, Rows, chosen, number, only, value, won

README = Path(__file__).parents[2] / "README.md"
RESULTS = README.parent / "docs" / "results.md"
PAGES = (README, RESULTS)
FIGURES = README.parent / "figures"

SPEEDUP = {
    "rosenbrock": ("100", "10000", "1000000"),
    "log-sum-exp": ("100", "10000", "1000000"),
    "network": ("100", "10000", "1000000"),
    "denoising": ("99", "9999", "921600"),
}
OVERHEAD = {
    "loop over Python floats, 1000 operations": ("float-loop", "1000"),
    "1000 operations on a 10-vector": ("small-arrays", "500"),
    "Rosenbrock, N = 100": ("rosenbrock", "100"),
    "Rosenbrock, N = 10,000": ("rosenbrock", "10000"),
    "Rosenbrock, N = 1,000,000": ("rosenbrock", "1000000"),
    "Σ sin(x)·x² + tanh(x), N = 100": ("sin-x2-tanh", "100"),
    "Σ sin(x)·x² + tanh(x), N = 10,000": ("sin-x2-tanh", "10000"),
    "Σ sin(x)·x² + tanh(x), N = 1,000,000": ("sin-x2-tanh", "1000000"),
    "log-sum-exp, N = 100": ("log-sum-exp", "100"),
    "log-sum-exp, N = 10,000": ("log-sum-exp", "10000"),
    "log-sum-exp, N = 1,000,000": ("log-sum-exp", "1000000"),
}
#: The columns of ``overhead``, as far as there is data.
COSTS = {
    "forward": ("admodes", "admodes.program", "admodes.compiled"),
    "reverse": (
        *("admodes", "admodes.program", "admodes.compiled"),
        *("autograd", "mygrad", "torch", "jax.jit"),
    ),
}


def ratio(text: str) -> str:
    """
    >>> ratio("3.449"), ratio("1553.2")
    ('3.4', '1,550')
    """
    return number(float(text)) if float(text) >= 100 else f"{float(text):.1f}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def speedup(rows: Rows) -> str:
    def times(row: Row) -> str:
        measured = row["speedup_measured"]
        return number(float(measured or row["speedup_estimated"])) + r"\*" * (not measured)

    lines = []
    for function, sizes in SPEEDUP.items():
        for inputs in sizes:
            point = chosen(rows, function=function, inputs=inputs, backend="eager")
            reverse = only(point, mode="reverse")
            one, *_, best = chosen(point, mode="forward")
            lines.append(
                (
                    function,
                    f"{int(inputs):,}",
                    ratio(one["cost_of_pass_relative_to_f"]),
                    best["directions_a_pass"],
                    ratio(best["cost_of_pass_relative_to_f"]),
                    ratio(reverse["cost_of_pass_relative_to_f"]),
                    times(one),
                    times(best),
                )
            )
    return markdown(
        (
            "function",
            "N",
            "one direction: cost of a pass",
            "k",
            "cost of a pass of k",
            "cost of the reverse pass",
            "speed-up, one direction",
            "speed-up, k",
        ),
        lines,
    )


def overhead(rows: Rows) -> str:
    ratios = {
        (r["case"], r["size"], r["mode"], r["library"]): ratio(r["ratio_measured"])
        for r in rows
        if r["ratio_measured"]
    }
    measured = {(mode, library) for _, _, mode, library in ratios}
    columns = [(mode, each) for mode, own in COSTS.items() for each in own]
    columns = [column for column in columns if column in measured]
    lines = [
        (label, *(ratios.get((*case, *column), "–") for column in columns))
        for label, case in OVERHEAD.items()
    ]
    return markdown(("", *(f"{library} {mode}" for mode, library in columns)), lines)


def gradients(rows: Rows) -> str:
    """In how many cases a gradient by admodes, in each of its ways, is the quicker one."""
    ways = [way for way in COSTS["forward"] if f"relative_to_{way}_low" in rows[0]]
    libraries = dict.fromkeys(
        row["library"] for row in rows if row["library"] not in COSTS["forward"]
    )
    lines = [(library, *(won(rows, library, way) for way in ways)) for library in libraries]
    return markdown(("quicker than", *ways), lines)


def headline(rows: Rows) -> str:
    """Of each function the largest gradient: by either mode at its best.

    As compiled programs, and as it runs, of which the ratio says enough.
    """
    lines = []
    for function, (*_, inputs) in SPEEDUP.items():
        points = [
            chosen(rows, function=function, inputs=inputs, backend=backend)
            for backend in ("compiled", "eager")
        ]
        compiled, (*_, eager) = (both_modes(each) if each else ["–"] * 3 for each in points)
        lines.append((function, f"{int(inputs):,}", *compiled, eager))
    return markdown(
        ("function", "N", "forward mode", "reverse mode", "faster by", "not compiled: by"), lines
    )


def both_modes(point: Rows) -> list[str]:
    """Two times, and how many times as fast the reverse pass is."""
    reverse, forward = only(point, mode="reverse"), point[-1]
    star = r"\*" * (not forward["seconds_measured"])
    times = [duration(value(each, "seconds")) for each in (forward, reverse)]
    return [times[0] + star, times[1], number(value(forward, "speedup")) + star]


TABLES = {
    "headline": ("speedup", headline),
    "speedup": ("speedup", speedup),
    "overhead": ("overhead", overhead),
    "gradients": ("peers", gradients),
}


#: The experiments to begin with, which README lists.
FIRST = ("speedup", "million", "crossover", "workers", "network", "memory", "peers")


def experiments(names: Iterable[str], folder: str) -> str:
    """The command of each, and its question, which leads to the picture if it has one."""
    every = found()
    lines = [(f"`make {name}`", pictured(every[name], folder)) for name in names]
    return markdown(("command", "question (a click shows the answer)"), lines)


def pictured(each: Experiment, folder: str) -> str:
    return f"[{each.question}]({folder}/{each.name}.png)" if each.draw else each.question


def published(experiment: str) -> Rows:
    with (FIGURES / f"{experiment}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def made(kind: str, name: str) -> str:
    """A table, or a number, called ``experiment: what it is``; ``ValueError`` for one unknown."""
    if kind == "table" and name == "experiments":
        return experiments(found(), "../figures")
    if kind == "table" and name == "first experiments":
        return experiments(FIRST, "figures")
    if kind == "table" and name in TABLES:
        experiment, table = TABLES[name]
        return table(published(experiment))
    experiment, _, what = name.partition(": ")
    if kind == "number" and what in NUMBERS.get(experiment, {}):
        return NUMBERS[experiment][what](published(experiment))
    raise ValueError(f"there is no {kind} {name!r}")


MARKED = re.compile(r"<!-- (table|number): (.+?) -->(\n?)(.*?)\n?<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """A page with all that is between marks made anew."""

    def again(mark: re.Match[str]) -> str:
        kind, name, line, _ = mark.groups()
        return f"<!-- {kind}: {name} -->{line}{made(kind, name)}{line}<!-- end -->"

    if text.count("<!-- end -->") != len(MARKED.findall(text)):
        raise ValueError("a mark has no beginning, or another within it")
    return MARKED.sub(again, text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
