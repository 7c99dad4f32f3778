"""A program of every function: it gives, bit for bit, what the modes give, there and elsewhere."""

import numpy as np
import pytest

import admodes as ad
from admodes.core.stand_ins import NotFinite
from admodes.programs.modes import Repeated
from admodes.programs.program import Program
from tests import cases
from tests.harness.points import flat
from tests.helpers import named

TABLES = {
    family: {row.covers: row for row in reversed(table)} for family, table in cases.tables().items()
}
#: whose numbers are none
NOTHING = {np.empty, np.empty_like}


class Eager(Repeated):
    """What a program repeats."""

    title = "row"

    def __init__(self, row, what):
        self.row, self.what = row, what

    def names(self, args):
        return [f"x{i}" for i in range(len(args))]

    def __call__(self, *args):
        f = self.row.f
        if self.what == "value":
            return f(*args)
        if self.what == "tangents":
            return ad.jvp(f, args, tuple(map(one, args)))
        y, pullback = ad.vjp(f, *args)
        return y, pullback(tree(one, y))


def tree(function, y):
    if isinstance(y, (tuple, list)):
        parts = [tree(function, part) for part in y]
        return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)
    return function(y)


def one(x):
    """A direction of the type of `x`."""
    x = ad.stop_gradient(x)
    return np.ones_like(x) if isinstance(x, (np.ndarray, np.generic)) else 1.0


@pytest.mark.slow
@pytest.mark.parametrize("family", TABLES)
def test_a_program_repeats_what_was_recorded(family, subtests):
    rows = list(TABLES[family].values())
    for i, row in enumerate(rows[:: 4 if family == "special" else 1]):  # SciPy's are one step each
        args = row.args
        if row.covers in NOTHING or not all(isinstance(x, (float, np.ndarray)) for x in args):
            continue
        # With tangents and with cotangents come values.
        for what in ("value", "tangents", "cotangents")[i % 3 > 0 :]:
            with named(subtests, f"{row}: {what}"), np.errstate(all="ignore"):
                check(Eager(row, what), args)


def identical(y, own):
    equal(y, own)
    assert type(y) is type(own)


def equal(x, y):
    """As NumPy's assertion, which takes longer than most of the programs do."""
    if bits(x) != bits(y):
        np.testing.assert_array_equal(x, y)


def bits(x):
    x = np.asarray(x)
    return x.shape, x.dtype, x.tobytes()


def check(eager, args, backend="numpy", agree=identical):
    """`agree` raises where two results are not as they should be. How many recordings it took."""
    program, own = Program(eager, backend=backend), eager(*copies(args))
    try:
        program.record(*copies(args), expected=own)
    except NotFinite:
        return 0
    for at, times in ((args, 2), (moved(args), 1)):
        try:
            expected = flat(own if at is args else eager(*copies(at)))
        except ValueError:  # a share above 1
            continue
        for _ in range(times):
            given = copies(at)
            for y, own in zip(flat(program(*given)), expected, strict=True):
                agree(y, own)
                assert np.asarray(y).dtype == np.asarray(own).dtype
            for x, before in zip(given, at, strict=True):
                equal(x, before)
    return len(program.variants)


def copies(args):
    return [x.copy("K") if isinstance(x, np.ndarray) else x for x in args]


def moved(args):
    """Another point nearby."""
    return [x * (1 + 1e-3) if type(x) is float else (x * (1 + 1e-3)).astype(x.dtype) for x in args]
