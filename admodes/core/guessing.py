"""Guesses: finite numbers in place of slopes that are not, and passes by them.

What comes of them, and why, :mod:`admodes.core.singularities` says.
"""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from admodes.core.rules import Broadcast, Elementwise, Factor, Linear, Times
from admodes.core.stand_ins import stands_for_another
from admodes.core.undefined import evaluated, makes_nan
from admodes.core.values import Traced, as_numpy, is_all_nan, is_finite, plain, shape_of

SEED = 1 << 10
"""Of a tangent or a cotangent that is given: of no argument of an operation."""

LARGE = 2
"""The guess in which infinite numbers are large; those that follow tell signs."""

DRAWS = 12
"""How many guesses tell signs at most."""

# --- Guesses --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guess:
    """Finite numbers in place of slopes that are not: the same whenever this guess is made.

    Two guesses differ in those slopes whose number differs here. An infinite one keeps its sign; it
    is large in a guess of :data:`LARGE`, and larger still in those of more.
    """

    infinite: int = 0
    undefined: int = 0
    #: of :data:`held`
    held: int = 0
    #: of those where an operation makes a NaN of what is none; ``None``: as they are
    made: int | None = None
    #: how large a guess of slopes is that are 0 where infinity is handed on; 0: as they are
    flat: float = 0
    #: of which operations that guess is negative: of every other one, those of even numbers or odd
    turned: int | None = None
    #: whether to guess slopes that are 0 and depend on an input: on nothing but its value, maybe
    zeros: bool = False
    #: whether every slope depends on an input, for all that is known
    depends: bool = False
    #: whether what is guessed of a slope that is recorded is :data:`held`
    holds: bool = False
    #: whether not to guess: slopes are what NumPy's numbers have
    exact: bool = False
    #: the part of what is given as tangents or cotangents: one in so many, ``None`` for the whole
    part: int | None = None
    #: which of ``"infinite"``, ``"undefined"``, ``"made"``, ``"held"`` and ``"flat"`` there are on
    #: the way, so far as this guess looks for them; ``"used"`` if a guess may have been multiplied
    #: by what is not 0
    met: set[str] = field(default_factory=set)
    #: of the infinite numbers that :meth:`larger` guesses are about: which of all are at a slope
    infinite_at: dict[tuple[int, ...], range] = field(default_factory=dict)
    #: where which node is 0 whatever the inputs are, once :meth:`asks` has asked
    nothing: list[dict[int, Any]] = field(default_factory=list)
    within: tuple[int, ...] = ()

    def larger(self) -> "Iterator[Guess]":
        """By one infinite number each, if there are few; else by all, by very different amounts."""
        count = min(self._infinities(), DRAWS)
        return (replace(self, infinite=self.infinite + i) for i in range(1, count + 1))

    def _infinities(self) -> int:
        """How many infinite numbers were met so far."""
        return next(reversed(self.infinite_at.values())).stop if self.infinite_at else 0

    def seed(self, given: Any, number: int, argument: int = SEED) -> Any:
        """A tangent or a cotangent that is given."""
        finite = self.of(given, number, argument)
        return finite if self.part is None else finite / self.part

    def inside(self, number: int) -> "Guess":
        """The same for the operations of which the operation of this number is made."""
        return replace(self, within=(*self.within, number), nothing=[])

    def asks(self, nothing: Callable[[], dict[int, Any]]) -> None:
        """Ask :func:`admodes.core.always_zero.nothing_at` where it matters, of a recording once."""
        if self.zeros and not self.nothing:
            self.nothing.append(nothing())

    def of(
        self,
        slope: Any,
        number: int,
        argument: int,
        *,
        depends: Any = False,
        is_held: bool = False,
        made: Any = False,
        flat: Any = False,
        direction: Any = None,
    ) -> Any:
        """Finite slopes: those of an operation by an argument, on an input or not.

        All that is done with them is to multiply this `direction`, entry by entry, if it is given.
        """
        value = plain(slope)
        known = is_finite(value)
        is_made, is_flat = is_any(made), is_any(flat)
        if self.exact or (known and not (self.zeros or is_made or is_flat)):
            return slope
        if is_flat:
            self.met.add("flat")
        if is_held:
            self.met.add("held")
        zeros = self.zeros and (value == 0) & (depends | self.depends)
        is_made, is_flat = is_made and self.made is not None, is_flat and self.flat != 0
        if known and not (is_made or is_flat or is_any(zeros)):
            return slope
        key = (*self.within, number, argument)
        numbers = np.array(value, order="C")
        draw = _complex if numbers.dtype.kind == "c" else _uniform
        if self.infinite >= LARGE:
            numbers = numbers.astype(np.result_type(numbers, np.float64), copy=False)
        entries, changed = numbers.reshape(-1), []

        def put_at(what: str, at: Any, guessed: Callable[[Any], Any]) -> None:
            if len(at):
                at = slice(None) if len(at) == len(entries) else at
                self.met.add(what)
                entries[at] = guessed(entries[at])
                changed.append(at)

        def put(what: str, where: Any, guessed: Callable[[Any], Any]) -> None:
            where = np.asarray(where)
            if where.shape != numbers.shape:
                where = np.broadcast_to(where, numbers.shape)
            put_at(what, where.reshape(-1).nonzero()[0], guessed)

        if not known:
            kind = (1, self.held) if is_held else (2, self.undefined)
            unknown_at = (~np.isfinite(entries)).nonzero()[0]
            # An infinite complex number has no sign.
            is_undefined = np.isnan(entries[unknown_at]) | (draw is _complex)
            undefined, infinite = _split(unknown_at, is_undefined)
            put_at("undefined", undefined, lambda old: draw((*kind, *key), len(old)))
            put_at(
                "infinite",
                infinite,
                lambda old: np.sign(old) * self._magnitudes((3, *key), len(old)),
            )
        # A number that meets an array has a slope for each entry of the array where they differ. In
        # what is above they do not: it is the same number whatever else a guess looks for.
        shape = _common_shape(value, made, flat, depends)
        if shape != numbers.shape:
            wanted = np.zeros(numbers.shape, bool)
            for at in changed:
                wanted.reshape(-1)[at] = True
            changed = [np.flatnonzero(np.broadcast_to(wanted, shape))] if changed else []
            numbers = np.array(np.broadcast_to(numbers, shape), order="C")
            entries = numbers.reshape(-1)
        if self.zeros:
            put("zero", zeros, lambda old: draw((7, *key), len(old)))
        if is_made and self.made is not None:
            own = (8, self.made, *key)

            def other(old: Any) -> Any:
                known = np.where(np.isfinite(old) & (old != 0), old, 1)
                return known * (draw(own, len(old)) / 2)

            put("made", made, other)
        if is_flat:
            size = -self.flat if number % 2 == self.turned else self.flat
            put("flat", flat, lambda old: size * draw((9, *key), len(old)))
        if not changed:
            return slope
        if "used" not in self.met:
            others = self.zeros or is_made or is_flat  # are looked for, too
            if others or not _absorbs(direction, value, unknown_at):
                self.met.add("used")
        if _is_traced(slope):
            wanted = np.zeros(shape, bool)
            for at in changed:
                wanted.reshape(-1)[at] = True
            found = numbers[()]
            return np.where(wanted, held(slope, found) if self.holds else found, slope)
        return float(numbers) if value.__class__ is float and not shape else numbers[()]

    def _magnitudes(self, key: tuple[int, ...], count: int) -> Any:
        least = _uniform((min(self.infinite, LARGE), *key), count)
        if self.infinite < LARGE:
            return least
        least = 2**10 * least  # so that u v - 2 u grows with u
        before = self._infinities()
        these = self.infinite_at.setdefault(key, range(before, before + count))
        if self.infinite == LARGE:
            return least
        if self._infinities() <= DRAWS:
            is_larger = np.arange(these.start, these.start + count) == self.infinite - LARGE - 1
            return np.where(is_larger, 2**20 * least, least)
        # Of u v - w sometimes the one has to grow, sometimes the other.
        drawn = _uniform((0, self.infinite, *key), count) - 1
        return least * (1 + 2 ** (128.0 * drawn**2 - 24))


