"""Claimed derivatives weighed against differences: right, wrong, or more than these can tell."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from admodes.truth.certainty import SAFETY, careful, marked, steepness
from admodes.truth.directions import EPSILON, SMALL, Directions, Function, largest
from admodes.truth.finite_differences import Estimate, estimates

Tolerances = Callable[[float, float], tuple[float, float]]
"""From the natural size of derivatives and the largest one: the relative tolerance, and the whole.
"""


class Weighed(NamedTuple):
    """Derivatives of one part of the output, entry by entry beside what is known of them."""

    known: Estimate
    allowed: float  #: how far they may be off, by the tolerances
    wrong: Any  #: a mask: they are off by more than that and the doubt together
    unsure: Any  #: another: the doubt is too large to tell
    afar: Estimate  #: by the quick differences, of long steps
    steep: float  #: how large derivatives are around the point, if that was looked for

    @property
    def open(self) -> Any:
        return self.wrong | self.unsure


def weigh(
    function: Function,
    values: Sequence[Any],
    ts: Directions,
    every: Directions,
    claimed: Sequence[Any],
    naturals: Sequence[float],
    tolerances: Tolerances,
    sizes: Sequence[float] = (),
    epsilon: float = 0.0,
    jumps: bool = True,
    hurried: bool = False,
    rounding: Callable[[], Sequence[Any]] | None = None,
    spread: Callable[[Sequence[Any], Sequence[Any]], Sequence[Any]] | None = None,
) -> Iterator[list[Weighed]]:
    """What `claimed` derivatives along `ts` are worth, for each output of `function`.

    Where quick differences do not confirm them, they are taken again with all care. A derivative
    that is smaller than what can be told is known to be that small, if it is small beside what
    derivatives are around the point; `every` are directions that move all arguments, to see these.
    Where `function` jumps, no derivative is right; or nothing can be told, without `jumps`.

    Where these may be poor, `rounding` says how far it moves each output, and `spread` how far
    derivatives along some directions, which are claimed to be these.

    The last that comes is what can be known. Before it, if `hurried`, comes what is known once the
    worst direction is taken again alone, and that is wrong: it leaves the others open.
    """

    def weighed(steep: Sequence[float]) -> list[Weighed]:
        rows = zip(claimed, known, afar, naturals, steep, strict=True)
        return [_weighed(tolerances, jumps, *row) for row in rows]

    afar = estimates(function, values, ts.leaves, ts.step, epsilon=epsilon, sizes=sizes)
    known = list(afar)
    result = weighed([0.0] * len(known))
    rows = marked(each.open for each in result)
    if not rows.size:
        yield result
        return
    outputs = function(list(values))
    floor = None if rounding is None else rounding()
    around = [None if t is None else t[:1] for t in every.leaves], every.step
    share = ts.natural / every.natural
    steep = [share * largest(slope) for slope in steepness(function, values, *around)]
    for chosen in _worst_first(rows, claimed, known) if hurried else [rows]:
        own = [None if t is None else t[chosen] for t in ts.leaves]
        here = [a[chosen] for a in claimed]
        better = careful(
            function, values, own, ts.step, outputs, sizes, epsilon, here, around, floor,
            spread=None if spread is None else partial(spread, own, here),
        )  # fmt: skip
        known = [_replaced(one, chosen, other) for one, other in zip(known, better, strict=True)]
        slopes = steepness(function, values, own, ts.step)
        steep = [max(a, largest(b)) for a, b in zip(steep, slopes, strict=True)]
        result = weighed(steep)
        rows = np.setdiff1d(rows, chosen)
        if rows.size and any(each.wrong[chosen].any() for each in result):
            yield [_left_open(each, rows) for each in result]
    yield result


def _worst_first(rows: Any, claimed: Sequence[Any], known: Sequence[Estimate]) -> list[Any]:
    """The direction along which claims are farthest from what is known; and then the others."""
    with np.errstate(all="ignore"):
        gaps = [
            np.nan_to_num([largest(a[row] - b[row]) / (largest(a) or 1.0) for row in rows])
            for a, (b, _) in zip(claimed, known, strict=True)
        ]
    worst = rows[int(np.argmax(np.max(gaps, axis=0)))]
    others = rows[rows != worst]
    return [np.array([worst]), others] if others.size else [rows]


def _left_open(each: Weighed, rows: Any) -> Weighed:
    wrong, unsure = each.wrong.copy(), each.unsure.copy()
    wrong[rows], unsure[rows] = False, True
    return each._replace(wrong=wrong, unsure=unsure)


def _weighed(
    tolerances: Tolerances,
    jumps: bool,
    a: Any,
    known: Estimate,
    afar: Estimate,
    natural: float,
    steep: float,
) -> Weighed:
    b, doubt = known
    if not jumps:
        doubt = np.where(np.isinf(b), np.inf, doubt)
    sure = doubt <= 0.1 * np.abs(b)
    with np.errstate(all="ignore"):
        rtol, allowed = tolerances(natural, largest(a, np.where(sure, b, 0.0)))
        allowed += 100 * EPSILON * steep  # rounding of what cancels at the point
        off = SAFETY * doubt
        wrong = ~(np.abs(a - b) <= allowed + off) & (off < np.inf)
        unsure = ~(off <= max(allowed, rtol * steep, SMALL))
    return Weighed(Estimate(b, doubt), allowed, wrong, unsure, afar, steep)


def _replaced(known: Estimate, rows: Any, better: Estimate) -> Estimate:
    value, doubt = known.value.copy(), known.doubt.copy()
    value[rows], doubt[rows] = better
    return Estimate(value, doubt)
