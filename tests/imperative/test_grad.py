"""``.grad``: it starts as none, accumulates over calls, and may be set."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together
from tests.imperative.helpers import A, B


def test_grad_starts_as_none():
    x = ad.variable(A)
    assert x.grad is None
    y = np.sum(x * x)
    assert x.grad is None
    y.backward()
    same(x.grad, 2 * A)


def test_grad_accumulates_over_calls():
    x = ad.variable(A)
    for count in range(1, 4):
        np.sum(x * B).backward()
        same(x.grad, count * B)


def test_grad_accumulates_into_a_new_array():
    # What somebody took out of .grad does not change under his hands.
    x = ad.variable(A)
    np.sum(x * B).backward()
    first = x.grad
    np.sum(x * B).backward()
    same(first, B)


def test_grad_set_to_none_starts_anew():
    x = ad.variable(A)
    np.sum(x * B).backward()
    x.grad = None
    assert x.grad is None
    np.sum(x * 3.0).backward()
    same(x.grad, np.full((2, 2), 3.0))


def test_a_grad_that_is_set_is_added_to():
    x, given = ad.variable(A), np.ones((2, 2))
    x.grad = given
    given[:] = 99.0
    np.sum(x * B).backward()
    same(x.grad, 1 + B)


def test_a_grad_that_is_written_into_is_added_to():
    x = ad.variable(A)
    np.sum(x * B).backward()
    x.grad[...] = 0.0
    np.sum(x * B).backward()
    same(x.grad, B)


@together
@pytest.mark.parametrize(
    ("grad", "error"),
    [
        (np.ones(3), ValueError),
        (1.0, ValueError),
        (np.ones((2, 2), np.float32), TypeError),
        (np.ones((2, 2), int), TypeError),
        (np.ones((2, 2), complex), TypeError),
        ([[1.0, 2.0], [3.0, 4.0]], TypeError),
        ("text", TypeError),
        (ad.Dual(np.ones((2, 2)), np.ones((2, 2))), TypeError),
    ],
)
def test_a_grad_that_does_not_fit_is_refused(grad, error):
    x = ad.variable(A)
    with pytest.raises(error, match="grad"):
        x.grad = grad
    assert x.grad is None


def test_a_leaf_that_the_output_does_not_depend_on_keeps_none():
    x, w = ad.variable(A), ad.variable(B)
    np.sum(x * x).backward()
    assert w.grad is None


def test_outputs_that_share_a_source_add_into_the_same_grad():
    x = ad.variable(A)
    h = np.sin(x)
    first, second = np.sum(h * B), np.sum(h * h)
    first.backward(retain_graph=True)
    second.backward()
    same(x.grad, B * np.cos(A) + 2 * np.sin(A) * np.cos(A))


def test_all_paths_to_a_leaf_add_up():
    x = ad.variable(3.0)
    y = x * x
    (x + y * y + x * y).backward()
    assert x.grad == 1 + 4 * 27.0 + 3 * 9.0
