"""Forward mode, reverse mode and a third opinion at one point, and how far apart they are.

Where inputs and outputs are few, every derivative is compared; otherwise all inputs (or outputs)
move together along a few random directions: an error in one entry shows there too, for a few
evaluations instead of one an entry.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from admodes import forward
from admodes.core.values import plain
from admodes.diagnosis.recording import Recording
from admodes.diagnosis.report import Gap
from admodes.modes.arguments import name
from admodes.modes.containers import leaves
from admodes.modes.evaluating import Evaluation
from admodes.truth.directions import (
    ENTRIES,
    EPSILON,
    Directions,
    Part,
    count,
    largest,
    lead,
    moved_along,
    pairing,
    pairing_size,
)
from admodes.truth.finite_differences import SMALLEST
from admodes.truth.point import Point

#: derivatives, inputs times outputs, up to which a side of few entries is taken entry by entry
MANY = 1 << 16
#: random directions, where there is no entry by entry
RANDOM = 2


def epsilon_of(*arrays: Any) -> float:
    """The machine epsilon of the coarsest dtype among floating-point arrays."""
    dtypes = [np.asarray(x).dtype for x in arrays if x is not None]
    return max((float(np.finfo(dtype).eps) for dtype in dtypes if dtype.kind in "fc"), default=0.0)


class WrongShape(Exception):
    """A derivative has another shape than what it is a derivative of or by."""


class Trouble(NamedTuple):
    """Something that is not as it should be."""

    kind: str
    what: str  #: in a sentence
    ts: Sequence[Any] = ()  #: a direction of the arguments along which it shows
    cts: Sequence[Any] = ()  #: and a cotangent of the output
    step: float = 0.0  #: a good one for differences along this direction
    gap: float = 0.0  #: how far apart the sides are, as a share of their size
    missing: float | complex = 0.0  #: what the other side has more


class Worst:
    """The largest difference so far, relative to what is allowed of it, and all that are more."""

    def __init__(self) -> None:
        self.gap: Gap | None = None
        #: with each how many times more than what is allowed it is
        self.found: list[tuple[float, Callable[[], Trouble]]] = []

    def see(self, gap: Gap, excess: float, trouble: Callable[[], Trouble]) -> None:
        if self.gap is None or not gap.relative <= self.gap.relative:
            self.gap = gap
        if excess > 1:
            self.found.append((excess, trouble))

    @property
    def troubles(self) -> list[Callable[[], Trouble]]:
        """The worst first."""
        return [trouble for _, trouble in sorted(self.found, key=lambda each: -each[0])]


class Look(Point):
    """A function at a point, looked at by both modes."""

    def __init__(
        self, f: Callable[..., Any], args: tuple[Any, ...], seed: int, quick: bool = False
    ) -> None:
        super().__init__(f"agreement of {name(f)}", f, args, seed)
        inputs, outputs = count(self.xs), count(self.ys)
        few = inputs * outputs <= MANY
        self.tangents = _chosen(self.tangents, self.xs, few)
        self.cotangents = _chosen(self.cotangents, self.ys, few)
        every = 0 < max(inputs, outputs) <= ENTRIES and not quick
        if quick:
            self.tangents, self.cotangents = self.tangents[-1:], self.cotangents[-1:]
        self.along = "every entry" if every else "random directions"
        #: the machine epsilon of the coarsest numbers on the way, when all start in float64
        self.within = EPSILON
        #: the values of the output's floating-point leaves, by plain NumPy, and in each mode
        evaluation = Evaluation(self.inputs)
        output = [plain(y) for _, y in leaves(evaluation())]
        self.values: dict[str, list[Any]] = {"plain NumPy": [output[i] for i in self.places]}
        #: the arguments that the function changes: ``"argument 0"``
        self.changes = evaluation.changes()
        self.values["reverse mode"] = [y.value for y in self.ys]
        self.pushed: list[list[Any]] = []
        self.pulled: list[list[Any]] = []

    def derive(self) -> None:
        """The derivatives by both modes, along all directions; shorter ones, if one overflows."""
        self.pushed = [self.push(ts.leaves) for ts in self.tangents]
        self.pulled = [self.pull(cts.leaves) for cts in self.cotangents]
        finite = all(np.isfinite(d).all() for d in (*self.pushed[-1], *self.pulled[-1]))
        if not finite and self.shorten():
            self.derive()

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        _, _, pairs = forward.run(self.inputs, tangents)
        self.values["forward mode"] = [plain(pairs[i][0]) for i in self.places]
        found = [pairs[i][1] for i in self.places]
        return self.checked("forward mode", found, self.ys, lead(tangents, self.xs))

    def inspect(self, mode: str, d: Any, part: Part, axes: tuple[int, ...]) -> None:
        """What is not finite comes through; it is told later what is wrong with it."""
        if d.shape != axes + part.shape:
            raise WrongShape(
                f"{mode} gives a derivative of shape {d.shape} at {part.path}, "
                f"not {axes + part.shape}"
            )

    def is_coarser_within(self) -> bool:
        """Whether numbers on the way have fewer digits than what goes in and comes out.

        From then on differences are measured by those.
        """
        wide = moved_along(self.points, [None] * len(self.points), 0, 0.0)
        recording = Recording(self.inputs, wide, self.places)
        self.within = max((epsilon_of(op.value) for op in recording.operations), default=0.0)
        self.epsilon = max(self.epsilon, self.within)
        return self.within > EPSILON

    def same_again(self) -> bool:
        """Whether the function still gives what it gave at first."""
        return self.repeats(self.values["plain NumPy"], self.float_output(self.points))

    def any_pair(self) -> tuple[list[Any], list[Any]]:
        return self.any_tangent(), self.any_cotangent()

    def any_cotangent(self) -> list[Any]:
        return self.cotangents[-1].one(0, self.ys)

    def any_tangent(self) -> list[Any]:
        return self.tangents[-1].one(0, self.xs)


def _chosen(groups: list[Directions], parts: Sequence[Part], few: bool) -> list[Directions]:
    """Every entry's direction where they are few, and random ones, unless there is one entry."""
    *units, random = groups
    if units and few:
        return units if count(parts) == 1 and not parts[0].complex else groups
    leaves = [t if t is None else t[:RANDOM] for t in random.leaves]
    return [random._replace(names=random.names[:RANDOM], leaves=leaves)]


