"""A compiled program of every function: it gives what the modes give, there and elsewhere."""

import numpy as np
import pytest

from tests.helpers import named
from tests.programs.random_programs import alike
from tests.programs.test_rows import NOTHING, TABLES, Eager, check

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')


@pytest.mark.slow
@pytest.mark.parametrize("family", TABLES)
def test_a_compiled_program_gives_the_same(family, subtests):
    rows = list(TABLES[family].values())
    # Compiling takes its time. SciPy's functions are called, and a few say so.
    for i, row in enumerate(rows[:: 12 if family == "special" else 3]):
        if row.covers in NOTHING or not all(isinstance(x, (float, np.ndarray)) for x in row.args):
            continue
        # With cotangents come values; what tangents need beside them is of few kinds.
        for what in ("tangents", "cotangents")[i % 3 > 0 :]:
            with named(subtests, f"{row}: {what}"), np.errstate(all="ignore"):
                check(Eager(row, what), row.args, "compiled", agree)


def agree(y, own):
    assert alike(y, own, "compiled")
