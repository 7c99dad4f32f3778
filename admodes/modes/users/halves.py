"""Rules of which one half is given, and the other made from it: push and pull are transposes."""

import math
from collections.abc import Sequence
from typing import Any

from admodes.core.guessing import Guess
from admodes.core.stand_ins import as_known, stands_for_another
from admodes.core.values import Traced, plain
from admodes.modes.users.rules import Custom, lead_of
from admodes.modes.users.transposing import of_active, refuse_nonlinear, transposed, whole

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
        self.given: str = given
        #: directions that were evaluated since the last trial
        self.untried = TRIAL

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        if stands_for_another(plain(y)):
            self.untried = TRIAL  # a program is recorded twice, and both must do the same
        return super().residual(y, args, params, active)

    def push(self, residual: Any, tangents: Sequence[Any], guess: Guess | None = None) -> Any:
        _, (y, xs) = residual
        lead = lead_of(tangents, xs)
        if guess is not None:
            return super().push(residual, tangents, guess)
        if self.given == "push":
            self.try_out(residual, tangents, math.prod(lead))
            return super().push(residual, tangents)
        self.try_out(residual, tangents, TRIAL)
        (t,) = transposed(self.map("pull", residual, tangents), [y], tangents, lead)
        return whole(t, y, lead)

    def pull(self, residual: Any, ct: Any, active: Any, guess: Guess | None = None) -> Any:
        if all(wanted is None for wanted in active):
            return active  # it was called with constants: there is nothing to transpose
        _, (y, xs) = residual
        lead = lead_of([ct], [y])
        if guess is not None:
            return super().pull(residual, ct, active, guess)
        if self.given == "pull":
            self.try_out(residual, active, math.prod(lead))
            return super().pull(residual, ct, active)
        self.try_out(residual, active, TRIAL)
        gs = transposed(self.map("push", residual, active), of_active(xs, active), [ct], lead)
        return [
            None if wanted is None else whole(g, x, lead)
            for wanted, g, x in zip(active, gs, xs, strict=True)
        ]

    def try_out(self, residual: Any, active: Any, count: int) -> None:
        """Raise where the given half is not linear. It is about to take `count` directions."""
        self.untried += count
        if self.untried >= TRIAL:
            y, xs = residual[1]
            forms = [y] if self.given == "pull" else of_active(xs, active)
            whose = self.whose[self.halves.index(self.given)]
            tried = self.map(self.given, (known_inside(residual[0]), residual[1]), active)
            refuse_nonlinear(tried, forms, whose)
            self.untried = 0


def known_inside(residual: Any) -> Any:
    """A residual of plain numbers: what is tried on it is neither counted nor recorded."""
    if isinstance(residual, Traced):
        return as_known(plain(residual))
    if residual.__class__ is dict:
        return {key: known_inside(each) for key, each in residual.items()}
    if residual.__class__ in (list, tuple):
        return residual.__class__(map(known_inside, residual))
    return as_known(residual)
