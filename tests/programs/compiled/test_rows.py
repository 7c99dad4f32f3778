"""A compiled program of every function: it gives what the modes give, there and elsewhere."""

import numpy as np
import pytest

from admodes.core.standing import NotFinite
from admodes.programs.program import Program
from tests.harness.points import flat
from tests.helpers import named
from tests.programs.random_programs import alike
from tests.programs.test_rows import NOTHING, TABLES, Eager, copies, moved

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')


@pytest.mark.slow
@pytest.mark.parametrize("family", TABLES)
def test_a_compiled_program_gives_the_same(family, subtests):
    rows = list(TABLES[family].values())
    # Compiling takes its time. SciPy's functions are called, and a few say so.
    for i, row in enumerate(rows[:: 8 if family == "special" else 2]):
        if row.covers in NOTHING or not all(isinstance(x, (float, np.ndarray)) for x in row.args):
            continue
        # With cotangents come values; what tangents need beside them is of few kinds.
        for what in ("tangents", "cotangents")[i % 3 > 0 :]:
            with named(subtests, f"{row}: {what}"), np.errstate(all="ignore"):
                check(Eager(row, what), row.args)


def check(eager, args):
    program = Program(eager, backend="compiled")
    try:
        program.record(*copies(args))
    except NotFinite:
        return
    for at in (args, moved(args)):
        try:
            expected = eager(*copies(at))
        except ValueError:  # a share above 1
            continue
        given = copies(at)
        for y, own in zip(flat(program(*given)), flat(expected), strict=True):
            assert alike(y, own, "compiled")
            assert np.asarray(y).dtype == np.asarray(own).dtype
        for x, before in zip(given, at, strict=True):
            np.testing.assert_array_equal(x, before)
