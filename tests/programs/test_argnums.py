"""``argnums`` of a program: NumPy's integers too, and all else is refused in each mode."""

import numpy as np
import pytest

import admodes as ad
from tests.harness.points import flat
from tests.helpers import together

A, B = np.array([1.0, 2.0]), np.array([3.0, 5.0])
MODES = ("value", "forward", "reverse")


def f(a, b):
    return np.sum(a * a * b)


def called(mode, argnums, f=f):
    p = ad.program(f, A, B, mode=mode, argnums=argnums)
    if mode == "forward":
        return p((A + 1, B), (A, B)[: np.size(argnums)])
    return p(A + 1, B) if f(A, B).ndim == 0 or mode == "value" else p((A + 1, B), A)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("numpys", "pythons"),
    [
        (np.int64(1), 1),
        (np.int8(-1), -1),
        ((np.uint8(0), np.int64(1)), (0, 1)),
        ([np.int64(0), 1], [0, 1]),
    ],
)
def test_numpys_integers(mode, numpys, pythons):
    for each in (f, lambda a, b: a * a * b):
        found, expected = called(mode, numpys, each), called(mode, pythons, each)
        assert type(found) is type(expected)
        for x, y in zip(flat(found), flat(expected), strict=True):
            np.testing.assert_array_equal(x, y)
    assert str(ad.program(f, A, B, argnums=numpys).explain())


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("argnums", [2, -3, (0, 2), "x", 1.0, True, (0, 0), (1, -1), np.arange(2)])
def test_no_argument(mode, argnums):
    with pytest.raises(ValueError, match="argnums="):
        ad.program(f, A, B, mode=mode, argnums=argnums)
    if mode != "value":
        with pytest.raises(ValueError, match="argnums="):
            ad.grad(f, argnums, mode=mode, compiled=True)(A, B)
