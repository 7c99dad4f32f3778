"""A recording followed once more: of each operation its place in the source, and what it made.

Looking for the user's line while recording would make that many times slower, and hardly anybody
asks. So who asks pays: the function is evaluated again, on variables that keep no residual.
"""

import warnings
from collections.abc import Collection, Sequence
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from admodes.core.values import plain
from admodes.measure.hearing import listening
from admodes.modes.arguments import Inputs
from admodes.modes.observing import Watched, users_frame
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf, variable


class Seen(NamedTuple):
    """What a recording does not keep of an operation."""

    operation: str
    shape: tuple[int, ...]
    dtype: str
    constants: tuple[Any, ...]  #: an argument's value or shape; ``None`` where it is no constant
    line: tuple[str, int] | None  #: the user's: file and number
    parents: tuple[int | None, ...]


class Following(Tape):
    """A tape that keeps nothing but what was `seen` of the operations with the `wanted` numbers."""

    __slots__ = ("outer", "seen", "wanted")

    def __init__(self, wanted: Collection[int], outer: CodeType) -> None:
        super().__init__()
        self.wanted = wanted
        #: the code that calls the user's function
        self.outer = outer
        self.seen: dict[int, Seen] = {}

    def see(self, number: int, primitive: Any, y: Any, values: Any, parents: Any) -> None:
        frame, _ = users_frame(self.outer)
        line = None if frame is None else (frame.f_code.co_filename, frame.f_lineno)
        value = plain(y)
        self.seen[number] = Seen(
            primitive.name,
            np.shape(value),
            str(np.result_type(value)),
            tuple(map(_constant, values, parents)),
            line,
            tuple([None if parent is None else parent[0] for parent in parents]),
        )


def _constant(value: Any, parent: Any) -> Any:
    if parent is not None:
        return None
    value = plain(value)
    return value if np.ndim(value) == 0 else np.shape(value)


class Followed(Watched):
    """A variable that is numbered as the recording numbered it, and holds on to nothing."""

    __slots__ = ()
    _watched = False  # so that all goes the way that it went there

    def _record(
        self, primitive: Any, y: Any, values: Sequence[Any], parents: Any, params: dict[str, Any]
    ) -> Any:
        tape: Any = self._level
        number = next(tape.numbers)
        if number in tape.wanted:
            tape.see(number, primitive, y, values, parents)
        return variable(y, (number, None, None, ()), tape, Followed)


def follow(inputs: Inputs, wanted: Collection[int]) -> tuple[dict[int, Seen], int]:
    """Evaluate the function again: what there is to see, and how many numbers were given out.

    What the function prints, and what NumPy warns of, was said when it was recorded, and is not
    said again.
    """
    with (
        Following(wanted, follow.__code__) as tape,
        listening(repeat=False),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        # As a graph of plain values, whatever the level that the recording stood on.
        inputs.call([leaf(tape, plain(x), Followed) for x in inputs.leaves])
    return tape.seen, tape.size
