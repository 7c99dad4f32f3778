"""Derivatives from values alone as well as they can be known there, and how well that is.

It takes many more evaluations than :func:`~admodes.truth.differences`. So it is for what these do
not confirm: either the derivative is wrong, or the differences are poor.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.truth.complex_steps import COMPLEX_STEP, complex_step
from admodes.truth.directions import EPSILON, SMALL, Function, direction_count, largest
from admodes.truth.finite_differences import Estimate, Line, Scheme, estimates, surest

#: how many times its doubt an estimate may be off
SAFETY = 10
#: how many times longer each spacing is at which rounding is measured than the one before
LONGER = 4096
#: random pairs of directions by which it is seen whether derivatives are linear in them
OTHERS = 4
#: values at each spacing
POINTS = 7


def careful(
    function: Function,
    values: Sequence[Any],
    tangents: Sequence[Any],
    step: float,
    expected: Sequence[Any],
    sizes: Sequence[float] = (),
    epsilon: float = 0.0,
    claimed: Sequence[Any] | None = None,
    around: tuple[Sequence[Any], float] | None = None,
    rounding: Sequence[Any] | None = None,
    digits: Any = 0.0,
    spread: Callable[[], Sequence[Any]] | None = None,
) -> list[Estimate]:
    """The best estimate of derivatives that values of a function allow.

    Central differences at all steps down to those where rounding is all, twice, with steps between
    each other's. Every value of either scheme has to agree with those from all shorter steps, as
    far as these are sure; the rounding is what it is measured to be; numbers are `np.longdouble`
    where `function` takes them, and where that has more digits than double precision. Where the
    complex step can be taken and contradicts nothing, it is the estimate: if differences confirm
    it, or if it is what is `claimed` and they cannot tell.

    Parameters
    ----------
    function, values, tangents, step, sizes
        As for :func:`~admodes.truth.differences`. `function` raises nothing; where it is not
        defined it gives nan.
    expected
        The outputs at `values`.
    epsilon
        No value is taken to be rounded to better than that.
    claimed
        The derivatives that are in question, for each output.
    around
        Directions that move more than `tangents` do, and a step along them: to measure rounding.
    rounding
        How far it moves each output at least, in double precision, where that is known.
    digits
        The sizes of arguments over those of their tangents, where each output, flat, depends on one
        alone: no step is shorter than their last digits.
    spread
        Gives how far rounding on the way moves the derivatives: in a complex step as in what is
        claimed, so that these may agree on digits that are nothing else.

    Returns
    -------
    An estimate an output. A jump has the value inf or -inf and no doubt; where short steps see
    something else than long ones, or nothing is defined, the value is nan.
    """
    with np.errstate(all="ignore"):
        known = [np.zeros(np.shape(y)) for y in expected] if rounding is None else rounding
        asked = _Asked(
            function, values, tangents, step, sizes, epsilon, around or (tangents, step), known,
            digits,
        )  # fmt: skip
        found = _wide(asked, expected) or _differences(asked, float)
        along = complex_step(function, values, tangents, expected, COMPLEX_STEP * 64 * step)
        if along is None:
            return found
        return _confirmed(found, along, claimed, np.ndim(digits) > 0, spread)


class _Asked(NamedTuple):
    """Of which derivatives differences are taken: what :func:`careful` is given."""

    function: Function
    values: Sequence[Any]
    tangents: Sequence[Any]
    step: float
    sizes: Sequence[float]
    epsilon: float
    around: tuple[Sequence[Any], float]
    rounding: Sequence[Any]
    digits: Any

    def line(self, k: int, precision: Any) -> Line:
        return Line(
            self.function, self.values, self.tangents, k, self.sizes, self.epsilon, precision
        )


def is_longdouble_wider() -> bool:
    """Whether `np.longdouble` has more digits here than double precision, evenly spaced."""
    return 2.0**-113 <= float(np.finfo(np.longdouble).eps) < EPSILON


def steepness(
    function: Function, values: Sequence[Any], tangents: Sequence[Any], step: float
) -> list[Any]:
    """How steep the outputs are around `values`, over a whole step to either side.

    A derivative may be zero where the slopes around it are not: they are what it is small beside.
    """
    rows = []
    with np.errstate(all="ignore"):
        for k in range(direction_count(tangents)):
            line = Line(function, values, tangents, k)
            right, left = line(step), line(-step)
            slope = np.fmax(np.abs(right - line.here), np.abs(left - line.here)) / step
            rows.append((slope, np.zeros_like(slope)))
    return [np.where(np.isfinite(e.value), e.value, 0.0) for e in line.parts(rows)]


def has_no_derivative(
    function: Function,
    values: Sequence[Any],
    tangents: Sequence[Any],
    step: float,
    claimed: Sequence[Any],
    asked: Sequence[Any],
    allowed: Sequence[Any],
    known: Sequence[Estimate],
) -> list[Any]:
    """Where `claimed` is as good as any other derivative, for there is none: at a kink.

    It is looked for until there is one at all entries that are `asked` for.

    The derivatives to either side surely differ, by more than what is `allowed`, and the claimed
    one lies between them; or what derivatives there are is not linear in the direction, as for the
    median of equal numbers. What is `known` along the
    directions themselves comes from :func:`careful`.
    """
    rng = np.random.default_rng(0)
    kinks = []
    with np.errstate(all="ignore"):
        right, left = (estimates(function, values, tangents, step, side) for side in (1, -1))
        for a, margin, up, down, best in zip(claimed, allowed, right, left, known, strict=True):
            sure = margin + SAFETY * (up.doubt + down.doubt)
            middle = np.abs((up.value + down.value) / 2 - best.value) <= sure
            low = np.minimum(np.real(up.value), np.real(down.value)) - sure
            high = np.maximum(np.real(up.value), np.real(down.value)) + sure
            between = (low <= np.real(a)) & (np.real(a) <= high)
            kinks.append((np.abs(up.value - down.value) > sure) & between & middle)
        outputs = function(list(values))
        for _ in range(OTHERS):
            if not any((mask & ~kink).any() for mask, kink in zip(asked, kinks, strict=True)):
                break
            pairs = list(zip(*(_either_side(t, rng) for t in tangents), strict=True))
            both = [estimates(function, values, ts, step) for ts in pairs]
            bent = zip(_bent(allowed, known, both), asked, kinks, strict=True)
            rows = marked(mask & own & ~kink for mask, own, kink in bent)
            if not rows.size:
                continue
            # Quick differences may be poor, and contradict each other for that.
            own = [Estimate(each.value[rows], each.doubt[rows]) for each in known]
            chosen = [[None if t is None else t[rows] for t in ts] for ts in pairs]
            both = [careful(function, values, ts, step, outputs) for ts in chosen]
            for kink, mask in zip(kinks, _bent(allowed, own, both), strict=True):
                kink[rows] |= mask
    return kinks


def marked(masks: Iterable[Any]) -> Any:
    """The directions along which any entry of any part is marked."""
    found: Any = False
    for mask in masks:
        found = found | mask.any(axis=tuple(range(1, mask.ndim)))
    return np.flatnonzero(found)


def _bent(
    allowed: Sequence[Any], known: Sequence[Estimate], both: Sequence[Sequence[Estimate]]
) -> list[Any]:
    """Where derivatives along two directions are surely not twice that along their mean."""
    masks = []
    for margin, own, one, two in zip(allowed, known, *both, strict=True):
        sure = margin + SAFETY * (2 * own.doubt + one.doubt + two.doubt)
        masks.append(np.abs(one.value + two.value - 2 * own.value) > sure)
    return masks


def _either_side(t: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Two random directions whose sum is twice the one given."""
    if t is None:
        return None, None
    other = rng.standard_normal(np.shape(t)) * (largest(t) or 1.0)
    return t + other, t - other


