"""First derivatives: forward mode, reverse mode and the truth, each two against each other."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from admodes import forward
from admodes.core.values import plain
from admodes.diagnosis.opinions import Trouble
from admodes.diagnosis.search import explain
from admodes.testing.judge import sides
from admodes.testing.point import Point, in_range
from admodes.testing.verdict import hold_against_differences
from admodes.truth.certainty import SAFETY
from admodes.truth.directions import Directions, count, like, pairing, pairing_size


def check_values(at: Point) -> None:
    """What the modes compute beside derivatives is what plain NumPy computes."""
    expected = at.plain_output(at.points)
    random = at.tangents[-1]
    pairs = forward.run(at.inputs, random.one(0, at.xs))[2]
    for mode, found in (
        ("forward mode", [y for y, _ in pairs]),
        ("reverse mode", at.pullback.values),
    ):
        what = f"the value in {mode} is not plain NumPy's"
        if len(found) != len(expected):
            at.judge.fail(what, {"parts": len(found), "expected": len(expected)})
        for i, y in zip(at.places, at.ys, strict=True):
            value, own = np.asarray(plain(found[i])), np.asarray(expected[i])
            same_dtype = value.dtype == own.dtype or isinstance(expected[i], (float, complex))
            if value.shape != own.shape or not same_dtype:
                at.judge.fail(
                    what,
                    {
                        "at": y.path,
                        mode: f"shape {value.shape}, dtype {value.dtype}",
                        "plain NumPy": f"shape {own.shape}, dtype {own.dtype}",
                    },
                )
            finite = np.isfinite(own)
            if not np.array_equal(value[~finite], own[~finite], equal_nan=True):
                finite = np.ones_like(finite)
            left, right = own, value
            if not finite.all():
                left, right = np.where(finite, own, 0), np.where(finite, value, 0)
            place = at.judge.worst(left, right, y.size, partial(float, y.size))
            if place is not None:
                shown = sides(("plain NumPy", own), (mode, value), place)
                at.judge.fail(what, {"at": y.entry(place), **shown})


@in_range
def check_directions(at: Point) -> None:
    """One direction against several, and forward mode against its replay on the recording."""
    ts, cts = at.tangents[-1], at.cotangents[-1]
    jvp = "jvp", at.one_by_one(at.push, ts, at.xs)
    vjp = "vjp", at.one_by_one(at.pull, cts, at.ys)
    sizes = [at.natural(ts, y.size) for y in at.ys]
    alone = at.one_by_one(at.replay, ts, at.xs)
    for what, other in (
        ("forward mode differs for", ("several directions", at.push(ts.leaves))),
        ("linearize differs from jvp for", ("one direction", alone)),
        ("linearize differs from jvp for", ("several directions", at.replay(ts.leaves))),
    ):
        what = f"{what} {other[0]}"
        at.judge.compare_parts(what, jvp, other, at.ys, ts.names, sizes)
    at.judge.compare_parts(
        "reverse mode differs for several cotangents",
        vjp,
        ("several cotangents", at.pull(cts.leaves)),
        at.xs,
        cts.names,
        [at.natural(cts, 1 / (x.size or 1)) for x in at.xs],
    )


@in_range
def check_adjoint(at: Point) -> None:
    """Reverse mode is the transpose of forward mode."""
    check_transpose(
        at,
        "forward mode and reverse mode disagree: ⟨ct, J t⟩ is not ⟨Jᵀ ct, t⟩",
        ("forward mode", [at.push(ts.leaves) for ts in at.tangents]),
        halve=True,
    )


@in_range
def check_truth(at: Point) -> None:
    """Both modes give what finite differences give."""
    pushed = [at.push(ts.leaves) for ts in at.tangents]
    known = [
        hold_against_differences(
            at,
            "forward mode differs from finite differences",
            "forward mode",
            at.nearby,
            ts,
            claimed,
            at.ys,
            [at.natural(ts, y.size) for y in at.ys],
            [y.size for y in at.ys],
            point=lambda: at,
        )
        for ts, claimed in zip(at.tangents, pushed, strict=True)
    ]
    check_transpose(
        at,
        "reverse mode differs from finite differences",
        ("differences", [[each.value for each in own] for own in known]),
        doubts=[[SAFETY * each.doubt for each in own] for own in known],
    )


def check_transpose(
    at: Point,
    what: str,
    other: tuple[str, list[list[Any]]],
    halve: bool = False,
    doubts: list[list[Any]] | None = None,
) -> None:
    """⟨ct, J t⟩ = ⟨Jᵀ ct, t⟩ for all directions, with J t from the `other` side.

    With `halve`, a random direction where they differ is halved until one entry of it is found.
    With `doubts`, the other side are differences, and may be off by that much. What rounding may
    have made is left open.
    """
    pulled = [at.pull(cts.leaves) for cts in at.cotangents]
    for i, (ts, pushed) in enumerate(zip(at.tangents, other[1], strict=True)):
        for cts, back in zip(at.cotangents, pulled, strict=True):
            shape = len(cts.names), len(ts.names)
            left = _table(pairing(cts.leaves, pushed), shape)
            right = _table(pairing(back, ts.leaves), shape)
            largest = partial(_pairing_size, (cts.leaves, pushed), (back, ts.leaves))
            natural = at.natural_pair(ts, cts)
            doubt: Any = 0.0
            if doubts is not None:
                weights = [ct if ct is None else np.abs(ct) for ct in cts.leaves]
                doubt = _table(pairing(weights, doubts[i]), shape)
            truth = doubts is not None
            place = at.judge.worst(left, right, natural, largest, truth, doubt)
            if place is not None:
                natural = max(natural, at.around(ts, cts))
                place = at.judge.worst(left, right, natural, largest, truth, doubt)
            if place is not None:
                spread = _table(_rounding(at, ts, cts), shape)
                spoilt = doubt + SAFETY * spread
                if at.judge.worst(left, right, natural, largest, truth, spoilt) is None:
                    facts = sides((other[0], left), ("reverse mode", right), place)
                    told = ", ".join(f"{side} {fact}" for side, fact in facts.items())
                    at.judge.leave_open(1, f"rounding on the way moves what is compared: {told}")
                    place = None
            at.judge.compared += left.size if count(at.xs) else 0
            if place is None:
                continue
            row, column = place
            why = _why(at, ts, cts, row, column)
            if halve and ts is at.tangents[-1]:
                locate(at, what, cts, row, column, why)
            where = f"{cts.names[row]}, along {ts.names[column]}"
            shown = sides((other[0], left), ("reverse mode", right), place)
            at.judge.fail(what, {"at": where, **shown, **why})


def _why(at: Point, ts: Directions, cts: Directions, row: int, column: int) -> dict[str, str]:
    """Where forward and reverse mode part along these directions, if an operation is guilty."""
    trouble = Trouble("modes", "", ts.one(column, at.xs), cts.one(row, at.ys), ts.step)
    with np.errstate(all="ignore"):
        found = explain(at, trouble)
    return found.facts() if found.blames else {}


def _rounding(at: Point, ts: Directions, cts: Directions) -> Any:
    """How far rounding may move ⟨ct, J t⟩: of values on the way, and in either mode's pass."""
    pushed, pulled = at.push(ts.leaves), at.pull(cts.leaves)
    of_values, of_push = at.spread(ts.leaves, pushed), at.pass_spread(at.push, ts, pushed)
    of_pull = at.pass_spread(at.pull, cts, pulled)
    moves, weights = (
        [None if t is None else np.abs(t) for t in group.leaves] for group in (ts, cts)
    )
    return pairing(weights, of_values) + pairing(weights, of_push) + pairing(of_pull, moves)


