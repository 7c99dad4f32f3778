"""How much work a computation does, counted: what no machine changes.

The computation runs on :class:`Counted` numbers, which stand below every differentiation: whatever
a mode computes, in pushes and in the sweep too, is made of primitives, and each adds its cost
(:mod:`admodes.costs`) as it is applied.

Not counted are comparisons, and what a rule works out from plain values to know which case it is in
(which entry is the largest); nor moves that only hand an array on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from admodes.arguments import fresh, map_leaves
from admodes.costs import Cost
from admodes.expressions import Level
from admodes.reverse import Watched
from admodes.rules import Traced, plain


@dataclass(frozen=True, slots=True)
class Counts:
    """What was executed: how many primitives, and what they cost."""

    primitives: int
    cost: Cost


class _Counter(Level):
    """The level of a count, and the count."""

    __slots__ = ("cost", "primitives")

    def __init__(self) -> None:
        super().__init__()
        self.primitives, self.cost = 0, Cost()


class Counted(Watched):
    """A number or an array each of whose operations is counted."""

    __slots__ = ()

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> "Counted":
        counter: Any = self._level
        counter.primitives += 1
        counter.cost += primitive.cost(y, values, params)
        return _counted(y, counter)


def _counted(value: Any, counter: _Counter) -> Counted:
    result = object.__new__(Counted)
    result._value, result._node, result._level = value, None, counter
    return result


def count(computation: Callable[..., Any], *args: Any) -> tuple[Any, Counts]:
    """The result of a computation, and what it did with the numbers in its arguments.

    Parameters
    ----------
    computation
        A function of plain NumPy code; it may differentiate.
    args
        Numbers, arrays, and nested containers of them; operations on the floating-point ones are
        counted.

    Returns
    -------
    ``(computation(*args), counts)``.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> from admodes.counting import count
    >>> count(lambda x: np.sum(x * x), np.ones(10))
    (np.float64(10.0), Counts(primitives=2, cost=Cost(moves=41, additions=9, multiplications=10,
    nonlinear=0)))
    """
    with _Counter() as counter:
        watched = map_leaves(lambda x: _counted(fresh(x), counter) if _is_float(x) else x, args)
        result = map_leaves(
            lambda x: plain(x) if isinstance(x, Traced) else x, computation(*watched)
        )
    return result, Counts(counter.primitives, counter.cost)


def _is_float(x: Any) -> bool:
    return isinstance(x, (float, complex, np.inexact)) or (
        isinstance(x, np.ndarray) and x.dtype.kind in "fc"
    )
