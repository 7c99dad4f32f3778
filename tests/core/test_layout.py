"""A copy that NumPy treats as it treats the array, and the order in which it reads one."""

import numpy as np
import pytest

from admodes.core.layout import copied, memory_axes


def somehow_laid_out(rng):
    """A small array whose axes are permuted, cut, reversed, repeated or overlapping in memory."""
    shape = rng.integers(1, 4, rng.integers(1, 5))
    x = rng.normal(size=3 * shape).transpose(rng.permutation(len(shape)))
    parts = [slice(None), slice(None, None, 2), slice(None, None, -1), slice(1, None), slice(1)]
    x = x[tuple(parts[rng.integers(len(parts))] for _ in x.shape)]
    kind = rng.integers(5)
    if kind == 0:
        x = np.broadcast_to(x, [3 if n == 1 and rng.integers(2) else n for n in (1, *x.shape)])
        x = x.transpose(rng.permutation(x.ndim))
    elif kind == 1 and len(x) > 1:
        x = np.lib.stride_tricks.sliding_window_view(x, 2, 0)
    elif kind == 2:
        x = np.asfortranarray(x)
    return x


ARRAYS = [somehow_laid_out(np.random.default_rng(seed)) for seed in range(400)]


def is_window(x):
    """Whether two axes step over the same entries."""
    steps = [abs(step) for n, step in zip(x.shape, x.strides, strict=True) if n > 1 and step]
    return len({*steps}) < len(steps)


def contiguous(x):
    return x.flags.c_contiguous, x.flags.f_contiguous


def test_a_copy_is_read_as_the_array_is():
    for x in ARRAYS:
        copy = copied(x)
        assert not np.shares_memory(x, copy)
        np.testing.assert_array_equal(copy, x)
        assert contiguous(copy) == contiguous(x)
        for order in "CFAK":
            np.testing.assert_array_equal(copy.ravel(order), x.ravel(order))
        for shape in ((-1,), (len(x), -1), (-1, x.shape[-1])):
            if not is_window(x):
                same = contiguous(copy.reshape(shape)) == contiguous(x.reshape(shape))
                assert same, "one is a view, the other is not"


def test_a_copy_takes_no_more_memory_than_its_entries_and_small_gaps():
    column = np.zeros((1000, 1000))[:, 3]
    copy = copied(column)
    assert copy.base.nbytes <= 2 * column.nbytes
    assert contiguous(copy) == contiguous(column) == (False, False)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, complex, np.longdouble])
def test_a_copy_of_any_dtype(dtype):
    x = np.arange(24).reshape(4, 6).astype(dtype)[::-2, ::3]
    np.testing.assert_array_equal(copied(x), x)
    assert copied(x).dtype == dtype


def test_the_axes_in_memory_order_are_numpy_s():
    for x in ARRAYS:
        np.testing.assert_array_equal(x.transpose(memory_axes(x)).ravel(), x.ravel("K"))
