"""What a row costs by count: counting changes nothing, and other numbers cost the same."""

from dataclasses import astuple

import numpy as np

from admodes import forward, reverse
from admodes.counting import Counts, count, evaluation, gradient, shares, tangent
from admodes.modes.arguments import Inputs
from tests.harness.points import (
    assert_same,
    flat,
    narrow,
)


def check_counting(row):
    """Counting applies the same operations; only sums made in place may round otherwise."""

    def both(args, tangents, cotangents):
        inputs = Inputs(row.f, args)
        pushed = [t for _, t in forward.run(inputs, tangents)[2]]
        pullback, _ = reverse.record(row.f, inputs)
        return pullback.values, pushed, pullback.pull(cotangents, (2,))

    given = row.args, row.at.tangents, row.at.cotangents
    counted, counts = count(both, *given)
    assert counts.primitives or counts == Counts()
    for found, plainly in zip(flat(counted), flat(both(*given)), strict=True):
        if plainly is None:
            assert found is None
        else:
            assert_same([found], [plainly], rtol=4e-16 * max(np.size(plainly), 16))
            assert np.asarray(found).dtype == np.asarray(plainly).dtype


def check_counts_in_float32(row):
    if row.row.covers is not np.astype and any(isinstance(arg, np.ndarray) for arg in row.args):
        found = shares(row.f, *map(narrow, row.args))
        assert without_casts(found) == without_casts(row.shares)


def without_casts(found):
    """A float32 array that meets float64 is converted, which is a primitive of its own."""
    return {name: share for name, share in found.items() if name != "astype"}


def check_counts_elsewhere(row):
    """Other values count the same, but for those that decide which way the program takes."""
    if not row.kink and not has_special_entries(row.args):
        assert every_count(row.f, *(arg * (1 + 2.0**-40) for arg in row.args)) == row.counts


def has_special_entries(args):
    values = np.concatenate([np.ravel(arg) for arg in args])
    return bool(np.any(values == np.rint(values)))


def check_counts_of_directions(row):
    """Every further direction does the same work: that of local derivatives is done once."""
    evaluated, *both = row.counts
    for of, kind, one in zip((tangent, gradient), ("directions", "rows"), both, strict=True):
        two, three = (of(row.f, *row.args, **{kind: k}).cost for k in (2, 3))
        second, third = two - one.cost, three - two
        if str(row.row) not in BY_SIZE:
            assert arithmetic(second) == arithmetic(third)
            assert min(arithmetic(one.cost - second - evaluated.cost)) >= 0


#: rows where NumPy chooses an order of contraction by the sizes, of which the directions are one
BY_SIZE = {"einsum(3,),(3,4),(4,2),(2,)"}


def arithmetic(cost):
    return astuple(cost)[1:]


def check_shares(row):
    """They add up."""
    evaluated, passed, swept = row.counts
    found = row.shares.values()
    own = sum((share.evaluation for share in found), Counts())
    assert own == evaluated
    assert own + sum((share.gradient for share in found), Counts()) == swept
    pushed = own + sum((share.tangent for share in found), Counts())
    # A forward pass also pushes along what nothing uses, or has overwritten, which a recording has
    # dropped by then, and the tangent 0 of an array that was made; and it is made once more where a
    # slope is infinite.
    assert pushed.primitives <= passed.primitives
    assert pushed.cost.operations <= passed.cost.operations
    names = ("divmod", "frexp", "astype", "ones(", "quantile(2,4),(2,)")
    unused = any(name in str(row.row) for name in names)
    unused = unused or "overwrite" in row.shares
    if row.evaluations == 1 and not unused:
        assert pushed.cost.operations == passed.cost.operations


def every_count(f, *args):
    return [of(f, *args) for of in (evaluation, tangent, gradient)]
