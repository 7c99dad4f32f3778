"""Random programs whose derivatives are right, a part of them at special points: does a check fail?

A program is a few of NumPy's functions one after another on one or two arguments. What it gives is
right by construction, as far as the package is; a failure is looked at by hand. Left out is a
program whose value or derivative is not finite at its point.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from admodes import forward
from admodes.diagnosis import agreement
from admodes.testing import Undecided, check_derivatives, check_modes

UNARY: list[tuple[str, Callable[..., Any]]] = [
    *((name, getattr(np, name)) for name in ("sin", "cos", "tanh", "arctan", "exp", "expm1")),
    *((name, getattr(np, name)) for name in ("square", "negative", "cumsum", "arcsinh", "sinc")),
    *((name, getattr(np, name)) for name in ("abs", "sort", "ravel", "cumprod", "cbrt")),
    ("x³", lambda x: x**3),
    ("1/(1+x²)", lambda x: 1 / (1 + x * x)),
    ("log(1+x²)", lambda x: np.log1p(x * x)),
    ("sqrt(1+x²)", lambda x: np.hypot(x, 1)),
    ("relu", lambda x: np.maximum(x, 0)),
    ("x·0.3", lambda x: x * 0.3),
    ("x+1e8", lambda x: x + 1e8),
    ("x-x[0]", lambda x: x - np.ravel(x)[0]),
    ("softmax", lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))),
]
BINARY: list[tuple[str, Callable[..., Any]]] = [
    *((name, getattr(np, name)) for name in ("add", "subtract", "multiply", "maximum", "minimum")),
    ("divide", lambda x, y: x / (2 + np.cos(y))),
    ("logaddexp", np.logaddexp),
    ("hypot", np.hypot),
    ("arctan2", lambda x, y: np.arctan2(x, 1 + y * y)),
]
REDUCTIONS: list[tuple[str, Callable[..., Any]]] = [
    *((name, getattr(np, name)) for name in ("sum", "mean", "var", "std", "prod", "max", "min")),
    *((name, getattr(np, name)) for name in ("median", "ptp")),
    ("norm", lambda x: np.linalg.norm(np.ravel(x))),
    ("norm²", lambda x: np.sum(x * x)),
    ("logsumexp", lambda x: np.logaddexp.reduce(np.ravel(x)) if np.size(x) < 9 else np.sum(x)),
]
SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e8, -1e8, 1e15, 1e-8, 1e-15, 1e150, 1e-150)
EXTREME = (1e308, -1e308, 1e-308, -1e-308, 5e-324, 1e22, 709.0, -745.0)


class Program(NamedTuple):
    """A function at a point."""

    name: str
    f: Callable[..., Any]
    args: tuple[Any, ...]


def program(seed: int, special: bool) -> Program:
    rng = np.random.default_rng([seed, special])
    shape = [(), (1,), (3,), (4,), (2, 3), (150,)][
        rng.choice(6, p=[0.2, 0.1, 0.3, 0.2, 0.15, 0.05])
    ]
    args = [_point(rng, shape, special) for _ in range(rng.integers(1, 3))]
    steps = [UNARY[i] for i in rng.integers(len(UNARY), size=rng.integers(0, 4))]
    binary = BINARY[rng.integers(len(BINARY))]
    last = REDUCTIONS[rng.integers(len(REDUCTIONS))] if rng.random() < 0.6 else None

    def f(x: Any, *rest: Any) -> Any:
        y = x
        for _, step in steps:
            y = step(y)
        if rest:
            y = binary[1](np.reshape(y, np.shape(rest[0])), rest[0])
        return y if last is None else last[1](y)

    names = [name for name, _ in steps] + [binary[0]] * (len(args) - 1)
    title = " ".join([f"seed {seed}:", *names, *([last[0]] if last else [])])
    return Program(title, f, tuple(args))


def _point(rng: np.random.Generator, shape: tuple[int, ...], special: bool) -> Any:
    x = rng.standard_normal(shape)
    if special:
        values = np.array(SPECIAL if rng.random() < 0.7 else SPECIAL + EXTREME)
        x = rng.choice(values, shape)
        kind = rng.random()
        if kind < 0.25:
            x = np.full(shape, rng.choice(values))  # all equal
        elif kind < 0.4:
            x = np.full(shape, rng.standard_normal())
        elif kind < 0.6:
            x = np.where(rng.random(shape) < 0.5, x, rng.standard_normal(shape))
    return x if shape else float(x)


class Outcome(NamedTuple):
    """What the checks say of a program that is right."""

    program: Program
    alarms: dict[str, str]  # of those that fail
    open: bool  # differences could not tell something
    cancels: bool  # compare says that rounding is all there is, and where


def judged(program: Program) -> Outcome | None:
    """``None`` where a value or a derivative is not finite, and there is nothing to be right."""
    with np.errstate(all="ignore"):
        try:
            every = tuple(range(len(program.args)))
            jacobian = forward.jacobian(program.f, every)(*program.args)
        except (TypeError, ValueError, OverflowError):
            return None  # no program: of a number what wants an array, or too large for Python
        if not all(np.isfinite(x).all() for x in (program.f(*program.args), *jacobian)):
            return None
        alarms: dict[str, str] = {}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", Undecided)
            for check in (check_modes, check_derivatives):
                try:
                    check(program.f, *program.args)
                except AssertionError as error:
                    alarms[check.__name__] = str(error)
        found = agreement(program.f, *program.args)
        cancels = found.finding is not None and found.finding.kind == "cancellation"
        if not found.ok and not cancels:
            alarms["compare"] = str(found)
    unsure = bool(caught) or found.verdict == "cannot tell"
    return Outcome(program, alarms, unsure, cancels)


def outcomes(count: int, special: bool, seed: int = 0) -> Iterator[Outcome]:
    """The first so many programs that have a derivative."""
    while count:
        found = judged(program(seed, special))
        seed += 1
        if found is not None:
            count -= 1
            yield found
