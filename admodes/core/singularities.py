"""Slopes that are not finite: what they leave known of a derivative.

A derivative is a sum over paths of products of slopes. A slope that is infinite or NaN is an
*unknown number*, one for each entry of each operation. What depends on no unknown number is known:
zero times one is zero, in whichever order a mode meets the two, one less itself is zero, and an
entry that is no number spoils no other. What grows with each that it depends on is infinite; all
else is NaN (``docs/not-finite.md`` tells it to a user).

So it can be found by guessing. The quick way multiplies and adds as floating-point numbers do.
Where that ends in a NaN, the same is done twice with finite numbers in place of those that are not
(:mod:`admodes.core.guessing`), and what comes out the same both times is the answer.
"""

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from admodes.core.guessing import LARGE, Guess, held, is_any, pull, push, unknown
from admodes.core.stand_ins import NotFinite, Unrepeatable, stands_for_another
from admodes.core.values import Traced, has_nan, is_all_nan, is_differentiated, plain

# --- What is known --------------------------------------------------------------------------------


def by_convention(slope: Any, where: Any, *xs: Any) -> Any:
    """A slope that is a convention somewhere, as at a corner: there it is held.

    Only where another derivative may be taken does it matter how it depends on each of `xs`.
    """
    recorded = [x for x in xs if is_differentiated(x)]
    if not recorded or not np.any(where):
        return slope
    x = functools.reduce(operator.sub, recorded)
    return np.where(where, held(x, plain(slope)), slope)


def settled(
    run: Callable[[Guess | None], list[Any]],
    undefined: bool = False,
    values: Sequence[Any] | None = None,
) -> list[Any]:
    """Derivatives, by what `run` makes them the quick way, and for a guess; entry by entry.

    `undefined` says that an output is NaN: then that may be what an operation made it, and the
    derivative is NaN with it, though the rule of the operation may give a number. `values` are
    those by which the derivatives are: of one by a real number only the real part is known.
    """
    try:
        quick = run(None)
    except (ArithmeticError, RuntimeWarning):
        # Python's numbers raise where NumPy's give an infinity, and so do NumPy's if told to.
        with np.errstate(all="ignore"):
            quick = run(Guess(exact=True))
    unknown = False
    for result in quick:
        if result is not None and has_nan(result):
            unknown = True
    if not unknown and not undefined:
        return quick
    if any(stands_for_another(plain(x)) for x in quick):
        raise NotFinite(_GUESSED)
    if values is not None:
        run, quick = _real(run, values), _real_parts(quick, values)
    with np.errstate(all="ignore"):
        try:
            found, made = _careful(run, quick, undefined) if unknown else (quick, _made(run))
        except Unrepeatable as error:  # the derivatives are constants, and slopes on the way not
            raise NotFinite(_GUESSED) from error
        if not any(map(is_any, made)) or all(map(is_all_nan, found)):
            return found
        return [_put(x, where, np.nan) for x, where in zip(found, made, strict=True)]


_GUESSED = (
    "a slope on the way is not finite at these arguments, and what is known all the same is found "
    "by guessing, which a program does not repeat: record it at others"
)


def _real(
    run: Callable[[Guess | None], list[Any]], values: Sequence[Any]
) -> Callable[[Guess | None], list[Any]]:
    return lambda guess: _real_parts(run(guess), values)


