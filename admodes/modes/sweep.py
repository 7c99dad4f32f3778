"""The sweep back over a recording: every cotangent, from the outputs to the inputs.

:func:`sweep` is quick, and right wherever slopes are finite. Where the result holds a NaN,
:func:`pull_back` asks what is known of it (:mod:`admodes.core.singularities`), by sweeps of which
each is a guess: :func:`guessed`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from admodes.core import guessing
from admodes.core.always_zero import nothing_at
from admodes.core.guessing import Guess
from admodes.core.singularities import settled
from admodes.modes.cotangents import Parts, is_unshared, parted, released, whole, with_part
from admodes.modes.pulling import back_of
from admodes.primitives.overwriting import overwrite


def pull_back(
    nodes: Callable[[Any], Iterable[Any]],
    count: int,
    seeds: Sequence[tuple[Any, Any]],
    sources: Sequence[Any],
    directions: tuple[int, ...] = (),
    *,
    undefined: bool = False,
    values: Sequence[Any] | None = None,
    singular: bool = True,
    recorded: Callable[[], Iterable[Any]] | None = None,
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
    undefined
        Whether an output is NaN.
    values
        Those of the sources: the cotangent of a real one is real.
    singular
        Whether a slope may be infinite, which NumPy would warn of.
    recorded
        Gives all nodes, in the order of creation: what is 0 whatever the inputs are is told by
        what it was made of.

    Returns
    -------
    A cotangent a source, in memory of its own; ``None`` where no output depends on it.
    """

    def by(guess: Guess | None) -> list[Any]:
        return pull_once(nodes, count, seeds, sources, directions, singular, guess, recorded)

    return settled(by, undefined, values)


def pull_once(
    nodes: Callable[[Any], Iterable[Any]],
    count: int,
    seeds: Sequence[tuple[Any, Any]],
    sources: Sequence[Any],
    directions: tuple[int, ...] = (),
    singular: bool = True,
    guess: Guess | None = None,
    recorded: Callable[[], Iterable[Any]] | None = None,
) -> list[Any]:
    """As :func:`pull_back`, in one sweep, whatever comes of it: the quick one, or by a guess."""
    if guess is not None and recorded is not None:
        guess.asks(lambda: nothing_at(recorded))
    cts: list[Any] = [None] * count
    for node, ct in seeds:
        if guess is not None:
            ct = guess.seed(ct, node[0])
        known = cts[node[0]]
        cts[node[0]] = ct if known is None else known + ct
    if guess is not None:
        guessed(nodes(cts), cts, directions, guess)
    else:
        (sweep_quietly if singular else sweep)(nodes(cts), cts, directions)
    return [released(cts, node[0]) for node in sources]


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


sweep_quietly = np.errstate(all="ignore")(sweep)
"""The same without NumPy's warnings; a block under ``with`` costs 2.0 µs, a decorator 1.0."""


def guessed(nodes: Iterable[Any], cts: Any, directions: tuple[int, ...], guess: Guess) -> None:
    """The same as :func:`sweep`, with finite numbers in place of the slopes that are not."""
    for index, primitive, residual, parents in nodes:
        ct = whole(cts[index])
        if ct is None:
            continue
        cts[index] = None
        if primitive.add is not None:
            if parents[0] is not None:
                to = parents[0][0]
                cts[to] = with_part(cts[to], ct, primitive, residual, directions)
            continue
        if primitive is overwrite:
            gs: Any = parted(residual, ct, parents, is_unshared(ct))
        else:
            gs = guessing.pull(primitive, residual, ct, parents, directions, guess, index)
        for parent, g in zip(parents, gs, strict=False):
            if parent is not None:
                known = cts[parent[0]]
                cts[parent[0]] = g if known is None else known + g
