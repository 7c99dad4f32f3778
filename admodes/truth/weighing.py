"""Claimed derivatives weighed against differences: right, wrong, or more than these can tell."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.truth.certainty import SAFETY, careful, steepness
from admodes.truth.directions import SMALL, Directions, Function, largest
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
) -> list[Weighed]:
    """What `claimed` derivatives along `ts` are worth, for each output of `function`.

    Where quick differences do not confirm them, they are taken again with all care. A derivative
    that is smaller than what can be told is known to be that small, if it is small beside what
    derivatives are around the point; `every` are directions that move all arguments, to see these.
    Where `function` jumps, no derivative is right; or nothing can be told, without `jumps`.
    """

    def weighed(steep: Sequence[float]) -> list[Weighed]:
        rows = zip(claimed, known, afar, naturals, steep, strict=True)
        return [_weighed(tolerances, jumps, *row) for row in rows]

    afar = estimates(function, values, ts.leaves, ts.step, epsilon=epsilon, sizes=sizes)
    known = afar
    result = weighed([0.0] * len(known))
    rows = marked(each.open for each in result)
    if rows.size:
        own = [None if t is None else t[rows] for t in ts.leaves]
        here = [a[rows] for a in claimed]
        outputs = function(list(values))
        better = careful(function, values, own, ts.step, outputs, sizes, epsilon, claimed=here)
        known = [_replaced(one, rows, other) for one, other in zip(known, better, strict=True)]
        around = [None if t is None else t[:1] for t in every.leaves]
        share = ts.natural / every.natural
        slopes = zip(
            steepness(function, values, own, ts.step),
            steepness(function, values, around, every.step),
            strict=True,
        )
        result = weighed([max(largest(a), share * largest(b)) for a, b in slopes])
    return result


def marked(masks: Iterable[Any]) -> Any:
    """The directions along which any entry of any part is marked."""
    found: Any = False
    for mask in masks:
        found = found | mask.any(axis=tuple(range(1, mask.ndim)))
    return np.flatnonzero(found)


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
        off = SAFETY * doubt
        wrong = ~(np.abs(a - b) <= allowed + off) & (off < np.inf)
        unsure = ~(off <= max(allowed, rtol * steep, SMALL))
    return Weighed(Estimate(b, doubt), allowed, wrong, unsure, afar, steep)


def _replaced(known: Estimate, rows: Any, better: Estimate) -> Estimate:
    value, doubt = known.value.copy(), known.doubt.copy()
    value[rows], doubt[rows] = better
    return Estimate(value, doubt)
