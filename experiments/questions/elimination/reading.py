"""What the experiment ``elimination`` found, as numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from admodes.measure import Interval, Timing, ratio
from experiments.bench.results import Record, Results, timing
from experiments.questions.elimination.cases import PUBLISHED

MODES = ("forward", "reverse")
CASES = {case.name: case for case in PUBLISHED}


@dataclass(frozen=True)
class Reading:
    """A function, and what each order takes."""

    kind: str
    """``"published"``, ``"family"`` or ``"function"``."""
    name: str
    sizes: Mapping[str, int]
    multiplications: Mapping[str, int]
    nontrivial: Mapping[str, int]
    proven: bool
    at_least: int
    searched: float
    times: Mapping[str, Mapping[str, Timing]]
    """By back end and order."""

    @property
    def published(self) -> Mapping[str, int]:
        return CASES[self.name].published if self.kind == "published" else {}

    @property
    def gain(self) -> float:
        """How many times as many multiplications the better mode takes."""
        best = self.multiplications["best"]
        return min(self.multiplications[mode] for mode in MODES) / best if best else 1.0


def read(results: Results) -> Iterator[Reading]:
    for record in results.records:
        task = record["task"]
        kind = next(iter(task))
        if kind != "graph":
            size = task[kind]
            name = f"{size} → 1 → {size}" if kind == "family" else size
            yield Reading(
                kind,
                name,
                {key: record[key] for key in ("inputs", "inner", "outputs", "edges")},
                record["multiplications"],
                record["nontrivial"],
                record["proven"],
                record["at_least"],
                record["searched"],
                {
                    backend: {order: timing(each) for order, each in times.items()}
                    for backend, times in record.get("times", {}).items()
                },
            )


def quicker(times: Mapping[str, Timing], order: str) -> Interval:
    """How many times as quick the program of an order is as that of the quicker mode."""
    mode = min(MODES, key=lambda mode: ratio(times[mode], times["best"]).value)
    return ratio(times[mode], times[order])


def fewer(reading: Reading, order: str) -> float:
    """How many times as many multiplications by others than ±1 the mode takes that takes fewest."""
    own = reading.nontrivial[order]
    return min(reading.nontrivial[mode] for mode in MODES) / own if own else 1.0


def pictured(results: Results) -> dict[str, Record]:
    """The graphs that are drawn, by name."""
    return {
        record["task"]["graph"]: record for record in results.records if "graph" in record["task"]
    }
