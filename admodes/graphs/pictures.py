"""A graph as it is shown: boxes and arrows with their texts. Large graphs are folded."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from admodes.graphs import labels
from admodes.graphs.structure import Structure, Sweep
from admodes.modes.recordings.assembly import UNNAMED
from admodes.modes.recordings.parts import Edge, Node

MODES = ("forward", "reverse")
FOLDED_FROM = 30
"""Graphs of more nodes are folded: a chain of so many boxes is 23 inches high, two screens."""
MOST = 100
"""The most boxes in a picture: with text 10 points high a chain of them is 78 inches high. It is
laid out and drawn in 0.7 s; with four arguments each they take 2 s."""
PARALLEL = 4
"""Of operations with so many arguments, each argument has an arrow of its own."""
LONGEST = 36
"""Characters in a line of a box."""
LONGEST_NAME = 12
"""Characters of a name in what else stands in such a line."""

Ends = tuple[int, int, int]
"""Of an arrow: the groups of nodes that it leads from and to, and the argument."""


@dataclass(frozen=True)
class Box:
    """A node, or several that are folded into one."""

    lines: tuple[str, ...]
    """What it computes; then its value or derivative."""
    kind: str = "operation"
    """``"input"``, ``"operation"`` or ``"output"``."""
    state: str = "plain"
    """In a sweep ``"reached"``, ``"now"`` (by the last step) or ``"waiting"``."""


@dataclass(frozen=True)
class Arrow:
    """An edge, or several that are folded into one."""

    source: int
    target: int
    label: str
    """The local derivative."""
    state: str = "plain"


@dataclass(frozen=True)
class Picture:
    """A graph as boxes and arrows with their texts: plain data, which JSON can hold.

    :meth:`Graph.picture` makes one; :func:`admodes.graphs.figure` draws several in one figure.
    """

    title: str
    notes: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    mode: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The picture as ``json.dumps`` takes it, for :meth:`from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Picture":
        """The picture that :meth:`to_json` gave, before or after it went through a file."""
        return cls(
            data["title"],
            tuple(data["notes"]),
            tuple(Box(tuple(box["lines"]), box["kind"], box["state"]) for box in data["boxes"]),
            tuple(Arrow(**arrow) for arrow in data["arrows"]),
            data["mode"],
        )


# --- Folding --------------------------------------------------------------------------------------


def groups_of(graph: Structure, fold: bool) -> list[list[Node]]:
    """The nodes; under `fold` those together that one operation of the source made, of one shape.

    An output does not vanish among what led to it.
    """
    groups: dict[Any, list[Node]] = {}
    for node in graph.nodes:
        key: Any = node.index
        if fold and node.place[0] is not None:
            key = node.place, node.output is not None
        groups.setdefault(key, []).append(node)
    return list(groups.values())


def arrows_of(graph: Structure, groups: Sequence[Sequence[Node]]) -> dict[Ends, list[Edge]]:
    """The edges, those together that are one arrow between two groups of nodes."""
    place = {node: i for i, group in enumerate(groups) for node in group}
    edges: dict[Ends, list[Edge]] = {}
    for edge in graph.edges:
        # An arrow for every argument, but one for all that the many arguments of np.stack share.
        argument = edge.argument if len(edge.active) <= PARALLEL else 0
        ends = place[edge.source], place[edge.target], argument
        edges.setdefault(ends, []).append(edge)
    return edges


def base(text: str) -> str:
    """Names without the numbers that tell a variable's values apart.

    >>> base("y₁₂ + w")
    'y + w'
    """
    return re.sub("[₀-₉]+", "", text)


def shortened(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def short(name: str) -> str:
    """A name within ``∂y/∂x``."""
    return shortened(name, LONGEST_NAME)


def heading(nodes: Sequence[Node]) -> str:
    """What a node, or each of several, computes."""
    first = nodes[0]
    if len(nodes) == 1:
        own = first.named and not first.is_input
        return shortened(f"{first.name} = {first.expression}" if own else first.expression)
    if first.is_input:
        return f"{shortened(first.place[1])}[…] × {len(nodes):,}"
    expressions = {base(node.expression) for node in nodes}
    text = expressions.pop() if len(expressions) == 1 else f"{first.operation}(…)"
    return f"{shortened(f'{variable(nodes)} = {text}')} × {len(nodes):,}".removeprefix("· = ")


def variable(nodes: Sequence[Node]) -> str:
    """The name of a node, or the one that several have in common; a dot where there is none."""
    names = {base(node.name) if len(nodes) > 1 else node.name for node in nodes}
    if any(not node.named for node in nodes) or len(names) > 1:
        return UNNAMED
    return names.pop()


# --- Making a picture -----------------------------------------------------------------------------


def too_many(graph: Structure, count: int, by_hand: str, more: str) -> str:
    return (
        f"graph of {graph.name}: {count:,} boxes are too many to be read (there are "
        f"{len(graph.nodes):,} nodes; those that one operation of the source makes fold into one "
        f"box{by_hand}): take a part of the function, compute on whole arrays instead of number by "
        f"number, {more}"
    )


def picture(
    graph: Structure,
    mode: str | Sweep | None,
    seed: Any,
    direction: Any,
    step: int | None,
    fold: bool | None,
    most: int,
) -> Picture:
    """See :meth:`Graph.picture`."""
    if mode is None and any(each is not None for each in (seed, direction, step)):
        raise ValueError("a seed, a direction and a step belong to a sweep: give mode= too")
    sweep: Sweep | None = None
    if isinstance(mode, Sweep):
        if seed is not None or direction is not None or mode.graph is not graph:
            raise ValueError("a sweep is of one graph, with a seed and a direction of its own")
        sweep = mode
    elif mode is not None and mode not in MODES:
        raise ValueError(f"mode must be None, 'forward', 'reverse' or a sweep, not {mode!r}")
    groups = groups_of(graph, len(graph.nodes) > FOLDED_FROM if fold is None else fold)
    if len(groups) > most:
        by_hand = "" if len(groups) < len(graph.nodes) else ", with fold=True"
        more = f"or ask for more than {most} boxes by most={len(groups)}"
        raise ValueError(too_many(graph, len(groups), by_hand, more))
    if mode == "forward":
        sweep = graph.forward(seed, tangent=direction)
    elif mode == "reverse":
        sweep = graph.reverse(seed, cotangent=direction)
    walk = Walk(graph, sweep, step)
    edges = arrows_of(graph, groups)
    several = len(groups) < len(graph.nodes)
    return Picture(
        walk.title(),
        (*walk.notes(), *([FOLDED] if several else [])),
        tuple(
            Box((heading(group), walk.text(group)), kind(group), walk.state(group))
            for group in groups
        ),
        tuple(
            Arrow(source, target, local_derivatives(own), walk.state(own))
            for (source, target, _), own in edges.items()
        ),
        None if sweep is None else sweep.mode,
    )


VALUES = "in a box its value, on an edge the local derivative"
ARRAYS = "(of arrays the shape, the diagonal or the entries)"
FOLDED = "× n: one operation in the source, done n times, is one box"


def kind(nodes: Sequence[Node]) -> str:
    if nodes[0].is_input:
        return "input"
    return "operation" if nodes[0].output is None else "output"


def local_derivatives(edges: Sequence[Edge]) -> str:
    if len(edges) == 1:
        return labels.local(edges[0])
    if any(edge.shape for edge in edges):  # arrays: a Jacobian each would take its time
        text = str(edges[0].shape)
    else:
        text = labels.spread([edge.derivative for edge in edges])
    return f"{text}  × {len(edges):,}"


class Walk:
    """A sweep, or its first steps, as texts and states; without one, the values."""

    def __init__(self, graph: Structure, sweep: Sweep | None, step: int | None) -> None:
        self.graph, self.sweep = graph, sweep
        self.under_way = step is not None
        self.nodes: set[Node] = set()
        self.edges: set[Edge] = set()
        self.now: set[Node | Edge] = set()
        if sweep is not None:
            forward = sweep.mode == "forward"
            steps = len(sweep.nodes) if step is None else step
            if not 0 <= steps <= len(sweep.nodes):
                raise ValueError(f"step must be from 0 to {len(sweep.nodes)}, not {step}")
            self.nodes = set(sweep.nodes[:steps])
            last = sweep.nodes[steps - 1 : steps] if self.under_way and steps else ()
            for edge in sweep.edges:
                end = edge.target if forward else edge.source
                if end in self.nodes:
                    self.edges.add(edge)
                if end in last:
                    self.now.add(edge)
            self.now |= set(last)

    def title(self) -> str:
        if self.sweep is None:
            return f"The graph of {self.graph.name.replace('<lambda>', 'a lambda')}"
        return f"{self.sweep.mode.capitalize()} mode from {shortened(self.sweep.seed.name)}"

    def notes(self) -> tuple[str, ...]:
        if self.sweep is None:
            arrays = any(edge.shape for edge in self.graph.edges)
            return (VALUES, ARRAYS) if arrays else (VALUES,)
        passes, edges = self.sweep.passes, len(self.edges)
        return (
            f"{passes:,} pass{'es' * (passes != 1)}, {edges:,} edge{'s' * (edges != 1)} visited",
        )

    def state(self, parts: Sequence[Node] | Sequence[Edge]) -> str:
        if self.sweep is None:
            return "plain"
        if any(part in self.now for part in parts):
            return "now"
        reached = any(part in self.nodes or part in self.edges for part in parts)
        return "reached" if reached else "waiting"

    def text(self, nodes: Sequence[Node]) -> str:
        """The value of a node, or its derivative, or what those of several range over."""
        if self.sweep is None:
            return (
                labels.value(nodes[0].value)
                if len(nodes) == 1
                else labels.spread([node.value for node in nodes])
            )
        if self.under_way and not any(node in self.nodes for node in nodes):
            return ""
        found = [self.sweep[node] for node in nodes]
        own, seed = short(variable(nodes)), short(self.sweep.seed.name)
        if self.sweep.along:
            what = "tangent" if self.sweep.mode == "forward" else "cotangent"
        elif self.sweep.mode == "forward":
            what = f"∂{own}/∂{seed}"
        else:
            what = f"∂{seed}/∂{own}"
        if len(found) > 1:
            text = labels.spread(found)
        else:
            text = " = ".join([*self.sums(nodes[0]), labels.derivative(found[0])])
        return f"{what} = {text}" if text[:1] != "(" else f"{what}: {text}"

    def sums(self, node: Node) -> list[str]:
        """How a number comes about: ``2·1 + 3·1``. Of one product while the sweep is under way."""
        assert self.sweep is not None
        forward = self.sweep.mode == "forward"
        visited = [each for each in self.sweep.edges if each in self.edges]
        edges = [each for each in visited if (each.target if forward else each.source) is node]
        carried = [self.sweep[each.source if forward else each.target] for each in edges]
        least = 1 if self.under_way else 2
        ends = [end.value for each in edges for end in (each.source, each.target)]
        others = any(map(np.ndim, (*carried, *ends))) or any(map(np.iscomplexobj, ends))
        if others or not least <= len(edges) <= PARALLEL:
            return []
        pairs = zip(carried, edges, strict=True)
        return [" + ".join(labels.product(each, edge.derivative) for each, edge in pairs)]
