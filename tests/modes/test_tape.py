"""The recording: its length, its bytes, and how it is freed."""

import tracemalloc
import weakref

import numpy as np
import pytest

import admodes as ad
from admodes.modes import containers
from tests.helpers import MODES, NESTINGS, together

# --- Long programs --------------------------------------------------------------------------------


def halving(n):
    """A chain of n operations with the derivative 1."""

    def f(x):
        for i in range(n // 2):
            x = x * 2.0 if i % 2 else x * 0.5
            x = x + 0.25
        return x

    return f


LONG = 200_000  # beyond every limit of recursion


@pytest.mark.slow
def test_many_operations_record_sweep_and_are_destroyed():
    _, pullback = ad.vjp(halving(LONG), 1.0)
    assert len(pullback.tape) == LONG
    assert pullback(3.0) == (3.0,)
    del pullback


def test_many_operations_in_forward_mode():
    assert ad.jvp(halving(LONG), (1.0,), (3.0,))[1] == 3.0


@pytest.mark.slow
@pytest.mark.parametrize("modes", NESTINGS)
def test_many_operations_in_every_nesting(modes):
    def f(x):
        y = halving(20_000)(x)
        return y * x + halving(20_000)(x)

    assert ad.hvp(f, (1.0,), (1.0,), modes=modes) == (2.0,)


@pytest.mark.slow
def test_a_deep_recording_of_a_recording_is_destroyed():
    # The residuals of the inner recording are values of the outer one, which hold its nodes.
    def outer(x):
        def inner(y):
            for _ in range(20_000):
                y = y * x
            return y

        return ad.vjp(inner, x)[1](1.0)[0]

    _, pullback = ad.vjp(outer, 1.0)
    assert pullback(1.0)[0] == pytest.approx(20_000.0)
    del pullback


@pytest.mark.slow
def test_a_long_sum_has_a_wide_recording():
    _, pullback = ad.vjp(lambda x: sum([x * float(i) for i in range(50_000)]), 1.0)
    assert pullback(1.0) == (sum(range(50_000)),)


# --- Length and bytes -----------------------------------------------------------------------------


def test_length_counts_operations():
    for f, length in (
        (lambda x: np.sin(x), 1),
        (lambda x: np.sin(x) * x + 1.0, 3),
        (lambda x: x, 0),
        (lambda x: np.ones(3), 0),
        (lambda x: (np.sin(x), np.cos(x)), 2),
    ):
        _, pullback = ad.vjp(f, np.ones(3))
        assert len(pullback.tape) == length


@pytest.mark.parametrize("steps", [1, 5, 20])
def test_a_step_of_sine_and_product_keeps_two_arrays(steps):
    n = 1000

    def f(x):
        y = x
        for _ in range(steps):
            y = np.sin(y) * x
        return y

    _, pullback = ad.vjp(f, np.ones(n))
    assert len(pullback.tape) == 2 * steps
    # Each step keeps the sine and what it is the sine of; x is there already.
    assert pullback.tape.nbytes == 2 * steps * 8 * n


def test_bytes_of_residuals():
    n = 1000
    w = np.ones(n)
    for f, count in (
        (lambda x: x + w, 0),  # linear: neither is needed
        (lambda x: 2.0 * x - x, 0),
        (lambda x: x[1:] + x[:-1], 0),
        (lambda x: x * w, 1),  # w alone
        (lambda x: x * x, 1),
        (lambda x: np.exp(x), 1),  # the output alone
        (lambda x: np.sqrt(x), 1),
        (lambda x: np.tanh(np.tanh(x)), 2),
    ):
        _, pullback = ad.vjp(f, np.ones(n))
        assert pullback.tape.nbytes == pytest.approx(8 * n * count, abs=100)


def test_a_large_constant_that_is_used_again_is_kept_once():
    w = np.ones(10_000)

    def f(x):
        for _ in range(10):
            x = x * w
        return x

    _, pullback = ad.vjp(f, np.ones(10_000))
    assert pullback.tape.nbytes == w.nbytes


def test_what_a_prune_removes_is_not_counted():
    def f(x):
        for _ in range(5000):
            np.sin(x)
        return np.cos(x)

    _, pullback = ad.vjp(f, np.ones(3))
    assert len(pullback.tape) == 1
    assert pullback.tape.nbytes == 24


@pytest.mark.parametrize("tests", [30, 200])
def test_large_arrays_of_branches_that_nothing_uses_are_let_go(tests):
    """A test of convergence, say, in each of so many steps."""

    def f(x):
        y = x
        for _ in range(tests):
            if np.sum(np.abs(y * 2.0 - x)) < 0:
                break
        return np.sum(y * y)

    x = np.ones(20_000)
    for derivative in (ad.grad(f), lambda x: ad.vjp(f, x)[1](np.float64(1.0))):
        tracemalloc.start()
        derivative(x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 * x.nbytes


def test_gradients_after_a_prune():
    # Every limit at which a tape prunes is passed, with live and dead operations in between.
    def f(x):
        total = x * 0.0
        for i in range(20_000):
            y = x * float(i % 7)
            if i % 3 == 0:
                total = total + y
        return total

    expected = sum(i % 7 for i in range(0, 20_000, 3))
    assert ad.grad(f)(2.0) == expected
    _, pullback = ad.vjp(f, 2.0)
    assert pullback(1.0) == (expected,)


# --- Memory that is given back --------------------------------------------------------------------


FUNCTIONS = {
    "elementwise": lambda x: np.sin(x) * x,
    "identity": lambda x: x,
    "constant": lambda x: np.ones(3),
    "broadcast": lambda x: x * x[:, None] + 1.0,
    "reads": lambda x: x[1:] * x[:-1] + x[np.array([0, 1])],
    "reduction": lambda x: np.sum(x) * x,
    "outputs": lambda x: {"a": x * x, "b": [x[0]]},
    "constants": lambda x: x * np.ones((2, 3)),
    "checkpoint": lambda x: ad.checkpoint(np.sin)(x) * 2.0,
    "checkpoint of containers": lambda x: ad.checkpoint(lambda d: (d["a"] * 2.0, d["a"]))({"a": x}),
    "nested": lambda x: ad.grad(lambda y: np.sum(np.sin(y) * x))(x),
}


@pytest.mark.usefixtures("no_collector")
@together
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_dropping_value_and_pullback_frees_the_recording(f):
    value, pullback = ad.vjp(f, np.ones(3))
    tape = weakref.ref(pullback.tape)
    del value, pullback
    assert tape() is None


@pytest.mark.usefixtures("no_collector")
@together
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_used_pullback_is_freed_too(f):
    value, pullback = ad.vjp(f, np.ones(3))
    ct = containers.map_leaves(np.ones_like, value)
    pullback(ct)
    tape = weakref.ref(pullback.tape)
    del value, pullback
    assert tape() is None


@pytest.mark.usefixtures("no_collector")
@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_nothing_is_left_of_a_finished_differentiation(mode, f):
    kept = []

    def watched(x):
        y = np.sin(x)
        kept.append(weakref.ref(y))
        return f(y)

    ad.jacobian(watched, mode=mode)(np.ones(3))
    ad.jvp(watched, (np.ones(3),), (np.ones(3),))
    ad.linearize(watched, np.ones(3))[1](np.ones(3))
    assert all(ref() is None for ref in kept)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_left_of_a_gradient(mode):
    kept = []

    def f(x):
        y = np.sin(x)
        kept.append(weakref.ref(y))
        return np.sum(y * x) * np.sum(ad.grad(lambda z: np.sum(z * y), mode=mode)(y))

    ad.grad(f, mode=mode)(np.ones(3))
    assert all(ref() is None for ref in kept)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("mode", MODES)
def test_an_exception_frees_the_recording(mode):
    kept = []

    def f(x):
        y = np.sin(x) * x
        kept.append(weakref.ref(y))
        raise KeyError

    with pytest.raises(KeyError):
        ad.grad(f, mode=mode)(np.ones(3))
    assert kept[0]() is None


@pytest.mark.usefixtures("no_collector")
def test_repeated_gradients_do_not_grow():
    gradient = ad.grad(lambda x: np.sum(np.sin(x) * x[0] + x[1:][0]))
    x = np.ones(1000)
    gradient(x)
    tracemalloc.start()
    for _ in range(3):
        gradient(x)
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(50):
        gradient(x)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 8000


@pytest.mark.slow
def test_branches_that_nothing_uses_are_freed_while_recording():
    lengths = []

    def f(x):
        y = x * 1.0
        for i in range(30_000):
            np.sin(x) * 2.0
            if i % 1000 == 0:
                lengths.append(len(x._level.nodes))
        return y

    _, pullback = ad.vjp(f, 2.0)
    assert max(lengths) < 5000
    assert len(pullback.tape) == 1
    assert pullback(1.0) == (1.0,)


@pytest.mark.slow
def test_arrays_that_nothing_uses_are_freed_while_recording():
    def f(x):
        for _ in range(5000):
            np.sin(x * 1.0)
        return np.sum(x)

    x = np.ones(1000)
    tracemalloc.start()
    ad.grad(f)(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2500 * x.nbytes  # a few thousand operations, not 10,000


def test_a_sweep_frees_nothing_that_a_later_one_needs():
    _, pullback = ad.vjp(lambda x: np.sin(x) * np.exp(x), np.ones(5000))
    first = pullback(np.ones(5000))[0].copy()
    for _ in range(3):
        np.testing.assert_array_equal(pullback(np.ones(5000))[0], first)
