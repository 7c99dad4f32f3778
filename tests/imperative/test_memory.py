"""What the recording holds, and that it is given back: without `backward`, and without cycles."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import admodes as ad
from tests.helpers import cube, same, together

A = np.array([[1.0, -2.0], [0.5, 3.0]])

# --- Long programs --------------------------------------------------------------------------------

LONG = 25_000  # a million, by hand: 6 s


def halving(x, n):
    """A chain of n operations with the derivative 1."""
    for i in range(n // 2):
        x = x * 2.0 if i % 2 else x * 0.5
        x = x + 0.25
    return x


@pytest.mark.slow
def test_a_long_chain_records_sweeps_and_is_destroyed():
    x = ad.variable(1.0)
    y = halving(x, LONG)
    y.backward(3.0, retain_graph=True)
    assert x.grad == 3.0
    y.backward(1.0)
    assert x.grad == 4.0


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
def test_a_long_chain_is_destroyed_without_a_sweep(nodes):
    x = ad.variable(1.0)
    y = halving(x, LONG)
    assert nodes() == LONG + 1
    del y
    assert nodes() == 1


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
def test_a_long_chain_of_variables_that_are_all_held_is_destroyed(nodes):
    x = ad.variable(np.ones(2))
    parts = [x]
    for _ in range(20_000):
        parts.append(parts[-1] + 1.0)
    np.sum(parts[-1]).backward()
    same(x.grad, np.ones(2))
    del parts
    assert nodes() == 1


def test_a_long_chain_twice():
    x = ad.variable(1.001)
    y = x
    for _ in range(1000):
        y = y * x
    y.backward(create_graph=True)
    first, x.grad = x.grad, None
    first.backward()
    assert first.value == pytest.approx(1001 * 1.001**1000)
    assert x.grad == pytest.approx(1001 * 1000 * 1.001**999)


@pytest.mark.slow
def test_a_long_chain_of_the_gradient_is_destroyed(nodes):
    x = ad.variable(1.0)
    y = x
    for _ in range(20_000):
        y = y * x
    y.backward(create_graph=True)
    assert nodes() > 40_000
    del y, x


@pytest.mark.slow
def test_a_long_sum_has_a_wide_recording():
    x = ad.variable(1.0)
    sum([x * float(i) for i in range(20_000)]).backward()
    assert x.grad == sum(range(20_000))


def test_many_outputs():
    x = ad.variable(1.0)
    ad.backward([x * float(i) for i in range(5000)])
    assert x.grad == sum(range(5000))


# --- Branches that nobody uses --------------------------------------------------------------------


@pytest.mark.usefixtures("no_collector")
def test_branches_that_nobody_uses_are_freed_without_a_backward(nodes):
    x = ad.variable(A)
    y = np.sin(x)
    kept = weakref.ref(y._value)
    z = np.exp(y) @ y
    alive = nodes()
    del z
    assert nodes() == alive - 2
    assert kept() is not None
    del y
    assert kept() is None
    assert nodes() == 1
    del x
    assert nodes() == 0


@pytest.mark.usefixtures("no_collector")
def test_a_branch_goes_and_the_rest_stays(nodes):
    x = ad.variable(A)
    h = x * x
    first, second = np.sum(np.exp(h)), np.sum(h)
    del first
    assert nodes() == 3
    second.backward()
    same(x.grad, 2 * A)


PROGRAMS = {
    "elementwise": lambda x: np.sin(x) * x,
    "broadcast": lambda x: x * x[:, None] + 1.0,
    "reads": lambda x: x[1:] * x[:-1] + x[np.array([0, 1])],
    "reduction": lambda x: np.sum(x) * x,
    "constants": lambda x: x * np.ones((2, 3)),
    "custom": lambda x: np.max(x) * cube()(x),
    "checkpoint": lambda x: ad.checkpoint(np.sin)(x) * 2.0,
    "nested": lambda x: ad.grad(lambda y: np.sum(np.sin(y) * x))(x),
}


@pytest.mark.usefixtures("no_collector")
@together
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
def test_there_are_no_reference_cycles(f, create_graph, nodes):
    x = ad.variable(np.ones(3))
    h = x * 1.0
    h.retain_grad()
    y = f(h)
    y.retain_grad()
    kept = [weakref.ref(each) for each in (x, h, y, y._value)]
    y.backward(1.0, retain_graph=True)
    y.backward(1.0, create_graph=create_graph)
    assert x.grad is not None
    del x, h, y
    assert all(ref() is None for ref in kept)
    assert nodes() == 0


@pytest.mark.usefixtures("no_collector")
def test_a_rejected_call_leaves_nothing_behind(nodes):
    def fails(x, ct):
        raise KeyError

    x = ad.variable(np.ones(3))
    y = cube(pull=fails)(np.exp(x))
    kept = weakref.ref(y)
    with pytest.raises(KeyError):
        y.backward(1.0)
    del y
    assert kept() is None
    assert nodes() == 1


@pytest.mark.usefixtures("no_collector")
def test_a_leaf_that_nobody_refers_to_is_swept_past():
    x = ad.variable(A)
    y = np.sum(x * ad.variable(A))
    y.backward()
    same(x.grad, A)


# --- Training -------------------------------------------------------------------------------------


class Model:
    """A layer, trained by gradient descent; its loss is summed over two batches."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.data = [rng.normal(size=(8, 3)) for _ in range(2)]
        self.w = ad.variable(rng.normal(size=(3, 2)))
        self.b = ad.variable(np.zeros(2))

    def step(self, create_graph=False):
        for batch in self.data:
            h = np.tanh(batch @ self.w + self.b)
            np.mean((h - 0.5) ** 2).backward(create_graph=create_graph)
        np.sum(np.exp(self.w))  # a branch that nobody uses
        with ad.no_grad():
            self.w, self.b = (
                ad.variable(ad.stop_gradient(each - 0.1 * each.grad)) for each in (self.w, self.b)
            )


def bytes_a_call(call, few=15, many=60):
    """What a call leaves behind: the slope over so many calls, after a few.

    The smaller one of two, for something else may be made for good just then: a table that grows.
    """
    tracemalloc.start()
    # Python keeps freed tuples for later, up to 2000 of a length: their stock does not grow here.
    [tuple([None] * n) for n in range(1, 20) for _ in range(2000)]
    held = []
    for count in (few, many, many):
        for _ in range(count):
            call()
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return min(np.diff(held)) / many


@pytest.mark.slow
@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_training_loop_holds_memory_flat(create_graph, nodes):
    model = Model()
    model.step(create_graph)
    alive, objects = nodes(), len(gc.get_objects())
    assert bytes_a_call(lambda: model.step(create_graph)) < 10  # the smallest object is 16
    assert nodes() == alive == 2
    assert len(gc.get_objects()) < objects + 100


@pytest.mark.usefixtures("no_collector")
def test_gradients_that_accumulate_over_many_calls_hold_memory_flat(nodes):
    x = ad.variable(np.ones(1000))
    assert bytes_a_call(lambda: np.sum(x * x).backward()) < 10  # an array is 8000
    assert nodes() == 1