def is_any(mask: Any) -> bool:
    """``np.any``, of what is ``False`` mostly."""
    return bool(mask.any()) if mask.__class__ is np.ndarray else bool(mask)


def _split(at: Any, where: Any) -> tuple[Any, Any]:
    """Those where something holds and the others, for nothing where they are all of one kind."""
    count = np.count_nonzero(where)
    if count == len(at):
        return at, at[:0]
    return (at[where], at[~where]) if count else (at[:0], at)


def _absorbs(direction: Any, slope: Any, at: Any) -> bool:
    """Whether a direction is 0 wherever the slope that it is multiplied by is not finite: `at`."""
    direction = plain(direction)
    if direction is None or stands_for_another(direction):
        return False
    if direction.__class__ is np.ndarray and direction.shape == shape_of(slope):
        return not direction.reshape(-1)[at].any()
    return not is_any((direction != 0) & ~np.isfinite(slope))


def _common_shape(*values: Any) -> tuple[int, ...]:
    shapes = {x.shape for x in values if x.__class__ is np.ndarray}
    return np.broadcast_shapes(*shapes) if len(shapes) != 1 else shapes.pop()


def _uniform(key: tuple[int, ...], count: int) -> Any:
    """Pseudo-random numbers between 1 and 2, of so few digits that products of two are exact."""
    return (_draw if count <= _FEW else _draw.__wrapped__)(key, count)


