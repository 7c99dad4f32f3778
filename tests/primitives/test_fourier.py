"""Fourier transforms by the matrix that they are, and values that are NumPy's to the last bit."""

import numpy as np
import pytest

import admodes as ad
from tests.cases import normal
from tests.helpers import MODES, NESTINGS, together

NORMS = (None, "backward", "ortho", "forward")
ONE_AXIS = (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)
SEVERAL = (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)
TWO = (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)
OF_REAL = {np.fft.rfft, np.fft.ihfft, np.fft.rfftn, np.fft.rfft2}
TABLE = normal(3, 4)


def matrix(function, length, n, norm):
    """By its definition, of the real part and of the imaginary part of what is transformed."""
    inverse = function in (np.fft.ifft, np.fft.irfft, np.fft.ihfft)
    power = 0.5 if norm == "ortho" else float((norm == "forward") != inverse)
    half = function in (np.fft.irfft, np.fft.hfft)
    given = min(n // 2 + 1 if half else n, length)
    sign = 1 if inverse else -1
    kernel = np.exp(sign * 2j * np.pi / n * np.outer(np.arange(n), np.arange(given))) / n**power
    if half:  # and the same of the other half of a spectrum, whose numbers are conjugates
        ends = [0, n // 2] if n % 2 == 0 else [0]
        twice = np.array([1.0 if k in ends else 2.0 for k in range(given)])
        # `hfft` takes the conjugates of what `irfft` does.
        columns = np.real(kernel) * twice, -np.imag(kernel) * twice
    else:
        kernel = kernel[: n // 2 + 1] if function in OF_REAL else kernel
        columns = kernel, 1j * kernel
    beyond = np.zeros((len(columns[0]), length - given))
    return [np.hstack([each, beyond]) for each in columns]


@together
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("function", ONE_AXIS, ids=lambda f: f.__name__)
def test_the_matrix_of_a_transform(function, norm):
    for length in (1, 4, 5):
        for n in (1, 2, 4, 5, 7):
            real, imaginary = matrix(function, length, n, norm)
            x, y = normal(2, length)

            def f(x, function=function, n=n):
                return function(x, n, norm=norm)

            for mode in MODES:
                found = ad.jacobian(f, mode=mode)(x)
                np.testing.assert_allclose(found, real, atol=1e-12, strict=True)
                if function not in OF_REAL:
                    found = ad.jacobian(lambda y, f=f, x=x: f(x + 1j * y), mode=mode)(y)
                    np.testing.assert_allclose(found, imaginary, atol=1e-12, strict=True)


def identical(found, expected):
    assert found.dtype == expected.dtype
    assert found.strides == expected.strides
    np.testing.assert_array_equal(found, expected, strict=True)
    assert np.array_equal(np.signbit(found.real), np.signbit(expected.real))


@together
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("function", [*ONE_AXIS, *SEVERAL, *TWO], ids=lambda f: f.__name__)
def test_values_are_numpys_to_the_last_bit(function, dtype):
    x = TABLE.astype(dtype)
    if function in ONE_AXIS:
        options = [{}, {"n": 3}, {"n": 6, "axis": 0}, {"axis": -2, "norm": "ortho"}]
    else:
        options = [{}, {"axes": (1, 0)}, {"s": (5, -1), "axes": (0, 1)}, {"norm": "forward"}]
    for each in options:
        for values in (x, x[:, ::2], x.T, *(() if function in OF_REAL else (x * (1 + 1j),))):
            expected = function(values, **each)
            identical(ad.jvp(lambda x, e=each: function(x, **e), (values,), (values,))[0], expected)
            identical(ad.vjp(lambda x, e=each: function(x, **e), values)[0], expected)


@pytest.mark.parametrize("function", [np.fft.fftshift, np.fft.ifftshift])
def test_shifts(function):
    for shape in ((5,), (4, 3), (2, 3, 5)):
        for axes in (None, *range(-len(shape), len(shape)), (0,), ()):
            x = normal(*shape)
            value, pullback = ad.vjp(lambda x, axes=axes: function(x, axes), x)
            np.testing.assert_array_equal(value, function(x, axes))
            # One undoes the other, and a permutation's transpose is its inverse.
            np.testing.assert_array_equal(pullback(value)[0], x)


def bad(f):
    try:
        f()
    except Exception as error:
        return error
    return None


@together
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.fft.fft(x, 0),
        lambda x: np.fft.irfft(x[:, :1]),
        lambda x: np.fft.rfft(x, axis=2),
        lambda x: np.fft.fft(x[0, 0]),
        lambda x: np.fft.fft(x, norm="none"),
        lambda x: np.fft.hfft(x, norm="none"),
        lambda x: np.fft.fftn(x, (2,), (0, 1)),
        lambda x: np.fft.rfft(x + 1j),
        lambda x: np.fft.rfft2(x[0]),
    ],
)
def test_what_numpy_refuses_is_refused(f):
    expected = bad(lambda: f(TABLE))
    assert expected is not None
    for mode in MODES:
        error = bad(lambda mode=mode: ad.jacobian(f, mode=mode)(TABLE))
        assert isinstance(error, type(expected)) or isinstance(expected, type(error)), error


@pytest.mark.parametrize("nesting", NESTINGS)
def test_the_power_of_a_signal_is_that_of_its_spectrum(nesting):
    """Parseval: so the Hessian of the one is that of the other, twice the identity."""
    for n in (4, 5):

        def power(x, n=n):
            return np.sum(np.abs(np.fft.fft(x * np.exp(1j * np.arange(n)))) ** 2) / n

        np.testing.assert_allclose(
            ad.hessian(power, modes=nesting)(normal(n)), 2 * np.eye(n), atol=1e-12
        )


def test_float32_stays_float32():
    for function in (*ONE_AXIS, *SEVERAL):
        x = TABLE.astype(np.float32)
        y, pullback = ad.vjp(function, x)
        assert y.dtype.itemsize == (4 if y.dtype.kind == "f" else 8)
        assert pullback(y)[0].dtype == np.float32
        assert ad.jvp(function, (x,), (x,))[1].dtype == y.dtype


@pytest.mark.parametrize("mode", MODES)
def test_a_filter_is_right_by_convolution(mode):
    """``irfft(rfft(x) rfft(h))`` is a circular convolution, whose Jacobian is a circulant."""
    h = normal(6, seed=1)
    found = ad.jacobian(lambda x: np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(h), 6), mode=mode)(
        normal(6)
    )
    circulant = np.stack([np.roll(h, i) for i in range(6)], axis=1)
    np.testing.assert_allclose(found, circulant, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_a_sampling_distance_has_a_derivative(mode):
    for function in (np.fft.fftfreq, np.fft.rfftfreq):
        found = ad.jacobian(lambda d, function=function: function(5, d), mode=mode)(0.25)
        np.testing.assert_allclose(found, -function(5, 0.25) / 0.25)
