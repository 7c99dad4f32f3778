"""What the experiment ``chunks`` found, as numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from admodes.measure import Interval, Timing, median
from experiments.bench.results import Results, timing
from experiments.sides.libraries import HERE


@dataclass(frozen=True)
class Curve:
    """The seconds a direction at each k, of a function of some size."""

    mode: str
    function: str
    n: int
    library: str
    default_k: int | None  # a program has none
    costs: dict[int, Interval]
    samples: dict[int, int]

    @property
    def best_k(self) -> int:
        return min(self.costs, key=lambda k: self.costs[k].value)

    @property
    def gain(self) -> float:
        """How many times cheaper than alone a direction gets."""
        return self.costs[1].value / self.costs[self.best_k].value

    def at(self, k: float) -> float:
        """The cost at a `k` that was not measured, between its neighbours."""
        tried = list(self.costs)
        values = [each.value for each in self.costs.values()]
        return float(np.exp(np.interp(np.log(k), np.log(tried), np.log(values))))


def read(results: Results) -> Iterator[Curve]:
    for record in results.records:
        task = record["task"]
        for library, found in {HERE: record, **record.get("programs", {})}.items():
            once = timing(found["once"]) if found["once"] else None
            tried = {each["k"]: timing(each) for each in found["passes"]}
            directions = {each["k"]: each["directions_timed"] for each in found["passes"]}
            yield Curve(
                task["mode"],
                task["function"],
                record["size"],
                library,
                record["default_k"] if library == HERE else None,
                {k: cost(each, directions[k], once) for k, each in tried.items()},
                {k: len(each.seconds) for k, each in tried.items()},
            )


def cost(own: Timing, directions: int, once: Timing | None) -> Interval:
    """Seconds a direction, without what is done once."""
    before = once.near(own.rounds) if once else np.zeros(len(own.rounds))
    # Where noise has the difference below nothing, a hundredth is left: it is drawn on a log scale.
    seconds = np.maximum(np.array(own.seconds) - before, np.array(own.seconds) / 100)
    return median(seconds / directions)
