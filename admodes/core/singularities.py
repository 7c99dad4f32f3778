"""Slopes that are not finite: what they leave known of a derivative.

A derivative is a sum over paths of products of slopes. A slope that is infinite or NaN is an
*unknown number*, one for each entry of each operation. What depends on no unknown number is known:
zero times one is zero, in whichever order a mode meets the two, one less itself is zero, and an
entry that is no number spoils no other. What grows with each that it depends on is infinite; all
else is NaN (``docs/kinks.md`` tells it to a user).

So it can be found by guessing. The quick way multiplies and adds as floating-point numbers do.
Where that ends in a NaN, the same is done twice with finite numbers in place of those that are not
(:class:`Guess`), and what comes out the same both times is the answer (:func:`settled`).
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Broadcast, Elementwise, Factor, Linear, Times
from admodes.core.values import Traced, as_numpy, plain, shape_of


def has_nan(value: Any) -> bool:
    """Whether an entry is NaN, which is less than all others to `argmin`, at a tenth of the time of
    ``isnan``."""
    least = _entry(value, np.ndarray.argmin)
    return bool(least != least)


def is_finite(value: Any) -> bool:
    """Whether all entries are finite."""
    least, most = (_entry(value, find) for find in (np.ndarray.argmin, np.ndarray.argmax))
    return bool(least - least == 0 and most - most == 0)


def _entry(value: Any, find: Callable[[np.ndarray], Any]) -> Any:
    if value.__class__ is not np.ndarray:
        value = plain(value)
        if value.__class__ is not np.ndarray:
            return value
    return value.item(find(value)) if value.size else 0.0


SEED = 1 << 10
"""Of a tangent or a cotangent that is given: of no argument of an operation."""

# --- Guesses --------------------------------------------------------------------------------------


class Guess:
    """Finite numbers in place of slopes that are not: the same whenever this guess is made.

    Two guesses differ in the slopes whose number differs here. An infinite one keeps its sign, and
    is the least in a guess of 0.
    """

    def __init__(
        self,
        infinite: int = 0,
        undefined: int = 0,
        held: int = 0,
        zeros: bool = False,
        holds: bool = False,
    ) -> None:
        self.numbers = infinite, undefined, held
        #: whether slopes that are zero are guessed too, where they depend on an input
        self.zeros = zeros
        #: whether what is guessed of a slope that is recorded is :data:`held`
        self.holds = holds
        #: the operations that are met, if the slope of one is :data:`held`
        self.met_held: list[int] = []
        self.within: tuple[int, ...] = ()

    def inside(self, number: int) -> "Guess":
        """The same for the operations of which the operation of this number is made."""
        result = type(self)(*self.numbers, self.zeros, self.holds)
        result.met_held, result.within = self.met_held, (*self.within, number)
        return result

    exact = False

    def of(self, slope: Any, number: int, argument: int, depends: bool, is_held: bool) -> Any:
        """Finite slopes: those of an operation by an argument.

        `depends`: on an input, so that where they are zero they are so for this input only.
        """
        value = plain(slope)
        wanted = ~np.isfinite(value)
        if self.zeros and depends:
            wanted = wanted | (value == 0)
        if not np.any(wanted):
            return slope
        infinite, undefined, held_ = self.numbers
        key, shape, dtype = (*self.within, number, argument), np.shape(value), np.result_type(value)
        if is_held:
            self.met_held.append(number)
            numbers = _normal((1, held_, *key), shape)
        else:
            numbers = np.where(
                np.isnan(value),
                _normal((2, undefined, *key), shape),
                np.where(
                    value == 0,
                    _uniform((5, *key), shape),
                    np.sign(value).real * _magnitudes(infinite, key, shape),
                ),
            )
        numbers = numbers.astype(dtype)[()]
        if shape == () and not isinstance(slope, Traced):
            return float(numbers) if value.__class__ is float else numbers
        if self.holds and _is_traced(slope):
            numbers = held(slope, numbers)
        return np.where(wanted, numbers, slope)


def _magnitudes(infinite: int, key: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    least = _uniform((3, *key), shape)
    return least + 2 ** (16 * _uniform((4, infinite, *key), shape) - 24) if infinite else least


def _uniform(key: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(key).uniform(1, 2, shape)


def _normal(key: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(key).normal(size=shape)


class _AsTheyAre(Guess):
    """No guess: slopes as NumPy's numbers have them."""

    exact = True

    def of(self, slope: Any, *_: Any) -> Any:
        return slope


