"""One operation alone: its push against its pull, and both against its own function nearby."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes.core.declaring import PRIMITIVES
from admodes.core.rules import Elementwise, Linear, Multilinear
from admodes.diagnosis.opinions import epsilon_of, first
from admodes.diagnosis.recording import Operation, Run
from admodes.primitives.decomposing import Factorisation
from admodes.primitives.degenerate import Convention
from admodes.primitives.sorting import over_runs
from admodes.truth.certainty import SAFETY, careful
from admodes.truth.directions import double, largest
from admodes.truth.finite_differences import Estimate, estimates


def pair(a: Any, b: Any) -> tuple[float, float]:
    """``⟨a, b⟩`` and its size if the signs of its terms are random."""
    products = np.asarray(np.real(double(a) * double(b)))
    return float(np.sum(products)), math.sqrt(float(np.sum(products * products)))


def is_own(op: Operation) -> bool:
    """Whether the primitive is one of this package, and none of a user's."""
    return PRIMITIVES.get(op.base.name) is op.base


# --- Push against pull ----------------------------------------------------------------------------


def adjoint_gap(op: Operation, run: Run) -> tuple[float, float]:
    """``⟨ct, J t⟩ - ⟨Jᵀ ct, t⟩`` of this operation alone in a run, and its size."""
    ct, t = run.cts.get(op.number), run.tangents.get(op.number)
    if ct is None or t is None:
        return 0.0, 0.0
    left, size = pair(ct, t)
    right, sizes = 0.0, [size]
    for g, own in zip(run.pulled[op.number], run.of_args(op), strict=True):
        if g is not None and own is not None:
            term, size = pair(g, own)
            right += term
            sizes.append(size)
    return left - right, max(sizes)


def wrong_shape(op: Operation, run: Run) -> str | None:
    """What has the wrong shape in a run, if anything has."""
    t = run.tangents.get(op.number)
    if t is not None and np.shape(t) != np.shape(op.value):
        return f"its push gives shape {np.shape(t)} for a value of shape {np.shape(op.value)}"
    for i in op.active() if op.number in run.pulled else ():
        g = run.pulled[op.number][i]
        own, shape = np.shape(op.args[i]), np.shape(g)
        if g is None:
            return f"its pull gives no cotangent for argument {i}"
        if shape != own:
            return f"its pull gives shape {shape} for an argument of shape {own}"
    return None


def wrong_for_several(op: Operation, run: Run) -> str | None:
    """Which half of the rule treats two directions at once otherwise than one by one."""
    ct, own = run.cts.get(op.number), run.of_args(op)
    if op.number in run.tangents:
        alone = run.tangents[op.number]
        both = op.primitive.push(op.residual, [_doubled(t) for t in own])
        if not _is_doubled(both, alone, op.value):
            return "push"
    if ct is not None:
        found = op.primitive.pull(op.residual, _doubled(ct), op.parents)
        for i in op.active():
            if not _is_doubled(found[i], run.pulled[op.number][i], op.args[i]):
                return "pull"
    return None


def _doubled(t: Any) -> Any:
    return None if t is None else np.stack([t, -2 * np.asarray(t)])


def _is_doubled(both: Any, alone: Any, like: Any) -> bool:
    if np.shape(both) != (2, *np.shape(like)):
        return False
    gap = np.abs(both - _doubled(alone))
    return bool((~(gap > math.sqrt(epsilon_of(like)) * largest(alone))).all())


# --- Both against the function --------------------------------------------------------------------


def slope(op: Operation, tangents: Sequence[Any], sure: bool = True) -> Estimate:
    """The derivative of the operation's value along tangents of its arguments, by differences.

    To be `sure` it is taken with all care, and over several lengths: an entry of an elementwise
    operation by its own size, and by that of what it meets; else by the smallest and the largest.
    """
    along = _Along(op, tangents)
    if not sure:
        return along.estimate()
    if isinstance(op.base, Elementwise) and not any(map(np.iscomplexobj, along.points)):
        return along.entrywise()
    return _surest([along.careful(step) for step in along.steps()])


def slopes(op: Operation, tangents: Sequence[Any]) -> tuple[Estimate, Estimate]:
    """The same from the right and from the left."""
    along = _Along(op, tangents)
    return along.estimate(1), along.estimate(-1)


