"""How far from the truth are AD, complex steps and differences?

Every method differentiates the same code at the same points, in either precision. The truth is that
code's derivative, taken by mpmath with 50 digits. Automatic differentiation has no step size; for
the methods that have one all steps are tried, since nobody tells a user which is the best.

Both modes, and a small complex step, have no error but rounding. Where the derivatives of a
program's operations cancel, they lose digits too: they differentiate the program, not the formula.
"""

from collections.abc import Callable
from typing import Any

import click
import numpy as np

from admodes import forward, reverse
from experiments.bench.results import Record
from experiments.bench.settings import SEED, Setting, Settings, Task, choice, how_many
from experiments.functions import scalars
from experiments.questions.accuracy.cases import CASES, Case
from experiments.questions.accuracy.reading import PRECISIONS
from experiments.sides.libraries import on

try:
    import mpmath
except ImportError:  # the other experiments, and redrawing this one, do without
    mpmath = None

DIGITS = 50
"""Of the truth."""

Derivative = Callable[..., Any]

MODES: dict[str, Derivative] = {
    "forward": lambda f, x: forward.grad(f)(x),
    "reverse": lambda f, x: reverse.grad(f)(x),
}
STEPPED: dict[str, Derivative] = {
    "complex step": lambda f, x, h: np.imag(f(x + 1j * h)) / h,
    "central": lambda f, x, h: (f(x + h) - f(x - h)) / (2 * h),
    "one-sided": lambda f, x, h: (f(x + h) - f(x)) / h,
}

PLACE = 140
SETTINGS = {
    "functions": choice("--function NAME...", CASES),
    "points": how_many(15, "--points N", "Points at which each derivative is taken.", quick=5),
    # step = 2**-exponent × x. A power of two adds no rounding of its own
    "exponents": Setting(tuple(range(1, 66, 2)), quick=tuple(range(1, 66, 8))),
    "seed": SEED,
}


def settle(settings: Settings) -> Settings:
    if mpmath is None:
        raise click.UsageError("the truth takes mpmath: pip install mpmath")
    return settings


def plan(settings: Settings) -> list[Task]:
    return [
        {"function": name, "precision": precision}
        for name in dict.fromkeys(settings["functions"])
        for precision in PRECISIONS
    ]


def expect(task: Task, settings: Settings) -> float:
    """Ten microseconds an evaluation, of which every step takes about six."""
    return 0.1 + 1e-5 * 6 * settings["points"] * len(settings["exponents"])


# Measuring


def measure(task: Task, settings: Settings) -> Record:
    """The relative error of every method at every step and point."""
    case, kind = CASES[task["function"]], PRECISIONS[task["precision"]]
    points = draw_points(case, settings["points"], settings["seed"])
    truths = [truth(case, x) for x in points]

    def errors(derivative: Derivative, exponent: int | None = None) -> list[float | None]:
        step = () if exponent is None else (2.0**-exponent,)
        found = [derivative(case.f, kind(x), *(kind(x * s) for s in step)) for x in points]
        return list(map(relative_error, found, truths))

    with np.errstate(all="ignore"):  # what overflows or is no number ends as an error that says so
        return {
            "points": points,
            "truth": [mpmath.nstr(each, 25) for each in truths],
            "modes": {name: errors(derivative) for name, derivative in MODES.items()},
            "stepped": {
                name: [errors(derivative, exponent) for exponent in settings["exponents"]]
                for name, derivative in STEPPED.items()
            },
        }


def draw_points(case: Case, count: int, seed: int) -> list[float]:
    """Around the case's own point, and such that both precisions have them."""
    rng = scalars.generator(seed, count, case.name)
    return [float(np.float32(case.at * (1 + u / 16))) for u in rng.uniform(-1, 1, count)]


def truth(case: Case, x: float, digits: int = DIGITS) -> Any:
    """The derivative of a case's code, by differences of numbers with so many digits and more."""
    with mpmath.workdps(digits):
        return mpmath.diff(on(mpmath, case.f), mpmath.mpf(x))


def relative_error(found: Any, expected: Any) -> float | None:
    """To three digits; None of what is not finite."""
    if not np.isfinite(found):
        return None
    with mpmath.workdps(DIGITS):
        error = float(abs((mpmath.mpf(float(found)) - expected) / expected))
    return float(f"{error:.3g}")
