"""The table of the experiment ``chunks``."""

from rich.table import Table

from admodes.measure.words import duration, number
from experiments.bench.console import headed_table
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.questions.chunks.reading import Curve, read


def rows(results: Results) -> list[Record]:
    return [
        {
            "mode": curve.mode,
            "function": curve.function,
            "size": curve.n,
            "library": curve.library,
            "directions_a_pass": k,
            "bytes_of_directions": 8 * k * curve.n,
            "default": k == curve.default_k,
            "samples": curve.samples[k],
            **interval_columns("seconds_a_direction", each),
            "relative_to_one_alone": digits(each.value / curve.costs[1].value),
        }
        for curve in read(results)
        for k, each in curve.costs.items()
    ]


def table(results: Results) -> Table:
    shown = headed_table(
        "chunks",
        "time of a direction (in reverse mode, of a row) when a pass carries k of them\nwith one"
        " alone, at the best k, and at the default k",
        keys=("mode", "function", "N", "library"),
    )
    for heading in ("mode", "function"):
        shown.add_column(heading, no_wrap=True)
    shown.add_column("N", justify="right", no_wrap=True)
    shown.add_column("library", no_wrap=True)
    for heading in ("k = 1", "best\nk", "\ntime", "default\nk", "\ntime", "cheaper,\nat best"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for curve in read(results):
        best, default = curve.best_k, curve.default_k
        shown.add_row(
            curve.mode,
            curve.function,
            f"{curve.n:,}",
            curve.library,
            duration(curve.costs[1].value),
            f"{best:,}",
            duration(curve.costs[best].value),
            f"{default:,}" if default else "",
            of_default(curve),
            f"{number(curve.gain)} ×",
        )
    sizes = results.header["settings"]["caches"]
    if sizes:
        shown.caption = "caches: " + ", ".join(
            f"{name} {mebi(size)}" for name, size in sizes.items()
        )
    return shown


def of_default(curve: Curve) -> str:
    if curve.default_k is None:
        return ""
    found = curve.costs.get(curve.default_k)
    return duration(found.value) if found else "–"


def mebi(size: int) -> str:
    return f"{number(size / 2**20)} MiB"
