"""``backward(gradient)``: the default, and what may be given instead."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together
from tests.imperative.helpers import A, B


@together
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)])
def test_the_default_gradient_is_ones_for_a_one_element_output(shape):
    x = ad.variable(np.full(shape, 3.0))
    (x * x).backward()
    same(x.grad, np.full(shape, 6.0))


@together
@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 2), (0,), (0, 3)])
def test_the_default_gradient_is_an_error_for_any_other_output(shape):
    x = ad.variable(np.ones(shape))
    with pytest.raises(RuntimeError, match=r"needs a gradient= of that shape.*np\.sum"):
        (x * x).backward()
    assert x.grad is None


@together
@pytest.mark.parametrize(
    "gradient",
    [
        2.0,
        2,
        True,
        np.float32(2.0),
        np.array(2.0),
        np.array([2.0]),
        np.array([1.0, 2.0]),
        [1.0, 2.0],
        np.array([[1.0], [2.0]]),
        np.array([[1, 2], [3, 4]]),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),
        np.array([True, False]),
        ad.variable(np.array([1.0, 2.0])),
        ad.variable(np.array([1, 2]), requires_grad=False),
    ],
)
def test_gradient_may_be_anything_that_broadcasts_to_the_output(gradient):
    x = ad.variable(A)
    (x * B).backward(gradient)
    same(x.grad, B * np.asarray(ad.stop_gradient(gradient)))


@together
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("wrap", [np.asarray, ad.variable])
@pytest.mark.parametrize("shape", [(3,), (2, 1, 2), (1, 2, 2), (3, 2, 2), (2, 3), (0,)])
def test_gradient_must_not_broadcast_beyond_the_output(shape, wrap, create_graph):
    x = ad.variable(A)
    with pytest.raises(ValueError, match=r"does not broadcast to the output's shape \(2, 2\)"):
        (x * x).backward(wrap(np.ones(shape)), create_graph=create_graph)
    assert x.grad is None


@pytest.mark.parametrize("shape", [(1,), (1, 1), (2,)])
def test_gradient_of_a_number_is_a_number(shape):
    x = ad.variable(3.0)
    with pytest.raises(ValueError, match=r"does not broadcast to the output's shape \(\)"):
        (x * x).backward(np.ones(shape))
    (x * x).backward(np.array(2.0))
    assert x.grad == 12.0


def test_gradient_of_an_empty_output():
    x = ad.variable(np.ones((0, 3)))
    (x * x).backward(1.0)
    same(x.grad, np.ones((0, 3)))


@together
@pytest.mark.parametrize(
    "gradient",
    ["text", np.array(["a", "b"]), np.array([1.0, None]), {}, 1j, np.ones(2, complex), object()],
)
def test_gradient_must_be_a_number_that_the_output_can_hold(gradient):
    x = ad.variable(A)
    with pytest.raises(TypeError, match="gradient="):
        (x * x).backward(gradient)
    assert x.grad is None


def test_gradient_is_weighed_by_the_rule():
    # L = Y - y: ones at L and minus ones at y are the same cotangents further down.
    x, w = ad.variable(A), ad.variable(B)
    (10.0 - x * w).backward(np.ones((2, 2)))
    first = x.grad, w.grad
    x.grad = w.grad = None
    (x * w).backward(-np.ones((2, 2)))
    same(x.grad, first[0])
    same(w.grad, first[1])
    same(x.grad, -B)
