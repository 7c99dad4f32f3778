"""The two modes on an objective: how each has the whole derivative, and what that takes by count.

A Jacobian of which most is 0, as that of bundle adjustment, is also had as its blocks alone: every
observation has 15 parameters and 3 outputs of its own. Forward mode moves one parameter of all
observations at once, reverse mode sums one output over all of them (A. Curtis, M. Powell, J. Reid,
IMA J. Appl. Math. 13 (1974) 117): 15 passes, or 3 sweeps, however many observations there are.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

import admodes as ad
from admodes import counting, reverse
from admodes.measure import peak_bytes
from admodes.measure.words import counted
from experiments.bench.results import Record
from experiments.functions.workloads import PARAMETERS, Objective, Workload
from experiments.sides import gradients, jacobians, passes
from experiments.sides.jacobians import by_reverse
from experiments.sides.passes import Form

LONG = 0.2
"""Seconds of a derivative from which on its memory is estimated, from that of a pass."""


@dataclass(frozen=True)
class Side:
    """What one of the modes differentiates, where, by which passes, and what they must give."""

    mode: str
    f: Callable[[np.ndarray], Any]
    x: np.ndarray
    derivative: passes.Derivative
    expected: np.ndarray  # a direction a row
    describe: passes.Describe


def both(workload: Workload, f: Objective, x: np.ndarray, by_hand: np.ndarray) -> dict[str, Side]:
    """Forward and reverse mode, by name; `by_hand` is the derivative that they must give."""
    kinds = {"gradient": of_gradient, "Jacobian": of_jacobian, "blocks": of_blocks}
    return {side.mode: side for side in kinds[workload.derivative](f, x, by_hand)}


def fitted(derivative: passes.Derivative, f: Objective, x: np.ndarray) -> passes.Derivative:
    """With the k worth trying that suit the values between inputs and outputs.

    Many directions fill the cache sooner where these are wider than the input. Where they are
    narrower, more directions pay for long: each operation is mostly Python's time.
    """
    _, pullback = ad.vjp(f, x)
    typical = pullback.tape.nbytes // len(pullback.tape)
    wide = max(derivative.nbytes, typical)
    narrow = typical < derivative.nbytes
    return replace(derivative, nbytes=wide, doublings=5 if narrow else derivative.doublings)


def of_gradient(f: Objective, x: np.ndarray, by_hand: np.ndarray) -> tuple[Side, Side]:
    gradient = reverse.grad(f)

    def sweep(*_: Any) -> np.ndarray:
        return gradient(x)[None]

    once = passes.Derivative(n=1, nbytes=x.nbytes, whole=lambda k: sweep, some=sweep)

    def at(index: int) -> tuple[int, int]:
        return 0, index

    forwards = fitted(gradients.by_forward(f, x), f, x)
    return (
        Side("forward", f, x, forwards, by_hand, describe("forward", x, at)),
        Side("reverse", f, x, once, by_hand[None], describe("reverse", x, at)),
    )


def of_jacobian(f: Objective, x: np.ndarray, by_hand: np.ndarray) -> tuple[Side, Side]:
    rows = by_hand.reshape(-1, x.size)

    def flat(x: np.ndarray) -> Any:
        return f(x).reshape(-1)

    def by_columns(index: int) -> tuple[int, int]:
        return index % len(rows), index // len(rows)

    def by_rows(index: int) -> tuple[int, int]:
        return divmod(index, x.size)

    forwards = fitted(jacobians.by_forward(flat, x, len(rows)), f, x)
    return (
        Side("forward", flat, x, forwards, rows.T, describe("forward", x, by_columns)),
        Side(
            "reverse",
            flat,
            x,
            by_reverse(flat, x),
            rows,
            describe("reverse", x, by_rows),
        ),
    )


def of_blocks(f: Objective, x: np.ndarray, by_hand: np.ndarray) -> tuple[Side, Side]:
    """Of both the directions run through all observations."""
    count = x.shape[1]
    columns = np.moveaxis(by_hand, 1, 0).reshape(PARAMETERS, -1)

    def moved(steps: np.ndarray) -> Any:
        """The parameters of every observation moved by the same steps."""
        return f(x + steps[:, None]).reshape(-1)

    def summed(x: np.ndarray) -> Any:
        return np.sum(f(x), axis=-1)

    def by_columns(index: int) -> tuple[int, int]:
        parameter, output = divmod(index, columns.shape[1])
        return output, parameter * count + output % count

    def by_rows(index: int) -> tuple[int, int]:
        row, parameter = divmod(index, x.size)
        return row * count + parameter % count, parameter

    still = np.zeros(PARAMETERS)
    forwards = fitted(jacobians.by_forward(moved, still, columns.shape[1]), f, x)
    reverses = by_reverse(summed, x)
    return (
        Side(
            "forward",
            moved,
            still,
            forwards,
            columns,
            describe("forward", x, by_columns),
        ),
        Side("reverse", summed, x, reverses, by_hand, describe("reverse", x, by_rows)),
    )


def describe(mode: str, x: np.ndarray, at: Callable[[int], tuple[int, int]]) -> passes.Describe:
    """Of an entry that is wrong; ``at(index)`` says of which output it is, and by which input."""

    def words(index: int, k: int, found: float, expected: float) -> str:
        output, by = at(index)
        return (
            f"the derivative of output {output} by input {by}, which is {x.flat[by]}, is {found} in"
            f" {mode} mode ({counted(k, 'direction')} a pass) and {expected} by hand"
        )

    return words


def work(side: Side, k: int) -> float:
    """What all passes do, counted: forward mode evaluates `f` in each, reverse mode once."""
    full, rest = divmod(side.derivative.n, k)
    passes_of = {k: full, rest: 1} if rest else {k: full}
    if side.mode == "forward":
        return sum(
            times * counting.tangent(side.f, side.x, directions=each).cost.work()
            for each, times in passes_of.items()
        )
    once = counting.evaluation(side.f, side.x).cost.work()
    return once + sum(
        times * (counting.gradient(side.f, side.x, rows=each).cost.work() - once)
        for each, times in passes_of.items()
    )


def memory(side: Side, form: Form) -> Record:
    """The most bytes held at once: in full, or estimated from one pass and the whole derivative."""
    if form.full and form.seconds < LONG:
        return {
            "peak_bytes": peak_bytes(side.derivative.whole(form.k)),
            "peak_in_full": True,
        }
    a_pass = partial(side.derivative.some, np.arange(form.k), form.k)
    others = side.expected.nbytes * (side.derivative.n - form.k) // side.derivative.n
    return {"peak_bytes": peak_bytes(a_pass) + others, "peak_in_full": False}
