"""What the experiment ``forward-gradient`` found, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from admodes.counting import Cost
from admodes.measure import Interval, Timing, median
from admodes.measure.words import number
from experiments.bench.results import Record, Results, timing
from experiments.questions.forward_gradient.estimates import DRAWS, ERRORS
from experiments.questions.forward_gradient.methods import CHECKPOINTED, REVERSE

SIGMAS = 1.96
"""Of the normal distribution, on either side: 95 %."""


@dataclass(frozen=True)
class Step:
    """A step of one method."""

    method: str
    directions: int | None
    work: float  # in evaluations of the loss
    timing: Timing
    peak: int  # bytes

    @property
    def seconds(self) -> Interval:
        return median(self.timing.seconds)


@dataclass(frozen=True)
class Error:
    """Of an estimate by k directions: its square, relative to that of the gradient."""

    method: str
    directions: int
    mean: Interval
    law: float


@dataclass(frozen=True)
class Trained:
    """All trainings by one method."""

    step: Step
    rate: float
    tuning_work: float
    """In evaluations of the loss."""
    steps: np.ndarray  # of each training; infinite where it was given up
    curves: Sequence[np.ndarray]  # (steps, loss) as rows
    accuracy: float  # the median
    ratios: Interval
    """Of the steps to those of reverse mode from the same first weights."""
    slower: float
    """How many times as long as one by reverse mode a step takes."""
    heavier: float
    """The same by work."""

    @property
    def reached(self) -> int:
        """How many came down to the target."""
        return int(np.isfinite(self.steps).sum())

    @property
    def usual(self) -> bool:
        """Whether most did, so that there is a median."""
        return isfinite(self.work.value)

    @property
    def work(self) -> Interval:
        """Of a training; its upper end is infinite where several were given up."""
        return scaled(median(self.steps), self.step.work)

    @property
    def seconds(self) -> Interval:
        return scaled(median(self.steps), self.step.seconds.value)

    @property
    def work_ratio(self) -> Interval:
        """Of a training to one by reverse mode."""
        return scaled(self.ratios, self.heavier)

    @property
    def time_ratio(self) -> Interval:
        return scaled(self.ratios, self.slower)


@dataclass(frozen=True)
class Found:
    weights: int
    errors: Sequence[Error]
    trained: Sequence[Trained]

    def of(self, method: str) -> list[Trained]:
        return [each for each in self.trained if each.step.method == method]

    @property
    def reverse(self) -> Trained:
        return self.of(REVERSE)[0]

    @property
    def whole(self) -> Trained:
        """By all directions there are: the gradient, by forward mode."""
        return next(each for each in self.of("projection") if self.is_whole(each.step))

    def is_whole(self, step: Step) -> bool:
        return step.method == "projection" and step.directions == self.weights

    def best_of(self, method: str) -> Trained:
        """By so many random directions that it takes the least work."""
        own = [each for each in self.of(method) if not self.is_whole(each.step)]
        return min(own, key=lambda each: each.work.value)

    @property
    def best(self) -> Trained:
        return min(map(self.best_of, DRAWS), key=lambda each: each.work.value)


def between(interval: Interval) -> str:
    """The ends of an interval, of which one may be infinite."""
    low, high = (number(end) if isfinite(end) else "∞" for end in (interval.low, interval.high))
    return f"{low} to {high}"


def scaled(interval: Interval, factor: float) -> Interval:
    value, low, high = (each * factor for each in (interval.value, interval.low, interval.high))
    return Interval(value, low, high, interval.coverage)


def relative(own: np.ndarray, others: np.ndarray) -> Interval:
    """The median ratio of steps, pair by pair, where the others came to the target."""
    known = np.isfinite(others)
    return median(own[known] / np.maximum(others[known], 1.0) if known.any() else [inf])


def mean(samples: Sequence[float]) -> Interval:
    """The mean, and an interval by its standard error."""
    values = np.array(samples)
    value, reach = float(values.mean()), SIGMAS * float(values.std(ddof=1)) / len(values) ** 0.5
    return Interval(value, value - reach, value + reach, 0.95)


def work_of(counts: Record) -> int:
    return Cost(**counts["cost"]).work()


def read(results: Results) -> Found:
    of_steps, *records = results.records
    evaluation = work_of(of_steps["evaluation"])
    steps = {
        (each["name"], each["directions"]): Step(
            each["name"],
            each["directions"],
            work_of(each["counts"]) / evaluation,
            timing(each),
            each["peak_bytes"],
        )
        for each in of_steps["steps"]
    }
    n = of_steps["weights"]
    errors = [
        Error(name, k, mean(errors), ERRORS[name](n, k))
        for record in records
        if record["task"]["part"] == "error"
        for k in [record["task"]["directions"]]
        for name, errors in record["errors"].items()
    ]
    by_task = {
        (record["task"]["name"], record["task"]["directions"]): record
        for record in records
        if record["task"]["part"] == "training"
    }
    # A checkpoint changes what a step takes, and no step.
    by_task[CHECKPOINTED, None] = by_task[REVERSE, None]
    return Found(
        n, errors, [trained(step, steps, by_task[key], by_task) for key, step in steps.items()]
    )


def trained(
    step: Step,
    steps: dict[tuple[str, int | None], Step],
    record: Record,
    by_task: dict[tuple[str, int | None], Record],
) -> Trained:
    reverse, runs = steps[REVERSE, None], record["runs"]
    own, others = (
        np.array([run["steps"] if run["reached"] else inf for run in each["runs"]])
        for each in (record, by_task[REVERSE, None])
    )
    tuning = sum(each["steps"] for tried in record["tuning"].values() for each in tried)
    return Trained(
        step=step,
        rate=record["rate"],
        tuning_work=tuning * step.work,
        steps=own,
        curves=[np.array(run["losses"]).T for run in runs],
        accuracy=float(np.median([run["accuracy"] for run in runs])),
        ratios=relative(own, others),
        slower=step.seconds.value / reverse.seconds.value,
        heavier=step.work / reverse.work,
    )
