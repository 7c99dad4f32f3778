"""Derivatives that are lost on the way: where, and in what."""

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from admodes.testing import check_derivatives
from tests.diagnosis.helpers import X, disagreement
from tests.helpers import together


def stairs(x):
    k = np.floor(1e13 * x)  # here
    return x * k


def rounded(x):
    y = np.round(x * 1e10)  # here
    return np.sum(y * y)


def rounded_by_method(x):
    return np.sum((x * 1e10).round() * x)  # here


def nothing_but_rounding(x):
    return np.round(x, 11)  # here


def truncated(x):
    whole = (x * 1e11).astype(int)  # here
    return x * 1.0 * whole


def stopped(x):
    y = np.exp(x)
    scale = ad.stop_gradient(y)
    return np.sum(x * scale)  # here


def plain_value(x):
    y = x.value if isinstance(x, ad.Expression) else x  # here
    return np.sum(x * y)


@together
@pytest.mark.parametrize(
    ("f", "x", "operation", "cause"),
    [
        (stairs, 0.3, "floor", "the result of `floor` is a constant to both modes"),
        (rounded, X, "round", "the result of `round`"),
        (rounded_by_method, X, "round", "the result of `round`"),
        (nothing_but_rounding, X, "round", "the result of `round`"),
        (truncated, X, "astype", "the result of `astype`"),
        (stopped, X, "multiply", "the value of `exp` (line "),
        (plain_value, X, ".value", "the result of `.value`"),
    ],
)
def test_a_lost_derivative(f, x, operation, cause):
    disagreement(f, x, kind="lost derivative", operation=operation, cause=cause)


def test_a_kink_hides_nothing_that_is_lost():
    def f(x):
        y = np.max(x)  # three entries are equal
        return y + np.sum(x * ad.stop_gradient(np.exp(x)))  # here

    disagreement(f, np.ones(3), kind="lost derivative", operation="multiply", cause="`exp`")

    def g(x):
        y = 3 * x if x > 1 else 2 * x + 1
        return y * ad.stop_gradient(np.exp(x))  # here

    disagreement(g, 1.0, kind="lost derivative", operation="multiply", cause="`exp`")


def test_a_constant_that_takes_nothing_away_is_none_of_them():
    """A shift by the largest entry leaves the logarithm of a sum as it is."""

    def shifted(x):
        m = ad.stop_gradient(np.max(x))
        return m + np.log(np.sum(np.exp(x - m)))

    assert agreement(shifted, np.array([1000.0, 999])).ok
    assert agreement(lambda x: x - np.floor(x), 0.3).ok

    def f(x):
        m = ad.stop_gradient(np.max(x))
        y = m + np.log(np.sum(np.exp(x - m)))
        return y * ad.stop_gradient(x[0])  # here

    disagreement(f, X, kind="lost derivative", operation="multiply", cause="the value of `read`")


def left_at_a_zero(xs):
    product = 1.0
    for x in xs:
        product = product * x  # here
        if product == 0:
            break
    return product


def test_a_loop_that_is_left_at_exactly_this_point_misses_what_it_would_have_done():
    x = np.array([1.0, 2.0, 0.0, 3.0, 4.0])
    disagreement(
        left_at_a_zero,
        x,
        kind="branch",
        operation="multiply",
        cause="another way than on either side",
    )
    with pytest.raises(AssertionError, match="another way than on either side"):
        check_derivatives(left_at_a_zero, x)
    check_derivatives(left_at_a_zero, x[[0, 1, 3, 4]])


def test_a_value_that_is_written_down_for_one_point_is_no_fault():
    def cardinal(x):
        return 1.0 + 0.0 * x if x == 0 else np.sin(x) / x

    assert agreement(cardinal, 0.0).ok
    check_derivatives(cardinal, 0.0)
