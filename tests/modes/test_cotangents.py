"""In whose memory cotangents add up, whatever kind of array a rule gives."""

import pickle

import numpy as np
import pytest

import admodes as ad
from admodes.core import declaring
from tests.harness.memory import every_array_large
from tests.helpers import together


def twice(pull):
    return declaring.custom(
        lambda x: 2.0 * x, residual=lambda y, x: x, push=lambda _, t: 2 * t, pull=pull
    )


def read_only(x, ct):
    ct = ct * 2.0
    ct.flags.writeable = False
    return ct


PULLS = {
    "integers": lambda x, ct: np.full(x.shape, 2),
    "booleans": lambda x, ct: np.full(x.shape, True),
    "float32": lambda x, ct: np.full(x.shape, 2, np.float32),
    "read-only": read_only,
    "a view": lambda x, ct: (ct * 2.0)[:],
    "a repeated number": lambda x, ct: np.broadcast_to(2.0, x.shape),
}


@together
@pytest.mark.parametrize("size", [3, 5000])  # the latter large enough to be added in place
@pytest.mark.parametrize("name", PULLS)
def test_what_a_rule_hands_back_is_added_to_whatever_it_is(name, size):
    rule = twice(PULLS[name])
    x = np.ones(size)
    slope = 1.0 if name == "booleans" else 2.0
    first = np.zeros(size)
    first[0] = 1.123456789
    for f, rest in (
        (lambda x: x[0] * 1.123456789 + np.sum(rule(x)), first),
        (lambda x: np.sum(rule(x)) + x[0] * 1.123456789, first),
        (lambda x: np.sum(rule(x)) + np.sum(np.sin(x)), np.cos(x)),
        (lambda x: np.sum(rule(x)), 0.0),
    ):
        gradient = ad.grad(f)(x)
        np.testing.assert_allclose(gradient, slope + rest, rtol=1e-15)
        gradient += 1.0  # it is the caller's


def test_a_rule_may_give_an_array_that_it_keeps():
    kept = np.full(5000, 2.0)
    rule = twice(lambda x, ct: kept)
    for _ in range(2):
        gradient = ad.grad(lambda x: np.sum(rule(x)) + np.sum(x * x))(np.ones(5000))
        np.testing.assert_array_equal(gradient, 4.0)
    np.testing.assert_array_equal(kept, 2.0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128, np.complex64])
def test_a_buffer_is_added_into_whatever_its_dtype(dtype, monkeypatch):
    """Entries that are read are added in place; a copy of the array for each would cost O(n²)."""
    copies = []
    array = np.array
    monkeypatch.setattr(np, "array", lambda x, *args: copies.append(x) or array(x, *args))

    def f(x):
        total = 0.0
        for i in range(1, len(x)):
            total = total + x[i] * x[i - 1]
        return np.real(total)

    gradient = ad.grad(f)(np.ones(50, dtype))
    assert len(copies) < 10
    np.testing.assert_array_equal(gradient[1:-1], 2.0)


def test_a_primitive_that_has_been_swept_can_be_pickled():
    negative = ad.elementwise(np.negative, -1)
    assert ad.grad(negative)(0.5) == -1.0
    again = pickle.loads(pickle.dumps(negative))
    assert ad.grad(again)(0.5) == -1.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum((x + x) * x + x),
        lambda x: np.sum(np.stack([x, x * x]) @ x) + np.sum(x[1:] * x[:-1]) + x[0],
        lambda x: np.sum(np.reshape(x, (1, -1)) + x) + np.sum(np.where(x > 0.5, x, -x)),
    ],
)
def test_sums_made_in_place_are_those_of_new_arrays(f):
    x = np.linspace(0.1, 1.0, 6)
    ct = np.ones(())
    _, pullback = ad.vjp(f, x)
    expected = pullback(ct)[0]
    with every_array_large():
        for _ in range(2):
            np.testing.assert_array_equal(pullback(ct)[0], expected)
        np.testing.assert_array_equal(ad.grad(f)(x), expected)
        np.testing.assert_allclose(ad.jacobian(ad.grad(f), mode="reverse")(x), ad.hessian(f)(x))


@pytest.mark.parametrize("size", [3, 20_000])
def test_a_part_is_not_added_into_an_array_that_another_node_has_too(size):
    def f(x):
        first, second = 2.0 * x, 3.0 * x
        part = np.sum(5.0 * first[1:])  # after the sum, on the way back
        return part + np.sum(first + second)

    gradient = ad.grad(f)(np.ones(size))
    np.testing.assert_array_equal(gradient, [5.0, *[15.0] * (size - 1)])


@pytest.mark.parametrize("size", [3, 20_000])
def test_parts_that_are_recorded_are_added_to_what_is_not(size):
    def slope(a):
        g = ad.grad(lambda x: np.sum(x * x) + a * np.sum(x[1:]))(np.ones(size))
        return np.sum(g)

    assert ad.jvp(slope, (3.0,), (1.0,)) == (2.0 * size + 3.0 * (size - 1), size - 1.0)
