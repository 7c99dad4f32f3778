"""What a worker is given once: a function, where it is differentiated, and how a pass is made."""

import functools
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from admodes.core.values import Traced, fresh, plain
from admodes.modes.arguments import Inputs
from admodes.modes.containers import leaves, map_leaves

Chunk = Any
"""The directions of a pass, a range or an array of numbers; or these and a factor of all."""


class Work:
    """The passes of a derivative. A mode has its own kind, which says what a pass gives.

    Each thread of a worker begins a copy of its own, for a function may write into the arguments
    that it is not differentiated by.

    Raises
    ------
    TypeError
        Where an argument carries derivatives of a differentiation around this one.
    """

    def __init__(self, what: str, inputs: Inputs, **options: Any) -> None:
        refuse_traced(what, inputs)
        self.what, self.function = what, inputs.function
        self._args = tuple(
            x if i in inputs.argnums else map_leaves(fresh, x) for i, x in enumerate(inputs.args)
        )
        self._kwargs = {key: map_leaves(fresh, x) for key, x in inputs.kwargs.items()}
        self._argnums = inputs.argnums[0] if inputs.single else tuple(inputs.argnums)
        #: as keywords of `begin`
        self.options = options

    def begun(self, shared: bool = True) -> Self:
        """A copy that is ready for passes, in this thread.

        Its arguments are its own, where other threads `shared` them.
        """
        own = object.__new__(type(self))
        own.__dict__ |= self.__dict__
        constant = functools.partial(map_leaves, fresh) if shared else lambda x: x
        places = own._argnums if isinstance(own._argnums, tuple) else (own._argnums,)
        args = [x if i in places else constant(x) for i, x in enumerate(own._args)]
        kwargs = {key: constant(x) for key, x in own._kwargs.items()}
        own.begin(Inputs(own.function, tuple(args), kwargs, own._argnums), **own.options)
        return own

    def begin(self, inputs: Inputs, *args: Any, **options: Any) -> None:
        """Whatever is done once, before all passes."""
        raise NotImplementedError

    def run(self, chunk: Chunk) -> tuple[Any, Sequence[Any]]:
        """What a pass gives, and the values of the outputs, which are the same in every pass."""
        raise NotImplementedError


def refuse_traced(what: str, inputs: Inputs) -> None:
    """``TypeError`` where an argument belongs to another differentiation."""
    every = [x for arg in (*inputs.args, *inputs.kwargs.values()) for _, x in leaves(arg)]
    if any(isinstance(x, Traced) for x in every):
        raise TypeError(f"{what}: {_NESTED}")


def refuse_traced_results(what: str, results: Any) -> None:
    """The same of what passes gave, whose function knew such a number from elsewhere."""
    if any(isinstance(x, Traced) for _, x in leaves(results)):
        raise TypeError(f"{what}: {_NESTED}")


_NESTED = (
    "inside of another differentiation passes cannot be spread over workers, for derivatives do "
    "not travel: give executor= to the outermost derivative alone"
)


# --- Whether a worker evaluates the same function -------------------------------------------------

Seen = list[tuple[tuple[int, ...], str, int, complex, float]]

GOLDEN = 0.6180339887498949
"""Multiples of it, but for whole numbers, are spread evenly."""
WITHIN = 1e-3
"""Relative to the sum of sizes: another processor rounds otherwise, and single precision a lot."""


def seen(values: Sequence[Any]) -> Seen:
    """Of the outputs: shapes, dtypes, how many entries are finite, and of these two sums.

    One of them by weights, so that it matters which entry is which; and one of the sizes.
    """
    found: Seen = []
    with np.errstate(all="ignore"):
        for value in map(np.asarray, map(plain, values)):
            wide = np.ravel(value.astype(np.result_type(value, float), copy=False))
            finite = np.isfinite(wide)
            wide = np.where(finite, wide, 0)
            weights = 0.5 + np.arange(wide.size) * GOLDEN % 1
            sums = complex(np.sum(wide * weights)), float(np.sum(np.abs(wide)))
            found.append((value.shape, value.dtype.str, int(np.sum(finite)), *sums))
    return found


def are_alike(own: Seen, others: Seen, same_machine: bool) -> bool:
    """Whether two evaluations have given the same, as far as rounding lets one tell.

    On one machine that is hardly ever different: half of the digits are the same, at least.
    """
    if [each[:3] for each in own] != [each[:3] for each in others]:
        return False
    for (_, dtype, _, a, size), (*_, b, _) in zip(own, others, strict=True):
        within = float(np.finfo(np.result_type(dtype, np.float16)).eps) ** 0.5
        if np.isfinite(size) and not abs(a - b) <= (within if same_machine else WITHIN) * size:
            return False
    return True
