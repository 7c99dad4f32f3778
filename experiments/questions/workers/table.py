"""The table of the experiment ``workers``."""

from rich.console import Group
from rich.padding import Padding

from admodes.measure.words import duration, number
from experiments.bench.console import headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.questions.workers.cases import CASES
from experiments.questions.workers.reading import Point, read, simulated, workers_in

WORDS = """\
a gradient by forward mode, whose passes workers share, beside one reverse pass
catches up: from how many workers on it is as quick; by its passes alone, and in all"""


def rows(results: Results) -> list[Record]:
    found = []
    for point in read(results):
        own = {"function": point.function, "inputs": point.n, "directions_a_pass": point.k}
        ways = [
            ("reverse", None, point.reverse),
            ("forward", 0, point.alone),
            *(("forward", workers_in(where), each) for where, each in point.measured.items()),
        ]
        names = ["reverse", "alone", *point.measured]
        for name, (mode, workers, each) in zip(names, ways, strict=True):
            found.append(
                {
                    **own,
                    "mode": mode,
                    "by": name,
                    "workers": workers,
                    **interval_columns("seconds", each),
                }
            )
        for workers, seconds in simulated(point):
            found.append(
                {
                    **own,
                    "mode": "forward",
                    "by": "simulated",
                    "workers": workers,
                    "seconds_estimated": digits(seconds),
                }
            )
        found.append(
            {
                **own,
                "by": "catches up",
                "workers_by_passes": point.by_passes,
                "workers_in_all": point.break_even,
            }
        )
    return found


def table(results: Results) -> Group:
    points = read(results)
    shown = headed_table("workers", WORDS, keys=("function", "N"))
    wheres = list(points[0].measured)
    columns = ["k", "reverse", "forward", *(f"by\n{where}" for where in wheres)]
    speedups = [f"{where}\nspeed-up" for where in wheres if workers_in(where) == 2]
    for heading in (
        "function",
        "N",
        *columns,
        *speedups,
        "1 worker,\nsimulated",
        "2 workers,\nsimulated",
        "catches up,\npasses alone",
        "catches up,\nin all",
    ):
        shown.add_column(heading, justify="left" if heading == "function" else "right")
    for point in points:
        shown.add_row(
            point.function,
            f"{point.n:,}",
            str(point.k),
            duration(point.reverse.value),
            duration(point.alone.value),
            *(duration(each.value) for each in point.measured.values()),
            *(
                f"{number(each.value)} {spread(each)}"
                for where, each in point.speedups.items()
                if workers_in(where) == 2
            ),
            *(duration(point.costs.by(point.k, count)) for count in (1, 2)),
            *map(workers, (point.by_passes, point.break_even)),
        )
    cores = results.header["machine"].get("cores")
    first = points[0]
    cases = "; ".join(f"{name}: {CASES[name].sentence}" for name in dict.fromkeys(names(points)))
    about = (
        f"{cases}. Measured on {cores} cores, with one thread for BLAS in every process; the "
        "caller makes the first pass. What is simulated, and how many workers catch up, is for "
        "workers that have a core and a memory each, which those that were measured share; from "
        "measured parts: a pass, as without workers; "
        f"{duration(first.costs.send)} for a part on its way to a worker and back; "
        f"{duration(first.costs.reach)} ({first.function}) until a worker has the function. A "
        f"worker takes {duration(first.start)} to start, which is not counted."
    )
    return Group(shown, Padding(about, (0, 2)))


def names(points: list[Point]) -> list[str]:
    return [point.function for point in points]


def workers(count: int | None) -> str:
    return "never" if count is None else f"{count:,}"
