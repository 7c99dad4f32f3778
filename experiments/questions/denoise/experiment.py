"""How long does each mode take to denoise a photograph?

Every colour value of the picture is an unknown. The energy says how far the picture is from the
noisy one and how much it varies from place to place; its gradient takes one reverse pass. It is
minimised by gradient descent, whose step is safe by a bound on the curvature, or by SciPy's L-BFGS;
that it falls at every iteration is checked.

What the same gradient takes in forward mode is measured beforehand, at the noisy picture: from a
sample of its passes where all of them would take too long, and then it is called an estimate
wherever it is shown. The entries computed are compared with those by reverse mode.

A block of iterations is a measurement. The picture that it ends with is kept on disk with it, to
the last bit, so a run that was stopped continues as if it had not been. L-BFGS also learns from
earlier steps: it begins every block anew, stopped or not. When the run is finished, its picture is
kept beside the data, one byte a value; the noisy picture is made again from the seed.

With ``--compiled`` each block is done once more by a program of the gradient, which repeats what
was recorded once. By NumPy that comes to the same picture to the last bit, which is checked; the
gradients of compiled loops are compared with those without at both ends of each block.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from itertools import pairwise
from time import perf_counter
from typing import Any

import click
import numpy as np
from numpy.random import Generator

import admodes as ad
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, State, digits
from experiments.bench.settings import (
    SEED,
    Setting,
    Settings,
    Task,
    by_programs,
    how_many,
    settle_programs,
)
from experiments.bench.steps import blocks, in_turns, seconds_of
from experiments.functions import scalars
from experiments.functions.scalars import Scalar
from experiments.sides import gradients

BLOCK = 20
ROUNDING = 1e-12
"""A relative rise of the energy that is none: it is a sum of a million terms."""


METHODS = ("gradient-descent", "l-bfgs")
PROGRAM = ", program"
"""Ends the names of what a state holds of the descent by a program."""

PLACE = 80
SETTINGS = {
    "method": Setting(
        METHODS[0],
        "--method",
        "How the energy is minimised; l-bfgs needs SciPy, and auto uses it if SciPy is there.",
        click.Choice(["auto", *METHODS]),
    ),
    "iterations": how_many(
        200, "--iterations N", "At most: l-bfgs stops where there is nothing more to gain."
    ),
    "pixels": Setting(
        None,
        "--pixels N",
        "About how many, from the middle of the photograph; each has three unknowns.",
        click.IntRange(min=2),
        quick=20_000,
        shown="all, with --quick 20000",
    ),
    # Of the energy. The bound on its curvature is 8 weight / epsilon: ten times as large a step is
    # safe as at the epsilon of ``speedup``, and edges are as sharp to the eye.
    "weight": Setting(0.1),
    "epsilon": Setting(0.01),
    # Seconds: a forward gradient that takes longer is estimated.
    "limit": Setting(8.0, quick=0.5),
    # Seconds for all the samples. A pass of several directions takes its time here from whether the
    # pages of fresh arrays have to be mapped in, so it takes more of them to know a median.
    "budget": Setting(30.0, quick=1.0),
    "rounds": Setting(21, quick=9),
    **by_programs("Minimise"),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    settings = settle_programs(settings)
    scipy = find_spec("scipy") is not None
    method, pixels = settings["method"], settings.pop("pixels")
    if method == "l-bfgs" and not scipy:
        raise click.UsageError(
            "--method l-bfgs needs SciPy, which is not installed: 'pip install scipy', or take"
            " --method gradient-descent"
        )
    if method == "auto":
        method = METHODS[scipy]
    asked_for = 3 * pixels if pixels else scalars.photograph().size
    return {
        **settings,
        "method": method,
        "scipy": metadata.version("scipy") if method == "l-bfgs" else None,
        "unknowns": scalars.FUNCTIONS["denoising"].nearest(asked_for),
    }


def plan(settings: Settings) -> list[Task]:
    return [{"part": "gradients"}, *blocks("iterations", settings["iterations"], BLOCK)]


def expect(task: Task, settings: Settings) -> float:
    """From a rough 50 ns an unknown for an iteration."""
    if task["part"] == "gradients":
        return 2.0 + settings["budget"]
    times = 2 if settings["compiled"] else 1
    return times * (task["last"] - task["first"] + 1) * (1e-3 + 5e-8 * settings["unknowns"])


def problem(settings: Settings) -> tuple[np.ndarray, np.ndarray, Scalar, Generator]:
    """The photograph, the same with noise, the energy, and the generator that made the noise."""
    unknowns = settings["unknowns"]
    rng = scalars.generator(settings["seed"], unknowns, "denoising")
    photograph, noisy = scalars.noisy_photograph(unknowns, rng)
    energy = partial(
        scalars.denoising_energy,
        noisy=noisy,
        weight=settings["weight"],
        epsilon=settings["epsilon"],
    )
    return photograph, noisy, energy, rng


def psnr(picture: np.ndarray, photograph: np.ndarray) -> float:
    """The peak signal-to-noise ratio, in dB: the peak, of values from 0 to 1, is 1."""
    return float(-10 * np.log10(np.mean((picture - photograph) ** 2)))


# Measuring


def start(settings: Settings) -> State:
    _, noisy, _, _ = problem(settings)
    marks = ["", PROGRAM] if settings["compiled"] else [""]
    begun = {f"picture{mark}": noisy for mark in marks}
    return {**begun, **{f"stopped{mark}": np.array(False) for mark in marks}}


def measure(task: Task, settings: Settings, state: State) -> Record:
    if task["part"] == "gradients":
        return measure_gradients(settings)
    return descend(task, settings, state)


def measure_gradients(settings: Settings) -> Record:
    """What a gradient takes by either mode, at the noisy picture."""
    photograph, noisy, energy, rng = problem(settings)
    limits = {key: settings[key] for key in ("limit", "budget", "rounds")}
    u = noisy.ravel()
    return {
        "shape": list(noisy.shape),
        "energy": float(energy(u)),
        "psnr": psnr(noisy, photograph),
        **gradients.measure(energy, u, rng, **limits),
    }


class Log:
    """Called after every iteration: the time of each, and what it arrived at, off the clock."""

    def __init__(self, energy: Scalar, photograph: np.ndarray) -> None:
        self.energy = energy
        self.photograph = photograph
        self.seconds: list[float] = []
        self.energies: list[float] = []
        self.psnrs: list[float] = []

    def begin(self) -> None:
        self.began = perf_counter()

    def __call__(self, u: np.ndarray) -> None:
        self.seconds.append(perf_counter() - self.began)
        self.energies.append(float(self.energy(u)))
        self.psnrs.append(psnr(u.reshape(self.photograph.shape), self.photograph))
        self.began = perf_counter()


def largest_curvature(weight: float, epsilon: float) -> float:
    """A bound L on the energy's second derivative along any direction; then a step of 1/L is safe.

    The square ½‖u − noisy‖² has 1. √(|v|² + ε²) as a function of v has at most 1/ε, and
    v = ∇u at most 8 as its squared norm: (a − b)² ≤ 2a² + 2b², and along each of two axes a value
    is in at most two differences (A. Chambolle, J. Math. Imaging Vis. 20 (2004) 89).
    """
    return 1 + 8 * weight / epsilon


def gradient_descent(
    gradient: Callable[..., Any], u: np.ndarray, iterations: int, log: Log, curvature: float
) -> tuple[np.ndarray, int, bool]:
    """The picture, the gradients that it took, and whether there is nothing more to gain."""
    log.begin()
    for _ in range(iterations):
        u = u - gradient(u) / curvature
        log(u)
    return u, iterations, False


def l_bfgs(
    value_and_grad: Callable[..., Any], u: np.ndarray, iterations: int, log: Log, curvature: float
) -> tuple[np.ndarray, int, bool]:
    """The same; how far to go it finds out for itself."""
    from scipy.optimize import minimize  # not among what this project needs

    def after(intermediate_result: Any) -> None:  # SciPy knows it by this name
        log(intermediate_result.x)

    log.begin()
    found = minimize(
        value_and_grad,
        u,
        jac=True,
        method="L-BFGS-B",
        callback=after,
        options={"maxiter": iterations},
    )
    return found.x, found.nfev, found.nit < iterations


#: each with what it asks of the energy
DESCENTS: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "gradient-descent": (gradient_descent, ad.grad),
    "l-bfgs": (l_bfgs, ad.value_and_grad),
}


@dataclass
class Descent:
    """A block of iterations, by gradients of one kind."""

    gradient: Callable[..., Any]
    log: Log
    start: np.ndarray
    u: np.ndarray
    evaluations: int = 0
    stopped: bool = True

    def record(self) -> Record:
        """What becomes known of it."""
        return {
            "seconds": [digits(seconds) for seconds in self.log.seconds],
            "energies": self.log.energies,
            "psnrs": [digits(each) for each in self.log.psnrs],
            "gradients": self.evaluations,
            "stopped": self.stopped,
        }


def descend(task: Task, settings: Settings, state: State) -> Record:
    """A block of iterations; of none, where an earlier one found nothing more to gain."""
    photograph, _, energy, _ = problem(settings)
    method, face = DESCENTS[settings["method"]]
    curvature = largest_curvature(settings["weight"], settings["epsilon"])
    count = task["last"] - task["first"] + 1
    gradients = {"": face(energy)}
    if settings["compiled"]:
        gradients[PROGRAM] = face(energy, compiled=True, backend=settings["backend"])
    descents = {}
    for mark, gradient in gradients.items():
        u = state[f"picture{mark}"].ravel()
        descents[mark] = Descent(gradient, Log(energy, photograph), u, u)

    def block(each: Descent) -> None:
        each.u, each.evaluations, each.stopped = method(
            each.gradient, each.start, count, each.log, curvature
        )

    going = {mark: each for mark, each in descents.items() if not state[f"stopped{mark}"]}
    recording = (
        seconds_of(partial(gradients[PROGRAM], going[PROGRAM].start)) if PROGRAM in going else 0.0
    )
    if going:
        in_turns({mark: partial(block, each) for mark, each in going.items()}, rounds=1)
    for each in going.values():
        refuse_rise([float(energy(each.start)), *each.log.energies], task["first"])
    for mark, each in descents.items():
        state[f"picture{mark}"] = each.u.reshape(photograph.shape)
        state[f"stopped{mark}"] = np.array(each.stopped)
    record = descents[""].record()
    if settings["compiled"]:
        record["program"] = {
            **descents[PROGRAM].record(),
            "recording": digits(recording),
            "difference": compare_program(descents[PROGRAM], descents[""], settings),
        }
    return record


def compare_program(program: Descent, repeated: Descent, settings: Settings) -> float:
    """The largest relative difference of its gradients from those that it repeats.

    By NumPy there is none, nor in anything that comes of them. By compiled loops it is rounding;
    how far that goes is seen at both ends of its block. Raises :class:`Disagreement` otherwise.
    """
    if settings["backend"] == "numpy":
        differences = relative_difference(program.u, repeated.u, 0.0)
        own, other = (each.record() | {"seconds": None} for each in (program, repeated))
        if own != other or differences.any():
            raise Disagreement(
                "by a program of the gradient the picture is not the same to the last bit",
                differences.max(),
                tolerance=0.0,
            )
        return 0.0
    largest = 0.0
    for u in (program.start, program.u):
        found, expected = (_gradient(each.gradient(u)) for each in (program, repeated))
        difference = relative_difference(found, expected, abs(expected).mean()).max()
        if not difference <= TOLERANCE:
            raise Disagreement("the gradient by a program is not that without it", difference)
        largest = max(largest, float(difference))
    return largest


def _gradient(found: Any) -> np.ndarray:
    """It may come with the value."""
    return found[1] if isinstance(found, tuple) else found


class EnergyRose(Exception):
    """A step too large, or a wrong gradient."""


def refuse_rise(energies: list[float], first: int) -> None:
    for iteration, (before, after) in enumerate(pairwise(energies), first):
        if not after <= before * (1 + ROUNDING):
            raise EnergyRose(f"at iteration {iteration}, from {before} to {after}")


def keep(state: State) -> State:
    """The picture as bytes."""
    return {"picture": np.round(255 * np.clip(state["picture"], 0, 1)).astype(np.uint8)}
