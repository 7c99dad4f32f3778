"""The tape: what reverse mode records, and the sweep back over it.

A recorded operation is a :class:`Node`. A :class:`Tape` lists them in the order of creation, which
is a topological order: walking it backwards, a node's cotangent is whole when its turn comes (C.
Olah, "Calculus on Computational Graphs: Backpropagation", 2015: all paths are merged at each node).
The sweep is a loop, never a recursion, and nothing in a recording refers to the tape or forward to
what was made from it, so there are no reference cycles.
"""

import gc
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from sys import getrefcount
from typing import Any, NamedTuple, NoReturn, Self

import numpy as np

from admodes import primitives
from admodes.expressions import Level, escaped
from admodes.rules import Broadcast, Elementwise, Primitive, Singular, Traced, plain

LARGE = 1 << 15  # bytes; from here on, comparing with an earlier copy is cheaper than a new one
_REAL = frozenset({float, np.float64, np.ndarray})


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


def _references_to_unshared() -> int:
    """What it says of an array that a caller has made and handed to a function."""
    array = np.empty(0)
    return _references(array)


def _references(array: Any) -> int:
    return getrefcount(array)


_UNUSED = _references_to_unused()
_UNSHARED = _references_to_unshared()


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

    __slots__ = ("copies", "holds_collector", "limit", "nodes", "numbers", "size")

    def __init__(self) -> None:
        super().__init__()
        #: whether it holds the cyclic collector off
        self.holds_collector = False
        self.nodes: list[Any] = []
        #: numbers the next node; raises once the recording has ended
        self.numbers: Iterator[int] = itertools.count()
        #: how many numbers were given out by the end
        self.size = 0
        #: the number at which to grow next
        self.limit = 1024
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
    ) -> list[Any]:
        """Cotangents of the `sources`, given pairs of an output's node and its cotangent.

        `directions` are the leading axes of the cotangents. A source that no output depends on gets
        ``None``; an array is nobody else's.
        """
        nodes = self.nodes
        cts: Any = [None] * (self.size if self.ended else next(self.numbers))
        for node, ct in seeds:
            cts[node[0]] = ct if cts[node[0]] is None else cts[node[0]] + ct
        own = sweep(reversed(nodes), cts, directions)
        return [released(cts[node[0]], own[node[0]]) for node in sources]

    def push(self, sources: Sequence[tuple[Any, Any]], outputs: Sequence[Any]) -> list[Any]:
        """Tangents of the `outputs`, given pairs of an input's node and its tangent.

        An output that depends on no input gets ``None``.
        """
        tangents = {node[0]: t for node, t in sources if t is not None}
        for index, primitive, residual, parents in self.nodes:
            own = [None if parent is None else tangents.get(parent[0]) for parent in parents]
            if any(t is not None for t in own):
                tangents[index] = primitive.push(residual, own)
        return [None if node is None else tangents.get(node[0]) for node in outputs]

    def __len__(self) -> int:
        """The number of operations recorded that something still refers to."""
        self.prune()
        return len(self.nodes)

    @property
    def nbytes(self) -> int:
        """The bytes of the arrays that the residuals hold; views and repetitions count once."""
        self.prune()
        held: dict[int, int] = {}
        stack = [residual for _, _, residual, _ in self.nodes]
        while stack:
            x = plain(stack.pop())
            if isinstance(x, np.ndarray):
                while isinstance(x.base, np.ndarray):
                    x = x.base
                held[id(x)] = x.nbytes
            elif isinstance(x, (tuple, list)):
                stack.extend(x)
            elif isinstance(x, dict):
                stack.extend(x.values())
            elif isinstance(x, (float, np.generic)):
                held[id(x)] = 8
        return sum(held.values())

    def grow(self) -> None:
        """Make room for more nodes, whenever the tape has grown fourfold.

        A recording has no cycles, but a million tracked tuples make the cyclic collector walk them
        over and over: recording would take five times as long. For a short one it does not matter.
        """
        if not self.holds_collector:
            _collector.hold()
            self.holds_collector = True
        self.prune()

    def prune(self) -> None:
        """Forget the nodes that no variable and no later node refers to any more."""
        nodes = self.nodes
        count = len(nodes)
        last = nodes[-1][0] if nodes else 0
        for i in range(count - 1, -1, -1):
            node = nodes[i]
            if getrefcount(node) == _UNUSED:
                nodes[i] = None
        nodes[:count] = [node for node in nodes[:count] if node is not None]
        self.limit = last + max(1024, 3 * len(nodes))

    def own(self, x: Any) -> Any:
        """A constant as the recording may keep it: an array is copied.

        Its owner may overwrite the array before the sweep. A lock would come undone through a view
        or a base, and a checksum costs a pass now and another one in the sweep; a copy costs one
        (0.1 µs for 100 entries) and makes overwriting harmless. A large array that is used again
        unchanged is copied once.
        """
        if x.__class__ is np.ndarray and x.nbytes >= LARGE:
            known = self.copies.get(id(x))
            if known is None or known[1].shape != x.shape or not (known[1] == x).all():
                known = self.copies[id(x)] = (x, x.copy())
            return known[1]
        return owned(x, self.own)


