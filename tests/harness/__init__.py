"""How a row of the tables in tests/cases is checked: a ``check_…`` function for each thing.

Each takes a `Recorded` row and raises an ``AssertionError`` where its rule is wrong. ``CHECKS`` at
the end lists them all.
"""

import copy
from collections import Counter
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
import pytest

from admodes import reverse
from admodes.core.layout import memory_axes
from admodes.core.rules import Broadcast, Elementwise, Linear
from admodes.core.values import fresh, plain
from admodes.counting import shares, tangent
from admodes.modes.arguments import Inputs
from admodes.testing import check_modes, first_order, point
from admodes.truth.directions import pairing, pairing_size
from tests.harness.counts import (
    check_counting,
    check_counts_elsewhere,
    check_counts_in_float32,
    check_counts_of_directions,
    check_shares,
    every_count,
)
from tests.harness.memory import check_memory, check_memory_of_each
from tests.harness.other_ways import check_backward, check_backward_twice, check_careful
from tests.harness.points import (
    AtJudged,
    EverySecond,
    Point,
    as_real,
    assert_same,
    flat,
    fortran,
    lie,
    like,
    narrow,
    own,
)
from tests.harness.second_order import (
    Derivatives,
    check_against_each_other,
    check_truth,
    of_real_numbers,
    real_parts,
)


class Recorded:
    """A row, and what several checks need of it."""

    def __init__(self, row):
        self.row, self.f, self.args, self.kink = row, row.f, row.args, row.kink

    @cached_property
    def judged(self):
        return Judged(self.f, self.args)

    @cached_property
    def at(self):
        return Point(self.f, self.args) if self.empty else AtJudged(self.judged)

    @cached_property
    def is_elementwise(self):
        """Whether it is one elementwise ufunc, and nothing else."""
        primitives = [node[1] for node in self.at.pullback.tape.nodes]
        return (
            isinstance(self.row.covers, np.ufunc)
            and len(primitives) == 1
            and isinstance(primitives[0], (Broadcast, Elementwise))
        )

    @cached_property
    def layouts(self):
        """The same, its arrays being contiguous, by the first axis first, and not contiguous.

        Arguments are copied, with their layout; what the last reads of them is a view, too.
        """
        return self.at, Point(self.f, self.args, fortran, self.at), EverySecond(self.at)

    @cached_property
    def real(self):
        """The function and the arguments, complex ones as a real and an imaginary part."""
        return as_real(self.row)

    @cached_property
    def empty(self):
        return not sum(np.size(x) for x in (*self.args, *flat(self.f(*map(own, self.args)))))

    @cached_property
    def second(self):
        """Its first derivatives and theirs."""
        at = self.at
        return Derivatives(
            *of_real_numbers(self.row),
            real_parts(at.tangents),
            real_parts(at.cotangents),
            # What is elementwise, and nothing else, does not know how many there are; and what is
            # unknown at a kink is so along each.
            several=not (
                self.kink
                or (self.is_elementwise and isinstance(at.pullback.tape.nodes[0][1], Elementwise))
            ),
        )

    @property
    def has_second(self):
        return not self.empty and any(self.at.floats)

    @cached_property
    def counts(self):
        return every_count(self.f, *self.args)

    @cached_property
    def evaluations(self):
        """How often a forward pass evaluates the function: twice where a slope is infinite."""
        calls = []
        tangent(lambda *args: (calls.append(args), self.f(*args))[1], *self.args)
        return len(calls)

    @cached_property
    def shares(self):
        return shares(self.f, *self.args)


# --- Derivatives ----------------------------------------------------------------------------------


def check_first_order(row):
    """Both modes agree, one direction a pass and several, and are right unless at a kink.

    The modes are compared entry by entry, and with differences along random directions.
    """
    if row.empty:
        with pytest.raises(ValueError, match="nothing was compared"):
            check_modes(row.f, *row.args)
        return
    at = copy.copy(row.judged)
    at.judge.rtol = 1e-9
    first_order.check_values(at)
    first_order.check_adjoint(at)
    at.tangents, at.cotangents = at.tangents[-1:], at.cotangents[-1:]
    first_order.check_directions(at)
    if not row.kink:
        at.judge.rtol = None
        at.tangents = at.alone(at.tangents)  # both modes are linear, as was just seen
        first_order.check_truth(at)


