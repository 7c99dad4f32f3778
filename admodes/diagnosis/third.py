"""The third opinion: by neither mode, and no rule."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from admodes.diagnosis.opinions import (
    Look,
    Trouble,
    Worst,
    bounded,
    compare_pairs,
    distance,
    finite_part,
    first,
    gap_of,
)
from admodes.diagnosis.report import Gap
from admodes.truth.certainty import SAFETY, marked
from admodes.truth.complex_steps import COMPLEX_STEP, complex_step
from admodes.truth.directions import (
    EPSILON,
    Directions,
    count,
    double,
    largest,
    moved_along,
    pairing,
    pairing_size,
)
from admodes.truth.finite_differences import Estimate
from admodes.truth.weighing import Weighed, weigh

#: inputs up to which each has differences of its own, which take ten evaluations and more
FEW = 16


class Third:
    """A third opinion: which one, its derivatives, and how the modes compare with it."""

    def __init__(self, look: Look, kind: str, groups: list[int], weighed: list[list[Weighed]]):
        self.kind, self.groups, self.weighed = kind, groups, weighed
        self.worst = Worst()
        #: the same where it is unsure, for short steps say otherwise than long ones: of the latter
        self.afar = Worst()
        #: where it cannot tell, along each direction
        self.untold: list[Callable[[], Trouble]] = []
        self.unsure = self.compared = 0
        for i, own in zip(groups, weighed, strict=True):
            self._compare_forward(look, i, own)
            self._compare_reverse(look, i, own)

    def _compare_forward(self, look: Look, i: int, own: list[Weighed]) -> None:
        ts, epsilon = look.tangents[i], _epsilon(look, self.kind)
        for j, (a, each) in enumerate(zip(look.pushed[i], own, strict=True)):
            (b, doubt), sure = each.known, ~each.unsure
            natural = max(_natural(look, ts, j), each.steep)
            self.compared += sure.size
            self.unsure += int(np.count_nonzero(~sure))
            differences = np.where(sure, distance(a, b), 0.0)
            self._look_from_afar(look, ts, j, a, each)
            for k in marked([~sure]):
                at = (int(k), *first(~sure[k]))
                gap = Gap(math.inf, math.inf, f"{look.ys[j].entry(at[1:])}, along {ts.names[k]}")
                self.untold.append(self._trouble(look, ts, j, at, a[at], b[at], gap))
            if not sure.any():
                continue
            scale = largest(finite_part(a), finite_part(np.where(sure, b, 0.0)))
            for k, row in enumerate(differences):
                place = first(row == np.max(row))
                at = (k, *place)
                difference = float(row[place])
                where = f"{look.ys[j].entry(place)}, along {ts.names[k]}"
                gap = gap_of(look, difference, scale, 100 * epsilon, natural, where)
                allowed = each.allowed + SAFETY * doubt[at]
                excess = difference / allowed if allowed else math.inf * bool(difference)
                self.worst.see(gap, excess, self._trouble(look, ts, j, at, a[at], b[at], gap))

    def _look_from_afar(self, look: Look, ts: Directions, j: int, a: Any, each: Weighed) -> None:
        value, doubt = each.afar
        clear = each.unsure & (SAFETY * doubt <= 1e-3 * np.abs(value))
        gaps = np.where(clear, distance(a, value) - SAFETY * doubt, 0.0)
        k, *place = at = first(gaps == np.max(gaps, initial=0.0)) if gaps.size else (0,)
        if gaps.size and gaps[at] > each.allowed:
            where = f"{look.ys[j].entry(place)}, along {ts.names[k]}"
            gap = Gap(math.inf, gaps[at] / (largest(a, value[at]) or 1.0), where)
            trouble = self._trouble(look, ts, j, at, a[at], value[at], gap)
            self.afar.see(gap, math.inf, trouble)

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

    def _compare_reverse(self, look: Look, i: int, own: list[Weighed]) -> None:
        ts, epsilon = look.tangents[i], _epsilon(look, self.kind)
        if any(each.unsure.any() for each in own):
            return  # what it is sure of was compared with forward mode
        values, doubts = [each.known.value for each in own], [each.known.doubt for each in own]
        for cts, pulled in zip(look.cotangents, look.pulled, strict=True):
            doubt = pairing([ct if ct is None else np.abs(ct) for ct in cts.leaves], doubts)
            scale = max(pairing_size(cts.leaves, values), pairing_size(pulled, ts.leaves))
            sides = (
                ("reverse mode", pairing(pulled, ts.leaves)),
                (self.kind, pairing(cts.leaves, values)),
            )
            steep = sum(
                each.steep * largest(ct) if ct is not None else 0.0
                for each, ct in zip(own, cts.leaves, strict=True)
            )
            compare_pairs(look, self.worst, ts, cts, sides, scale, epsilon, doubt, steep)


def third_opinion(look: Look) -> Third:
    """The complex step where it can be used, else extrapolated central differences."""
    every = list(range(len(look.tangents)))
    steps = [_complex_step(look, i) for i in every]
    known = [step for step in steps if step is not None]
    third = None
    if len(known) == len(steps):
        third = Third(look, "complex step", every, known)
        if not third.worst.troubles and _is_derivative(look, known[-1]):
            return third
    groups = every if count(look.xs) <= FEW else every[-1:]
    runs = [_differences(look, i, hurried=third is not None) for i in groups]
    found = [next(run) for run in runs]
    differences = Third(look, "differences", groups, found)
    # The complex step contradicts both modes, or a difference. It is believed against both modes
    # only where differences contradict them too, and say the same: along one direction is enough.
    if third is not None and _is_believed(third, differences):
        return third
    better = [list(run) for run in runs]
    if any(better):
        found = [[own, *rest][-1] for own, rest in zip(found, better, strict=True)]
        differences = Third(look, "differences", groups, found)
    return third if third is not None and _is_believed(third, differences) else differences


def _epsilon(look: Look, kind: str) -> float:
    """That of a single derivative by its nature."""
    return max(look.epsilon, 1e-12 if kind == "differences" else 0.0)


def _natural(look: Look, ts: Directions, j: int) -> float:
    return bounded(look.natural(ts, look.ys[j].size))


def _complex_step(look: Look, i: int) -> list[Weighed] | None:
    ts = look.tangents[i]
    found = complex_step(
        look.float_output,
        look.points,
        ts.leaves,
        look.values["plain NumPy"],
        COMPLEX_STEP * 64 * ts.step,
    )
    if found is None:
        return None
    none = [np.zeros(np.shape(d)) for d in found]
    rtol = math.sqrt(look.epsilon)
    return [
        Weighed(
            Estimate(d, zero),
            rtol * largest(finite_part(a), finite_part(d))
            + 100 * look.epsilon * _natural(look, ts, j),
            zero != 0,
            zero != 0,
            Estimate(d, zero),
            0.0,
        )
        for j, (d, a, zero) in enumerate(zip(found, look.pushed[i], none, strict=True))
    ]


def _is_derivative(look: Look, steps: list[Weighed]) -> bool:
    """Whether the complex step lost nothing, by one plain difference: to four digits.

    If the modes have lost the same, as at ``abs`` under a wrong rule, it agrees with them.
    """
    ts = look.tangents[-1]
    h = ts.step * 2.0**-11
    there = [look.nearby(moved_along(look.points, ts.leaves, 0, side * h)) for side in (1, -1)]
    for step, y, a, b in zip(steps, look.ys, *there, strict=True):
        own, quotient = step.known.value[0], (double(a) - double(b)) / (2 * h)
        allowed = 1e-4 * largest(quotient, own) + 100 * EPSILON * y.size / h
        if not (distance(quotient, own) <= allowed).all():
            return False
    return True


def _is_believed(third: Third, differences: Third) -> bool:
    """Whether complex steps are what differences are, where these are sure at all, and as right."""
    if bool(third.worst.troubles) != bool(differences.worst.troubles):
        return False
    sure = False
    for i, others in zip(differences.groups, differences.weighed, strict=True):
        for step, other in zip(third.weighed[i], others, strict=True):
            a, (b, doubt) = step.known.value, other.known
            allowed = 1e-6 * largest(a, np.where(other.unsure, 0.0, b)) + SAFETY * doubt
            sure = sure or not other.unsure.all()
            if not np.where(other.unsure, True, distance(a, b) <= allowed).all():
                return False
    return sure


def _differences(look: Look, i: int, hurried: bool) -> Iterator[list[Weighed]]:
    """Extrapolated central differences, with all care where they contradict forward mode.

    If `hurried`, first of one direction alone, where that is enough to contradict it.
    """
    ts, epsilon = look.tangents[i], _epsilon(look, "differences")

    def tolerances(natural: float, largest: float) -> tuple[float, float]:
        rtol = math.sqrt(epsilon)
        return rtol, rtol * largest + 100 * epsilon * natural

    naturals = [_natural(look, ts, j) for j in range(len(look.ys))]
    return weigh(
        look.nearby,
        look.points,
        ts,
        look.tangents[-1],
        look.pushed[i],
        naturals,
        tolerances,
        epsilon=look.within,
        jumps=False,
        hurried=hurried,
        rounding=lambda: look.rounding,
        spread=look.spread,
    )
