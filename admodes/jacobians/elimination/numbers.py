"""A recording as a graph of numbers: each entry of an array is one, and every edge has a slope.

An operation that only hands numbers on, such as reading an array, makes none. Numbers that no
output depends on are left out, and so are edges whose slope is 0 at this point, unless they are of
an elementwise operation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from admodes.jacobians.elimination import slopes
from admodes.jacobians.elimination.accumulating import added
from admodes.jacobians.elimination.slopes import Site
from admodes.modes.recordings.assembly import assemble
from admodes.modes.recordings.recording import Recording

Way = tuple[int, int, Any, int | None]
"""An entry, the number that it is computed of, and an edge's `place` and `constant`."""
NOTHING = -1
"""In place of a number that depends on no input."""


class Edge(NamedTuple):
    """That one number is computed of another, and where the slope is found."""

    source: int
    target: int
    site: int
    place: Any
    """Of the entry: the empty tuple for the only one, the entry of the result, or with that the
    entry of the argument."""
    constant: int | None
    """1 or -1 where the slope is that whatever the inputs are."""


@dataclass(frozen=True)
class Numbers:
    """The graph: the inputs are the first of its numbers, and all are in the order of creation."""

    name: str
    names: tuple[str, ...]
    inputs: int
    outputs: tuple[int, ...]
    """Of each entry of the output, its number; -1 where it depends on no input."""
    edges: tuple[Edge, ...]
    sites: tuple[Site, ...]
    structure: tuple[Any, ...]
    """What a recording must have in common with this one."""
    shapes: list[tuple[int, ...]]
    """Of the inputs."""
    dtype: np.dtype

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """The names, numbered from the second of the same name on."""
        found: dict[str, None] = {}
        often: dict[str, int] = {}
        for each in self.names:
            name = each
            while name in found:
                often[each] = often.get(each, 1) + 1
                name = f"{each} {often[each]}"
            found[name] = None
        return tuple(found)

    def weights(self, nodes: Sequence[Any]) -> dict[tuple[int, int], Any]:
        """The local derivative on every edge, by the operations of a recording.

        ±1 is an integer where it is that whatever the inputs are.

        Raises
        ------
        ValueError
            Where its numbers depend on each other otherwise than those of this graph, or Python
            cannot divide by one of them.
        """
        try:
            with np.errstate(all="ignore"):
                matrices = [
                    slopes.again(nodes[site.operation], site, self.name) for site in self.sites
                ]
        except ArithmeticError as error:  # as Python's numbers raise where NumPy's give infinity
            raise ValueError(not_finite(self.name)) from error
        found: dict[tuple[int, int], Any] = {}
        for source, target, site, place, weight in self.edges:
            if weight is None:
                weight = matrices[site] if place == () else matrices[site][place]
            key = source, target
            found[key] = added(found[key], weight) if key in found else weight
        return found


def not_finite(name: str) -> str:
    return (
        f"{name}: a local derivative is infinite or NaN at these arguments, and products with it "
        "depend on the order: choose others, or use admodes.jacobian, which tells what is known"
    )


def structure(
    nodes: Sequence[Any],
    sources: Sequence[Any],
    outputs: Sequence[tuple[Any, Any]],
    shape: Callable[[int], tuple[int, ...]],
) -> Any:
    """What was done, whatever the numbers were: the operations, and of what each was computed.

    Of each output it is the value and the node; `shape` says of what shape a node's value is, by
    its number.
    """
    places = {node[0]: i for i, node in enumerate([*sources, *nodes])}
    return (
        tuple(
            (
                node[1].name,
                shape(node[0]),
                *(None if each is None else places[each[0]] for each in node[3]),
            )
            for node in nodes
        ),
        tuple(
            (np.shape(value), None if node is None else places[node[0]]) for value, node in outputs
        ),
    )


