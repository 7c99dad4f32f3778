"""Slopes that are floating-point numbers where what they are made of may not be."""

import math

import numpy as np
import pytest

import admodes as ad
from admodes.primitives.exponential import MANY
from tests.helpers import MODES, together

LARGE, SMALL = 1e200, 1e-200
#: function, arguments, its partial derivatives there
ELEMENTWISE = [
    (np.arctan2, (1.0, 1e300), (1e-300, 0.0)),
    (np.arctan2, (3 * LARGE, 4 * LARGE), (0.16 * SMALL, -0.12 * SMALL)),
    (np.arctan2, (3 * SMALL, -4 * SMALL), (-0.16 * LARGE, -0.12 * LARGE)),
    (np.arctan2, (-SMALL, 0.0), (0.0, LARGE)),
    (np.arctan2, (3e-160, 4e-160), (0.16e160, -0.12e160)),  # squares with some digits left
    (np.arctan2, (1e-300, 1e8), (1e-8, 0.0)),
    (np.hypot, (3e300, -4e300), (0.6, -0.8)),
    (np.hypot, (3e-300, 4e-300), (0.6, 0.8)),
    (np.logaddexp, (1e150, 1e150), (0.5, 0.5)),
    (np.logaddexp, (-1e15, -1e15 + 2), (1 / (1 + math.exp(2)), 1 / (1 + math.exp(-2)))),
    (np.logaddexp, (1e8, 1e8 - 20), (1 / (1 + math.exp(-20)), 1 / (1 + math.exp(20)))),
    (np.logaddexp, (700.0, 0.0), (1.0, math.exp(-700))),
    (np.logaddexp, (-1e300, 1e300), (0.0, 1.0)),
    (np.logaddexp2, (1e150, 1e150), (0.5, 0.5)),
    (np.logaddexp2, (1e15, 1e15 - 3), (8 / 9, 1 / 9)),
    (np.logaddexp2, (1000.0, 0.0), (1.0, 2.0**-1000)),
    (np.divide, (1e300, -1e200), (-1e-200, -1e-100)),
    (np.divide, (1e-300, 1e-200), (1e200, -1e100)),
    (lambda x, y: np.arcsinh(x) + np.arccosh(y), (-1e300, 1e300), (1e-300, 1e-300)),
    (lambda x, y: np.cbrt(x) + np.sqrt(y), (1e300, 1e-300), (1e-200 / 3, 5e149)),
]


each_mode = pytest.mark.parametrize("mode", MODES)


@together
@each_mode
@pytest.mark.parametrize("size", [None, 1, 2 * MANY])
@pytest.mark.parametrize(("f", "args", "expected"), ELEMENTWISE)
def test_partial_derivatives(f, args, expected, size, mode):
    if size is not None:
        args, expected = ([np.full(size, x) for x in own] for own in (args, expected))
    gradient = ad.grad(lambda x, y: np.sum(f(x, y)), (0, 1), mode=mode)(*args)
    for own, known in zip(gradient, expected, strict=True):
        np.testing.assert_allclose(own, known, rtol=1e-13, atol=1e-307)


@each_mode
@pytest.mark.parametrize("size", [1, 2 * MANY])
def test_an_entry_out_of_range_changes_no_other(size, mode):
    x, y = np.full(size, 3.0), np.full(size, 4.0)
    x[0], y[0] = 3 * LARGE, 4 * LARGE
    gradient = ad.grad(lambda x: np.sum(np.arctan2(x, y)), mode=mode)(x)
    np.testing.assert_allclose(gradient, 4 / 25 * np.where(x == 3, 1, SMALL), rtol=1e-15)


@together
@each_mode
@pytest.mark.parametrize("size", [1, 2 * MANY])
@pytest.mark.parametrize(
    ("f", "args", "second"),
    [
        (np.logaddexp, (1e15, 1e15), 0.25),
        (np.logaddexp, (-1000.0, 0.0), 0.0),
        (np.logaddexp2, (1e15, 1e15), math.log(2) / 4),
        (np.arctan2, (3e100, 4e100), -2 * 0.6 * 0.8 * 1e-200 / 25),
        (np.arctan2, (3e-100, 4e-100), -2 * 0.6 * 0.8 * 1e200 / 25),
    ],
)
def test_second_derivatives(f, args, second, size, mode):
    x, y = (np.full(size, own) for own in args)
    _, found = ad.jvp(ad.grad(lambda x: np.sum(f(x, y)), mode=mode), (x,), (np.ones(size),))
    np.testing.assert_allclose(found, second, rtol=1e-13)


@together
@each_mode
@pytest.mark.parametrize(
    ("f", "z", "expected"),
    [
        (np.arcsin, 3e200 + 4e200j, 1j / (5e200 * (0.6 + 0.8j))),
        (np.arccos, 3e200 + 4e200j, -1j / (5e200 * (0.6 + 0.8j))),
        (np.arcsinh, 3e200 + 4e200j, 1 / (5e200 * (0.6 + 0.8j))),
        (np.arctanh, 3e200 + 4e200j, 0),
        (np.arcsin, 0.3 - 0.4j, 1 / (1 - (0.3 - 0.4j) ** 2) ** 0.5),
        (np.arcsin, -3.0 - 0.4j, 1 / (1 - (3.0 + 0.4j) ** 2) ** 0.5),
        (np.arcsinh, 0.3 - 4.0j, 1 / (1 + (0.3 - 4.0j) ** 2) ** 0.5),
        (np.arcsinh, -0.3 - 4.0j, 1 / (1 + (0.3 + 4.0j) ** 2) ** 0.5),
    ],
)
def test_inverse_functions_of_a_complex_number(f, z, expected, mode):
    gradient = ad.grad(lambda z: np.sum(np.real(f(z))), mode=mode)(np.array([z]))
    np.testing.assert_allclose(gradient, [expected], rtol=1e-13)


@together
@each_mode
@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (np.prod, [1e-160, 2e-160], [2e-160, 1e-160]),
        (np.prod, [1e-310, 1e-10], [1e-10, 1e-310]),
        (lambda x: np.cumprod(x)[-1], [1e-160, 2e-160], [2e-160, 1e-160]),
        (np.linalg.det, [[3e-160, 0.0], [0.0, 2e-160]], [[2e-160, 0.0], [0.0, 3e-160]]),
        (np.linalg.det, [[3e-200, 0.0], [0.0, 2e-200]], [[2e-200, 0.0], [0.0, 3e-200]]),
        (
            np.linalg.det,
            [[3e-160, 1e-160], [1e-160, 2e-160]],
            [[2e-160, -1e-160], [-1e-160, 3e-160]],
        ),
    ],
)
def test_a_product_that_lost_its_digits(f, x, expected, mode):
    gradient = ad.grad(f, mode=mode)(np.array(x))
    np.testing.assert_allclose(gradient, expected, rtol=1e-13)


@each_mode
def test_a_determinant_too_large_for_its_dtype(mode):
    with np.errstate(over="ignore"):
        gradient = ad.grad(np.linalg.det, mode=mode)(np.array([[3e200, 0.0], [0.0, 2e200]]))
    np.testing.assert_allclose(gradient, [[2e200, 0.0], [0.0, 3e200]], rtol=1e-13)