class _Along:
    """An operation's function along tangents of its arguments."""

    def __init__(self, op: Operation, tangents: Sequence[Any]) -> None:
        self.op = op
        self.active = [i for i, t in enumerate(tangents) if t is not None]
        self.points = [op.args[i] for i in self.active]
        self.ts = [np.asarray(tangents[i])[None] for i in self.active]
        self.step = 2.0**-6 / (share(self.points, self.ts) or 1.0)

    def steps(self) -> list[float]:
        """The shorter first: one by which no entry moves by more than a part of itself."""
        with np.errstate(all="ignore"):
            shares = [np.abs(t[0] / x) for x, t in zip(self.points, self.ts, strict=True)]
        own = 2.0**-6 / (largest(*shares) or 1.0)
        return [own, self.step] if 0 < own < self.step / 64 else [self.step]

    def function(self, values: Sequence[Any]) -> list[Any]:
        args, shape = list(self.op.args), np.shape(self.op.value)
        for i, value in zip(self.active, values, strict=True):
            args[i] = value
        try:
            y = np.asarray(self.op.function(args))
        except Exception:  # outside of its domain
            return [np.full(shape, np.nan)]
        return [y if y.shape == shape else np.full(shape, np.nan)]

    def estimate(self, side: int = 0) -> Estimate:
        ((value, doubt),) = estimates(self.function, self.points, self.ts, self.step, side)
        return Estimate(value[0], doubt[0])

    def careful(self, step: float) -> Estimate:
        ((value, doubt),) = careful(
            self.function, self.points, self.ts, step, [np.asarray(self.op.value)]
        )
        return Estimate(value[0], doubt[0])

    def entrywise(self) -> Estimate:
        """By the partial derivatives, each entry of each argument over lengths of its own."""
        shape = np.shape(self.op.value)
        sizes = [np.broadcast_to(np.abs(np.asarray(x, float)), shape) for x in self.op.args]
        everything = np.maximum.reduce([*sizes, np.abs(np.asarray(self.op.value, float))])
        value: Any = 0.0
        doubt: Any = 0.0
        for i, t in zip(self.active, self.ts, strict=True):
            x = np.broadcast_to(np.asarray(self.op.args[i], float), shape)
            own = np.where(sizes[i] > 0, sizes[i], 1.0)
            lengths = np.sort([own, np.ones(shape), everything], axis=0)
            found = _surest([self._partial(i, x, length) for length in _different(lengths)])
            moves = np.broadcast_to(t[0], shape)
            with np.errstate(all="ignore"):
                value = value + np.where(moves == 0, 0.0, moves * found.value)
                doubt = doubt + np.where(moves == 0, 0.0, np.abs(moves) * found.doubt)
        return Estimate(value, doubt)

    def _partial(self, i: int, x: Any, length: Any) -> Estimate:
        def function(values: Sequence[Any]) -> list[Any]:
            args = list(self.op.args)
            args[i] = values[0]
            return [np.asarray(self.op.function(args))]

        moves = np.where(np.isfinite(length) & (length > 0), length, 1.0)
        ((value, doubt),) = careful(
            function, [x], [moves[None]], 2.0**-6, [np.asarray(self.op.value)],
            digits=np.ravel(np.abs(x) / moves),
        )  # fmt: skip
        with np.errstate(all="ignore"):
            return Estimate(value[0] / moves, doubt[0] / moves)


def _different(rows: Any) -> list[Any]:
    """Rows but for those that are the same as the one before."""
    return [row for i, row in enumerate(rows) if not i or (row != rows[i - 1]).any()]


def _surest(found: Sequence[Estimate]) -> Estimate:
    """Of estimates over longer and longer lengths, entry by entry: a longer one is no surer than
    it agrees with those that are sure before it.
    """
    value, doubt = found[0]
    with np.errstate(all="ignore"):
        for other, its in found[1:]:
            apart = np.abs(other - value)
            sure = SAFETY * doubt <= 0.1 * np.abs(value)
            its = np.where(sure & (apart > SAFETY * (its + doubt)), np.maximum(its, apart), its)
            better = its < doubt
            value, doubt = np.where(better, other, value), np.where(better, its, doubt)
    return Estimate(value, doubt)


def share(points: Sequence[Any], tangents: Sequence[Any]) -> float:
    """By how much of their size tangents change what they belong to."""
    return max(
        largest(t) / (largest(x) or 1.0)
        for x, t in zip(points, tangents, strict=True)
        if t is not None
    )


class Verdict(NamedTuple):
    """How an operation's rule compares with its function."""

    wrong: Any  #: a mask of the value's entries where it is not the derivative
    kinks: Any  #: where there is none, and it is one of those between the two sides


