"""A recording as nodes and edges, the local derivative on every edge, and sums over paths.

Forward mode follows one input through the graph and gives its effect on every node; reverse mode
starts from one output and gives the effect of every node on it; both merge all paths at each node
(C. Olah, "Calculus on Computational Graphs: Backpropagation", 2015).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from admodes.core.values import plain
from admodes.modes.cotangents import seed
from admodes.modes.recordings.assembly import assemble
from admodes.modes.recordings.carrying import carry
from admodes.modes.recordings.parts import ENTRIES, Edge, Node, columns, rows, units
from admodes.modes.recordings.recording import Recording

ALL_ENTRIES = 1_000_000
"""The most entries of all nodes' Jacobians together: 8 MB."""
PATHS = 1_000_000
"""The most paths that are walked one by one: some seconds."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What one mode finds: the derivative at every node.

    ``sweep[node]``, or ``sweep["name"]``, is ∂node/∂seed in forward mode and ∂seed/∂node in reverse
    mode.
    """

    mode: str
    """``"forward"`` or ``"reverse"``."""
    seed: Node
    """The input that forward mode starts from, or the output that reverse mode does."""
    derivatives: Sequence[Any]
    """One a node, in the order of ``graph.nodes``; zeros where the sweep did not come."""
    nodes: Sequence[Node]
    """The nodes that it reached, in the order in which it did."""
    edges: Sequence[Edge]
    """The edges that it visited, in order: each once a pass."""
    passes: int
    """How often it walked the graph: once for each entry of the seed, or once along a direction."""
    along: bool
    """Whether the derivatives are along one direction of an array."""
    graph: "Structure" = field(repr=False)

    @property
    def products(self) -> int:
        """Multiplications by a local derivative: an edge visited is one, but for those at the seed,
        which would multiply by 1."""
        forward = self.mode == "forward"
        beyond = [e for e in self.edges if (e.source if forward else e.target) is not self.seed]
        return len(beyond) * self.passes

    def __getitem__(self, node: Node | str | int) -> Any:
        return self.derivatives[self.graph[node].index]


@dataclass(frozen=True, eq=False)
class Paths:
    """All paths from an input to an output. Iterating walks them one by one, as tuples of edges."""

    source: Node
    target: Node
    count: int
    """How many there are. It is counted without walking them."""
    products: int
    """Multiplications where each path's derivatives are multiplied and the products added up: one
    less than its edges for each path."""
    merged: int
    """Multiplications where the paths are merged at each node, as both modes do it."""
    graph: "Structure" = field(repr=False)

    def __iter__(self) -> Iterator[tuple[Edge, ...]]:
        if self.source is self.target:
            yield ()
            return
        leading = self.graph.before(self.target)
        path: list[Edge] = []
        turns = [iter(self.graph.outgoing[self.source.index])]  # one more than the path has edges
        while turns:
            edge = next(turns[-1], None)
            if edge is None:
                turns.pop()
                del path[-1:]
            elif edge.target is self.target:
                yield (*path, edge)
            elif edge.target in leading:
                path.append(edge)
                turns.append(iter(self.graph.outgoing[edge.target.index]))

    def total(self) -> Any:
        """The derivative of the target by the source, summed path by path.

        Raises
        ------
        ValueError
            Where there are more than 1,000,000 paths: a sweep merges them.
        """
        if self.count > PATHS:
            raise ValueError(
                f"from {self.source.name} to {self.target.name} there are {self.count:,} paths, "
                f"too many to be walked one by one: graph.reverse() merges them"
            )
        x, y = self.source.value, self.target.value
        if self.source.size * self.target.size > ENTRIES:
            raise ValueError(f"the derivative has more than {ENTRIES:,} entries: use a sweep")
        total = zeros(np.shape(y) + np.shape(x))
        for path in self:
            product = columns(units(x), x, x)
            for edge in path:
                if np.ndim(product) == np.ndim(edge.derivative) == 0:
                    product = edge.derivative * product
                else:
                    product = np.tensordot(edge.derivative, product, np.ndim(edge.source.value))
            total = total + product
        return total


