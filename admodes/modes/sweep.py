"""The sweep back over a recording: every cotangent, from the outputs to the inputs.

:func:`sweep` is quick, and right wherever slopes are finite. Where the result holds a NaN,
:func:`pull_back` takes :func:`careful` instead, in which zero absorbs
(:mod:`admodes.core.singularities`).
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from admodes.core import singularities
from admodes.core.rules import Broadcast, Elementwise
from admodes.core.values import plain
from admodes.modes.cotangents import Parts, released, whole, with_part
from admodes.modes.pulling import back_of


def pull_back(
    nodes: Callable[[Any], Iterable[Any]],
    count: int,
    seeds: Sequence[tuple[Any, Any]],
    sources: Sequence[Any],
    directions: tuple[int, ...] = (),
    mend: bool = True,
    singular: bool = True,
) -> list[Any]:
    """Cotangents of the `sources`, from those of the outputs.

    Parameters
    ----------
    nodes
        Gives the nodes, last first, as often as it is called, by the list of all cotangents.
    count
        More than the number of any node.
    seeds
        The nodes of the outputs, with their cotangents, whose leading axes are `directions`. Of a
        node only the number is looked at, its first item.
    sources
        The nodes of the inputs.
    mend
        Whether a NaN is worth another sweep. It is not where the output itself is one.
    singular
        Whether a slope may be infinite, which NumPy would warn of.

    Returns
    -------
    A cotangent a source, in memory of its own; ``None`` where no output depends on it.
    """
    cts = _seeded(count, seeds)
    try:
        if singular:
            with np.errstate(all="ignore"):
                sweep(nodes(cts), cts, directions)
        else:
            sweep(nodes(cts), cts, directions)
        found = [released(cts, node[0]) for node in sources]
        if not mend:
            return found
        for ct in found:
            if ct is not None and singularities.has_nan(ct):
                break
        else:
            return found
    except (ArithmeticError, RuntimeWarning):
        pass  # Python's numbers raise where NumPy's give an infinity, and so do NumPy's if told to
    cts = _seeded(count, seeds)
    careful(nodes(cts), cts, directions)
    return [released(cts, node[0]) for node in sources]


def _seeded(count: int, seeds: Sequence[tuple[Any, Any]]) -> Any:
    """The list of all cotangents, with those of the outputs in it."""
    cts: list[Any] = [None] * count
    for node, ct in seeds:
        known = cts[node[0]]
        cts[node[0]] = ct if known is None else known + ct
    return cts


def sweep(nodes: Iterable[Any], cts: Any, directions: tuple[int, ...]) -> None:
    """Carry cotangents from the outputs back to the inputs, in place.

    The nodes come last first. `cts` holds each one's cotangent so far, by its number: those of the
    outputs before, those of the inputs after.
    """
    for index, primitive, residual, parents in nodes:
        ct = cts[index]
        if ct is not None:
            cts[index] = None
            if ct.__class__ is Parts:
                ct = whole(ct)
            back = primitive.back or back_of(primitive)
            back(primitive, residual, ct, parents, cts, directions)


def careful(nodes: Iterable[Any], cts: Any, directions: tuple[int, ...]) -> None:
    """The same as :func:`sweep`, where zeros meet infinities.

    A zero cotangent comes of a zero slope, which may be one only to rounding, or it says that the
    value was not used: in ``where(x < 700, exp(x), 0)`` at 1000. What was not used hands on nothing
    at all, whatever its slope. So a second cotangent goes along, which is zero exactly there: the
    slopes of elementwise operations are 1 to it, and before all others it is made of random numbers
    anew, so that no sum of them cancels.
    """
    uses: list[Any] = [_use_of(ct) for ct in cts]
    for index, primitive, residual, parents in nodes:
        ct, use = whole(cts[index]), whole(uses[index])
        if ct is None:
            continue
        cts[index] = uses[index] = None
        pulled = singularities.pull(primitive, residual, ct, parents, use == 0)
        if isinstance(primitive, (Elementwise, Broadcast)):
            used = primitive.pull(residual, (use != 0) * 1.0, parents, lambda use, *_: use)
        else:
            used = primitive.pull(residual, _use_of(use), parents)
        for parent, g, u in zip(parents, pulled, used, strict=False):
            if parent is not None:
                to = parent[0]
                for known, part in ((cts, g), (uses, plain(u))):
                    if primitive.add is not None:
                        part = ct if known is cts else _use_of(use)
                        known[to] = with_part(known[to], part, primitive, residual, directions)
                    else:
                        known[to] = part if known[to] is None else known[to] + part


def _use_of(ct: Any) -> Any:
    """Random numbers from 1 to 2 in place of what is not zero: sums of them are not zero either."""
    if ct is None:
        return None
    value = plain(ct)
    size = np.size(value)
    weights = _weights(_WEIGHTS)[:size] if size <= _WEIGHTS else _weights.__wrapped__(size)
    return (value != 0) * weights.reshape(np.shape(value))


_WEIGHTS = 1 << 14  # that are drawn once, for to draw takes six times as long as all else here


@lru_cache(maxsize=1)
def _weights(size: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(1, 2, size)
