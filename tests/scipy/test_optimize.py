"""Roots and minima by the implicit function theorem, against closed forms and differences."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS

pytest.importorskip("scipy", reason="it tests derivatives of SciPy, which is not installed")
from scipy import optimize

from admodes.scipy.optimize import minimize, root
from tests.scipy.helpers import check

P, SCALE = np.array([1.3, 0.4]), 0.7


def equations(x, p, scale):
    """Monotonous, so that there is one root for all parameters."""
    return [x[0] ** 3 + x[0] + scale * x[1] - p[0], x[1] ** 3 + 2 * x[1] - x[0] * p[1]]


def solution(p, scale):
    return root(equations, np.zeros(2), (p, scale)).x


def energy(x, p, scale):
    return np.sum(x**4) / 4 + scale * np.sum((x - p) ** 2) + np.cosh(x[0] * x[1])


def lowest(p, scale):
    return minimize(energy, np.zeros(2), (p, scale), method="L-BFGS-B", tol=1e-14).x


@pytest.mark.parametrize("f", [solution, pytest.param(lowest, marks=pytest.mark.slow)])
def test_both_modes_all_nestings_and_differences(f):
    check(f, P, SCALE)
    check(lambda p: f(p, SCALE), P)
    check(lambda scale: f(P, scale), SCALE)


@pytest.mark.parametrize("mode", MODES)
def test_a_closed_form(mode):
    def cube_root(p):
        return root(lambda x, p: x**3 - p, 1.0, p).x[0]

    assert ad.grad(cube_root, mode=mode)(8.0) == pytest.approx(1 / 12, rel=1e-14)


@pytest.mark.parametrize("modes", NESTINGS)
def test_third_derivatives(modes):
    def cube_root(p):
        return root(lambda x, p: x**3 - p, np.ones(1), (p,)).x[0]

    def second(p):
        return ad.hvp(cube_root, (p,), (1.0,), modes=modes)[0]

    truth = 10 / 27 * 8.0 ** (-8 / 3)
    for mode in MODES:
        assert ad.grad(second, mode=mode)(8.0) == pytest.approx(truth, rel=1e-11)


def test_backward():
    p = ad.variable(np.array([2.0, 8.0]))
    x = root(lambda x, p: x**3 - p, np.ones(2), (p,)).x
    np.sum(x).backward()
    np.testing.assert_allclose(p.grad, np.array([2.0, 8.0]) ** (-2 / 3) / 3, rtol=1e-12)


def test_parameters_in_containers():
    def f(p):
        return root(lambda x, p: x - p["a"] * p["b"][0], np.zeros(2), (p,)).x

    found = ad.jacobian(f)({"a": 3.0, "b": [np.array([1.0, 2.0])]})
    np.testing.assert_allclose(found["a"], [1.0, 2.0])
    np.testing.assert_allclose(found["b"][0], 3 * np.eye(2))


def test_plain_arguments_give_what_scipy_gives():
    found, own = (
        root(equations, np.zeros(2), (P, SCALE)),
        optimize.root(lambda x: np.array(equations(x, P, SCALE)), np.zeros(2)),
    )
    np.testing.assert_array_equal(found.x, own.x)
    found = minimize(energy, np.zeros(2), (P, SCALE), method="Nelder-Mead")
    own = optimize.minimize(energy, np.zeros(2), (P, SCALE), method="Nelder-Mead")
    np.testing.assert_array_equal(found.x, own.x)
    assert found.nit == own.nit


@pytest.mark.parametrize("mode", MODES)
def test_derivatives_are_as_exact_as_the_root_though_the_search_ends_early(mode):
    def f(p):
        return minimize(lambda x, p: np.sum(np.cosh(x - p)), np.zeros(1), (p,), tol=1e-3).x[0]

    assert ad.grad(f, mode=mode)(np.array([0.5, 0.5])) == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_where_there_is_no_root_there_is_no_derivative(mode):
    def f(p):
        return root(lambda x, p: x * x + p, np.ones(1), (p,)).x[0]

    def singular(p):
        return root(lambda x, p: p * (x - x), np.ones(1), (p,)).x[0]

    with pytest.raises(RuntimeError, match="root has found nothing to differentiate"):
        ad.grad(f, mode=mode)(1.0)
    with pytest.raises(np.linalg.LinAlgError):
        ad.grad(singular, mode=mode)(1.0)


@pytest.mark.parametrize("mode", MODES)
def test_what_the_equations_refer_to_is_no_constant_in_silence(mode):
    def f(p):
        return root(lambda x: x - p, np.zeros(1)).x[0]

    with pytest.raises(TypeError, match="carries derivatives"):
        ad.grad(f, mode=mode)(1.0)


def test_no_array_of_the_callers_is_changed():
    x0, p = np.zeros(2), P.copy()
    ad.jacobian(lambda p: root(equations, x0, (p, SCALE)).x)(p)
    np.testing.assert_array_equal(x0, 0)
    np.testing.assert_array_equal(p, P)