def verdict(op: Operation, run: Run) -> Verdict | None:
    """Where the operation's push is not the derivative of its function, if anywhere.

    Looked at are the entries that the output depends on.
    """
    ct, t, own = run.cts.get(op.number), run.tangents.get(op.number), run.of_args(op)
    if ct is None or t is None or not np.isfinite(t).all():
        return None
    rounding = epsilon_of(op.value, *(op.args[i] for i in op.active()))
    epsilon = max(rounding, 1e-12)
    given = [own_t for own_t in own if own_t is not None]
    tiny = float(np.finfo(np.asarray(t).dtype).tiny)
    natural = 100 * (epsilon * largest(op.value) * share(op.args, own) + tiny * largest(*given))
    natural += 100 * rounding * _terms(op, own)
    for sure in (False, True):  # most operations are right, and need no second estimate
        found = slope(op, own, sure)
        allowed = natural + math.sqrt(epsilon) * largest(t, found.value)
        enough = np.maximum(allowed, 0.05 * np.abs(found.value)) if sure else allowed
        matters = (np.asarray(ct) != 0) & (found.doubt <= enough)
        differs = matters & (np.abs(t - found.value) > allowed + 10 * found.doubt)
        if not differs.any():
            return None
    kink = _is_kink(t, *slopes(op, own), allowed) | _is_among_equal(op, own, t) | _is_agreed_on(op)
    kinks = differs & kink
    return Verdict(differs & ~kinks, kinks)


def _terms(op: Operation, tangents: Sequence[Any]) -> float:
    """How large the terms are that a linear operation adds up: they may cancel."""
    sizes, kept = [None if t is None else np.abs(t) for t in tangents], op.residual
    if isinstance(op.base, Multilinear) and op.base.multiplies:
        arrays, *rest = kept
        kept = (tuple(None if x is None else np.abs(x) for x in arrays), *rest)
    elif not isinstance(op.base, Linear):
        return 0.0
    return largest(op.primitive.push(kept, sizes), *(t for t in sizes if t is not None))


def _is_kink(slope: Any, right: Estimate, left: Estimate, allowed: float) -> Any:
    """Where the two sides surely differ, and `slope` lies between them."""
    allowed = allowed + 10 * (right.doubt + left.doubt)
    low, high = np.minimum(right.value, left.value), np.maximum(right.value, left.value)
    inside = (np.real(slope) >= np.real(low) - allowed) & (
        np.real(slope) <= np.real(high) + allowed
    )
    return inside & (np.abs(right.value - left.value) > allowed)


def _is_among_equal(op: Operation, tangents: Sequence[Any], slope: Any) -> Any:
    """Where a sort had the choice among equal numbers, and `slope` is between those of theirs.

    Along one direction both sides may have the same: of three equal numbers the second in order
    moves as the middle one of the three does, which no linear map can have for all directions.
    """
    if op.base is not PRIMITIVES["sort"] or op.residual.runs is None:
        return False
    order, axis, runs, _ = op.residual
    moved = np.real(np.take_along_axis(np.asarray(tangents[0]), order, axis))
    low = over_runs(np.minimum.reduceat, moved, **runs)
    high = over_runs(np.maximum.reduceat, moved, **runs)
    return (low <= np.real(slope)) & (np.real(slope) <= high) & (low < high)


def _is_agreed_on(op: Operation) -> Any:
    """Where equal eigenvalues or singular values have one derivative, which none of them has."""
    if isinstance(op.base, Factorisation):
        return op.base.conventional(op.residual)
    kept = op.residual if isinstance(op.residual, tuple) else ()
    return next((each.where() for each in kept if isinstance(each, Convention)), False)


def is_tie(op: Operation, kinks: Any) -> bool:
    """Whether the kinks are where the operation chooses among equal numbers."""
    if len(op.args) > 1 and isinstance(op.base, Elementwise):
        equal = np.asarray(op.args[0]) == np.asarray(op.args[1])
        return bool((np.broadcast_to(equal, np.shape(kinks)) & kinks).any())
    chosen = np.asarray(op.value)[kinks]
    return bool(np.count_nonzero(np.asarray(op.args[0]) == chosen[0]) > 1)


# --- What is wrong with a rule, in words ----------------------------------------------------------


def blame(op: Operation, run: Run) -> tuple[str, str]:
    """Kind and cause, for a rule whose push and pull are not adjoint."""
    words = _Words(op)
    own, ct = run.of_args(op), run.cts[op.number]
    found = slope(op, own)
    sure = bool((found.doubt <= 1e-6 * largest(found.value)).all())
    rtol = math.sqrt(max(epsilon_of(op.value), 1e-12))
    wrong = []
    if sure:
        t = run.tangents[op.number]
        if not (np.abs(t - found.value) <= rtol * largest(found.value)).all():
            wrong.append(words.push)
        expected, size = pair(ct, found.value)
        pulled = sum(
            pair(g, t)[0]
            for g, t in zip(run.pulled[op.number], own, strict=True)
            if g is not None and t is not None
        )
        if not abs(pulled - expected) <= rtol * size:
            wrong.append(words.pull)
    cause = f"push and pull of `{op.name}` are not adjoint: ⟨ct, push(t)⟩ is not ⟨pull(ct), t⟩"
    bent = not_linear(op, run)
    if len(wrong) == 2:
        cause += "; both are wrong, by differences of its function"
    elif wrong and bent is None:
        cause += f"; {wrong[0]} is wrong, by differences of its function"
    if bent is not None:
        cause += f"; {bent}"
    return "not adjoint", cause + words.whose


