"""What the experiment ``nesting`` found, as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admodes.counting import Counts
from admodes.measure import Interval, Timing, median, ratio
from experiments.bench.results import Record, Results, counts_of, timing
from experiments.questions.nesting.cases import MANY_PASSES
from experiments.sides.readings import form_reading

PLAIN = ("f", "gradient")
MANY_FORMS = tuple(
    f"{MANY_PASSES}, {form}" for form in ("one direction a pass", "k directions a pass")
)
"""Of a product by forward over forward."""


@dataclass(frozen=True)
class Way:
    """One way to a derivative: what it takes."""

    name: str
    """A nesting, and which form of it where there are two; ``"f"`` and ``"gradient"`` besides."""
    k: int | None
    passes: int
    full: bool
    """False: estimated from a sample of the passes."""
    samples: int
    seconds: Interval
    relative: Interval
    """To the function, pair by pair."""
    counts: Counts
    recorded: tuple[int, int] | None
    """Operations and bytes, where reverse mode takes part."""
    peak: int
    """Bytes at once; of one pass where there are many."""
    difference: float | None
    """The largest from the first nesting, relative."""


@dataclass(frozen=True)
class Point:
    """A product or a Hessian of a function at some size."""

    derivative: str
    function: str
    n: int
    ways: Mapping[str, Way]
    tangent: Counts
    """Of a forward pass, which a product by two of the nestings begins with."""
    from_differences: float

    @property
    def f(self) -> Counts:
        return self.ways["f"].counts

    def times(self, name: str) -> float:
        """The time of a way, in evaluations of the function."""
        return self.ways[name].relative.value

    def work(self, name: str) -> float:
        """Its moves and arithmetic by count, likewise."""
        return worked(self.ways[name].counts, self.f)

    @property
    def apart(self) -> float:
        """How far the nestings are."""
        return max(way.difference or 0.0 for way in self.ways.values())

    def arrays(self, size: int) -> float:
        """So many bytes, in arrays of n numbers; of n² where it is a Hessian."""
        return size / 8 / self.n ** (1 if self.derivative == "product" else 2)


def worked(counts: Counts, f: Counts) -> float:
    return counts.cost.work() / max(f.cost.work(), 1)


def read(results: Results) -> list[Point]:
    return [point(record) for record in results.records]


def point(record: Record) -> Point:
    task, n = record["task"], record["inputs"]
    timings = {name: timing(each) for name, each in record["timings"].items()}
    counts = {name: counts_of(each) for name, each in record["counts"].items()}
    recordings, f = record.get("recordings", {}), timings["f"]
    ways = {
        name: Way(
            name,
            None,
            record["passes"].get(name, 1),
            True,
            len(own.seconds),
            median(own.seconds),
            ratio(own, f),
            counts[name],
            tuple(recordings[name].values()) if name in recordings else None,
            record["peak_bytes"][name],
            record["largest_difference"].get(name),
        )
        for name, own in timings.items()
    }
    if MANY_PASSES in record:
        for name, own in zip(MANY_FORMS, record[MANY_PASSES], strict=True):
            ways[name] = many_passes(name, own, n, f)
    return Point(
        task["derivative"],
        task["function"],
        n,
        ways,
        counts.get("tangent", Counts()),
        record["difference_from_differences"],
    )


def many_passes(name: str, form: Record, n: int, f: Timing) -> Way:
    """A form of a product by forward over forward, in full or estimated."""
    own = form_reading(name, form, n, f, f)  # "speed-up" over the function: times of it
    return Way(
        name,
        own.k,
        own.passes,
        own.full,
        own.samples,
        own.seconds,
        own.speedup,
        counts_of(form["counts"]),
        None,
        form["peak_of_pass"],
        own.largest_difference,
    )


def select(points: Sequence[Point], derivative: str) -> dict[str, list[Point]]:
    """Those of one kind, by function."""
    found: dict[str, list[Point]] = {}
    for each in points:
        if each.derivative == derivative:
            found.setdefault(each.function, []).append(each)
    return found


def largest(points: Sequence[Point]) -> Point:
    """The point of most inputs to which every nesting goes."""
    ways = max(len(each.ways) for each in points)
    return [each for each in points if len(each.ways) == ways][-1]
