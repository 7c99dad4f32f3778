"""How far rounding may move what is computed."""

import numpy as np

from admodes.modes.arguments import Inputs
from admodes.truth.shaking import shaken


def spread(f, x):
    """How far the values of an evaluation with errors are apart, entry by entry."""
    found = [pullback.values[0] for pullback in shaken(Inputs(f, (x,)), [x])]
    return np.ptp(found, axis=0)


def test_a_number_is_exact_where_it_went_in():
    x = np.array([-1.0, 1e-8, 3.0])
    assert not np.any(spread(lambda x: np.sort(np.abs(x))[::-1], x))
    assert not np.any(spread(lambda x: np.maximum(x, np.array([1.0])), x))


def test_one_that_is_so_by_rounding_is_not_exact_though_it_stands_in_another_place():
    x = np.array([1.0, 1e-8, 0.5])
    assert np.cos(x)[1] == x[0]
    assert np.all(spread(np.cos, x) > 0)
    assert spread(lambda x: np.sinc(np.cos(x)), x)[1] > 1e-16  # sinc is 0 at 1
