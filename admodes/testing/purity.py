"""A function that gives other numbers at every call is named as what it is."""

import contextlib
from collections.abc import Iterator

import numpy as np

from admodes.diagnosis.opinions import Look
from admodes.diagnosis.purity import explain_irreproducible, is_reproducible
from admodes.testing.point import Point

#: evaluations of a function of which a check has failed or is open: it may differ rarely
CALLS = 16


@contextlib.contextmanager
def reproducible(at: Point) -> Iterator[None]:
    """Fail for the function itself where it is random or stateful, and not for its derivatives."""
    _fail_if_it_differs(at, 2)
    try:
        yield
    except AssertionError:
        _fail_if_it_differs(at, CALLS)
        raise
    if at.judge.undecided:
        _fail_if_it_differs(at, CALLS)


def _fail_if_it_differs(at: Point, calls: int) -> None:
    if is_reproducible(at, calls):
        return
    with np.errstate(all="ignore"):
        found = explain_irreproducible(Look(at.f, at.args, at.seed))
    at.judge.fail(found.what, found.facts())
