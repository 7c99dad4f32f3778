"""The tape: what reverse mode records.

A recorded operation is a :class:`Node`. A :class:`Tape` lists them in the order of creation, which
is a topological order: walking it backwards, a node's cotangent is whole when its turn comes (C.
Olah, "Calculus on Computational Graphs: Backpropagation", 2015: all paths are merged at each node).
The sweep is a loop, never a recursion, and nothing in a recording refers to the tape or forward to
what was made from it, so there are no reference cycles.
"""

import gc
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from sys import getrefcount
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np

from admodes.core import guessing
from admodes.core.always_zero import nothing_at
from admodes.core.guessing import Guess
from admodes.core.levels import Level, escaped
from admodes.core.rules import Primitive
from admodes.core.singularities import settled
from admodes.core.values import has_nan, plain
from admodes.modes.cotangents import overwritten_tangent, released
from admodes.modes.sweep import pull_once, sweep, sweep_quietly
from admodes.primitives.overwriting import overwrite

FEW, MANY = 32, 1024
"""Nodes after which a tape is looked through for the first time: where they hold large arrays, and
where they do not."""
_ONE = np.float64(1.0)
LARGE = 1 << 15  # bytes; from here on, comparing with an earlier copy is cheaper than a new one


class Node(NamedTuple):
    """One recorded operation, or an input.

    The recording builds plain tuples in this order, at a quarter of the time of any object.
    """

    number: int  # its place in the order of creation
    primitive: Primitive | None  # what was applied; None for an input
    residual: Any  # what the primitive keeps to push and pull
    parents: tuple[Any, ...]  # the nodes of its arguments; None for a constant


def _references_to_unused() -> int:
    """What `getrefcount` says of a node that the list alone holds, in a loop like `prune`'s.

    The list, the name, and the argument: 3, in an interpreter that counts them all.
    """
    nodes = [(object(),)]
    for i in range(1):
        node = nodes[i]
        count = getrefcount(node)
    return count


_UNUSED = _references_to_unused()