# --- Differences ----------------------------------------------------------------------------------


def _wide(asked: _Asked, expected: Sequence[Any]) -> list[Estimate] | None:
    """Differences in a precision higher than double, where there is one and the function takes it.

    Numbers that lose it on the way are noticed by their rounding.
    """
    if not is_longdouble_wider() or asked.epsilon > EPSILON:
        return None
    here = asked.line(0, np.longdouble)
    try:
        here(0.0)
    except TypeError:  # as SciPy's functions and LAPACK's, which have double precision at most
        return None
    if not any(np.finfo(y.dtype).eps < EPSILON for y in here.outputs if y.dtype.kind in "fc"):
        return None
    for y, own, off in zip(here.outputs, expected, asked.rounding, strict=True):
        rtol = math.sqrt(float(np.finfo(np.asarray(own).dtype).eps))
        if not np.allclose(y, own, rtol, rtol * largest(own) + SAFETY * off, equal_nan=True):
            return None
    return _differences(asked, np.longdouble)


def _differences(asked: _Asked, precision: Any) -> list[Estimate]:
    function, values, tangents, step = asked[:4]
    lines = [asked.line(k, precision) for k in range(direction_count(tangents))]
    if not lines:
        raise ValueError("there is no direction to take differences along")
    rounding = _measured_rounding(function, values, *asked.around, precision)
    if asked.around[0] is not tangents:  # a wave along these alone may be lost beside others
        own = _measured_rounding(function, values, tangents, step, precision)
        rounding = np.maximum(rounding, own)
    finer = float(np.finfo(precision).eps) / EPSILON
    bounds = np.concatenate([np.ravel(off) for off in asked.rounding])
    rounding = np.maximum(rounding, finer * bounds)
    return lines[0].parts([_along(line, step, rounding, asked.digits) for line in lines])


