"""A function's own recording, with each operation's value and its place in the source.

The tape, the rules and the nodes are those of reverse mode: only the class of the variables is
another, which takes notes beside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import Traced, plain
from admodes.modes.arguments import (
    Inputs,
    Outputs,
    argument_names,
    check_callable,
    name,
    stop_gradient,
)
from admodes.modes.containers import leaves
from admodes.modes.observing import Observed, users_frame
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf

LIMIT = 5000
"""Operations that are recorded unless more are asked for: so many take 0.15 s, and 0.3 s to be
folded into a picture, so that what is refused is refused at once."""


class Note(NamedTuple):
    """What is remembered of an operation beside its node."""

    value: Any
    code: CodeType | None  # the user's, and the offset of the instruction in it
    instruction: int
    call: int  # operations of one call, as the five of np.std, have it in common
    constants: tuple[Any, ...]  # per argument: its value or shape; None where it is no constant
    index: Any  # what a read reads


class Notebook(Tape):
    """A tape that takes notes."""

    __slots__ = ("call", "inner", "limit_reached", "most", "notes", "outer")

    def __init__(self, most: int, outer: CodeType, limit_reached: str) -> None:
        super().__init__()
        self.notes: dict[int, Note] = {}
        self.most, self.limit_reached = most, limit_reached
        #: the code that calls the user's function
        self.outer = outer
        #: the last frame that a user's called: held, so that no later frame has its id
        self.inner: FrameType | None = None
        self.call = 0

    def __exit__(self, *exception: object) -> None:
        self.inner = None  # its variables hold the tape
        super().__exit__(*exception)

    def note(
        self, node: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> None:
        if len(self.notes) == self.most:
            raise ValueError(self.limit_reached)
        frame, inner = users_frame(self.outer)
        if inner is not self.inner:
            self.inner, self.call = inner, self.call + 1
        code, instruction = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
        constants = tuple(
            [
                None if parent is not None else plain(x) if np.ndim(plain(x)) == 0 else np.shape(x)
                for x, parent in zip(values, parents, strict=True)
            ]
        )
        index = params.get("index")
        self.notes[node[0]] = Note(plain(y), code, instruction, self.call, constants, index)


@dataclass(frozen=True)
class Recording:
    """One evaluation of a function: what the outputs depend on."""

    name: str
    inputs: list[tuple[str, Any, Any]]  #: name, value, node
    outputs: list[tuple[str, Any]]  #: path, node
    results: list[tuple[str, Any, Any]]  #: all that it returned: path, value, node or None
    nodes: list[Any]  #: of operations, in the order of creation
    notes: dict[int, Note]

    def value(self, number: int) -> Any:
        """That of an operation, by the number of its node."""
        return self.notes[number].value


def record(
    f: Callable[..., Any], args: Sequence[Any], most: int, face: str = "admodes.graph"
) -> Recording:
    """Evaluate `f` once, on variables that take notes; `face` is what the user has called."""
    check_callable(f)
    if not isinstance(most, (int, np.integer)) or isinstance(most, bool) or most < 1:
        raise ValueError(f"limit must be a positive integer, not {most!r}")
    # Inside another differentiation it is a graph of plain values.
    args = [
        stop_gradient(arg) if any(isinstance(x, Traced) for _, x in leaves(arg)) else arg
        for arg in args
    ]
    inputs = Inputs(f, args)
    limit_reached = (
        f"{name(f)} recorded more than {most:,} operations, which are too many for a graph to look "
        "at: take a part of it (fewer steps of its loop, a smaller input), compute on whole arrays "
        f"instead of number by number, or ask for more by {face}(f, ..., limit={10 * most})"
    )
    with Notebook(most, record.__code__, limit_reached) as notebook:
        variables = [leaf(notebook, x, Observed) for x in inputs.leaves]
        sources = [v._node for v in variables]
        found = Outputs(inputs.call(variables), f, notebook)
        results = list(zip(found.paths, map(plain, found.leaves), found.nodes(), strict=True))
        outputs = [(path, node) for path, _, node in results if node is not None]
    if not outputs:
        raise ValueError(
            f"{name(f)}: the output does not depend on the arguments, so nothing was recorded and "
            "there is no graph"
        )
    needed = leading_to([node for _, node in outputs])
    return Recording(
        name(f),
        list(zip(argument_names(f, args), map(plain, inputs.leaves), sources, strict=True)),
        outputs,
        results,
        needed[sum(node[0] < len(sources) for node in needed) :],
        notebook.notes,
    )


def leading_to(nodes: Sequence[Any]) -> list[Any]:
    """These nodes, and all from which a path leads to one of them, in the order of creation."""
    needed: dict[int, Any] = {}
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node[0] not in needed:
            needed[node[0]] = node
            stack.extend(parent for parent in node[3] if parent is not None)
    return [needed[number] for number in sorted(needed)]
