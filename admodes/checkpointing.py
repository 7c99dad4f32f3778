"""Recomputing in the sweep what would otherwise be stored: memory for time, in reverse mode."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from admodes.arguments import at_level, children, leaves, numeric, rebuild
from admodes.expressions import Level
from admodes.forward import dual
from admodes.reverse import Tape
from admodes.rules import Primitive, Traced, apply, plain


class _ClosesOver(Exception):
    """The function uses an expression that is none of its arguments."""


class _Recomputed(Primitive):
    """One call of a function as a single operation that keeps its arguments and nothing else."""

    fresh = False

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> None:
        super().__init__(f"checkpoint({getattr(f, '__name__', f)})", self.evaluate)
        self.f, self.args, self.kwargs = f, tuple(args), kwargs
        self.output: Any = None  # the containers and shapes of the last output

    def evaluate(self, *values: Any) -> Any:
        """The output for these leaves: as it is, or its leaves end to end in one vector."""
        levels = {id(x._level) for x in values if isinstance(x, Traced)}
        output = self.f(*rebuild(self.args, iter(values)), **self.kwargs)
        parts = [numeric(y, self.f) for _, y in leaves(output)]
        if any(isinstance(y, Traced) and id(y._level) not in levels for y in parts):
            raise _ClosesOver
        self.output = rebuild(output, (np.zeros(np.shape(plain(y))) for y in parts))
        if children(output) is None:
            return output
        return np.concatenate([np.reshape(y, (-1,)) for y in parts]) if parts else np.zeros(0)

    def unpack(self, y: Any) -> Any:
        """The output's containers from what `evaluate` gave."""
        if children(self.output) is None:
            return y
        parts, start = [], 0
        for _, part in leaves(self.output):
            parts.append(np.reshape(y[start : start + part.size], part.shape))
            start += part.size
        return rebuild(self.output, iter(parts))

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
        return np.zeros(np.shape(t)[: np.ndim(t) - np.ndim(x)] + np.shape(y))

    def pull(self, residual: Any, ct: Any, active: Any) -> Sequence[Any]:
        args, ndim = residual
        with Tape() as tape:
            inputs = [
                x if wanted is None else tape.leaf(x)
                for x, wanted in zip(args, active, strict=True)
            ]
            y = self.evaluate(*inputs)
            seeds = [(y._node, ct)] if at_level(y, tape) else []
            lead = np.shape(ct)[: np.ndim(ct) - ndim]
            wanted = [x for x, want in zip(inputs, active, strict=True) if want is not None]
            pulled = iter(tape.pull(seeds, [x._node for x in wanted], lead))
        cts = [None if want is None else next(pulled) for want in active]
        return [
            np.zeros(lead + np.shape(x)) if g is None and want is not None else g
            for g, x, want in zip(cts, args, active, strict=True)
        ]


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, recomputed in the reverse sweep instead of stored while recording.

    A recording keeps only the arguments of each call, and the sweep evaluates `f` once more: a
    chain of n checkpointed blocks of m operations holds n + m residuals in place of n·m, for one
    more evaluation (A. Griewank & A. Walther, *Evaluating Derivatives*, 2nd ed., chapter 12). Forward
    mode keeps nothing anyway, and evaluates `f` as it is.

    Parameters
    ----------
    f
        A pure function of plain NumPy code: called again, it does the same. Its arguments and its
        output may be nested containers. Expressions that it uses without taking them as arguments
        are stored as if there were no checkpoint.

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

    def recomputed(*args: Any, **kwargs: Any) -> Any:
        primitive = _Recomputed(f, args, kwargs)
        try:
            y = apply(primitive, [x for _, x in leaves(args)], {})
        except _ClosesOver:
            return f(*args, **kwargs)
        return primitive.unpack(y)

    recomputed.__name__ = f"checkpoint({getattr(f, '__name__', f)})"
    recomputed.__doc__ = f.__doc__
    return recomputed
