"""The third opinion, where the derivatives are known by hand."""

import numpy as np
import pytest

from admodes.truth import differences

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