def check_second_order(row):
    """The four nestings agree, along one direction and along several, and are right but at a kink.

    There, what a convention leaves unknown is NaN in all of them.
    """
    if row.has_second:
        check_against_each_other(row.second)
        if not row.kink:
            check_truth(row.second, row.judged.tangents[-1].natural)


class Judged(point.Point):
    """A function at a point, as the checks of ``admodes.testing`` take it.

    Derivatives along the same directions are computed once, whichever checks ask for them.
    """

    def __init__(self, f, args, rtol=None):
        super().__init__("tests/cases", f, tuple(args), rtol, None, 0)
        self.known = {}

    def push(self, tangents):
        return self.once(super().push, tangents)

    def replay(self, tangents):
        return self.once(super().replay, tangents)

    def pull(self, cotangents):
        return self.once(super().pull, cotangents)

    def one_by_one(self, derive, group, parts):
        """The last direction alone, in its place among all at once.

        By one it is not the first that is held against differences, nor alone in other checks.
        """
        *others, _ = group.names
        if not others:
            return super().one_by_one(derive, group, parts)
        alone = derive(group.one(len(others), parts))
        every = derive(group.leaves)
        return [np.stack([*some[:-1], one]) for some, one in zip(every, alone, strict=True)]

    def alone(self, groups):
        """The first direction of the last ones, along which the derivative is known by now."""
        *_, ts = groups
        found = ts._replace(names=ts.names[:1], leaves=[t[:1] for t in ts.leaves])
        self.known["push", id(found.leaves)] = (
            found.leaves,
            [t[:1] for t in self.push(groups[-1].leaves)],
        )
        return [found]

    def once(self, derive, along):
        key = derive.__name__, id(along)
        if key not in self.known:
            self.known[key] = along, derive(along)  # which keeps the list, and its id, alive
        return self.known[key][1]


def check_float32(row):
    """float32 in, float32 out, and the derivatives of float64."""
    args = in_float32(row.args)
    narrowed = Point(row.f, args, beside=row.at)
    plain = narrowed.only_floats(flat(row.f(*map(own, args))))
    values, *alone = narrowed.along_one()
    for found in (narrowed.values, values):
        for y, own_y in zip(found, plain, strict=True):
            if isinstance(own_y, (np.ndarray, np.generic)):
                assert y.dtype == own_y.dtype, "the value has another dtype than in NumPy"
        assert_same(found, plain, rtol=1e-3)
    for of_one, of_both in zip(
        alone, (narrowed.pushed, narrowed.pushed, narrowed.pulled), strict=True
    ):
        assert_same(of_one, [d[0] for d in of_both], rtol=1e-4)
    check_dtypes(narrowed, narrowed.pushed, narrowed.pulled)
    for pushed in alone[:2]:
        check_dtypes(narrowed, pushed, alone[2])
    check_transposed(narrowed)
    if not row.kink:
        assert_same(narrowed.pushed, row.at.pushed, rtol=1e-4)
        assert_same(narrowed.pulled, row.at.pulled, rtol=1e-4)


def check_transposed(at):
    """⟨ct, J t⟩ = ⟨Jᵀ ct, t⟩, in float32."""
    cts = at.only_floats(at.cotangents)
    largest = max(pairing_size(cts, at.pushed), pairing_size(at.pulled, at.tangents))
    gaps = np.abs(pairing(cts, at.pushed) - pairing(at.pulled, at.tangents))
    assert np.all(gaps <= 1e-3 * largest)


def check_float32_twice(row):
    """float32 is kept by derivatives of derivatives, and they are those of float64.

    At a kink, where rounding decides, they agree with each other.
    """
    args = in_float32(row.args)
    if not row.has_second or any(map(np.iscomplexobj, args)):
        return
    wide = row.second
    values = wide.f(*map(own, args))
    at = Derivatives(wide.f, args, like(wide.ts, args), like(wide.cts, values), several=False)
    if all(np.asarray(y).dtype != np.float64 for y in values):
        numbers = any(isinstance(arg, float) for arg in args)
        for found, kept in zip(
            (flat(at.pushed), flat(at.pulled)),
            (flat(at.values), at.inputs.leaves),
            strict=True,
        ):
            for derivative, own_x in zip(found, kept, strict=True):
                assert numbers or derivative.dtype == own_x.dtype, "it has another dtype"
    if row.kink:
        check_against_each_other(at, rtol=1e-3, atol=1e-5)
    else:
        for narrowed, group in zip(at.pushed, wide.pushed, strict=True):
            assert_same(narrowed[0], group[0], rtol=1e-3, atol=1e-5)
        for narrowed, ct in zip(at.pulled[0], wide.pulled[0], strict=True):
            assert_same(narrowed, ct[:: len(wide.leads)], rtol=1e-3, atol=1e-5)


