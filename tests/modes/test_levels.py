"""Nested differentiations never mix, and no value outlives its own."""

import asyncio
import contextlib
import copy
import gc
import itertools
import operator
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, together
from tests.modes.ways import EVERY_WAY, derivative

PAIRS = list(itertools.product(MODES, MODES))
X = np.array([0.3, -1.2, 2.0])
nested = pytest.mark.parametrize(
    ("outer", "inner"),
    [
        pytest.param(a, b, id=f"{i}-over-{j}")
        for (i, a), (j, b) in itertools.product(EVERY_WAY.items(), EVERY_WAY.items())
    ],
)

# --- Perturbation confusion -----------------------------------------------------------------------


@together
@nested
def test_the_inner_derivative_does_not_see_the_outer_perturbation(outer, inner):
    # d/dx x·(d/dy (x + y)) = 1; mixed perturbations give 2 (Siskind & Pearlmutter, 2005).
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x)(2.0))(1.0) == 0.0
    assert outer(lambda x: x * inner(lambda y: y)(2.0))(1.0) == 1.0


@together
@nested
def test_the_outer_derivative_passes_through_the_inner_one(outer, inner):
    assert outer(lambda x: inner(lambda y: x * y * y)(3.0))(2.0) == 6.0
    assert outer(lambda x: inner(lambda y: x * y * y)(x))(2.0) == 8.0
    assert outer(lambda x: x * inner(lambda y: x * y * y)(x))(2.0) == 24.0


@together
@nested
def test_the_same_function_nested_in_itself(outer, inner):
    def f(x):
        return x * x * x

    assert outer(inner(f))(2.0) == 12.0
    assert outer(lambda x: f(inner(f)(x)))(1.0) == 3 * 9.0 * 6.0
    assert outer(lambda x: inner(f)(inner(f)(x)))(1.0) == 6 * 3.0 * 6.0


@together
@pytest.mark.parametrize("modes", list(itertools.product(MODES, repeat=3)))
def test_three_levels(modes):
    a, b, c = map(derivative, modes)
    assert a(b(c(lambda x: x**4)))(2.0) == 48.0
    assert a(lambda x: b(lambda y: c(lambda z: x * y * z * x * y)(3.0))(2.0))(5.0) == 40.0
    # The middle one is asked for by the innermost, and the outermost by both.
    assert a(lambda x: x * b(lambda y: y * x * c(lambda z: z * y * x)(y))(x))(2.0) == 8 * 8.0


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_the_mixed_derivative_of_a_bilinear_form_is_its_matrix(outer, inner):
    matrix = np.arange(6.0).reshape(2, 3)

    def gradient(x):
        return ad.grad(lambda y: np.sum(y * np.sum(matrix * x, axis=1)), mode=inner)(np.ones(2))

    np.testing.assert_array_equal(ad.jacobian(gradient, mode=outer)(np.ones(3)), matrix)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_a_hamiltonian_from_its_lagrangian(outer, inner):
    # H(q, p) = p·v − L(q, v) at the v where ∂L/∂v = p: its gradient by q is that of the potential.
    mass, gravity = 2.0, 9.8

    def lagrangian(q, v):
        return mass / 2 * np.sum(v * v) - mass * gravity * q[1]

    def hamiltonian(q, p):
        still = np.zeros(2)
        hessian = ad.hessian(lambda v: lagrangian(q, v), modes=f"{outer}-over-{inner}")(still)
        momentum = ad.grad(lambda v: lagrangian(q, v), mode=inner)(still)
        v = (p - momentum) / np.array([hessian[0, 0], hessian[1, 1]])
        return np.sum(p * v) - lagrangian(q, v)

    q, p = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    np.testing.assert_allclose(ad.grad(hamiltonian, mode=outer)(q, p), [0.0, mass * gravity])
    np.testing.assert_allclose(ad.grad(hamiltonian, 1, mode=outer)(q, p), p / mass)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_arrays_and_numbers_of_different_levels_meet(outer, inner):
    def f(x):
        g = ad.grad(lambda y: np.sum(np.sin(x * y) * y) * x[0], mode=inner)(np.ones(3) * 0.5)
        return np.sum(g * x)

    expected = np.zeros(3)
    for i in range(3):
        h = np.zeros(3)
        h[i] = 1e-6
        expected[i] = (f(X + h) - f(X - h)) / 2e-6
    np.testing.assert_allclose(ad.grad(f, mode=outer)(X), expected, rtol=1e-7)


