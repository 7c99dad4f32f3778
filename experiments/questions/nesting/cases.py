"""Second derivatives by the four nestings of both modes: the calls, whether they agree, counts,
bytes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

import admodes
from admodes import counting, forward, reverse, truth
from admodes.counting import Counts
from admodes.measure import peak_bytes
from admodes.transforms import Nesting
from experiments.bench.agreement import TOLERANCE, Disagreement, relative_difference
from experiments.functions.scalars import Scalar
from experiments.sides import passes

#: The three that take one pass for a product with a direction, whatever the number of inputs.
ONE_PASS: tuple[Nesting, ...] = (
    "forward-over-reverse",
    "reverse-over-forward",
    "reverse-over-reverse",
)
MANY_PASSES: Nesting = "forward-over-forward"
NESTINGS: tuple[Nesting, ...] = (*ONE_PASS, MANY_PASSES)

#: What theory allows a product, in evaluations: 5/2 for a tangent, 4 for a gradient, of the other.
BOUNDS = {
    "forward-over-reverse": 10.0,
    "reverse-over-forward": 10.0,
    "reverse-over-reverse": 16.0,
}

MOST_NUMBERS = 4 * 10**6
"""That all directions of a Hessian together make in an operation: beyond, it takes long, and what
it holds at once is hundreds of megabytes."""
DIFFERENCES = 1e-6
"""Up to here extrapolated differences may be off: their own doubt is below 1e-7 everywhere."""

Array = np.ndarray


def words(nesting: str) -> str:
    """
    >>> words("forward-over-reverse")
    'forward over reverse'
    """
    return nesting.replace("-", " ")


# A product with a direction


def product(f: Scalar, x: Any, v: Any, nesting: Nesting) -> Any:
    """The product of the Hessian at `x` with the direction `v`."""
    (found,) = admodes.hvp(f, (x,), (v,), modes=nesting)
    return found


def by_passes(f: Scalar, x: Any, v: Any) -> passes.Derivative:
    """The product by forward over forward: each direction of the inner mode gives an entry."""

    def along(partial_derivatives: Callable[[Any], Any]) -> Any:
        return admodes.jvp(partial_derivatives, (x,), (v,))[1]

    return passes.Derivative(
        n=np.size(x),
        nbytes=2 * 8 * np.size(x),  # a tangent, and how it changes along v
        whole=lambda k: partial(along, forward.grad(f, chunk_size=k)),
        some=lambda indices, k: along(forward.partials(f, indices, chunk_size=k)),
    )


# The whole Hessian


def cubic(nesting: str) -> bool:
    """Whether each direction of the outer mode meets each of the inner one, on all n inputs."""
    return nesting.endswith("forward")


def feasible(nesting: str, n: int) -> bool:
    return n ** (3 if cubic(nesting) else 2) <= MOST_NUMBERS


def hessians(f: Scalar, x: Array) -> dict[str, Callable[[], Array]]:
    return {
        nesting: partial(admodes.hessian(f, modes=nesting), x)
        for nesting in NESTINGS
        if feasible(nesting, x.size)
    }


# Do they agree?


def largest_difference(
    what: str,
    x: Array,
    names: tuple[str, str],
    pair: tuple[Array, Array],
    tolerance: float,
) -> float:
    """Of two derivatives, relative; raises :class:`Disagreement` where it is above `tolerance`."""
    found, expected = pair
    difference = relative_difference(found, expected, abs(expected).mean())
    worst = np.unravel_index(difference.argmax(), difference.shape)  # the first NaN, if any
    largest = float(difference[worst])
    if not largest <= tolerance:
        entry = ", ".join(map(str, worst))
        raise Disagreement(
            f"entry {entry} of the {what}, where x is {x[worst[0]]}, is {found[worst]} by"
            f" {names[0]} and {expected[worst]} by {names[1]}",
            largest,
            tolerance,
        )
    return largest


def compare(what: str, x: Array, found: Mapping[str, Array]) -> dict[str, float]:
    """How far each nesting is from the first, which is the standard."""
    standard, expected = next(iter(found.items()))
    return {
        nesting: largest_difference(
            what, x, (words(nesting), words(standard)), (each, expected), TOLERANCE
        )
        for nesting, each in found.items()
    }


def beside_differences(f: Scalar, x: Array, v: Array, found: Array) -> float:
    """How far a product is from differences of the gradient: of neither nesting, and of one mode.

    The gradient is that of forward mode where its passes are few, so that reverse mode is not its
    own judge.
    """
    gradient = (forward if x.size <= 100 else reverse).grad(f)
    (differences,) = truth.differences(lambda values: [gradient(values[0])], [x], [v[np.newaxis]])
    names = words(ONE_PASS[0]), "differences of the gradient"
    pair = found, differences[0]
    return largest_difference("product", x, names, pair, DIFFERENCES)


# Counts


def counts_of_products(f: Scalar, x: Array, v: Array) -> dict[str, Counts]:
    """Of the function, a tangent, a gradient, and a product by the nestings of one pass."""
    return {
        "f": counting.evaluation(f, x),
        "tangent": counting.tangent(f, x),
        "gradient": counting.gradient(f, x),
        **{each: counting.count(partial(product, f, nesting=each), x, v)[1] for each in ONE_PASS},
    }


def counts_of_hessians(f: Scalar, x: Array) -> dict[str, Counts]:
    return {
        "f": counting.evaluation(f, x),
        "gradient": counting.gradient(f, x),
        **{
            each: counting.count(admodes.hessian(f, modes=each), x)[1]
            for each in NESTINGS
            if feasible(each, x.size)
        },
    }


def counts_by_passes(f: Scalar, x: Array, v: Array, k: int) -> Counts:
    """Of a product by forward over forward: that of a pass, as often as there are passes."""
    whole, rest = divmod(x.size, k)
    return of_pass(f, x, v, k) * whole + (of_pass(f, x, v, rest) if rest else Counts())


def of_pass(f: Scalar, x: Array, v: Array, k: int) -> Counts:
    """Of one pass of `k` directions."""

    def entries(x: Any, v: Any) -> Any:
        return by_passes(f, x, v).some(np.arange(k), k)

    return counting.count(entries, x, v)[1]


def evaluations(f: Scalar, derivative: Callable[[Scalar], object]) -> int:
    """How often a derivative runs the function: the passes through it."""
    count = 0

    def counted(x: Any) -> Any:
        nonlocal count
        count += 1
        return f(x)

    derivative(counted)
    return count


def passes_of_hessians(f: Scalar, x: Array) -> dict[str, int]:
    def hessian(nesting: Nesting, f: Scalar) -> object:
        return admodes.hessian(f, modes=nesting)(x)

    return {
        each: evaluations(f, partial(hessian, each)) for each in NESTINGS if feasible(each, x.size)
    }


# Bytes


def recordings(f: Scalar, x: Array, v: Array) -> dict[str, dict[str, int]]:
    """What reverse mode records, operations and bytes: for a gradient, and for a product.

    Of forward over reverse only values are told, each of which has a tangent beside it. Reverse
    over reverse records twice: here is the outer recording, of all that the inner one and its sweep
    do.
    """
    found = {}

    def record(name: str, f: Callable[[Any], Any], x: Any) -> Any:
        _, pullback = admodes.vjp(f, x)
        found[name] = {"operations": len(pullback.tape), "bytes": pullback.tape.nbytes}
        return pullback(1.0)[0]

    record("gradient", f, x)
    admodes.jvp(partial(record, "forward-over-reverse", f), (x,), (v,))
    record("reverse-over-forward", lambda x: admodes.jvp(f, (x,), (v,))[1], x)
    record("reverse-over-reverse", lambda x: np.sum(reverse.grad(f)(x) * v), x)
    return found


def peaks(calls: Mapping[str, Callable[[], object]]) -> dict[str, int]:
    return {name: peak_bytes(call) for name, call in calls.items()}
