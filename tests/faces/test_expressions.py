"""What stands in for an argument: operators, attributes, dual numbers made by hand."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, X, same, together


@pytest.mark.parametrize("mode", MODES)
def test_augmented_assignment_changes_what_it_assigns_to(mode):
    def f(x):
        y = x
        y += 1.0
        y *= x
        y -= x[0]
        y /= 2.0
        y **= 2
        return np.sum(y) + np.sum(x)

    def unchanged(x):
        y = x + 1.0
        y = y * y
        y = (y - y[0]) / 2.0
        return 2.0 * np.sum(y**2)

    same(ad.grad(f, mode=mode)(X), ad.grad(unchanged)(X))
    assert f(X.copy()) == unchanged(X)


@pytest.mark.parametrize("mode", MODES)
def test_augmented_assignment_to_a_number_gives_the_name_to_another(mode):
    def f(x):
        y = x
        y += 1.0
        y *= x
        return y

    assert ad.grad(f, mode=mode)(3.0) == 7.0


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("other", [[1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0])])
@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array([3.0, 4.0])])
def test_sequences_of_numbers_are_constants(mode, other, x):
    c = np.asarray(other)
    assert ad.grad(lambda x: np.sum(x * other), mode=mode)(x) == pytest.approx(
        c if np.ndim(x) else 3
    )
    expected = ad.grad(lambda x: np.sum(c / x - x + np.multiply(c, x)), mode=mode)(x)
    result = ad.grad(lambda x: np.sum(other / x - x + np.multiply(other, x)), mode=mode)(x)
    assert result == pytest.approx(expected)


@pytest.mark.parametrize("mode", MODES)
def test_comparisons_and_truth_are_on_the_value(mode):
    def f(x):
        assert x > 2
        assert x >= 3.0
        assert not x < np.float64(1)
        assert x <= x
        assert x == 3.0
        assert x != 4.0
        assert 2 < x < 4
        assert bool(x)
        return x * x if x else 0.0

    assert ad.grad(f, mode=mode)(3.0) == 6.0


@pytest.mark.parametrize("mode", MODES)
def test_comparisons_of_arrays_give_plain_booleans(mode):
    def f(x):
        mask = x > 0
        assert type(mask) is np.ndarray
        assert mask.dtype == bool
        assert type(np.greater(x, 0)) is np.ndarray
        assert np.array([1.0, 5.0]).shape == (x == np.array([1.0, 5.0])).shape
        return np.sum(x[mask])

    same(ad.grad(f, mode=mode)(X), np.array([1.0, 0.0]))


@pytest.mark.parametrize("mode", MODES)
def test_what_an_array_tells_about_itself(mode):
    def f(x):
        assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2, 3), 2, 6, np.dtype(float), 2)
        assert x.T.shape == (3, 2)
        assert np.shape(x) == (2, 3)
        return np.sum(x)

    same(ad.grad(f, mode=mode)(np.ones((2, 3))), np.ones((2, 3)))


def test_value_is_plain_and_read_only():
    def f(x):
        assert type(x.value) is np.ndarray
        with pytest.raises(ValueError, match="read-only"):
            x.value[0] = 1.0
        with pytest.raises(AttributeError):
            x.value = 3.0
        return np.sum(x)

    for mode in MODES:
        ad.grad(f, mode=mode)(X)
        ad.grad(lambda x, mode=mode: ad.grad(f, mode=mode)(x)[0])(X)


# --- Numbers made by hand -------------------------------------------------------------------------


def test_a_dual_number_made_by_hand_shows_itself():
    assert repr(ad.Dual(3.0, 1.0) ** 2) == "Dual(9.0, tangent=6.0)"
    assert repr(ad.Dual(3, 1) * 2) == "Dual(6.0, tangent=2.0)"
    assert str(ad.Dual(3.0, 1.0)) == "Dual(3.0, tangent=1.0)"


def test_dual_numbers_made_by_hand_calculate():
    x = ad.Dual(3.0, 1.0)
    y = np.sin(x) * x + 1 / x - x**3
    assert y.value == np.sin(3.0) * 3 + 1 / 3 - 27
    assert y.tangent == pytest.approx(np.cos(3.0) * 3 + np.sin(3.0) - 1 / 9 - 27)
    many = ad.Dual(X, np.eye(2)) ** 2
    same(many.tangent, np.diag(2 * X))


@pytest.mark.parametrize("mode", MODES)
def test_dual_numbers_made_by_hand_pass_through_a_differentiation(mode):
    assert ad.grad(lambda x: x**3, mode=mode)(ad.Dual(3.0, 1.0)).tangent == 18.0
    assert ad.grad(lambda x: x * ad.Dual(3.0, 1.0), mode=mode)(2.0).tangent == 1.0


def test_a_dual_number_refuses_a_tangent_that_does_not_fit():
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        ad.Dual(np.ones(2), np.ones(3))
