"""What is no function of its arguments: it draws random numbers, counts its calls, overwrites."""

import functools
import itertools
import random
from dataclasses import dataclass

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from tests.diagnosis.helpers import X, disagreement, place_of
from tests.helpers import together

pytestmark = [pytest.mark.slow]

generator = np.random.default_rng(0)
calls = itertools.count(1)


def global_random(x):
    noise = np.random.rand()  # noqa: NPY002  # the cause that is to be named
    return np.sum(x * noise)  # here


def python_random(x):
    noise = random.random()
    return np.sum(x * noise)  # here


def from_a_generator(x):
    noise = generator.normal(size=3)
    y = x * 2
    return np.sum(y + noise)  # here


def from_a_new_generator(x):
    return np.sum(x * np.random.default_rng().normal())  # here


def counting(x):
    return np.sum(x) * next(calls)  # here


@dataclass
class Network:
    steps: int = 0

    def loss(self, x):
        self.steps += 1
        return np.sum(x**2) / self.steps  # here


def with_default(x, seen=[0]):  # noqa: B006  # the cause that is to be named
    seen[0] += 1
    return np.sum(x) + seen[0]  # here


@together
@pytest.mark.parametrize(
    ("f", "kind", "operation", "cause"),
    [
        (global_random, "random", "multiply", "NumPy's global generator"),
        (python_random, "random", "multiply", "Python's `random`"),
        (from_a_generator, "random", "add", "the generator `generator`"),
        (from_a_new_generator, "random", "multiply", "from a new generator, or reads a clock"),
        (counting, "stateful", "multiply", "a call changes `calls`"),
        (Network().loss, "stateful", "divide", "a call changes `Network`"),
        (with_default, "stateful", "add", "a call changes `a default of with_default`"),
        (functools.partial(with_default, seen=[0]), "stateful", "add", "a call changes `seen`"),
    ],
)
def test_not_the_same_twice(f, kind, operation, cause):
    marked = f.func if isinstance(f, functools.partial) else f
    disagreement(f, X, kind=kind, operation=operation, cause=cause, place=place_of(marked))


def test_what_does_not_depend_on_its_state_is_a_function():
    seen = []

    def f(x):
        seen.append(ad.stop_gradient(x))
        return np.sum(x * x)

    assert agreement(f, X).ok


def test_every_second_call_is_another_one():
    state = [0]

    def f(x):
        state[0] = 1 - state[0]
        return np.sum(x) * (1 + state[0])  # here

    disagreement(f, X, kind="stateful", operation="multiply", cause="`state`")
    f(X)
    disagreement(f, X, kind="stateful", operation="multiply", cause="`state`")


def test_an_argument_that_is_overwritten():
    def f(x):
        y = x
        y *= 2
        x[0] = y[1]
        return np.sum(x * y)

    found = agreement(f, X)
    assert found.ok
    assert found.changes == ("argument 0",)
    assert "f changes its argument 0: it ran on a copy" in str(found)
    assert "f changes its argument 0" in found._repr_html_()
    assert found.to_dict()["changes"] == ["argument 0"]


def test_other_code_for_expressions():
    found = agreement(lambda x: x * (2.0 if isinstance(x, ad.Expression) else 3.0), X)
    assert not found.ok
    assert found.finding.kind == "other code"
    assert "the value in forward mode is not plain NumPy's" in found.finding.what