# --- By a guess -----------------------------------------------------------------------------------


def push(
    primitive: Any,
    residual: Any,
    tangents: Sequence[Any],
    lead: tuple[int, ...],
    guess: Guess,
    number: int = 0,
) -> Any:
    """As ``Primitive.push`` of the operation of this number, whose tangents are finite."""
    if isinstance(primitive, (Elementwise, Broadcast)):
        return primitive.push(residual, tangents, _times(primitive, tangents, guess, number))
    if isinstance(primitive, Linear):
        return primitive.push(residual, tangents)
    if primitive.takes_guess:
        return primitive.push(residual, tangents, guess.inside(number))
    if primitive.multiplies:
        return primitive.push(_finite_arrays(residual, tangents, guess, number), tangents)
    total = primitive.push(residual, tangents)
    if guess.exact or _is_finite(total):
        return total
    shape = shape_of(total)[len(lead) :]
    total = np.zeros(lead + shape, np.result_type(plain(total)))
    for i, t in enumerate(tangents):
        if t is not None:
            for j, unit, part in _entries(t, lead):
                one = [unit if each == i else None for each in range(len(tangents))]
                column = guess.of(primitive.push(residual, one), number, j, False, False)
                total = total + np.reshape(part, lead + (1,) * len(shape)) * column
    return total


def pull(
    primitive: Any,
    residual: Any,
    ct: Any,
    active: Sequence[Any],
    lead: tuple[int, ...],
    guess: Guess,
    number: int = 0,
) -> Sequence[Any]:
    """As ``Primitive.pull`` of the operation of this number, whose cotangent is finite."""
    if isinstance(primitive, (Elementwise, Broadcast)):
        return primitive.pull(residual, ct, active, _times(primitive, active, guess, number))
    if isinstance(primitive, Linear):
        return primitive.pull(residual, ct, active)
    if primitive.takes_guess:
        return primitive.pull(residual, ct, active, guess.inside(number))
    if primitive.multiplies:
        return primitive.pull(_finite_arrays(residual, active, guess, number), ct, active)
    found = list(primitive.pull(residual, ct, active))
    if guess.exact or all(map(_is_finite, itertools.compress(found, active))):
        return found
    pairs = zip(active, found, strict=False)
    totals = [None if parent is None else 0.0 * _finite(g) for parent, g in pairs]
    for j, unit, part in _entries(ct, lead):
        rows = primitive.pull(residual, unit, active)
        for i, (row, total) in enumerate(zip(rows, totals, strict=False)):
            if total is not None:
                row = guess.of(row, number, len(active) * j + i, False, False)
                totals[i] = total + np.reshape(part, lead + (1,) * np.ndim(plain(row))) * row
    return totals


def _is_finite(value: Any) -> bool:
    return bool(np.all(np.isfinite(plain(value))))


def _finite(value: Any) -> Any:
    value = plain(value)
    return np.where(np.isfinite(value), value, 0)


def _entries(direction: Any, lead: tuple[int, ...]) -> Any:
    """Of each entry that is not zero in all directions: its number, its unit, its part of them."""
    value = plain(direction)
    shape = np.shape(value)[len(lead) :]
    rows = np.reshape(direction, (*lead, -1))
    for j in np.flatnonzero(np.any(np.reshape(value, (-1, rows.shape[-1])) != 0, axis=0)):
        unit = np.zeros(shape, np.result_type(value))
        unit.reshape(-1)[j] = 1
        yield int(j), unit[()], rows[..., j]