class Structure:
    """The nodes and edges of a recording, and what sweeps over them find."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.name = recording.name.rpartition("<locals>.")[2]
        self.nodes, self.edges = assemble(recording)
        self.inputs = self.nodes[: len(recording.inputs)]
        self.outputs = [node for node in self.nodes if node.output is not None]
        self.incoming: list[list[Edge]] = [[] for _ in self.nodes]
        self.outgoing: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges:
            self.incoming[edge.target.index].append(edge)
            self.outgoing[edge.source.index].append(edge)

    def __getitem__(self, key: Node | str | int) -> Node:
        return self._find(key, self.nodes, "node")

    def __len__(self) -> int:
        return len(self.nodes)

    def _find(self, key: Node | str | int | None, among: Sequence[Node], what: str) -> Node:
        """One of some nodes: itself, by name, by its place, or the only one there is."""
        if isinstance(key, Node):
            mine = key.index < len(self.nodes) and self.nodes[key.index] is key
            if mine and (among is self.nodes or key in among):
                return key
            raise ValueError(f"{key.name} is no {what} of this graph")
        if isinstance(key, str):
            found = [node for node in among if node.name == key]
            if found:
                return found[-1]
        elif isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            if -len(among) <= key < len(among):
                return among[key]
        elif key is None and len(among) == 1:
            return among[0]
        names = [node.name for node in among]
        known = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
        wrong = f"{what} {key!r} is not there" if key is not None else f"say which {what}"
        error = KeyError if what == "node" else ValueError
        raise error(f"graph of {self.name}: {wrong}; {what}s: {known}")

    def forward(self, input: Node | str | int | None = None, *, tangent: Any = None) -> Sweep:
        """Forward mode: the effect of one input on every node.

        Parameters
        ----------
        input
            The input, by node, name or place among the inputs. It may be left out where there is
            one.
        tangent
            A direction, of the input's shape: the derivatives are along it then, each of its node's
            shape, by one pass. By default each is a Jacobian of shape ``node.shape + input.shape``
            (for numbers a number), by a pass for every entry of the input.

        Raises
        ------
        ValueError
            Where there is no such input, the tangent has another shape, or all Jacobians together
            would have more than 1,000,000 entries.

        Examples
        --------
        >>> import admodes as ad
        >>> graph = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
        >>> graph.forward("b").derivatives
        (0.0, 1.0, 1.0, 1.0, 5.0)
        """
        start = self._find(input, self.inputs, "input")
        return self._sweep("forward", start, tangent, self.nodes, self.incoming)

    def reverse(self, output: Node | str | int | None = None, *, cotangent: Any = None) -> Sweep:
        """Reverse mode: the effect of every node on one output.

        Parameters
        ----------
        output
            The output, by node, name or place among the outputs. It may be left out where there is
            one.
        cotangent
            A weight for every entry of the output: the derivatives are of their weighted sum then,
            each of its node's shape, by one pass. By default each is a Jacobian of shape
            ``output.shape + node.shape`` (for numbers a number), by a pass for every entry of the
            output.

        Raises
        ------
        ValueError
            As for :meth:`forward`.

        Examples
        --------
        >>> import admodes as ad
        >>> graph = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
        >>> graph.reverse().derivatives
        (2.0, 5.0, 2.0, 3.0, 1.0)
        """
        start = self._find(output, self.outputs, "output")
        return self._sweep("reverse", start, cotangent, self.nodes[::-1], self.outgoing)

    def _sweep(
        self,
        mode: str,
        start: Node,
        direction: Any,
        order: Sequence[Node],
        edges_to: Sequence[Sequence[Edge]],
    ) -> Sweep:
        """Walk the recording in `order`; at each node what the edges to it carry is merged."""
        forward = mode == "forward"
        whole = direction is None
        if whole:
            self._check_size(mode, start)
            direction = units(start.value)
        else:
            direction = along(direction, start, "tangent" if forward else "cotangent")
        carried = carry(self.recording, mode, start.index, direction, [n.value for n in self.nodes])
        found = {n: each for n, each in zip(self.nodes, carried, strict=True) if each is not None}
        reached, visited = [start], []
        for node in order:
            edges = [
                e for e in edges_to[node.index] if (e.source if forward else e.target) in found
            ]
            if node is not start and edges:  # nothing that it depends on is its own effect
                visited += edges
                reached.append(node)
        derivatives = []
        for node in self.nodes:
            derivative = found.get(node)
            if derivative is None:
                shape = node.shape
                if whole:
                    shape = shape + start.shape if forward else start.shape + shape
                derivative = zeros(shape)
            elif whole and forward:
                derivative = columns(derivative, start.value, node.value)
            elif whole:
                derivative = rows(derivative, node.value, start.value)
            derivatives.append(derivative)
        passes = start.size if whole else 1
        return Sweep(mode, start, tuple(derivatives), reached, visited, passes, not whole, self)

    def _check_size(self, mode: str, start: Node) -> None:
        if np.iscomplexobj(start.value):
            what = "tangent" if mode == "forward" else "cotangent"
            raise TypeError(f"{start.name} is complex: give a {what}")
        entries = start.size * sum(node.size for node in self.nodes)
        if entries > ALL_ENTRIES:
            what = "tangent=" if mode == "forward" else "cotangent="
            raise ValueError(
                f"the Jacobians of all nodes would have {entries:,} entries, for {start.name} has "
                f"{start.size:,}: give one direction by {what}"
            )

    def before(self, node: Node) -> set[Node]:
        """The nodes from which a path leads to `node`, itself among them."""
        return self._connected(node, self.incoming, lambda edge: edge.source)

    def after(self, node: Node) -> set[Node]:
        """The nodes to which a path leads from `node`, itself among them."""
        return self._connected(node, self.outgoing, lambda edge: edge.target)

    def _connected(
        self, start: Node, edges: Sequence[Sequence[Edge]], end: Callable[[Edge], Node]
    ) -> set[Node]:
        found, left = {start}, [start]
        while left:
            for edge in edges[left.pop().index]:
                if end(edge) not in found:
                    found.add(end(edge))
                    left.append(end(edge))
        return found

    def paths(
        self, input: Node | str | int | None = None, output: Node | str | int | None = None
    ) -> Paths:
        """The paths from an input to an output, counted; they can be walked too.

        A derivative is the sum, over all paths, of the products of the local derivatives on each.

        Examples
        --------
        >>> import admodes as ad
        >>> graph = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
        >>> paths = graph.paths("b")
        >>> paths.count, paths.products, paths.total()
        (2, 2, 5.0)
        """
        source = self._find(input, self.inputs, "input")
        target = self._find(output, self.outputs, "output")
        between = self.after(source) & self.before(target)
        # Of the paths from the source to each node: how many, and how many edges all together.
        counts, lengths = {source: 1}, {source: 0}
        edges = 0
        for node in self.nodes:
            if node in between and node is not source:
                own = [e.source for e in self.incoming[node.index] if e.source in between]
                counts[node] = sum(counts[each] for each in own)
                lengths[node] = sum(lengths[each] + counts[each] for each in own)
                edges += sum(each is not source for each in own)
        count = counts.get(target, 0) if target in between else 0
        products = max(lengths[target] - count, 0) if count else 0
        return Paths(source, target, count, products, edges, self)


def zeros(shape: tuple[int, ...]) -> Any:
    return np.zeros(shape) if shape else 0.0


def along(direction: Any, node: Node, what: str) -> Any:
    """A tangent or a cotangent of a node's shape, as one's own."""
    own = plain(direction)
    if np.shape(own) != node.shape:
        raise ValueError(
            f"the {what} has shape {np.shape(own)}, but {node.name} has shape {node.shape}"
        )
    return np.array(own, np.result_type(node.value, own)) if node.shape else own * seed(node.value)
