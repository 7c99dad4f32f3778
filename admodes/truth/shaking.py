"""How far rounding may move a function's value and its derivatives: each operation's is made there.

Every operation on the way gives its result with a relative error of the machine epsilon, of random
sign, and the function does with these errors what it does with those of rounding (J. Vignes, "A
stochastic arithmetic for reliable scientific computation", *Mathematics and Computers in
Simulation* 35, 1993). So what cancels shows, however small it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from admodes.core.rules import Elementwise
from admodes.modes.arguments import Inputs
from admodes.modes.observing import Watched
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf
from admodes.reverse import Pullback

#: evaluations with errors of other signs
TRIES = 5


class ShakenTape(Tape):
    """A tape that knows what signs the errors have."""

    __slots__ = ("rng",)

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng(seed)

    def shaken(self, primitive: Any, y: Any, args: Sequence[Any]) -> Any:
        """A result with errors, but where it is one of the numbers that went in.

        Entry by entry that is one in its own place: ``cos(1e-8)`` is rounded to 1, whether or not
        there is a 1 beside it.
        """
        if np.asarray(y).dtype.kind not in "fc":
            return y
        sizes = [np.abs(x) for x in args]
        if isinstance(primitive, Elementwise):
            given = np.any([np.broadcast_to(np.abs(y) == size, np.shape(y)) for size in sizes], 0)
        else:
            given = np.isin(np.abs(y), np.concatenate([*map(np.ravel, sizes)]))
        exact = given | ~np.isfinite(y)
        signs = self.rng.choice((-1.0, 1.0), np.shape(y))
        moved = y * (1 + signs * np.finfo(np.asarray(y).dtype).eps)
        found = np.where(exact, y, moved).astype(np.asarray(y).dtype)
        return found if isinstance(y, np.ndarray) else found[()]


class Shaken(Watched):
    """A variable of which all that is made has errors."""

    __slots__ = ()

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        tape: Any = self._level
        return super()._record(
            primitive, tape.shaken(primitive, y, values), values, parents, params
        )


def shaken(inputs: Inputs, values: Sequence[Any]) -> Iterator[Pullback]:
    """Recordings of a function at `values` with errors in them, where it does not raise."""
    for seed in range(TRIES):
        with ShakenTape(seed) as tape, np.errstate(all="ignore"):
            variables = [leaf(tape, x, Shaken) for x in values]
            sources = [v._node for v in variables]
            try:
                output = inputs.call(variables)
                recorded = Pullback(tape, inputs, sources, output)
            except Exception:  # an error may lead out of its domain
                continue
        yield recorded


def largest_gaps(own: Sequence[Any], others: Iterable[Sequence[Any]]) -> list[Any]:
    """How far from some arrays others are at most, entry by entry; what is nan is not far."""
    found = [np.zeros(np.shape(x)) for x in own]
    with np.errstate(all="ignore"):
        for arrays in others:
            found = [np.fmax(g, np.abs(y - x)) for g, x, y in zip(found, own, arrays, strict=True)]
    return found
