"""Differential equations step by step, against closed forms and differences."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, together

pytest.importorskip("scipy", reason="it tests derivatives of SciPy, which is not installed")
from scipy import integrate

from admodes.scipy.integrate import solve_ivp
from tests.scipy.helpers import check

START, RATE = np.array([1.0, 0.2]), 0.8
TIMES = np.array([0.0, 0.3, 1.1, 2.0])


def pendulum(t, y, rate):
    return [y[1], -rate * np.sin(y[0]) + 0.1 * np.cos(t)]


@together
@pytest.mark.parametrize("method", ["RK45", "RK23"])
@pytest.mark.parametrize("times", [None, TIMES, TIMES[1:3]])
def test_the_values_are_scipys(method, times):
    own = integrate.solve_ivp(pendulum, (0, 2), START, method, times, args=(RATE,))
    plain = solve_ivp(pendulum, (0, 2), START, method, times, args=(RATE,))
    np.testing.assert_array_equal(plain.y, own.y)
    y, _ = ad.vjp(lambda y: solve_ivp(pendulum, (0, 2), y, method, times, args=(RATE,)).y, START)
    np.testing.assert_allclose(y, own.y, rtol=1e-13)


@pytest.mark.parametrize("method", ["RK23", pytest.param("RK45", marks=pytest.mark.slow)])
def test_both_modes_all_nestings_and_differences(method):
    """With steps of one length: differences would see it vary."""

    def f(y, rate):
        steps = {"first_step": 0.25, "max_step": 0.25, "rtol": 1.0}
        return solve_ivp(pendulum, (0, 2), y, method, TIMES, args=(rate,), **steps).y

    check(f, START, RATE)
    check(lambda rate: f(START, rate), RATE)


@pytest.mark.parametrize("mode", MODES)
def test_a_closed_form_forwards_and_backwards_in_time(mode):
    for end in (2.0, -2.0):
        for times in (None, [0.0, end / 2, end]):

            def f(rate, end=end, times=times):
                def slope(t, y):
                    return rate * y

                exact = {"rtol": 1e-11, "atol": 1e-12}
                return solve_ivp(slope, (0, end), np.ones(1), t_eval=times, **exact).y[0, -1]

            assert ad.grad(f, mode=mode)(0.7) == pytest.approx(end * np.exp(0.7 * end), rel=1e-8)


def test_backward():
    rate = ad.variable(0.7)
    found = solve_ivp(lambda t, y: rate * y, (0, 1), np.ones(1), rtol=1e-10, atol=1e-10)
    found.y[0, -1].backward()
    assert rate.grad == pytest.approx(np.exp(0.7), rel=1e-7)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "LSODA"}, "method='LSODA'"),
        ({"method": "Radau"}, "method='Radau'"),
        ({"dense_output": True}, "dense_output="),
        ({"events": lambda t, y, *_: y[0]}, "events="),
    ],
)
def test_what_cannot_be_differentiated_says_so(options, message, mode):
    def f(y):
        return np.sum(solve_ivp(pendulum, (0, 1), y, args=(RATE,), **options).y)

    assert np.isfinite(f(START))
    with pytest.raises(NotImplementedError, match=message):
        ad.grad(f, mode=mode)(START)


@pytest.mark.parametrize("mode", MODES)
def test_a_solution_that_fails_has_no_derivative(mode):
    def f(y):
        return solve_ivp(lambda t, y: y * y, (0, 2), y).y[0, -1]  # infinite at 1

    with pytest.raises(RuntimeError, match="has failed"):
        ad.grad(f, mode=mode)(np.ones(1))
