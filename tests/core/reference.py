"""Derivatives where slopes are not finite, by the definition and nothing else: slowly.

A recording is gone along entry by entry. The derivative of every entry by every input is kept as a
polynomial of unknown numbers, one for each slope that is infinite or NaN, and :func:`known` says at
the end what is known of it. It is exact but for rounding, and shares nothing with the package but
the recording and the partial derivatives.
"""

import itertools
from collections import defaultdict

import numpy as np

from admodes import reverse
from admodes.core.rules import Broadcast, Elementwise, Linear
from admodes.core.values import plain
from admodes.modes.arguments import Inputs

FLAT, MADE, INFINITE, UNDEFINED = "flat", "made", "infinite", "undefined"


def jacobian(f, *args):
    """Of each output leaf by each input leaf: an array of shape ``output + input``."""
    inputs = Inputs(f, args, {}, tuple(range(len(args))))
    with np.errstate(all="ignore"):
        pullback, _ = reverse.record(f, inputs)
        return [
            [
                _array(derivatives.get(node and node[0], {}), np.shape(y), np.shape(x))
                for x, derivatives in zip(inputs.leaves, _by_every(pullback, inputs), strict=True)
            ]
            for y, node in zip(pullback.values, pullback._nodes, strict=True)
        ]


def _by_every(pullback, inputs):
    """For each input: by the number of each node, its derivatives."""
    slopes = {
        number: (list(local_slopes(number, *rest)), rest[2]) for number, *rest in pullback.tape.nodes
    }
    for source, x in zip(pullback._sources, inputs.leaves, strict=True):
        found = {
            source[0]: {(i, i): {(): (1.0, 1.0)} for i in range(np.size(x))},
        }
        for number, (local, parents) in slopes.items():
            total = defaultdict(lambda: defaultdict(lambda: (0.0, 0.0)))
            for argument, out, entry, slope in local:
                known_before = found.get(parents[argument][0], {})
                for (own, by), polynomial in known_before.items():
                    if own == entry:
                        _add(total[out, by], polynomial, slope)
            if total:
                found[number] = total
        yield found


def _add(total, polynomial, slope):
    """Add to a polynomial the product of another with a slope: a coefficient, maybe an unknown."""
    coefficient, unknown = slope
    for monomial, (value, size) in polynomial.items():
        key = tuple(sorted((*monomial, *unknown), key=repr))
        value, size = value * coefficient, size * abs(coefficient)
        total[key] = total[key][0] + value, total[key][1] + size


def known(polynomial):
    """A number, an infinity, or NaN."""
    constant, signs = 0.0, set()
    for monomial, (value, size) in polynomial.items():
        if abs(value) <= 1e-12 * size:
            continue
        kinds = {kind for kind, *_ in monomial}
        if kinds <= {FLAT}:
            constant += 0.0 if FLAT in kinds else value
        else:
            signs.add(np.sign(value) if kinds == {INFINITE} else np.nan)
    if not signs:
        return constant
    return signs.pop() * np.inf if len(signs) == 1 else np.nan


def _array(derivatives, y, x):
    result = np.zeros((int(np.prod(y)), int(np.prod(x))))
    for (out, by), polynomial in derivatives.items():
        result[out, by] = known(polynomial)
    return result.reshape(y + x)


# --- The slopes of one operation ------------------------------------------------------------------


def local_slopes(number, primitive, residual, parents):
    """``(argument, entry of the output, entry of the argument, slope)`` of all that are not 0."""
    for argument, parent in enumerate(parents):
        if parent is None:
            continue
        if isinstance(primitive, (Elementwise, Broadcast)):
            each = _of_entries(primitive, residual, argument, len(parents))
        elif isinstance(primitive, Linear) or not primitive.multiplies:
            each = _of_units(primitive, residual, argument, len(parents))
        else:
            each = _of_products(primitive, residual, argument, len(parents))
        for out, entry, slope, kind in each:
            name = (kind, number, argument, out, entry)
            if kind in (FLAT, UNDEFINED, MADE):
                yield argument, out, entry, (1.0, (name,))
            elif np.isinf(slope):
                yield argument, out, entry, (np.sign(slope), ((INFINITE, *name[1:]),))
            elif slope:
                yield argument, out, entry, (float(slope), ())