def owned(x: Any, own: Callable[[Any], Any] | None = None) -> Any:
    """`x` in memory that its owner cannot change; `own` does the same to the parts of a list."""
    if isinstance(x, np.ndarray):
        return x.copy()
    if x.__class__ is tuple or x.__class__ is list:
        return x.__class__(map(own or owned, x))
    return x


# --- The sweep ------------------------------------------------------------------------------------


def sweep(
    nodes: Iterable[Any], cts: Any, directions: tuple[int, ...], own: bytearray | None = None
) -> bytearray:
    """Carry cotangents from the outputs back to the inputs, in place.

    The nodes come last first. `cts` holds each one's cotangent so far, by its number: those of the
    outputs before, those of the inputs after. The result tells, by number, whether a cotangent is
    in a buffer of the sweep's own, which may be added into; `own` is that of a sweep to go on with.

    The loop treats :class:`Elementwise` here, for nine operations of ten are elementwise, and a
    method call would cost as much as a float operation's whole share.
    """
    own = bytearray(len(cts)) if own is None else own
    ndarray, add, zeros, large = np.ndarray, np.add, np.zeros, LARGE
    for index, primitive, residual, parents in nodes:
        ct = cts[index]
        if ct is None:
            continue
        cts[index] = None
        if ct.__class__ is Parts:
            ct = whole(ct)
        kind = primitive.__class__
        if kind is Elementwise or kind is Singular:
            i = 0
            for parent in parents:
                if parent is not None:
                    number, position, partial, _ = primitive.bare[i]
                    if kind is Singular and partial is not None:
                        g = None
                        if ct.__class__ is float:  # Python numbers raise, and need no error state
                            try:
                                g = ct * partial(*residual)
                            except ArithmeticError:
                                g = None
                        if g.__class__ is not float or g != g:
                            g = primitive.times(ct, primitive.factors[i], residual)
                    elif number is None:
                        factor = residual[position] if partial is None else partial(*residual)
                        if factor.__class__ is ndarray and factor.nbytes >= large:
                            # An earlier parent may have been given `ct` itself.
                            mine = own[index] and primitive.fresh and i == len(parents) - 1
                            g = multiply_large(ct, factor, residual, mine)
                        else:
                            g = ct * factor
                    elif number == 1:
                        g = ct
                    else:
                        g = -ct if number == -1 else ct * number
                    to = parent[0]
                    known = cts[to]
                    if known is None:
                        cts[to] = g
                        # `ct` handed on to a single parent takes its buffer along.
                        own[to] = number != 1 or (
                            own[index] and parents.count(None) == len(parents) - 1
                        )
                    elif known.__class__ is not ndarray:
                        cts[to] = known + g
                    elif own[to] and g.__class__ is ndarray:
                        try:
                            add(known, g, known)
                        except TypeError:  # a complex one into a real one
                            cts[to] = known + g
                    else:
                        cts[to] = accumulate(known, g, to, own, number != 1)
                i += 1
        elif primitive.add is not None:
            to = parents[0][0]
            known = cts[to]
            if known is None and ct.__class__ in _REAL:
                own[to] = True
                known = cts[to] = zeros(directions + residual[1], getattr(ct, "dtype", float))
            if own[to] and known.__class__ is ndarray and ct.__class__ in _REAL:
                try:
                    primitive.add(known, ct, **residual[0])
                except TypeError:  # a complex one into a real one
                    cts[to] = add_part(known, ct, primitive, residual, to, own, directions)
            else:
                cts[to] = add_part(known, ct, primitive, residual, to, own, directions)
        else:
            pulled = primitive.pull(residual, ct, parents)
            fresh = primitive.fresh
            if not fresh and kind is Broadcast and own[index]:
                # What is not `ct` itself is new, and `ct` takes its buffer along to one parent.
                fresh = [g is ct for g in pulled].count(True) == 1
            for parent, g in zip(parents, pulled):
                if parent is not None:
                    to = parent[0]
                    known = cts[to]
                    if known is not None:
                        cts[to] = accumulate(known, g, to, own, fresh)
                    else:
                        cts[to] = g
                        own[to] = fresh
    return own


