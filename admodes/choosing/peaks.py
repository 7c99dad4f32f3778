"""The most memory that a derivative holds at once: values, residuals, cotangents, and its result.

What a function, the rules of its primitives and NumPy hold for a moment cannot be had from counts
to within a tenth. So where there is a limit it is seen: a whole derivative that is soon made is
made, and of a long one a pass, while ``tracemalloc`` looks on. What the passes leave behind is
known beside: each its part of the derivative, and at the end all parts at once and the derivative
that they are joined into.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil
from time import perf_counter

from admodes.choosing.model import each_direction
from admodes.choosing.profiling import ITEM, Profile
from admodes.choosing.task import Task
from admodes.choosing.ways import Predicted, Way
from admodes.measure.free_memory import free
from admodes.measure.memory import Traced, traced

SOON = 0.1
"""Seconds of a derivative that is made in full to see what it holds."""
SMALL_SOON = 1.0
"""The same, where little is held: there it counts what the interpreter keeps of past objects."""
PART = 230
"""Bytes of the objects that a pass of a gradient leaves, whose parts are small arrays: views."""
SMALL = 1 << 20
"""Bytes of which what a first call leaves in caches is more than a few percent."""


def settled(call: Callable[[], object]) -> Traced:
    """The same, where a first call fills caches that stay: of the second one, if that matters."""
    start = perf_counter()
    found = traced(call)
    if found.peak < SMALL and perf_counter() - start < 5 * SOON:
        found = traced(call)
    return found


class Peaks:
    """What the ways to a derivative hold at most: seen, or reckoned from those that were seen."""

    def __init__(self, task: Task, profile: Profile) -> None:
        self.task, self.profile = task, profile
        #: by mode and whether it checkpoints: directions a pass -> bytes
        self.seen: dict[tuple[str, bool], dict[int, int]] = {}

    def of(self, way: Predicted) -> int:
        """Bytes, seen in this way itself, as far as the machine has them."""
        own = self.seen.setdefault((way.mode, way.checkpoint), {})
        if way.chunk_size not in own:
            room, k = free(), way.chunk_size
            try:
                # Of a derivative that cannot fit not even a pass is made.
                own[k] = self._look(way) if self.at_least(way) <= room else self.at_least(way)
            except MemoryError:
                own[k] = max(way.bytes, ceil(room))
        return own[way.chunk_size]

    def _look(self, way: Predicted) -> int:
        if way.passes <= 1 or way.seconds < SOON or way.mode == "mixed":
            return settled(self.task.whole(way)).peak
        # Several, for they leave behind what the interpreter keeps for the next ones.
        one, made = self._some(way, SOON)
        if one.peak < SMALL:
            if way.seconds < SMALL_SOON:
                return traced(self.task.whole(way)).peak
            one, made = self._some(way, SMALL_SOON)
        profile = self.profile
        if self.task.scalar:
            return one.peak + PART * (way.passes - made) + ITEM * 2 * profile.inputs
        other = profile.outputs * profile.parts if way.mode == "forward" else profile.inputs
        # The last pass finds the parts of all others there.
        others = profile.entries - way.chunk_size * other
        # What a pass leaves stays until all is joined: its part, units, or the recording.
        joined = one.left + ITEM * (others + profile.entries)
        return max(one.peak + ITEM * others, joined)

    def _some(self, way: Predicted, seconds: float) -> tuple[Traced, int]:
        """What passes hold, as many as that time is enough for; and how many these are."""
        made = 0

        def passes() -> object:
            nonlocal made
            left, parts = self.task.passes(way, seconds)
            made = len(parts)
            return left, parts

        return traced(passes), made

    def reckoned(self, way: Predicted) -> int:
        """Bytes, from the nearest ways of the same kind that were seen.

        Between two of these it is about a straight line: more directions hold more of the same.
        Beyond them each direction holds what the profile says.
        """
        own = self.seen.get((way.mode, way.checkpoint))
        if not own:
            return way.bytes
        k = way.chunk_size
        below, above = ([each for each in own if each <= k], [each for each in own if each >= k])
        if below and above:
            low, high = max(below), min(above)
            share = (k - low) / max(high - low, 1)
            return round(own[low] + share * (own[high] - own[low]))
        near = max(below) if below else min(above)
        each = ITEM * each_direction(self.profile)
        return max(own[near] + round(each * (k - near)), 0)

    def at_least(self, way: Way) -> int:
        """Bytes that are known without looking: of the derivative, and of a tape that is kept."""
        tape = self.profile.tape_bytes if way.mode != "forward" and not way.checkpoint else 0
        return tape + ITEM * self.profile.entries


GENEROUS = 1.3
"""Times the limit that may be reckoned for a way that is looked at all the same."""


def within(ways: Sequence[Predicted], peaks: Peaks, limit: float) -> list[Predicted]:
    """Those that hold no more than `limit`, the quickest first, which was looked at.

    No way is tried that must hold more, by its tape or as more directions than were too many.
    """
    kinds = {(way.mode, way.checkpoint): way for way in sorted(ways, key=_width, reverse=True)}
    open_ = [way for way in ways if peaks.at_least(way) <= limit]
    found: list[Predicted] = []
    while open_ and not found:
        way = open_.pop(0)
        narrowest = kinds[way.mode, way.checkpoint]
        if peaks.of(narrowest) > limit:
            open_ = [each for each in open_ if not _wider(each, narrowest)]
        elif peaks.reckoned(way) <= GENEROUS * limit and peaks.of(way) <= limit:
            found.append(way)
        else:
            open_ = [each for each in open_ if not _wider(each, way)]
    found += [way for way in open_ if peaks.reckoned(way) <= limit]
    return [replace(way, bytes=peaks.reckoned(way)) for way in found]


def least(ways: Sequence[Predicted], peaks: Peaks) -> Predicted:
    """The way that holds least, of those with one direction a pass."""
    narrow = [way for way in ways if way.chunk_size == 1]
    looked_at = [replace(way, bytes=peaks.of(way)) for way in narrow]
    return min(looked_at, key=lambda way: way.bytes)


def _width(way: Way) -> int:
    return way.chunk_size


def _wider(way: Way, than: Way) -> bool:
    """Whether it carries more directions in the same way."""
    same = (way.mode, way.checkpoint) == (than.mode, than.checkpoint)
    return same and way.chunk_size >= than.chunk_size
