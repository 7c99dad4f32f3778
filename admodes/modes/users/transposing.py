"""The transpose of a linear map that is given by code: the map is recorded, and swept.

So of the two halves of a rule either one is enough. A map that is not linear has no transpose, and
a recording does not tell (``where(t > 0, t, 0)`` is recorded as what it is on one side); so the map
is tried at random directions.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from admodes.core.guessing import Guess
from admodes.core.stand_ins import Unrepeatable, as_known
from admodes.core.values import plain
from admodes.modes.arguments import at_level
from admodes.modes.tape import Tape
from admodes.modes.users.checking import Form, conforming
from admodes.modes.variables import leaf

LinearMap = Callable[[Sequence[Any]], Sequence[Any]]
"""Arrays in and arrays out, one direction; ``None`` in place of what belongs to a constant."""


def transposed(
    linear: LinearMap,
    forms: Sequence[Form | None],
    cts: Sequence[Any],
    lead: tuple[int, ...],
    guess: Guess | None = None,
) -> list[Any]:
    """What the transpose of a linear map gives for cotangents of its outputs.

    These have directions `lead` in front, and so has what comes back: one for each of the map's
    inputs, whose forms are given, ``None`` where no output depends on it. What it multiplies by may
    be finite by a `guess`.
    """
    tape, inputs, outputs = recorded(linear, forms)
    pairs = zip(outputs, cts, strict=True)
    seeds = [(y._node, ct) for y, ct in pairs if ct is not None and at_level(y, tape)]
    sources = [x._node for x in inputs if x is not None]
    found = iter(tape.pull_once(seeds, sources, lead, guess))
    return [None if x is None else next(found) for x in inputs]


def pushed(
    linear: LinearMap,
    forms: Sequence[Form | None],
    tangents: Sequence[Any],
    lead: tuple[int, ...],
    guess: Guess,
) -> list[Any]:
    """What a linear map gives, with finite numbers in place of those that are not."""
    tape, inputs, outputs = recorded(linear, forms)
    pairs = zip(inputs, tangents, strict=True)
    sources = [(x._node, t) for x, t in pairs if x is not None]
    nodes = [y._node if at_level(y, tape) else None for y in outputs]
    return tape.push_once(sources, nodes, lead, guess)


def recorded(
    linear: LinearMap, forms: Sequence[Form | None]
) -> tuple[Tape, list[Any], Sequence[Any]]:
    """A linear map at random inputs, for it is the same everywhere: its inputs and its outputs.

    Raises
    ------
    TypeError
        Where it is not NumPy code.
    """
    with Tape() as tape:
        inputs = [None if x is None else leaf(tape, x) for x in random_directions(forms)]
        try:
            # It may overwrite what it is given.
            outputs = linear([None if x is None else x._alias() for x in inputs])
        except TypeError as error:
            message = (
                f"{error} (it is recorded, for the half of the rule that was left out is its "
                "transpose: give that half too, or write both as NumPy code)"
            )
            if isinstance(error, Unrepeatable):  # as whoever records a program has to know
                raise Unrepeatable(message, error.recording) from error
            raise TypeError(message) from error
    return tape, inputs, outputs


def refuse_nonlinear(linear: LinearMap, forms: Sequence[Form | None], whose: str) -> None:
    """Try a map at three random directions, of which one is a combination of the others.

    Raises
    ------
    ValueError
        Where what it gives is not the same combination, by more than the fourth root of the
        precision (a ten-thousandth in float64) of the largest of them.
    """
    s, t = random_directions(forms, 1), random_directions(forms, 2)
    both = [None if x is None else _less_twice(y, x) for x, y in zip(s, t, strict=True)]
    with np.errstate(all="ignore"):
        for of_s, of_t, of_both in zip(linear(s), linear(t), linear(both), strict=True):
            if of_s is None:
                continue
            if not _is_linear(*(as_known(plain(y)) for y in (of_s, of_t, of_both))):
                raise ValueError(
                    f"{whose} is not linear in what comes after the residual: of t - 2*s it must "
                    "give what it gives of t, less twice what it gives of s (and so 0 of 0). Only "
                    "then can the half that was left out be made of it, as its transpose"
                )


def of_active(forms: Sequence[Form], active: Sequence[Any]) -> list[Form | None]:
    """The forms of the arguments that are no constants."""
    return [None if wanted is None else x for wanted, x in zip(active, forms, strict=True)]


def whole(t: Any, form: Form, lead: tuple[int, ...]) -> Any:
    """What a recording gave, zeros where it gave nothing."""
    if t is None:
        return np.zeros(lead + form.shape, form.dtype)
    return conforming(t, form, "the transpose", lead, ct=1j)


def random_directions(forms: Sequence[Form | None], which: int = 0) -> list[Any]:
    """Numbers of either sign, from 1 to 2 in size, in each of these forms."""
    directions: list[Any] = []
    for i, form in enumerate(forms):
        if form is None:
            directions.append(None)
        else:
            small = math.prod(form.shape) <= _SMALL
            directions.append((_direction if small else _direction.__wrapped__)(form, (which, i)))
    return directions


_SMALL = 1 << 12  # entries; of these they are drawn once, for to draw takes longer than most rules


@lru_cache(maxsize=64)
def _direction(form: Form, seed: tuple[int, int]) -> Any:
    drawn = np.random.default_rng(seed).uniform(-1, 1, (2, *form.shape))
    drawn += np.sign(drawn)
    is_complex = form.dtype.kind == "c"
    numbers = (drawn[0] + 1j * drawn[1] if is_complex else drawn[0]).astype(form.dtype)
    if not form.shape:
        return numbers[()]
    numbers.flags.writeable = False
    return numbers


def _less_twice(t: Any, s: Any) -> Any:
    return t - s - s  # which keeps the dtype


def _is_linear(of_s: Any, of_t: Any, of_both: Any) -> bool:
    wanted = np.asarray(_less_twice(of_t, of_s))
    finite = np.isfinite(of_both) & np.isfinite(wanted)
    if not finite.any():
        return True
    precision = float(np.finfo(wanted.dtype).eps)
    size = max(np.abs(y[finite]).max() for y in map(np.asarray, (of_s, of_t, of_both)))
    gap = np.abs(of_both - wanted)[finite].max()
    return bool(gap <= precision**0.25 * size + 16 * precision)
