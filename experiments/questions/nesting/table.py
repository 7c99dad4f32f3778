"""What the experiment ``nesting`` found, as data and as tables."""

from collections.abc import Iterator, Sequence
from itertools import compress

from rich.console import Group
from rich.padding import Padding
from rich.table import Table

from admodes.measure.words import duration, number
from experiments.bench.console import headed_table, spread
from experiments.bench.results import Record, Results, digits, interval_columns
from experiments.functions import scalars
from experiments.questions.nesting import words as nesting_words
from experiments.questions.nesting.cases import BOUNDS, MANY_PASSES, ONE_PASS, words
from experiments.questions.nesting.reading import (
    MANY_FORMS,
    PLAIN,
    Point,
    Way,
    largest,
    read,
    select,
    worked,
)

# Data


def rows(results: Results) -> list[Record]:
    return [row(each, way) for each in read(results) for way in each.ways.values()]


def row(point: Point, way: Way) -> Record:
    f, cost = point.f, way.counts.cost
    operations, size = way.recorded or (None, None)
    return {
        "derivative": point.derivative,
        "function": point.function,
        "inputs": point.n,
        "way": way.name,
        "directions_a_pass": way.k,
        "passes": way.passes,
        "run": "in full" if way.full else "estimated",
        "samples": way.samples,
        **interval_columns("seconds", way.seconds, way.full),
        **interval_columns("relative_to_f", way.relative, way.full),
        "primitives": way.counts.primitives,
        "operations": cost.operations,
        "moves": cost.moves,
        "primitives_relative_to_f": digits(way.counts.primitives / max(f.primitives, 1)),
        "work_relative_to_f": digits(worked(way.counts, f)),
        "recorded_operations": operations,
        "recorded_bytes": size,
        "peak_bytes": way.peak,
        "largest_relative_difference": way.difference,
    }


# Tables


def table(results: Results) -> Group:
    points = read(results)
    products, hessians = select(points, "product"), select(points, "Hessian")
    shown: list[Table | Padding] = []
    for name, own in products.items():
        for each in (own, hessians.get(name, [])):
            if each:
                last = largest(each)
                agreement = Padding(nesting_words.agreement(last), (0, 0, 1, 2))
                shown += [times_table(each), counts_table(last), agreement]
    lines = nesting_words.explanations(products, hessians)
    return Group(*shown, *(Padding(line, (0, 2)) for line in lines))


HEADINGS = {
    "forward-over-reverse": "forward over\nreverse",
    "reverse-over-forward": "reverse over\nforward",
    "reverse-over-reverse": "reverse over\nreverse",
    MANY_PASSES: "forward over\nforward",
    **{name: name.replace("-", " ").replace(", ", ",\n") for name in MANY_FORMS},
}


def times_table(points: Sequence[Point]) -> Table:
    """Times in evaluations of the function, a row a size."""
    function, what = scalars.find(points[0].function), points[0].derivative
    many = "; ~ estimated from a sample of the passes" if what == "product" else ""
    shown = headed_table(
        f"{function.name}: {'product with a direction' if what == 'product' else 'whole Hessian'}",
        f"{function.formula}\ntime in evaluations of f{many}",
        padding=0,
    )
    names = [name for name in largest(points).ways if name not in PLAIN]
    for heading in ("N", "f", "gradient", *(HEADINGS[name] for name in names)):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in points:
        ways = each.ways
        cells = [cell(ways[name]) if name in ways else "–" for name in names]
        f = duration(ways["f"].seconds.value)
        shown.add_row(f"{each.n:,}", f, number(each.times("gradient")), *cells)
    return shown


def cell(way: Way) -> str:
    """How many evaluations a way takes, with its k where it has one."""
    value = number(way.relative.value)
    text = value if way.full else f"~{value} {spread(way.relative)}"
    return text if way.k in (None, 1) else f"{text}  (k = {way.k:,})"


COLUMNS = (
    "passes",
    "primi-\ntives",
    "opera-\ntions",
    "\nmoves",
    "\nwork",
    "at\nmost",
    "recorded\nsteps",
    "\narrays",
    "arrays\nat once",
)


def counts_table(point: Point) -> Table:
    """Counts and bytes at one size, a row a way; without the columns that stay empty."""
    arrays = "arrays of N numbers" if point.derivative == "product" else "arrays of N² numbers"
    shown = headed_table(
        f"N = {point.n:,}", f"counts in evaluations of f\nmemory in {arrays}", padding=0
    )
    lines = {name: list(counted(point, way)) for name, way in point.ways.items() if name != "f"}
    filled = [any(cells) for cells in zip(*lines.values(), strict=True)]
    shown.add_column("", no_wrap=True)
    for heading in compress(COLUMNS, filled):
        shown.add_column(heading, justify="right", no_wrap=True)
    for name, cells in lines.items():
        shown.add_row(words(name), *compress(cells, filled))
    return shown


def counted(point: Point, way: Way) -> Iterator[str]:
    own, f = way.counts, point.f
    yield f"{way.passes:,}"
    for count, base in (
        (own.primitives, f.primitives),
        (own.cost.operations, f.cost.operations),
        (own.cost.moves, f.cost.moves),
        (own.cost.work(), f.cost.work()),
    ):
        yield short(count / max(base, 1))
    limit = BOUNDS.get(way.name) if point.derivative == "product" else None
    yield f"{limit:g}" if limit else ""
    operations, size = way.recorded or (0, 0)
    twice = "2 × " if way.name == ONE_PASS[0] else ""  # each value has its tangent
    yield f"{operations:,}" if operations else ""
    yield f"{twice}{number(point.arrays(size))}" if operations else ""
    yield number(point.arrays(way.peak))


def short(value: float) -> str:
    """
    >>> short(5.084), short(513000000)
    ('5.08', '5.1e+08')
    """
    return number(value) if value < 10**5 else f"{value:.1e}"
