"""Derivatives with respect to complex numbers, and through them."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, X, same


@pytest.mark.parametrize("mode", MODES)
def test_complex_gradients_follow_jax(mode):
    # The gradient is ∂f/∂x − i ∂f/∂y: conj(2z) for |z|², 3z² for the real part of z³.
    z = np.array([1.0 + 2.0j, -0.5 + 0.3j])
    same(ad.grad(lambda z: np.sum(np.abs(z) ** 2), mode=mode)(z), 2 * z.conj())
    same(ad.grad(lambda z: np.sum(np.real(z * np.conj(z))), mode=mode)(z), 2 * z.conj())
    same(ad.grad(lambda z: np.sum(np.real(z**3)), mode=mode)(z), 3 * z**2)
    same(ad.grad(lambda z: np.sum(np.imag(z**2)), mode=mode)(z), -2j * z)
    gradient = ad.grad(lambda z: np.real(z * z), mode=mode)(1.0 + 2.0j)
    assert gradient == 2.0 + 4.0j
    assert type(gradient) is complex


@pytest.mark.parametrize("mode", MODES)
def test_complex_and_real_arguments_together(mode):
    gx, gz = ad.grad(lambda x, z: np.sum(x * np.real(z * z)), (0, 1), mode=mode)(X, X + 1j)
    same(gx, X**2 - 1)
    same(gz, 2 * X * (X + 1j))


@pytest.mark.parametrize("mode", MODES)
def test_complex_values_on_the_way_leave_a_real_gradient(mode):
    gradient = ad.grad(lambda x: np.sum(np.abs(x * (3 + 4j)) ** 2), mode=mode)(X)
    same(gradient, 50 * X)


@pytest.mark.parametrize("mode", MODES)
def test_complex_outputs_and_jacobians_say_how_to_go_on(mode):
    with pytest.raises(TypeError, match=r"the output is complex: take np\.real, .* use jacobian"):
        ad.grad(lambda z: np.sum(z), mode=mode)(X + 1j)
    with pytest.raises(TypeError, match="must be one number, not of dtype <U3"):
        ad.grad(lambda z: np.array("one"), mode=mode)(1.0)
    with pytest.raises(TypeError, match="real and the imaginary part"):
        ad.jacobian(lambda z: z, mode=mode)(X + 1j)


def test_complex_numbers_keep_the_precision_of_float32():
    x = np.ones(2, np.float32)
    assert ad.jvp(lambda x: x * 1j, (x,), (x,))[0].dtype == np.complex64
    assert ad.vjp(lambda x: x * 1j, x)[0].dtype == np.complex64
