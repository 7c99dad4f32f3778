"""Complex numbers where a slope is not finite: both modes the same, NaN where a part is."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import together

FUNCTIONS = {
    "a modulus": lambda z: np.sum(np.abs(z)),
    "its square": lambda z: np.sum(np.abs(z) ** 2),
    "its root": lambda z: np.sum(np.sqrt(np.abs(z))),
    "not used": lambda z: np.sum(np.maximum(np.log(np.abs(z)), -5.0)),
    "a reciprocal": lambda z: np.sum(np.real(1 / z)),
    "an exponential": lambda z: np.sum(np.real(np.exp(z))),
    "a bump": lambda z: np.sum(np.exp(-np.abs(1 / z))),
    "a root": lambda z: np.sum(np.imag(np.sqrt(z))),
    "a logarithm": lambda z: np.sum(np.where(np.abs(z) > 1, np.real(np.log(z)), 0.0)),
    "an angle": lambda z: np.sum(np.angle(z)),
    "a length": np.linalg.norm,
    "a product": lambda z: np.abs(np.prod(z)),
    "both": lambda z: np.real(z[0] * np.log(z[1])),
}
POINTS = (
    [0, 1 + 1j],
    [0, 0],
    [1000, 1j],
    [np.inf, 1j],
    [complex(0, np.inf), 1],
    [complex(np.nan, 0), 1],
    [complex(1, np.nan), 2j],
)


@together
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_both_modes_give_the_same_and_an_entry_spoils_no_other(f):
    with np.errstate(all="ignore"):
        for z in POINTS:
            pulled = reverse.grad(f)(np.array(z, complex))
            for chunk_size in (None, 1):
                pushed = forward.grad(f, chunk_size=chunk_size)(np.array(z, complex))
                for part in (np.real, np.imag):
                    np.testing.assert_allclose(part(pushed), part(pulled), err_msg=str(z))


@pytest.mark.parametrize("mode", [forward, reverse])
def test_zero_times_an_unknown_complex_number_is_zero(mode):
    with np.errstate(all="ignore"):
        gradient = mode.grad(lambda z: np.sum(np.maximum(np.abs(z), 5.0) + np.real(z)))
        np.testing.assert_array_equal(gradient(np.array([complex(np.nan, 0), 1.0])), [1, 1])
        gradient = mode.grad(lambda z: np.sum(np.sqrt(np.abs(z) ** 2)))
        np.testing.assert_array_equal(gradient(np.array([0, 3j])), [0, -1j])


@pytest.mark.parametrize("mode", [forward, reverse])
def test_a_number_of_which_a_part_is_not_known_is_not_known(mode):
    with np.errstate(all="ignore"):
        gradient = mode.grad(lambda z: np.sum(np.angle(z)))(np.array([0, 1 + 1j]))
    assert np.isnan(gradient[0].real)
    assert np.isnan(gradient[0].imag)
    assert gradient[1] == pytest.approx(-0.5 - 0.5j)


ON_THE_WAY = {
    "a rotation": (lambda x: np.real(np.exp(1j * x)), [np.inf, np.nan]),
    "a modulus": (lambda x: np.abs(1j * x + 1), [np.nan]),
    "a square": (lambda x: np.real((1j * x) ** 2), [np.inf, np.nan]),
    "an angle": (lambda x: np.imag(np.log(x + 0j)), [0.0, np.nan]),
    "a root": (lambda x: np.real(np.sqrt(x + 0j)), [0.0, np.nan]),
}


@together
@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize(("f", "unknown"), ON_THE_WAY.values(), ids=ON_THE_WAY)
def test_a_complex_number_that_is_not_known_makes_no_zero_of_a_real_one(f, unknown, mode):
    """Of a real multiple of an unknown number the imaginary part would be 0."""
    gradient = mode.grad(lambda x: np.sum(f(x)))
    alone = gradient(np.array([2.0, 3.0]))
    for at in unknown:
        with np.errstate(all="ignore"):
            found = gradient(np.array([2.0, at, 3.0]))
        np.testing.assert_allclose(found, [alone[0], np.nan, alone[1]])


@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize("infinite", [complex(1, np.inf), complex(1, -np.inf)])
def test_an_infinite_imaginary_part_is_found_wherever_it_stands(infinite, mode):
    by = np.array([1j, infinite, 2])  # neither the least nor the greatest, as NumPy orders them
    with np.errstate(all="ignore"):
        gradient = mode.grad(lambda x: np.sum(np.real(x * by)))(np.ones(3))
    np.testing.assert_array_equal(gradient, [0, np.nan, 2])


BACKWARD = {
    "grad": lambda f, x: reverse.grad(f)(x),
    "rows": lambda f, x: reverse.jacobian(lambda x: f(x) * np.ones(2))(x)[1],
    "checkpoint": lambda f, x: reverse.grad(ad.checkpoint(f))(x),
    "segments": lambda f, x: reverse.grad(ad.checkpoint(f, segments=True))(x),
    "backward": lambda f, x: _backward(f, x),
}


def _backward(f, x):
    leaf = ad.variable(x)
    f(leaf).backward()
    return leaf.grad


@pytest.mark.parametrize("gradient", BACKWARD.values(), ids=BACKWARD)
def test_the_part_that_a_real_number_drops_spoils_nothing(gradient):
    """The slope of ``exp(1j * y)`` is imaginary at 0, and `y` takes nothing of it."""
    with np.errstate(all="ignore"):
        for f in (
            lambda x: np.sum(np.real(np.exp(1j * np.sqrt(x)))),
            lambda x: np.sum(np.sqrt(np.abs(1j * np.sqrt(x) + 1) - 1)),
        ):
            x = np.array([0.0, 1.0])
            expected = forward.grad(f)(x)
            assert expected[0] == 0
            np.testing.assert_allclose(gradient(f, x), expected)