def released(ct: Any, own: int) -> Any:
    """A cotangent as the caller may keep it and write into it."""
    if ct.__class__ is np.ndarray:
        return ct if own else ct.copy()
    return whole(ct)


def multiply_large(ct: Any, factor: np.ndarray, residual: Any, mine: bool) -> Any:
    """``ct * factor`` in the memory of whichever of the two nobody needs any more.

    A fresh buffer is mapped in page by page, which for a large one costs more than the product.
    `mine` says that `ct` may be overwritten; `factor` may where the partial has just computed it.
    """
    if ct.__class__ is np.ndarray and ct.shape == factor.shape and ct.dtype == factor.dtype:
        if mine:
            return np.multiply(ct, factor, ct)
        # A partial may return an array that somebody keeps.
        if factor.base is None and getrefcount(factor) == _UNSHARED:
            return np.multiply(ct, factor, factor)
    return ct * factor


def accumulate(known: Any, g: Any, to: int, own: bytearray, fresh: bool) -> Any:
    """The sum of two cotangents of node `to`, in a buffer of the sweep's where there is one."""
    both = known.__class__ is np.ndarray and g.__class__ is np.ndarray
    if both and known.dtype == g.dtype:
        if own[to]:
            return np.add(known, g, known)
        if fresh:
            own[to] = True
            return np.add(known, g, g)
    own[to] = True
    return known + g


def add_part(
    known: Any,
    ct: Any,
    primitive: Any,
    residual: tuple[dict[str, Any], tuple[int, ...]],
    to: int,
    own: bytearray,
    directions: tuple[int, ...],
) -> Any:
    """The cotangent of node `to` after that of a part of it: added where it belongs."""
    params, shape = residual
    if isinstance(ct, Traced) or known.__class__ is Parts or isinstance(known, Traced):
        if primitive not in primitives.READS:
            (g,) = primitive.pull(residual, ct, (True,))
            return g if known is None else known + g
        if known.__class__ is not Parts:
            known = Parts(known, params["shape"])
        known.cts.append(ct)
        known.indices.append(params["index"])
        return known
    if known is None:
        own[to] = True
        known = np.zeros(directions + shape, getattr(ct, "dtype", float))
    elif not own[to] or (ct.__class__ is not float and ct.dtype != known.dtype):
        own[to] = True
        known = np.array(known, np.result_type(known, ct))
    primitive.add(known, ct, **params)
    return known


class Parts:
    """The cotangent of an array whose parts' cotangents are expressions: they are added up at once.

    A buffer cannot be added into where another level records; an array of zeros for each part would
    make n reads cost O(n²).
    """

    __slots__ = ("cts", "indices", "rest", "shape")

    def __init__(self, known: Any, shape: tuple[int, ...]) -> None:
        self.rest, self.shape = None, shape
        #: what is there already is the first part, and all of the array
        self.cts: list[Any] = [] if known is None else [known]
        self.indices: list[Any] = [] if known is None else [primitives.WHOLE]

    def __add__(self, g: Any) -> "Parts":
        self.rest = g if self.rest is None else self.rest + g
        return self


def whole(ct: Any) -> Any:
    """A cotangent that may still be in parts, as one array."""
    if ct.__class__ is not Parts:
        return ct
    written = primitives.write(*ct.cts, indices=tuple(ct.indices), shape=ct.shape)
    return written if ct.rest is None else ct.rest + written
