"""Every function of entries at complex arguments, as a map of the plane, by differences.

The registry is walked over: what NumPy takes complex numbers in is here, and what it refuses there
is refused.
"""

import itertools

import numpy as np
import pytest

import admodes as ad
from admodes.core.declaring import UFUNCS
from admodes.core.rules import Elementwise
from tests.helpers import MODES, NESTINGS, same, together

#: on both sides of every branch cut, in all quadrants, inside and outside of the unit circle
Z = np.array([0.3 + 0.8j, -1.2 - 0.4j, 0.6 - 0.7j, -0.4 + 0.2j, 2.5 + 0.3j, -2.5 + 0.3j])
W = np.array([0.5 - 0.3j, 1.1 + 0.9j, -0.7 + 0.2j, 1.3 - 1j, -0.6 - 1.4j, 0.9 + 0.4j])
T, U = W[::-1] * 1j, Z[::-1] - 0.5j


def takes(function, *args):
    try:
        function(*args)
    except TypeError:
        return False
    return True


ENTRIES = [ufunc for ufunc, primitive in UFUNCS.items() if isinstance(primitive, Elementwise)]
COMPLEX = [ufunc for ufunc in ENTRIES if takes(ufunc, *(Z, W)[: ufunc.nin])]
#: what is no ufunc, or has no primitive of its own
OTHERS = (np.conjugate, np.real, np.imag, np.angle, np.sign, np.sinc, np.real_if_close)
NOT_HOLOMORPHIC = (np.absolute, np.conjugate, np.real, np.imag, np.angle, np.sign)
EACH = [*COMPLEX, *(f for f in OTHERS if f not in COMPLEX), np.float_power]
POWERS = (np.power, np.float_power)
ORDERED = (np.maximum, np.minimum, np.fmax, np.fmin)


def name(function):
    return function.__name__


def arguments(function):
    return (Z, W)[: getattr(function, "nin", 1)]


def along(f, args, ts):
    """By differences of fourth order."""

    def moved(h):
        return f(*(x + h * t for x, t in zip(args, ts, strict=True)))

    h = 1e-3
    near, far = moved(h) - moved(-h), moved(2 * h) - moved(-2 * h)
    return (8 * near - far) / (12 * h)


def close(found, expected, rtol=1e-8):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)


def like(t, x):
    """A direction of an argument's shape and type: of a real one it is real."""
    t = t[: np.size(x)].reshape(np.shape(x))
    t = t if np.iscomplexobj(x) else np.real(t)
    return t if np.ndim(x) else type(x)(t)


def kinds(function):
    """Complex arguments, and beside them real ones, numbers, and arrays that are broadcast."""
    args = arguments(function)
    yield args
    yield tuple(x[0] for x in args)
    yield tuple(complex(x[0]) for x in args)
    if len(args) == 2:
        yield Z, np.abs(W)
        yield np.abs(Z), W
        yield Z, 0.5
        yield 1.5, W
        yield Z[:, None], W[:2]
        yield complex(Z[0]), 2.5


@together
@pytest.mark.parametrize("function", EACH, ids=name)
def test_both_modes_are_right(function):
    for args in kinds(function):
        ts = [like(t, x) for t, x in zip((T, U), args, strict=False)]
        expected = along(function, args, ts)
        value, pushed = ad.jvp(function, args, tuple(ts))
        # (NumPy's operator takes a root where its power does not: the last bit may differ.)
        rtol = 1e-15 if function in POWERS else 0
        np.testing.assert_allclose(value, function(*args), rtol=rtol)
        assert np.iscomplexobj(pushed) == np.iscomplexobj(value)
        close(pushed, expected)
        _, pullback = ad.vjp(function, *args)
        for turn in (1, 1j) if np.iscomplexobj(value) else (1,):
            ct = np.ones_like(value) * turn
            cts = pullback(ct if np.ndim(value) else np.result_type(value).type(ct))
            # ⟨ct, J t⟩ = ⟨Jᵀ ct, t⟩: the real part of a product, of which nothing is conjugated
            pairs = zip(cts, ts, strict=True)
            close(sum(np.real(np.sum(g * t)) for g, t in pairs), np.real(np.sum(turn * pushed)))
            for g, x in zip(cts, args, strict=True):
                assert np.iscomplexobj(g) == np.iscomplexobj(x)


@together
@pytest.mark.parametrize("function", EACH, ids=name)
def test_what_is_holomorphic_has_one_complex_derivative(function):
    for i, x in enumerate(arguments(function)):

        def of_one(z, function=function, i=i):
            args = list(arguments(function))
            args[i] = z
            return function(*args)

        found = []
        for mode in MODES:
            jacobian = ad.jacobian(of_one, mode=mode, holomorphic=True)
            if function in NOT_HOLOMORPHIC:
                with pytest.raises((TypeError, ValueError), match=r"an output is real|not holomo"):
                    jacobian(x)
            else:
                found.append(jacobian(x))
        if found:
            close(np.diag(found[0]), along(of_one, (x,), (np.ones_like(x),)))
            same(*found)


