"""A rule taken apart: what it is made of, where a slope of it is not finite.

A push and a pull are linear maps, and mostly NumPy code. So they can be recorded, and the recording
be gone along with finite numbers in place of those that are not, as that of a function is
(:mod:`admodes.core.singularities`): entry by entry of every operation in them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from admodes.core.guessing import Guess
from admodes.modes.users.transposing import of_active, pushed, transposed, whole

NOT_RECORDED = (TypeError, ValueError, NotImplementedError)
"""What comes of recording code that is not NumPy's. With numbers the same code has run before."""


def push_apart(
    rule: Any, residual: Any, tangents: Sequence[Any], lead: tuple[int, ...], guess: Guess
) -> Any:
    """The output's tangent by a guess, or ``None`` where the rule cannot be recorded."""
    y, xs = residual[1]

    def by(guess: Guess) -> list[Any]:
        linear = rule.map("push", residual, tangents)
        if rule.given == "pull":
            (t,) = transposed(linear, [y], tangents, lead, guess)
        else:
            (t,) = pushed(linear, of_active(xs, tangents), tangents, lead, guess)
        return [whole(t, y, lead)]

    found = _apart(rule, lambda: [rule.push(residual, tangents)], by, guess)
    return found and found[0]


def pull_apart(
    rule: Any, residual: Any, ct: Any, active: Sequence[Any], lead: tuple[int, ...], guess: Guess
) -> list[Any] | None:
    """The arguments' cotangents likewise."""
    y, xs = residual[1]

    def by(guess: Guess) -> list[Any]:
        linear = rule.map("pull", residual, active)
        if rule.given == "push":
            gs = transposed(linear, of_active(xs, active), [ct], lead, guess)
        else:
            gs = pushed(linear, [y], [ct], lead, guess)
        return [
            None if wanted is None else whole(g, x, lead)
            for wanted, g, x in zip(active, gs, xs, strict=True)
        ]

    return _apart(rule, lambda: rule.pull(residual, ct, active), by, guess)


def _apart(
    rule: Any,
    quick: Callable[[], list[Any]],
    by: Callable[[Guess], list[Any]],
    guess: Guess,
) -> list[Any] | None:
    if guess.exact:
        return quick()
    try:
        # What a rule keeps may depend on an input in any way, but for a linear function's.
        return by(replace(guess, depends=not rule.is_linear))
    except NOT_RECORDED:
        return None
