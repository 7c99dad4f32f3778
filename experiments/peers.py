"""The libraries that ``overhead`` measures, on the same code: admodes, and its peers.

A function is written once; each library runs it with its own namespace under the name ``np``. A
peer is measured in a process of its own, since thread pools and allocators of several in one would
disturb each other. In each process plain NumPy, admodes and the peer take turns, so that their
ratios are those of neighbours in time.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

import admodes as ad
from admodes import forward, reverse
from admodes.measure import interleave
from experiments.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.cases import CASES
from experiments.functions import Scalar
from experiments.results import Record, digits, samples

Call = Callable[[], Any]

SAMPLE_SECONDS = 0.005

#: For a process of its own: one thread, double precision, no look-out for a GPU.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    "JAX_TRACEBACK_FILTERING": "off",  # which would put a note below what was raised
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def on(namespace: ModuleType, f: Any) -> Scalar:
    """The code of `f` with another module as its ``np``."""
    if isinstance(f, partial):
        return partial(on(namespace, f.func), *f.args, **f.keywords)
    return FunctionType(f.__code__, {**f.__globals__, "np": namespace}, f.__name__, f.__defaults__)


# A library: from a function of NumPy code, its input and a tangent, calls that each give
# (value, derivative) by the name of the mode (`cases.MODES`). What its users do once for many
# calls (transform the function, convert the input, compile) is done here, outside the calls.


def admodes_calls(f: Scalar, x: Any, tangent: Any) -> dict[str, Call]:
    return {
        "forward": lambda: ad.jvp(f, (x,), (tangent,)),
        "reverse": partial(reverse.value_and_grad(f), x),
        "forward gradient": partial(forward.value_and_grad(f), x),
    }


def autograd_calls(f: Scalar, x: Any, tangent: Any) -> dict[str, Call]:
    import autograd
    import autograd.numpy

    f = on(autograd.numpy, f)
    jvp = autograd.make_jvp(f)
    return {
        "forward": lambda: jvp(x)(tangent),
        "reverse": partial(autograd.value_and_grad(f), x),
    }


def mygrad_calls(f: Scalar, x: Any, tangent: Any) -> dict[str, Call]:
    import mygrad

    f = on(mygrad, f)

    def value_and_gradient() -> tuple[Any, Any]:
        leaf = mygrad.tensor(x)
        y = f(leaf)
        y.backward()
        return y, leaf.grad

    return {"reverse": value_and_gradient}


def torch_calls(f: Scalar, x: Any, tangent: Any) -> dict[str, Call]:
    import torch
    from torch.autograd import forward_ad

    torch.set_num_threads(1)
    f = on(torch, f)
    primal, direction = (torch.as_tensor(each, dtype=torch.float64) for each in (x, tangent))

    def value_and_tangent() -> Any:
        with forward_ad.dual_level():
            return forward_ad.unpack_dual(f(forward_ad.make_dual(primal, direction)))

    def value_and_gradient() -> tuple[Any, Any]:
        leaf = primal.detach().requires_grad_()
        y = f(leaf)
        return y.detach(), torch.autograd.grad(y, leaf)[0]

    gradient = torch.func.jacfwd(f)
    return {
        "forward": value_and_tangent,
        "reverse": value_and_gradient,
        "forward gradient": lambda: (None, gradient(primal)),
    }


def jax_calls(f: Scalar, x: Any, tangent: Any, *, compiled: bool = False) -> dict[str, Call]:
    import jax

    f = on(jax.numpy, f)
    transform = jax.jit if compiled else lambda transformed: transformed
    primal, direction = jax.numpy.asarray(x), jax.numpy.asarray(tangent)
    jvp = transform(lambda primal, direction: jax.jvp(f, (primal,), (direction,)))
    value_and_gradient = transform(jax.value_and_grad(f))
    gradient = transform(jax.jacfwd(f))
    wait = jax.block_until_ready
    return {
        "forward": lambda: wait(jvp(primal, direction)),
        "reverse": lambda: wait(value_and_gradient(primal)),
        "forward gradient": lambda: (None, wait(gradient(primal))),
    }


HERE = "admodes"
LIBRARIES: dict[str, Callable[[Scalar, Any, Any], dict[str, Call]]] = {
    HERE: admodes_calls,
    "autograd": autograd_calls,
    "mygrad": mygrad_calls,
    "torch": torch_calls,
    "jax": jax_calls,
    "jax.jit": partial(jax_calls, compiled=True),
}
PEERS = tuple(name for name in LIBRARIES if name != HERE)


def distribution(library: str) -> str:
    """The package that has to be installed for it."""
    return library.partition(".")[0]


def installed(library: str) -> bool:
    return find_spec(distribution(library)) is not None


def measure(
    *, case: str, size: int, library: str, seed: int, seconds: float, rounds: int
) -> Record:
    """Time a case: the function alone, and by admodes and `library` in each of the case's modes."""
    f, x = CASES[case].input(size, seed)
    tangent = np.random.default_rng(seed).standard_normal(x.shape) if np.ndim(x) else 1.0
    calls = {
        f"{name} {mode}": call
        for name in dict.fromkeys((HERE, library))
        for mode, call in LIBRARIES[name](f, x, tangent).items()
        if mode in CASES[case].targets
    }
    differences, failures = compare(calls, reverse.grad(f)(x), tangent)
    _, pullback = ad.vjp(f, x)
    recorded = {"operations": len(pullback.tape), "tape_bytes": pullback.tape.nbytes}
    del pullback
    timings = interleave(
        {"f": partial(f, x), **{name: calls[name] for name in differences}},
        seconds=seconds,
        rounds=rounds,
        sample_seconds=SAMPLE_SECONDS,
    )
    return {
        **recorded,
        "largest_difference": differences,
        "failures": failures,
        "timings": {name: samples(timing) for name, timing in timings.items()},
    }


def compare(
    calls: Mapping[str, Call], gradient: Any, tangent: Any
) -> tuple[dict[str, float], dict[str, str]]:
    """How far each call's derivative is from admodes' gradient, relative to its size.

    Typical of an entry is the mean size of all; of a tangent, that of the terms which it is the sum
    of. Raises :class:`Disagreement` above TOLERANCE. A peer that cannot do it at all does not stop
    the others: its call is given apart, with what it raised.
    """
    terms = np.multiply(gradient, tangent)
    gradient_size, tangent_size = np.mean(np.abs(gradient)), np.sum(np.abs(terms))
    differences, failures = {}, {}
    for name, call in calls.items():
        try:
            _, derivative = call()
        except Exception as error:  # a library may raise anything
            if name.startswith(HERE):
                raise
            failures[name] = f"{type(error).__name__}: {' '.join(str(error).split())}"
            continue
        one = name.endswith(" forward")
        expected, size = (np.sum(terms), tangent_size) if one else (gradient, gradient_size)
        difference = float(np.max(relative_difference(np.asarray(derivative), expected, size)))
        if not difference <= TOLERANCE:  # nor where it is no number
            raise Disagreement(
                f"the derivative by {name} differs from that by admodes in reverse mode", difference
            )
        differences[name] = digits(difference)
    return differences, failures


def measure_apart(**request: Any) -> Record:
    """:func:`measure`, in a process of its own."""
    process = subprocess.run(
        [sys.executable, "-m", "experiments.peers"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**os.environ, **ENVIRONMENT},
    )
    if process.returncode:
        raise RuntimeError(process.stderr.strip().rpartition("\n")[2])
    return json.loads(process.stdout)


if __name__ == "__main__":
    json.dump(measure(**json.load(sys.stdin)), sys.stdout)
