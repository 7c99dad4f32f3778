"""Reading an array entry by entry costs as much as reading it once, up to a constant."""

import gc
import tracemalloc

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together

SIZES = (50, 400)


def by_entries(x):
    return sum([x[i] * x[i + 1] for i in range(len(x) - 1)])


def by_slices(x):
    return sum([np.sum(x[i : i + 2] ** 2) for i in range(len(x) - 1)])


def by_lists(x):
    return sum([np.sum(x[[i, i + 1]] ** 2) for i in range(len(x) - 1)])


def by_iteration(x):
    return sum([y * y for y in x])


def by_blocks(x):
    return sum([np.sum(np.sin(block)) for block in np.split(x, len(x) // 5)])


FUNCTIONS = {f.__name__: f for f in (by_entries, by_slices, by_lists, by_iteration, by_blocks)}


@pytest.fixture
def elements(monkeypatch):
    """A list of the sizes of all arrays of zeros that are made."""
    made = []
    for name in ("zeros", "zeros_like"):
        make = getattr(np, name)

        def counted(*args, make=make, **kwargs):
            array = make(*args, **kwargs)
            made.append(array.size)
            return array

        monkeypatch.setattr(np, name, counted)
    return made


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_sweep_makes_one_array_of_zeros_for_all_reads(f, elements):
    _, pullback = ad.vjp(f, np.linspace(0, 1, 2000))
    elements.clear()
    pullback(1.0)
    assert sum(elements) <= 2 * 2000


@pytest.mark.parametrize("f", [by_entries, by_iteration], ids=["entries", "iteration"])
def test_a_second_sweep_makes_a_constant_number_of_arrays(f, elements):
    x = np.linspace(0, 1, 2000)
    _, pullback = ad.vjp(ad.grad(f), x)
    elements.clear()
    pullback(np.ones(2000))
    assert sum(elements) <= 10 * 2000


def recorded_bytes(f, n):
    """The memory that a recording of the gradient of `f` takes, of any kind."""
    x = np.linspace(0, 1, n)
    ad.vjp(ad.grad(f), x)
    gc.collect()  # empties the stock of tuples, which would serve a small recording
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    _, pullback = ad.vjp(ad.grad(f), x)
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    del pullback
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_recording_of_a_sweep_has_linearly_many_bytes(f):
    small, large = (recorded_bytes(f, n) for n in SIZES)
    # Linear is a factor of 8 between the sizes, quadratic one of 64.
    assert large <= 2.5 * small * SIZES[1] / SIZES[0]


def test_the_peak_of_a_sweep_is_linear():
    peaks = []
    for n in SIZES:
        _, pullback = ad.vjp(by_entries, np.linspace(0, 1, n))
        tracemalloc.start()
        pullback(1.0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] <= 2.5 * peaks[0] * SIZES[1] / SIZES[0]


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_derivatives_are_right(f):
    x = np.linspace(0, 1, 10)
    expected = ad.grad(f, mode="forward")(x)
    np.testing.assert_allclose(ad.grad(f)(x), expected, rtol=1e-12)
    hessian = ad.hessian(f, modes="forward-over-forward")(x)
    for modes in ("forward-over-reverse", "reverse-over-forward", "reverse-over-reverse"):
        np.testing.assert_allclose(ad.hessian(f, modes=modes)(x), hessian, rtol=1e-12, atol=1e-12)


@together
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        np.int64(1),
        slice(None, None, -2),
        (slice(None), 1),
        (1, ..., None),
        None,
        [0, 0, 2],
        (np.array([2, 0]), np.array([[1], [1]])),
        (np.array([0, 2]), None, 1),
        (slice(1), [0, 0]),
        [True, False, True],
        np.arange(6).reshape(3, 2) % 2 == 0,
        True,
        [],
        (),
        ...,
    ],
    ids=str,
)
def test_reads_together_with_other_uses_of_the_array(mode, index):
    x = np.arange(6.0).reshape(3, 2)

    def f(x):
        y = np.sin(x)
        return np.sum(y) + np.sum(y[index] ** 2) + np.sum(y[index]) + y[0, 0] * np.sum(y * y)

    expected = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        h = np.zeros_like(x)
        h[i] = 1e-6
        expected[i] = (f(x + h) - f(x - h)) / 2e-6
    np.testing.assert_allclose(ad.grad(f, mode=mode)(x), expected, rtol=1e-6, atol=1e-8)


def test_reads_do_not_write_into_the_caller_s_cotangent():
    ct = np.ones(4)
    _, pullback = ad.vjp(lambda x: x + np.concatenate([x[:2], x[2:]]) + x[::-1], np.ones(4))
    np.testing.assert_array_equal(pullback(ct)[0], np.full(4, 3.0))
    np.testing.assert_array_equal(ct, np.ones(4))
