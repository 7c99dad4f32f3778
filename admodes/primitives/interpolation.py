"""Interpolation between points."""

from typing import Any

import numpy as np

from admodes.core import costs
from admodes.core.declaring import declare, elementwise, implements
from admodes.core.kinds import array
from admodes.core.singularities import by_convention
from admodes.core.values import is_differentiated, plain

# --- On one line, or where two meet ---------------------------------------------------------------


def line(x: Any, start: Any, base: Any, before: Any, after: Any) -> Any:
    """From the point ``(start, base)`` on; a slope that is infinite does no harm there."""
    with np.errstate(invalid="ignore"):
        y = after * (x - start) + base
    return np.where(x == start, base, y)


def _slope(x: Any, start: Any, before: Any, after: Any) -> Any:
    """That of the far side of the start; at the start itself the mean of both sides."""
    apart, meet = x - start, plain(x) == plain(start)
    if not np.any(meet):
        return after
    kink = meet & (is_differentiated(before) | (plain(before) != plain(after)))
    slope = np.where(meet, 0.5 * before + 0.5 * after, after)
    return by_convention(slope, kink, apart, before, after)


def _way(x: Any, start: Any, side: float) -> Any:
    """How far it is from the start on this side, by which its slope is multiplied."""
    meet = plain(x) == plain(start)
    return by_convention((x - start) * np.where(meet, 0.5, side), meet, x - start)


_line = declare(
    elementwise(
        line,
        lambda _y, x, start, _base, before, after: _slope(x, start, before, after),
        lambda _y, x, start, _base, before, after: -_slope(x, start, before, after),
        1,
        lambda _y, x, start, _base, _before, _after: _way(x, start, 0.0),
        lambda _y, x, start, _base, _before, _after: _way(x, start, 1.0),
    ),
    cost=costs.per_entry(additions=2, multiplications=1),
)

# --- Between points -------------------------------------------------------------------------------


@implements(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """At a point `xp`, where two pieces meet, x has the mean of their slopes.

    Beyond the outer points there is a constant, whose slope is 0; where it is not the value of the
    outer point there is a jump, and the slope is that of the piece between the points.
    """
    one = np.float64(1)  # makes float64 of what is narrower, and of integers
    x, xp, fp = (array(each) * one for each in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError("Data points must be 1-D sequences")
    if len(xp) != len(fp):
        raise ValueError("fp and xp are not of the same length")
    if not len(xp):
        raise ValueError("array of sample points is empty")
    if period is not None:
        if plain(period) == 0:
            raise ValueError("period must be a non-zero value")
        left = right = None
        period = np.abs(period)
        x, xp = x % period, xp % period
        order = np.argsort(plain(xp))
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    at, points = plain(x), plain(xp)
    below, above = at < points[0], at > points[-1]
    beyond = below | above | np.isnan(at)
    # What is beyond is replaced, and must do no harm before: as if it were in a piece.
    inside = np.where(beyond, (points[:2] / 2).sum(), x)
    y = _line(inside, *_pieces(plain(inside), xp, fp, left is None, right is None))
    y = np.where(below, fp[0] if left is None else left, y)
    y = np.where(above, fp[-1] if right is None else right, y)
    return np.copy(np.where(np.isnan(at), x, y), "C")


def _pieces(at: Any, xp: Any, fp: Any, flat_below: bool, flat_above: bool) -> tuple[Any, ...]:
    """The point before each place, and the slopes on both sides of that point."""
    widths, rises = np.diff(xp), np.diff(fp)
    empty = plain(widths) == 0
    if np.any(empty):  # two points are one, and the second counts
        slopes = np.where(empty, 0.0, rises / np.where(empty, 1.0, widths))
    else:
        slopes = rises / widths
    flat = np.zeros(1, plain(slopes).dtype)
    before = flat if flat_below or not len(slopes) else slopes[:1]
    after = flat if flat_above or not len(slopes) else slopes[-1:]
    i = np.clip(np.searchsorted(plain(xp), at, "right") - 1, 0, None)
    slopes = np.concatenate([before, slopes, after])
    return xp[i], fp[i], slopes[i], slopes[i + 1]
