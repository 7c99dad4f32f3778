"""Sorting: the values are NumPy's own, and ties share as the average over all orders has it."""

import itertools

import numpy as np
import pytest

import admodes as ad
from tests.cases import normal
from tests.helpers import MODES, together

TIED = np.array([2.0, 1.0, 2.0, 3.0, 2.0])
METHODS = (
    *("linear", "lower", "higher", "midpoint", "nearest"),
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation"),
    *("interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased"),
)


each_mode = pytest.mark.parametrize("mode", MODES)


def value(f, x, mode):
    """What `f` gives while it is being differentiated."""
    return ad.vjp(f, x)[0] if mode == "reverse" else ad.jvp(f, (x,), (np.ones_like(x),))[0]


# --- Values ---------------------------------------------------------------------------------------


@together
@each_mode
@pytest.mark.parametrize(
    "f",
    [
        np.sort,
        lambda x: np.sort(x, 0),
        lambda x: np.sort(x, None, "mergesort"),
        lambda x: np.partition(x, 3),
        lambda x: np.partition(x, (0, 2), axis=0),
        lambda x: np.partition(x, -2, axis=None),
        np.median,
        lambda x: np.median(x, axis=0),
        lambda x: np.median(x, axis=(-1, 0), keepdims=True),
        lambda x: np.quantile(x, 0.3),
        lambda x: np.quantile(x, [[0.0, 0.4], [0.6, 1.0]], axis=1, keepdims=True),
        lambda x: np.percentile(x, (7, 70), (0, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_are_those_of_numpy(f, dtype, mode):
    for x in (normal(6, 9), np.round(normal(6, 9))):
        x = x.astype(dtype)
        found, expected = value(f, x, mode), f(x)
        np.testing.assert_allclose(found, expected, rtol=8 * np.finfo(dtype).eps)
        assert np.asarray(found).dtype == np.asarray(expected).dtype


@together
@each_mode
@pytest.mark.parametrize(
    "f",
    [
        *(np.sort, np.median, lambda x: np.partition(x, 1)),
        lambda x: np.quantile(x, [0.0, 0.9], method="lower"),
        lambda x: np.quantile(x, [0.1, 1.0], method="higher"),
    ],
)
def test_infinities_are_numbers_like_others(f, mode):
    x = np.array([np.inf, 2.0, 1.0, np.inf, -np.inf])
    np.testing.assert_array_equal(value(f, x, mode), f(x))
    assert np.all(np.isfinite(ad.jacobian(f, mode=mode)(x)))


@each_mode
@pytest.mark.parametrize("f", [np.median, lambda x: np.quantile(x, [0.1, 0.5], axis=0)])
def test_one_nan_is_the_median_of_its_row(f, mode):
    x = normal(5, 2)
    x[3, 1] = np.nan
    np.testing.assert_array_equal(np.isnan(value(f, x, mode)), np.isnan(f(x)))


@together
@each_mode
@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_a_quantile(method, mode):
    x, q = normal(7), np.array([0.0, 0.1, 0.25, 0.5, 0.77, 1.0])

    def f(x):
        return np.quantile(x, q, method=method)

    expected = f(x)
    np.testing.assert_allclose(value(f, x, mode), expected, rtol=1e-13)
    jacobian = ad.jacobian(f, mode=mode)(x)
    np.testing.assert_allclose(jacobian @ x, expected, rtol=1e-13)  # it is linear around x
    np.testing.assert_allclose(jacobian.sum(axis=1), 1, rtol=1e-13)


# --- Ties -----------------------------------------------------------------------------------------


def average_over_all_orders(x):
    """Of the permutations that sort `x`, as matrices."""
    orders = [
        order for order in map(list, itertools.permutations(range(x.size))) if is_sorted(x[order])
    ]
    return np.mean([np.eye(x.size)[order] for order in orders], axis=0)


def is_sorted(x):
    return np.all(x[1:] >= x[:-1])


@together
@each_mode
@pytest.mark.parametrize("x", [TIED, np.ones(4), np.array([1.0, 1.0, 0.0, 0.0, 1.0]), normal(5)])
def test_ties_have_the_average_over_all_orders(x, mode):
    expected = average_over_all_orders(x)
    np.testing.assert_allclose(ad.jacobian(np.sort, mode=mode)(x), expected, rtol=1e-14)
    rows = np.stack([x, x[::-1]])
    jacobian = ad.jacobian(np.sort, mode=mode)(rows)
    np.testing.assert_allclose(jacobian[1, :, 1, ::-1], expected, rtol=1e-14)
    assert not jacobian[0, :, 1].any()
    columns = ad.jacobian(lambda x: np.sort(x, axis=0), mode=mode)(rows.T)
    np.testing.assert_allclose(columns, jacobian.transpose(1, 0, 3, 2), rtol=1e-14)


@each_mode
@pytest.mark.parametrize("kind", [None, "stable", "heapsort"])
def test_the_kind_of_sort_does_not_matter_for_ties(kind, mode):
    found = ad.jacobian(lambda x: np.sort(x, kind=kind), mode=mode)(TIED)
    np.testing.assert_array_equal(found, ad.jacobian(np.sort, mode=mode)(TIED))


@together
@each_mode
@pytest.mark.parametrize("x", [TIED, np.array([2.0, 2.0]), np.array([1.0, 2.0, 2.0]), normal(4)])
def test_first_and_last_are_min_and_max(x, mode):
    def gradient(f):
        return ad.grad(f, mode=mode)(x)

    for i, extreme in ((0, np.min), (-1, np.max)):
        expected = gradient(extreme)
        np.testing.assert_array_equal(gradient(lambda x, i=i: np.sort(x)[i]), expected)
        np.testing.assert_array_equal(gradient(lambda x, i=i: np.partition(x, i)[i]), expected)
        np.testing.assert_array_equal(gradient(lambda x, i=i: np.quantile(x, -i)), expected)


@together
@each_mode
@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([2.0, 2.0, 3.0], [0.5, 0.5, 0.0]),
        ([2.0, 2.0, 2.0], [1 / 3, 1 / 3, 1 / 3]),
        ([1.0, 2.0, 2.0, 3.0], [0.0, 0.5, 0.5, 0.0]),  # the derivative: here is no corner
        ([1.0, 1.0, 2.0, 2.0], [0.25, 0.25, 0.25, 0.25]),
    ],
)
def test_medians_at_ties(x, expected, mode):
    for f in (np.median, lambda x: np.quantile(x, 0.5), lambda x: np.percentile(x, 50)):
        np.testing.assert_allclose(ad.grad(f, mode=mode)(np.array(x)), expected, rtol=1e-14)


@each_mode
def test_what_does_not_depend_on_the_order_of_equal_entries_has_its_derivative(mode):
    found = ad.grad(lambda x: np.sum(np.sort(x) ** 3), mode=mode)(TIED)
    np.testing.assert_allclose(found, 3 * TIED**2, rtol=1e-14)


@each_mode
def test_equal_large_numbers_stay_as_they_are(mode):
    """What is averaged is a derivative, never a value."""
    x = np.full(3, 1.5e308)
    assert value(np.sort, x, mode).tolist() == x.tolist()


SPREAD = np.array([0.0, 1.0, 5.0, 7.0])


@together
@each_mode
@pytest.mark.parametrize(
    ("method", "q", "slope"),
    [
        ("linear", 0.5, 3 * 4),  # the place moves by n - 1, between 1 and 5
        ("linear", 0.0, 3 * 1),  # no q is less
        ("linear", 1.0, 3 * 2),
        ("weibull", 0.5, 5 * 4),
        ("hazen", 0.5, 4 * 4),
        ("interpolated_inverted_cdf", 0.6, 4 * 4),
        ("hazen", 0.01, 0),  # held at the first
        ("inverted_cdf", 0.6, 0),  # which jumps
    ],
)
def test_a_quantile_moves_with_q(method, q, slope, mode):
    found = ad.grad(lambda q: np.quantile(SPREAD, q, method=method), mode=mode)(q)
    np.testing.assert_allclose(found, slope, rtol=1e-13)


@each_mode
def test_where_two_pieces_meet_q_has_the_mean_of_both_slopes(mode):
    x = np.array([0.0, 1.0, 5.0])
    assert ad.grad(lambda q: np.quantile(x, q), mode=mode)(0.5) == 2 * (1 + 4) / 2


@each_mode
def test_weights_choose_an_entry(mode):
    found = ad.grad(lambda x: np.quantile(x, 0.5, weights=x, method="inverted_cdf"), mode=mode)(
        np.array([3.0, 1.0, 1.5])
    )
    assert found.tolist() == [1.0, 0.0, 0.0]


# --- Refused --------------------------------------------------------------------------------------


@together
@each_mode
@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda x: np.sort(x, order="a"), ValueError, "no fields"),
        (lambda x: np.sort(x, kind="best"), ValueError, "sort kind"),
        (lambda x: np.sort(x, axis=1), ValueError, "out of bounds"),
        (lambda x: np.sort(x[0]), ValueError, "out of bounds"),
        (lambda x: np.partition(x, 5), ValueError, "out of bounds"),
        (lambda x: np.median(x, out=np.zeros(())), NotImplementedError, r"np\.median: out="),
        (lambda x: np.quantile(x, 2.0), ValueError, r"\[0, 1\]"),
        (lambda x: np.quantile(x, 0.5, method="best"), ValueError, "best"),
        (lambda x: np.take_along_axis(x, x, 0), IndexError, "integer"),
    ],
)
def test_what_is_refused(f, error, message, mode):
    with pytest.raises(error, match=message):
        ad.jacobian(f, mode=mode)(np.array([0.5, 0.25]))


@pytest.mark.parametrize("mode", MODES)
def test_quantiles_in_single_precision_are_numpys_to_the_last_bit(mode):
    """What lies behind the point is, as what lies before it, computed in double precision."""
    for x in np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32):
        for q in (30, 33.3, 75):

            def f(x, q=q):
                return np.percentile(x, q, method="median_unbiased")

            np.testing.assert_array_equal(value(f, x, mode), f(x), strict=True)
