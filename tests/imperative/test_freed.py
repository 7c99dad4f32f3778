"""The graph is freed by ``backward()``, unless ``retain_graph`` keeps it."""

import weakref

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together
from tests.imperative.helpers import AGAIN, A, B

PROGRAMS = {
    "product": lambda x: np.sum(x * x),
    "additions": lambda x: x[0, 0] + x[1, 1],
    "one addition": lambda x: np.ravel(x)[0] + 1.0,
    "a sum": np.sum,
    "a reshape": lambda x: np.reshape(x, (1, 4))[:, :1],
    "linear": lambda x: np.sum(3.0 * x - x),
    "custom": lambda x: np.max(x),
    "matmul": lambda x: np.sum(x @ x),
}


@together
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_second_call_is_an_error_and_accumulates_nothing(program):
    x = ad.variable(A)
    y = program(x)
    y.backward()
    before = x.grad.copy()
    for create_graph in (False, True):
        with pytest.raises(RuntimeError, match=AGAIN):
            y.backward(retain_graph=True, create_graph=create_graph)
        same(x.grad, before)


@together
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_retain_graph_lets_it_be_called_again(program):
    x = ad.variable(A)
    y = program(x)
    y.backward(retain_graph=True)
    first = x.grad.copy()
    y.backward(retain_graph=True)
    y.backward()
    np.testing.assert_allclose(x.grad, 3 * first)
    with pytest.raises(RuntimeError, match=AGAIN):
        y.backward()


@pytest.mark.parametrize("shared", [lambda x: x * x, lambda x: x + 1.0, np.transpose])
def test_a_shared_inner_node_that_was_freed_is_an_error_from_another_output(shared):
    x, w = ad.variable(A), ad.variable(B)
    h = shared(x)
    first, second = np.sum(h), np.sum(h * w) + np.sum(w)
    first.backward()
    before = x.grad.copy()
    with pytest.raises(RuntimeError, match=AGAIN):
        second.backward()
    same(x.grad, before)
    assert w.grad is None
    with pytest.raises(RuntimeError, match=AGAIN):
        h.backward(1.0)
    with pytest.raises(RuntimeError, match=AGAIN):
        (h * 2.0).backward(1.0)  # an operation that was recorded later
    with pytest.raises(RuntimeError, match=AGAIN):
        ad.backward([np.sum(w), second])
    assert w.grad is None


def test_what_was_freed_can_be_computed_again():
    x = ad.variable(A)
    for count in range(1, 4):
        np.sum(np.sin(x)).backward()
        same(x.grad, count * np.cos(A))


def test_a_branch_that_the_output_does_not_reach_is_not_freed():
    x, w = ad.variable(A), ad.variable(B)
    other = np.sum(w * w)
    np.sum(x * x).backward()
    other.backward()
    same(w.grad, 2 * B)


def test_leaves_are_not_freed():
    x = ad.variable(A)
    y, z = np.sum(x * B), np.sum(x * x)
    y.backward()
    z.backward()
    same(x.grad, B + 2 * A)


@pytest.mark.usefixtures("no_collector")
def test_backward_frees_every_node_that_it_reaches_additions_too(nodes):
    x = ad.variable(A)
    parts = [np.sin(x)]
    for step in (lambda y: y + 1.0, lambda y: -y, np.transpose, lambda y: y[0], np.exp, np.sum):
        parts.append(step(parts[-1]))
    kept = [weakref.ref(part._value) for part in parts[:-1]]  # the sum is a number
    y = parts[-1] * parts[-1]
    assert nodes() == 9
    y.backward()
    assert all(part._node.parents == () and part._node.kept is None for part in (*parts, y))
    assert all(ref() is not None for ref in kept)  # by the variables
    del parts
    assert nodes() == 2  # the leaf's and the output's
    assert all(ref() is None for ref in kept)


@pytest.mark.usefixtures("no_collector")
def test_retain_graph_keeps_every_node(nodes):
    x = ad.variable(A)
    y = np.sum(np.sin(x) * x + 1.0)
    alive = nodes()
    y.backward(retain_graph=True)
    assert nodes() == alive
    y.backward()
    assert nodes() == 2
