"""What the experiment ``sparse`` found, as data and as tables."""

from collections.abc import Sequence

from rich.console import Group
from rich.padding import Padding
from rich.table import Table

from admodes.measure import median
from admodes.measure.words import duration
from experiments.bench.console import headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns, timing
from experiments.questions.sparse.cases import COLOURS, PROBLEMS
from experiments.questions.sparse.reading import DENSE, SPARSE, Point, Way, part, read
from experiments.questions.sparse.words import explanations

# Data


def rows(results: Results) -> list[Record]:
    found = [
        row(
            "time",
            point.problem,
            way.name,
            {"outputs": point.outputs, "inputs": point.inputs, "entries": point.entries},
            directions=way.directions,
            passes=way.passes,
            run="in full" if way.full else "estimated",
            samples=len(way.timing.seconds),
            plan_seconds=None if way.plan_seconds is None else digits(way.plan_seconds),
            **interval_columns("seconds", way.seconds, way.full),
        )
        for points in read(results).values()
        for point in points
        for way in point.ways.values()
    ]
    for record in part(results, "colours"):
        known = COLOURS[record["task"]["matrix"]]
        found.append(
            row(
                "colours",
                record["task"]["matrix"],
                known.way,
                record,
                directions=record["directions"],
                known=known.colours,
                plan_seconds=digits(record["plan_seconds"]),
            )
        )
    for record in part(results, "by hand"):
        for name in ("sparse", "by hand"):
            own = timing(record[name])
            found.append(
                row(
                    "by hand",
                    "bundle adjustment",
                    name,
                    record,
                    directions=record["directions"] if name == "sparse" else None,
                    run="in full",
                    samples=len(own.seconds),
                    **interval_columns("seconds", median(own.seconds)),
                )
            )
    return found


COLUMNS = ("directions", "known", "passes", "run", "samples", "plan_seconds")
SECONDS = tuple(f"seconds_{end}" for end in ("measured", "estimated", "low", "high", "coverage"))


def row(kind: str, name: str, way: str, size: Record, **values: object) -> Record:
    """The same columns for all, some of them empty."""
    return {
        "part": kind,
        "matrix": name,
        **{key: size[key] for key in ("outputs", "inputs", "entries")},
        "way": way,
        **{key: values.get(key) for key in (*COLUMNS, *SECONDS)},
    }


# Tables


def table(results: Results) -> Group:
    shown: list[Table | Padding] = [times_table(points) for points in read(results).values()]
    shown.append(colours_table(part(results, "colours")))
    return Group(*shown, *(Padding(line, (0, 2)) for line in explanations(results)))


def times_table(points: Sequence[Point]) -> Table:
    problem = PROBLEMS[points[0].problem]
    names = [name for name in (*DENSE, *SPARSE) if any(name in each.ways for each in points)]
    shown = headed_table(
        problem.name,
        f"{problem.formula}\ntime and directions; ~ estimated from a sample of the passes",
        padding=0,
    )
    for heading in ("N", "entries", *(name.replace(" ", "\n") for name in names), "plan"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in points:
        cells = [cell(each.ways[name]) if name in each.ways else "–" for name in names]
        plan = each.quickest(SPARSE).plan_seconds or 0.0
        shown.add_row(f"{each.inputs:,}", f"{each.entries:,}", *cells, duration(plan))
    return shown


def cell(way: Way) -> str:
    time = duration(way.seconds.value)
    time = time if way.full else f"~{time} {spread(way.seconds)}"
    return f"{time}  ({way.directions:,})"


def colours_table(records: Sequence[Record]) -> Table:
    shown = headed_table("colours", "found, and known: reached or beaten")
    for heading in ("matrix", "rows", "columns", "entries", "colours for", "known", "found"):
        left = heading in ("matrix", "colours for")
        shown.add_column(heading, justify="left" if left else "right")
    for record in records:
        name = record["task"]["matrix"]
        known = COLOURS[name]
        source = f" ({known.source})" if known.source else ""
        shown.add_row(
            name,
            *(f"{record[key]:,}" for key in ("outputs", "inputs", "entries")),
            known.way,
            f"{known.colours}{source}",
            f"{record['directions']}",
        )
    return shown
