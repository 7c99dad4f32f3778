"""What the experiment ``workers`` measured, and what follows for more workers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from math import ceil, isqrt

from admodes.measure import Interval, median, ratio
from experiments.bench.results import Record, Results, timing

EACH = 12
"""Parts that passes are handed out in for each worker, at most."""


@dataclass(frozen=True)
class Costs:
    """Seconds of the parts of a gradient that workers share.

    Each worker has a core and a memory of its own, as on a machine of its own.
    """

    n: int
    directions: dict[int, float]  # of a direction, by how many go through a pass together
    reach: float  # of a derivative's way to its first pass in a worker
    send: float  # of a part on its way there and back

    def simulated(self, workers: int) -> float:
        """Of the gradient, by the best number of directions a pass.

        The caller makes the first pass. Each worker makes its share of the others, in parts, one
        after another; the caller sends one part after another, too.
        """
        return min(self.by(k, workers) for k in self.directions)

    def by(self, k: int, workers: int) -> float:
        own, others = k * self.directions[k], ceil(self.n / k) - 1
        if not others:
            return own
        parts = min(others, EACH * workers)
        in_turn = ceil(others / workers) * own
        return max(own, self.reach + max(in_turn + self.send, parts * self.send))

    def numbers(self) -> list[int]:
        """Of workers, all that may be best, or the fewest within some time.

        By any number of directions a pass, with the pass that the caller makes or without.
        """
        passes = [ceil(self.n / k) for k in self.directions]
        each = set[int]().union(*(shares(count - own) for count in passes for own in (0, 1)))
        return sorted({1, *each})

    def passes_alone(self, workers: int) -> float:
        """The same, if it took nothing to reach a worker: by whole passes."""
        return min(
            ceil(ceil(self.n / k) / workers) * k * cost for k, cost in self.directions.items()
        )


@dataclass(frozen=True)
class Point:
    """A function at some number of inputs."""

    function: str
    n: int
    k: int
    f: Interval
    reverse: Interval
    alone: Interval  # forward mode without workers
    measured: dict[str, Interval]  # by workers, by their name
    speedups: dict[str, Interval]  # over `alone`, pair by pair
    start: float
    costs: Costs

    @property
    def by_passes(self) -> int | None:
        """From how many workers on passes alone take no longer than the reverse pass."""
        return break_even(self.costs.passes_alone, self.reverse.value, self.costs.numbers())

    @property
    def break_even(self) -> int | None:
        """The same of all, what it takes to reach workers too."""
        return break_even(self.costs.simulated, self.reverse.value, self.costs.numbers())

    @property
    def least_by_passes(self) -> float:
        """Seconds of passes alone by as many workers as there are passes."""
        return self.costs.passes_alone(self.n)

    @property
    def least(self) -> float:
        """The same of all, by the number of workers that is best."""
        return min(map(self.costs.simulated, self.costs.numbers()))


def break_even(seconds: Callable[[int], float], limit: float, numbers: Iterable[int]) -> int | None:
    """The least number of workers whose time is within the limit; ``None`` for none."""
    return next((workers for workers in numbers if seconds(workers) <= limit), None)


def shares(passes: int) -> set[int]:
    """The numbers of workers at which the most that one of them makes becomes less.

    Between two of these, more workers only take more time to reach.

    >>> sorted(shares(10))
    [1, 2, 3, 4, 5, 10]
    """
    few = range(1, isqrt(passes) + 1)
    return {*few, *(ceil(passes / most) for most in few)}


def read(results: Results) -> list[Point]:
    return [point_of(record) for record in results.records]


def point_of(record: Record) -> Point:
    every = {name: timing(record[name]) for name in ("f", "reverse", "alone", *record["send"])}
    n = record["task"]["inputs"]
    reach = {name: median(timing(each).seconds).value for name, each in record["reach"].items()}
    own = next(where for where in record["send"] if workers_in(where) == 2)
    costs = {int(k): cost for k, cost in record["cost_of_direction"].items()}
    alone = median(every["alone"].seconds)
    # Trials say which k is how much dearer than another; what the best one costs is known from all
    # the passes of whole gradients, which took turns with everything else.
    factor = alone.value / (n * costs[record["k"]])
    return Point(
        function=record["task"]["function"],
        n=n,
        k=record["k"],
        f=median(every["f"].seconds),
        reverse=median(every["reverse"].seconds),
        alone=alone,
        measured={name: median(every[name].seconds) for name in record["send"]},
        speedups={name: ratio(every["alone"], every[name]) for name in record["send"]},
        start=record["start"],
        costs=Costs(
            n,
            {k: cost * factor for k, cost in costs.items()},
            max(reach[own] - reach["a pass"], 0.0),
            record["send"][own],
        ),
    )


def workers_in(where: str) -> int:
    """
    >>> workers_in("processes:2")
    2
    """
    return int(where.rpartition(":")[2])


def simulated(point: Point) -> list[tuple[int, float]]:
    """Beyond what was measured: numbers of workers, and the time by so many."""
    most = max(2 * point.n, 8)
    numbers = [2**power for power in count_to(most)]
    return [(workers, point.costs.simulated(workers)) for workers in numbers]


def count_to(most: int) -> Iterator[int]:
    """Exponents of 2 from 4 workers on."""
    for power in count(2):
        if 2**power > most:
            return
        yield power