def in_float32(args):
    """Arrays in float32, and numbers beside them as they are; numbers alone become NumPy's."""
    if any(isinstance(arg, np.ndarray) for arg in args):
        return [narrow(arg) for arg in args]
    return [np.complex64(arg) if np.iscomplexobj(arg) else np.float32(arg) for arg in args]


def check_dtypes(narrowed, pushed, pulled):
    """Of the derivatives at a point in float32; those by Python floats are float64."""
    if not any(isinstance(arg, (float, complex)) for arg in narrowed.args):
        for t, y in zip(pushed, narrowed.values, strict=True):
            assert t.dtype == y.dtype, "the tangent has another dtype than the value"
    if all(y.dtype in (np.float32, np.complex64) for y in narrowed.values):
        for ct, arg in zip(pulled, narrowed.args, strict=True):
            if not isinstance(arg, (float, complex)):
                assert ct.dtype == arg.dtype, "the cotangent has another dtype than the argument"


def check_layout(row):
    """Arrays that are not contiguous, as arguments, tangents and cotangents, change nothing."""
    plain, *others = row.layouts
    for other in others:
        assert_same(other.values, plain.values)
        assert_same(other.pushed, plain.pushed)
        assert_same(other.pulled, plain.pulled)


def check_memory_order(row):
    """Values lie in memory as NumPy's do, for every layout: ``ravel("K")`` asks for it."""
    for at in row.layouts:
        values = map(fresh, at.pullback.values)  # as a user gets them
        plain = flat(row.f(*(lie(arg, at.layout) for arg in row.args)))
        for y, own_y in zip(values, plain, strict=True):
            y, own_y = np.asarray(y), np.asarray(own_y)
            assert y.flags.c_contiguous == own_y.flags.c_contiguous
            assert y.flags.f_contiguous == own_y.flags.f_contiguous
            places = np.arange(y.size).reshape(y.shape)
            in_order, own_order = (places.transpose(memory_axes(each)) for each in (y, own_y))
            assert np.array_equal(in_order.ravel(), own_order.ravel())


# --- All of them ----------------------------------------------------------------------------------

#: of every row
CHECKS = {
    "first order": check_first_order,
}
#: of the rows that `new_sequences` chooses
OF_DTYPES = {
    "float32": check_float32,
}
#: of those that it chooses among those of `ways_of`
OF_DTYPES_AND_WAYS = {
    "counts in float32": check_counts_in_float32,
    "float32, twice": check_float32_twice,
}
#: of every row but those of one elementwise operation, which go the ways of the first of them
OF_ARRAYS = {
    "layout": check_layout,
    "memory order": check_memory_order,
}
#: of the first row of each function, and of those that are chosen by either below
OF_RESIDUALS = {
    "memory": check_memory,
}
#: of the rows that `new_kinds` chooses by `ways_of` their primitives
OF_WAYS = {
    "memory of each": check_memory_of_each,
    "backward": check_backward,
    "backward, twice": check_backward_twice,
    "careful": check_careful,
    "counting": check_counting,
    "counts of directions": check_counts_of_directions,
    "counts elsewhere": check_counts_elsewhere,
    "shares": check_shares,
}
#: of those that it chooses by `kinds_of` them
SECOND_ORDER = {
    "second order": check_second_order,
}


