"""Arrays that are put together of parts: gradients of slices, writes, differences."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import together

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')

EMPTY = np.empty


@pytest.fixture(autouse=True)
def _memory_that_is_not_zero(monkeypatch):
    def full(*args, **kwargs):
        array = EMPTY(*args, **kwargs)
        array.fill(255 if array.dtype == np.uint8 else np.nan)  # which as a double is NaN, too
        return array

    monkeypatch.setattr(np, "empty", full)


SHAPES = [(7,), (2500,), (5, 6), (3, 1500), (1500, 3), (4, 1, 5), (3, 4, 5)]


def slices(shape, rng, count):
    """Several slices of an array that all have the same shape."""
    lengths = [int(rng.integers(1, n + 1)) for n in shape]
    found = []
    for _ in range(count):
        index = []
        for n, length in zip(shape, lengths, strict=True):
            step = int(rng.integers(1, max(2, (n - 1) // max(length - 1, 1) + 1)))
            start = int(rng.integers(0, n - (length - 1) * step))
            part = np.arange(n)[start::step][:length]
            if rng.random() < 0.3:
                stop = int(part[0]) - 1
                index.append(slice(int(part[-1]), stop if stop >= 0 else None, -step))
            else:
                index.append(slice(start, int(part[-1]) + 1, step))
        found.append(tuple(index))
    return found


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_of_slices(shape, seed, request):
    if not seed or len(shape) == 3:
        request.getfixturevalue("as_written")
    rng = np.random.default_rng([seed, *shape])
    groups = [slices(shape, rng, int(rng.integers(1, 4))) for _ in range(int(rng.integers(1, 4)))]

    def f(x):
        total = np.sum(x**2) if seed % 2 else 0.0
        for group in groups:
            y = np.cos(x[group[0]])
            for index in group[1:]:
                y = y * x[index] + x[index]
            total = total + np.sum(y)
        return total

    x = np.asarray(rng.normal(size=shape), order="CF"[seed])
    p = ad.program(f, x, mode="reverse", backend="compiled")
    at = np.asarray(x * 2, order="CF"[seed])
    value, gradient = p(at)
    expected = ad.value_and_grad(f)(at)
    np.testing.assert_allclose(value, expected[0], rtol=1e-11)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-11, atol=1e-12)
    assert len(p.variants) == 1


@together
@pytest.mark.parametrize(
    ("shape", "one", "other"),
    [
        ((4,), np.s_[:2], np.s_[1:3]),  # of which each has half as many entries as there are
        ((7,), np.s_[3:], np.s_[:-3]),
        ((7,), np.s_[1:3], np.s_[4:6]),
        ((3000,), np.s_[5:-3], np.s_[2:-6]),
        ((4, 6), np.s_[:, 2:-1], np.s_[:, 1:-2]),
        ((4, 6), np.s_[1:], np.s_[:-1]),
        ((4, 6), np.s_[1:-1, 2:], np.s_[:-2, :-2]),
        ((3, 2000), np.s_[:, 7:], np.s_[:, :-7]),
        ((3, 4, 5), np.s_[:, 2:], np.s_[:, :-2]),
    ],
)
def test_gradients_of_shifted_slices(shape, one, other):
    def f(x):
        return np.sum(np.cos(x[one]) * x[other])

    x = np.random.default_rng(0).normal(size=shape)
    p = ad.program(f, x, mode="reverse", backend="compiled")
    np.testing.assert_allclose(p(x * 2)[1], ad.grad(f)(x * 2), rtol=1e-12, atol=1e-13)
    assert len(p.variants) == 1


@pytest.mark.usefixtures("as_written")
@together
@pytest.mark.parametrize("shape", SHAPES)
def test_writes_over_slices(shape):
    rng = np.random.default_rng(shape)
    pairs = [slices(shape, rng, 2) for _ in range(2)]

    def f(x):
        y = x * 2
        for to, of in pairs:
            y[to] = y[of] * x[of]
            y[tuple(0 for _ in shape)] = y[tuple(-1 for _ in shape)] + 1
        return y

    x = rng.normal(size=shape)
    forward = ad.program(f, x, mode="forward", backend="compiled")
    reverse = ad.program(lambda x: np.sum(f(x) ** 2), x, mode="reverse", backend="compiled")
    at, t = x + 1, np.sin(x)
    for y, expected in zip(forward((at,), (t,)), ad.jvp(f, (at,), (t,)), strict=True):
        np.testing.assert_allclose(y, expected, rtol=1e-12)
    expected = ad.value_and_grad(lambda x: np.sum(f(x) ** 2))(at)
    for y, own in zip(reverse(at), expected, strict=True):
        np.testing.assert_allclose(y, own, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_differences(axis):
    def f(x):
        y = np.diff(x, axis=axis, append=x[:1, :1, :1] * np.ones_like(x.take([0], axis)))
        return np.sum(np.sqrt(1 + y**2)) + np.sum(np.concatenate([x, x * 2], axis=axis)[1:] ** 2)

    x = np.random.default_rng(axis).normal(size=(4, 5, 6))
    p = ad.program(f, x, mode="reverse", backend="compiled")
    for y, own in zip(p(x * 2), ad.value_and_grad(f)(x * 2), strict=True):
        np.testing.assert_allclose(y, own, rtol=1e-12, atol=1e-12)