@together
@nested
def test_floats_of_different_levels_stay_pythons(outer, inner):
    """As they do at one level; those of NumPy's numbers are the same ones."""
    signs = "add", "sub", "mul", "truediv", "mod", "pow"
    for operate in (getattr(operator, name) for name in signs):
        found = []

        def f(x, y, operate=operate, found=found):
            a, b = operate(x, y), operate(y, x)
            found[:] = ad.stop_gradient(a), ad.stop_gradient(b)
            return a * 3.0 + b

        mixed = [
            outer(lambda x, kind=kind: inner(lambda y: f(x, y))(kind(2.5)))(kind(1.5))
            for kind in (np.float64, float)
        ]
        assert [type(z) for z in found] == [float, float]
        assert found == [operate(1.5, 2.5), operate(2.5, 1.5)]
        np.testing.assert_allclose(*mixed, rtol=1e-14)
    with pytest.raises(ZeroDivisionError):
        inner(lambda y: outer(lambda x: x / (y - y))(1.0))(1.0)


@pytest.mark.parametrize("mode", MODES)
def test_tangents_and_cotangents_carry_outer_derivatives(mode):
    d = derivative(mode)
    assert d(lambda t: ad.jvp(np.sin, (2.0,), (t,))[1])(5.0) == pytest.approx(np.cos(2.0))
    assert d(lambda ct: ad.vjp(np.sin, 2.0)[1](ct)[0])(5.0) == pytest.approx(np.cos(2.0))
    assert d(lambda t: ad.linearize(np.sin, 2.0)[1](t))(5.0) == pytest.approx(np.cos(2.0))
    assert d(lambda x: ad.jvp(lambda y: y * y, (x,), (x,))[1])(3.0) == 12.0


@pytest.mark.parametrize("mode", MODES)
def test_a_pullback_is_a_linear_function_that_can_be_differentiated_later(mode):
    _, pullback = ad.vjp(lambda x: np.sin(x) * x[0], X)
    _, pushforward = ad.linearize(lambda x: np.sin(x) * x[0], X)
    matrix = ad.jacobian(lambda x: np.sin(x) * x[0])(X)
    pulled = ad.jacobian(lambda ct: pullback(ct)[0], mode=mode)(np.ones(3))
    np.testing.assert_allclose(pulled, matrix.T)
    np.testing.assert_allclose(ad.jacobian(pushforward, mode=mode)(np.ones(3)), matrix)
    gradient = ad.grad(lambda ct: np.sum(pullback(ct)[0] ** 2), mode=mode)(np.ones(3))
    np.testing.assert_allclose(gradient, 2 * matrix @ matrix.T @ np.ones(3))


@together
@nested
def test_derivatives_inside_a_loop_of_the_outer_function(outer, inner):
    def newton(a):
        x = 1.0
        for _ in range(6):
            x = x - (x * x - a) / inner(lambda y: y * y - a)(x)
        return x

    assert outer(newton)(4.0) == pytest.approx(0.25)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_auxiliary_output_keeps_the_derivatives_of_outer_levels(outer, inner):
    # aux = x·y with y = x is plain to the inner differentiation, and x² to the outer one.
    def f(x):
        _, aux = ad.grad(lambda y: (y * y, [x * y, "text"]), mode=inner, has_aux=True)(x)
        return aux[0]

    assert ad.grad(f, mode=outer)(3.0) == 6.0


# --- stop_gradient --------------------------------------------------------------------------------


@together
@nested
def test_stop_gradient_stops_every_level(outer, inner):
    def f(x):
        def g(y):
            constant = ad.stop_gradient(x * y)
            assert isinstance(constant, float)
            return constant * x * y

        return inner(g)(x)

    # The constant is x², so the inner derivative is x²·x, of which the outer sees the last factor.
    assert outer(f)(3.0) == 9.0
    assert outer(lambda x: x * inner(lambda y: ad.stop_gradient(x) * y)(x))(3.0) == 3.0