class Expanding:
    """A recording on its way to numbers."""

    def __init__(self, recording: Recording, most: int) -> None:
        self.recording, self.most = recording, most
        self.names: list[str] = []
        self.edges: list[Edge] = []
        self.sites: list[Site] = []
        #: of each node, the numbers of its entries
        self.own: dict[int, np.ndarray] = {}
        self.values: dict[int, Any] = {}
        for _, value, node in recording.inputs:
            self.values[node[0]] = value
        for node in recording.nodes:
            self.values[node[0]] = recording.notes[node[0]].value
        for value in (*self.values.values(), *(value for _, value, _ in recording.results)):
            if np.iscomplexobj(value):
                raise TypeError(
                    f"{recording.name} computes with complex numbers, and a graph of numbers is of "
                    "real ones: admodes.jacobian differentiates it"
                )

    def expand(self) -> Numbers:
        recording = self.recording
        named = iter(assemble(recording)[0])
        for _, value, node in recording.inputs:
            self.own[node[0]] = self._new(next(named).name, np.shape(value), range(np.size(value)))
        inputs = len(self.names)
        with np.errstate(all="ignore"):  # what is not finite is said of the edges
            for operation, (node, each) in enumerate(zip(recording.nodes, named, strict=True)):
                self._operation(operation, node, each.name)
        outputs = [
            int(number)
            for _, value, node in recording.results
            for number in (
                np.full(np.size(value), NOTHING) if node is None else self.own[node[0]].ravel()
            )
        ]
        kept = self._leading_to(outputs, inputs)
        place = {number: i for i, number in enumerate(kept)} | {NOTHING: NOTHING}
        edges = [
            edge._replace(source=place[edge.source], target=place[edge.target])
            for edge in self.edges
            if edge.target in place
        ]
        everything = [value for _, value, _ in (*recording.inputs, *recording.results)]
        return Numbers(
            recording.name.rpartition("<locals>.")[2],
            tuple(self.names[number] for number in kept),
            inputs,
            tuple(place[number] for number in outputs),
            tuple(edges),
            tuple(self.sites),
            structure(
                recording.nodes,
                [node for _, _, node in recording.inputs],
                [(value, node) for _, value, node in recording.results],
                lambda number: np.shape(self.values[number]),
            ),
            [np.shape(value) for _, value, _ in recording.inputs],
            np.result_type(*everything),
        )

    def _new(self, name: str, shape: tuple[int, ...], entries: Sequence[int]) -> np.ndarray:
        """Numbers for these entries of a node, and no number for the others."""
        if len(self.names) + len(entries) > self.most:
            raise ValueError(
                f"{self.recording.name} computes more than {self.most:,} numbers, entry by entry: "
                "take a smaller input, or ask for more by admodes.eliminate(f, ..., "
                f"limit={10 * self.most})"
            )
        found = np.full(shape, NOTHING)
        for entry in entries:
            index = np.unravel_index(entry, shape)
            found[index] = len(self.names)
            self.names.append(f"{name}[{', '.join(map(str, index))}]" if shape else name)
        return found

    def _operation(self, operation: int, node: Any, name: str) -> None:
        number, primitive, _, parents = node
        y = np.zeros_like(self.values[number])[()]
        #: of each entry: (source, site, place, constant)
        ways: dict[int, list[tuple[int, int, Any, Any]]] = defaultdict(list)
        moves = slopes.is_move(primitive)
        for i, parent in enumerate(parents):
            if parent is not None:
                x, own = np.zeros_like(self.values[parent[0]])[()], self.own[parent[0]]
                units = known = None
                if slopes.is_entrywise(primitive):
                    found = self._entrywise(primitive, i, np.broadcast_to(own, np.shape(y)))
                else:
                    matrix = slopes.slopes(node, i, x, y, self.recording.name)
                    known, units = matrix != 0, self._units(primitive, matrix)
                    found = self._others(matrix, units, own)
                for target, source, place, constant in found:
                    ways[target].append((source, len(self.sites), place, constant))
                self.sites.append(Site(operation, i, x, y, units, known))
        if moves and all(len(own) == 1 and own[0][3] == 1 for own in ways.values()):
            made = np.full(np.size(y), NOTHING)
            for target, ((source, *_),) in ways.items():
                made[target] = source
        else:
            made = self._new(name, np.shape(y), sorted(ways)).ravel()
            for target, into in ways.items():
                self.edges += [Edge(source, int(made[target]), *more) for source, *more in into]
        self.own[number] = made.reshape(np.shape(y))

    def _entrywise(self, primitive: Any, argument: int, own: np.ndarray) -> Iterator[Way]:
        slope = slopes.constant(primitive, argument)
        if slope != 0:
            unit = int(slope) if slope in (1, -1) else None
            for target, source in enumerate(own.flat):
                if source != NOTHING:
                    yield target, int(source), target if own.ndim else (), unit

    def _units(self, primitive: Any, matrix: np.ndarray) -> np.ndarray:
        same = slopes.has_constant_slopes(primitive) or slopes.is_move(primitive)
        return np.where(same & (abs(matrix) == 1), matrix, 0).astype(int)

    def _others(self, matrix: np.ndarray, units: np.ndarray, own: np.ndarray) -> Iterator[Way]:
        for place in zip(*map(np.ndarray.tolist, np.nonzero(matrix)), strict=True):
            source = int(own.flat[place[1]])
            if source != NOTHING:
                yield place[0], source, place, int(units[place]) or None

    def _leading_to(self, outputs: Sequence[int], inputs: int) -> list[int]:
        """The inputs, and the numbers on which an output depends."""
        sources: dict[int, list[int]] = defaultdict(list)
        for edge in self.edges:
            sources[edge.target].append(edge.source)
        found = set(range(inputs)) | {NOTHING}
        stack = [number for number in outputs if number not in found]
        while stack:
            number = stack.pop()
            if number not in found:
                found.add(number)
                stack += sources[number]
        return sorted(found - {NOTHING})
