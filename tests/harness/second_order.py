"""Second derivatives of a row, as the first ones of what its first derivatives are.

J(x) t and Jᵀ(x) ct are functions of x, of t and of ct. Made by either inner mode, along one
direction and along two at once, they are differentiated by either outer mode, in one pass each: so
all four nestings are there, however many entries the arguments have.
"""

from functools import cached_property
from itertools import islice

import numpy as np

from admodes import forward, reverse
from admodes.core.values import plain
from admodes.modes.arguments import Inputs
from admodes.truth.directions import EPSILON, Directions, largest
from admodes.truth.point import where_defined
from admodes.truth.weighing import weigh
from tests.harness.points import as_real, assert_same, first, flat, own

#: how far derivatives may be from differences, as a share of the largest
TRUTH = 1e-6


def of_real_numbers(row):
    """A row's function as one of real arguments, with the real numbers of its output as a list."""
    f, args = as_real(row)
    kinds = [np.asarray(y).dtype.kind for y in flat(f(*map(own, args)))]

    def outputs(*xs):
        found = []
        for y, kind in zip(flat(f(*xs)), kinds, strict=True):
            if kind in "fc":
                found += [np.real(y), np.imag(y)] if kind == "c" else [y]
        return found

    return outputs, args


def real_parts(directions):
    """Directions of what is complex as one of the real and one of the imaginary part."""
    found = []
    for t in directions:
        if t is not None:
            found += [t.real, t.imag] if np.iscomplexobj(t) else [t]
    return found


class Derivatives:
    """J(x) t and Jᵀ(x) ct, and the derivatives of these.

    `ts` and `cts` are two directions each, of every argument and of every number in the output.
    With `several`, those along both at once are taken too.
    """

    def __init__(self, f, args, ts, cts, several=True):
        self.f, self.args, self.ts, self.cts = f, args, ts, cts
        self.leads = [(), (2,)] if several else [()]
        self.inputs = Inputs(self.of_all, [*args, *ts, *cts])
        self.pullback, _ = reverse.record(self.of_all, self.inputs)
        self.values = self.grouped(map(plain, self.pullback.values))

    def of_all(self, *leaves):
        xs, ts, cts = self.taken_apart(leaves)
        return [*self.by_reverse(xs, cts), *self.by_forward(xs, ts)]

    def by_reverse(self, xs, cts):
        """Jᵀ ct along each lead, a leaf an argument."""
        pullback, _ = reverse.record(self.f, Inputs(self.f, xs))
        for lead in self.leads:
            gs = pullback.pull([ct if lead else ct[0] for ct in cts], lead)
            yield from map(real, gs, (t if lead else t[0] for t in self.ts))

    def by_forward(self, xs, ts):
        """J t along each lead, a leaf a number of the output."""
        for lead in self.leads:
            _, _, pairs = forward.run(Inputs(self.f, xs), [t if lead else t[0] for t in ts])
            yield from map(real, (t for _, t in pairs), (ct if lead else ct[0] for ct in self.cts))

    def taken_apart(self, leaves):
        """The arguments, the directions and the cotangents."""
        left = iter(leaves)
        return [list(islice(left, len(each))) for each in (self.args, self.ts, self.cts)]

    def grouped(self, leaves):
        """What `of_all` gives: lists of Jᵀ ct, and of J t, one of each for every lead."""
        left = iter(leaves)
        return [
            [list(islice(left, len(each))) for _ in self.leads] for each in (self.args, self.cts)
        ]

    @cached_property
    def along(self):
        """Which way arguments, directions and cotangents go."""
        xs = [first(t, x) for t, x in zip(self.ts, self.args, strict=True)]
        return [xs, [t[::-1] for t in self.ts], [ct[::-1] for ct in self.cts]]

    @cached_property
    def pushed(self):
        """How all of it changes along that, by forward mode, grouped."""
        pairs = forward.run(self.inputs, flat(self.along))[2]
        return self.grouped([real(t, np.asarray(y)) for y, t in pairs])

    @cached_property
    def against(self):
        """By what each of the groups is multiplied, Jᵀ ct by directions and J t by cotangents."""
        return [
            [each if lead else [d[0] for d in each] for lead in self.leads]
            for each in (self.ts, self.cts)
        ]

    @cached_property
    def pulled(self):
        """The derivatives of these products by all that there is, by reverse mode, a lead each."""
        count = 2 * len(self.leads)
        seeds = []
        for i, weights in enumerate(each for side in self.against for each in side):
            for w in weights:
                seed = np.zeros((count, *np.shape(w)), np.asarray(w).dtype)
                seed[i] = w
                seeds.append(seed)
        found = self.pullback.pull(seeds, (count,))
        leaves = [*self.args, *self.ts, *self.cts]
        return self.taken_apart(
            [
                np.zeros((count, *np.shape(x)), np.result_type(x)) if g is None else np.real(g)
                for g, x in zip(found, leaves, strict=True)
            ]
        )