def _along(line: Line, step: float, rounding: Any, digits: Any) -> tuple[Any, Any]:
    jump = _jump(line, step, rounding)
    one, other = (_consistent(line, factor * step, rounding, digits) for factor in (1, 0.6))
    value, doubt = _merged(one[:2], other[:2])
    afar, its = _merged(one[2:], other[2:])
    torn = (its < 1e-4 * np.abs(afar)) & (np.abs(afar - value) > SAFETY * (its + doubt))
    value, doubt = np.where(torn, np.nan, value), np.where(torn, np.inf, doubt)
    value, doubt = np.where(jump != 0, jump, value), np.where(jump != 0, 0.0, doubt)
    return value.astype(complex if np.iscomplexobj(value) else float), doubt.astype(float)


def _merged(one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
    """Two values with their doubts as one, which is as sure as their difference allows."""
    (a, doubt_a), (b, doubt_b) = one, other
    apart = np.abs(a - b)
    apart = np.where(np.isnan(apart), np.inf, apart)
    value = np.where(doubt_a <= doubt_b, a, b)
    return value, np.maximum(np.minimum(doubt_a, doubt_b), apart)


def _consistent(line: Line, h: float, rounding: Any, digits: Any) -> tuple[Any, Any, Any, Any]:
    """The value of a scheme that is most sure, of those that no shorter steps contradict.

    And its doubt, and both for the value that is most sure if these are left aside: a function may
    look smooth from afar and have stairs, or waves, that only short steps see. Which of the two is
    meant, no step can say.
    """
    scheme = Scheme()
    bests: list[tuple[Any, Any]] = []
    limit = float(np.finfo(line.precision).eps)
    shortest = h * 64 * 16 * limit  # in which the last digits of the arguments alone change
    while h > shortest or not bests:
        quotient, noise = line.quotient(h)
        share = limit * digits / h  # that rounding has in what the arguments move by
        noise = np.maximum(noise, rounding / h) + share * np.abs(quotient)
        noise = np.where(share < 1 / 16, noise, np.inf)
        found = scheme.add(quotient, noise)
        if found is not None:
            bests.append(surest(*found))
        h /= 4
    values, doubts = (np.stack(each) for each in zip(*bests, strict=True))
    afar = surest(values, doubts)
    for k in reversed(range(len(bests) - 1)):
        apart = np.abs(values[k] - values[k + 1 :]) - SAFETY * doubts[k + 1 :]
        doubts[k] = np.fmax(doubts[k], np.fmax.reduce(apart))
    return *surest(values[::-1], doubts[::-1]), *afar


def _measured_rounding(
    function: Function, values: Sequence[Any], tangents: Sequence[Any], step: float, precision: Any
) -> Any:
    """How far values are off for rounding, on the way and of the arguments, as measured.

    Over spacings of some last digits a smooth function is a line, and the fourth differences of its
    values nothing but their errors (R. W. Hamming, *Numerical Methods for Scientists and
    Engineers*, 1973, chapter 10). Where all are equal, they have fewer digits than it takes to tell
    them apart, and longer spacings do. At the point and a whole step from it, on either side each:
    at the point itself, what is small by cancellation may be exact. All directions at once, and
    spacings that have no ratio, for the arguments of one of them may need no rounding.

    It is infinite where it is neither that of last digits nor small beside the change of the
    function over a step: as of a wave that is shorter than the spacing of floating-point numbers.
    """
    weights = np.random.default_rng(0).uniform(0.5, 1.0, direction_count(tangents))
    together = [None if t is None else np.tensordot(weights, t, 1)[None] for t in tangents]
    line = Line(function, values, together, 0, precision=precision)
    ends = line(step), line(-step)
    change = np.fmax(*(np.abs(end - line.here) for end in ends))
    most: Any = 0.0
    for base, first in ((0.0, 1.0), (0.0, -1.37), (step, 0.83), (-step, -1.61)):
        found: Any = 0.0
        flat: Any = True
        spacing = first * step * 64 * 64 * float(np.finfo(precision).eps)
        while 0 < abs(spacing) < step / 1024 and np.any(flat):
            row = np.stack([line(base + i * spacing) for i in range(1, POINTS + 1)])
            fourth = np.max(np.abs(np.diff(row, 4, axis=0)), axis=0)
            # as large as one error, if they are independent
            found = np.where(flat, fourth / math.sqrt(70), found)
            flat = flat & (row == row[0]).all(axis=0)
            spacing *= LONGER
        most = np.fmax(most, np.where(np.isfinite(found), found, 0.0))
    strange = (most > 1000 * line.rounding(*ends)) & (most > 1e-3 * change)
    return np.where(strange, np.inf, most)


def _jump(line: Line, step: float, rounding: Any) -> Any:
    """An infinity of its sign where a value jumps at the point itself, else 0.

    Every entry is moved by some of its own last digits, to the side that the direction has it move.
    On either side of a jump values are steady, which they are not among waves.
    """
    own = [
        None if t is None else _last_digits(x, t[line.k : line.k + 1])
        for x, t in zip(line.values, line.tangents, strict=True)
    ]
    near = Line(line.function, line.values, own, 0, precision=line.precision)
    h = 64 * float(np.finfo(line.precision).eps)
    right, left = ([np.real(near(side * k * h)) for k in (1, 16, 61, 256)] for side in (1, -1))
    there = right[0] - left[0]
    unsteady = np.maximum(np.ptp(right, axis=0), np.ptp(left, axis=0))
    change = np.real(line(step) - line(-step))
    noise = np.maximum(rounding, line.rounding(line.here))
    jumps = (np.abs(there) > 100 * noise) & (unsteady < 0.1 * np.abs(there))
    jumps &= np.abs(there) > 1e-6 * np.abs(change)
    return np.where(jumps, np.copysign(np.inf, there), 0.0)


def _last_digits(x: Any, t: Any) -> Any:
    return np.sign(t) * np.where(np.asarray(x) == 0, SMALL, np.abs(x))


# --- The complex step -----------------------------------------------------------------------------


def _confirmed(
    found: list[Estimate],
    along: Sequence[Any],
    claimed: Sequence[Any] | None,
    entrywise: bool,
    spread: Callable[[], Sequence[Any]] | None,
) -> list[Estimate]:
    """Complex steps where they contradict no difference and something speaks for them."""
    believed: Any = True
    confirmed: Any = False
    repeated: Any = False
    for i, (c, (value, doubt)) in enumerate(zip(along, found, strict=True)):
        rest = () if entrywise else tuple(range(1, np.ndim(value)))
        sure = SAFETY * doubt <= 1e-3 * np.abs(value)
        scale = largest(c, np.where(sure, value, 0.0))
        agrees = np.abs(c - value) <= SAFETY * doubt + 1e-6 * scale  # nowhere with nan
        believed = believed & np.all(agrees, axis=rest)
        confirmed = confirmed | np.any(sure, axis=rest)
        if claimed is not None:
            a = claimed[i]
            same = np.abs(c - a) <= 1e-9 * largest(c, a)
            repeated = repeated | np.all(same, axis=rest)
    taken = believed & (confirmed | repeated)
    alone = taken & ~confirmed
    moved = spread() if spread is not None and np.any(alone) else [0.0] * len(found)
    result = []
    for c, (value, doubt), off in zip(along, found, moved, strict=True):
        rows, unseen = (
            mask if entrywise else mask.reshape(-1, *[1] * (np.ndim(value) - 1))
            for mask in (taken, alone)
        )
        own = np.maximum(1e4 * EPSILON * largest(c), np.where(unseen, off, 0.0))
        result.append(
            Estimate(np.where(rows, c, value), np.where(rows, np.minimum(own, doubt), doubt))
        )
    return result