def gap_of(
    look: Look, difference: float, scale: float, noise: float, natural: float, where: str
) -> Gap:
    """A difference as a share of its block, whose largest number is `scale`.

    A block that is smaller than `noise` of what is `natural` holds nothing but rounding.
    """
    if scale <= noise * natural and math.isfinite(natural):
        scale = natural
    relative = difference / (scale or 1.0)
    ulp = look.epsilon * 2.0 ** math.floor(math.log2(scale)) if scale else 1.0
    return Gap(difference / (ulp or SMALLEST), relative, where)


# --- What is wrong with one mode alone ------------------------------------------------------------


def wrong_values(look: Look) -> Iterator[Trouble]:
    """Values that are not finite, or not those of plain NumPy."""
    expected = look.values["plain NumPy"]
    for y, own in zip(look.ys, map(np.asarray, expected), strict=False):
        if not np.isfinite(own).all():
            place = first(~np.isfinite(own))
            what = f"the value is {own[place]} at {y.entry(place)}"
            yield Trouble("value not finite", what, look.any_tangent(), look.any_cotangent())
    for mode in ("forward mode", "reverse mode"):
        found = look.values[mode]
        if len(found) != len(expected):
            yield Trouble("value", f"{mode} gives another number of outputs than plain NumPy")
            continue
        for y, a, b in zip(look.ys, map(np.asarray, found), map(np.asarray, expected), strict=True):
            where = y.path
            if a.shape == b.shape:
                allowed = math.sqrt(look.epsilon) * largest(finite_part(b))
                differs = distance(*_without_equals(a, b)) > allowed
                if not differs.any():
                    continue
                at = first(differs)
                where, a, b = y.entry(at), a[at], b[at]
            what = f"the value in {mode} is not plain NumPy's: {_brief(a)}, not {_brief(b)}"
            yield Trouble("value", f"{what}, at {where}")


