"""When two derivatives count as equal, and how it is told where they do not."""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from admodes.truth.directions import EPSILON, Part, largest


class Undecided(UserWarning):
    """Derivatives were neither confirmed nor contradicted: nothing can tell at this point."""


class Wrong(AssertionError):
    """A derivative is wrong: where, by how much and why, as far as that is known."""

    def __init__(self, what: str, facts: dict[str, Any]) -> None:
        width = max(map(len, facts)) + 1
        lines = [f"    {key + ':':{width}} {fact}" for key, fact in facts.items()]
        super().__init__("\n".join([what, *lines]))
        self.what, self.facts = what, facts


class Judge:
    """Compares derivatives by the tolerances of one check; the first that differs fails it."""

    def __init__(self, title: str, epsilon: float, rtol: float | None, atol: float | None) -> None:
        self.title, self.epsilon, self.rtol, self.atol = title, epsilon, rtol, atol
        self.compared = 0  # entries of derivatives
        self.undecided = 0  # of these
        self.reasons: list[str] = []

    def compare(
        self,
        what: str,
        left: tuple[str, Any],
        right: tuple[str, Any],
        at: Callable[[tuple[int, ...]], str],
        natural: float,
    ) -> None:
        """Fail where two arrays of derivatives differ; `at` says what an index stands for.

        `natural` is the size that such derivatives have where nothing cancels.
        """
        a, b = np.asarray(left[1]), np.asarray(right[1])
        self.compared += a.size
        place = self.worst(a, b, natural, lambda: largest(a, b))
        if place is not None:
            self.fail(what, {"at": at(place), **sides(left, right, place)})

    def compare_parts(
        self,
        what: str,
        left: tuple[str, Sequence[Any]],
        right: tuple[str, Sequence[Any]],
        parts: Sequence[Part],
        names: Sequence[str],
        naturals: Sequence[float],
    ) -> None:
        """The same for one array a part, whose first axis runs over directions of these names."""
        for a, b, part, natural in zip(left[1], right[1], parts, naturals, strict=True):

            def at(index: tuple[int, ...], part: Part = part) -> str:
                return f"{part.entry(index[1:])}, along {names[index[0]]}"

            self.compare(what, (left[0], a), (right[0], b), at, natural)

    def tolerances(self, natural: float, largest: float, truth: bool) -> tuple[float, float]:
        """The relative tolerance, and how far apart derivatives may be, beside `truth` or not."""
        rtol, atol = self.rtol, self.atol
        if rtol is None:
            rtol = max(math.sqrt(self.epsilon), 1e-6 if truth else 0.0)
        if atol is None:
            atol = max(100 * self.epsilon, 1e5 * EPSILON if truth else 0.0) * natural
        return rtol, atol + rtol * largest

    def worst(
        self,
        a: Any,
        b: Any,
        natural: float,
        largest: Callable[[], float],
        truth: bool = False,
        doubt: Any = 0.0,
    ) -> tuple[int, ...] | None:
        """The index of the largest difference, if that is more than what is allowed.

        With `truth`, one side are finite differences, and may be off by `doubt` besides. `largest`
        is asked where it matters: it takes longer than the rest.
        """
        if a.size == 0:
            return None
        with np.errstate(all="ignore"):
            gaps = np.asarray(np.abs(a - b) - doubt)
        worst = int(gaps.argmax())  # a NaN, if there is one, and that is not allowed
        gap = gaps.item(worst)
        if gap <= self.tolerances(natural, 0.0, truth)[1]:
            return None
        if gap <= self.tolerances(natural, largest(), truth)[1]:
            return None
        return tuple(int(i) for i in np.unravel_index(worst, gaps.shape))

    def leave_open(self, count: int, reason: str) -> None:
        """Some derivatives that cannot be judged."""
        self.undecided += count
        self.reasons.append(reason)

    def take_over(self, other: "Judge") -> None:
        """What another one has compared in the same check."""
        self.compared += other.compared
        self.undecided += other.undecided
        self.reasons += other.reasons

    def fail(self, what: str, facts: dict[str, Any]) -> NoReturn:
        __tracebackhide__ = True
        raise Wrong(f"{self.title}: {what}", facts)

    def finish(self) -> None:
        """A check that compared nothing has not passed, and one that could not tell says so."""
        if not self.compared:
            raise ValueError(f"{self.title}: nothing was compared, for all its arrays are empty")
        if self.undecided:
            which = f"{self.undecided} of {self.compared} comparisons are open"
            warnings.warn(f"{self.title}: {which}. {self.reasons[0]}", Undecided, stacklevel=3)


def sides(left: tuple[str, Any], right: tuple[str, Any], place: tuple[int, ...]) -> dict[str, Any]:
    """Both values at an index and how far apart they are, as facts of a failure."""
    a, b = left[1][place], right[1][place]
    return {left[0]: a, right[0]: b, "difference": f"{abs(a - b):.6g}"}