def real(derivative, like):
    """Zeros for ``None``; of a complex number the real part counts, as all here are real."""
    if derivative is None:
        return np.zeros_like(like)
    return np.real(derivative) if np.iscomplexobj(plain(derivative)) else derivative


def check_against_each_other(at, rtol=1e-9, atol=0.0):
    """The four nestings, along one direction and along two.

    Both modes agree on the derivatives of ⟨t, Jᵀ ct⟩ = ⟨ct, J t⟩ by x, entry by entry, and on how
    each side of it changes where t and ct do, too.
    """
    by_x, *_ = at.pulled
    count = len(at.leads)
    for i in range(count):
        of_reverse, of_forward = ([g[side * count + i] for g in by_x] for side in (0, 1))
        assert_same(of_forward, of_reverse, rtol=rtol, atol=atol)
    along = flat(at.along)
    for side, groups in enumerate(at.pushed):
        if count > 1:
            one, two = groups
            assert_same([t[0] for t in two], one, rtol=rtol, atol=atol)
        for i, pushed in enumerate(groups):
            pulled = [g[side * count + i] for each in at.pulled for g in each]
            assert_equal_sums(at.against[side][i], pushed, pulled, along, rtol, atol)


def assert_equal_sums(cts, pushed, pulled, along, rtol, atol):
    """⟨ct, t⟩ = ⟨Jᵀ ct, along⟩, but for rounding."""
    left, right = (
        [a * b for a, b in zip(*pairs, strict=True)] for pairs in ((cts, pushed), (pulled, along))
    )
    forwards, backwards = (sum(map(np.sum, terms)) for terms in (left, right))
    np.testing.assert_allclose(forwards, backwards, 0, atol + rtol * largest(*left, *right))


def check_truth(at, natural):
    """Forward mode over reverse mode gives what differences of Jᵀ ct give.

    `natural` is the share of their size by which the arguments change.
    """
    values = [*at.args, *at.ts, *at.cts]
    leaves = [np.asarray(t)[None] for each in at.along for t in each]
    ts = Directions(["all"], leaves, natural, largest(*leaves))

    def gradient(values):
        xs, _, cts = at.taken_apart(values)
        return list(at.by_reverse(xs, cts))

    expected, claimed = (flat(groups[0]) for groups in (at.values, at.pushed))

    def tolerances(natural, largest):
        return TRUTH, 1e5 * EPSILON * natural + TRUTH * largest

    *_, weighed = weigh(
        where_defined(gradient, expected),
        values,
        ts,
        ts,
        [np.asarray(t)[None] for t in claimed],
        [natural * largest(y) for y in expected],
        tolerances,
        jumps=False,
    )
    for each, t in zip(weighed, claimed, strict=True):
        assert not each.open.any(), f"differences give {each.known.value[0]}, and this is {t}"
