"""How long does each mode take to train the same network?

A network is a computation graph. A small classifier is trained twice from the same weights by plain
gradient descent, ``w -= rate * gradient``: with gradients by reverse mode, and by forward mode with
the number of directions a pass that proved quickest. The two trainings take turns, step by step, so
that both suffer the same noise of the machine; every step's time is kept.

With ``--compiled`` programs of both gradients, which repeat what was recorded once, train as well,
in turns with the other two. By NumPy they take the same steps to the last bit, which is checked; by
compiled loops their gradients are compared as those of the modes are.

Gradient descent can amplify rounding: two trainings whose gradients differ in the last digit may
come apart if the rate is too large. So two comparisons are made. At every step the gradients of
both modes are compared at the same weights, those of the forward training; and the losses of both
trainings are compared. Either stops the run where rounding does not explain the difference.

A block of steps is a measurement. The weights that it ends with are kept on disk with it, to the
last bit, so a run that was stopped continues as if it had not been.
"""

from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any

import numpy as np

import admodes as ad
from admodes import forward, reverse
from admodes.measure import interleave, median
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, State, digits, samples
from experiments.bench.settings import (
    SEED,
    Positive,
    Setting,
    Settings,
    Task,
    by_programs,
    how_many,
    settle_programs,
)
from experiments.bench.steps import blocks, in_turns, seconds_of
from experiments.functions.classifier import (
    HELD_OUT,
    POINTS,
    Weights,
    accuracy,
    data,
    flat,
    initial_weights,
    loss_on,
    marked,
    unmarked,
)
from experiments.functions.scalars import generator
from experiments.questions.network.table import MODES, PROGRAM

BLOCK = 50

HIDDEN = 16

PLACE = 70
SETTINGS = {
    "steps": how_many(1500, "--steps N", "Of gradient descent.", quick=300),
    # Small enough that the loss falls at every step, for the seeds 0 to 9. At 0.3 it does not for
    # one of them, and there the two trainings come apart.
    "rate": Setting(
        0.2, "--rate RATE", "The learning rate: a step is rate × gradient.", Positive()
    ),
    "hidden": how_many(HIDDEN, "--hidden N", "Units in each of the two hidden layers."),
    "points": Setting(POINTS),
    "held_out": Setting(HELD_OUT),
    "chunk_size": how_many(
        None,
        "--chunk-size K",
        "Directions a pass in forward mode.",
        shown="tried out, the quickest",
    ),
    # Seconds for trying out numbers of directions a pass.
    "budget": Setting(4.0, quick=1.0),
    **by_programs("Train"),
    "seed": SEED,
}
settle = settle_programs


def plan(settings: Settings) -> list[Task]:
    return [{"part": "chunk sizes"}, *blocks("steps", settings["steps"], BLOCK)]


def expect(task: Task, settings: Settings) -> float:
    """From a rough 10 ms a step, at the default size."""
    if task["part"] == "chunk sizes":
        return settings["budget"] + 2.0
    times = 2 if settings["compiled"] else 1
    return 0.01 * times * (settings["hidden"] / HIDDEN) ** 4 * (task["last"] - task["first"] + 1)


def start(settings: Settings) -> State:
    """The weights of all trainings, which are the same."""
    rng = generator(settings["seed"], settings["hidden"], "weights")
    weights = initial_weights(settings["hidden"], rng)
    return {name: w for each in trained(settings) for name, w in marked(weights, each).items()}


def trained(settings: Settings) -> list[str]:
    """By what: either mode, and by programs of both."""
    return [*MODES, *(f"{mode}{PROGRAM}" for mode in MODES if settings["compiled"])]


# Measuring


def measure(task: Task, settings: Settings, state: State) -> Record:
    if task["part"] == "chunk sizes":
        return choose_chunk_size(settings, state)
    return train(task, settings, state)


def choose_chunk_size(settings: Settings, state: State) -> Record:
    """The time of a whole gradient, at the first weights, with each number of directions a pass.

    The quickest is chosen, or the one that was asked for.
    """
    weights = unmarked(state, "forward")
    count = sum(w.size for w in weights.values())
    asked_for = settings["chunk_size"]
    sizes = {1, min(asked_for, count)} if asked_for else {count, *powers_of_two(count)}
    loss = loss_on(data(settings["seed"])[0])
    calls: dict[str, Callable[[], Any]] = {
        str(k): partial(forward.value_and_grad(loss, chunk_size=k), weights) for k in sorted(sizes)
    }
    calls["reverse"] = partial(reverse.value_and_grad(loss), weights)
    timings = interleave(calls, seconds=settings["budget"], rounds=9)
    seconds = {k: median(timings[str(k)].seconds).value for k in sizes}
    best = max(sizes) if asked_for else min(seconds, key=seconds.__getitem__)
    state["directions"] = np.array(best)
    return {
        "weights": count,
        "directions_a_pass": best,
        "gradients": {name: samples(timing) for name, timing in timings.items()},
    }


def powers_of_two(limit: int) -> list[int]:
    return [2**power for power in range(limit.bit_length()) if 2**power <= limit]


class Training:
    """Gradient descent with the gradients of one mode."""

    def __init__(self, gradient: Callable[[Weights], Any], weights: Weights, rate: float) -> None:
        self.gradient = gradient
        self.weights = weights
        self.rate = rate
        self.losses: list[float] = []
        self.gradients: list[tuple[Weights, Weights]] = []  # each with the weights it was taken at

    def step(self) -> None:
        loss, gradient = self.gradient(self.weights)
        self.losses.append(float(loss))
        self.gradients.append((self.weights, gradient))
        self.weights = {name: w - self.rate * gradient[name] for name, w in self.weights.items()}


