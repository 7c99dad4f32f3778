"""Derivatives held against values nearby: what is wrong fails, and what is open is noted."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.diagnosis.opinions import Trouble
from admodes.diagnosis.report import HARMLESS, Finding
from admodes.diagnosis.search import explain, wrong_rule
from admodes.testing.judge import sides
from admodes.testing.point import Point
from admodes.truth.certainty import SAFETY, has_no_derivative, marked
from admodes.truth.directions import Directions, Function, Part, like
from admodes.truth.finite_differences import Estimate
from admodes.truth.weighing import Weighed, weigh

#: directions that are looked into operation by operation, where differences cannot tell
MOST = 16


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
    point: Callable[[], Point],
    jumps: bool = True,
) -> list[Estimate]:
    """Fail where derivatives along some directions are not those of `function`.

    What cannot be told, or is at a kink, is noted as undecided; so is what nothing is guilty of:
    where every operation of `point`, at which `function` is recorded, is right by differences of
    its own. Where `function` jumps, no derivative is right; a gradient (without `jumps`) does at a
    kink.

    Returns the truth as far as it is known, and elsewhere what is claimed.
    """

    def tolerances(natural: float, largest: float) -> tuple[float, float]:
        return at.judge.tolerances(natural, largest, truth=True)

    for weighed in weigh(
        function, at.points, ts, at.tangents[-1], claimed, naturals, tolerances, sizes,
        jumps=jumps, hurried=True, rounding=lambda: point().rounding,
        spread=lambda tangents, own: point().spread(tangents, own),
    ):  # fmt: skip
        kinks = _kinks(function, at.points, ts, claimed, weighed)
        wrong = [each.wrong & ~kink for each, kink in zip(weighed, kinks, strict=True)]
        guilty = _guilty(point, ts, claimed, weighed, wrong)
        if guilty is not None:  # most mistakes show along every direction
            break
    rest = [each.open & ~mask for each, mask in zip(weighed, wrong, strict=True)]
    guilty = guilty or _wrong_by_parts(point, ts, rest)
    for i, (a, part, each, kink) in enumerate(zip(claimed, parts, weighed, kinks, strict=True)):
        at.judge.compared += a.size
        if guilty is not None:
            _accuse(at, what, mode, part, ts, a, each, (wrong[i] | rest[i])[guilty.row], guilty)
        for mask, reason in (
            (each.wrong & kink, "there is a kink, and no derivative"),
            (wrong[i], "differences cannot tell, for no operation is wrong by those of its own"),
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


def _accuse(
    at: Point,
    what: str,
    mode: str,
    part: Part,
    ts: Directions,
    a: Any,
    each: Weighed,
    accused: Any,
    guilty: "_Guilty",
) -> None:
    """Fail at the worst of the entries that are accused along the direction of the guilty."""
    if not accused.any():
        return
    mask = np.zeros(np.shape(a), bool)
    mask[guilty.row] = accused
    place = _worst(mask, a, each.known)
    facts = {"at": _where(part, ts, place)}
    facts |= sides((mode, a), ("differences", each.known.value), place)
    facts |= {"unsure by": f"{SAFETY * each.known.doubt[place]:.2g}"}
    if guilty.finding.kind != "unknown":
        facts |= guilty.finding.facts()
    elif np.isinf(each.known.value[place]):
        facts |= {"because": "the value jumps at this point, where no derivative is right"}
    at.judge.fail(what, facts)


class _Guilty(NamedTuple):
    row: int  #: the direction along which a derivative is wrong
    finding: Finding


def _guilty(
    point: Callable[[], Point],
    ts: Directions,
    claimed: Sequence[Any],
    weighed: Sequence[Weighed],
    wrong: Sequence[Any],
) -> _Guilty | None:
    """What is to blame for derivatives that look wrong, if it is not the differences."""
    for row in marked(wrong):
        gaps = [
            np.where(mask[row], np.nan_to_num(each.known.value[row] - a[row]), 0.0)
            for a, each, mask in zip(claimed, weighed, wrong, strict=True)
        ]
        found = explain(point(), _trouble(point(), ts, row, gaps))
        if found.kind not in ("cancellation", *HARMLESS):
            return _Guilty(int(row), found)
    return None


def _wrong_by_parts(
    point: Callable[[], Point], ts: Directions, unsure: Sequence[Any]
) -> _Guilty | None:
    """An operation that is wrong by differences of its own, where those of the whole are unsure."""
    for row in marked(unsure)[:MOST]:
        trouble = _trouble(point(), ts, row, [mask[row].astype(float) for mask in unsure])
        rule = wrong_rule(point(), trouble)
        if rule is not None:
            return _Guilty(int(row), rule)
    return None


def _trouble(point: Point, ts: Directions, row: int, gaps: Sequence[Any]) -> Trouble:
    """The gaps along a direction as one, to which each adds as much as any other."""
    sizes = [np.where(gap == 0, np.inf, np.abs(gap)) for gap in gaps]
    least = min(float(np.min(size)) for size in sizes)
    cts = [
        like(np.conj(gap / size) * (least / size), y.value)
        for gap, size, y in zip(gaps, sizes, point.ys, strict=True)
    ]
    count = sum(int(np.count_nonzero(gap)) for gap in gaps)
    return Trouble("opinion", "", ts.one(row, point.xs), cts, ts.step, 1.0, least * count)


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
        asked = [each.wrong[rows] for each in weighed]
        found = has_no_derivative(function, values, own, ts.step, here, asked, allowed, known)
        for kink, one in zip(kinks, found, strict=True):
            kink[rows] = one
    return kinks


def _worst(mask: Any, a: Any, known: Estimate) -> tuple[int, ...]:
    with np.errstate(all="ignore"):
        gaps = np.where(mask, np.nan_to_num(np.abs(a - known.value), nan=np.inf), -1.0)
    return tuple(int(i) for i in np.unravel_index(np.argmax(gaps), gaps.shape))


def _where(part: Part, ts: Directions, place: Sequence[int]) -> str:
    return f"{part.entry(place[1:])}, along {ts.names[place[0]]}"
