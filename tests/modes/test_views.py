"""What shares memory with an argument in NumPy is a view here, and nothing else is."""

import warnings

import numpy as np
import pytest

from admodes.core.values import Traced
from admodes.modes.containers import leaves
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf
from admodes.modes.views import base_of
from tests.primitives.test_primitives import ROWS


def copies(args):
    return [np.array(x, order="K") if isinstance(x, np.ndarray) else x for x in args]


def outputs_in_the_memory_of(i, row):
    """Which outputs share memory with an argument, by NumPy and by this package."""
    args = copies(row.args)
    plainly = [
        isinstance(y, np.ndarray) and y.size > 0 and np.shares_memory(y, args[i])
        for _, y in leaves(row.f(*args))
    ]
    with Tape() as tape:
        args = copies(row.args)
        x = args[i] = leaf(tape, args[i])
        found = [
            isinstance(y, Traced) and y.size > 0 and base_of(y)[0] is x
            for _, y in leaves(row.f(*args))
        ]
    return plainly, found


def names_in(f):
    return f.__code__.co_names if hasattr(f, "__code__") else ()


@pytest.mark.slow
def test_views_are_those_of_numpy():
    differ = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for name, row in ROWS.items():
            for i, arg in enumerate(row.args):
                if isinstance(arg, np.ndarray) and "found" not in names_in(row.f):
                    plainly, found = outputs_in_the_memory_of(i, row)
                    if plainly != found:
                        differ[name] = plainly, found
    assert not differ
