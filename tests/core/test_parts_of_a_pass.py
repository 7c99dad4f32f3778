"""Where values are not finite it does not matter which inputs have a direction in the same pass."""

import numpy as np
import pytest

from admodes import forward, reverse
from tests.helpers import together

INF = np.inf


def product(x, y):
    return np.sum(x * y)


def written_into(x, y):
    """In a pass by y alone the copy of x is a constant, which cannot be written into."""
    copy = x.copy()
    copy[0] = y[0]
    return np.sum(x * x)


POINTS = {
    "0 times infinity": (product, (0.0, INF), (np.nan, np.nan)),
    "in arrays": (
        product,
        (np.array([2.0, 0.0, 3.0]), np.full(3, INF)),
        ([INF, np.nan, INF], [2.0, np.nan, 3.0]),
    ),
    "an array and a number": (
        product,
        (np.array([2.0, 0.0, 3.0]), np.array(INF)),
        ([INF, np.nan, INF], np.nan),
    ),
    "what is not used": (
        written_into,
        (np.array([np.nan, 1.0]), np.ones(2)),
        ([np.nan, 2.0], [0.0, 0.0]),
    ),
}


@together
@pytest.mark.parametrize(("f", "at", "slopes"), POINTS.values(), ids=POINTS)
def test_however_many_directions_a_pass_has(f, at, slopes):
    with np.errstate(all="ignore"):
        ways = [forward.grad(f, (0, 1), chunk_size=size)(*at) for size in (1, 2, 3, None)]
        ways += [forward.jacobian(f, (0, 1), chunk_size=size)(*at) for size in (1, 2, None)]
        ways += [reverse.grad(f, (0, 1))(*at), reverse.jacobian(f, (0, 1))(*at)]
    for found in ways:
        for x, y in zip(found, slopes, strict=True):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize(
    "jacobian", [forward.jacobian, reverse.jacobian], ids=("forward", "reverse")
)
def test_an_infinite_number_that_meets_an_array_is_one_in_all_guesses(jacobian):
    """Whether or not it makes a NaN of another entry of that array."""
    with np.errstate(all="ignore"):
        by_x, by_y = jacobian(np.multiply, (0, 1))(np.array([2.0, 3.0, 0.0]), np.array(INF))
    np.testing.assert_array_equal(by_x, [[INF, 0, 0], [0, INF, 0], [0, 0, np.nan]])
    np.testing.assert_array_equal(by_y, [2.0, 3.0, np.nan])
