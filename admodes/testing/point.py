"""A function at a point, whose derivatives are judged."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from admodes.testing.judge import Judge
from admodes.truth import point
from admodes.truth.directions import Part


class OutOfRange(Exception):
    """A derivative overflows, but perhaps not along shorter directions: the point has these now."""


def in_range(check: Callable[..., None]) -> Callable[..., None]:
    """The check of a point, made again along shorter directions if need be."""

    @functools.wraps(check)
    def made(at: "Point", *args: Any, **options: Any) -> None:
        __tracebackhide__ = True
        try:
            return check(at, *args, **options)
        except OutOfRange:
            pass
        return check(at, *args, **options)

    return made


class Point(point.Point):
    """A function at a point; what is wrong with a derivative there fails the check."""

    def __init__(
        self,
        title: str,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        rtol: float | None,
        atol: float | None,
        seed: int,
        arguments: str = "argument",
    ) -> None:
        super().__init__(title, f, args, seed, arguments)
        self.judge = Judge(title, self.epsilon, rtol, atol)

    def inspect(self, mode: str, d: Any, part: Part, axes: tuple[int, ...]) -> None:
        """Fail where a derivative has the wrong shape, or is not finite whatever its direction."""
        shape = axes + part.shape
        if d.shape != shape:
            self.judge.fail(
                f"{mode} gives a derivative of the wrong shape",
                {"at": part.path, "found": d.shape, "expected": shape},
            )
        if not np.isfinite(d).all():
            if self.shorten():
                raise OutOfRange
            index = tuple(np.argwhere(~np.isfinite(d))[0].tolist())
            self.judge.fail(
                f"{mode} gives a derivative that is not finite",
                {"at": part.entry(index[len(axes) :]), mode: d[index]},
            )