def _real_parts(derivatives: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """Of a derivative that has come by way of complex numbers, what a real number takes."""
    return [
        np.real(g) if np.iscomplexobj(plain(g)) and not np.iscomplexobj(plain(x)) else g
        for g, x in zip(derivatives, values, strict=True)
    ]


def _mended(quick: Any, result: Any) -> Any:
    """What is known, where the quick way does not know; it does where it finds an infinity."""
    if quick is None or not has_nan(quick):
        return quick
    missing = np.isnan(plain(quick))
    return result if np.all(missing) else np.where(missing, result, quick)


def _careful(
    run: Callable[[Guess], list[Any]], quick: list[Any], undefined: bool
) -> tuple[list[Any], list[Any]]:
    """What is known where the quick way does not know; and where else an operation made a NaN."""
    guess, other = Guess(), Guess(1, 1, made=1 if undefined else None)
    results = run(guess)
    recorded = any(isinstance(x, Traced) for x in results)
    if undefined or recorded or "used" in guess.met:
        others = run(other)
    else:  # All that is guessed is multiplied by 0: another guess makes the same.
        others = results
        other.met.update(guess.met)
    differing = _depend(run, (guess, other), (results, others))
    nowhere: list[Any] = [np.False_] * len(results)
    candidates = found = without_sign = nowhere
    if any(map(is_any, differing)):
        missing = [np.False_ if x is None else np.isnan(plain(x)) for x in quick]
        pairs = list(zip(differing, missing, strict=True))
        candidates = [x & y & ("infinite" in guess.met) for x, y in pairs]
        found = [x & ~y & undefined for x, y in pairs]
    if {"undefined", "made"} & other.met and any(map(is_any, (*candidates, *found))):
        without_sign = _differ(results, run(replace(other, infinite=0)))
    candidates = [x & ~y for x, y in zip(candidates, without_sign, strict=True)]
    if undefined and "flat" in guess.met:  # by which what was made a NaN may have been multiplied
        made = _made(run)
    else:
        made = [x & y for x, y in zip(found, without_sign, strict=True)]
    values = _infinite(run, candidates, "flat" in guess.met)
    settled = _settled(run, guess, other, results, others, differing, values)
    return [_mended(*each) for each in zip(quick, settled, strict=True)], made


def _made(run: Callable[[Guess], list[Any]]) -> list[Any]:
    """Where a derivative depends on what an operation made a NaN of."""
    guess = Guess(made=1, flat=1)
    results = run(guess)
    if "made" not in guess.met:
        return [np.False_] * len(results)
    return _differ(results, run(Guess(made=2, flat=1)))


def _settled(
    run: Callable[[Guess], list[Any]],
    guess: Guess,
    other: Guess,
    results: list[Any],
    others: list[Any],
    differing: list[Any],
    values: list[Any],
) -> list[Any]:
    """Derivatives by two guesses as one, with the `values` that they have where they differ."""
    recorded = any(isinstance(x, Traced) for x in results)
    if not recorded and all(map(np.all, differing)) and all(map(is_all_nan, values)):
        return [_put(*each) for each in zip(results, differing, values, strict=True)]
    held_once = Guess(held=1, zeros=True)
    if "flat" in guess.met:
        # What depends on the product of an unknown number and a slope that is 0 for an overflow.
        where = _interact(results, others, run(Guess(flat=1)), run(replace(other, flat=1)))
        differing = [x | each for x, each in zip(differing, where, strict=True)]
        if {"undefined", "made"} & other.met:
            by = replace(other, infinite=0)
            where = _interact(results, run(by), run(Guess(flat=1)), run(replace(by, flat=1)))
            values = [np.where(each, np.nan, x) for x, each in zip(values, where, strict=True)]
    if "held" in guess.met:
        where = _depend(run, (held_once, replace(held_once, held=2)))
        differing = [x | each for x, each in zip(differing, where, strict=True)]
        values = [np.where(each, np.nan, x) for x, each in zip(values, where, strict=True)]
    if recorded:
        # What a derivative does not depend on but for values that are zero here, it may depend on
        # nearby: of that its own derivative is unknown, as it is of what depends on it here.
        zeros = Guess(zeros=True, nothing=held_once.nothing)
        nearby = _depend(run, (zeros, replace(other, zeros=True, nothing=zeros.nothing)))
        held_at = [x | y for x, y in zip(nearby, differing, strict=True)]
        if any(map(is_any, held_at)):
            results, others = (
                _chosen(held_at, run(replace(by, holds=True)), found)
                for by, found in ((guess, results), (other, others))
            )
        # Elsewhere that is known where it is the same by both guesses.
        both = zip(results, others, strict=True)
        results = [None if x is None else x + unknown(x - y) for x, y in both]
    return [_put(*each) for each in zip(results, differing, values, strict=True)]


def _chosen(where: Sequence[Any], xs: Sequence[Any], ys: Sequence[Any]) -> list[Any]:
    return [
        None if x is None else np.where(each, x, y)
        for each, x, y in zip(where, xs, ys, strict=True)
    ]


def _infinite(run: Callable[[Guess], list[Any]], candidates: list[Any], is_flat: bool) -> list[Any]:
    """Infinite, where it grows or falls with whatever infinity it depends on; NaN elsewhere."""
    values: list[Any] = [np.nan] * len(candidates)
    if not any(map(is_any, candidates)):
        return values
    rises = [np.zeros_like(where) for where in candidates]
    falls = [np.zeros_like(where) for where in candidates]
    # What is times a slope that is 0 for an overflow is little beside what is not, of either sign,
    # and so is what is times two of these.
    for turned in (None, 0, 1) if is_flat else (None,):
        guess = Guess(LARGE, flat=SMALL if is_flat else 0, turned=turned)
        results = run(guess)
        for larger in guess.larger():
            others = run(larger)
            for i, where in enumerate(_grown(run, (guess, larger), (results, others), candidates)):
                if is_any(where):
                    growth = np.real(plain(others[i])) - np.real(plain(results[i]))
                    rises[i] = rises[i] | where & ~(growth <= 0)
                    falls[i] = falls[i] | where & ~(growth >= 0)
                    candidates[i] = candidates[i] & ~(rises[i] & falls[i])
            if not any(map(is_any, candidates)):
                return values
    return [
        np.where(where & rising, np.inf, np.where(where & falling, -np.inf, np.nan))
        for where, rising, falling in zip(candidates, rises, falls, strict=True)
    ]


SMALL = 2.0**-5
"""So that it is little, and times another large number is not."""


def _grown(
    run: Callable[[Guess], list[Any]],
    guesses: tuple[Guess, Guess],
    found: tuple[list[Any], list[Any]],
    candidates: Sequence[Any],
) -> list[Any]:
    """Where a candidate depends on what is larger in the second guess than in the first.

    A large number less itself leaves the rounding of what it was added to.
    """
    grown = [x & where for x, where in zip(_differ(*found), candidates, strict=True)]
    pairs = zip(*(map(plain, each) for each in found), strict=True)
    little = [
        where & (np.abs(x - y) <= np.maximum(np.abs(x), np.abs(y)) / 2**8)
        if is_any(where)
        else where
        for where, (x, y) in zip(grown, pairs, strict=True)
    ]
    return _beyond_rounding(run, guesses, found, grown, little)


def _differ(*runs: Sequence[Any]) -> list[Any]:
    """Where derivatives by two guesses are not the same to rounding."""

    def differ(a: Any, b: Any) -> Any:
        if a is None:
            return np.False_
        other = np.asarray(a != b)
        if not other.any():
            return other[()]
        x, y = np.asarray(a)[other], np.asarray(b)[other]
        other[other] = _is_more_than_rounding(x - y, x, y)
        return other[()]

    return [differ(a, b) for a, b in zip(*(map(plain, run) for run in runs), strict=True)]


def _depend(
    run: Callable[[Guess], list[Any]],
    guesses: tuple[Guess, Guess],
    found: Sequence[Sequence[Any]] | None = None,
) -> list[Any]:
    """Where derivatives by two guesses differ by more than rounding on the way makes of them.

    A slope that is held, less itself, leaves the rounding of what it was added to, and no more than
    that may be left of all. So where little differs, the same is done for parts of what is given.
    """
    found = [run(guess) for guess in guesses] if found is None else found
    differing = _differ(*found)
    if "held" not in guesses[0].met:
        return differing
    pairs = zip(*(map(plain, each) for each in found), strict=True)
    little = [
        x & _is_little(*pair) if is_any(x) else x for x, pair in zip(differing, pairs, strict=True)
    ]
    return _beyond_rounding(run, guesses, found, differing, little)


_PARTS = (3, 3, 5, 5, 7, 7, 9, 9, 577, 577)
"""By chance a sum is not rounded, or as its parts are, but hardly in all of these."""


def _is_little(x: Any, y: Any) -> Any:
    """What is no more than rounding could make of one of the largest."""
    most = np.max(np.abs(x), initial=0, where=np.isfinite(x))
    return np.abs(x - y) <= np.sqrt(np.finfo(most.dtype).eps) * most


def _beyond_rounding(
    run: Callable[[Guess], list[Any]],
    guesses: tuple[Guess, Guess],
    found: Sequence[Sequence[Any]],
    differing: list[Any],
    little: list[Any],
) -> list[Any]:
    """Where two derivatives differ, but not the `little` that parts of what is given differ by."""
    pairs = [tuple(map(plain, pair)) for pair in zip(*found, strict=True)]
    noise: list[Any] = [0.0] * len(pairs)
    for part, k in zip(_PARTS, itertools.cycle((0, 1)), strict=False):
        if not any(map(is_any, little)):
            break
        of_part = run(replace(guesses[k], part=part))
        for i, (x, y) in enumerate(pairs):
            if is_any(little[i]):
                noise[i] = np.maximum(noise[i], np.abs(part * plain(of_part[i]) - pairs[i][k]))
                rounding = little[i] & (np.abs(x - y) <= 16 * noise[i])
                differing[i], little[i] = differing[i] & ~rounding, little[i] & ~rounding
    return differing


def _interact(*runs: Sequence[Any]) -> list[Any]:
    """Where two guesses differ by more with a third one than without."""
    return [
        np.False_ if a is None else _is_more_than_rounding((a - b) - (c - d), a, b, c, d)
        for a, b, c, d in zip(*(map(plain, run) for run in runs), strict=True)
    ]


def _is_more_than_rounding(difference: Any, *values: Any) -> Any:
    """Also where it is NaN."""
    size = functools.reduce(np.maximum, map(np.abs, values))
    return ~(np.abs(difference) <= 256 * np.finfo(size.dtype).eps * size) | np.isinf(size)


def _put(result: Any, unknown: Any, values: Any) -> Any:
    """A derivative, with the values that it has where it is unknown."""
    if result is None or not is_any(unknown):
        return result
    dtype = np.result_type(plain(result))
    if dtype.kind == "c":  # what is not known in a part is not known
        values = np.where(np.isnan(values), complex(np.nan, np.nan), values)
    value = np.where(unknown, values, plain(result)).astype(dtype, copy=False)[()]
    if not isinstance(result, Traced):
        return float(value) if result.__class__ is float else value
    recorded: Any = result
    return np.where(unknown, held(recorded, value), recorded)


# --- Of one operation -----------------------------------------------------------------------------


def pushed(
    primitive: Any,
    residual: Any,
    tangents: Sequence[Any],
    lead: tuple[int, ...],
    undefined: bool = False,
) -> Any:
    """A tangent pushed through one operation; whatever is not finite is unknown to it.

    `undefined` says that its value is NaN, as it does to :func:`settled`.
    """

    def run(guess: Guess | None) -> list[Any]:
        if guess is None:
            return [primitive.push(residual, tangents)]
        return [push(primitive, residual, _guessed(tangents, guess), lead, guess, 1)]

    return settled(run, undefined)[0]


def pulled(
    primitive: Any,
    residual: Any,
    ct: Any,
    active: Sequence[Any],
    lead: tuple[int, ...],
    undefined: bool = False,
) -> list[Any]:
    """A cotangent pulled back likewise: one for each argument, ``None`` for a constant."""

    def run(guess: Guess | None) -> list[Any]:
        if guess is None:
            found = primitive.pull(residual, ct, active)
        else:
            found = pull(primitive, residual, _guessed([ct], guess)[0], active, lead, guess, 1)
        return [None if parent is None else g for parent, g in zip(active, found, strict=False)]

    with np.errstate(all="ignore"):
        return settled(run, undefined)


def _guessed(directions: Sequence[Any], guess: Guess) -> list[Any]:
    return [None if t is None else guess.seed(t, 0, i) for i, t in enumerate(directions)]
