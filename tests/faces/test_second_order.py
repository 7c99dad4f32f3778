"""hessian and hvp, by all four nestings."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import NESTINGS, SINE_HESSIAN, X, same, sine, together


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_hessian_and_hvp(modes):
    t = np.array([0.5, -2.0])
    same(ad.hessian(sine, modes=modes)(X), SINE_HESSIAN)
    (product,) = ad.hvp(sine, (X,), (t,), modes=modes)
    same(product, SINE_HESSIAN @ t)


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_hessian_and_hvp_of_a_number(modes):
    assert ad.hessian(lambda x: x**3, modes=modes)(2.0) == 12.0
    assert ad.hvp(lambda x: x**3, (2.0,), (10.0,), modes=modes) == (120.0,)
    assert type(ad.hvp(lambda x: x**3, (2,), (10,), modes=modes)[0]) is float


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_hessian_and_hvp_of_two_arguments(modes):
    def f(x, y):
        return np.sum(x * x) * y

    hessian = ad.hessian(f, (0, 1), modes=modes)(X, 3.0)
    same(hessian[0][0], 6 * np.eye(2))
    same(hessian[0][1], 2 * X)
    same(hessian[1][0], 2 * X)
    assert hessian[1][1] == 0.0
    product = ad.hvp(f, (X, 3.0), (np.ones(2), 1.0), modes=modes)
    same(product[0], 6 + 2 * X)
    assert product[1] == pytest.approx(2 * np.sum(X))
    same(ad.hessian(f, -2, modes=modes)(X, 3.0), 6 * np.eye(2))


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_float32_stays_float32_in_hessians(modes):
    x = np.ones(2, np.float32)
    assert ad.hessian(sine, modes=modes)(x).dtype == np.float32
    assert ad.hvp(sine, (x,), (x,), modes=modes)[0].dtype == np.float32


@together
@pytest.mark.parametrize("modes", NESTINGS)
def test_second_derivatives_of_linear_and_constant_functions_are_zeros(modes):
    for f in (np.sum, lambda x: x[0], lambda x: 1.0, lambda x: np.sum(np.ones(2))):
        same(ad.hessian(f, modes=modes)(X), np.zeros((2, 2)))
        same(ad.hvp(f, (X,), (X,), modes=modes)[0], np.zeros(2))