def _without_equals(a: Any, b: Any) -> tuple[Any, Any]:
    """Zeros where both are the same and not finite."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0, a), np.where(same, 0, b)


def _brief(x: Any) -> str:
    return f"{x:.6g}" if np.ndim(x) == 0 else f"an array of shape {np.shape(x)}"


def not_finite(look: Look) -> Iterator[Trouble]:
    """Derivatives that are not finite."""
    wrong = {
        "forward mode": _first_not_finite(look.tangents, look.pushed, look.ys),
        "reverse mode": _first_not_finite(look.cotangents, look.pulled, look.xs),
    }
    for (mode, found), other in zip(wrong.items(), reversed(wrong), strict=True):
        if found is None:
            continue
        group, k, part, at, value = found
        back = mode == "reverse mode"
        way = "from" if back else "along"
        beside = "is finite everywhere" if wrong[other] is None else "is not finite either"
        yield Trouble(
            mode,
            f"{mode} gives {value} at {part.entry(at)}, {way} {group.names[k]}; {other} {beside}",
            look.any_tangent() if back else group.one(k, look.xs),
            group.one(k, look.ys) if back else look.any_cotangent(),
        )


def _first_not_finite(
    groups: Sequence[Directions], derivatives: Sequence[list[Any]], parts: Sequence[Part]
) -> tuple[Directions, int, Part, tuple[int, ...], Any] | None:
    for group, found in zip(groups, derivatives, strict=True):
        for d, part in zip(found, parts, strict=True):
            if not np.isfinite(d).all():
                k, *place = first(~np.isfinite(d))
                return group, k, part, tuple(place), d[(k, *place)]
    return None


def first(mask: Any) -> tuple[int, ...]:
    """The index of the first entry that is true."""
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), np.shape(mask)))


# --- One side against another ---------------------------------------------------------------------


def compare_modes(look: Look) -> tuple[Worst, int]:
    """Forward mode against reverse mode, and how many derivatives were compared."""
    worst, compared = Worst(), 0
    for ts, pushed in zip(look.tangents, look.pushed, strict=True):
        for cts, pulled in zip(look.cotangents, look.pulled, strict=True):
            compared += len(ts.names) * len(cts.names) * bool(count(look.xs) and count(look.ys))
            left, right = pairing(cts.leaves, pushed), pairing(pulled, ts.leaves)
            scale = max(pairing_size(cts.leaves, pushed), pairing_size(pulled, ts.leaves))
            sides = ("forward mode", left), ("reverse mode", right)
            compare_pairs(look, worst, ts, cts, sides, scale, look.epsilon)
    return worst, compared


def compare_pairs(
    look: Look,
    worst: Worst,
    ts: Directions,
    cts: Directions,
    sides: tuple[tuple[str, Any], tuple[str, Any]],
    scale: float,
    epsilon: float,
    doubt: Any = 0.0,
    steep: float = 0.0,
) -> None:
    """``⟨ct, J t⟩`` of every pair of directions by two sides.

    `epsilon` is that of the coarser side, `doubt` how far the second may be off by its own account,
    `steep` how large such products are around the point.
    """
    (one, left), (other, right) = sides
    shape = len(cts.names), len(ts.names)
    left, right = np.broadcast_to(left, shape), np.broadcast_to(right, shape)
    differences = distance(left, right)
    if not differences.size or not (count(look.xs) and count(look.ys)):
        return
    row, column = first(differences == np.max(differences))
    difference = float(differences[row, column])
    where = f"{cts.names[row]}, along {ts.names[column]}"
    natural = bounded(look.natural_pair(ts, cts))
    allowed = math.sqrt(epsilon) * scale + 100 * epsilon * natural
    allowed += 10 * float(np.broadcast_to(doubt, shape)[row, column])
    if difference > allowed:
        steep = max(steep, bounded(look.around(ts, cts)))
        allowed += 100 * epsilon * steep
    gap = gap_of(look, difference, scale, 100 * epsilon, max(natural, steep), where)

    def trouble() -> Trouble:
        a, b = left[row, column], right[row, column]
        return Trouble(
            "modes" if one == "forward mode" else "opinion",
            f"{one} gives {a:.9g} and {_the(other)} {b:.9g}, at {where}",
            ts.one(column, look.xs),
            cts.one(row, look.ys),
            ts.step,
            gap.relative,
            right[row, column] - left[row, column],
        )

    worst.see(gap, difference / allowed if allowed else math.inf * difference, trouble)


def _the(side: str) -> str:
    return side if side.endswith("mode") else f"the {side}"


def bounded(size: float) -> float:
    return size if math.isfinite(size) else 0.0


def finite_part(x: Any) -> Any:
    return np.where(np.isfinite(x), x, 0.0)


def distance(a: Any, b: Any) -> Any:
    with np.errstate(all="ignore"):
        gaps = np.abs(a - b)
    return np.where(np.isnan(gaps), np.inf, gaps)
