"""``backward()`` of several outputs at once."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together
from tests.imperative.helpers import AGAIN, A, B


def test_backward_of_several_outputs_adds_all():
    x, w = ad.variable(A), ad.variable(B)
    h = x * w
    ad.backward([np.sum(h), h, 2.0 * x], [None, B, [1.0, 2.0]])
    same(x.grad, B + B * B + np.array([2.0, 4.0]))
    same(w.grad, A + A * B)


@pytest.mark.parametrize("kind", [list, tuple])
def test_backward_of_several_outputs_has_default_gradients(kind):
    x = ad.variable(3.0)
    ad.backward(kind([x * x, x, 5.0 * x]))
    assert x.grad == 6.0 + 1.0 + 5.0


def test_backward_of_the_same_output_twice():
    x = ad.variable(A)
    y = x * x
    ad.backward([y, y, x], [A, B, 1.0])
    same(x.grad, 2 * A * (A + B) + 1)


def test_backward_of_one_output():
    x = ad.variable(A)
    ad.backward(np.sum(x * B))
    ad.backward(x * B, A)
    ad.backward(x * B, [1.0, 2.0], retain_graph=True)
    same(x.grad, B + A * B + B * [1.0, 2.0])


def test_backward_of_no_output_does_nothing():
    ad.backward([])


def test_backward_frees_all_outputs():
    x = ad.variable(3.0)
    y, z = x * x, x + 1.0
    ad.backward([y, z])
    for each in (y, z):
        with pytest.raises(RuntimeError, match=AGAIN):
            each.backward()


@together
@pytest.mark.parametrize(
    "gradients", [[], [1.0], [1.0, 2.0, 3.0], 1.0, np.ones(2), ad.variable(1.0)]
)
def test_as_many_gradients_as_outputs(gradients):
    x = ad.variable(3.0)
    with pytest.raises(ValueError, match="2 outputs takes a list of 2 gradients"):
        ad.backward([x, x * x], gradients)
    assert x.grad is None


@together
@pytest.mark.parametrize("output", [3.0, A, None, "text", ad.Dual(1.0, 1.0), {"y": 1.0}, iter(())])
def test_an_output_must_be_a_variable(output):
    for outputs in (output, [ad.variable(1.0), output]):
        with pytest.raises(TypeError, match="starts from variables"):
            ad.backward(outputs)


def test_an_output_must_require_grad():
    x = ad.variable(A)
    with ad.no_grad():
        inside = np.sum(x * x)
    for y in (inside, ad.variable(1.0, requires_grad=False), np.sum(x).detach()):
        with pytest.raises(RuntimeError, match="does not require grad"):
            y.backward()
