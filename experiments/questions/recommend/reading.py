"""What the experiment ``recommend`` found, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from admodes import Way
from admodes.measure import Interval, Timing, median, ratio
from experiments.bench.results import Record, Results, timing

TARGET = 1.10


SHARE = 0.95


@dataclass(frozen=True, kw_only=True)
class Tried(Way):
    """A way that was run, or tried once, or left out."""

    predicted: float
    timing: Timing | None = None
    trial: float | None = None
    at_least: float | None = None

    @property
    def seconds(self) -> float | None:
        """Measured; ``None`` where it was not run."""
        return median(self.timing.seconds).value if self.timing else self.trial


@dataclass(frozen=True)
class Reading:
    """What was found of a case."""

    case: str
    kind: str
    held_out: bool
    n: int
    m: int
    operations: int
    chosen: Tried
    best: Tried
    ways: Sequence[Tried]
    regret: Interval
    auto: Interval  # time of mode="auto", its decision included, over that of the quickest
    recommending: float  # seconds, where the operations are known

    @property
    def missed(self) -> bool:
        return self.regret.value > TARGET


def read(results: Results) -> list[Reading]:
    return list(map(reading, results.records))


def reading(record: Record) -> Reading:
    directions = {"forward": record["inputs"], "reverse": record["outputs"]}
    ways = [
        Tried(
            mode=each["mode"],
            chunk_size=each["chunk_size"],
            passes=ceil(directions[each["mode"]] / each["chunk_size"]),
            predicted=each["predicted"],
            timing=timing(each) if "seconds" in each else None,
            trial=each.get("trial"),
            at_least=each.get("at_least"),
        )
        for each in record["ways"]
    ]
    sampled = {way: way.timing for way in ways if way.timing}
    best = min(sampled, key=lambda way: way.seconds or 0.0)
    chosen = next(w for w in ways if [w.mode, w.chunk_size] == record["chosen"])
    return Reading(
        case=record["task"]["case"],
        kind=record["kind"],
        held_out=record["held_out"],
        n=record["inputs"],
        m=record["outputs"],
        operations=record["operations"],
        chosen=chosen,
        best=best,
        ways=ways,
        regret=ratio(sampled[chosen], sampled[best]),
        auto=ratio(timing(record["auto"]), sampled[best]),
        recommending=record["recommend_seconds"]["again"],
    )


def error(way: Tried) -> float:
    """The predicted time over the measured one."""
    return way.predicted / (way.seconds or way.predicted)