def not_linear(op: Operation, run: Run) -> str | None:
    """Which half of the rule does not double with what it is given, and whether it uses it at all.

    Doubling rounds nothing, so a half that is linear gives exactly twice as much.
    """
    ct, own = run.cts[op.number], run.of_args(op)
    twice = [None if t is None else 2 * t for t in own]
    for half, given, before, after in (
        ("push", "the tangent", [run.tangents[op.number]], [op.primitive.push(op.residual, twice)]),
        ("pull", "ct", run.pulled[op.number], op.primitive.pull(op.residual, 2 * ct, op.parents)),
    ):
        pairs = [(x, y) for x, y in zip(before, after, strict=False) if x is not None]
        if any(not np.allclose(y, 2 * np.asarray(x), 1e-6, 0.0, equal_nan=True) for x, y in pairs):
            if all(np.array_equal(x, y) for x, y in pairs):
                return f"its {half} forgets {given}: of twice as much it gives the same"
            return f"its {half} is not linear in {given}"
    return None


def blame_both(op: Operation, run: Run, wrong: Any) -> tuple[str, str]:
    """Kind and cause, for a rule whose push and pull agree, but not with the function."""
    words = _Words(op)
    which = words.rule
    arguments = [i for i, t in enumerate(run.of_args(op)) if t is not None]
    if len(arguments) > 1:
        guilty = [i for i in arguments if _is_wrong_alone(op, run, i)]
        if guilty:
            which += " by argument " + " and ".join(map(str, guilty))
    place = first(wrong)
    at = f", at entry {list(place)} of its value" if place else ""
    return "wrong rule", f"both modes agree but are wrong: {which}{at}{words.whose}"


def _is_wrong_alone(op: Operation, run: Run, i: int) -> bool:
    tangents = [t if j == i else None for j, t in enumerate(run.of_args(op))]
    found = slope(op, tangents)
    t = op.primitive.push(op.residual, tangents)
    allowed = 1e-6 * largest(t, found.value)
    return bool((np.abs(t - found.value) > allowed + 10 * found.doubt).any())


class _Words:
    """What the halves of a rule are called, by the kind of its primitive."""

    def __init__(self, op: Operation) -> None:
        base, name = op.base, op.name
        self.push, self.pull, self.rule = "its push", "its pull", f"the rule of `{name}`"
        if isinstance(base, Elementwise):
            self.rule = f"the partial derivative of `{name}`"
        elif isinstance(base, Linear):
            self.push, self.pull = "its function (it is not linear)", "its transpose"
            self.rule = f"the function of `{name}` is not linear"
        elif isinstance(base, Multilinear):
            self.push, self.pull = "its function (it is not linear)", "one of its transposes"
            self.rule = f"the function of `{name}` is not linear"
        self.whose = " (a rule of admodes: please report it)" if is_own(op) else ""


# --- Entries of an elementwise operation ----------------------------------------------------------


class Entry(NamedTuple):
    """One entry of an elementwise operation."""

    place: tuple[int, ...]
    args: tuple[Any, ...]
    value: Any

    name: str

    def __str__(self) -> str:
        at = f" (entry {list(self.place)})" if self.place else ""
        return f"{self.name}({', '.join(f'{x:.6g}' for x in self.args)}){at}"


def entry_of(op: Operation, place: tuple[int, ...]) -> Entry:
    shape = np.shape(op.value)
    args = tuple(np.broadcast_to(np.asarray(x), shape)[place] for x in op.args)
    return Entry(place, args, np.asarray(op.value)[place], op.name)


def partials(op: Operation) -> Iterator[tuple[int, Any]]:
    """For each active argument the partial derivatives of an elementwise operation, as they are."""
    base: Any = op.base
    if not isinstance(base, Elementwise):
        return
    residual = op.residual if op.primitive is base else op.residual[0]
    ones = np.ones(np.shape(op.value), np.result_type(op.value))
    for i in op.active():
        slope = base.times(ones, base.factors[i], residual)
        yield i, np.broadcast_to(np.asarray(slope), np.shape(op.value))


def at_entry(op: Operation) -> Callable[..., Any]:
    """An elementwise operation's function of one entry's arguments, without its warnings."""

    def function(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            return op.function(args)

    return function
