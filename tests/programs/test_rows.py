"""A program of every primitive: at other numbers it gives what the modes give."""

import numpy as np
import pytest

import admodes as ad
from admodes.core.values import plain
from admodes.modes.arguments import leaves, map_leaves
from admodes.programs import Unrepeatable, program
from tests.harness.rows import one_of_each

ROWS = one_of_each()


def ones(x):
    return np.ones_like(plain(x)) if isinstance(plain(x), (np.ndarray, np.generic)) else 1.0


def pulled(f):
    def g(*args):
        y, pullback = ad.vjp(f, *args)
        return y, pullback(map_leaves(ones, y))

    return g


def pushed(f):
    return lambda *args: ad.jvp(f, args, tuple(map(ones, args)))
