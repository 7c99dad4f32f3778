"""What the derivatives are where there is none, or none that the formula gives."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together

NAN, INF = np.nan, np.inf


each_mode = pytest.mark.parametrize("mode", ["forward", "reverse"])


@together
@each_mode
@pytest.mark.parametrize("number", [float, np.array], ids=["float", "array"])
@pytest.mark.parametrize(
    ("f", "x", "first", "second"),
    [
        (np.abs, 0.0, 0.0, NAN),
        (np.fabs, 0.0, 0.0, NAN),
        (lambda x: np.copysign(x, -1.0), 0.0, 0.0, NAN),
        (lambda x: np.maximum(x, x), 2.0, 1.0, 0.0),
        (lambda x: np.maximum(x, 2.0), 2.0, 0.5, NAN),
        (lambda x: np.minimum(2.0, x), 2.0, 0.5, NAN),
        (lambda x: np.fmax(x, 2.0), 2.0, 0.5, NAN),
        (lambda x: np.fmin(NAN, x), 2.0, 1.0, 0.0),
        (lambda x: np.fmax(x, NAN) * x, 2.0, 4.0, 2.0),
        (lambda x: np.hypot(x, 0.0), 0.0, 0.0, NAN),
        (lambda x: np.hypot(x, x), 0.0, 0.0, NAN),
        (lambda x: x**0, 0.0, 0.0, 0.0),
        (lambda x: x**0.0, 0.0, 0.0, 0.0),
        (lambda x: x**1, 0.0, 1.0, 0.0),
        (lambda x: x**2, 0.0, 0.0, 2.0),
        (lambda x: x**3, 0.0, 0.0, 0.0),
        (lambda x: np.power(x, 1), 0.0, 1.0, 0.0),
        (lambda x: np.power(x, 2), 0.0, 0.0, 2.0),
        (lambda x: x**3, -2.0, 12.0, -12.0),
        (lambda x: x**-1, -2.0, -0.25, -0.25),
        (lambda x: 0.0**x, 2.0, 0.0, 0.0),
        (lambda x: 0**x, 0.0, 0.0, 0.0),
        (np.sinc, 0.0, 0.0, -(np.pi**2) / 3),
        (np.sinc, 1e-5, -(np.pi**2) / 3 * 1e-5, -(np.pi**2) / 3),
        (lambda x: np.logaddexp(x, x), 2.0, 1.0, 0.0),
        (lambda x: np.logaddexp(x, 2.0), 2.0, 0.5, 0.25),
        (lambda x: np.logaddexp(x, -INF), 2.0, 1.0, 0.0),
        (lambda x: np.logaddexp(x, INF), 2.0, 0.0, 0.0),
        (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0, 0.0),
        (lambda x: np.where(x > 0, x**1.5, 0.0), 0.0, 0.0, 0.0),
        (lambda x: np.heaviside(x, 0.5), 0.0, 0.0, 0.0),
        (lambda x: np.heaviside(0.0, x), 2.0, 1.0, 0.0),
        (lambda x: np.nextafter(x, 9.0) * x, 2.0, 4.0, 2.0),
        (lambda x: np.ldexp(x, 3), 0.0, 8.0, 0.0),
        (lambda x: np.arctan2(0.0, x), 2.0, 0.0, 0.0),
        (np.arcsinh, 1e200, 1e-200, 0.0),
    ],
)
def test_value_at_a_point(f, x, first, second, number, mode):
    gradient = ad.grad(f, mode=mode)
    assert gradient(number(x)) == pytest.approx(first)
    for outer in ("forward", "reverse"):
        assert ad.grad(gradient, mode=outer)(number(x)) == pytest.approx(second, nan_ok=True)


@together
@each_mode
@pytest.mark.parametrize(
    "f",
    [
        np.log,
        lambda x: 1 / x,
        lambda x: x**-2.0,
        np.reciprocal,
        lambda x: np.arctan2(x, x),
        np.log2,
        np.log10,
        lambda x: np.log1p(x - 1),
        lambda x: np.arctanh(x - 1),
        lambda x: np.arccosh(x + 1),
        lambda x: np.arcsin(x - 1),
    ],
)
def test_zero_absorbs_an_infinite_derivative(f, mode):
    def guarded(x):
        return np.sum(np.where(x > 0, f(x), 0.0))

    x = np.array([0.0, 0.5])
    with np.errstate(all="ignore"):
        gradient = ad.grad(guarded, mode=mode)(x)
        expected = ad.grad(f, mode=mode)(0.5)
    np.testing.assert_allclose(gradient, [0.0, expected])


@each_mode
def test_a_power_with_a_negative_base_has_no_derivative_in_the_exponent(mode):
    with np.errstate(all="ignore"):
        by_exponent = ad.grad(lambda b: np.sum(np.array([-2.0]) ** b), mode=mode)(np.array(2.0))
    assert np.isnan(by_exponent)


@pytest.mark.parametrize("power", [np.power, np.float_power])
def test_the_order_in_which_a_power_is_differentiated_does_not_matter(power):
    for a, b in [(2.0, 0.0), (2.0, 1.5), (0.0, 3.0), (1.5, 0.0)]:
        matrix = ad.hessian(lambda x: power(x[0], x[1]))(np.array([a, b]))
        np.testing.assert_allclose(matrix, np.transpose(matrix))


@each_mode
def test_float_power_is_no_power(mode):
    """NumPy's own values: of minus infinity another root, and other last digits."""
    for a, b in [(-INF, 0.5), (2.0, np.log2(3.0)), (np.float32(1.1), 3), (3, np.float32(0.7))]:
        expected = np.float_power(a, b)
        for at, f in (
            (a, lambda x, b=b: np.float_power(x, b)),
            (b, lambda x, a=a: np.float_power(a, x)),
        ):
            if isinstance(at, int):
                continue
            with np.errstate(all="ignore"):
                value, slope = ad.value_and_grad(f, mode=mode)(at)
            assert (value, value.dtype, type(slope)) == (expected, np.float64, type(at))
    number = np.float32(3.7)
    slope = ad.grad(lambda x: np.float_power(x, np.float32(0.3)), mode=mode)(number)
    exact = 0.3 * float(number) ** -0.7
    np.testing.assert_allclose(slope, exact, rtol=1e-6)