def _complex(key: tuple[int, ...], count: int) -> Any:
    """Those of an unknown complex number: neither part of a multiple of it is known."""
    return _uniform((*key, 0), count) + 1j * _uniform((*key, 1), count)


_FEW = 64  # entries that are kept: to draw them once more takes ten times as long as all else here


@functools.lru_cache(maxsize=1 << 12)
def _draw(key: tuple[int, ...], count: int) -> Any:
    return 1 + np.random.default_rng(key).random(count, np.float32)


def _hold(x: Any, value: Any) -> Any:
    return np.broadcast_to(value, np.broadcast_shapes(shape_of(x), shape_of(value)))[()].copy()


held = Elementwise("held", _hold, (lambda _y, x, _value: plain(x) * np.nan, 0))
"""``held(x, value)`` is the value, of which it is not known how it depends on x.

A slope that is guessed, or a convention, has no derivative that follows from it: the second
derivative of ``norm(x)**2`` at 0 is not what that of ``norm`` would make it. Such a slope, in a
derivative of which another is taken, is held. Zero times this unknown is unknown, too, where it is
zero by the values of the inputs alone.
"""

unknown = Elementwise(
    "unknown", lambda x: np.zeros_like(plain(x)), (lambda _y, x: plain(x) * np.nan,)
)
"""``unknown(x)`` is 0, times an unknown number: what is made of it is known where x stays 0.

So ``a + unknown(a - b)`` is a, where a and b are the same by two guesses; and so is its derivative,
where that is the same by both.
"""


# --- By a guess -----------------------------------------------------------------------------------


