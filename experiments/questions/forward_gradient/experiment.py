"""Can forward mode alone train a network?

A forward pass along a random direction v gives the value of the loss and ∇f · v, and (∇f · v) v is
the gradient in the mean: no sweep back, nothing stored. With k directions a pass there are two ways
to put them together. The mean of k Gaussian ones is the gradient but for noise, whose square is (n
+ 1)/k times that of the gradient. The projection of the gradient on what they span has an error of
1 − k/n, and is shorter than the gradient. Both laws are held against the errors that are measured,
at the first weights.

Then the classifier of the experiment network is trained by either, until its loss is down to a
target: with few directions a step and with many, up to all n, which is forward mode's own gradient;
and by reverse mode, with and without a checkpoint, which evaluates the loss once more ("The Cost of
Avoiding Backpropagation", arXiv 2506.21833, compares them on large networks). Each method has its
own rate, of the same grid: that by which the worst of some trainings, which are not shown, takes
the fewest steps. What this took is in the data. Every training has other first weights, and each
method begins with the same ones.

The work of a step is counted, in evaluations of the loss: the pass, what makes directions
orthonormal, the sum over directions. To draw random numbers counts as nothing, but takes time. The
steps of all methods take turns to be timed, and the time of a training is that of its steps. All of
them are programs, recorded once. Peak memory is that of a pass without a program, which would keep
its buffers.
"""

from dataclasses import asdict
from functools import partial
from time import perf_counter

import click
import numpy as np
from numpy.random import Generator
from threadpoolctl import threadpool_limits

from admodes import counting, reverse
from admodes.measure import interleave, peak_bytes
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, digits, samples
from experiments.bench.settings import SEED, Positive, Setting, Settings, Task, how_many
from experiments.functions.classifier import (
    POINTS,
    Points,
    Weights,
    accuracy,
    data,
    flat,
    initial_weights,
    loss_on,
)
from experiments.functions.scalars import generator
from experiments.questions.forward_gradient.estimates import (
    DRAWS,
    Estimator,
)
from experiments.questions.forward_gradient.methods import (
    CHECKPOINTED,
    REVERSE,
    Loss,
    Method,
    counts_of,
    gradient_by,
    without_program,
)
from experiments.questions.forward_gradient.training import (
    Gradient,
    Training,
    descended,
    train,
    tuned,
)

MOST_DRAWS = 1000
"""Of directions, for the error of an estimate."""

RATES = tuple(digits(first * 10.0**power) for power in range(-2, 3) for first in (1, 2, 5))

PLACE = 75
SETTINGS = {
    "directions": how_many(
        (1, 4, 16, 64),
        "--directions K...",
        "Random directions a step; also all there are.",
        quick=(1, 16),
    ),
    "hidden": how_many(16, "--hidden N", "Units in each of the two hidden layers.", quick=4),
    "target": Setting(
        0.1, "--target LOSS", "Train until the loss is as low as this.", Positive(), quick=0.6
    ),
    "budget": Setting(
        100_000.0,
        "--budget EVALUATIONS",
        "Give up a training after work of so many evaluations of the loss.",
        Positive(),
        quick=5000.0,
    ),
    "runs": how_many(7, "--runs N", "Trainings by each method.", quick=2),
    "rates": Setting(RATES),
    "tuning_runs": Setting(5, quick=2),
    "points": Setting(POINTS),
    "seconds": Setting(10.0, quick=1.0),
    "rounds": Setting(21, quick=6),
    # Directions in all, for the errors of estimates by k at a time.
    "draws": Setting(20_000, quick=1000),
    "seed": SEED,
}


def weights_in(hidden: int) -> int:
    """How many weights the network has."""
    return sum(w.size for w in initial_weights(hidden, np.random.default_rng(0)).values())


def numbers_of_directions(settings: Settings) -> list[int]:
    """Those that are fewer than the weights, and all."""
    n = weights_in(settings["hidden"])
    return [*sorted({k for k in settings["directions"] if k < n}), n]


def estimators(settings: Settings) -> list[Method]:
    return [Method(name, k) for name in DRAWS for k in numbers_of_directions(settings)]


def plan(settings: Settings) -> list[Task]:
    few, n = settings["directions"], weights_in(settings["hidden"])
    if min(few) >= n:
        raise click.UsageError(
            f"--directions takes at least one number below that of the weights, {n:,}: all of them "
            "are measured anyway"
        )
    loss, weights = loss_on(data(settings["seed"])[0]), first_weights(settings, "recorded")
    least = work_of_a_step(Method(REVERSE), loss, weights)
    if settings["budget"] < least:
        raise click.UsageError(
            f"--budget takes at least the {least:.3g} evaluations that a step by reverse mode is"
        )
    trained = [Method(REVERSE), *estimators(settings)]
    errors = [{"part": "error", "directions": k} for k in numbers_of_directions(settings)]
    return [{"part": "step"}, *errors, *(each.task for each in trained)]


def expect(task: Task, settings: Settings) -> float:
    """From a rough 0.1 ms for each evaluation of the loss that something takes."""
    if task["part"] == "step":
        return settings["seconds"] + 5.0
    if task["part"] == "error":
        return 4e-4 * settings["draws"] / 2
    few = task["name"] == REVERSE
    return 1e-4 * settings["budget"] * settings["runs"] * (0.05 if few else 0.5)


