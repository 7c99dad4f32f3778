"""What is rounding, and what is lost by cancellation."""

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from tests.cases import normal
from tests.diagnosis.helpers import X, disagreement


def cancels_in_float32(x):
    y = 1 + x
    return (y - 1) ** 2  # here


def cancels(x):
    s, c = np.sin(x) ** 2, np.cos(x) ** 2
    total = 1e8 * s + 1e8 * c
    return np.sum(total - 1e8)  # here


@pytest.mark.parametrize(("f", "x"), [(cancels_in_float32, np.float32(1e-6)), (cancels, X)])
def test_cancellation(f, x):
    cause = "cancellation: in `subtract` numbers are"
    disagreement(f, x, kind="cancellation", operation="subtract", cause=cause)


def test_rounding_is_measured_by_what_cancels():
    found = agreement(lambda x: np.sum(np.exp(x) / np.sum(np.exp(x))), normal(5))
    assert found.ok
    assert found.modes.ulps < 10
    assert found.modes.relative < 1e-15


@pytest.mark.parametrize(("dtype", "epsilon"), [(float, 2.0**-52), (np.float32, 2.0**-23)])
def test_what_an_ulp_is(dtype, epsilon):
    """A gradient of 1 to 2 of the same binade, in the derivative 1.5 of which 8 ulps are added."""
    wrong = ad.linear(lambda x: x, transpose=lambda ct: ct * dtype(1 + 8 * epsilon / 1.5))
    found = agreement(lambda x: np.sum(wrong(x) * dtype(1.5)), np.ones(3, dtype))
    assert found.ok
    assert found.modes.ulps == pytest.approx(8, abs=1)
    assert found.modes.relative == pytest.approx(8 * epsilon / 1.5, rel=0.2)
    assert found.along == "every entry"


def test_digits_that_are_dropped_on_the_way():
    def f(x):
        y = np.exp(np.astype(x, np.float32)) / np.float32(3)
        return np.sum(y[:, None] * np.cos(y), dtype=None) * x

    found = agreement(f, normal(20))
    assert found.ok
    assert found.modes.ulps < 10