def _finite_arrays(residual: Any, active: Sequence[Any], guess: Guess, number: int) -> Any:
    """The residual of a product, whose first item are the arrays that it multiplies by."""
    arrays, *rest = residual
    arrays = [
        None if x is None else guess.of(x, number, i, parent is not None or _is_traced(x), False)
        for i, (x, parent) in enumerate(zip(arrays, active, strict=True))
    ]
    return (tuple(arrays), *rest)


def _is_traced(x: Any) -> bool:
    return isinstance(x, Traced)


def _times(primitive: Any, active: Sequence[Any], guess: Guess, number: int) -> Times:
    """The multiplication of an elementwise primitive, by finite slopes."""
    base = primitive.primitive if isinstance(primitive, Broadcast) else primitive
    depends = (True, *(each is not None for each in active))

    def times(direction: Any, factor: Factor, residual: Any) -> Any:
        if factor.constant is not None:
            return base.times(direction, factor, residual)
        argument = next(i for i, each in enumerate(base.factors) if each is factor)
        slope = _slope(base, factor, argument, residual)
        reads = any(itertools.compress(depends, factor.reads)) or _is_traced(slope)
        reads = reads if factor.position is None else depends[factor.position] or _is_traced(slope)
        slope = guess.of(slope, number, argument, reads and not base.selects, base is held)
        return base.product(direction, slope)

    return times


def _slope(primitive: Elementwise, factor: Factor, argument: int, residual: Any) -> Any:
    """A partial derivative; NaN where the function is what makes a NaN.

    And where it is flat at infinity, which it hands on: an overflow may be behind that.
    """
    partial: Any = factor.function
    if partial is None:
        slope = residual[factor.position]
    else:
        try:
            slope = partial(*residual)
        except ArithmeticError:
            slope = partial(*as_numpy(residual))
    y, *args = map(plain, residual)
    if all(x is not None for x in args):
        y = primitive.function(*args)
    if y is None:
        return slope
    x = args[argument]
    lost = np.isnan(y)
    for each in args:
        if each is not None:
            lost = lost & ~np.isnan(each)
    lost = lost | (plain(slope) == 0) & np.isinf(y) & (True if x is None else x == y)
    if not np.any(lost):
        return slope
    return np.where(
        np.broadcast_to(lost, np.broadcast_shapes(np.shape(lost), shape_of(slope))), np.nan, slope
    )


# --- Of one operation -----------------------------------------------------------------------------


def pushed(primitive: Any, residual: Any, tangents: Sequence[Any], lead: tuple[int, ...]) -> Any:
    """A tangent pushed through one operation; whatever is not finite is unknown to it."""

    def run(guess: Guess | None) -> list[Any]:
        if guess is None:
            return [primitive.push(residual, tangents)]
        return [push(primitive, residual, _guessed(tangents, guess), lead, guess, 1)]

    return settled(run)[0]


def pulled(
    primitive: Any, residual: Any, ct: Any, active: Sequence[Any], lead: tuple[int, ...]
) -> list[Any]:
    """A cotangent pulled back likewise: one for each argument, ``None`` for a constant."""

    def run(guess: Guess | None) -> list[Any]:
        if guess is None:
            found = primitive.pull(residual, ct, active)
        else:
            found = pull(primitive, residual, _guessed([ct], guess)[0], active, lead, guess, 1)
        return [None if parent is None else g for parent, g in zip(active, found, strict=False)]

    with np.errstate(all="ignore"):
        return settled(run)


def _guessed(directions: Sequence[Any], guess: Guess) -> list[Any]:
    return [
        None if t is None else guess.of(t, 0, i, False, False) for i, t in enumerate(directions)
    ]


# --- What is known --------------------------------------------------------------------------------


def _hold(x: Any, value: Any) -> Any:
    return np.broadcast_to(value, np.broadcast_shapes(shape_of(x), shape_of(value)))[()].copy()


held = Elementwise("held", _hold, (lambda _y, x, _value: plain(x) * np.nan, 0))
"""``held(x, value)`` is the value, of which it is not known how it depends on x.

A slope that is guessed, or a convention, has no derivative that follows from it: the second
derivative of ``norm(x)**2`` at 0 is not what that of ``norm`` would make it. Such a slope, in a
derivative of which another is taken, is held. Zero times this unknown is unknown, too, where it is
zero by the values of the inputs alone.
"""


