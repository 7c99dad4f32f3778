"""Kinks and ties, where modes may differ and nothing is wrong."""

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from tests.diagnosis.helpers import HALF_LINE, check_finding, place_of
from tests.helpers import together

larger = ad.elementwise(np.maximum, lambda _y, a, b: 1.0 * (a >= b), lambda _y, a, b: 1.0 * (b > a))


def three_equal(x):
    return np.max(x * 2)  # here


def equal_to_a_constant(x):
    y = x * 1
    return np.sum(larger(y, 1.0))  # here


def sorted_equals(x):
    order = np.argsort(x)  # here
    return x[order] * np.arange(3)


def chosen(x):
    mask = x > 0  # here
    return np.sum(np.where(mask, 2 * x, -x))


def two_ways(x):
    if x > 1:  # here
        return 3 * x
    return -x + 4


@together
@pytest.mark.parametrize(
    ("f", "x", "kind", "operation", "cause"),
    [
        (three_equal, np.ones(3), "tie", "max", "a tie: `max` chooses among equal numbers"),
        (equal_to_a_constant, HALF_LINE, "tie", "maximum", "a tie"),
        (sorted_equals, np.array([1.0, 1, 0]), "tie", "argsort", "puts equal numbers in order"),
        (chosen, HALF_LINE, "kink", ">", "takes another branch"),
        (two_ways, 1.0, "kink", ">", "takes another branch"),
    ],
)
def test_a_kink_is_named_and_nothing_is_wrong(f, x, kind, operation, cause):
    found = agreement(f, x)
    assert found.ok
    check_finding(found, kind, operation, cause, place_of(f))


@together
@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sum(np.abs(x)), HALF_LINE),
        (lambda x: np.sum(np.maximum(x, 0)), HALF_LINE),
        (np.linalg.norm, np.zeros(3)),
        (lambda x: np.floor(x) * x, 1.0),
    ],
)
def test_where_the_middle_of_both_sides_is_taken_there_is_nothing_to_say(f, x):
    found = agreement(f, x)
    assert found.ok
    assert found.finding is None
