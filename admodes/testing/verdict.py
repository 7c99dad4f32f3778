"""Derivatives held against values nearby: what is wrong fails, and what is open is noted."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.testing.judge import sides
from admodes.testing.point import Point
from admodes.truth.certainty import SAFETY, has_no_derivative
from admodes.truth.directions import Directions, Function, Part
from admodes.truth.finite_differences import Estimate
from admodes.truth.weighing import Weighed, marked, weigh


def hold_against_differences(
    at: Point,
    what: str,
    mode: str,
    function: Function,
    ts: Directions,
    claimed: Sequence[Any],
    parts: Sequence[Part],
    naturals: Sequence[float],
    sizes: Sequence[float],
    jumps: bool = True,
) -> list[Estimate]:
    """Fail where derivatives along some directions are not those of `function`.

    What cannot be told, or is at a kink, is noted as undecided. Where `function` jumps, no
    derivative is right; a gradient (without `jumps`) does at a kink.

    Returns the truth as far as it is known, and elsewhere what is claimed.
    """
    values = [x.value for x in at.xs]

    def tolerances(natural: float, largest: float) -> tuple[float, float]:
        return at.judge.tolerances(natural, largest, truth=True)

    for hurried in (True, False):  # most mistakes show along every direction
        weighed = weigh(
            function, values, ts, at.tangents[-1], claimed, naturals, tolerances, sizes,
            jumps=jumps, hurried=hurried,
        )  # fmt: skip
        kinks = _kinks(function, values, ts, claimed, weighed)
        explained = all((~each.wrong | k).all() for each, k in zip(weighed, kinks, strict=True))
        if not explained or not any(each.wrong.any() for each in weighed):
            break
    for a, part, each, kink in zip(claimed, parts, weighed, kinks, strict=True):
        at.judge.compared += a.size
        wrong = each.wrong & ~kink
        if wrong.any():
            place = _worst(wrong, a, each.known)
            facts = sides((mode, a), ("differences", each.known.value), place)
            doubt = f"{SAFETY * each.known.doubt[place]:.2g}"
            at.judge.fail(what, {"at": _where(part, ts, place), **facts, "unsure by": doubt})
        for mask, reason in (
            (each.wrong & kink, "there is a kink, and no derivative"),
            (each.unsure & ~each.wrong, "differences cannot tell"),
        ):
            if mask.any():
                place = _worst(mask, a, each.known)
                at.judge.leave_open(
                    int(mask.sum()),
                    f"{reason}: {mode} gives {a[place]:.6g} and differences "
                    f"{each.known.value[place]:.6g}, unsure by "
                    f"{SAFETY * each.known.doubt[place]:.2g}, at {_where(part, ts, place)}",
                )
    return [
        Estimate(
            np.where(each.open, a, each.known.value), np.where(each.open, 0.0, each.known.doubt)
        )
        for a, each in zip(claimed, weighed, strict=True)
    ]


def _kinks(
    function: Function,
    values: Sequence[Any],
    ts: Directions,
    claimed: Sequence[Any],
    weighed: Sequence[Weighed],
) -> list[Any]:
    """Where what looks wrong is as good as anything, for there is no derivative."""
    kinks = [np.zeros(np.shape(a), bool) for a in claimed]
    rows = marked(each.wrong for each in weighed)
    if rows.size:
        own = [None if t is None else t[rows] for t in ts.leaves]
        allowed = [each.allowed for each in weighed]
        here = [a[rows] for a in claimed]
        known = [Estimate(each.known.value[rows], each.known.doubt[rows]) for each in weighed]
        found = has_no_derivative(function, values, own, ts.step, here, allowed, known)
        for kink, one in zip(kinks, found, strict=True):
            kink[rows] = one
    return kinks


def _worst(mask: Any, a: Any, known: Estimate) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        gaps = np.where(mask, np.nan_to_num(np.abs(a - known.value), nan=np.inf), -1.0)
    return tuple(int(i) for i in np.unravel_index(np.argmax(gaps), gaps.shape))


def _where(part: Part, ts: Directions, place: Sequence[int]) -> str:
    return f"{part.entry(place[1:])}, along {ts.names[place[0]]}"
