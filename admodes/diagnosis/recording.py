"""One evaluation of a function with every operation's arguments, value and place in the source.

Beside the operations, it notes what the function takes from its numbers without a derivative: the
result of ``np.floor``, of a comparison, of ``argmax``.
"""

import itertools
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from admodes.core import singularities
from admodes.core.rules import Broadcast, Primitive
from admodes.core.values import Traced, plain, plain_inside
from admodes.diagnosis.lines import Line
from admodes.modes.arguments import Inputs, Outputs
from admodes.modes.expressions import Expression
from admodes.modes.observing import Observed, users_frame
from admodes.modes.operators import COMPARISONS, METHODS
from admodes.modes.tape import Tape, owned
from admodes.modes.variables import leaf


class Operation(NamedTuple):
    """A primitive as it was applied."""

    number: int  #: of its node
    primitive: Primitive  #: as recorded: it may be a `Broadcast`
    residual: Any
    parents: tuple[Any, ...]  #: the nodes of its arguments, ``None`` for constants
    args: tuple[Any, ...]  #: one level down
    params: dict[str, Any]
    value: Any
    line: Line | None

    @property
    def base(self) -> Primitive:
        """The primitive as it was declared."""
        p = self.primitive
        return p.primitive if isinstance(p, Broadcast) else p

    @property
    def name(self) -> str:
        return self.primitive.name

    def active(self) -> list[int]:
        """The positions of the arguments that are no constants."""
        return [i for i, parent in enumerate(self.parents) if parent is not None]

    def function(self, args: Sequence[Any]) -> Any:
        """Its function at other arguments."""
        return self.primitive.function(*args, **self.params)


class Taken(NamedTuple):
    """What was taken from an expression without a derivative."""

    name: str
    result: Any
    of: Any  #: the value that it was taken from
    line: Line | None


class Notebook(Tape):
    """A tape that takes notes."""

    __slots__ = ("log", "outer")

    def __init__(self, outer: CodeType) -> None:
        super().__init__()
        #: operations, and what was taken, in the order of the program
        self.log: list[Operation | Taken] = []
        #: the code that calls the user's function
        self.outer = outer

    def line(self) -> Line | None:
        frame, _ = users_frame(self.outer)
        return None if frame is None else Line(frame.f_code.co_filename, frame.f_lineno)

    def note(
        self, node: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> None:
        number, applied, residual, _ = node
        args = tuple(
            [
                x if parent is not None else self.own(x)
                for x, parent in zip(values, parents, strict=True)
            ]
        )
        kept = {key: owned(value) for key, value in params.items()}
        line = self.line()
        self.log.append(Operation(number, applied, residual, parents, args, kept, y, line))

    def take(self, name: str, result: Any, of: Any) -> None:
        self.log.append(Taken(name, owned(plain_inside(result)), of, self.line()))


class Noted(Observed):
    """A variable that also tells what is made of it without a derivative."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        result = super().__array_ufunc__(ufunc, method, *inputs, **options)
        return self._taken(ufunc.__name__, result)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        result = super().__array_function__(function, types, args, kwargs)
        return self._taken(function.__name__, result)

    def _taken(self, name: str, result: Any) -> Any:
        if not isinstance(result, Traced) and not _holds_traced(result):
            notebook: Any = self._level
            notebook.take(name, result, plain(self))
        return result

    def __bool__(self) -> bool:
        return self._taken("bool", super().__bool__())

    @property
    def value(self) -> Any:
        return self._taken(".value", super().value)


def _holds_traced(result: Any) -> bool:
    return isinstance(result, (tuple, list)) and any(
        isinstance(x, Traced) or _holds_traced(x) for x in result
    )


def _taking(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._taken(name, method(self, *args, **kwargs))

    return call


for _name in METHODS:
    setattr(Noted, _name, _taking(_name, getattr(Expression, _name)))
for _name, _sign in zip(COMPARISONS, ("<", "<=", "==", "!=", ">", ">="), strict=True):
    setattr(Noted, f"__{_name}__", _taking(_sign, getattr(Expression, f"__{_name}__")))


class Recording:
    """One evaluation at `values`, which stand for the leaves of the arguments."""

    def __init__(self, inputs: Inputs, values: Sequence[Any], places: Sequence[int]) -> None:
        with Notebook(Recording.__init__.__code__) as notebook:
            variables = [leaf(notebook, x, Noted) for x in values]
            self.sources = [v._node for v in variables]
            found = Outputs(inputs.call(variables), inputs.function, notebook)
            nodes = found.nodes()
            self.outputs = [nodes[i] for i in places]
            self.values = [plain(found.leaves[i]) for i in places]
        self.inputs = list(values)
        self.log = notebook.log
        self.operations = [each for each in self.log if isinstance(each, Operation)]
        self.by_number = {each.number: each for each in self.operations}

    def value_of(self, number: int) -> Any:
        """The value of a node."""
        if number < len(self.inputs):
            return self.inputs[number]
        return self.by_number[number].value


class Run:
    """A tangent carried forward and a cotangent carried back along a recording, all of it kept."""

    def __init__(self, recording: Recording, tangents: Sequence[Any], cts: Sequence[Any]) -> None:
        self.recording, self.operations, self.seeds = recording, recording.operations, cts
        #: by the number of the node
        self.tangents = {
            node[0]: t for node, t in zip(recording.sources, tangents, strict=True) if t is not None
        }
        self.cts: dict[int, Any] = {}
        #: by the number of the operation: the cotangent that it hands to each argument
        self.pulled: dict[int, list[Any]] = {}
        self._push()
        self._pull(cts)

    def _push(self) -> None:
        for op in self.recording.operations:
            own = self.of_args(op)
            if any(t is not None for t in own):
                found = singularities.pushed(op.primitive, op.residual, own, ())
                self.tangents[op.number] = found

    def _pull(self, cts: Sequence[Any]) -> None:
        for node, ct in zip(self.recording.outputs, cts, strict=True):
            if node is not None and ct is not None:
                self._add(node[0], ct)
        for op in reversed(self.recording.operations):
            ct = self.cts.get(op.number)
            if ct is not None:
                found = singularities.pulled(op.primitive, op.residual, ct, op.parents, ())
                pairs = list(itertools.zip_longest(op.parents, found[: len(op.parents)]))
                self.pulled[op.number] = [None if parent is None else g for parent, g in pairs]
                for parent, g in pairs:
                    if parent is not None and g is not None:
                        self._add(parent[0], g)

    def _add(self, number: int, g: Any) -> None:
        self.cts[number] = self.cts[number] + g if number in self.cts else g

    def pushed(self) -> list[Any]:
        """The tangents of the outputs."""
        nodes = zip(self.recording.outputs, self.recording.values, strict=True)
        found = [(None if node is None else self.tangents.get(node[0]), y) for node, y in nodes]
        return [np.zeros(np.shape(y)) if t is None else t for t, y in found]

    def product(self) -> float:
        """``⟨ct, J t⟩``."""
        pairs = zip(self.seeds, self.pushed(), strict=True)
        return sum(float(np.sum(np.real(np.asarray(ct) * t))) for ct, t in pairs if ct is not None)

    def of_args(self, op: Operation) -> list[Any]:
        """The tangents of an operation's arguments."""
        return [None if parent is None else self.tangents.get(parent[0]) for parent in op.parents]
