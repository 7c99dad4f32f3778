"""Rules of which one half is given, and the other made from it: push and pull are transposes."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from admodes.users.checking import Form, conforming
from admodes.users.rules import Custom, lead_of
from admodes.users.transposing import LinearMap, refuse_nonlinear, transposed

TRIAL = 6
"""Directions to evaluate between two trials of a half that stands alone, each of which takes three.
Recording and sweeping takes about as long as these, and so is tried each time."""


class Half(Custom):
    """A rule of which one half is given, linear; the other is its transpose.

    The other takes all directions at once, whatever the given one does: that is recorded for one,
    and swept with all. Whether it is linear is tried at the first use of the rule, and then as
    often as makes for a half of what the rule itself takes.
    """

    def __init__(self, *args: Any, directions: bool, given: str) -> None:
        super().__init__(*args, directions=directions)
        self.given = given
        #: directions that were evaluated since the last trial
        self.untried = TRIAL

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        _, (y, xs) = residual
        lead = lead_of(tangents, xs)
        if self.given == "push":
            self.try_out(residual, tangents, math.prod(lead))
            return super().push(residual, tangents)
        self.try_out(residual, tangents, TRIAL)
        (t,) = transposed(self.map(residual, tangents), [y], tangents, lead)
        return _whole(t, y, lead)

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        _, (y, xs) = residual
        lead = lead_of([ct], [y])
        if self.given == "pull":
            self.try_out(residual, active, math.prod(lead))
            return super().pull(residual, ct, active)
        self.try_out(residual, active, TRIAL)
        gs = transposed(self.map(residual, active), _of_active(xs, active), [ct], lead)
        return [
            None if wanted is None else _whole(g, x, lead)
            for wanted, g, x in zip(active, gs, xs, strict=True)
        ]

    def map(self, residual: Any, active: Any) -> LinearMap:
        """The half that is given, as a map of one direction: of tangents, or of a cotangent."""
        if self.given == "push":
            return lambda tangents: [self.pushed(residual, tangents)]
        return lambda cts: self.pulled(residual, cts[0], active)

    def try_out(self, residual: Any, active: Any, count: int) -> None:
        """Raise where the given half is not linear. It is about to take `count` directions."""
        self.untried += count
        if self.untried >= TRIAL:
            y, xs = residual[1]
            forms = [y] if self.given == "pull" else _of_active(xs, active)
            whose = self.whose[self.halves.index(self.given)]
            refuse_nonlinear(self.map(residual, active), forms, whose)
            self.untried = 0


def _of_active(forms: Sequence[Form], active: Sequence[Any]) -> list[Form | None]:
    return [None if wanted is None else x for wanted, x in zip(active, forms, strict=True)]


def _whole(t: Any, form: Form, lead: tuple[int, ...]) -> Any:
    """What a transpose gave, zeros where it gave nothing."""
    if t is None:
        return np.zeros(lead + form.shape, form.dtype)
    return conforming(t, form, "the transpose", lead, ct=1j)
