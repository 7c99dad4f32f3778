"""jacobian: shapes, dtypes and zeros."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, X, same, together


@together
@pytest.mark.parametrize("mode", [*MODES, "mixed", "auto"])
@pytest.mark.parametrize("out", [(), (2,), (0,), (3, 2)])
@pytest.mark.parametrize("shape", [(), (2,), (0,), (1, 3)])
def test_jacobian_has_the_output_s_shape_and_the_input_s(mode, shape, out):
    x = np.full(shape, 0.5)

    def f(x):
        return np.broadcast_to(np.sum(x * x), out) * np.ones(out)

    jacobian = ad.jacobian(f, mode=mode)(x)
    same(jacobian, np.broadcast_to(2 * x, out + shape))


@together
@pytest.mark.parametrize("mode", [*MODES, "mixed", "auto"])
def test_jacobian_of_a_number(mode):
    assert np.shape(ad.jacobian(lambda x: x * x, mode=mode)(3.0)) == ()
    assert ad.jacobian(lambda x: x * x, mode=mode)(3.0) == 6.0
    assert np.shape(ad.jacobian(lambda x: x * np.ones((2, 1)), mode=mode)(3.0)) == (2, 1)


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, None])
def test_float32_stays_float32_in_jacobians(mode, chunk_size):
    a, b = np.ones(2, np.float32), np.ones(3, np.float32)
    jacobian = ad.jacobian(
        lambda a, b: (b * b, 1.0 * a, np.float32(1.0)), (0, 1), mode=mode, chunk_size=chunk_size
    )
    assert {block.dtype for row in jacobian(a, b) for block in row} == {np.dtype(np.float32)}


@together
@pytest.mark.parametrize("mode", [*MODES, "mixed", "auto"])
def test_a_constant_has_a_zero_jacobian(mode):
    same(ad.jacobian(lambda x: np.ones((2, 3)), mode=mode)(X), np.zeros((2, 3, 2)))