def settled(run: Callable[[Guess | None], list[Any]], careful: bool = False) -> list[Any]:
    """Derivatives, by what `run` makes them the quick way, and for a guess; entry by entry.

    `careful` says that the quick way need not be tried.
    """
    quick: list[Any] = []
    if not careful:
        try:
            quick = run(None)
        except (ArithmeticError, RuntimeWarning):
            # Python's numbers raise where NumPy's give an infinity, and so do NumPy's if told to.
            with np.errstate(all="ignore"):
                quick = run(_AsTheyAre())
        if not any(result is not None and has_nan(result) for result in quick):
            return quick
    with np.errstate(all="ignore"):
        results = _settled(run)
        if not quick:
            return results
        return [_mended(*each) for each in zip(quick, results, strict=True)]


def _mended(quick: Any, result: Any) -> Any:
    """What is known, where the quick way does not know; it does where it finds an infinity."""
    if quick is None or not has_nan(quick):
        return quick
    missing = np.isnan(plain(quick))
    return result if np.all(missing) else np.where(missing, result, quick)


def _settled(run: Callable[[Guess], list[Any]]) -> list[Any]:
    guess = Guess()
    results = run(guess)
    unknown = _differ(results, run(Guess(1, 1)))
    values: list[Any] = [np.nan] * len(results)
    if any(map(np.any, unknown)):
        undefined = _differ(results, run(Guess(0, 1)))
        signs = zip(*(_signs(results, run(Guess(i))) for i in range(2, 10)), strict=True)
        values = [_infinite(*each) for each in zip(signs, undefined, strict=True)]
    if guess.met_held:
        others = _differ(run(Guess(held=1, zeros=True)), run(Guess(held=2, zeros=True)))
        pairs = zip(others, values, strict=True)
        values = [np.where(other, np.nan, value) for other, value in pairs]
        unknown = [a | b for a, b in zip(unknown, others, strict=True)]
    if any(map(_is_traced, results)):
        # What a derivative does not depend on but for values that are zero here, it may depend on
        # nearby: of that its own derivative is unknown.
        nearby = _differ(run(Guess(zeros=True)), run(Guess(1, 1, zeros=True)))
        if any(map(np.any, nearby)):
            each = zip(nearby, run(Guess(holds=True)), results, strict=True)
            results = [x if x is None else np.where(near, y, x) for near, y, x in each]
    return [_put(*each) for each in zip(results, unknown, values, strict=True)]


def _infinite(signs: Sequence[Any], undefined: Any) -> Any:
    """Infinite, where whatever is unknown adds to it by one sign."""
    same = np.min(signs, axis=0) == np.max(signs, axis=0)
    return np.where(same & ~undefined & (signs[0] != 0), signs[0] * np.inf, np.nan)


def _differ(results: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Where derivatives by two guesses are not the same to rounding."""

    def differ(a: Any, b: Any) -> Any:
        if a is None:
            return np.False_
        a, b = plain(a), plain(b)
        tolerance = np.sqrt(np.finfo(np.result_type(a)).eps)
        close = np.abs(a - b) <= tolerance * np.maximum(np.abs(a), np.abs(b))
        return ~((a == b) | close & np.isfinite(a) & np.isfinite(b))

    return [differ(a, b) for a, b in zip(results, others, strict=True)]


def _signs(results: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The sign of what the unknown numbers add where they grow."""
    return [
        np.float64(0) if a is None else np.sign(np.real(plain(b)) - np.real(plain(a)))
        for a, b in zip(results, others, strict=True)
    ]


def _put(result: Any, unknown: Any, values: Any) -> Any:
    """A derivative, with the values that it has where it is unknown."""
    if result is None or not np.any(unknown):
        return result
    value = np.where(unknown, values, plain(result)).astype(np.result_type(plain(result)))[()]
    if _is_traced(result):
        return np.where(unknown, held(result, value), result)
    return float(value) if result.__class__ is float else value
