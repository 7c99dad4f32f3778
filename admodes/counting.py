"""How much work a computation does, counted: what no machine changes.

The computation runs on :class:`Counted` numbers, which stand below every differentiation: whatever
a mode computes, in pushes and in the sweep too, is made of primitives, and each adds its cost
(:mod:`admodes.core.costs`) as it is applied. :func:`evaluation`, :func:`tangent` and
:func:`gradient` count what a function, a forward pass and a reverse pass of it do.

Not counted is what has no derivative and is no part of a primitive (comparisons, signs, roundings),
in a function as in a rule: a rule that looks at plain values to know which case it is in, or to
mask by them, does that for nothing. Nor are a buffer that the sweep copies to own it, and Python's
own time. The derivative of a cofactor, which a singular determinant needs for its second
derivative, cannot be counted.

Counts depend on shapes, and on values only where the program that runs does: where it branches;
where entries tie (``np.max``), a product has a zero or a determinant is nearly 0, or a power has
the base 0. Then the rule takes another way; and so do both modes where a derivative comes out NaN.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from admodes import forward
from admodes.checkpoints.recomputing import Recomputed
from admodes.core.costs import Cost
from admodes.core.levels import Level, escaped
from admodes.core.rules import Primitive
from admodes.core.values import Traced, fresh, is_floating, plain, shape_of
from admodes.modes.arguments import Inputs, value_of
from admodes.modes.containers import map_leaves
from admodes.modes.observing import Watched
from admodes.modes.variables import variable
from admodes.primitives import READS, write
from admodes.reverse import Pullback, record

__all__ = ["Cost", "Counts", "Share", "count", "evaluation", "gradient", "shares", "tangent"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What was executed: how many primitives, and what they cost.

    >>> Counts(2, Cost(moves=3)) + Counts(1, Cost(moves=2)) * 10
    Counts(primitives=12, cost=Cost(moves=23, additions=0, multiplications=0, nonlinear=0))
    """

    primitives: int = 0
    cost: Cost = field(default_factory=Cost)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.primitives + other.primitives, self.cost + other.cost)

    def __mul__(self, times: int) -> "Counts":
        return Counts(self.primitives * times, self.cost * times)

    def __sub__(self, other: "Counts") -> "Counts":
        return self + other * -1


class _Counter(Level):
    """The level of a count, and the counts, by the name of the primitive."""

    __slots__ = ("by_name",)

    def __init__(self) -> None:
        super().__init__()
        self.by_name: dict[str, Counts] = {}

    @property
    def total(self) -> Counts:
        return sum(self.by_name.values(), Counts())

    def watch(self, x: Any) -> Any:
        """`x` as a number whose operations are counted here, if it is a floating-point one."""
        number = isinstance(x, (Traced, np.ndarray, np.generic, float, complex))
        return variable(fresh(x), None, self, Counted) if number and is_floating(x) else x


