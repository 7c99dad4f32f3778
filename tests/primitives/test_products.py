"""Products of vectors in the plane, which NumPy is about to drop."""

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.cases import normal


@pytest.mark.parametrize("mode", [forward, reverse], ids=["forward", "reverse"])
@pytest.mark.parametrize(("n", "m"), [(2, 2), (2, 3), (3, 2)])
def test_the_cross_product_of_vectors_in_the_plane(n, m, mode):
    a, b = normal(4, n), normal(4, m, seed=1)
    with pytest.warns(DeprecationWarning, match="2-dimensional"):
        own = np.cross(a, b)
    with pytest.warns(DeprecationWarning, match="2-dimensional"):
        found, derivative = ad.jvp(np.cross, (a, b), (a, b))
    with pytest.warns(DeprecationWarning, match="2-dimensional"):
        slope = mode.grad(lambda a: np.sum(np.cross(a, b)))(a)
    np.testing.assert_array_equal(found, own)
    np.testing.assert_allclose(derivative, 2 * own)  # it is linear in both
    ones = np.ones(3) if (n, m) != (2, 2) else np.array([0.0, 0.0, 1.0])
    wide = np.pad(b, ((0, 0), (0, 3 - m)))
    np.testing.assert_allclose(slope, np.cross(wide, ones)[:, :n])


def test_vectors_of_another_length_are_refused_as_numpy_does():
    with pytest.raises(ValueError, match="must be 2 or 3"):
        ad.jvp(lambda a: np.cross(a, a), (normal(4),), (normal(4),))
