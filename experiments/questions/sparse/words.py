"""What the experiment ``sparse`` found, in words that are made from the data."""

from collections.abc import Iterator, Mapping, Sequence

from admodes.measure import median
from admodes.measure.words import counted, duration, number
from experiments.bench.console import spread
from experiments.bench.results import Record, Results, timing
from experiments.questions.sparse.cases import PROBLEMS
from experiments.questions.sparse.reading import DENSE, SPARSE, Point, by_hand, part, read

Points = Mapping[str, Sequence[Point]]


def headline(points: Points) -> str:
    """Of the problem that comes first, where it is largest."""
    last = next(iter(points.values()))[-1]
    best, dense = last.quickest(SPARSE), last.quickest(DENSE)
    about = "" if dense.full else "about "
    matrix = "Hessian" if PROBLEMS[last.problem].hessian else "Jacobian"
    lines = "row by row" if dense.name == "dense reverse" else "column by column"
    return (
        f"{dense.directions:,} directions become {best.directions:,}: the {matrix} of"
        f" {last.problem} at N = {last.inputs:,}\ntakes {duration(best.seconds.value)} as a sparse"
        f" matrix, and {about}{duration(dense.seconds.value)} {lines}"
    )


def explanations(results: Results) -> Iterator[str]:
    for own in read(results).values():
        last = own[-1]
        best, about = last.quickest(SPARSE), "" if last.quickest(DENSE).full else "about "
        yield (
            f"{last.problem}, {last.outputs:,} × {last.inputs:,} with {last.entries:,} entries:"
            f" {counted(best.directions, 'direction')}, {about}{number(last.gain.value)} times as"
            f" fast as the quickest dense way; making the plan took"
            f" {duration(best.plan_seconds or 0.0)}."
        )
    for record in part(results, "by hand"):
        yield of_blocks(results, record)


def of_blocks(results: Results, record: Record) -> str:
    own, hand = (median(timing(record[name]).seconds) for name in ("sparse", "by hand"))
    more = by_hand(results)
    return (
        f"Bundle adjustment, {record['outputs']:,} × {record['inputs']:,}: by a plan with"
        f" {counted(record['directions'], 'direction')} in {record['mode']} mode"
        f" {duration(own.value)}, by its blocks {duration(hand.value)}:"
        f" {number(more.value)} times ({spread(more)})."
    )


def of_directions(points: Sequence[Point]) -> str:
    """Of one problem: how many directions its sparse matrix takes, at each size."""
    numbers = sorted(
        {
            min(point.ways[name].directions for name in SPARSE if name in point.ways)
            for point in points
        }
    )
    whatever = ", whatever N" if len(numbers) == 1 else ""
    least_to_most = " to ".join(f"{each:,}" for each in dict.fromkeys((numbers[0], numbers[-1])))
    ending = "" if numbers == [1] else "s"
    return f"{points[0].problem}: {least_to_most} direction{ending}{whatever}"
