"""The third opinion, where the derivatives are known by hand."""

import math

import numpy as np
import pytest

from admodes.truth.complex_steps import complex_step
from admodes.truth.directions import Directions
from admodes.truth.finite_differences import differences, estimates

X = np.array([0.3, -1.2])


def test_outputs_and_values_of_several_shapes():
    def f(values):
        x, a = values
        return [np.sin(x) * a, np.outer(x, x), a * a]

    along_x, along_a = np.array([[1.0, 0.0], [1.0, 2.0]]), np.array([0.0, 3.0])
    vector, matrix, number = differences(f, [X, 2.0], [along_x, along_a])
    expected = np.cos(X) * along_x * 2 + np.outer(along_a, np.sin(X))
    np.testing.assert_allclose(vector, expected, rtol=1e-10, atol=1e-12)
    expected = [np.outer(t, X) + np.outer(X, t) for t in along_x]
    np.testing.assert_allclose(matrix, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(number, 4 * along_a, rtol=1e-10, atol=1e-12)


def test_a_value_without_a_tangent_stays():
    (found,) = differences(lambda values: [values[0] * values[1]], [X, 5.0], [None, np.ones(1)])
    np.testing.assert_allclose(found, X[None], rtol=1e-10)


def test_float32_is_no_reason_for_few_digits():
    (found,) = differences(lambda values: [np.exp(values[0])], [np.float32(0.5)], [np.ones(1)])
    assert found[0] == pytest.approx(np.exp(0.5), rel=1e-10)


def test_complex_and_real_outputs_keep_their_kinds():
    z = X + 1j
    found = differences(lambda values: [values[0] ** 2, np.abs(values[0])], [z], [np.eye(2) * 1j])
    np.testing.assert_allclose(found[0], np.diag(2j * z), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found[1], np.diag(1 / np.abs(z)), rtol=1e-10, atol=1e-12)
    assert [each.dtype.kind for each in found] == ["c", "f"]


# --- How sure it is -------------------------------------------------------------------------------


def test_the_doubt_covers_the_error():
    """Also where it is large: of numbers with few digits, or at an infinite slope."""
    for f in (np.exp, lambda x: np.exp(x.astype(np.float32))):
        ((found, doubt),) = estimates(lambda values, f=f: [f(values[0])], [X], [np.eye(2)])
        assert (np.abs(np.diagonal(found) - np.exp(X)) <= 10 * np.diagonal(doubt)).all()
    ((_, doubt),) = estimates(lambda values: [np.sqrt(values[0])], [np.zeros(1)], [np.ones((1, 1))])
    assert not np.isfinite(doubt).any()


def test_what_cancels_has_the_rounding_errors_of_what_it_is_a_sum_of():
    """Whatever they happen to be: steps whose differences agree by chance are not believed."""
    epsilon = 2.0**-52

    def largest(seed, sizes):
        def cancelled(values):
            errors = np.random.default_rng([seed, *values[0].view(np.uint64)])
            return [4 * epsilon * errors.uniform(-1, 1, 2)]

        (found,) = differences(cancelled, [X], [np.eye(2)], sizes=sizes)
        return np.max(np.abs(found)) / epsilon

    # A few times 4 / (1/64): of the first steps, and not of the shortest, of which it is 1e9.
    assert max(largest(seed, [1.0]) for seed in range(40)) < 5000
    assert max(largest(seed, []) for seed in range(40)) > 5000


def test_one_side_at_a_time():
    for side in (1, -1):
        ((found, doubt),) = estimates(
            lambda values: [np.abs(values[0]) + values[0] ** 2],
            [np.array([0.0, 2.0])],
            [np.ones((1, 2))],
            side=side,
        )
        np.testing.assert_allclose(found, [[side, 5.0]], rtol=1e-9)
        assert (doubt < 1e-8).all()


# --- The complex step -----------------------------------------------------------------------------


def test_the_complex_step_is_right_to_the_last_digits():
    def f(values):
        x, a = values
        return [np.exp(x) * a, np.sum(x**3)]

    expected = [np.asarray(y) for y in f([X, 2.0])]
    found = complex_step(f, [X, 2.0], [np.eye(2), np.zeros(2)], expected)
    assert found is not None
    np.testing.assert_allclose(found[0], np.diag(2 * np.exp(X)), rtol=1e-15)
    np.testing.assert_allclose(found[1], 3 * X**2, rtol=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.floor(x),  # raises
        lambda x: math.sin(x[0]) * x,
        lambda x: x.astype(float),  # warns that it drops something
        lambda x: np.sqrt(x),  # is nan for real numbers, and a number for complex ones
        lambda x: np.exp(1j * x),  # is complex to begin with
    ],
)
def test_where_there_is_no_complex_step(f):
    with np.errstate(invalid="ignore"):
        expected = [f(X)]
    assert complex_step(lambda values: [f(values[0])], [X], [np.eye(2)], expected) is None
    assert complex_step(lambda values: [values[0]], [X + 1j], [np.eye(2)], [X + 1j]) is None


def test_directions_are_made_shorter_by_a_power_of_two_if_at_all():
    unit = Directions(["x", "y"], [np.eye(2), None], 2.0, 1.0)
    assert unit.shortened().leaves[0].tolist() == np.eye(2).tolist()
    assert unit.shortened()[2:] == (2.0, 1.0)
    long = Directions(["t", "u"], [np.array([[3.0, -4.0], [0.5, 0.1]]), np.array([2.0, 1.0])], 8, 4)
    short = long.shortened()
    assert [t.tolist() for t in short.leaves] == [(t / 16).tolist() for t in long.leaves]
    assert (short.natural, short.length) == (0.5, 0.25)
    assert short.step == 16 * long.step
