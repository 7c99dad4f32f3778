"""How a partial derivative is sorted: a constant, an argument handed on, or a function."""

import numpy as np
import pytest

from admodes.core.rules import factor_of


def by_kind(_y, a, b):
    return a * 2 if isinstance(a, np.ndarray) else b


def by_size(_y, a, b):
    return b if np.size(a) < 2 else a + b


@pytest.mark.parametrize("partial", [by_kind, by_size])
def test_a_partial_that_hands_an_argument_on_only_at_times_is_called(partial):
    factor = factor_of(partial, 3)
    assert factor.position is None
    assert factor.function is partial


def test_a_partial_that_hands_an_argument_on_always_is_not():
    assert factor_of(lambda _y, _a, b: b, 3).position == 2
    assert factor_of(lambda y, _a: y, 2).position == 0
