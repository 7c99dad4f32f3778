"""A function at a point, and what it is asked there."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from admodes import forward, reverse
from admodes.core.values import fresh, plain
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves
from admodes.truth.certainty import steepness
from admodes.truth.directions import (
    Directions,
    Function,
    Part,
    directions,
    largest,
    lead,
    moved_along,
)
from admodes.truth.shaking import largest_gaps, shaken

#: by which directions are multiplied to see what rounding makes of it: no powers of two
SCALES = tuple(1 / k for k in (3, 5, 7, 11, 13))
#: and by which nothing is rounded: a pass that is linear gives exactly as much more, or less
EXACT_SCALES = 1 / 64, 64.0


def where_defined(function: Function, outputs: Sequence[Any]) -> Function:
    """A function that gives nan where it raises, or gives other shapes than those of `outputs`.

    Outside of its domain there is no derivative to tell from its values.
    """
    shapes = [np.shape(y) for y in outputs]
    return lambda values: _defined(function, values, shapes)


def _defined(
    function: Function, values: list[Any], shapes: Sequence[tuple[int, ...]]
) -> Sequence[Any]:
    try:
        found = [np.asarray(y) for y in function(values)]
    except Exception:  # whatever it raises there
        found = []
    if [y.shape for y in found] != shapes:
        return [np.full(shape, np.nan) for shape in shapes]
    return found


class Point:
    """A function at a point: its derivatives by both modes, along which directions."""

    def __init__(
        self,
        title: str,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        seed: int,
        arguments: str = "argument",
    ) -> None:
        self.f, self.args, self.seed = f, args, seed
        self.inputs = Inputs(f, args)
        self.pullback, _ = reverse.record(f, self.inputs)
        paths = [
            f"{arguments} {i}{path}" for i, tree in enumerate(args) for path, _ in leaves(tree)
        ]
        outputs = [(f"output{path}", plain(y)) for path, y in leaves(self.pullback.output)]
        #: which leaves of the output have derivatives
        self.places = [i for i, (_, y) in enumerate(outputs) if np.asarray(y).dtype.kind in "fc"]
        self.xs = [
            Part(path, plain(x), largest(plain(x)))
            for path, x in zip(paths, self.inputs.leaves, strict=True)
        ]
        self.ys = [Part(path, y, largest(y)) for path, y in (outputs[i] for i in self.places)]
        self._shapes = [y.shape for y in self.ys]
        self.points = [x.value for x in self.xs]
        if not self.xs:
            raise TypeError(f"{title}: there is no argument to differentiate by")
        if not self.ys:
            found = ", ".join(str(np.asarray(y).dtype) for _, y in outputs) or "empty"
            raise TypeError(
                f"{title}: there is no derivative to check, for no part of the output is a "
                f"floating-point number (it is {found})"
            )
        #: that of the coarsest dtype that takes part
        self.epsilon = max(float(np.finfo(part.dtype).eps) for part in (*self.xs, *self.ys))
        tiny = max(float(np.finfo(part.dtype).tiny) for part in (*self.xs, *self.ys))
        #: derivatives of this size are what those are that underflow on the way, beside rounding
        self.underflow = tiny / self.epsilon
        rng = np.random.default_rng(seed)
        self.tangents = directions("direction", self.xs, rng, others=self.ys)
        self.cotangents = directions("cotangent", self.ys, rng, dual=True, others=self.xs)

    def shorten(self) -> bool:
        """Make the random directions as short as it takes for derivatives to stay in range.

        Along them none is larger then than its largest entry is, and if it is not finite, that is
        not for the direction. Says whether they were longer.
        """
        groups = self.tangents[-1], self.cotangents[-1]
        ts, cts = (group.shortened() for group in groups)
        self.tangents, self.cotangents = [*self.tangents[:-1], ts], [*self.cotangents[:-1], cts]
        return (ts.length, cts.length) != tuple(group.length for group in groups)

    # Derivatives: an array of shape ``directions + part.shape`` for every part

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """The output's tangents by forward mode."""
        _, _, pairs = forward.run(self.inputs, tangents)
        found = [pairs[i][1] for i in self.places]
        return self.checked("forward mode", found, self.ys, lead(tangents, self.xs))

    def replay(self, tangents: Sequence[Any]) -> list[Any]:
        """The output's tangents by pushing along the recording."""
        pushed = self.pullback.push(tangents)
        found = [pushed[i] for i in self.places]
        return self.checked("linearize", found, self.ys, lead(tangents, self.xs))

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """The arguments' cotangents by reverse mode."""
        seeds: list[Any] = [None] * len(self.pullback.values)
        for i, ct in zip(self.places, cotangents, strict=True):
            seeds[i] = ct
        axes = lead(cotangents, self.ys)
        return self.checked("reverse mode", self.pullback.pull(seeds, axes), self.xs, axes)

    def checked(
        self, mode: str, found: Sequence[Any], parts: Sequence[Part], axes: tuple[int, ...]
    ) -> list[Any]:
        """Derivatives that have passed inspection, and zeros in place of ``None``."""
        result = []
        for derivative, part in zip(found, parts, strict=True):
            zero = derivative is None
            d = np.zeros(axes + part.shape) if zero else np.asarray(plain(derivative))
            self.inspect(mode, d, part, axes)
            result.append(d if part.complex else np.real(d))
        return result

    def inspect(self, mode: str, d: Any, part: Part, axes: tuple[int, ...]) -> None:
        """Raise where a derivative, which has these leading axes, is none."""
        raise NotImplementedError

    def one_by_one(
        self, derive: Callable[..., list[Any]], group: Directions, parts: Sequence[Part]
    ) -> list[Any]:
        """The derivatives along each of these directions, one at a time."""
        found = [derive(group.one(k, parts)) for k in range(len(group.names))]
        return [np.stack(each) for each in zip(*found, strict=True)]

    def natural(self, along: Directions, size: float) -> float:
        """How large derivatives along these are where nothing cancels, of a part of this size."""
        return along.natural * size + self.underflow * along.length

    def natural_pair(self, ts: Directions, cts: Directions) -> float:
        """How large products ⟨ct, J t⟩ are."""
        return ts.natural * cts.natural + self.underflow * ts.length * cts.length

    @cached_property
    def steep(self) -> list[float]:
        """How large derivatives of each part of the output are around, by natural directions.

        What is small beside them may be a rounding error of numbers that cancel at this point.
        """
        every = self.tangents[-1]
        ts = [t[:1] for t in every.leaves]
        slopes = steepness(self.nearby, self.points, ts, every.step)
        return [largest(slope) / every.natural for slope in slopes]

    def around(self, ts: Directions, cts: Directions) -> float:
        """How large products ⟨ct, J t⟩ are around the point."""
        sizes = [0.0 if ct is None else largest(ct) for ct in cts.leaves]
        return ts.natural * sum(a * b for a, b in zip(self.steep, sizes, strict=True))

    # Rounding on the way

    @cached_property
    def rounding(self) -> list[Any]:
        """How far rounding on the way may move each entry of the output, in double precision."""
        wide = moved_along(self.points, [None] * len(self.points), 0, 0.0)
        recorded = shaken(self.inputs, wide)
        return largest_gaps(
            self.nearby(wide), ([p.values[i] for i in self.places] for p in recorded)
        )

    def spread(self, tangents: Sequence[Any], own: Sequence[Any]) -> list[Any]:
        """How far it may move the output's tangents, which are `own`, along each direction."""
        axes = lead(tangents, self.xs)
        others = []
        for recorded in shaken(self.inputs, self.inputs.leaves):
            pushed = recorded.push(tangents)
            found = [pushed[i] for i in self.places]
            others.append(
                [
                    np.zeros(axes + y.shape) if t is None else plain(t)
                    for t, y in zip(found, self.ys, strict=True)
                ]
            )
        return largest_gaps(own, others)

    def pass_spread(
        self, derive: Callable[..., list[Any]], group: Directions, own: Sequence[Any]
    ) -> list[Any]:
        """How far rounding within a pass may move derivatives along some directions, its `own`.

        Along directions that are a third as long, say, they are a third, but for this. Where they
        change as much with directions 64 times as long, which rounds nothing, that is none of
        rounding: the pass is not linear, as one that forgets its cotangent.
        """
        spread, bent = (
            largest_gaps(own, (self._scaled(derive, group, scale) for scale in scales))
            for scales in (SCALES, EXACT_SCALES)
        )
        return [np.where(b > 2 * s, 0.0, s) for s, b in zip(spread, bent, strict=True)]

    @staticmethod
    def _scaled(derive: Callable[..., list[Any]], group: Directions, scale: float) -> list[Any]:
        """The derivatives along these directions, by way of others that are `scale` as long."""
        found = derive([None if t is None else t * scale for t in group.leaves])
        return [d / scale for d in found]

    # The output by plain NumPy

    def plain_output(self, values: Sequence[Any]) -> list[Any]:
        """The leaves of the output by plain NumPy, which may overwrite what it is given."""
        return [plain(y) for _, y in leaves(self.inputs.call(list(map(fresh, values))))]

    def float_output(self, values: Sequence[Any]) -> list[Any]:
        """Those leaves of it that have derivatives."""
        output = self.plain_output(values)
        return [output[i] for i in self.places]

    def nearby(self, values: list[Any]) -> Sequence[Any]:
        """The same at another point; nan where there is none of these shapes."""
        return _defined(self.float_output, values, self._shapes)

    def repeats(self, first: Sequence[Any], again: Sequence[Any]) -> bool:
        """Whether two outputs are the same, but for rounding.

        The last digits of a product of matrices may depend on where in memory they happen to be.
        """
        return len(first) == len(again) and all(
            np.shape(a) == np.shape(b)
            and np.allclose(a, b, 0, 1e4 * self.epsilon * largest(a), equal_nan=True)
            for a, b in zip(first, again, strict=True)
        )