def kinds_of(primitive, kept, parents, kink):
    """What a primitive is recorded with. What is linear has no kinks of its own."""
    if isinstance(primitive, Broadcast):
        own, shapes, _ = kept
        primitive, active = primitive.primitive, tuple(parent is not None for parent in parents)
        constant = tuple(factor.constant is not None for factor in primitive.factors)
        yield Broadcast, constant, active, tuple(map(kind, shapes))
        yield from kinds_of(primitive, own, parents, kink)
    elif isinstance(primitive, Elementwise):
        kink = kink and any(factor.constant is None for factor in primitive.factors)
        active = [i for i, parent in enumerate(parents) if parent is not None]
        for pair in combinations_with_replacement(active, 2):  # by which it is derived twice
            yield primitive.name, pair, is_complex(kept), kink
    else:
        yield primitive.name, kind(kept), kink and not isinstance(primitive, Linear)


def ways_of(primitive, kept, parents, kink):
    """The same, but what is elementwise goes one way: all else is in its partial derivatives."""
    own = primitive.primitive if isinstance(primitive, Broadcast) else primitive
    for each in kinds_of(primitive, kept, parents, kink):
        if isinstance(own, Elementwise) and each[0] is not Broadcast:
            partials = tuple((f.constant is None, f.position, f.reads) for f in own.factors)
            numbers = kept[0] if own is not primitive else kept
            shapes = tuple(None if x is None else kind(x)[:1] for x in numbers)
            yield partials, own.singular, own.selects, shapes, each[-1]
        else:
            yield each


def operations(row):
    """What a row records: the primitive, the residual and the parents of each node."""
    return recorded_by(*as_real(row))


def operations_of_a_gradient(row):
    """What its gradient records, which is that of the sum of all that it gives."""
    f, args = of_real_numbers(row)

    def gradient(*xs):
        pullback, _ = reverse.record(f, Inputs(f, xs))
        found = pullback.pull([np.ones_like(plain(y)) for y in pullback.values])
        return [g for g in found if g is not None]

    return recorded_by(gradient, args)


def recorded_by(f, args):
    pullback, _ = reverse.record(f, Inputs(f, args))
    return [node[1:] for node in pullback.tape.nodes if node[1] is not None]


def new_kinds(rows, kinds_of=kinds_of, recorded=None):
    """The names of rows that record what no others do: a primitive, or a kind of shape.

    A rule may go its own way for numbers, vectors and matrices, for each of its switches, but
    hardly for each axis and length. What is elementwise knows numbers and arrays alone, and is
    broadcast as all its like are. All else is composition of rules, which is right to second order
    where they are. What an operation costs is of its shapes alone.
    """
    chosen, seen = {}, Counter()
    for name, row in rows.items():
        nodes = operations(row) if recorded is None else recorded[name]
        kinds = {each for node in nodes for each in kinds_of(*node, row.kink)}
        if not kinds <= seen.keys():
            chosen[name] = kinds
            seen.update(kinds)
    # What came first is often in what came later, too; a row of fewer kinds shows more of them.
    for name in sorted(chosen, key=lambda name: -len(chosen[name])):
        if all(seen[each] > 1 for each in chosen[name]):
            seen.subtract(chosen.pop(name))
    return set(chosen)


def new_sequences(rows, recorded):
    """The names of rows that record what none before them of their function does: other primitives,
    or the same in another order, or for arrays in place of numbers.

    Of which dtype a result is follows from these, whatever the axes and the lengths.
    """
    chosen, seen = set(), set()
    for name, row in rows.items():
        made = tuple(
            (primitive.name, *map(bool, parents)) for primitive, _, parents in recorded[name]
        )
        given = tuple((type(arg), np.result_type(arg), not np.ndim(arg)) for arg in row.args)
        key = row.covers, row.kink, made, given
        if key not in seen:
            seen.add(key)
            chosen.add(name)
    return chosen


def is_complex(kept):
    return any(np.iscomplexobj(x) for x in kept if x is not None)


def kind(kept):
    """What a residual is made of, without its numbers."""
    if isinstance(kept, (np.ndarray, np.generic)):
        return kept.dtype.kind, kept.ndim, not kept.size
    if isinstance(kept, (tuple, list)):
        if all(type(part) is int for part in kept):  # axes or a shape
            return len(kept), 0 in kept
        return tuple(map(kind, kept))
    if isinstance(kept, dict):
        return tuple((name, kind(part)) for name, part in kept.items())
    return kept if isinstance(kept, (bool, str)) else type(kept).__name__