class Counted(Watched):
    """A number or an array each of whose operations is counted."""

    __slots__ = ()
    _only_watched = True

    def _apply(self, primitive: Any, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if isinstance(primitive, Recomputed):  # a function as one operation: what it does counts
            return primitive.function(*args, **params)
        return super()._apply(primitive, args, params)

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> "Counted":
        counter: Any = self._level
        if counter.ended:
            escaped()
        cost = primitive.cost(y, values, params)
        known = counter.by_name.get(primitive.name)
        counter.by_name[primitive.name] = (
            Counts(1, cost) if known is None else Counts(known.primitives + 1, known.cost + cost)
        )
        return variable(y, None, counter, Counted)


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
        output = computation(*map_leaves(counter.watch, args))
        result = map_leaves(lambda x: value_of(x, counter), output)
    return result, counter.total


# --- Evaluations, passes --------------------------------------------------------------------------


def evaluation(f: Callable[..., Any], *args: Any) -> Counts:
    """What one evaluation of `f` does.

    Parameters
    ----------
    f
        A function of plain NumPy code.
    args
        Its arguments: numbers, arrays of floats, nested containers of them.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.counting import evaluation
    >>> evaluation(lambda x: np.sum(x * x), np.ones(10)).cost.operations
    19
    """
    return count(f, *args)[1]


def tangent(f: Callable[..., Any], *args: Any, directions: int = 1) -> Counts:
    """What a forward pass of `f` does: one evaluation, with so many directions along.

    The local derivatives are worked out once, whatever the number of directions; then each
    direction does the same work.

    Parameters
    ----------
    f, args
        As for :func:`evaluation`; the output may be any array or nested container.
    directions
        How many tangents the pass carries.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.counting import tangent
    >>> tangent(lambda x: np.sum(x * x), np.ones(10)).cost.operations  # 2 products, 2 sums more
    58
    """
    inputs = Inputs(f, args)
    with _Counter() as counter:
        inputs.leaves = list(map(counter.watch, inputs.leaves))
        forward.run(inputs, _ones(inputs.leaves, directions, counter))
    return counter.total


def gradient(f: Callable[..., Any], *args: Any, rows: int = 1) -> Counts:
    """What a reverse pass of `f` does: one evaluation, recorded, and one sweep.

    Parameters
    ----------
    f, args
        As for :func:`evaluation`; the output may be any array or nested container.
    rows
        How many cotangents the sweep carries: a gradient is one row of a Jacobian.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.counting import gradient
    >>> gradient(lambda x: np.sum(x * x), np.ones(10)).cost.operations  # 2 products and their sum
    49
    """
    with _Counter() as counter:
        pullback = _record(f, args, counter)
        _sweep(pullback, rows, counter)
    return counter.total


def _ones(values: Iterable[Any], count: int, counter: _Counter) -> list[Any]:
    """Directions along these values, none of them zero, whose work a rule may spare itself."""
    lead = () if count == 1 else (count,)
    dtypes = [np.result_type(plain(x)) for x in values]
    return [
        counter.watch(np.ones(lead + shape_of(plain(x)), dtype)[()]) if dtype.kind in "fc" else None
        for x, dtype in zip(values, dtypes, strict=True)
    ]


def _record(
    f: Callable[..., Any], args: Sequence[Any], counter: _Counter, nodes: Any = None
) -> Pullback:
    inputs = Inputs(f, args)
    inputs.leaves = list(map(counter.watch, inputs.leaves))
    return record(f, inputs, nodes=nodes)[0]


def _sweep(pullback: Pullback, rows: int, counter: _Counter) -> None:
    cts = _ones(pullback.values, rows, counter)
    pullback.pull(cts, () if rows == 1 else (rows,))


# --- By primitive ---------------------------------------------------------------------------------


class Share(NamedTuple):
    """What the applications of one primitive do, in an evaluation and beyond it."""

    evaluation: Counts
    tangent: Counts
    """Pushing one tangent through them, local derivatives included."""
    gradient: Counts
    """Pulling one cotangent back through them, and adding it to what arrived by other paths."""


def shares(f: Callable[..., Any], *args: Any) -> dict[str, Share]:
    """What each primitive that `f` applies contributes to an evaluation, a tangent, a gradient.

    The evaluations add up to :func:`evaluation`, and with the gradients to :func:`gradient`. The
    tangents are those of a recording; a forward pass takes the same, but for a number or two where
    it writes ``-1 * t`` in place of ``-t``.

    Arguments are those of :func:`evaluation`.

    Returns
    -------
    The name of a primitive -> its share.

    Examples
    --------
    >>> import numpy as np
    >>> from admodes.counting import shares
    >>> {name: share.gradient.cost.operations
    ...  for name, share in shares(lambda x: np.sum(x * x), np.ones(10)).items()}
    {'multiply': 30, 'sum': 0}
    """
    with _Counter() as plainly:
        inputs = Inputs(f, args)
        inputs.call(list(map(plainly.watch, inputs.leaves)))
    recorded, pushed, pulled = _noted(f, args)
    nothing = Counts()
    found = {}
    for name in dict.fromkeys([*plainly.by_name, *recorded, *pushed, *pulled]):
        own = plainly.by_name.get(name, nothing)
        kept = recorded.get(name, nothing) - own  # a residual may be worked out while recording
        derivatives = [kept + notes.get(name, nothing) for notes in (pushed, pulled)]
        found[name] = Share(own, *derivatives)
    return found


def _noted(f: Callable[..., Any], args: Sequence[Any]) -> Iterator[dict[str, Counts]]:
    """What is done for each primitive while `f` is recorded, pushed along and pulled back."""
    with _Counter() as counter:
        nodes = _Nodes(counter)
        pullback = _record(f, args, counter, nodes)
        yield nodes.taken()
        pullback.push(_ones(Inputs(f, args).leaves, 1, counter))
        yield nodes.taken()
        _sweep(pullback, 1, counter)
        yield nodes.taken()


class _Nodes(list[Any]):
    """The nodes of a tape, which note what is counted while one is recorded, pushed or pulled."""

    def __init__(self, counter: _Counter) -> None:
        super().__init__()
        self.counter, self.reader = counter, ""
        self.notes: dict[str, Counts] = {}
        self.seen: dict[str, Counts] = {}

    def note(self, primitive: Primitive | None) -> None:
        """Whatever has been counted since the last note was for this primitive."""
        if primitive is not None and primitive in READS:
            self.reader = primitive.name
        nothing = Counts()
        for name, counts in self.counter.by_name.items():
            seen = self.seen.get(name, nothing)
            if counts is seen:
                continue
            owner = primitive.name if primitive else self.reader
            if name == write.name and primitive is not write:
                owner = self.reader  # of which cotangents are put together late, or last
            self.notes[owner] = self.notes.get(owner, nothing) + (counts - seen)
        self.seen = dict(self.counter.by_name)

    def taken(self) -> dict[str, Counts]:
        """The notes so far, of which none remain."""
        self.note(None)
        notes = {name: counts for name, counts in self.notes.items() if counts != Counts()}
        self.notes = {}
        return notes

    def append(self, node: Any) -> None:
        super().append(node)
        self.note(node[1])

    def _walk(self, nodes: Iterator[Any]) -> Iterator[Any]:
        for node in nodes:
            yield node
            self.note(node[1])

    def __iter__(self) -> Iterator[Any]:
        return self._walk(super().__iter__())

    def __reversed__(self) -> Iterator[Any]:
        return self._walk(super().__reversed__())
