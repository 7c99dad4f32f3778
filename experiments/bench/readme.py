"""The tables of the README, from the data beside the figures.

``python -m experiments.bench.readme`` writes them.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
FIGURES = README.parent / "figures"

Row = dict[str, str]

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
LIBRARIES = ("admodes", "autograd", "mygrad", "torch", "jax.jit")


def number(text: str) -> str:
    """Three digits; thousands apart.

    >>> number("1234567.8"), number("2.0649")
    ('1,230,000', '2.06')
    """
    value = float(f"{float(text):.3g}")
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"


def ratio(text: str) -> str:
    """
    >>> ratio("3.449"), ratio("1553.2")
    ('3.4', '1,550')
    """
    return number(text) if float(text) >= 100 else f"{float(text):.1f}"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def speedup(rows: Sequence[Row]) -> str:
    def times(row: Row) -> str:
        measured = row["speedup_measured"]
        return number(measured) if measured else number(row["speedup_estimated"]) + r"\*"

    lines = []
    for function, sizes in SPEEDUP.items():
        for inputs in sizes:
            point = [r for r in rows if (r["function"], r["inputs"]) == (function, inputs)]
            (reverse,) = (r for r in point if r["mode"] == "reverse")
            one, *_, best = (r for r in point if r["mode"] == "forward")
            lines.append(
                (
                    function,
                    number(inputs) if function != "denoising" else f"{int(inputs):,}",
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


def overhead(rows: Sequence[Row]) -> str:
    ratios = {
        (r["case"], r["size"], r["mode"], r["library"]): ratio(r["ratio_measured"])
        for r in rows
        if r["ratio_measured"]
    }
    lines = []
    for label, case in OVERHEAD.items():
        forward = ratios.get((*case, "forward", "admodes"), "–")
        reverse = [ratios.get((*case, "reverse", library), "–") for library in LIBRARIES]
        lines.append((label, forward, *reverse))
    return markdown(
        (
            "",
            "admodes forward, one tangent",
            "admodes reverse, value and gradient",
            *(f"{library} reverse" for library in LIBRARIES[1:]),
        ),
        lines,
    )


TABLES = {"speedup": speedup, "overhead": overhead}


def filled(text: str) -> str:
    """The README with each table anew, between the marks that name it."""
    for name, table in TABLES.items():
        with (FIGURES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            made = table(list(csv.DictReader(file)))
        begin, end = f"<!-- table: {name} -->\n", f"\n<!-- end: {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"README.md has no place for the table {name}, or several")
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}{made}{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
