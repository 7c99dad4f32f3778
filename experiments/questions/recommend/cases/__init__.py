"""What the experiment ``recommend`` differentiates: functions of n inputs and m outputs.

A case is a function at some size, of a kind that people differentiate: loops over Python floats,
array code entry by entry, reductions, matrices, deep chains, stencils, small networks. Each kind is
a file. Some are held out: they were written when the model of :func:`admodes.recommend` was
finished, or belong to other experiments.
"""

from collections.abc import Iterator
from functools import partial

from experiments.questions.recommend.cases import (
    deep_chains,
    elementwise,
    float_loops,
    fresh,
    held_out,
    matrices,
    networks,
    others,
    points,
    reductions,
    stencils,
)
from experiments.questions.recommend.cases.case import Case, Rows

KINDS = {
    "float loop": float_loops,
    "elementwise": elementwise,
    "reduction": reductions,
    "matrix": matrices,
    "deep chain": deep_chains,
    "stencil": stencils,
    "network": networks,
    "points": points,
}


def _cases() -> Iterator[Case]:
    """In an order that stays: `--quick` takes every fifth, and the published data are in it."""
    first = {kind: module.ROWS for kind, module in KINDS.items()}
    later = {kind: module.LATER_ROWS for kind, module in KINDS.items()}
    tables = ((first, False), (later, False), (held_out.ROWS, True), (fresh.ROWS, True))
    for table, out in tables:
        yield from _of(table, out)
    yield from others.cases()


def _of(table: dict[str, Rows], out: bool) -> Iterator[Case]:
    for kind, rows in table.items():
        for name, make, sizes in rows:
            yield Case(name, kind, partial(make, **sizes), held_out=out)


CASES = {case.name: case for case in _cases()}
