"""Products of a derivative with sums of unit directions, several of these a pass.

Beside the directions of the colours there is one more, drawn at random: what it gives is known from
the entries that were read, unless there are entries that the pattern does not have.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from admodes import forward, reverse
from admodes.core.values import plain
from admodes.jacobians.sparse.limits import limits
from admodes.jacobians.sparse.reading import number_of
from admodes.modes.arguments import Inputs, with_leading_axis
from admodes.modes.evaluating import Passes, on_copies

if TYPE_CHECKING:
    from concurrent.futures import Executor


def keep_to_the_limits() -> None:
    """Before each pass: there are many of them, where a plan has many directions."""
    if (limit := limits()) is not None:
        limit.expect(0.0)


class Seeds:
    """Directions along the entries of some leaves, counted over all of these in order."""

    def __init__(self, values: Sequence[Any], colours: Any, probe: Any) -> None:
        self.values = [plain(x) for x in values]
        self.colours, self.probe = colours, probe
        self.of_colours = number_of(colours)
        self.count = self.of_colours + (probe is not None)

    def along(self, chosen: range) -> list[Any]:
        """One array a leaf: those with these numbers, as a leading axis if there are several."""
        result: list[Any] = []
        start = 0
        for value in self.values:
            size, shape = np.size(value), np.shape(value)
            dtype = np.result_type(value)
            if dtype.kind != "f":  # an output that has no derivative
                result.append(None)
            else:
                rows = np.zeros((len(chosen), size), dtype)
                own = self.colours[start : start + size]
                inside = np.flatnonzero((own >= chosen.start) & (own < chosen.stop))
                rows[own[inside] - chosen.start, inside] = 1
                if chosen.stop > self.of_colours:
                    rows[-1] = self.probe[start : start + size]
                shape = (len(chosen), *shape) if len(chosen) > 1 else shape
                result.append(rows.reshape(shape) if shape else rows.dtype.type(rows[0, 0]))
            start += size
        return result

    def chunks(self, size: int) -> list[range]:
        return [range(i, min(i + size, self.count)) for i in range(0, self.count, size)]


def block(derivatives: Sequence[Any], values: Sequence[Any], count: int) -> Any:
    """Derivatives of some leaves, a row a direction, a column an entry."""
    rows = [
        with_leading_axis(t, y, count).reshape(count, -1)
        for t, y in zip(derivatives, values, strict=True)
    ]
    if not rows:  # of a container with nothing in it
        return np.zeros((count, 0))
    return rows[0] if len(rows) == 1 else np.concatenate(rows, axis=1)


class Forward:
    """Passes of forward mode: a row is the derivative along the sum of the inputs of a colour."""

    def __init__(self, inputs: Inputs, colours: Any, probe: Any, chunk_size: int) -> None:
        self.inputs = self.given = inputs
        self.seeds = Seeds(inputs.leaves, colours, probe)
        self.chunks = self.seeds.chunks(chunk_size)
        self.passes = Passes(inputs, len(self.chunks) > 1)

    def __iter__(self) -> Iterator[Any]:
        for chosen in self.chunks:
            yield self.block(chosen)[0]

    def block(self, chosen: range) -> tuple[Any, list[Any]]:
        """The rows of one pass, and the values of the outputs."""
        keep_to_the_limits()
        for _ in self.passes.over([chosen]):
            _, _, pairs = forward.run(self.inputs, self.seeds.along(chosen))
        values = [y for y, _ in pairs]
        return block([t for _, t in pairs], values, len(chosen)), values

    def blocks(self, executor: "Executor | None", what: str) -> list[Any]:
        """The rows of all passes, which the workers of an executor share."""
        return _blocks(self, executor, what)


class Reverse:
    """Sweeps of reverse mode: a row is the derivative of the sum of the outputs of a colour."""

    def __init__(
        self, inputs: Inputs, colours: Any, probe: Any, chunk_size: int, shared: bool = False
    ) -> None:
        self.inputs = inputs
        #: for workers, if they are to share the sweeps: the recording may change the constants
        self.given = on_copies(inputs) if shared else inputs
        self.pullback, _ = reverse.record(inputs.function, inputs)
        values = self.pullback.values
        self.fits = sum(map(np.size, map(plain, values))) == len(colours)
        self.seeds = Seeds(values, colours, probe)
        self.chunks = self.seeds.chunks(chunk_size)

    def __iter__(self) -> Iterator[Any]:
        for chosen in self.chunks:
            yield self.block(chosen)[0]

    def block(self, chosen: range) -> tuple[Any, list[Any]]:
        """The rows of one sweep, and the values of the outputs."""
        keep_to_the_limits()
        lead = (len(chosen),) if len(chosen) > 1 else ()
        pulled = self.pullback.pull(self.seeds.along(chosen), lead)
        return block(pulled, self.inputs.leaves, len(chosen)), self.pullback.values

    def blocks(self, executor: "Executor | None", what: str) -> list[Any]:
        """The rows of all sweeps, which the workers of an executor share."""
        return _blocks(self, executor, what)


def _blocks(part: Forward | Reverse, executor: "Executor | None", what: str) -> list[Any]:
    if executor is None:
        return list(part)
    from admodes.jacobians.sparse.by_workers import Products
    from admodes.workers.spreading import Spread

    seeds = part.seeds
    options = {"colours": seeds.colours, "probe": seeds.probe, "size": len(part.chunks[0])}
    work = Products(what, part.given, kind=type(part), **options)
    with Spread(executor, work, part.chunks[1:]) as spread:
        first, values = part.block(part.chunks[0])
        return [first, *spread.results(values)]
