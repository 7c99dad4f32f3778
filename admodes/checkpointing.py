"""Recomputing in the sweep what would otherwise be stored: memory for time, in reverse mode."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.arguments import (
    at_level,
    check_callable,
    children,
    fresh,
    is_floating,
    leaves,
    map_leaves,
    name,
    numeric,
)
from admodes.expressions import Level
from admodes.forward import Dual, dual
from admodes.reverse import leaf
from admodes.rules import Primitive, Traced, apply, plain
from admodes.segments import Segments
from admodes.tape import Tape


class _ClosesOver(Exception):
    """The function uses an expression that is none of its arguments."""


class _Recomputed(Primitive):
    """One call of a function as a single operation that keeps its arguments and nothing else."""

    fresh = False
    holds = ()

    def __init__(self, f: Callable[..., Any], call: tuple[Any, Any], segments: bool) -> None:
        super().__init__(f"checkpoint({name(f)})", self.evaluate)
        self.f, self.segments = f, segments
        #: the containers of the call, with what has no derivative in its place and no expression:
        #: one would hold the recording that holds this
        self.call = map_leaves(lambda x: _Operand if _is_operand(x) else fresh(x), call)
        #: the same of the output
        self.output: Any = None

    def evaluate(self, *values: Any) -> Any:
        """The output for these operands: as it is, or its leaves end to end in one vector."""
        levels = {id(x._level) for x in values if isinstance(x, Traced)}
        operands = iter(values)
        args, kwargs = map_leaves(lambda x: next(operands) if x is _Operand else x, self.call)
        output = self.f(*args, **kwargs)
        parts = [numeric(y, self.f) for _, y in leaves(output)]
        if any(isinstance(y, Traced) and id(y._level) not in levels for y in parts):
            raise _ClosesOver
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
            if like.__class__ is not _Outline:
                return like
            stop = start + like.size
            piece = y[start] if like.shape == () else np.reshape(y[start:stop], like.shape)
            start = stop
            return piece if piece.dtype == like.dtype else np.astype(piece, like.dtype)

        return map_leaves(part, self.output)

    def residual(self, y: Any, args: Sequence[Any], params: dict[str, Any], active: Any) -> Any:
        return tuple(args), np.ndim(y)

    def push(self, residual: Any, tangents: Sequence[Any]) -> Any:
        args, _ = residual
        with Level() as level:
            y = self.evaluate(
                *[
                    x if t is None else dual(x, t, level)
                    for x, t in zip(args, tangents, strict=True)
                ]
            )
            if at_level(y, level):
                return y._tangent
        t, x = next((t, x) for t, x in zip(tangents, args, strict=True) if t is not None)
        return np.zeros(np.shape(t)[: np.ndim(t) - np.ndim(x)] + np.shape(y), plain(t).dtype)

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        args, ndim = residual
        recording: Any = Segments() if self.segments else Tape()
        with recording as tape:
            inputs = [
                x if wanted is None else tape.leaf(x) if self.segments else leaf(tape, x)
                for x, wanted in zip(args, active, strict=True)
            ]
            y = self.evaluate(*inputs)
            seeds = [(y._node, ct)] if at_level(y, tape) else []
            lead = np.shape(ct)[: np.ndim(ct) - ndim]
            wanted = [x for x, want in zip(inputs, active, strict=True) if want is not None]
            pulled = iter(tape.pull(seeds, [x._node for x in wanted], lead))
        cts = [None if want is None else next(pulled) for want in active]
        return [
            np.zeros(lead + np.shape(x), np.result_type(plain(x)))
            if g is None and want is not None
            else g
            for g, x, want in zip(cts, args, active, strict=True)
        ]


class _Operand:
    """In the place of an argument that is differentiated by."""


class _Outline:
    """In the place of a part of an output that has derivatives."""

    __slots__ = ("dtype", "shape", "size")

    def __init__(self, value: Any) -> None:
        self.shape, self.size, self.dtype = np.shape(value), np.size(value), np.result_type(value)


def _is_operand(x: Any) -> bool:
    return isinstance(x, (Traced, float, complex, np.inexact)) or (
        isinstance(x, np.ndarray) and x.dtype.kind in "fc"
    )


def _outline(y: Any) -> Any:
    value = plain(y)
    return _Outline(value) if is_floating(value) else value


def checkpoint(f: Callable[..., Any], *, segments: bool = False) -> Callable[..., Any]:
    """The same function, recomputed in the reverse sweep instead of stored while recording.

    A recording keeps only the arguments of each call, and the sweep evaluates `f` once more: a
    chain of n checkpointed blocks of m operations holds n + m residuals in place of n·m, for one
    more evaluation (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 12).
    Forward mode keeps nothing anyway, and evaluates `f` as it is.

    Parameters
    ----------
    f
        A pure function of plain NumPy code: called again, it does the same. Its arguments and its
        output may be nested containers. Expressions that it uses without taking them as arguments
        are stored as if there were no checkpoint.
    segments
        Evaluated again, `f` is not recorded in full either: values are stored at about √n of its n
        operations and computed once more from there. For a long `f` as a whole, of which one need
        not know where to divide it.

    Returns
    -------
    A function of the same arguments.

    Examples
    --------
    >>> import numpy as np, admodes as ad
    >>> block = ad.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> _, pullback = ad.vjp(lambda x: block(block(x)), np.ones(3))
    >>> len(pullback.tape)
    2
    """

    check_callable(f)

    def recomputed(*args: Any, **kwargs: Any) -> Any:
        operands = [x for _, x in leaves((args, kwargs)) if _is_operand(x)]
        traced = [x for x in operands if isinstance(x, Traced)]
        if not traced or max(traced, key=_level_number).__class__ is Dual:
            return f(*args, **kwargs)
        primitive = _Recomputed(f, (args, kwargs), segments)
        try:
            y = apply(primitive, operands, {})
        except _ClosesOver:
            return f(*args, **kwargs)
        return primitive.unpack(y)

    recomputed.__name__ = f"checkpoint({name(f)})"
    recomputed.__doc__ = f.__doc__
    return recomputed


def _level_number(x: Traced) -> int:
    return x._level.number
