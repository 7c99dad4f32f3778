"""Arrays that are overwritten later: the recording stays what it was."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, together

SIZES = [3, 5000]  # below and above the size from which copies are looked up


@pytest.mark.parametrize("n", SIZES)
def test_an_input_that_is_overwritten(n):
    x = np.ones(n)
    _, pullback = ad.vjp(lambda x: np.sin(x) * x, x)
    _, pushforward = ad.linearize(lambda x: np.sin(x) * x, x)
    expected = np.full(n, np.cos(1.0) + np.sin(1.0))
    x[:] = 99.0
    np.testing.assert_allclose(pullback(np.ones(n))[0], expected)
    np.testing.assert_allclose(pushforward(np.ones(n)), expected)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", [float, complex])
def test_inputs_of_several_arguments_and_in_containers_that_are_overwritten(n, dtype):
    x, y, z = (np.full(n, value, dtype) for value in (1.0, 2.0, 3.0))

    def f(x, d):
        return x * d["y"] * d["z"][0]

    _, pullback = ad.vjp(f, x, {"y": y, "z": [z]})
    _, pushforward = ad.linearize(f, x, {"y": y, "z": [z]})
    one = np.ones(n, dtype)
    x[:] = y[:] = z[:] = 99.0
    gx, gd = pullback(one)
    np.testing.assert_array_equal(gx, 6 * one)
    np.testing.assert_array_equal(gd["y"], 3 * one)
    np.testing.assert_array_equal(gd["z"][0], 2 * one)
    np.testing.assert_array_equal(pushforward(one, {"y": one, "z": [one]}), 11 * one)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", SIZES)
def test_an_input_that_the_function_overwrites(mode, n):
    x = np.ones(n)

    def f(y):
        z = y * y
        x[:] = 99.0
        return np.sum(z * y)

    gradient = ad.grad(f, mode=mode, chunk_size=1 if n < 10 else 5000)
    if n < 10 or mode == "reverse":
        np.testing.assert_allclose(gradient(x), np.full(n, 3.0))
    else:
        np.testing.assert_allclose(ad.jvp(f, (x,), (np.ones(n),))[1], 3.0 * n)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", SIZES)
def test_a_constant_that_is_overwritten_between_its_uses(mode, n):
    def f(x):
        w = np.ones(n)
        y = x * w
        y = y * w  # again, unchanged
        w[:] = 2.0
        y = y * w
        w[-1] = 3.0
        y = y * w
        w[:] = np.nan
        return y

    expected = np.full(n, 4.0)
    expected[-1] = 6.0
    np.testing.assert_array_equal(ad.jvp(f, (np.ones(n),), (np.ones(n),))[1], expected)
    _, pullback = ad.vjp(f, np.ones(n))
    np.testing.assert_array_equal(pullback(np.ones(n))[0], expected)
    _, pushforward = ad.linearize(f, np.ones(n))
    np.testing.assert_array_equal(pushforward(np.ones(n)), expected)


def added_at(places, x):
    total = np.zeros_like(x)
    np.add.at(total, places, x)
    return total


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(
    "f",
    [
        lambda places, x: x[places],
        added_at,
        lambda places, x: np.bincount(places, x, len(x)),
        lambda places, x: np.add.reduceat(x, places),
    ],
    ids=["read", "added at", "bincount", "reduceat"],
)
def test_indices_that_are_overwritten(f, n):
    """Whether an entry is read at them or written."""
    places, x = np.arange(n) // 2, np.linspace(1.0, 2.0, n)
    _, pullback = ad.vjp(lambda x: f(places, x), x)
    _, pushforward = ad.linearize(lambda x: f(places, x), x)
    expected = pullback(x)[0], pushforward(x)
    places[:] = 0
    np.testing.assert_array_equal(pullback(x)[0], expected[0])
    np.testing.assert_array_equal(pushforward(x), expected[1])


@pytest.mark.parametrize("n", SIZES)
def test_a_constant_that_is_overwritten_through_a_view(n):
    base = np.ones(2 * n)
    w = base[::2]
    _, pullback = ad.vjp(lambda x: x * w, np.ones(n))
    base[:] = 99.0
    np.testing.assert_array_equal(pullback(np.ones(n))[0], np.ones(n))


CONSTANTS = {
    "product": lambda x, w, mask, index: w * x,
    "quotient": lambda x, w, mask, index: x / w,
    "power": lambda x, w, mask, index: x**w,
    "ufunc": lambda x, w, mask, index: np.multiply(w, x),
    "maximum": lambda x, w, mask, index: np.maximum(x, w),
    "broadcast": lambda x, w, mask, index: x[:9] * w[:9, None],
    "where": lambda x, w, mask, index: np.where(mask, x, 2 * x),
    "boolean index": lambda x, w, mask, index: x[mask],
    "integer index": lambda x, w, mask, index: x[index],
    "index among slices": lambda x, w, mask, index: x[:, None][index, :],
    "take": lambda x, w, mask, index: np.take(x, index),
    "clip": lambda x, w, mask, index: np.clip(x, w, 2 * w),
    "dot": lambda x, w, mask, index: np.dot(x, w),
    "matmul": lambda x, w, mask, index: x[:9, None] @ w[None, :9],
    "einsum": lambda x, w, mask, index: np.einsum("i,i->", x, w),
    "masked sum": lambda x, w, mask, index: np.sum(x * mask),
}


@together
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("f", CONSTANTS.values(), ids=CONSTANTS)
def test_every_kind_of_constant_that_is_overwritten(f, n):
    x = np.linspace(1.0, 2.0, n)
    w, mask, index = np.full(n, 1.25), np.arange(n) % 2 == 0, np.arange(n)[::-1].copy()
    value, pullback = ad.vjp(lambda x: f(x, w, mask, index), x)
    _, pushforward = ad.linearize(lambda x: f(x, w, mask, index), x)
    ct = np.ones_like(value)
    pulled, pushed = pullback(ct)[0].copy(), pushforward(x)
    w[:], mask[:], index[:] = 0.0, True, 0
    np.testing.assert_array_equal(pullback(ct)[0], pulled)
    np.testing.assert_array_equal(pushforward(x), pushed)


@pytest.mark.parametrize("n", SIZES)
def test_a_constant_of_another_array_class_that_is_overwritten(n, tmp_path):
    w = np.memmap(tmp_path / "w", float, "w+", shape=(n,))
    w[:] = 1.0
    _, pullback = ad.vjp(lambda x: x * w, np.ones(n))
    w[:] = 99.0
    np.testing.assert_array_equal(pullback(np.ones(n))[0], np.ones(n))


@pytest.mark.parametrize("n", SIZES)
def test_an_index_that_is_overwritten(n):
    index = np.arange(n)[::-1].copy()
    mask = np.ones(n, bool)
    weights = np.linspace(0, 1, n)
    _, pullback = ad.vjp(lambda x: x[index] * weights + x[mask] + x[:, None][index, 0], np.ones(n))
    _, pushforward = ad.linearize(lambda x: x[index] + x[mask], np.ones(n))
    index[:], mask[:] = 0, False
    np.testing.assert_allclose(pullback(np.ones(n))[0], weights[::-1] + 2.0)
    t = np.linspace(1, 2, n)
    np.testing.assert_allclose(pushforward(t), t[::-1] + t)


def test_a_list_as_an_index_that_is_changed():
    index = [0, 1]
    _, pullback = ad.vjp(lambda x: x[index], np.ones(3))
    index[:] = [2, 2]
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [1.0, 1.0, 0.0])


@pytest.mark.parametrize("n", SIZES)
def test_a_mask_that_is_overwritten(n):
    mask = np.arange(n) % 2 == 0
    _, pullback = ad.vjp(lambda x: np.where(mask, x, 3 * x), np.ones(n))
    expected = np.where(mask, 1.0, 3.0)
    mask[:] = True
    np.testing.assert_array_equal(pullback(np.ones(n))[0], expected)


@pytest.mark.parametrize("n", SIZES)
def test_a_constant_that_is_overwritten_in_nested_recordings(n):
    w = np.full(n, 2.0)

    def gradient(x):
        return ad.grad(lambda y: np.sum(y * y * w))(x)

    _, pullback = ad.vjp(gradient, np.ones(n))
    w[:] = 99.0
    np.testing.assert_array_equal(pullback(np.ones(n))[0], np.full(n, 4.0))


def test_a_constant_that_is_replaced_by_another_at_its_address():
    # A copy is looked up by address: another array may come to lie where one has been freed.
    def f(x):
        for i in range(1, 30):
            x = x * np.full(5000, float(i % 3 + 1))
        return x

    expected = np.prod([float(i % 3 + 1) for i in range(1, 30)])
    assert np.all(ad.vjp(f, np.ones(5000))[1](np.ones(5000))[0] == expected)


@pytest.mark.parametrize("n", SIZES)
def test_tangents_and_cotangents_that_are_overwritten(n):
    kept = {}

    def f(x):
        ct = np.full(n, 2.0)
        kept["ct"] = ct
        return ad.vjp(lambda y: y * y * x, x)[1](ct)[0]

    _, pullback = ad.vjp(f, np.ones(n))
    kept["ct"][:] = 99.0
    np.testing.assert_array_equal(pullback(np.ones(n))[0], np.full(n, 8.0))


def test_the_value_given_to_the_user_is_not_part_of_the_recording():
    value, pullback = ad.vjp(lambda x: np.exp(x), np.zeros(5000))
    value[:] = 99.0
    np.testing.assert_array_equal(pullback(np.ones(5000))[0], np.ones(5000))