def push(
    primitive: Any,
    residual: Any,
    tangents: Sequence[Any],
    lead: tuple[int, ...],
    guess: Guess,
    number: int = 0,
    parents: Sequence[Any] = (),
) -> Any:
    """As ``Primitive.push`` of the operation of this number, whose tangents are finite."""
    if isinstance(primitive, (Elementwise, Broadcast)):
        times = _times(primitive, tangents, guess, number, parents)
        return primitive.push(residual, tangents, times)
    if primitive.takes_guess:
        pushed = primitive.push(residual, tangents, guess.inside(number))
        if pushed is not None:
            return pushed
    elif isinstance(primitive, Linear):
        return primitive.push(residual, tangents)
    elif primitive.multiplies:
        arrays = _finite_arrays(residual, tangents, guess, number, parents)
        return primitive.push(arrays, tangents)
    if primitive.refill is not None:
        return primitive.push(_finite_slopes(primitive, residual, guess, number), tangents)
    total = primitive.push(residual, tangents)
    if guess.exact or _is_finite(total):
        return total
    shape = shape_of(total)[len(lead) :]
    every = np.ones(shape, np.result_type(plain(total)))[()]
    active = [None if t is None else True for t in tangents]
    pulled = itertools.compress(primitive.pull(residual, every, active), active)
    if all(map(is_all_nan, pulled)):
        return _undefined(total, tangents, lead, guess, number)
    entries = []
    for _, rows in _rows(primitive, residual, tangents, shape, total, guess, number):
        pairs = [(t, row) for t, row in zip(tangents, rows, strict=False) if t is not None]
        axes = [tuple(range(len(lead), np.ndim(plain(t)))) for t, _ in pairs]
        products = [(t * row, each) for (t, row), each in zip(pairs, axes, strict=True)]
        terms = [np.sum(each, axis=axes) if axes else each for each, axes in products]
        entries.append(functools.reduce(operator.add, terms))
    return np.reshape(np.stack(entries, axis=-1), lead + shape)


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
        times = _times(primitive, active, guess, number, active)
        return primitive.pull(residual, ct, active, times)
    if primitive.takes_guess:
        pulled: Sequence[Any] | None = primitive.pull(residual, ct, active, guess.inside(number))
        if pulled is not None:
            return pulled
    elif isinstance(primitive, Linear):
        return primitive.pull(residual, ct, active)
    elif primitive.multiplies:
        arrays = _finite_arrays(residual, active, guess, number, active)
        return primitive.pull(arrays, ct, active)
    if primitive.refill is not None:
        return primitive.pull(_finite_slopes(primitive, residual, guess, number), ct, active)
    found = list(primitive.pull(residual, ct, active))
    if guess.exact or all(map(_is_finite, itertools.compress(found, active))):
        return found
    if all(map(is_all_nan, itertools.compress(found, active))):
        return [
            None if parent is None else _undefined(g, [ct], lead, guess, number)
            for parent, g in zip(active, found, strict=False)
        ]
    pairs = zip(active, found, strict=False)
    totals = [None if parent is None else 0.0 * _finite(g) for parent, g in pairs]
    shape = shape_of(ct)[len(lead) :]
    parts = np.reshape(ct, (*lead, -1))
    for j, rows in _rows(primitive, residual, active, shape, ct, guess, number):
        if np.any(plain(parts[..., j]) != 0):
            for i, (row, total) in enumerate(zip(rows, totals, strict=False)):
                if total is not None:
                    part = np.reshape(parts[..., j], lead + (1,) * np.ndim(plain(row)))
                    totals[i] = total + part * row
    return totals


def _rows(
    primitive: Any,
    residual: Any,
    active: Sequence[Any],
    shape: tuple[int, ...],
    like: Any,
    guess: Guess,
    number: int,
) -> Iterator[tuple[int, list[Any]]]:
    """Finite derivatives of one entry of the output after another, by each active argument.

    Each is pulled back by itself, so that it is not met by what another entry makes of a zero.
    """
    for j in range(math.prod(shape)):
        unit = np.zeros(shape, np.result_type(plain(like)))
        unit.reshape(-1)[j] = 1
        rows = primitive.pull(residual, unit[()], active)
        yield (
            j,
            [
                None if parent is None else guess.of(row, number, len(active) * j + i)
                for i, (parent, row) in enumerate(zip(active, rows, strict=False))
            ],
        )


def _undefined(
    result: Any, directions: Sequence[Any], lead: tuple[int, ...], guess: Guess, number: int
) -> Any:
    """Where nothing is known of a derivative, as of an inverse with a NaN in it, but by zeros."""
    rows = [np.reshape(plain(t), (*lead, -1)) for t in directions if t is not None]
    moved = functools.reduce(operator.or_, (np.any(row != 0, axis=-1) for row in rows))
    moved = np.reshape(moved, lead + (1,) * (np.ndim(plain(result)) - len(lead)))
    return guess.of(result, number, 0) * moved


def _is_finite(value: Any) -> bool:
    return bool(np.all(np.isfinite(plain(value))))


