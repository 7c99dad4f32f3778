"""Whose arrays they are: results are the caller's own, and what the caller gave stays as it is."""

import numpy as np
import pytest

import admodes as ad
from admodes.modes import containers
from tests.helpers import MODES, same, together


def arrays(*trees):
    found = []
    for tree in trees:
        if isinstance(tree, np.ndarray):
            found.append(tree)
        elif isinstance(tree, (tuple, list)):
            found += arrays(*tree)
    return found


def assert_own(results, callers=()):
    """Writable arrays that share no memory with each other or with the caller's."""
    results = arrays(results)
    assert results
    for i, a in enumerate(results):
        assert a.flags.writeable
        for b in [*results[i + 1 :], *arrays(callers)]:
            assert not np.shares_memory(a, b)


ALIASING = {
    "identity": lambda x: x,
    "twice": lambda x: (x, x),
    "views": lambda x: (x, x[1:], np.reshape(x, (-1, 1)), x[::-1]),
    "transpose": lambda x: np.transpose(x),
    "broadcast": lambda x: np.broadcast_to(x, (3, *x.shape)),
    "sum": lambda x: x + x,
    "sums": lambda x: (x + 1.0, x - 1.0),
    "constant": lambda x: (np.ones(3), x),
}


@together
@pytest.mark.parametrize("size", [2, 5000])
@pytest.mark.parametrize("f", ALIASING.values(), ids=ALIASING)
def test_results_are_the_caller_s_own(f, size):
    x, t = np.ones(size), np.full(size, 2.0)
    value, tangent = ad.jvp(f, (x,), (t,))
    assert_own([value, tangent], [x, t])
    value, pushforward = ad.linearize(f, x)
    assert_own([value, pushforward(t), pushforward(t)], [x, t])
    value, pullback = ad.vjp(f, x)
    ct = containers.map_leaves(np.copy, value)
    assert_own([value, pullback(ct), pullback(ct)], [x, ct])


@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_the_caller_s_own(mode):
    for f in (lambda x, y: np.sum(x + y), lambda x, y: np.sum(x) + np.sum(y), lambda x, y: x[0]):
        x, y = np.ones(3), np.ones(3)
        results = ad.grad(f, (0, 1), mode=mode)(x, y)
        assert_own(results, [x, y])


@together
@pytest.mark.parametrize("mode", [*MODES, "mixed", "auto"])
def test_jacobians_are_the_caller_s_own(mode):
    x, y = np.ones(3), np.ones(3)
    assert_own(ad.jacobian(lambda x, y: (x + y, x, y[0]), (0, 1), mode=mode)(x, y), [x, y])


@pytest.mark.parametrize("mode", MODES)
def test_auxiliary_output_and_the_value_are_the_caller_s_own(mode):
    x = np.ones(3)
    (_, aux), gradient = ad.value_and_grad(
        lambda x: (np.sum(x), (x, x[1:])), mode=mode, has_aux=True
    )(x)
    assert_own([aux, gradient], [x])


def test_writing_into_results_changes_no_later_result():
    x = np.ones(3)
    value, pullback = ad.vjp(lambda x: (x, np.sin(x)), x)
    first = pullback((np.ones(3), np.ones(3)))[0]
    expected = first.copy()
    value[0][:] = value[1][:] = first[:] = 99.0
    same(pullback((np.ones(3), np.ones(3)))[0], expected)


@pytest.mark.parametrize("mode", MODES)
def test_arguments_are_not_changed(mode):
    rng = np.random.default_rng(0)
    x, y, t = rng.normal(size=(3, 6000))
    copies = x.copy(), y.copy(), t.copy()

    def f(x, y):
        z = x + y
        return np.sum(np.sin(z) * z - y + np.cos(x) * x)

    ad.grad(f, (0, 1), mode=mode, chunk_size=6000 if mode == "reverse" else 4000)(x[:9], y[:9])
    ad.jvp(f, (x, y), (t, t))
    _, pullback = ad.vjp(lambda x, y: x + y + np.sin(x) * x, x, y)
    pullback(t)
    ad.hvp(f, (x, y), (t, t))
    for array, copy in zip((x, y, t), copies, strict=True):
        same(array, copy)


def test_read_only_arguments_are_accepted():
    x = np.ones(3)
    x.flags.writeable = False
    gradient = ad.grad(lambda x: np.sum(x * x))(x)
    gradient += 1.0
    value, tangent = ad.jvp(lambda x: x, (x,), (x,))
    assert value.flags.writeable
    assert tangent.flags.writeable


@pytest.mark.parametrize("n", [3, 6000])
def test_a_cotangent_that_passes_unchanged_is_not_overwritten(n):
    # Both arguments of these get the cotangent, one of them as it is and one multiplied.
    rng = np.random.default_rng(0)
    x, y = rng.uniform(1, 2, (2, n))
    for f in (np.remainder, np.fmod):
        gx, gy = ad.grad(lambda x, y, f=f: np.sum(np.sin(f(x, y))), (0, 1))(x, y)
        same(gx, np.cos(f(x, y)))
        same(gy, -np.cos(f(x, y)) * np.trunc(x / y))


@pytest.mark.parametrize("n", [3, 6000])
def test_both_arguments_may_be_the_same_value(n):
    x = np.linspace(0.5, 1.0, n)
    for f, slope in (
        (lambda y: y * y, lambda y: 2 * y),
        (lambda y: y / y, lambda y: 0 * y),
        (lambda y: y - y, lambda y: 0 * y),
        (lambda y: y**y, lambda y: y**y * (np.log(y) + 1)),
        (lambda y: np.arctan2(y, y), lambda y: 0 * y),
        (lambda y: np.hypot(y, y), lambda y: np.sqrt(2.0) + 0 * y),
        (lambda y: np.maximum(y, y) * np.logaddexp(y, y), lambda y: y + y + np.log(2.0)),
    ):
        gradient = ad.grad(lambda x, f=f: np.sum(np.sin(f(np.exp(x)))))(x)
        y = np.exp(x)
        np.testing.assert_allclose(gradient, np.cos(f(y)) * slope(y) * y, rtol=1e-9, atol=1e-12)
