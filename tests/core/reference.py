"""Derivatives where slopes are not finite, by their definition and nothing else: slowly.

A recorded graph is gone along entry by entry. The derivative of every entry by every input is kept
as a polynomial of unknown numbers, one for each slope that is infinite or NaN, and :func:`known`
says at the end what is known of it. Exact but for rounding; it shares with what it is held against
the recording and the rules, but no guess.
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

import admodes as ad
from admodes.core.rules import Broadcast, Elementwise, Linear

INFINITE, UNDEFINED, MADE, FLAT = "infinite", "undefined", "made", "flat"


class Term(NamedTuple):
    """The coefficient of a monomial, and what it is made of."""

    value: float
    size: float  #: of the sum of magnitudes
    terms: int
    extreme: bool  #: some product on the way may leave the range of a float

    def times(self, coefficient):
        value = self.value * coefficient
        extreme = self.extreme or not all(map(_ordinary, (coefficient, value)))
        return Term(value, self.size * abs(coefficient), self.terms, extreme)

    def plus(self, other):
        return Term(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def is_nothing(self):
        return abs(self.value) <= 1e-12 * self.size

    @property
    def is_doubtful(self):
        """Whether rounding decides, or the order of the products."""
        return self.extreme or (self.is_nothing and self.terms > 2)


def _ordinary(number, limit=1e150):
    return number == 0 or 1 / limit < abs(number) < limit


NOTICED = 1e12
"""Whose times what an unknown number is multiplied by, and no more, may stand beside it."""


ZERO = Term(0.0, 0.0, 0, False)


def gradient(f, x):
    """Of a function of one array: the derivatives, and where rounding may make them others.

    It may everywhere where a number is so large or so small that a product may leave the range of a
    float: whether it does depends on the order of the products. And it may where an unknown number
    is too small to be noticed beside what is known.
    """
    with np.errstate(all="ignore"):
        graph = ad.graph(f, x)
        (source,), (output,) = graph.inputs, graph.outputs
        one = {(): Term(1.0, 1.0, 1, False)}
        derivatives = {source: {(i, i): one for i in range(source.size)}}
        for node in graph.nodes:
            edges = [edge for edge in graph.edges if edge.target is node]
            if edges:
                derivatives[node] = _chained(edges, derivatives)
        every = [slope for edge in graph.edges for _, _, slope, _ in slopes(edge, 0)]
        every += [x for node in graph.nodes for x in np.ravel(node.value) if np.isfinite(x)]
    found = np.zeros(source.size)
    doubtful = np.full(source.size, not all(map(_ordinary, every)))
    for (_, entry), polynomial in derivatives[output].items():
        found[entry] = known(polynomial)
        doubtful[entry] |= any(term.is_doubtful for term in polynomial.values())
        beside = abs(polynomial.get((), ZERO).value) / NOTICED
        doubtful[entry] |= any(abs(t.value) < beside for by, t in polynomial.items() if by)
    return found, doubtful


def is_doubtful_to_second_order(f, x):
    """Whether an unknown number may not be noticed, or a square may leave the range of a float."""
    with np.errstate(all="ignore"):
        every = [each for edge in ad.graph(f, x).edges for each in slopes(edge, 0)]
    limit = NOTICED if any(unknown for *_, unknown in every) else 1e75
    return not all(_ordinary(slope, limit) for _, _, slope, _ in every)


def _chained(edges, derivatives):
    """Of a node, by those of its arguments and by the slopes between: sums over paths."""
    total = defaultdict(lambda: defaultdict(lambda: ZERO))
    for number, edge in enumerate(edges):
        of_entry = defaultdict(list)
        for (own, by), polynomial in derivatives[edge.source].items():
            of_entry[own].append((by, polynomial))
        for out, own, coefficient, unknown in slopes(edge, number):
            for by, polynomial in of_entry[own]:
                for monomial, term in polynomial.items():
                    key = tuple(sorted((*monomial, *unknown), key=repr))
                    total[out, by][key] = total[out, by][key].plus(term.times(coefficient))
    return total


def known(polynomial):
    """A number, an infinity, or NaN."""
    constant, signs = 0.0, []
    there = {frozenset(each): term for each, term in polynomial.items() if not term.is_nothing}
    infinite = [each for each in there if {kind for kind, *_ in each} == {INFINITE}]
    for monomial, term in there.items():
        kinds = {kind for kind, *_ in monomial}
        if kinds == {INFINITE} and any(monomial < each for each in infinite):
            continue  # u beside u v, whose v is larger than any number
        large = {each for each in monomial if each[0] == INFINITE}
        if kinds == {INFINITE, FLAT} and any(large <= each for each in infinite):
            continue  # u f beside u, whose f is smaller than any number
        if not kinds:
            constant += term.value
        elif kinds != {FLAT}:  # which is 0, but to an unknown number
            signs.append(np.sign(term.value) if kinds == {INFINITE} else np.nan)
    if not signs:
        return constant
    return signs[0] * np.inf if np.min(signs) == np.max(signs) else np.nan


# --- The slopes of one operation by one argument --------------------------------------------------


def slopes(edge, number):
    """``(entry of the output, entry of the argument, coefficient, unknown numbers)`` of each."""
    if isinstance(edge.primitive, (Elementwise, Broadcast)):
        found = _of_entries(edge)
    elif isinstance(edge.primitive, Linear):
        found = _of_units(edge, edge.residual)
    elif edge.primitive.multiplies:
        found = _of_products(edge)
    else:
        found = _of_units(edge, edge.residual)
    for out, own, slope, kind, name in found:
        unknown = (edge.target.index, number, name)
        if kind is not None:
            yield out, own, 1.0, ((kind, *unknown),)
        elif np.isinf(slope):
            yield out, own, np.sign(slope), ((INFINITE, *unknown),)
        elif slope != 0:
            yield out, own, float(slope), ()


def _of_entries(edge):
    """Of an elementwise operation: the partial derivative at each entry, by where that is from."""
    base, kept, shape = edge.primitive, edge.residual, edge.target.shape
    if isinstance(base, Broadcast):
        base, kept = base.primitive, kept[0]
    factor = base.factors[edge.argument]
    y, *args = (None if x is None else np.asarray(x)[()] for x in kept)
    if factor.constant is not None:
        partial = np.float64(factor.constant)
    else:
        partial = factor.function(y, *args) if factor.function else kept[factor.position]
    if all(x is not None for x in args):
        y = edge.target.value  # of minus infinity NumPy has two roots: by ** and by np.power
    every = [None if x is None else np.broadcast_to(x, shape).ravel() for x in (y, *args)]
    own = np.broadcast_to(np.arange(edge.source.size).reshape(edge.source.shape), shape).ravel()
    for out, slope in enumerate(np.broadcast_to(partial, shape).ravel()):
        y, *args = (None if x is None else x[out] for x in every)
        kind = UNDEFINED if np.isnan(slope) else None
        if factor.constant is None and y is not None:
            x = args[edge.argument]
            if slope == 0 and np.isinf(y) and (x is None or x == y):
                kind = FLAT
            if np.isnan(y) and not np.isnan([x for x in args if x is not None]).any():
                kind = MADE if _makes_nan(base.function, args) else kind
        yield out, int(own[out]), slope, kind, out


def _makes_nan(function, args):
    """Whether it may be of numbers that are none; an argument that is not kept may be any."""
    tried = ([x if x is not None else other for x in args] for other in (0.0, 1.0, np.inf))
    return any(np.isnan(function(*each)) for each in tried)


def _of_units(edge, residual, name=None):
    """By pulling back one entry of the output after another."""
    active = [True if each else None for each in edge.active]
    for out in range(edge.target.size):
        unit = np.zeros(edge.target.shape)
        unit.reshape(-1)[out] = 1
        row = edge.primitive.pull(residual, unit[()], active)[edge.argument]
        for own, slope in enumerate(np.ravel(row)):
            kind = UNDEFINED if np.isnan(slope) else None
            yield out, own, slope, kind, name or (out, own)


def _of_products(edge):
    """What multiplies the argument, entry by entry where it is not finite."""
    arrays, *rest = edge.residual
    # Of a product of all entries of an array: what multiplies each.
    other = next((i for i in range(len(arrays)) if i != edge.argument), 0)

    def by(array):
        replaced = [array if i == other else x for i, x in enumerate(arrays)]
        return _of_units(edge, (tuple(replaced), *rest))

    array = np.asarray(arrays[other])
    finite = np.isfinite(array)
    yield from by(np.where(finite, array, 0.0))
    for place in zip(*np.nonzero(~finite), strict=True):
        unit = np.zeros(array.shape)
        unit[place] = 1
        for out, own, coefficient, _, _ in by(unit):
            if coefficient != 0:
                kind = UNDEFINED if np.isnan(array[place]) else None
                yield out, own, coefficient * np.where(kind, 1, array[place]), kind, place
