"""Tangents and cotangents carried along a recording, as both modes do, and kept at every node."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from admodes.core.guessing import Guess
from admodes.core.singularities import settled
from admodes.core.values import has_nan, plain
from admodes.modes.cotangents import whole
from admodes.modes.recordings.recording import Recording
from admodes.modes.sweep import pull_once
from admodes.modes.tape import Tape


def carry(
    recording: Recording, mode: str, start: int, direction: Any, values: Sequence[Any]
) -> list[Any]:
    """The derivative of every node by one, or of one by every node.

    Parameters
    ----------
    start
        The place of the one among all nodes, inputs first: an input forward, an output in reverse.
    direction
        Its tangent or its cotangent; leading axes are directions.
    values
        Those of all nodes.

    Returns
    -------
    A derivative a node, ``None`` where there is no path. Where a slope is not finite they are what
    either mode says of it (``docs/not-finite.md``).
    """
    nodes = [*(node for _, _, node in recording.inputs), *recording.nodes]
    lead = np.shape(direction)[: np.ndim(direction) - np.ndim(values[start])]
    given = nodes[start], direction
    if mode == "forward":
        tape = Tape()
        tape.nodes = recording.nodes

        def by(guess: Guess | None) -> list[Any]:
            return tape.push_once([given], nodes, lead, guess)

        undefined = any(map(has_nan, values))
    else:

        def by(guess: Guess | None) -> list[Any]:
            return pulled_to_all(recording, nodes, given, lead, guess)

        undefined = has_nan(values[start])
    return [None if each is None else plain(each) for each in settled(by, undefined, values)]


def pulled_to_all(
    recording: Recording,
    nodes: Sequence[Any],
    given: tuple[Any, Any],
    lead: tuple[int, ...],
    guess: Guess | None,
) -> list[Any]:
    """One sweep, in which the cotangent of each node is kept when the sweep comes to it."""
    found: dict[int, Any] = {}

    def last_first(cts: list[Any]) -> Iterator[Any]:
        for node in reversed(recording.nodes):
            if cts[node[0]] is not None:
                ct = whole(cts[node[0]])
                # The sweep adds to arrays in place.
                found[node[0]] = ct.copy() if isinstance(ct, np.ndarray) else ct
            yield node

    count = 1 + max(node[0] for node in nodes)
    sources = nodes[: len(recording.inputs)]
    at_inputs = pull_once(
        last_first, count, [given], sources, lead, True, guess, lambda: recording.nodes
    )
    found |= {node[0]: each for node, each in zip(sources, at_inputs, strict=True)}
    return [found.get(node[0]) for node in nodes]
