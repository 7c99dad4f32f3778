"""What the experiment ``memory`` differentiates, and the ways to do it; the bounds of theory."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import comb
from typing import Any

import numpy as np

import admodes
from admodes import reverse
from experiments.functions import scalars
from experiments.functions.scalars import Scalar

SITES = 12_500
"""Numbers in a state, which makes it 100 kB: it is arrays that are measured, not Python's objects.
The step of the equation keeps one such array when it is recorded."""
HORIZON = 2.0
"""The time that all steps of a depth share: a deeper chain integrates the same more finely, so
neither values nor derivatives overflow or vanish."""
RERUNS = 3
"""Of a step before it is recorded, at most, with the snapshots that there are by default."""

Step = Callable[[Any, float], Any]


def steepen(u, time):
    """A step of a wave along a ring, which moves the faster the higher it is.

    J. M. Burgers, "A Mathematical Model Illustrating the Theory of Turbulence", Adv. Appl. Mech. 1
    (1948) 171, without viscosity; by upwind differences.
    """
    flux = 0.5 * (u * u)
    return u - time * (flux - np.roll(flux, 1))


def snapshots_for(depth: int, reruns: int = RERUNS) -> int:
    """The fewest with which no step is run more often than `reruns` times before it is recorded."""
    found = 1
    while reach(found, reruns) < depth:
        found += 1
    return found


def in_a_row(step: Step, depth: int) -> Step:
    """The loop as one would write it."""

    def loop(u, time):
        for _ in range(depth):
            u = step(u, time)
        return u

    return loop


@dataclass(frozen=True)
class Way:
    """A way to a derivative of a loop."""

    words: str
    loop: Callable[[Step, int, int], Step]
    """``loop(step, depth, snapshots)``."""
    whole: bool = False
    """Whether the function as a whole is checkpointed, not its loop."""
    grows: bool = False
    """Whether it keeps something of every step."""


def plainly(step: Step, depth: int, snapshots: int) -> Step:
    return in_a_row(step, depth)


def uniformly(step: Step, depth: int, snapshots: int) -> Step:
    return admodes.checkpoint(step, steps=depth, schedule="uniform")


def binomially(step: Step, depth: int, snapshots: int) -> Step:
    return admodes.checkpoint(step, steps=depth, snapshots=snapshots)


def by_default(step: Step, depth: int, snapshots: int) -> Step:
    return admodes.checkpoint(step, steps=depth)


FORWARD, REVERSE, BINOMIAL = "forward", "reverse", "binomial"
WAYS = {
    FORWARD: Way("forward mode, one tangent", plainly),
    REVERSE: Way("reverse mode, all stored", plainly, grows=True),
    "segments": Way("reverse, segments=True", plainly, whole=True),
    "uniform": Way("reverse, uniform, √n snapshots", uniformly),
    "default": Way("reverse, binomial, default", by_default),
    BINOMIAL: Way("reverse, binomial, {} snapshots", binomially),
}


def problem(depth: int, seed: int) -> tuple[Callable[[Step], Scalar], np.ndarray, np.ndarray]:
    """How far the last state is from a target, as a function of the first one, for a given loop.

    Also a first state, and a direction from it.
    """
    rng = scalars.generator(seed, depth, "memory")
    target, u, direction = (rng.uniform(0.2, 0.8, SITES) for _ in range(3))
    time = HORIZON / depth

    def misfit(loop: Step) -> Scalar:
        def f(u):
            return np.mean((loop(u, time) - target) ** 2)

        return f

    return misfit, u, direction


def derivative(name: str, f: Scalar, u: np.ndarray, direction: np.ndarray) -> Callable[[], Any]:
    """The call that gives value and derivative: the gradient, or the slope along a direction."""
    if name == FORWARD:
        return partial(admodes.jvp, f, (u,), (direction,))
    whole = admodes.checkpoint(f, segments=True) if WAYS[name].whole else f
    return partial(reverse.value_and_grad(whole), u)


class Counter:
    """Counts how often a step is evaluated, where it is evaluated again from a recording, too."""

    def __init__(self) -> None:
        self.count = 0
        # What comes out of a step goes through this on its way, unchanged.
        self.passed = admodes.custom(
            self.note,
            residual=lambda y, x: None,
            push=lambda residual, tangent: tangent,
            pull=lambda residual, cotangent: cotangent,
        )

    def note(self, x: Any) -> Any:
        self.count += 1
        return x

    def step(self, u, time):
        return self.passed(steepen(u, time))


# Theory


def reach(snapshots: int, reruns: int) -> int:
    """The steps that can be reversed: C(s + c, s)."""
    return comb(snapshots + reruns, snapshots)


def fewest_evaluations(depth: int, snapshots: int) -> int:
    """Of a step in a gradient, by the best of all schedules: n + t(n, s), of which n are recorded.

    A. Griewank, A. Walther, "Algorithm 799: revolve", ACM TOMS 26 (2000) 19, equation (2) in closed
    form: t(n, s) = c n - C(s + c, s + 1), where c is the least with n ≤ C(s + c, s).
    """
    c = 0
    while reach(snapshots, c) < depth:
        c += 1
    return depth + c * depth - comb(snapshots + c, snapshots + 1)
