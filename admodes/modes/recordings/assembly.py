"""Nodes and edges from a recording: their names, and how each operation is written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from admodes.modes.recordings.parts import Edge, Node
from admodes.modes.recordings.recording import Note, Recording
from admodes.modes.recordings.source import Sources

OPERATORS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "remainder": "%",
    "power": "**",
    "matmul": "@",
}
UNNAMED = "·"
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def assemble(recording: Recording) -> tuple[list[Node], list[Edge]]:
    """The nodes, inputs first, and the edges, in the order of creation."""
    sources = Sources()
    outputs = {node[0]: path for path, node in reversed(recording.outputs)}
    nodes: dict[int, Node] = {}
    for own, value, (number, *_) in recording.inputs:
        output = outputs.get(number)
        place = ("input", own.partition("[")[0].partition(".")[0], np.shape(value))
        nodes[number] = Node(
            len(nodes), own, True, "input", own, locked(value), None, output, place
        )
    edges = []
    names = list(given_names(recording, sources))
    for (number, primitive, residual, parents), (name, place, number_in_call) in zip(
        recording.nodes, names, strict=True
    ):
        note = recording.notes[number]
        operands = [
            constant_text(note, i, place.operands, len(parents))
            if parent is None
            else nodes[parent[0]].name
            if nodes[parent[0]].named
            else UNNAMED
            for i, parent in enumerate(parents)
        ]
        node = nodes[number] = Node(
            index=len(nodes),
            name=name or label(primitive.name),
            named=name is not None,
            operation=primitive.name,
            expression=expression(primitive.name, operands, note),
            value=locked(note.value),
            line=place.line,
            output=outputs.get(number),
            place=(
                note.code,
                place.span,
                number_in_call,
                primitive.name,
                np.shape(note.value),
            ),
        )
        active = tuple(parent is not None for parent in parents)
        edges += [
            Edge(nodes[parent[0]], node, i, primitive, residual, active)
            for i, parent in enumerate(parents)
            if parent is not None
        ]
    return list(nodes.values()), edges


def locked(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.view()
        value.flags.writeable = False
    return value


def given_names(recording: Recording, sources: Sources) -> Iterator[tuple[str | None, Any, int]]:
    """For each operation its name, its place in the source, and its number within a user's call."""
    notes = [recording.notes[node[0]] for node in recording.nodes]
    places = [sources.place(note.code, note.instruction) for note in notes]
    # Of the operations that one call of the user's makes, the last makes what the call returns.
    last = [i + 1 == len(notes) or notes[i + 1].call != note.call for i, note in enumerate(notes)]
    names = [place.name if final else None for place, final in zip(places, last, strict=True)]
    outputs = {node[0]: path for path, node in recording.outputs}
    for i, node in enumerate(recording.nodes):
        if names[i] is None and node[0] in outputs:
            own = recording.name.rpartition(".")[2]
            names[i] = (own if own.isidentifier() else "f") + outputs[node[0]]
    inputs = {name for name, _, _ in recording.inputs}
    often = {name for name, count in Counter(names).items() if name in inputs or count > 1}
    times: dict[str, int] = {}
    within = 0
    for i, place in enumerate(places):
        within = within + 1 if i and notes[i].call == notes[i - 1].call else 0
        name = names[i]
        if name is not None and name in often:
            times[name] = times.get(name, 0) + 1
            name += str(times[name]).translate(SUBSCRIPTS)
        yield name, place, within


def constant_text(note: Note, i: int, operands: Sequence[str | None], count: int) -> str:
    """A constant as an operand: a number, else its name in the source, else its shape."""
    value = note.constants[i]
    if not isinstance(value, tuple):
        return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)
    named = operands[i] if len(operands) == count else None
    return named or f"array{value}"


def label(operation: str) -> str:
    """What an operation without a name is called."""
    return OPERATORS.get(operation, operation)


def expression(operation: str, operands: Sequence[str], note: Note) -> str:
    """An operation as it would be written."""
    if operation in OPERATORS and len(operands) == 2:
        return f"{operands[0]} {OPERATORS[operation]} {operands[1]}"
    if operation == "negative":
        return f"-{operands[0]}"
    if operation == "square":
        return f"{operands[0]}**2"
    if note.index is not None and len(operands) == 1:
        index = note.index if isinstance(note.index, tuple) else (note.index,)
        return f"{operands[0]}[{', '.join(map(index_text, index))}]"
    return f"{operation}({', '.join(operands)})"


def index_text(index: Any) -> str:
    if isinstance(index, slice):
        parts = ["" if each is None else str(each) for each in (index.start, index.stop)]
        return ":".join(parts + ([] if index.step is None else [str(index.step)]))
    if index is Ellipsis:
        return "..."
    return f"array{np.shape(index)}" if isinstance(index, np.ndarray) else str(index)