def _finite(value: Any) -> Any:
    value = plain(value)
    return np.where(np.isfinite(value), value, 0)


def _finite_arrays(
    residual: Any, active: Sequence[Any], guess: Guess, number: int, parents: Sequence[Any]
) -> Any:
    """The residual of a product, whose first item are the arrays that it multiplies by."""
    arrays, *rest = residual
    several = len(active) > 1  # of one argument, an array is what was made of it
    finite = []
    for i, (x, wanted) in enumerate(zip(arrays, active, strict=True)):
        depends: Any = wanted is not None or _is_traced(x)
        if several and wanted is not None:
            depends = _somewhere(guess, parents, i)
        finite.append(None if x is None else guess.of(x, number, i, depends=depends))
    return (tuple(finite), *rest)


def _finite_slopes(primitive: Any, residual: Any, guess: Guess, number: int) -> Any:
    arrays = itertools.count()

    def finite(slopes: Any, depends: bool = True, made: Any = False) -> Any:
        return guess.of(slopes, number, next(arrays), depends=depends, made=made)

    return primitive.refill(residual, finite)


def _is_traced(x: Any) -> bool:
    return isinstance(x, Traced)


def _times(
    primitive: Any, active: Sequence[Any], guess: Guess, number: int, parents: Sequence[Any]
) -> Times:
    """The multiplication of an elementwise primitive, by finite slopes."""
    base = primitive.primitive if isinstance(primitive, Broadcast) else primitive

    def exactly(direction: Any, factor: Factor, residual: Any) -> Any:
        if factor.constant is not None:
            return base.times(direction, factor, residual)
        return base.product(direction, _slope(factor, residual))

    def times(direction: Any, factor: Factor, residual: Any) -> Any:
        if factor.constant is not None:
            return base.times(direction, factor, residual)
        argument = next(i for i, each in enumerate(base.factors) if each is factor)
        slope = _slope(factor, residual)
        made, flat = _marks(base, argument, residual, slope, guess)
        if guess.depends:  # a rule's own code: the number that it divides by may have overflowed
            infinite = [np.isinf(plain(x)) for x in residual[1:] if x is not None]
            flat = flat | (plain(slope) == 0) & functools.reduce(operator.or_, infinite, False)
        reads: Any = False
        if guess.zeros and not base.selects:
            depends = (True, *(each is not None for each in active))
            reads = any(itertools.compress(depends, factor.reads))
            if factor.position is not None:
                reads = depends[factor.position] and _somewhere(guess, parents, factor.position - 1)
            reads = reads | _is_traced(slope)
        slope = guess.of(
            slope,
            number,
            argument,
            depends=reads,
            is_held=base is held,
            made=made,
            flat=flat,
            direction=direction,
        )
        return base.product(direction, slope)

    return exactly if guess.exact else times


def _somewhere(guess: Guess, parents: Sequence[Any], argument: int) -> Any:
    """Where an argument of an operation is not nothing, whatever the inputs are."""
    parent = parents[argument] if 0 <= argument < len(parents) else None
    if not guess.nothing or not isinstance(parent, tuple):
        return True
    mask = guess.nothing[0].get(parent[0])
    return True if mask is None else ~mask


def _slope(factor: Factor, residual: Any) -> Any:
    """A partial derivative."""
    partial: Any = factor.function
    if partial is None:
        return residual[factor.position]
    try:
        return partial(*residual)
    except ArithmeticError:
        return partial(*as_numpy(residual))


def _marks(
    primitive: Elementwise, argument: int, residual: Any, slope: Any, guess: Guess
) -> tuple[Any, Any]:
    """Where the function makes a NaN, and where it is flat at infinity.

    That it hands on, and an overflow may be behind it.
    """
    flat = plain(slope) == 0
    if guess.made is None and not is_any(flat):
        return False, False
    y, args = evaluated(primitive, residual)
    if y is None:
        return False, False
    x = args[argument]
    flat = flat & np.isinf(y) if x is None else flat & np.isinf(y) & (x == y)
    return guess.made is not None and makes_nan(primitive, residual), flat
