"""What the experiment ``sparse`` found, as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from admodes.measure import Interval, Timing, median, ratio
from experiments.bench.results import Record, Results, timing
from experiments.sides.readings import timing_of_all

DENSE = ("dense forward", "dense reverse")
SPARSE = ("sparse forward", "sparse reverse", "sparse both")


@dataclass(frozen=True)
class Way:
    """One way to a matrix: what it takes."""

    name: str
    directions: int
    passes: int | None
    """Of a dense one, with k directions each."""
    full: bool
    """False: estimated from a sample of the passes."""
    timing: Timing
    plan_seconds: float | None
    """Of a sparse one: what is done once."""

    @property
    def seconds(self) -> Interval:
        return median(self.timing.seconds)


@dataclass(frozen=True)
class Point:
    """A matrix, by all ways that were run."""

    problem: str
    outputs: int
    inputs: int
    entries: int
    ways: Mapping[str, Way]

    def quickest(self, names: tuple[str, ...]) -> Way:
        own = [self.ways[name] for name in names if name in self.ways]
        return min(own, key=lambda way: way.seconds.value)

    @property
    def gain(self) -> Interval:
        """How many times as fast the quickest sparse way is as the quickest dense one."""
        return ratio(self.quickest(DENSE).timing, self.quickest(SPARSE).timing)


def part(results: Results, name: str) -> list[Record]:
    return [record for record in results.records if record["task"]["part"] == name]


def read(results: Results) -> dict[str, list[Point]]:
    """The points of each problem, by its size."""
    found: dict[str, list[Point]] = {}
    for record in part(results, "time"):
        found.setdefault(record["task"]["problem"], []).append(point(record))
    return found


def point(record: Record) -> Point:
    once = timing(record["recording"])
    ways = {}
    for name, own in record["dense"].items():
        whole = timing_of_all(own, own["directions"], once if name == "dense reverse" else None)
        ways[name] = Way(name, own["directions"], own["passes"], own["full"], whole, None)
    for name, own in record["sparse"].items():
        if "seconds" in own:
            directions, seconds = own["directions"], own["plan_seconds"]
            ways[name] = Way(name, directions, None, True, timing(own), seconds)
    return Point(
        record["task"]["problem"], record["outputs"], record["inputs"], record["entries"], ways
    )


def by_hand(results: Results) -> Interval:
    """How many times as long a plan takes as passes over blocks that a person knows of."""
    (record,) = part(results, "by hand")
    return ratio(timing(record["sparse"]), timing(record["by hand"]))
