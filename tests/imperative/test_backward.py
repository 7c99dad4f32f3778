"""``backward()``: what else a sweep meets: rules of the users' own, checkpoints, reads, zeros.

The rules of ``backward()`` are those of PyTorch: test_torch.py runs programs in both.
"""

import numpy as np
import pytest

import admodes as ad
from admodes import reverse
from tests.helpers import cube, same
from tests.imperative.helpers import A, B


def test_a_rule_of_the_users_own():
    x = ad.variable(A)
    np.sum(cube()(x)).backward()
    same(x.grad, 3 * A * A)


@pytest.mark.parametrize("segments", [False, True])
def test_checkpoint(segments):
    def block(x, w):
        return np.sin(x @ w) * x

    x, w = ad.variable(A), ad.variable(B)
    np.sum(ad.checkpoint(block, segments=segments)(x, w)).backward()
    expected = reverse.grad(lambda x, w: np.sum(block(x, w)), (0, 1))(A, B)
    same(x.grad, expected[0])
    same(w.grad, expected[1])


@pytest.mark.parametrize("segments", [False, True])
def test_checkpoint_of_a_function_that_closes_over_a_variable(segments):
    x, w = ad.variable(A), ad.variable(B)
    np.sum(ad.checkpoint(lambda x: x * w, segments=segments)(x)).backward()
    same(x.grad, B)
    same(w.grad, A)


def test_reads_of_one_array_add_up_in_place():
    x = ad.variable(np.arange(5.0))
    total = 0.0
    for i in range(4):
        total = total + x[i] * x[i + 1]
    total = total + np.sum(x[1:3]) + np.sum(x[np.array([0, 0])])
    total.backward()
    same(x.grad, np.array([3.0, 3.0, 5.0, 6.0, 3.0]))


def test_zero_absorbs():
    x = ad.variable(np.array([0.0, 4.0]))
    np.sum(np.where(x.value > 0, np.sqrt(x), 0.0)).backward()
    same(x.grad, np.array([0.0, 0.25]))
