"""The derivatives of ``kinks`` by each library that is installed, in a process of its own.

JAX decides at its import whether it computes in double precision, so it gets one that begins with
that; PyTorch gets one too, that neither is loaded where it is not needed.
"""

import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from admodes import forward, reverse
from experiments.bench.apart import Process, serve
from experiments.bench.results import Record
from experiments.questions.kinks.cases import CASES, Case
from experiments.sides.libraries import HERE, distribution, on

MODES = ("forward", "reverse")
Gradient = Callable[[Case], Any]


def admodes_gradients() -> dict[str, Gradient]:
    return {
        "forward": lambda case: forward.grad(case.f)(point(case)),
        "reverse": lambda case: reverse.grad(case.f)(point(case)),
    }


def jax_gradients() -> dict[str, Gradient]:
    import jax

    def of(transform: Any) -> Gradient:
        return lambda case: transform(on(jax.numpy, case.f))(jax.numpy.asarray(point(case)))

    return {"forward": of(jax.jacfwd), "reverse": of(jax.grad)}


def torch_gradients() -> dict[str, Gradient]:
    import torch

    def of(transform: Any) -> Gradient:
        def gradient(case: Case) -> Any:
            own = case.torch
            f = on(torch, case.f) if own is None else lambda x: own(torch, x)
            return transform(f)(torch.as_tensor(point(case), dtype=torch.float64)).numpy()

        return gradient

    return {"forward": of(torch.func.jacfwd), "reverse": of(torch.func.grad)}


LIBRARIES: dict[str, Callable[[], dict[str, Gradient]]] = {
    HERE: admodes_gradients,
    "jax": jax_gradients,
    "torch": torch_gradients,
}


def point(case: Case) -> Any:
    return np.asarray(case.at, dtype=float)


def measure(library: str) -> Record:
    """Each case's gradient by both modes, as text: JSON has no NaN; what was raised instead."""
    gradients = LIBRARIES[library]()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "version": version(distribution(library)),
            "gradients": {
                case.name: {mode: entries(gradients[mode], case) for mode in MODES}
                for case in CASES
            },
        }


def entries(gradient: Gradient, case: Case) -> list[str] | str:
    try:
        return [text(x) for x in np.atleast_1d(np.asarray(gradient(case), dtype=float))]
    except Exception as error:  # a library may raise anything
        if isinstance(error, (NotImplementedError, RuntimeError, TypeError, AttributeError)):
            return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
        raise


def text(x: float) -> str:
    """Four digits; zero has no sign.

    >>> text(-0.0), text(2 / 3), text(float("nan"))
    ('0', '0.6667', 'nan')
    """
    return f"{x + 0.0:.4g}"


def measure_apart(library: str) -> Record:
    with Process("experiments.questions.kinks.apart") as process:
        return process.ask("measure", library=library)


if __name__ == "__main__":
    serve({"measure": measure})
