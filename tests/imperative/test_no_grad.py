"""no_grad: what is computed inside records nothing."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same
from tests.imperative.helpers import A


def test_no_grad_records_nothing(nodes):
    x = ad.variable(A)
    alive = nodes()
    with ad.no_grad():
        y = np.sum(x * x + np.exp(x) @ A)
    assert not y.requires_grad
    assert nodes() == alive
    assert (x * x).requires_grad


def test_no_grad_leaves_leaves_alone():
    with ad.no_grad():
        x = ad.variable(A)
    assert x.requires_grad
    np.sum(x * x).backward()
    same(x.grad, 2 * A)


def test_what_was_computed_under_no_grad_is_a_constant():
    x = ad.variable(A)
    with ad.no_grad():
        held = x * x
    np.sum(held * x).backward()
    same(x.grad, A * A)


def test_no_grad_as_a_decorator():
    @ad.no_grad()
    def square(x):
        return x * x

    x = ad.variable(A)
    for _ in range(2):
        assert not square(x).requires_grad
    assert (x * x).requires_grad
    assert square.__name__ == "square"


def test_no_grad_nested():
    x = ad.variable(A)
    with ad.no_grad():
        with ad.no_grad():
            assert not (x * x).requires_grad
        assert not (x * x).requires_grad
    assert (x * x).requires_grad


def test_no_grad_ends_with_an_exception():
    x = ad.variable(A)

    @ad.no_grad()
    def fails():
        raise KeyError("mine")

    for _ in range(2):
        with pytest.raises(KeyError):
            fails()
        with pytest.raises(KeyError), ad.no_grad():
            raise KeyError("mine")
        assert (x * x).requires_grad


def test_no_grad_does_not_stop_a_backward():
    x = ad.variable(A)
    y = np.sum(x**3)
    with ad.no_grad():
        y.backward(create_graph=True)
        assert x.grad.requires_grad
        assert not (x * x).requires_grad
    same(x.grad.value, 3 * A * A)


def test_backward_leaves_the_recording_as_it_was():
    x = ad.variable(A)
    for create_graph in (False, True):
        np.sum(x * x).backward(create_graph=create_graph)
        assert (x * x).requires_grad


def test_no_grad_is_per_thread():
    x, inside, done = ad.variable(A), threading.Event(), threading.Event()
    found = []

    def other():
        inside.wait(10)
        found.append((x * x).requires_grad)
        with ad.no_grad():
            done.set()
            found.append((x * x).requires_grad)

    thread = threading.Thread(target=other)
    thread.start()
    with ad.no_grad():
        inside.set()
        done.wait(10)
        found.append((x * x).requires_grad)
    thread.join()
    assert (x * x).requires_grad
    assert found.count(True) == 1
    assert found[0]


def test_no_grad_is_per_task():
    x = ad.variable(A)

    async def without():
        with ad.no_grad():
            await asyncio.sleep(0)
            found = (x * x).requires_grad
            await asyncio.sleep(0)
            return found, (x * x).requires_grad

    async def recorded():
        await asyncio.sleep(0)
        found = (x * x).requires_grad
        await asyncio.sleep(0)
        return found, (x * x).requires_grad

    async def main():
        return await asyncio.gather(without(), recorded(), without(), recorded())

    assert asyncio.run(main()) == [(False, False), (True, True)] * 2


def test_a_task_begun_under_no_grad_is_under_it():
    x = ad.variable(A)

    async def work():
        return (x * x).requires_grad

    async def main():
        with ad.no_grad():
            task = asyncio.create_task(work())
        return await task, await work()

    assert asyncio.run(main()) == (False, True)


def test_many_threads_record_and_sweep_at_once():
    shared = ad.variable(A, requires_grad=False)

    def work(i):
        x = ad.variable(A)
        for _ in range(20):
            np.sum(np.sin(x * float(i)) * shared).backward()
        return x.grad

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(40)))
    for i, grad in enumerate(found):
        np.testing.assert_allclose(grad, 20 * i * np.cos(A * i) * A)