def gradients(
    loss: Callable[[Weights], Any], settings: Settings, directions: int
) -> dict[str, Callable[[Weights], Any]]:
    """Of either mode, and as programs."""
    found = {
        "reverse": reverse.value_and_grad(loss),
        "forward": forward.value_and_grad(loss, chunk_size=directions),
    }
    if settings["compiled"]:
        options = {"compiled": True, "backend": settings["backend"]}
        found |= {
            f"reverse{PROGRAM}": ad.value_and_grad(loss, mode="reverse", **options),
            f"forward{PROGRAM}": ad.value_and_grad(
                loss, mode="forward", chunk_size=directions, **options
            ),
        }
    return found


def train(task: Task, settings: Settings, state: State) -> Record:
    """A block of steps of all trainings."""
    points, held_out = data(settings["seed"])
    loss, rate = loss_on(points), settings["rate"]
    directions = int(state["directions"])
    trainings = {
        name: Training(gradient, unmarked(state, name), rate)
        for name, gradient in gradients(loss, settings, directions).items()
    }
    first, count = task["first"], task["last"] - task["first"] + 1
    with np.errstate(over="ignore", invalid="ignore"):  # the losses show it
        recording = {
            name: digits(seconds_of(partial(each.gradient, each.weights)))
            for name, each in trainings.items()
            if name.endswith(PROGRAM)
        }
        timings = in_turns({name: each.step for name, each in trainings.items()}, count)
        after = {name: float(loss(each.weights)) for name, each in trainings.items()}
    losses = {name: [*each.losses, after[name]] for name, each in trainings.items()}
    refuse_infinite(losses, first, rate)
    forwards = f"forward mode ({directions} directions a pass)"
    of_gradients = compare_gradients(loss, trainings["forward"], first, forwards)
    of_losses = compare_losses(losses, first, of_gradients, rate)
    of_programs = {
        name: compare_program(loss, trainings, name, first, settings["backend"])
        for name in recording
    }
    for name, each in trainings.items():
        state.update(marked(each.weights, name))
    return {
        "losses": {mode: each.losses for mode, each in trainings.items()},
        "loss_after": after,
        "accuracy": {mode: accuracy(each.weights, points) for mode, each in trainings.items()},
        "accuracy_held_out": {
            mode: accuracy(each.weights, held_out) for mode, each in trainings.items()
        },
        "largest_difference_of_gradients": of_gradients,
        "largest_difference_of_losses": of_losses,
        "timings": {mode: samples(timing) for mode, timing in timings.items()},
        **({"recording": recording, "differences_of_programs": of_programs} if recording else {}),
    }


class Diverged(Exception):
    """A training that a smaller rate would save."""


def refuse_infinite(losses: dict[str, list[float]], first: int, rate: float) -> None:
    for step, found in enumerate(zip(*losses.values(), strict=True), first):
        if not all(map(isfinite, found)):
            raise Diverged(f"the loss is not finite at step {step}: --rate {rate:g} is too large")


def compare_gradients(
    loss: Callable[[Weights], Any], training: Training, first: int, by: str
) -> float:
    """The largest relative difference from gradients by reverse mode, at the weights of each step.

    Relative to an entry, or to the mean size of all where that is larger. Raises
    :class:`Disagreement` above TOLERANCE.
    """
    gradient = reverse.grad(loss)
    largest = 0.0
    for step, (weights, own) in enumerate(training.gradients, first):
        found, expected = flat(own), flat(gradient(weights))
        difference = relative_difference(found, expected, abs(expected).mean()).max()
        if not difference <= TOLERANCE:
            raise Disagreement(
                f"at step {step} the gradient by {by} is not that by reverse mode",
                difference,
            )
        largest = max(largest, float(difference))
    return largest


def compare_program(
    loss: Callable[[Weights], Any],
    trainings: dict[str, Training],
    name: str,
    first: int,
    backend: str,
) -> float:
    """The largest relative difference of its gradients from those that it repeats.

    By NumPy none is allowed: they are compared with those of the other training, step by step,
    which so go the same way. By compiled loops those at the same weights are, up to rounding.
    """
    program, repeated = trainings[name], trainings[name.removesuffix(PROGRAM)]
    if backend != "numpy":
        return compare_gradients(loss, program, first, f"a program of {name.split(',')[0]} mode")
    pairs = zip(program.gradients, repeated.gradients, strict=True)
    for step, ((_, own), (_, expected)) in enumerate(pairs, first):
        if not np.array_equal(flat(own), flat(expected)):
            difference = relative_difference(flat(own), flat(expected), 0.0).max()
            raise Disagreement(
                f"at step {step} the gradient by {name}, is not to the last bit that without it",
                difference,
                tolerance=0.0,
            )
    return 0.0


def compare_losses(
    losses: dict[str, list[float]], first: int, of_gradients: float, rate: float
) -> float:
    """The largest relative difference of both trainings' losses; not above TOLERANCE."""
    found, expected = (np.array(losses[mode]) for mode in ("forward", "reverse"))
    differences = relative_difference(found, expected, 0.0)
    apart = np.flatnonzero(differences > TOLERANCE)
    if len(apart):
        raise Diverged(
            f"at step {first + apart[0]} the loss is {found[apart[0]]} with gradients by forward"
            f" mode and {expected[apart[0]]} by reverse mode, though they agree to"
            f" {of_gradients:.0e} at the same weights: --rate {rate:g} is so large that gradient"
            " descent amplifies rounding"
        )
    return float(differences.max())
