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
"""

from functools import partial
from importlib import metadata
from importlib.util import find_spec
from itertools import pairwise
from time import perf_counter
from typing import Any

import click
import numpy as np
from numpy.random import Generator

from admodes import reverse
from experiments.bench.results import Record, State, digits
from experiments.bench.settings import SEED, Setting, Settings, Task, how_many
from experiments.bench.steps import blocks, in_turns
from experiments.functions import scalars
from experiments.functions.scalars import Scalar
from experiments.sides import gradients

BLOCK = 20
ROUNDING = 1e-12
"""A relative rise of the energy that is none: it is a sum of a million terms."""


METHODS = ("gradient-descent", "l-bfgs")

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
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
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
    return (task["last"] - task["first"] + 1) * (1e-3 + 5e-8 * settings["unknowns"])


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
    return {"picture": noisy, "stopped": np.array(False)}


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
    energy: Scalar, u: np.ndarray, iterations: int, log: Log, curvature: float
) -> tuple[np.ndarray, int, bool]:
    """The picture, the gradients that it took, and whether there is nothing more to gain."""
    gradient = reverse.grad(energy)
    log.begin()
    for _ in range(iterations):
        u = u - gradient(u) / curvature
        log(u)
    return u, iterations, False


def l_bfgs(
    energy: Scalar, u: np.ndarray, iterations: int, log: Log, curvature: float
) -> tuple[np.ndarray, int, bool]:
    """The same; how far to go it finds out for itself."""
    from scipy.optimize import minimize  # not among what this project needs

    def after(intermediate_result: Any) -> None:  # SciPy knows it by this name
        log(intermediate_result.x)

    log.begin()
    found = minimize(
        reverse.value_and_grad(energy),
        u,
        jac=True,
        method="L-BFGS-B",
        callback=after,
        options={"maxiter": iterations},
    )
    return found.x, found.nfev, found.nit < iterations


def descend(task: Task, settings: Settings, state: State) -> Record:
    """A block of iterations; of none, where an earlier one found nothing more to gain."""
    photograph, _, energy, _ = problem(settings)
    log = Log(energy, photograph)
    found = state["picture"].ravel(), 0, True
    if not state["stopped"]:
        method = {"gradient-descent": gradient_descent, "l-bfgs": l_bfgs}[settings["method"]]
        curvature = largest_curvature(settings["weight"], settings["epsilon"])
        count = task["last"] - task["first"] + 1
        before = float(energy(found[0]))

        def block() -> None:
            nonlocal found
            found = method(energy, found[0], count, log, curvature)

        in_turns({"block": block}, rounds=1)
        refuse_rise([before, *log.energies], task["first"])
    picture, evaluations, stopped = found
    state["picture"] = picture.reshape(photograph.shape)
    state["stopped"] = np.array(stopped)
    return {
        "seconds": [digits(seconds) for seconds in log.seconds],
        "energies": log.energies,
        "psnrs": [digits(each) for each in log.psnrs],
        "gradients": evaluations,
        "stopped": stopped,
    }


class EnergyRose(Exception):
    """A step too large, or a wrong gradient."""


def refuse_rise(energies: list[float], first: int) -> None:
    for iteration, (before, after) in enumerate(pairwise(energies), first):
        if not after <= before * (1 + ROUNDING):
            raise EnergyRose(f"at iteration {iteration}, from {before} to {after}")


def keep(state: State) -> State:
    """The picture as bytes."""
    return {"picture": np.round(255 * np.clip(state["picture"], 0, 1)).astype(np.uint8)}