@pytest.mark.parametrize("mode", MODES)
def test_stop_gradient_gives_an_array_to_write_into(mode):
    def f(x):
        held = ad.stop_gradient(x)
        assert type(held) is np.ndarray
        held[0] = 100.0
        return np.sum(x * held)

    np.testing.assert_array_equal(ad.grad(f, mode=mode)(X), [100.0, *X[1:]])


def test_stop_gradient_of_plain_values_is_the_value():
    assert ad.stop_gradient(3.0) == 3.0
    assert ad.stop_gradient(3) == 3


@pytest.mark.parametrize("mode", MODES)
def test_stop_gradient_of_containers(mode):
    def f(x):
        held = ad.stop_gradient({"a": [x, (2 * x,)]})
        return held["a"][0] * held["a"][1][0] * x

    assert ad.grad(f, mode=mode)(3.0) == 18.0


# --- Values that outlive their differentiation ----------------------------------------------------


def escapes(way):
    kept = []

    def f(x):
        kept.append(x * 1.0)
        return x * x

    way(f)(2.0)
    return kept[0]


USES = {
    "+": lambda e: e + 1.0,
    "reflected": lambda e: 1.0 - e,
    "with itself": lambda e: e * e,
    "negative": lambda e: -e,
    "power": lambda e: e**2,
    "power 3": lambda e: e**3,
    "ufunc": lambda e: np.sin(e),
    "ufunc of two": lambda e: np.maximum(e, 1.0),
    "function": lambda e: np.sum(e),
    "array": lambda e: e * np.ones(3),
    "in a later differentiation": lambda e: ad.grad(lambda x: x * e)(1.0),
    "in a later one, forward": lambda e: ad.grad(lambda x: x * e, mode="forward")(1.0),
    "in a later one, on an array": lambda e: ad.grad(lambda x: np.sum(x * e))(X),
    "returned by a later one": lambda e: ad.grad(lambda x: e)(1.0),
    "returned by a later one, forward": lambda e: ad.jvp(lambda x: e, (1.0,), (1.0,)),
    "returned by a later vjp": lambda e: ad.vjp(lambda x: (x, e), 1.0),
    "as an argument": lambda e: ad.grad(lambda x: x)(e),
    "as an argument, forward": lambda e: ad.jvp(lambda x: x, (e,), (1.0,)),
    "as a tangent": lambda e: ad.jvp(lambda x: x, (1.0,), (e,)),
    "as a cotangent": lambda e: ad.vjp(lambda x: x, 1.0)[1](e),
}


@together
@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_an_escaped_value_is_an_error_that_names_the_fix(way, use):
    escaped = escapes(way)
    with pytest.raises(RuntimeError, match=r"has_aux=True.*stop_gradient"):
        use(escaped)


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_an_escaped_element_is_an_error(way):
    kept = []

    def f(x):
        y = x * np.ones(3)
        kept.extend([y, y[0]])
        return np.sum(y)

    way(f)(2.0)
    for use in (lambda: kept[0][1], lambda: kept[1] + 1, lambda: kept[0].sum()):
        with pytest.raises(RuntimeError, match="had ended"):
            use()


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_an_escaped_value_can_still_be_looked_at(way):
    escaped = escapes(way)
    assert escaped.value == 2.0
    assert ad.stop_gradient(escaped) == 2.0
    assert "2.0" in repr(escaped)


@together
@nested
def test_an_inner_value_is_an_error_at_the_outer_level(outer, inner):
    def f(x):
        kept = []
        inner(lambda y: kept.append(y) or y * y)(2.0)
        return x * kept[0]

    with pytest.raises(RuntimeError, match="had ended"):
        outer(f)(3.0)


@together
@nested
def test_an_inner_value_returned_by_the_outer_function_is_an_error(outer, inner):
    def f(x):
        kept = []
        inner(lambda y: kept.append(y * x) or y * y)(2.0)
        return kept[0]

    with pytest.raises(RuntimeError, match="had ended"):
        outer(f)(3.0)


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_a_closure_over_an_input_is_an_error_when_it_is_called_later(way):
    # The curried function of Manzyuk et al., "Perturbation confusion in forward AD", 2019, ends
    # here: a function has no derivative, and what it closes over has ended.
    kept = []

    def f(x):
        kept.append(lambda u: u + x)
        return x

    way(f)(2.0)
    with pytest.raises(RuntimeError, match="had ended"):
        way(kept[0])(1.0)


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_a_function_as_an_output_is_refused(way):
    with pytest.raises(TypeError, match="function"):
        way(lambda x: lambda u: u + x)(2.0)


