"""jvp, vjp, linearize: values, tangents and cotangents, their types, shapes and zeros."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import X, same, together


def test_jvp_gives_value_and_tangent():
    value, tangent = ad.jvp(np.sin, (X,), (np.ones(2),))
    same(value, np.sin(X))
    same(tangent, np.cos(X))


def test_jvp_of_two_arguments_adds_their_parts():
    value, tangent = ad.jvp(lambda a, b: a * b, (2.0, 3.0), (10.0, 100.0))
    assert (value, tangent) == (6.0, 230.0)


def test_vjp_gives_value_and_a_tuple():
    value, pullback = ad.vjp(np.sin, X)
    same(value, np.sin(X))
    (g,) = pullback(np.array([2.0, 3.0]))
    same(g, np.cos(X) * [2.0, 3.0])


@together
@pytest.mark.parametrize(
    ("f", "slope", "operations"),
    [(lambda x: x, 1.0, 0), (lambda x: 1.0, 0.0, 0), (lambda x: -x, -1.0, 1)],
)
def test_the_shortest_functions_can_be_recorded(f, slope, operations):
    _, pullback = ad.vjp(f, 2.0)
    _, pushforward = ad.linearize(f, 2.0)
    assert pullback(1.0) == (slope,)
    assert pushforward(1.0) == slope
    assert len(pullback.tape) == operations


def test_pullback_may_be_called_again():
    _, pullback = ad.vjp(lambda x: np.sin(x) * x[0], X)
    first = pullback(np.ones(2))
    pullback(np.zeros(2))
    same(pullback(np.ones(2))[0], first[0])


def test_pushforward_may_be_called_again():
    _, pushforward = ad.linearize(lambda x: np.sin(x) * x[0], X)
    first = pushforward(np.ones(2))
    pushforward(np.zeros(2))
    same(pushforward(np.ones(2)), first)


def test_pushforward_is_jvp_and_the_transpose_of_pullback():
    def f(x, y):
        return {"a": np.sin(x) * y, "b": [np.sum(x * x), y]}

    t, ct = (np.array([1.0, 2.0]), 3.0), {"a": np.array([4.0, 5.0]), "b": [6.0, 7.0]}
    value, pushforward = ad.linearize(f, X, 2.0)
    expected_value, expected = ad.jvp(f, (X, 2.0), t)
    pushed = pushforward(*t)
    for got, want in ((value, expected_value), (pushed, expected)):
        same(got["a"], want["a"])
        assert got["b"] == pytest.approx(want["b"])
    gx, gy = ad.vjp(f, X, 2.0)[1](ct)
    along = ct["a"] @ pushed["a"] + ct["b"][0] * pushed["b"][0] + ct["b"][1] * pushed["b"][1]
    assert gx @ t[0] + gy * t[1] == pytest.approx(along)


@together
@pytest.mark.parametrize("ct", [2.0, 2, np.float64(2.0), np.array(2.0)])
def test_pullback_takes_a_number_where_the_output_is_a_scalar(ct):
    _, pullback = ad.vjp(lambda x: np.sum(x * x), X)
    same(pullback(ct)[0], 4 * X)


@together
@pytest.mark.parametrize("t", [2.0, 2, np.float64(2.0), np.array(2.0)])
@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array(3.0)])
def test_a_number_is_a_tangent_of_a_number(x, t):
    assert ad.jvp(lambda x: x * x, (x,), (t,))[1] == 12.0
    assert ad.linearize(lambda x: x * x, x)[1](t) == 12.0


def test_a_number_gives_a_number_of_its_type_in_jvp_and_vjp():
    assert type(ad.jvp(lambda x: x * x, (3,), (1,))[1]) is float
    assert type(ad.vjp(lambda x: np.sin(x), 3)[1](1)[0]) is float
    assert type(ad.linearize(lambda x: x * x, 3)[1](1)) is float


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_stays_float32_in_jvp_and_vjp(dtype):
    x = np.ones(3, dtype)

    def f(x):
        return 2 * np.sin(x) * x / 3.0 + x**2

    value, tangent = ad.jvp(f, (x,), (x,))
    assert value.dtype == tangent.dtype == dtype
    value, pullback = ad.vjp(f, x)
    assert value.dtype == pullback(x)[0].dtype == dtype
    assert ad.linearize(f, x)[1](x).dtype == dtype


def test_integer_and_boolean_outputs_are_constants_in_jvp_and_vjp():
    def f(x):
        return x * x, np.argmax(x), x > 0, 7

    value, tangent = ad.jvp(f, (X,), (np.ones(2),))
    assert value[1] == 0
    assert value[2].dtype == bool
    same(tangent[0], 2 * X)
    assert not np.any(tangent[1])
    assert not np.any(tangent[2])
    assert not tangent[3]
    assert np.shape(tangent[2]) == (2,)
    _, pullback = ad.vjp(f, X)
    same(pullback((np.ones(2), 0, np.zeros(2), 0.0))[0], 2 * X)


def test_a_constant_has_zero_tangents_and_cotangents():
    _, tangent = ad.jvp(lambda x: (x, np.ones(3)), (X,), (X,))
    same(tangent[1], np.zeros(3))
    _, pullback = ad.vjp(lambda x: (np.ones(3), 1.0), X)
    same(pullback((np.ones(3), 1.0))[0], np.zeros(2))
    _, pushforward = ad.linearize(lambda x: np.ones(3), X)
    same(pushforward(X), np.zeros(3))
