"""What the experiment ``mixed`` found, as numbers."""

from dataclasses import dataclass

from admodes.measure import Interval, Timing, median, ratio
from experiments.bench.results import Record, Results, timing
from experiments.sides.readings import timing_of_all

MODES = ("forward", "reverse")


@dataclass(frozen=True)
class Side:
    """A Jacobian by one mode."""

    mode: str
    k: int | None  # directions a pass; None: as many as it takes by itself
    full: bool  # False: estimated from a sample of the passes
    seconds: Interval
    work: int


@dataclass(frozen=True)
class Point:
    """A function at some sizes, by all three."""

    function: str
    size: int
    width: int
    sides: dict[str, Side]
    quicker: str
    """Of the two modes."""
    gain: Interval
    """The time of that one over that of mixed mode."""
    entries_compared: int
    largest_difference: float

    @property
    def full(self) -> bool:
        return self.sides[self.quicker].full

    @property
    def counted(self) -> float:
        """The same by count, of the mode that takes less work."""
        return min(self.sides[mode].work for mode in MODES) / self.sides["mixed"].work


def read(results: Results) -> list[Point]:
    return [point(record) for record in results.records]


def point(record: Record) -> Point:
    task, through = record["task"], timing(record["mixed"])
    timings = {mode: timing_of_all(record[mode], task["size"]) for mode in MODES}
    sides = {
        mode: side(record, mode, record[mode]["k"], record[mode]["full"], timings[mode])
        for mode in MODES
    }
    sides["mixed"] = side(record, "mixed", None, True, through)
    quicker = min(MODES, key=lambda mode: sides[mode].seconds.value)
    return Point(
        function=task["function"],
        size=task["size"],
        width=task["width"],
        sides=sides,
        quicker=quicker,
        gain=ratio(timings[quicker], through),
        entries_compared=min(record[mode]["entries_compared"] for mode in MODES),
        largest_difference=max(record[mode]["largest_difference"] for mode in MODES),
    )


def side(record: Record, mode: str, k: int | None, full: bool, seconds: Timing) -> Side:
    return Side(mode, k, full, median(seconds.seconds), record["work"][mode])
