"""Interpolation between points."""

from typing import Any

import numpy as np

from admodes.core.declaring import implements
from admodes.core.kinds import array
from admodes.core.values import plain
from admodes.primitives.as_numpy import number

# --- On one line, or where two meet ---------------------------------------------------------------


def on_line(x: Any, start: Any, base: Any, before: Any, after: Any) -> Any:
    """From the point ``(start, base)`` on with the slope `after`; behind it lies another piece.

    At the start itself, x has the mean of both slopes: half of the bend, by ``minimum(x, start)``.
    """
    way, meet = x - start, plain(x) == plain(start)
    if not np.any(meet):
        return after * way + base
    # A slope that is infinite does no harm at the start.
    finite = np.isfinite(plain(after)) & np.isfinite(plain(before))
    if not np.all(finite):
        before, after = (np.where(finite | ~meet, slope, 0) for slope in (before, after))
    bend = np.where(meet, before - after, 0)
    return after * way + base + bend * np.minimum(way, 0)


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
        xp, fp = np.take(xp, order), np.take(fp, order)
        xp = np.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    at, points = plain(x), plain(xp)
    below, above = at < points[0], at > points[-1]
    beyond = below | above | np.isnan(at)
    # What is beyond is replaced, and must do no harm before: as if it were in a piece.
    inside = np.where(beyond, (points[:2] / 2).sum(), x)
    y = on_line(inside, *_pieces(plain(inside), xp, fp, left is None, right is None))
    y = np.where(below, fp[0] if left is None else left, y)
    y = np.where(above, fp[-1] if right is None else right, y)
    return number(np.copy(np.where(np.isnan(at), x, y), "C"))


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
    return np.take(xp, i), np.take(fp, i), np.take(slopes, i), np.take(slopes, i + 1)
