"""What one evaluation shows: operations by kind, their counts, and what they read."""

from importlib import import_module

import numpy as np
import pytest

from admodes.choosing.profiling import profile
from admodes.modes.arguments import Inputs
from tests.helpers import chain

pytestmark = pytest.mark.usefixtures("little_garbage")


def counted(f, *args):
    return profile(f, Inputs(f, args, {}, 0))


def test_a_profile_counts_each_distinct_operation_once():
    found = counted(lambda x: chain(x), np.ones(5))
    assert (found.inputs, found.outputs, found.length) == (5, 5, 80)
    assert (found.input_leaves, found.output_leaves) == (1, 1)
    assert {each.name: times for each, times in found.operations} == {"sin": 40, "multiply": 40}
    # Of both factors the cotangents are added to others, but for the first operations read.
    assert len(found.operations) <= 4


def test_the_counts_of_a_product_of_arrays():
    found = counted(lambda x: x * (x + 1.0), np.ones(100))
    (product,) = [each for each, _ in found.operations if each.name == "multiply"]
    assert (product.kind, product.size, product.widest) == ("array", 100, 100)
    assert product.value.moves == 300
    # ta b + a tb: 2 products and a sum, whose partial derivatives are at hand.
    assert product.push.calls == 3
    assert product.push.fixed.operations == 0
    assert product.push.each.operations == 300
    assert product.pull.calls == 2
    assert product.pull.each.operations == 200


def test_a_partial_derivative_is_computed_once_a_pass():
    found = counted(np.sin, np.ones(100))
    ((sine, times),) = found.operations
    assert times == 1
    assert (sine.push.fixed.nonlinear, sine.push.each.nonlinear) == (100, 0)
    assert sine.push.each.multiplications == 100


def test_kinds_of_operations():
    def kinds(f, x):
        return {each.name: each.kind for each, _ in counted(f, x).operations}

    def f(x):
        return x[1:] * np.sum(x) + x[:-1]

    assert kinds(f, np.ones(3)) == {
        "read": "read",
        "sum": "other",
        "multiply": "broadcast",
        "add": "array",
    }
    number = {"multiply": "number", "divide": "singular number"}
    assert kinds(lambda x: x * x / 2.0, 3.0) == number
    array = {"multiply": "array", "sqrt": "singular array"}
    assert kinds(lambda x: np.sqrt(x * x), np.ones(3)) == array


def test_reads_of_one_array_share_a_buffer():
    def reads(x):
        return x[:2] * x[2:4]

    first, second = (
        each for each, _ in counted(reads, np.ones(100)).operations if each.name == "read"
    )
    assert (first.pull.each.moves, second.pull.each.moves) == (106, 6)


def test_how_much_is_in_use_at_once():
    def tree(x):
        squares = [x * x for _ in range(8)]  # all are alive until the last is there
        return sum(squares[1:], squares[0])

    assert counted(lambda x: chain(x), np.ones(100)).alive < 400
    assert counted(tree, np.ones(100)).alive > 500
    found = counted(lambda x: np.sum(x * x), np.ones(100))
    assert found.written == pytest.approx((100 * 100 + 1) / 101)


def test_a_cube_has_a_quick_derivative_and_another_power_has_not():
    for exponent, nonlinear in ((3, 0), (3.5, 100)):
        ((power, _),) = counted(lambda x, e=exponent: x**e, np.ones(100)).operations
        assert power.value.nonlinear == 100
        assert power.push.fixed.nonlinear == power.pull.fixed.nonlinear == nonlinear


def test_what_is_known_of_an_operation_is_not_counted_again(monkeypatch):
    counted(lambda x: np.cos(x), np.ones(7))

    def fail(*_):
        raise AssertionError

    monkeypatch.setattr(import_module("admodes.choosing.profiling"), "_counted", fail)
    assert counted(lambda x: np.cos(x), np.ones(7)).length == 1
