"""A function recorded once more, for the slopes of a graph that is known."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.core.values import plain
from admodes.jacobians.elimination.numbers import Numbers, structure
from admodes.modes.arguments import Inputs, Outputs
from admodes.modes.observing import Observed
from admodes.modes.recordings.recording import leading_to
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf


class _Unwatched(Tape):
    """A tape for :class:`Observed` variables, which record the same nodes for all that look on."""

    __slots__ = ("shapes",)

    def __init__(self) -> None:
        super().__init__()
        self.shapes: dict[int, tuple[int, ...]] = {}

    def note(self, node: Any, y: Any, *_operation: Any) -> None:
        self.shapes[node[0]] = np.shape(plain(y))


def nodes_of(f: Callable[..., Any], args: Sequence[Any], numbers: Numbers) -> list[Any]:
    """The operations of ``f(*args)``, which must be those that `numbers` were recorded of.

    Raises
    ------
    ValueError
        Where they are not.
    """
    inputs = Inputs(f, args)
    with _Unwatched() as tape:
        variables = [leaf(tape, x, Observed) for x in inputs.leaves]
        sources = [variable._node for variable in variables]
        outputs = Outputs(inputs.call(variables), f, tape)
        results = outputs.nodes()
        nodes = [
            node
            for node in leading_to([node for node in results if node is not None])
            if node[0] >= len(sources)
        ]
    shapes = [np.shape(plain(x)) for x in inputs.leaves]
    if shapes != numbers.shapes:
        raise ValueError(
            f"{numbers.name}: the arguments have shapes {shapes}, and the graph was recorded for "
            f"{numbers.shapes}: admodes.eliminate(f, ...) for these"
        )
    ends = list(zip(map(plain, outputs.leaves), results, strict=True))
    if structure(nodes, sources, ends, tape.shapes.__getitem__) != numbers.structure:
        raise ValueError(
            f"{numbers.name} computes something else at these arguments, by another branch say: "
            "admodes.eliminate(f, ...) for them"
        )
    return nodes
