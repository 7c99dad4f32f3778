import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import together

XP, FP = np.array([0.0, 1.0, 3.0]), np.array([2.0, 4.0, 0.0])  # slopes 2 and -2


each_grad = pytest.mark.parametrize(
    "grad", [forward.grad, reverse.grad], ids=["forward", "reverse"]
)


@together
@each_grad
@pytest.mark.parametrize(
    ("x", "slope"),
    [
        (0.5, 2.0),
        (2.0, -2.0),
        (1.0, 0.0),  # the mean of both
        (0.0, 1.0),  # before it there is a constant
        (3.0, -1.0),
        (-1.0, 0.0),
        (4.0, 0.0),
    ],
)
def test_slopes_between_at_and_beyond_points(x, slope, grad):
    assert grad(lambda x: np.interp(x, XP, FP))(x) == slope
    shifted = grad(lambda shift: np.interp(x, XP + shift, FP))(0.0)
    assert shifted == -slope


@each_grad
def test_a_value_beyond_an_end_of_its_own_leaves_the_slope_of_the_piece(grad):
    assert grad(lambda x: np.interp(x, XP, FP, left=-9.0))(0.0) == 2.0
    assert grad(lambda x: np.interp(x, XP, FP, right=-9.0))(3.0) == -2.0


@each_grad
def test_values_at_the_points_are_those_given(grad):
    np.testing.assert_array_equal(ad.jacobian(lambda f: np.interp(XP, XP, f))(FP), np.eye(3))


def test_second_derivatives_at_a_point_are_unknown_and_elsewhere_zero():
    hessian = ad.hessian(lambda x: np.sum(np.interp(x, XP, FP)))(np.array([0.5, 1.0]))
    np.testing.assert_array_equal(hessian, [[0, 0], [0, np.nan]])


def test_a_straight_line_has_no_kink():
    assert ad.hessian(lambda x: np.interp(x, XP, 2 * XP))(np.array(1.0)) == 0


@each_grad
def test_two_points_that_are_one(grad):
    xp, fp = np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 1.0, 5.0, 6.0])
    for x, slope in ((0.5, 1.0), (1.5, 1.0)):
        assert grad(lambda x: np.interp(x, xp, fp))(x) == slope


@each_grad
def test_an_infinite_slope_does_no_harm_at_its_point(grad):
    fp = np.array([0.0, 1.0, np.inf])
    value, _ = ad.vjp(lambda x: np.interp(x, XP, fp), 1.0)
    assert value == np.interp(1.0, XP, fp) == 1.0
