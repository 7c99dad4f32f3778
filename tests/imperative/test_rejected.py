"""A call that is rejected frees and changes nothing."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import cube, same, together
from tests.imperative.helpers import A, B


def fails(*args):
    raise KeyError("mine")


class Program:
    """Leaves with gradients, an inner variable that retains its own, and two outputs."""

    def __init__(self, f=lambda h: h * 1.0):
        self.a, self.b = ad.variable(A), ad.variable(B)
        np.sum(self.a * B).backward()
        self.h = self.a * self.b
        self.h.retain_grad()
        self.y, self.z = f(self.h) + 1.0, np.sum(self.h)
        #: what others have used up
        self.gone = np.sum(self.a)
        self.gone.backward()

    def grads(self):
        return [None if x.grad is None else x.grad.copy() for x in (self.a, self.b, self.h)]


def broken(**rule):
    """A program with a primitive of the user's own that raises in the sweep."""
    return lambda: Program(cube(**rule))


REJECTED = {
    "no gradient": (Program, lambda p, **o: p.y.backward(**o), RuntimeError),
    "a gradient too large": (
        Program,
        lambda p, **o: p.y.backward(np.ones((3, 2, 2)), **o),
        ValueError,
    ),
    "another shape": (Program, lambda p, **o: p.y.backward(np.ones(3), **o), ValueError),
    "a text": (Program, lambda p, **o: p.y.backward("text", **o), TypeError),
    "a complex gradient": (Program, lambda p, **o: p.y.backward(1j, **o), TypeError),
    "a gradient of another level": (
        Program,
        lambda p, **o: p.y.backward(ad.Dual(1.0, 1.0), **o),
        TypeError,
    ),
    "a plain output": (Program, lambda p, **o: ad.backward([p.z, 3.0], **o), TypeError),
    "a constant": (Program, lambda p, **o: ad.backward([p.z, p.a.detach()], **o), RuntimeError),
    "the second without gradient": (
        Program,
        lambda p, **o: ad.backward([p.z, p.y], **o),
        RuntimeError,
    ),
    "the second gradient wrong": (
        Program,
        lambda p, **o: ad.backward([p.z, p.y], [None, np.ones(5)], **o),
        ValueError,
    ),
    "too few gradients": (Program, lambda p, **o: ad.backward([p.z, p.y], [1.0], **o), ValueError),
    "freed": (Program, lambda p, **o: p.gone.backward(**o), RuntimeError),
    "freed among others": (Program, lambda p, **o: ad.backward([p.z, p.gone], **o), RuntimeError),
    "freed below": (Program, lambda p, **o: (p.z + p.gone).backward(**o), RuntimeError),
    "a pull that raises": (
        broken(pull=fails),
        lambda p, **o: ad.backward([p.z, p.y], [None, 1.0], **o),
        KeyError,
    ),
    "a residual that raises": (
        broken(residual=fails),
        lambda p, **o: ad.backward([p.z, p.y], [None, 1.0], **o),
        KeyError,
    ),
    "a pull of a wrong shape": (
        broken(pull=lambda x, ct: np.ones(3)),
        lambda p, **o: ad.backward([p.z, p.y], [None, 1.0], **o),
        ValueError,
    ),
}


@together
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(("program", "call", "error"), REJECTED.values(), ids=REJECTED)
def test_a_rejected_call_frees_and_changes_nothing(program, call, error, create_graph, nodes):
    p = program()
    before, alive = p.grads(), nodes()
    for _ in range(2):
        with pytest.raises(error):
            call(p, create_graph=create_graph)
        for found, expected in zip(p.grads(), before, strict=True):
            np.testing.assert_equal(found, expected)
        assert nodes() == alive
    p.z.backward()
    same(p.a.grad, B + 1 + B)
    same(p.b.grad, A)
    same(p.h.grad, np.ones((2, 2)))
    assert (p.a * p.b).requires_grad


def test_a_rule_that_raises_while_recording_leaves_everything_as_it_was():
    x = ad.variable(A)
    y = np.sum(x * x)
    raises = ad.elementwise(fails, lambda y, x: x)
    with pytest.raises(KeyError):
        raises(x)
    y.backward()
    same(x.grad, 2 * A)


def test_a_call_that_is_interrupted_changes_nothing():
    def interrupted(x, ct):
        raise KeyboardInterrupt

    p = Program(cube(pull=interrupted))
    before = p.grads()
    with pytest.raises(KeyboardInterrupt):
        p.y.backward(1.0)
    for found, expected in zip(p.grads(), before, strict=True):
        np.testing.assert_equal(found, expected)
    assert (p.a * p.b).requires_grad