def _table(sums: Any, shape: tuple[int, int]) -> Any:
    """Of every cotangent with every tangent; of one with nothing the sum is a number, 0."""
    return sums if np.shape(sums) == shape else np.broadcast_to(sums, shape)


def _pairing_size(*pairs: tuple[Sequence[Any], Sequence[Any]]) -> float:
    return max(pairing_size(*pair) for pair in pairs)


def locate(
    at: Point, what: str, cts: Directions, row: int, column: int, why: dict[str, str]
) -> None:
    """Fail at one entry of the arguments where the modes disagree, if there is one.

    How far they disagree along a direction is the sum over its two halves: taking the worse
    half again and again ends at an entry.
    """
    ct = cts.one(row, at.ys)
    back = [np.asarray(g)[None] for g in at.pull(ct)]
    whole = [t[column] for t in at.tangents[-1].leaves]
    ends = np.cumsum([t.size for t in whole])

    def both(start: int, stop: int) -> tuple[float, float]:
        """Forward and reverse mode's derivative along some entries of the direction."""
        t = [np.zeros_like(own) for own in whole]
        for own, kept, end in zip(whole, t, ends, strict=True):
            inside = slice(*(max(0, i - int(end) + own.size) for i in (start, stop)))
            kept.reshape(-1)[inside] = own.reshape(-1)[inside]
        one = [like(own, x.value) for own, x in zip(t, at.xs, strict=True)]
        pushed = [np.asarray(y)[None] for y in at.push(one)]
        forwards = pairing([np.asarray(c)[None] for c in ct], pushed)
        backwards = pairing(back, [own[None] for own in t])
        return float(np.sum(forwards)), float(np.sum(backwards))

    start, stop = 0, int(ends[-1])
    left, right = both(start, stop)
    while stop - start > 1:
        middle = (start + stop) // 2
        halves = {(start, middle): both(start, middle), (middle, stop): both(middle, stop)}
        (start, stop), (left, right) = max(
            halves.items(), key=lambda half: abs(half[1][0] - half[1][1])
        )
    if abs(left - right) <= math.sqrt(at.judge.epsilon) * max(abs(left), abs(right)):
        return
    i = int(np.searchsorted(ends, start, side="right"))
    index = np.unravel_index(start - int(ends[i]) + whole[i].size, whole[i].shape)
    at.judge.fail(
        f"{what}, for a random ct and a t that is zero but for one entry",
        {
            "at": at.xs[i].entry([int(k) for k in index]),
            "forward mode": left,
            "reverse mode": right,
            "difference": f"{abs(left - right):.6g}",
            **why,
        },
    )
