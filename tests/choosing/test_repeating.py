"""A derivative as a program, beside the ways that `compare` has measured."""

import json

import numpy as np
import pytest

import admodes as ad
from admodes.choosing.repeating import Repeating, repeating
from admodes.measure import Interval

X = np.linspace(0.1, 1, 20)


def total(x):
    return np.sum(np.sin(x) * x**2)


def interval(value):
    return Interval(value, value / 1.01, value * 1.01, 0.95)


def test_what_it_takes_and_from_where_on_it_pays():
    found = Repeating(
        way="reverse", recording_seconds=0.01, seconds=interval(1e-5), ratio=interval(5.0)
    )
    assert found.pays_from == 250
    assert str(found) == (
        "As a program (compiled=True) reverse takes 10.0 µs a call, 5.00 times as fast, after a "
        "first call of 10.0 ms: it pays from 250 calls on."
    )
    slower = Repeating(
        way="reverse", recording_seconds=0.01, seconds=interval(1e-5), ratio=interval(0.9)
    )
    assert slower.pays_from is None


def test_of_a_loop_of_floats():
    def loop(x):
        for _ in range(50):
            x = x * 0.5 + 1.0
        return x

    found = repeating("reverse", ad.reverse.grad(loop), (2.0,), 1e-4, lambda: 0.05)
    assert found.ratio.value > 1.1  # twenty times: a busy machine takes it for no less
    assert found.pays_from > 1


@pytest.mark.parametrize("f", [lambda x: print(x[0]) or total(x), lambda x: total(x) * draw()])
def test_what_cannot_be_a_program_has_none(f, capsys):
    assert repeating("reverse", ad.reverse.grad(f), (X,), 1e-4, lambda: 0.05) is None


def draw(rng=np.random.default_rng(0)):  # noqa: B008
    return rng.normal()


def test_compare_speaks_of_it():
    found = ad.compare(total, X, seconds=0.5)
    text = " ".join(str(found).split())
    assert (found.repeating is None) == ("As a program" not in text)
    kept = json.loads(found.to_json())["repeating"]
    assert (kept is None) == (found.repeating is None)


def test_not_of_a_function_that_changes_its_argument():
    def f(x):
        x += 1.0
        return np.sum(x * x)

    assert ad.compare(f, X, seconds=0.3).repeating is None