@each_mode
@pytest.mark.parametrize("base", [NAN, np.float64(NAN), np.array(NAN)])
def test_a_power_of_nan_has_no_derivative_in_the_exponent(base, mode):
    """Its value is 1 where the exponent is 0, and the logarithm of NaN is no 0."""
    for exponent in (0.0, np.float64(0.0), np.array(0.0)):
        value, slope = ad.value_and_grad(lambda b: np.power(base, b), mode=mode)(exponent)
        assert value == 1
        assert np.isnan(slope)
        assert np.isnan(ad.grad(lambda b: base**b, mode=mode)(exponent))


@each_mode
def test_infinite_terms_share_their_sum(mode):
    pair = np.array([-INF, -INF])
    gradient = ad.grad(lambda x: np.logaddexp(x[0], x[1]), mode=mode)(pair)
    np.testing.assert_array_equal(gradient, [0.5, 0.5])


@each_mode
@pytest.mark.parametrize("f", [np.abs, lambda z: np.real(z * np.conj(z)) ** 0.5])
def test_absolute_value_of_a_complex_number(f, mode):
    gradient = ad.grad(lambda z: np.sum(f(z)), mode=mode)(np.array([3.0 + 4.0j, -1j]))
    np.testing.assert_allclose(gradient, [0.6 - 0.8j, 1j])


@together
@each_mode
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (np.real, 1.0),
        (np.imag, -1j),
        (np.angle, (-4.0 - 3.0j) / 25),
        (lambda z: np.real(np.conj(z)), 1.0),
        (lambda z: np.imag(np.conj(z)), 1j),
        (lambda z: np.real(np.sign(z) * (3.0 - 4.0j)), 0.0),
        (lambda z: np.real(np.abs(z) * (1 + 1j)), 0.6 - 0.8j),
    ],
)
def test_gradient_of_a_real_function_of_a_complex_number(f, expected, mode):
    gradient = ad.grad(lambda z: np.sum(f(z)), mode=mode)(np.array([3.0 + 4.0j]))
    np.testing.assert_allclose(gradient, [expected], atol=1e-15)