class _Ended:
    """In place of the numbers of a tape whose differentiation has ended."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> NoReturn:
        escaped()


_ENDED = _Ended()


class _Collector:
    """Holds the cyclic collector off while anything is recorded, in whatever thread."""

    def __init__(self) -> None:
        self.lock, self.count, self.enabled = threading.RLock(), 0, False

    def hold(self) -> None:
        with self.lock:
            if not self.count:
                self.enabled = gc.isenabled()
                gc.disable()
            self.count += 1

    def release(self) -> None:
        with self.lock:
            self.count -= 1
            if not self.count and self.enabled:
                gc.enable()


_collector = _Collector()


class Tape(Level):
    """A differentiation in reverse mode: the nodes that it recorded, in the order of creation."""

    __slots__ = ("copies", "holds_collector", "limit", "nodes", "numbers", "singular", "size")

    def __init__(self) -> None:
        super().__init__()
        #: whether a slope of some operation may be infinite
        self.singular = False
        #: whether it holds the cyclic collector off
        self.holds_collector = False
        self.nodes: list[Any] = []
        #: numbers the next node; raises once the recording has ended
        self.numbers: Iterator[int] = itertools.count()
        #: how many numbers were given out by the end
        self.size = 0
        #: the number at which to grow next
        self.limit = FEW
        #: id of a large constant -> (it, the copy that the recording holds)
        self.copies: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.ended = True
        self.size = next(self.numbers)
        self.numbers = _ENDED
        self.copies.clear()
        if self.holds_collector:
            _collector.release()

    def pull(
        self,
        seeds: Sequence[tuple[Any, Any]],
        sources: Sequence[Any],
        directions: tuple[int, ...] = (),
        undefined: bool = False,
        values: Sequence[Any] | None = None,
    ) -> list[Any]:
        """Cotangents of the `sources`, given pairs of an output's node and its cotangent.

        `directions` are the leading axes of the cotangents. A source that no output depends on gets
        ``None``; an array is nobody else's. `undefined` and `values` are those of
        :func:`~admodes.core.singularities.settled`.
        """

        def by(guess: Guess | None) -> list[Any]:
            return self.pull_once(seeds, sources, directions, guess)

        return settled(by, undefined, values)

    def pull_once(
        self,
        seeds: Sequence[tuple[Any, Any]],
        sources: Sequence[Any],
        directions: tuple[int, ...] = (),
        guess: Guess | None = None,
    ) -> list[Any]:
        """As :meth:`pull`, in one sweep."""
        count = self.size if self.ended else next(self.numbers)
        return pull_once(
            lambda _: reversed(self.nodes),
            count,
            seeds,
            sources,
            directions,
            self.singular,
            guess,
            lambda: self.nodes,
        )

    def gradient(self, output: Any, source: Any, x: np.ndarray) -> np.ndarray | None:
        """The cotangent of an input, `x`, by that of a number, the node `output`, which is 1.

        As :meth:`pull`, but only where the quick way makes an array.
        """
        cts: list[Any] = [None] * next(self.numbers)
        cts[output[0]] = _ONE
        try:
            (sweep_quietly if self.singular else sweep)(reversed(self.nodes), cts, ())
        except (ArithmeticError, RuntimeWarning):  # as in `settled`
            return None
        g = released(cts, source[0])
        if type(g) is not np.ndarray:
            return None
        return self._settled(g, output, source, x) if has_nan(g) else g

    def _settled(self, quick: np.ndarray, output: Any, source: Any, x: np.ndarray) -> Any:
        """What is known of a gradient in which the quick way leaves a NaN."""

        def by(guess: Guess | None) -> list[Any]:
            return (
                [quick] if guess is None else self.pull_once([(output, _ONE)], [source], (), guess)
            )

        return settled(by, values=[x])[0]

    def push(
        self,
        sources: Sequence[tuple[Any, Any]],
        outputs: Sequence[Any],
        directions: tuple[int, ...] = (),
        undefined: bool = False,
    ) -> list[Any]:
        """Tangents of the `outputs`, given pairs of an input's node and its tangent.

        As :meth:`pull` otherwise.
        """
        return settled(lambda guess: self.push_once(sources, outputs, directions, guess), undefined)

    def push_once(
        self,
        sources: Sequence[tuple[Any, Any]],
        outputs: Sequence[Any],
        directions: tuple[int, ...] = (),
        guess: Guess | None = None,
    ) -> list[Any]:
        """As :meth:`push`, in one pass over the recording."""
        if guess is not None:
            guess.asks(lambda: nothing_at(lambda: self.nodes))
        tangents = {
            node[0]: t if guess is None else guess.seed(t, node[0])
            for node, t in sources
            if t is not None
        }
        final: dict[int, int] = {}
        with np.errstate(all="ignore"):
            for index, primitive, residual, parents in self.nodes:
                own = [None if parent is None else tangents.get(parent[0]) for parent in parents]
                if any(t is not None for t in own):
                    if primitive is overwrite:
                        final = final or self._final_uses(outputs)
                        if parents[0] is not None and final[parents[0][0]] == index:
                            tangents.pop(parents[0][0], None)  # so that it may be written in place
                        tangents[index] = overwritten_tangent(residual, own)
                        continue
                    tangents[index] = (
                        primitive.push(residual, own)
                        if guess is None
                        else guessing.push(
                            primitive, residual, own, directions, guess, index, parents
                        )
                    )
        return [None if node is None else tangents.get(node[0]) for node in outputs]

    def _final_uses(self, outputs: Sequence[Any]) -> dict[int, int]:
        """By the number of a node, that of the last one made of it; of an output it is none."""
        final = {
            parent[0]: node[0] for node in self.nodes for parent in node[3] if parent is not None
        }
        return final | {node[0]: -1 for node in outputs if node is not None}

    def __len__(self) -> int:
        """The number of operations recorded that something still refers to."""
        self.prune()
        return len(self.nodes)

    @property
    def nbytes(self) -> int:
        """The bytes of the arrays that the residuals hold; views and repetitions count once."""
        self.prune()
        known: set[int] = set()
        return sum([new_bytes(residual, known) for _, _, residual, _ in self.nodes])

    def grow(self) -> None:
        """Make room for more nodes, and let go of those that nothing uses.

        Where arrays are large it is done each time the tape has doubled, and elsewhere when it has
        grown fourfold: so all walks together take no longer than two over the tape.

        A recording has no cycles, but a million tracked tuples make the cyclic collector walk them
        over and over: recording would take five times as long. For a short one it does not matter.
        """
        index = self.nodes[-1][0]
        if index >= MANY and not self.holds_collector:
            _collector.hold()
            self.holds_collector = True
        soon = _are_large(self.nodes[-8:])
        if soon or index >= MANY:
            self.prune()
        more = max(FEW, len(self.nodes)) if soon else max(MANY, 3 * len(self.nodes))
        self.limit = index + more if soon or index >= MANY else min(MANY, 4 * index)

    def prune(self) -> None:
        """Forget the nodes that no variable and no later node refers to any more."""
        nodes = self.nodes
        count = len(nodes)
        for i in range(count - 1, -1, -1):
            node = nodes[i]
            if getrefcount(node) == _UNUSED:
                nodes[i] = None
        nodes[:count] = [node for node in nodes[:count] if node is not None]

    def own(self, x: Any) -> Any:
        """A constant as the recording may keep it: an array is copied.

        Its owner may overwrite the array before the sweep. A lock would come undone through a view
        or a base, and a checksum costs a pass now and another one in the sweep; a copy costs one
        (0.1 µs for 100 entries) and makes overwriting harmless. A large array that is used again
        unchanged is copied once.
        """
        if x.__class__ is np.ndarray:
            if x.nbytes < LARGE:
                return x.copy()
            known = self.copies.get(id(x))
            if known is None or known[1].shape != x.shape or not (known[1] == x).all():
                known = self.copies[id(x)] = (x, x.copy())
            return known[1]
        return owned(x, self.own)


def _are_large(nodes: Sequence[Any]) -> bool:
    """Whether one of them keeps an array as large as those that are copied once."""
    for _, _, residual, _ in nodes:
        for x in residual if residual.__class__ is tuple else (residual,):
            if x.__class__ is np.ndarray and x.nbytes >= LARGE:
                return True
    return False


def new_bytes(residual: Any, known: set[int]) -> int:
    """The bytes of the arrays and numbers in a residual that are not `known`; then they are."""
    count = 0
    stack = [residual]
    while stack:
        x = stack.pop()
        if x is None:
            continue
        x = plain(x)
        if isinstance(x, (tuple, list)):
            stack.extend(x)
        elif isinstance(x, dict):
            stack.extend(x.values())
        elif isinstance(x, (float, complex, np.generic, np.ndarray)):
            size = 16 if isinstance(x, complex) else 8
            if isinstance(x, np.ndarray):
                while isinstance(x.base, np.ndarray):
                    x = x.base
                size = x.nbytes
            if id(x) not in known:
                known.add(id(x))
                count += size
    return count


def owned(x: Any, own: Callable[[Any], Any] | None = None) -> Any:
    """`x` in memory that its owner cannot change; `own` does the same to the parts of a list."""
    if isinstance(x, np.ndarray):
        return x.copy()
    if x.__class__ is tuple or x.__class__ is list:
        return x.__class__(map(own or owned, x))
    return x
