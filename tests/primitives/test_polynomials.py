import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse


@pytest.fixture(params=[forward, reverse], ids=["forward", "reverse"])
def grad(request):
    return request.param.grad


def test_roots_by_the_quadratic_formula(grad):
    """The larger root of x² + b x + c moves by (-1 - b/√d)/2 with b and by -1/√d with c."""
    b, c = 1.0, -6.0
    found = grad(lambda p: np.max(np.roots(p)))(np.array([1.0, b, c]))
    root = np.sqrt(b * b - 4 * c)
    np.testing.assert_allclose(found[1:], [(-1 + b / root) / 2, -1 / root], rtol=1e-13)


def test_the_product_of_complex_roots(grad):
    """c / a, whatever the roots are."""
    p = np.array([2.0, 1.0, 3.0])
    found = grad(lambda p: np.real(np.prod(np.roots(p))))(p)
    np.testing.assert_allclose(found, [-3 / 4, 0, 1 / 2], atol=1e-14)


def test_a_double_root_spoils_no_other(grad):
    """Of x²(x - 1)(x - 2): the root at 0 is met twice, and the one at 2 is not."""
    p = np.array([1.0, -3.0, 2.0, 0.0, 0.0])
    at_two = np.argmax(np.roots(p))
    found = grad(lambda p: np.roots(p)[at_two])(p)
    np.testing.assert_allclose(found, -(2.0 ** np.arange(4, -1, -1)) / 4, rtol=1e-12)
    assert np.all(np.isnan(grad(lambda p: np.sum(np.roots(p)))(p)))


def test_a_fit_is_right_far_from_well_conditioned(grad):
    """Of a quartic through five points, as Lagrange has it: each value has its own polynomial."""
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    rows = ad.jacobian(lambda y: np.polyfit(x, y, 4), mode="reverse")(np.sin(x))
    np.testing.assert_allclose(np.vander(x, 5) @ rows, np.eye(5), atol=1e-9)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.polyadd(np.poly1d([1, 2]), x),
        lambda x: np.polyval(x, np.poly1d([1, 2])),
    ],
)
def test_an_object_that_is_a_polynomial_cannot_hold_derivatives(f, grad):
    with pytest.raises(TypeError, match=r"poly1d.*p\.coef"):
        grad(lambda x: np.sum(f(x)))(np.array([1.0, 2.0]))