# What is trained


def first_weights(settings: Settings, what: str) -> Weights:
    return initial_weights(
        settings["hidden"], generator(settings["seed"], settings["hidden"], f"weights {what}")
    )


# Measuring


@threadpool_limits.wrap(limits=1, user_api="blas")
def measure(task: Task, settings: Settings) -> Record:
    points, _ = data(settings["seed"])
    loss = loss_on(points)
    if task["part"] == "step":
        return measure_step(loss, settings)
    if task["part"] == "error":
        return measure_errors(loss, task["directions"], settings)
    return train_by(Method(task["name"], task["directions"]), loss, points, settings)


def measure_step(loss: Loss, settings: Settings) -> Record:
    """A step of every method: checked, counted, weighed and timed, at the same weights."""
    weights = first_weights(settings, "of a step")
    methods = [Method(REVERSE), Method(CHECKPOINTED), *estimators(settings)]
    by = {method: gradient_by(method, loss, weights) for method in methods}
    gradient = flat(reverse.grad(loss)(weights))
    difference = max(compared(each, gradient, weights, method) for method, each in by.items())

    def step(method: Method, rng: Generator) -> Weights:
        _, found = by[method](weights, rng)
        return descended(weights, found, settings["rates"][0])

    seeded = {method: generator(settings["seed"], 0, f"step {method}") for method in methods}
    calls = {method: partial(step, method, seeded[method]) for method in methods}
    timings = interleave(calls, seconds=settings["seconds"], rounds=settings["rounds"])
    evaluation = counting.evaluation(loss, weights)
    return {
        "weights": gradient.size,
        "evaluation": asdict(evaluation),
        "largest_difference": digits(difference),
        "steps": [
            {
                **asdict(method),
                "counts": asdict(counts_of(method, loss, weights)),
                "peak_bytes": peak_bytes(without_program(method, loss, weights)),
                **samples(timings[method]),
            }
            for method in methods
        ],
    }


def compared(by: Gradient, gradient: np.ndarray, weights: Weights, method: Method) -> float:
    """How far a gradient is from that by reverse mode, or derivatives along directions from its
    products with them; :class:`Disagreement` where rounding does not explain it."""
    rng = generator(0, 0, "compared")
    expected, typical = gradient, float(abs(gradient).mean())
    if isinstance(by, Estimator):
        directions = by.draw(rng, by.shape)
        found = by.along(weights, directions)[1]
        expected = directions @ gradient
        typical = float((abs(directions) @ abs(gradient)).mean())
    else:
        found = flat(by(weights, rng)[1])
    difference = float(relative_difference(found, expected, typical).max())
    if not difference <= TOLERANCE:
        raise Disagreement(f"a derivative by {method} is not that by reverse mode", difference)
    return difference


def measure_errors(loss: Loss, count: int, settings: Settings) -> Record:
    """The square of the error, relative to that of the gradient, of as many estimates by each."""
    weights = first_weights(settings, "of a step")
    gradient = flat(reverse.grad(loss)(weights))
    draws = max(min(settings["draws"] // count, MOST_DRAWS), 2)
    found = {}
    for name, draw in DRAWS.items():
        estimate = Estimator(loss, weights, count, draw)
        rng = generator(settings["seed"], count, f"error {name}")
        errors = [flat(estimate(weights, rng)[1]) - gradient for _ in range(draws)]
        found[name] = [digits(float(e @ e / (gradient @ gradient))) for e in errors]
    return {"weights": gradient.size, "errors": found}


# Training


def work_of_a_step(method: Method, loss: Loss, weights: Weights) -> float:
    """In evaluations of the loss."""
    evaluation = counting.evaluation(loss, weights).cost.work()
    return counts_of(method, loss, weights).cost.work() / evaluation


def train_by(method: Method, loss: Loss, points: Points, settings: Settings) -> Record:
    """Find the rate of a method, then train by it, as often as is asked for."""
    weights = first_weights(settings, "recorded")
    gradient = gradient_by(method, loss, weights)
    most = int(settings["budget"] / work_of_a_step(method, loss, weights))

    def run(rate: float, what: str, most: int) -> Training:
        rng = generator(settings["seed"], method.directions or 0, f"{method.name} {what}")
        start = first_weights(settings, what)
        return train(gradient, start, rate, rng, settings["target"], most)

    rate, tried = tuned(
        settings["rates"],
        settings["tuning_runs"],
        most,
        lambda rate, number, most: run(rate, f"tuning {number}", most),
    )
    runs = []
    for number in range(settings["runs"]):
        began = perf_counter()
        trained = run(rate, f"training {number}", most)
        runs.append(
            {
                **trained.outcome,
                "seconds": digits(perf_counter() - began),
                "accuracy": digits(accuracy(trained.weights, points)),
                "losses": trained.losses,
            }
        )
    return {
        "most_steps": most,
        "rate": rate,
        "tuning": {f"{rate:g}": [each.outcome for each in own] for rate, own in tried.items()},
        "runs": runs,
    }