def test_a_pullback_that_outlives_an_outer_differentiation_is_an_error():
    kept = []

    def f(x):
        kept.append(ad.vjp(lambda y: np.sin(y) * x, 2.0)[1])
        return x * x

    ad.grad(f)(3.0)
    with pytest.raises(RuntimeError, match="had ended"):
        kept[0](1.0)


def test_a_copied_expression_is_itself():
    def f(x):
        y = copy.deepcopy({"x": [x]})["x"][0]
        return y * copy.copy(x)

    for mode in MODES:
        assert ad.grad(f, mode=mode)(3.0) == 6.0


# --- Exceptions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_an_exception_leaves_nothing_behind(way):
    kept = []

    def f(x):
        kept.append(x)
        raise KeyError("mine")

    for _ in range(3):
        with pytest.raises(KeyError, match="mine"):
            way(f)(2.0)
    assert way(lambda x: x * x)(3.0) == 6.0
    with pytest.raises(RuntimeError, match="had ended"):
        kept[0] + 1.0


@together
@nested
def test_an_exception_caught_by_the_outer_function(outer, inner):
    def fails(y):
        raise KeyError("mine")

    def f(x):
        with contextlib.suppress(KeyError):
            inner(lambda y: fails(y * x))(2.0)
        return x * inner(lambda y: x * y)(2.0)

    assert outer(f)(3.0) == 6.0


# --- Threads and tasks ----------------------------------------------------------------------------


@pytest.fixture
def hasty_threads():
    """Threads that take turns as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_many_threads_differentiate_at_once(way):
    def work(a):
        return way(lambda x: x * way(lambda y: x * np.sin(a * y))(x))(0.5)

    inputs = [i / 10 for i in range(40)]
    expected = list(map(work, inputs))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, inputs * 3)) == expected * 3
    assert gc.isenabled()


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_a_thread_inside_the_function_takes_part(way):
    def f(x):
        results = []
        thread = threading.Thread(target=lambda: results.append(x * x * way(lambda y: x * y)(3.0)))
        thread.start()
        thread.join()
        return results[0]

    assert way(f)(2.0) == 12.0


@pytest.mark.usefixtures("hasty_threads")
@pytest.mark.parametrize("mode", MODES)
def test_several_threads_inside_the_function_take_part(mode):
    def chain(x, i):
        for _ in range(400):
            x = x * 1.001 + i / 100
        return x

    def f(x, mapped=map):
        return np.sum(np.stack(list(mapped(lambda i: chain(x * x, i), range(8)))))

    expected = ad.grad(f, mode=mode)(0.5)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            result = ad.grad(lambda x: f(x, pool.map), mode=mode)(0.5)
            assert result == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_tasks_differentiate_side_by_side(way):
    async def work(a):
        _, pullback = ad.vjp(lambda x: np.sin(a * x), 0.5)
        await asyncio.sleep(0)
        first = way(lambda x: np.sin(a * x))(0.5)
        await asyncio.sleep(0)
        in_thread = await asyncio.to_thread(way(lambda x: np.sin(a * x)), 0.5)
        return pullback(1.0)[0], first, in_thread

    async def main():
        return await asyncio.gather(*map(work, range(10)))

    for a, results in enumerate(asyncio.run(main())):
        assert results == pytest.approx((a * np.cos(a * 0.5),) * 3)


@pytest.mark.parametrize("way", EVERY_WAY.values(), ids=EVERY_WAY)
def test_a_function_that_runs_tasks_itself(way):
    def f(x):
        async def part(i):
            await asyncio.sleep(0)
            return x * i

        async def main():
            return sum(await asyncio.gather(*map(part, range(4))))

        return asyncio.run(main()) * x

    assert way(f)(2.0) == 24.0
