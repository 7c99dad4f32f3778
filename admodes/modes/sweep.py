"""The sweep back over a recording: every cotangent, from the outputs to the inputs.

Cotangents add up in buffers of the sweep's own. :func:`sweep` is quick, and right wherever slopes
are finite. Where one is not, or the result holds a NaN, :func:`pull_back` takes :func:`careful`
instead, in which zero absorbs (:mod:`admodes.core.singularities`).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from admodes.core import singularities
from admodes.core.rules import Broadcast, Elementwise
from admodes.core.singularities import Infinite, Singular
from admodes.core.values import plain
from admodes.modes.cotangents import (
    LARGE,
    REAL,
    Parts,
    accumulate,
    add_part,
    has_nan,
    multiply_large,
    released,
    use_of,
    whole,
)

# --- Either way -----------------------------------------------------------------------------------


def pull_back(
    nodes: Callable[[Any], Iterable[Any]],
    count: int,
    seeds: Sequence[tuple[Any, Any]],
    sources: Sequence[Any],
    directions: tuple[int, ...] = (),
    mend: bool = True,
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

    Returns
    -------
    A cotangent a source, in memory of its own; ``None`` where no output depends on it.
    """
    cts = _seeded(count, seeds)
    try:
        own = sweep(nodes(cts), cts, directions)
        found = [released(cts[node[0]], own[node[0]]) for node in sources]
        for ct in found:
            if ct is not None and has_nan(ct) and mend:
                break
        else:
            return found
    except (Infinite, RuntimeWarning, FloatingPointError):
        pass  # a warning that NumPy was told to raise is one of zero times infinity
    cts = _seeded(count, seeds)
    own = careful(nodes(cts), cts, directions)
    return [released(cts[node[0]], own[node[0]]) for node in sources]


def _seeded(count: int, seeds: Sequence[tuple[Any, Any]]) -> Any:
    """The list of all cotangents, with those of the outputs in it."""
    cts: list[Any] = [None] * count
    for node, ct in seeds:
        known = cts[node[0]]
        cts[node[0]] = ct if known is None else known + ct
    return cts


# --- The quick way --------------------------------------------------------------------------------


def sweep(nodes: Iterable[Any], cts: Any, directions: tuple[int, ...]) -> bytearray:
    """Carry cotangents from the outputs back to the inputs, in place.

    The nodes come last first. `cts` holds each one's cotangent so far, by its number: those of the
    outputs before, those of the inputs after. The result tells, by number, whether a cotangent is
    in a buffer of the sweep's own, which may be added into.

    Raises
    ------
    Infinite
        Where a slope is infinite, and the cotangent not zero.

    The loop treats :class:`Elementwise` here, for nine operations of ten are elementwise, and a
    method call would cost as much as a float operation's whole share.
    """
    own = bytearray(len(cts))
    ndarray, add, zeros, large = np.ndarray, np.add, np.zeros, LARGE
    for index, primitive, residual, parents in nodes:
        ct = cts[index]
        if ct is None:
            continue
        cts[index] = None
        if ct.__class__ is Parts:
            ct = whole(ct)
        kind = primitive.__class__
        if kind is Elementwise or kind is Singular:
            i = 0
            for parent in parents:
                if parent is not None:
                    number, position, partial, _ = primitive.bare[i]
                    if kind is Singular and partial is not None:
                        g = None
                        if ct.__class__ is float:  # Python numbers raise, and need no error state
                            try:
                                g = ct * partial(*residual)
                            except ArithmeticError:
                                g = None
                        if g.__class__ is not float or g != g:
                            g = primitive.finite_times(ct, primitive.factors[i], residual)
                    elif number is None:
                        factor = residual[position] if partial is None else partial(*residual)
                        if factor.__class__ is ndarray and factor.nbytes >= large:
                            # An earlier parent may have been given `ct` itself.
                            mine = own[index] and primitive.fresh and i == len(parents) - 1
                            g = multiply_large(ct, factor, residual, mine)
                        else:
                            g = ct * factor
                    elif number == 1:
                        g = ct
                    else:
                        g = -ct if number == -1 else ct * number
                    to = parent[0]
                    known = cts[to]
                    if known is None:
                        cts[to] = g
                        # `ct` handed on to a single parent takes its buffer along.
                        own[to] = number != 1 or (
                            own[index] and parents.count(None) == len(parents) - 1
                        )
                    elif known.__class__ is not ndarray:
                        cts[to] = known + g
                    elif own[to] and g.__class__ is ndarray:
                        try:
                            add(known, g, known)
                        except TypeError:  # a complex one into a real one
                            cts[to] = known + g
                    else:
                        cts[to] = accumulate(known, g, to, own, number != 1)
                i += 1
        elif primitive.add is not None:
            to = parents[0][0]
            known = cts[to]
            if known is None and ct.__class__ in REAL:
                own[to] = True
                known = cts[to] = zeros(directions + residual[1], getattr(ct, "dtype", float))
            if own[to] and known.__class__ is ndarray and ct.__class__ in REAL:
                try:
                    primitive.add(known, ct, **residual[0])
                except TypeError:  # a complex one into a real one
                    cts[to] = add_part(known, ct, primitive, residual, to, own, directions)
            else:
                cts[to] = add_part(known, ct, primitive, residual, to, own, directions)
        else:
            if primitive.singular:
                pulled = primitive.pull(residual, ct, parents, primitive.finite_times)
            else:
                pulled = primitive.pull(residual, ct, parents)
            fresh = primitive.fresh
            if not fresh and kind is Broadcast and own[index]:
                # What is not `ct` itself is new, and `ct` takes its buffer along to one parent.
                fresh = [g is ct for g in pulled].count(True) == 1
            for parent, g in zip(parents, pulled):
                if parent is not None:
                    to = parent[0]
                    known = cts[to]
                    if known is not None:
                        cts[to] = accumulate(known, g, to, own, fresh)
                    else:
                        cts[to] = g
                        own[to] = fresh
    return own


# --- The careful way ------------------------------------------------------------------------------


def careful(nodes: Iterable[Any], cts: Any, directions: tuple[int, ...]) -> bytearray:
    """The same as :func:`sweep`, where zeros meet infinities.

    A zero cotangent comes of a zero slope, which may be one only to rounding, or it says that the
    value was not used: in ``where(x < 700, exp(x), 0)`` at 1000. What was not used hands on nothing
    at all, whatever its slope. So a second cotangent goes along, which is zero exactly there: the
    slopes of elementwise operations are 1 to it, and before all others it is made of random numbers
    anew, so that no sum of them cancels.
    """
    own, owns = bytearray(len(cts)), bytearray(len(cts))
    uses: list[Any] = [use_of(ct) for ct in cts]
    for index, primitive, residual, parents in nodes:
        ct, use = whole(cts[index]), whole(uses[index])
        if ct is None:
            continue
        cts[index] = uses[index] = None
        pulled = singularities.pull(primitive, residual, ct, parents, use == 0)
        if isinstance(primitive, (Elementwise, Broadcast)):
            used = primitive.pull(residual, (use != 0) * 1.0, parents, lambda use, *_: use)
        else:
            used = primitive.pull(residual, use_of(use), parents)
        for parent, g, u in zip(parents, pulled, used, strict=False):
            if parent is not None:
                to = parent[0]
                for known, part, mine in ((cts, g, own), (uses, plain(u), owns)):
                    if primitive.add is not None:
                        part = ct if known is cts else use_of(use)
                        known[to] = add_part(
                            known[to], part, primitive, residual, to, mine, directions
                        )
                    else:
                        known[to] = part if known[to] is None else known[to] + part
    return own
