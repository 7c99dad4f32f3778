"""The table of functions, and how a user's own gets in."""

import numpy as np
import pytest

from admodes import forward, reverse
from experiments.functions.scalars import (
    FUNCTIONS,
    PHOTOGRAPH,
    denoising_energy,
    find,
    photograph,
)
from experiments.sides.one_against_many import INPUTS
from tests.helpers import together

each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@together
@each_function
def test_it_is_documented(function):
    assert function.sentence.endswith(".")
    assert function.formula
    assert function.source


@together
@each_function
@pytest.mark.parametrize("n", INPUTS)
def test_nearest_number_of_inputs_is_near_and_can_be_had(function, n):
    nearest = function.nearest(n)
    assert function.nearest(nearest) == nearest
    assert nearest <= 3 if n < 3 else abs(nearest - n) <= 0.2 * n
    if n <= 10_000:
        f, x = function.make(nearest, np.random.default_rng(0))
        assert x.shape == (nearest,)
        assert x.dtype == np.float64
        assert np.ndim(f(x)) == 0
        assert np.isfinite(f(x))


@together
@pytest.mark.parametrize(
    ("name", "largest"),
    [
        ("rosenbrock", 1_000_000),
        ("log-sum-exp", 1_000_000),
        ("network", 1_000_000),
        ("denoising", 921_600),
    ],
)
def test_largest_size(name, largest):
    assert FUNCTIONS[name].nearest(1_000_000) == largest


@together
@each_function
def test_the_seed_alone_decides_the_input_and_the_data(function):
    n = function.nearest(30)
    (f, x), (g, y) = (function.make(n, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(x, y)
    assert f(x) == g(y)


@together
@each_function
def test_gradients_of_both_modes_are_that_of_the_function(function):
    n = function.nearest(24)
    f, x = function.make(n, np.random.default_rng(1))
    # By complex steps, exact to rounding: J. Martins et al., ACM TOMS 29 (2003) 245.
    expected = [f(x + 1e-30j * direction).imag / 1e-30 for direction in np.eye(n)]
    for mode in (forward, reverse):
        np.testing.assert_allclose(mode.grad(f)(x), expected, rtol=1e-12, atol=1e-13)


def test_known_values():
    rng = np.random.default_rng(0)
    rosenbrock, _ = FUNCTIONS["rosenbrock"].make(5, rng)
    assert rosenbrock(np.ones(5)) == 0
    assert rosenbrock(np.array([-1.2, 1.0])) == pytest.approx(24.2)  # where Rosenbrock begins
    log_sum_exp, _ = FUNCTIONS["log-sum-exp"].make(7, rng)
    assert log_sum_exp(np.full(7, 1000.0)) == pytest.approx(1000 + np.log(7))
    # A flat image does not vary: only epsilon is left of each of its values.
    flat, noise = np.full((2, 2, 3), 0.5), rng.normal(size=(2, 2, 3))
    expected = 0.5 * np.sum(noise**2) + 0.1 * 12 * 1e-3
    assert denoising_energy(flat.ravel(), flat + noise) == pytest.approx(expected)
    # One step, of 1 in each colour, from the first row to the second; none beyond the edges.
    step = np.stack([np.zeros((1, 3)), np.ones((1, 3))])
    expected = 0.1 * 3 * (np.hypot(1, 1e-3) + 1e-3)
    assert denoising_energy(step.ravel(), step) == pytest.approx(expected)


def test_the_whole_photograph_is_an_input_of_the_denoising_energy():
    _, x = FUNCTIONS["denoising"].make(921_600, np.random.default_rng(0))
    np.testing.assert_array_equal(x, photograph().ravel())
    assert photograph().shape == PHOTOGRAPH


def test_a_users_function_has_standard_normal_input_unless_the_module_makes_it(write_module):
    write_module("plain", "def f(x):\n    '''Doubles.\n\n    Twice.'''\n    return 2 * x.sum()")
    function = find("plain:f")
    assert function.sentence == "Doubles."
    f, x = function.make(4, np.random.default_rng(5))
    np.testing.assert_array_equal(x, np.random.default_rng(5).standard_normal(4))
    assert f(x) == 2 * x.sum()

    write_module("special", "def f(x): return x.sum()\ndef make_input(n, rng): return [1] * n")
    _, x = find("special:f").make(3, np.random.default_rng(5))
    np.testing.assert_array_equal(x, np.ones(3), strict=True)


def test_a_users_function_in_a_file_runs_once(tmp_path):
    file = tmp_path / "of_a_file.py"
    file.write_text("def f(x): return x.sum()\ndef make_input(n, rng): return [1] * n")
    f, x = find(f"{file}:f").make(3, np.random.default_rng(5))
    assert f(x) == 3
    assert find(f"{file}:f").make(3, np.random.default_rng(5))[0] is f


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("broken:f", "1 / 0", "cannot import 'broken': ZeroDivisionError: division by zero"),
        ("broken:g", "f = 1", "has no function 'g'"),
        ("broken:", "f = 1", "'broken:' is not of the form"),
    ],
)
def test_a_users_function_that_is_not_there(write_module, name, source, message):
    write_module("broken", source)
    with pytest.raises(ValueError, match=message):
        find(name)


def test_a_users_input_that_is_not_one_dimensional(write_module):
    write_module("square", "def f(x): return x.sum()\ndef make_input(n, rng): return [[1.0]]")
    with pytest.raises(ValueError, match=r"gave shape \(1, 1\), not one dimension"):
        find("square:f").make(1, np.random.default_rng(0))
