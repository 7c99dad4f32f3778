"""The third opinion: by neither mode, and no rule."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.diagnosis.opinions import (
    EPSILON,
    Look,
    Trouble,
    Worst,
    bounded,
    compare_pairs,
    distance,
    finite_part,
    first,
    gap_of,
    size_of,
)
from admodes.diagnosis.report import Gap
from admodes.truth.complex_steps import COMPLEX_STEP, complex_step
from admodes.truth.directions import Directions, count, double, largest, moved_along, pairing
from admodes.truth.finite_differences import Estimate

#: inputs up to which each has differences of its own, which take ten evaluations and more
FEW = 16


class Third:
    """A third opinion: which one, its derivatives, and how the modes compare with it."""

    def __init__(
        self, look: Look, kind: str, groups: list[int], found: list[list[Estimate]]
    ) -> None:
        self.kind, self.groups, self.found = kind, groups, found
        #: of a single derivative, by its nature
        self.epsilon = max(look.epsilon, 1e-12 if kind == "differences" else 0.0)
        self.worst = Worst()
        self.unsure = self.compared = 0
        for i, own in zip(groups, found, strict=True):
            self._compare_forward(look, i, own)
            self._compare_reverse(look, i, own)

    def _compare_forward(self, look: Look, i: int, own: list[Estimate]) -> None:
        ts = look.tangents[i]
        for j, (a, (b, doubt)) in enumerate(zip(look.pushed[i], own, strict=True)):
            part = look.ys[j]
            scale, natural = (
                largest(finite_part(a), finite_part(b)),
                bounded(ts.natural * part.size),
            )
            allowed = math.sqrt(self.epsilon) * scale + 100 * self.epsilon * natural
            sure = doubt <= allowed
            self.compared += sure.size
            self.unsure += int(np.count_nonzero(~sure))
            differences = np.where(sure, distance(a, b), 0.0)
            if not sure.any():
                continue
            k, *place = first(differences == np.max(differences))
            at = (k, *place)
            difference = float(differences[at])
            where = f"{part.entry(place)}, along {ts.names[k]}"
            gap = gap_of(look, difference, scale, 100 * self.epsilon, natural, where)
            excess = difference / (allowed + 10 * doubt[at]) if difference else 0.0
            self.worst.see(gap, excess, self._trouble(look, ts, j, at, a[at], b[at], gap))

    def _trouble(
        self, look: Look, ts: Directions, j: int, at: Any, a: Any, b: Any, gap: Gap
    ) -> Callable[[], Trouble]:
        k, *place = at
        part = look.ys[j]

        def trouble() -> Trouble:
            cts: list[Any] = [None] * len(look.ys)
            ct = np.zeros(part.shape, part.dtype)
            ct[tuple(place)] = 1
            cts[j] = ct if isinstance(part.value, np.ndarray) else ct[()]
            return Trouble(
                "opinion",
                f"forward mode gives {a:.9g} and the {self.kind} {b:.9g}, at {gap.where}",
                ts.one(k, look.xs),
                cts,
                ts.step,
                gap.relative,
                b - a,
            )

        return trouble

    def _compare_reverse(self, look: Look, i: int, own: list[Estimate]) -> None:
        ts = look.tangents[i]
        values, doubts = [e.value for e in own], [e.doubt for e in own]
        for cts, pulled in zip(look.cotangents, look.pulled, strict=True):
            doubt = pairing([ct if ct is None else np.abs(ct) for ct in cts.leaves], doubts)
            scale = max(size_of(cts.leaves, values), size_of(pulled, ts.leaves))
            unsure = np.any(~(doubt <= math.sqrt(self.epsilon) * scale)) and np.any(doubt)
            if unsure:  # what it is sure of was compared with forward mode
                continue
            sides = (
                ("reverse mode", pairing(pulled, ts.leaves)),
                (self.kind, pairing(cts.leaves, values)),
            )
            compare_pairs(look, self.worst, ts, cts, sides, scale, self.epsilon, doubt)


def third_opinion(look: Look) -> Third:
    """The complex step where it can be used, else extrapolated central differences."""
    every = list(range(len(look.tangents)))
    steps = [_complex_step(look, ts) for ts in look.tangents]
    known = [step for step in steps if step is not None]
    third = None
    if len(known) == len(steps):
        third = Third(look, "complex step", every, known)
        if third.worst.trouble is None and _is_derivative(look, known[-1]):
            return third
    groups = every if count(look.xs) <= FEW else every[-1:]
    found = [_differences(look, i) for i in groups]
    differences = Third(look, "differences", groups, found)
    if third is None:
        return differences
    # The complex step contradicts both modes, or a difference. It is believed against both modes
    # only where differences contradict them too, and say the same.
    both = (third.worst.trouble is None) == (differences.worst.trouble is None)
    return third if both and _confirmed([known[i] for i in groups], differences) else differences


def _complex_step(look: Look, ts: Directions) -> list[Estimate] | None:
    found = complex_step(
        look.float_output,
        look.points,
        ts.leaves,
        look.values["plain NumPy"],
        COMPLEX_STEP * 64 * ts.step,
    )
    return found and [Estimate(d, np.zeros(d.shape)) for d in found]


def _is_derivative(look: Look, steps: list[Estimate]) -> bool:
    """Whether the complex step lost nothing, by one plain difference: to four digits.

    If the modes have lost the same, as at ``abs`` under a wrong rule, it agrees with them.
    """
    ts = look.tangents[-1]
    h = ts.step * 2.0**-11
    there = [look.nearby(moved_along(look.points, ts.leaves, 0, side * h)) for side in (1, -1)]
    for step, y, a, b in zip(steps, look.ys, *there, strict=True):
        quotient = (double(a) - double(b)) / (2 * h)
        allowed = 1e-4 * largest(quotient, step.value[0])
        allowed += 100 * EPSILON * y.size / h
        if not (distance(quotient, step.value[0]) <= allowed).all():
            return False
    return True


def _confirmed(steps: list[list[Estimate]], differences: Third) -> bool:
    """Whether the complex step is what differences are, where these are sure at all."""
    sure = False
    for own, others in zip(steps, differences.found, strict=True):
        for a, (b, doubt) in zip(own, others, strict=True):
            allowed = math.sqrt(differences.epsilon) * largest(a.value, b) + 10 * doubt
            trusted = doubt <= math.sqrt(differences.epsilon) * largest(b)
            sure = sure or bool(trusted.any())
            if not np.where(trusted, distance(a.value, b) <= allowed, True).all():
                return False
    return sure


def _differences(look: Look, i: int) -> list[Estimate]:
    """Extrapolated central differences, taken twice where they contradict forward mode.

    Neighbours in the scheme may confirm each other by accident, but not with other steps again.
    """
    ts = look.tangents[i]
    first = look.estimates(ts, 1.0)
    rtol = math.sqrt(max(look.epsilon, EPSILON))
    if all(
        (distance(a, b) <= rtol * largest(a, b)).all()
        for a, (b, _) in zip(look.pushed[i], first, strict=True)
    ):
        return first
    second = look.estimates(ts, 0.6)
    return [merged(a, b) for a, b in zip(first, second, strict=True)]


def merged(a: Estimate, b: Estimate) -> Estimate:
    """Two estimates as one, which is as sure as their difference allows."""
    value = np.where(a.doubt <= b.doubt, a.value, b.value)
    doubt = np.maximum(np.minimum(a.doubt, b.doubt), distance(a.value, b.value))
    return Estimate(value, doubt)
