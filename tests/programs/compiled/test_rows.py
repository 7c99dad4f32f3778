"""Compiled programs of functions of every kind: what the modes give, there and elsewhere."""

import itertools

import numpy as np
import pytest

from tests.cases import Case
from tests.helpers import named
from tests.programs.random_programs import alike
from tests.programs.test_rows import NOTHING, TABLES, Eager, check

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')


ROWS = {"tangents": [], "cotangents": []}
for family, table in TABLES.items():
    # SciPy's functions are called, and a few say so.
    for i, row in enumerate([*table.values()][:: 12 if family == "special" else 3]):
        if row.covers not in NOTHING and all(isinstance(x, (float, np.ndarray)) for x in row.args):
            ROWS["cotangents"].append(row)
            if i % 3 == 0:  # with cotangents come values; what tangents need is of few kinds
                ROWS["tangents"].append(row)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "part"), [(what, i) for what, rows in ROWS.items() for i in range(len(rows) // 20)]
)
def test_compiled_programs_give_the_same(what, part, subtests, request):
    """Of some twenty rows at once: to compile each by itself takes twice as long."""
    if (what, part) != ("cotangents", 0):  # which LLVM makes vectors of
        request.getfixturevalue("as_written")
    rows = ROWS[what][part :: len(ROWS[what]) // 20]
    several = Several(rows, what)
    with np.errstate(all="ignore"):
        try:
            recordings = check(several, several.args, "compiled", agree)
            assert recordings == 1, "not the program has answered, but the rows themselves"
        except Exception:
            for row in rows:  # which says which it is
                with named(subtests, f"{row}: {what}"):
                    check(Eager(row, what), row.args, "compiled", agree)
            raise


class Several(Eager):
    """What several rows give, each of its own arguments."""

    def __init__(self, rows, what):
        ends = [0, *itertools.accumulate(len(row.args) for row in rows)]
        parts = [slice(*ends) for ends in itertools.pairwise(ends)]

        def f(*args):
            return tuple(row.f(*args[part]) for row, part in zip(rows, parts, strict=True))

        self.args = tuple(x for row in rows for x in row.args)
        super().__init__(Case(f, f, self.args), what)


def agree(y, own):
    assert alike(y, own, "compiled")
