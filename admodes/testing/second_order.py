"""Second derivatives, by the four nestings of the modes: of one number made of all outputs."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes import forward, reverse
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves
from admodes.testing.point import Point, in_range
from admodes.testing.verdict import hold_against_differences
from admodes.transforms import MODES
from admodes.truth.directions import ENTRIES, RANDOM, count, lead, like
from admodes.truth.point import where_defined


def check_second_order(at: Point, truth: bool) -> None:
    """All second derivatives of the contraction, in all nestings."""
    f, args, what = contraction(at), at.args, "argument"
    if count(at.xs) > ENTRIES:
        # A gradient by forward mode would take too many passes: it is taken with respect to
        # how far to go along each of the random directions.
        f, args, what = along_directions(at, f), (np.float64(0),) * RANDOM, "random direction"
    judge = at.judge
    total = Point(judge.title, f, args, judge.rtol, judge.atol, at.seed, what)
    check_nestings(total, truth)
    judge.take_over(total.judge)


def contraction(at: Point) -> Callable[..., Any]:
    """One real number from all outputs: a weighted sum of u + u²/2, u = y / (1 + |y|).

    It is curved, so that cotangents too depend on the point, and made of nothing but +, * and sum.
    (The denominator is a constant.)
    """
    constants = [
        (
            like(np.abs(cts[0]) * (part.size or 1), np.real(part.value)),
            1 / (1 + abs(part.value)),
        )
        for part, cts in zip(at.ys, at.cotangents[-1].leaves, strict=True)
    ]

    def contracted(*args: Any) -> Any:
        output = [y for _, y in leaves(at.f(*args))]
        total: Any = 0.0
        for i, part, (weight, scale) in zip(at.places, at.ys, constants, strict=True):
            u = output[i] * scale
            for v in (np.real(u), np.imag(u)) if part.complex else (u,):
                term = weight * (v + 0.5 * (v * v))
                total = total + (np.sum(term) if part.shape else term)
        return total

    return contracted


def along_directions(at: Point, f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` as a function of how far to go along each of the random directions."""
    ts = at.tangents[-1].leaves

    def moved(*steps: Any) -> Any:
        xs = [
            x.value + sum(step * like(t[k], x.value) for k, step in enumerate(steps))
            for x, t in zip(at.xs, ts, strict=True)
        ]
        return f(*at.inputs.like(xs))

    return moved


@in_range
def check_nestings(at: Point, truth: bool) -> None:
    """The four nestings against each other, and with `truth`, against differences."""
    every = tuple(range(len(at.args)))
    gradients = {inner: mode.grad(at.f, every) for inner, mode in MODES.items()}
    derivatives = {inner: products(at, gradient) for inner, gradient in gradients.items()}
    (y,) = at.ys

    @functools.cache
    def of_gradient() -> Point:
        judge = at.judge
        return Point(judge.title, gradients["reverse"], at.args, judge.rtol, judge.atol, at.seed)

    for ts in at.tangents:
        naturals = [at.natural(ts, y.size / (x.size or 1)) for x in at.xs]
        found = {
            f"{outer}-over-{inner}": product(ts.leaves)
            for inner, by_outer in derivatives.items()
            for outer, product in by_outer.items()
        }
        if ts is at.tangents[-1]:  # a gradient by reverse mode is one direction as it is
            singly = {"forward": products(at, forward.grad(at.f, every, chunk_size=1))}
            for inner, by_outer in (derivatives | singly).items():
                for outer, product in by_outer.items():
                    nesting = f"{outer}-over-{inner}, one direction a pass"
                    found[nesting] = at.one_by_one(product, ts, at.xs)
        reference = ("reverse-over-reverse", found.pop("reverse-over-reverse"))
        for other in found.items():
            at.judge.compare_parts(
                "second derivatives differ between nestings",
                reference, other, at.xs, ts.names, naturals,
            )  # fmt: skip
        if truth:
            hold_against_differences(
                at,
                "second derivatives differ from finite differences of the gradient",
                reference[0],
                where_defined(gradient_at(at), [x.value for x in at.xs]),
                ts,
                reference[1],
                at.xs,
                naturals,
                [y.size / (x.size or 1) for x in at.xs],
                point=of_gradient,
                jumps=False,
            )


def gradient_at(at: Point) -> Callable[[Sequence[Any]], list[Any]]:
    """The leaves of the gradient as a function of those of the arguments."""
    gradient = reverse.grad(at.f, tuple(range(len(at.args))))
    return lambda values: [g for _, g in leaves(gradient(*at.inputs.like(values)))]


def products(
    at: Point, gradient: Callable[..., Any]
) -> dict[str, Callable[[Sequence[Any]], list[Any]]]:
    """The derivative of a gradient times directions, by either outer mode."""
    inputs = Inputs(gradient, at.args)
    pullback, _ = reverse.record(gradient, inputs)

    def pushed(ts: Sequence[Any]) -> list[Any]:
        found = [t for _, t in forward.run(inputs, ts)[2]]
        return at.checked("forward mode over a gradient", found, at.xs, lead(ts, at.xs))

    def pulled(ts: Sequence[Any]) -> list[Any]:
        axes = lead(ts, at.xs)
        found = pullback.pull(ts, axes)  # a Hessian is its own transpose
        return at.checked("reverse mode over a gradient", found, at.xs, axes)

    return {"forward": pushed, "reverse": pulled}
