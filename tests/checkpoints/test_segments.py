"""``checkpoint(f, segments=True)``: values at √n places of a recording, the others recomputed."""

import gc
import weakref

import numpy as np
import pytest

import admodes as ad
from admodes import measure
from admodes.checkpoints.segments import SHORTEST, Segments
from tests.helpers import MODES, NESTINGS, together

X = np.array([0.3, -1.2, 0.8])


def chain(x, n=100):
    y = x
    for _ in range(n):
        y = np.sin(y) * x + 0.1 * y[0]
    return y


def scalar(x, n=100):
    return np.sum(chain(x, n))


def segmented(f):
    return ad.checkpoint(f, segments=True)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, 2, None])
@pytest.mark.parametrize("n", [0, 1, 2, 20, 100])
def test_the_same_first_derivatives(mode, chunk_size, n):
    jacobian = ad.jacobian(segmented(lambda x: chain(x, n)), mode=mode, chunk_size=chunk_size)
    expected = ad.jacobian(lambda x: chain(x, n), mode="forward")
    np.testing.assert_allclose(jacobian(X), expected(X), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("modes", NESTINGS)
def test_the_same_second_derivatives(modes):
    np.testing.assert_allclose(
        ad.hessian(segmented(lambda x: scalar(x, 20)), modes=modes)(X),
        ad.hessian(lambda x: scalar(x, 20))(X),
        rtol=1e-9,
    )


@pytest.mark.slow
def test_memory_grows_like_the_root_of_the_number_of_operations():
    x = np.linspace(1.0, 1.2, 5000)

    def arrays(f, n):
        return measure.peak_bytes(lambda: ad.grad(f)(x, n)) / x.nbytes

    few, many = (arrays(segmented(scalar), n) for n in (16, 256))
    assert many < 6 * few  # four times, give or take the doubling of segments; all: 16 times
    assert many < arrays(scalar, 256) / 5


def test_segments_are_about_as_many_as_operations_in_one():
    with Segments() as level:
        x = level.leaf(1.0)
        for _ in range(10_000):
            x = x * 1.0001
        assert level.length >= SHORTEST
        assert len(level.stored) <= level.length
        assert 10_000 <= len(level.stored) * level.length <= 4 * 10_000


def test_values_of_long_ago_are_there_when_they_are_used():
    def f(x):
        first = np.exp(x)
        y = x
        for _ in range(200):
            y = np.cos(y)
        return np.sum(first * y) + first[0]

    np.testing.assert_allclose(ad.grad(segmented(f))(X), ad.grad(f)(X), rtol=1e-12)


def test_python_floats():
    def f(x):
        y = x
        for i in range(1, 100):
            y = y + x / i - y * 0.5
        return y

    assert ad.grad(segmented(f))(1.5) == pytest.approx(ad.grad(f)(1.5), rel=1e-13)
    assert type(ad.grad(segmented(f))(1.5)) is float


def test_reads_entry_by_entry():
    def f(x):
        return sum(x[i] * x[i + 1] for i in range(len(x) - 1))

    x = np.linspace(0.5, 2.0, 50)
    np.testing.assert_allclose(ad.grad(segmented(f))(x), ad.grad(f)(x), rtol=1e-13)


def test_constants_and_indices_that_are_overwritten_later():
    weights, index = np.array([1.0, 2.0, 3.0]), np.array([0, 2])

    def f(x):
        y = np.sum((x * weights)[index] ** 2) + np.sum(chain(x, 20))
        weights[:] = 100.0
        index[:] = 1
        return y

    def once(x):
        weights[:] = 1.0, 2.0, 3.0
        index[:] = 0, 2
        return f(x)

    def expected(x):
        return np.sum((x * np.array([1.0, 2.0, 3.0]))[[0, 2]] ** 2) + np.sum(chain(x, 20))

    np.testing.assert_allclose(ad.grad(segmented(once))(X), ad.grad(expected)(X), rtol=1e-12)


def test_nothing_is_left_behind():
    seen = []

    def f(x):
        y = np.sin(x)
        seen.append(weakref.ref(y))
        return np.sum(chain(y, 30))

    gc.disable()
    try:
        ad.grad(segmented(f))(X)
        assert all(reference() is None for reference in seen)
    finally:
        gc.enable()


def test_an_exception_in_the_function_passes_through():
    calls = []

    def f(x):
        calls.append(1)
        if len(calls) == 2:  # in the sweep
            raise RuntimeError("mine")
        return np.sum(x)

    with pytest.raises(RuntimeError, match="mine"):
        ad.grad(segmented(f))(X)
    np.testing.assert_array_equal(ad.grad(segmented(f))(X), 1.0)
