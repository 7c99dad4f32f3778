"""The libraries that are compared on the same code: admodes, and its peers.

A function is written once; each library runs it with its own namespace under the name ``np``. Which
of the optional ones are not installed says ``python -m experiments.sides.libraries``.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from math import inf
from time import perf_counter
from types import FrameType, FunctionType, ModuleType
from typing import Any

import click
import numpy as np

import admodes as ad
from admodes import forward, reverse
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.bench.results import Record, digits
from experiments.functions.scalars import Scalar

Call = Callable[[], Any]


def on(
    namespace: ModuleType, f: Any, array: Callable[[np.ndarray], Any] = lambda data: data
) -> Scalar:
    """The code of `f` with another module as its ``np``.

    What is bound to it (``functools.partial``) goes along: arrays made into the library's own by
    `array`, functions as `f` itself.
    """

    def own(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return array(value)
        return on(namespace, value, array) if isinstance(value, partial | FunctionType) else value

    if isinstance(f, partial):
        bound = {name: own(value) for name, value in f.keywords.items()}
        return partial(own(f.func), *map(own, f.args), **bound)
    return FunctionType(f.__code__, {**f.__globals__, "np": namespace}, f.__name__, f.__defaults__)


# A library: from a function of NumPy code, its input and a tangent, calls that each give
# (value, derivative) by the name of the mode (:data:`MODES`). What its users do once for many
# calls (transform the function, convert its input and data, compile) is done here, outside the
# calls.


def admodes_calls(f: Scalar, x: Any, tangent: Any) -> dict[str, Call]:
    return {
        "forward": lambda: ad.jvp(f, (x,), (tangent,)),
        "reverse": partial(reverse.value_and_grad(f), x),
        "forward gradient": partial(forward.value_and_grad(f), x),
    }


def recorded(make: Callable[[], ad.Program], *args: Any) -> Call:
    """A call of a program, which the first one makes."""
    program: ad.Program | None = None

    def call() -> Any:
        nonlocal program
        if program is None:
            program = make()
        return program(*args)

    return call


def program_calls(f: Scalar, x: Any, tangent: Any, *, backend: Any) -> dict[str, Call]:
    """Recorded by the first call, and compiled if need be, as ``jax.jit`` does it."""

    program = partial(ad.program, backend=backend)
    program(np.sum, np.ones(1))  # what compiles is loaded then, as other libraries are
    return {
        "forward": recorded(partial(program, f, x, mode="forward"), (x,), (tangent,)),
        "reverse": recorded(partial(program, f, x, mode="reverse"), x),
        "forward gradient": recorded(partial(program, forward.value_and_grad(f), x), x),
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
    """Forward by ``forward_ad``: on small arrays torch.func.jvp takes half as long again."""
    import torch
    from torch.autograd import forward_ad

    torch.set_num_threads(1)
    f = on(torch, f, torch.as_tensor)
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

    f = on(jax.numpy, f, jax.numpy.asarray)
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
PROGRAM, COMPILED = f"{HERE}.program", f"{HERE}.compiled"
BACKENDS: dict[str, Any] = {PROGRAM: "numpy", COMPILED: "compiled"}
OWN = (HERE, *BACKENDS)
"""admodes as it is, and as programs: of NumPy, and compiled."""
LIBRARIES: dict[str, Callable[[Scalar, Any, Any], dict[str, Call]]] = {
    HERE: admodes_calls,
    **{name: partial(program_calls, backend=backend) for name, backend in BACKENDS.items()},
    "autograd": autograd_calls,
    "mygrad": mygrad_calls,
    "torch": torch_calls,
    "jax": jax_calls,
    "jax.jit": partial(jax_calls, compiled=True),
}
PEERS = tuple(name for name in LIBRARIES if name not in OWN)


def distribution(library: str) -> str:
    """The package that has to be installed for it."""
    return "llvmlite" if library == COMPILED else library.partition(".")[0]


def installed(library: str) -> bool:
    return find_spec(distribution(library)) is not None


def those_installed(libraries: Iterable[str]) -> list[str]:
    """Those that are; of the others it says so."""
    found = []
    for library in libraries:
        if installed(library):
            found.append(library)
        else:
            package = distribution(library)
            click.echo(f"{library} is left out: {package} is not installed", err=True)
    return found


# Verifying


def verify(calls: Mapping[str, Call], f: Scalar, x: Any, tangent: Any) -> Record:
    """Hold what calls give, each named "LIBRARY MODE", against NumPy's `f` and admodes' gradient.

    Of each: the largest difference from these, relative, and the seconds of this first call. Or
    what it raised: a peer that cannot do it at all does not stop the others. Raises
    :class:`Disagreement` above TOLERANCE.
    """
    expected = Expected.of(f, x, tangent)
    differences, first, failures = dict[str, float](), dict[str, float](), dict[str, str]()
    for name, call in calls.items():
        try:
            start = perf_counter()
            value, derivative = call()
            seconds = perf_counter() - start
            # A library that has lost a derivative on its way may give something that is no number.
            value = None if value is None else np.asarray(value, dtype=np.float64)
            derivative = np.asarray(derivative, dtype=np.float64)
        except Exception as error:  # a library may raise anything
            if name.startswith(HERE):
                raise
            failures[name] = f"{type(error).__name__}: {' '.join(str(error).split())}"
            continue
        differences[name] = digits(expected.difference(name, value, derivative))
        first[name] = digits(seconds)
    return {"largest_difference": differences, "first_seconds": first, "failures": failures}


@dataclass(frozen=True)
class Expected:
    """What calls must give: NumPy's value, and derivatives from admodes' gradient."""

    x: np.ndarray
    value: np.ndarray
    gradient: np.ndarray
    terms: np.ndarray
    """What a tangent is the sum of."""

    @classmethod
    def of(cls, f: Scalar, x: Any, tangent: Any) -> "Expected":
        gradient = np.asarray(reverse.grad(f)(x))
        terms = np.multiply(gradient, tangent)
        return cls(np.asarray(x), np.asarray(f(x)), gradient, np.asarray(terms))

    def difference(self, name: str, value: np.ndarray | None, derivative: np.ndarray) -> float:
        """The largest, of the call of this name.

        Typical of a gradient's entry is the mean size of all; of a tangent, that of its terms.
        """
        checks = [] if value is None else [("value", value, self.value, np.abs(self.value))]
        if name.endswith(" forward"):
            terms = np.sum(np.abs(self.terms))
            checks.append(("tangent", derivative, np.asarray(np.sum(self.terms)), terms))
        else:
            typical = np.mean(np.abs(self.gradient))
            checks.append(("gradient", derivative, self.gradient, typical))
        return max(self._largest(name, *check) for check in checks)

    def _largest(
        self, name: str, what: str, found: np.ndarray, expected: np.ndarray, typical: float
    ) -> float:
        if found.shape != expected.shape:
            message = f"the {what} by {name} has shape {found.shape}, not {expected.shape}"
            raise Disagreement(message, inf)
        difference = relative_difference(found, expected, typical)
        worst = np.unravel_index(np.argmax(difference), difference.shape)  # NaN, if there is one
        largest = float(difference[worst])
        if not largest <= TOLERANCE:
            entry = f" at {list(map(int, worst))}" if worst else ""
            where = f", where x is {self.x[worst]}," if self.x.shape == found.shape else ""
            raise Disagreement(
                f"the {what}{entry}{where} by {name} is {found[worst]}, and by"
                f" {'NumPy' if what == 'value' else 'admodes in reverse mode'} {expected[worst]}",
                largest,
            )
        return largest


def runs(call: Call, f: Scalar) -> int:
    """How often the Python code of `f` runs in a call: whatever namespace it runs :func:`on`."""
    while isinstance(f, partial):
        f = f.func
    code = getattr(f, "__code__", None)
    count = 0

    def notice(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call" and frame.f_code is code

    sys.setprofile(notice)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def missing() -> list[str]:
    """The packages of the extra `peers` that are not installed."""
    return [name for name in dict.fromkeys(map(distribution, PEERS)) if not installed(name)]


if __name__ == "__main__":
    print(*missing())
    sys.exit(bool(missing()))
