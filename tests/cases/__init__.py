"""The table of cases: a file per family of primitives, a row per thing to try.

A row says what it covers, a function in plain NumPy code, and the arguments to differentiate by.
Every row is tried (tests/primitives/test_primitives.py): in both modes, against each other and
against finite differences, with one and many directions, contiguous or not, its arrays overwritten
afterwards; one of each sequence of operations in float32; and one of each kind in all four
nestings, its operations counted.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: table -> the package that it is about, which need not be installed
NEEDS = {"scipy_functions": "scipy", "special": "scipy"}
MISSING = {name for name, package in NEEDS.items() if importlib.util.find_spec(package) is None}


def tables() -> "dict[str, list[Case]]":
    """All tables by name, but for those whose package is missing."""
    names = {module.name for module in pkgutil.iter_modules(__path__)}
    return {
        name: importlib.import_module(f"{__name__}.{name}").CASES
        for name in sorted(names - MISSING)
    }


@dataclass(frozen=True)
class Case:
    covers: Callable[..., Any]  # the NumPy function (or primitive) that this row is about
    f: Callable[..., Any]  # a function of the arguments alone, in plain NumPy code
    args: tuple[Any, ...]  # float64 arrays or Python floats, away from kinks unless `kink`
    kink: bool = False  # at a point without a derivative: no truth, only that both modes agree

    def __str__(self) -> str:
        shapes = ",".join(str(np.shape(arg)).replace(" ", "") for arg in self.args)
        return f"{getattr(self.covers, '__name__', self.covers)}{shapes}"


def case(covers: Callable[..., Any], f: Callable[..., Any], *args: Any, kink: bool = False) -> Case:
    return Case(covers, f, args, kink)


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal entries."""
    return np.random.default_rng(seed).normal(size=shape)


def positive(*shape: int, seed: int = 0) -> np.ndarray:
    """Entries between 0.5 and 2."""
    return np.random.default_rng(seed).uniform(0.5, 2.0, size=shape)


def inside(*shape: int, seed: int = 0) -> np.ndarray:
    """Entries between -0.8 and 0.8, none nearer to 0 than 0.1."""
    rng = np.random.default_rng(seed)
    return rng.uniform(0.1, 0.8, size=shape) * rng.choice([-1.0, 1.0], size=shape)
