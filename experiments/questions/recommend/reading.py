"""What the experiment ``recommend`` found, as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil, exp, log

from admodes import Way
from admodes.measure import Interval, Timing, median, ratio
from experiments.bench.results import Record, Results, timing
from experiments.questions.recommend.sparsely import Sparse, sparse_of

TARGET = 1.10


SHARE = 0.95


@dataclass(frozen=True, kw_only=True)
class Tried(Way):
    """A way that was run, or tried once, or left out."""

    predicted: float
    timing: Timing | None = None
    trial: float | None = None
    at_least: float | None = None

    @cached_property
    def seconds(self) -> float | None:
        """Measured; ``None`` where it was not run."""
        return median(self.timing.seconds).value if self.timing else self.trial


@dataclass(frozen=True)
class Regret:
    """What following a rule costs: times the quickest way."""

    way: tuple[str, int]
    value: float
    bound: bool = False
    """Whether it is at least that much: the way was too slow to be run."""


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
    auto: Interval  # time of mode="auto", which remembers its decision, over that of the quickest
    recommending: float  # seconds, where the operations are known
    floor: float = (
        1.0  # the quickest way over itself, timed under two names, or the other way round
    )
    choosers: Mapping[str, "Regret"] = field(default_factory=dict)  # every rule's, by its name
    sparse: Sparse | None = None  # where most entries are 0

    @property
    def missed(self) -> bool:
        return self.regret.value > TARGET


def read(results: Results) -> list[Reading]:
    return list(map(reading, results.records))


def reading(record: Record) -> Reading:
    directions = {"forward": record["inputs"], "reverse": record["outputs"]}
    directions["mixed"] = record.get("narrowest")  # there was none when older ones were measured
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
        regret=honest(sampled[chosen], sampled[best]),
        auto=ratio(timing(record["auto"]), sampled[best]),
        recommending=record["recommend_seconds"]["again"],
        floor=floor(record, ways),
        choosers=choosers(record, ways, best.seconds or 0.0, chosen),
        sparse=sparse_of(record, sampled[best]),
    )


def honest(chosen: Timing, best: Timing) -> Interval:
    """How many times the quickest way the chosen one took: by their medians, so never less than 1.

    A ratio within rounds may be, where noise is larger than the difference; its interval says so.
    """
    value = median(chosen.seconds).value / median(best.seconds).value
    pairs = ratio(chosen, best)
    return Interval(value, min(pairs.low, value), max(pairs.high, value), pairs.coverage)


def floor(record: Record, ways: Sequence[Tried]) -> float:
    """How far a way is from itself in the same rounds."""
    if "again" not in record:  # as it was measured before
        return 1.0
    one = next(way.timing for way in ways if [way.mode, way.chunk_size] == record["again"]["way"])
    value = ratio(timing(record["again"]), one).value if one else 1.0
    return max(value, 1 / value)


def choosers(
    record: Record, ways: Sequence[Tried], best: float, chosen: Tried
) -> dict[str, Regret]:
    """The regret of each rule, of the prediction, and of the one by trials, these included."""
    by_way: dict[tuple[str, int], Tried] = {(way.mode, way.chunk_size): way for way in ways}

    def regret(way: tuple[str, int], more: float = 0.0) -> Regret:
        known = by_way[way].seconds
        seconds = by_way[way].at_least if known is None else known
        return Regret(way, ((seconds or 0.0) + more) / best, bound=known is None)

    found = {name: regret((mode, k)) for name, (mode, k) in record.get("rules", {}).items()}
    found[PREDICTED] = regret((chosen.mode, chosen.chunk_size))
    if "measured" in record:
        mode, k = record["measured"]["way"]
        found[BY_TRIALS] = regret((mode, k), record["measured"]["trial_seconds"])
    return found


PREDICTED, BY_TRIALS = "admodes.recommend", "admodes.recommend, measure=True"


@dataclass(frozen=True)
class Score:
    """A rule over all cases."""

    name: str
    mean: float  #: geometric
    ninth: float  #: nine in ten are no larger
    worst: float
    case: str  #: of the worst
    bound: bool  #: whether some regret is only known to be at least so large


def scores(readings: Sequence[Reading]) -> list[Score]:
    """What following each rule costs, the best one first."""
    names = dict.fromkeys(name for each in readings for name in each.choosers)
    found = []
    for name in names:
        own = [(each.choosers[name], each.case) for each in readings if name in each.choosers]
        values = sorted(regret.value for regret, _ in own)
        worst, case = max(own, key=lambda pair: pair[0].value)
        mean = exp(sum(map(log, values)) / len(values))
        ninth = values[ceil(0.9 * len(values)) - 1]
        bound = any(regret.bound for regret, _ in own)
        found.append(Score(name, mean, ninth, worst.value, case, bound))
    return sorted(found, key=lambda score: score.mean)


def error(way: Tried) -> float:
    """The predicted time over the measured one."""
    return way.predicted / (way.seconds or way.predicted)