@together
@pytest.mark.parametrize("function", [f for f in EACH if f not in ORDERED], ids=name)
def test_second_derivatives_in_all_nestings(function):
    args = arguments(function)
    ts = (T, U)[: len(args)]

    def real(*zs):
        y = function(*zs)
        return np.sum(np.real(y) ** 2) + np.sum(np.imag(y * np.exp(0.1j * zs[0])))

    gradient = ad.grad(real, tuple(range(len(args))))
    for i in range(len(args)):
        expected = along(lambda *zs, i=i: gradient(*zs)[i], args, ts)
        for modes in NESTINGS:
            close(ad.hvp(real, args, ts, modes=modes)[i], expected, rtol=1e-7)


@together
@pytest.mark.parametrize("function", EACH, ids=name)
def test_single_precision_is_kept(function):
    if function is np.float_power:
        return  # it makes double precision of everything
    args = [x.astype(np.complex64) for x in arguments(function)]
    value, pushed = ad.jvp(function, tuple(args), tuple(args))
    assert pushed.dtype == value.dtype == function(*args).dtype
    value, pullback = ad.vjp(function, *args)
    assert {ct.dtype for ct in pullback(value)} == {np.dtype(np.complex64)}


@together
@pytest.mark.parametrize("function", [f for f in ENTRIES if f not in COMPLEX], ids=name)
@pytest.mark.parametrize("mode", MODES)
def test_what_numpy_does_not_take_is_refused(function, mode):
    args = (Z, W)[: function.nin]
    with pytest.raises(TypeError):
        ad.grad(lambda *zs: np.sum(np.real(function(*zs))), mode=mode)(*args)


@pytest.mark.parametrize("mode", MODES)
def test_an_order_is_numpys(mode):
    """By the real part, and where this is the same by the imaginary one."""
    z = np.array([1 + 2j, 1 - 1j, -3j])
    for f, expected in (
        (np.max, [1, 0, 0]),
        (np.min, [0, 0, 1]),
        (np.median, [0, 1, 0]),
        (lambda z: np.sort(z)[-1], [1, 0, 0]),
        (lambda z: np.sum(np.maximum(z, 1)), [1, 0, 0]),
        (lambda z: np.sum(np.where(z > 1, z, 0)), [1, 0, 0]),
    ):
        found = ad.jacobian(f, mode=mode, holomorphic=True)(z)
        np.testing.assert_array_equal(found, np.array(expected, complex))


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("power", [0, 1, 2, -1, -2, 3, 0.5, 2.5, 1j, 2 - 0.5j])
def test_powers_by_the_operator(power, mode):
    """Of arrays and of Python's numbers, whose operators have rules of their own."""
    for z in (Z, complex(Z[0])):
        found = ad.jacobian(lambda z: z**power, mode=mode, holomorphic=True)(z)
        own = power * z ** (power - 1)
        close(found, np.diag(own) if np.ndim(z) else own, rtol=1e-12)
        found = ad.jacobian(lambda w, z=z: z**w, mode=mode, holomorphic=True)(power + 0j)
        close(found, z**power * np.log(z), rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_a_ufunc_of_a_python_number_is_numpys(mode):
    """Python's own division raises, and its complex numbers have no order."""
    with np.errstate(all="ignore"):
        for f in (np.divide, np.power):
            found = []
            for z in (1 + 1j, np.complex128(1 + 1j)):
                both = ad.value_and_grad(lambda z, f=f: np.imag(f(z, 0j)), mode=mode)
                found.append(both(z))
            np.testing.assert_array_equal(*found)
        assert ad.jacobian(lambda z: np.fmax(z, 1j), mode=mode, holomorphic=True)(1 + 0j) == 1
        assert ad.jacobian(lambda z: np.minimum(z, 1j), mode=mode, holomorphic=True)(1 + 0j) == 0


@pytest.mark.parametrize("mode", MODES)
def test_operators_of_numbers(mode):
    a, b = 0.5 - 0.25j, 1.5 + 2j

    def f(a, b):
        return (a + b * a - b / a) ** 2 * -a + abs(a) * b.real - a.imag * b.conjugate()

    for ta, tb in itertools.product((1, 1j, 0), repeat=2):
        expected = along(f, (a, b), (ta, tb))
        if mode == "forward":
            _, found = ad.jvp(f, (a, b), (complex(ta), complex(tb)))
        else:
            _, pullback = ad.vjp(f, a, b)
            u, v = (sum(g * t for g, t in zip(pullback(ct), (ta, tb), strict=True)).real
                    for ct in (1 + 0j, -1j))  # fmt: skip
            found = u + 1j * v
        close(found, expected)
