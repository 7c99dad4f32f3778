"""Leaves and inner variables: which of them have a ``.grad``."""

import copy

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together
from tests.imperative.helpers import A, B


def test_an_inner_variable_keeps_none():
    x = ad.variable(A)
    y = x * x
    z = np.sum(y)
    z.backward()
    assert y.grad is None
    assert z.grad is None


def test_an_inner_variable_has_a_grad_after_retain_grad():
    x = ad.variable(A)
    y = x * x
    z = y * B
    total = np.sum(z)
    for each in (y, total):
        each.retain_grad()
    total.backward()
    same(y.grad, B)
    assert z.grad is None
    assert total.grad == 1.0
    same(x.grad, 2 * A * B)


def test_a_retained_grad_accumulates():
    x = ad.variable(A)
    y = x * x
    y.retain_grad()
    for count in range(1, 3):
        np.sum(y * B).backward(retain_graph=True)
        same(y.grad, count * B)
    y.grad = None
    np.sum(y * 2.0).backward()
    same(y.grad, np.full((2, 2), 2.0))


def test_a_retained_grad_is_that_of_all_paths():
    x = ad.variable(A)
    y = x * 2.0
    y.retain_grad()
    np.sum(y * y + y[0] * y[1] + y.T).backward()
    (expected,) = ad.vjp(lambda y: np.sum(y * y + y[0] * y[1] + y.T), 2 * A)[1](np.float64(1.0))
    same(y.grad, expected)


def test_a_retained_grad_of_an_output_that_others_depend_on():
    x = ad.variable(A)
    y = x * 2.0
    y.retain_grad()
    ad.backward([y, y * B], [A, 1.0])
    same(y.grad, A + B)
    same(x.grad, 2 * (A + B))


def test_retain_grad_of_a_leaf_changes_nothing():
    x = ad.variable(A)
    x.retain_grad()
    np.sum(x * B).backward()
    same(x.grad, B)


def test_retain_grad_of_a_constant_is_an_error():
    with pytest.raises(RuntimeError, match="does not require grad"):
        ad.variable(A, requires_grad=False).retain_grad()


def test_a_leaf_is_an_output_too():
    # There is nothing to free, so it may be done again.
    x = ad.variable(A)
    x.backward(B)
    x.backward(B)
    same(x.grad, 2 * B)


@together
@pytest.mark.parametrize(
    "copied",
    [
        lambda x: x.copy(),
        np.copy,
        copy.copy,
        lambda x: x.astype(float),
        lambda x: np.concatenate([x]),
        lambda x: np.max(x, axis=()),
    ],
    ids=("copy()", "np.copy", "copy.copy", "astype", "concatenate", "max over no axis"),
)
def test_a_copy_is_no_leaf_and_takes_no_gradient_away(copied):
    x = ad.variable(np.array([1.0, 2.0]))
    y = copied(x)
    assert not y.is_leaf
    y.retain_grad()
    z = copied(y)
    z.retain_grad()
    np.sum(z**2).backward()
    for each in (x, y, z):
        np.testing.assert_array_equal(each.grad, [2.0, 4.0])
    with ad.no_grad():
        assert not copied(x).requires_grad
