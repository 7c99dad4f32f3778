"""One call of a function as a single operation that is computed again in the sweep."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.checkpoints.segments import Segments
from admodes.core.always_zero import nothing_at
from admodes.core.guessing import Guess
from admodes.core.levels import Level
from admodes.core.rules import Primitive
from admodes.core.values import Traced, directions, fresh, is_floating, plain
from admodes.modes.arguments import at_level, numeric
from admodes.modes.containers import children, leaves, map_leaves
from admodes.modes.duals import dual
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf


class ClosesOver(Exception):
    """The function uses an expression that is none of its arguments."""


class Recomputed(Primitive):
    """One call of a function as a single operation that keeps its arguments and nothing else."""

    holds = ()
    takes_guess = True

    def __init__(
        self, title: str, f: Callable[..., Any], call: tuple[Any, Any], segments: bool = False
    ) -> None:
        super().__init__(f"checkpoint({title})", f)
        del self.function  # which is a method here: to hold that one would be a reference cycle
        self.f, self.segments = f, segments
        #: the containers of the call, with what has no derivative in its place and no expression:
        #: one would hold the recording that holds this
        self.call = map_leaves(lambda x: Operand if is_operand(x) else fresh(x), call)
        #: the same of the output
        self.output: Any = None

    def function(self, *values: Any) -> Any:
        # The function may overwrite plain arrays, which the sweep still needs.
        return self.evaluate(*map(fresh, values))

    def evaluate(self, *values: Any) -> Any:
        """The output for these operands: as it is, or its leaves end to end in one vector."""
        args, kwargs = fill(self.call, values)
        return self.packed(self.f(*args, **kwargs), values)

    def packed(self, output: Any, operands: Sequence[Any]) -> Any:
        levels = {id(x._level) for x in operands if isinstance(x, Traced)}
        parts = [numeric(y, self.f) for _, y in leaves(output)]
        if any(isinstance(y, Traced) and id(y._level) not in levels for y in parts):
            raise ClosesOver
        self.output = map_leaves(_outline, output)
        if children(output) is None:
            return output
        parts = [np.reshape(y, (-1,)) for y in parts if is_floating(y)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def unpack(self, y: Any) -> Any:
        """The output's containers from what `evaluate` gave."""
        if children(self.output) is None:
            return y
        start = 0

        def part(like: Any) -> Any:
            nonlocal start
            if like.__class__ is not Outline:
                return like
            stop = start + like.size
            piece = y[start] if like.shape == () else np.reshape(y[start:stop], like.shape)
            start = stop
            return piece if piece.dtype == like.dtype else np.astype(piece, like.dtype)

        return map_leaves(part, self.output)

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        return tuple(args), np.ndim(y)

    def push(self, residual: Any, tangents: Sequence[Any], guess: Guess | None = None) -> Any:
        args = residual[0]
        if guess is not None:
            return self._guessed(args, tangents, guess)
        with Level() as level:
            pairs = zip(args, tangents, strict=True)
            y = self.evaluate(*[x if t is None else dual(x, t, level) for x, t in pairs])
            if at_level(y, level):
                return y._tangent
        return _flat(y, tangents, args)

    def _guessed(self, args: Sequence[Any], tangents: Sequence[Any], guess: Guess) -> Any:
        lead = directions(tangents, list(map(np.shape, args)))
        with Tape() as tape:
            inputs = [
                x if t is None else leaf(tape, x) for x, t in zip(args, tangents, strict=True)
            ]
            pairs = zip(inputs, tangents, strict=True)
            sources = [(x._node, t) for x, t in pairs if t is not None]
            y = self.evaluate(*inputs)
        if not at_level(y, tape):
            return _flat(y, tangents, args)
        return tape.push_once(sources, [y._node], lead, guess)[0]

    def pull(
        self, residual: Any, ct: Any, active: Any, guess: Guess | None = None
    ) -> Sequence[Any]:
        args, ndim = residual[:2]
        recording: Any = Segments() if self.segments else Tape()
        with recording as tape:
            inputs = [
                x if wanted is None else tape.leaf(x) if self.segments else leaf(tape, x)
                for x, wanted in zip(args, active, strict=True)
            ]
            pairs = zip(inputs, active, strict=True)
            sources = [x._node for x, want in pairs if want is not None]
            y = self.evaluate(*inputs)
            seeds = [(y._node, ct)] if at_level(y, tape) else []
            lead = np.shape(ct)[: np.ndim(ct) - ndim]
            pulled = iter(tape.pull_once(seeds, sources, lead, guess=guess))
        cts = [None if want is None else next(pulled) for want in active]
        return with_zeros(cts, args, active, lead)

    def shapes(self, residual: Any, active: Sequence[Any]) -> Sequence[Any]:
        return list(map(np.shape, residual[0]))

    def values(self, residual: Any) -> Sequence[Any]:
        return None, *residual[0]

    def always_zero(self, residual: Any, xs: Sequence[Any]) -> Any:
        with Tape() as tape:
            inputs = [
                plain(arg) if x is None else leaf(tape, plain(arg))
                for arg, x in zip(residual[0], xs, strict=True)
            ]
            y = self.evaluate(*inputs)
        if not at_level(y, tape):
            return None
        pairs = zip(inputs, xs, strict=True)
        known = {arg._node[0]: x == 0 for arg, x in pairs if x is not None}
        return nothing_at(lambda: tape.nodes, known).get(y._node[0])


def _flat(y: Any, tangents: Sequence[Any], args: Sequence[Any]) -> Any:
    """The tangent of an output that depends on none of the arguments."""
    t, x = next((t, x) for t, x in zip(tangents, args, strict=True) if t is not None)
    return np.zeros(np.shape(t)[: np.ndim(t) - np.ndim(x)] + np.shape(y), plain(t).dtype)


def with_zeros(
    cts: Sequence[Any], args: Sequence[Any], active: Sequence[Any], lead: tuple[int, ...]
) -> list[Any]:
    """Cotangents of the arguments, zeros for the active ones on which no output depends."""
    return [
        np.zeros(lead + np.shape(x), np.result_type(plain(x)))
        if g is None and want is not None
        else g
        for g, x, want in zip(cts, args, active, strict=True)
    ]


def fill(call: Any, operands: Sequence[Any]) -> Any:
    """A call's containers, these operands in their places."""
    left = iter(operands)
    return map_leaves(lambda x: next(left) if x is Operand else x, call)


class Operand:
    """In the place of an argument that is differentiated by."""


class Outline:
    """In the place of a part of an output that has derivatives."""

    __slots__ = ("dtype", "shape", "size")

    def __init__(self, value: Any) -> None:
        self.shape, self.size, self.dtype = np.shape(value), np.size(value), np.result_type(value)


def is_operand(x: Any) -> bool:
    return isinstance(x, (Traced, float, complex, np.inexact)) or (
        isinstance(x, np.ndarray) and x.dtype.kind in "fc"
    )


def _outline(y: Any) -> Any:
    value = plain(y)
    return Outline(value) if is_floating(value) else value
