"""Where something is not a finite number: the operation that made it so is named."""

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from tests.diagnosis.helpers import HALF_LINE, disagreement
from tests.helpers import together

root = ad.elementwise(np.sqrt, lambda y, _x: 0.5 / y)  # zero does not absorb in it


def branch(x):
    y = root(x) * 2  # here
    return np.sum(np.where(x > 0, y, 0.0))


def overflow_in_a_branch(x):
    y = np.exp(x)  # here
    return np.sum(np.where(x < 10, y, x))


def not_read(x):
    roots = root(x)  # here
    return roots[1] * 3


def masked(x):
    mask = np.array([0.0, 1.0])
    return np.sum(root(x * mask))  # here


def infinite_derivative(x):
    a = x * x
    return np.sum(np.sqrt(a[1:] - 1)) + a[0]  # here


def sigmoid(x):
    y = np.exp(-x)  # here
    return 1 / (1 + y)


def log_of_sum(x):
    total = np.sum(np.exp(x))  # here
    return np.log(total)


def pole(x):
    return np.sum(1 / (x - 1))  # here


def outside(x):
    return np.sum(np.arccos(x + 1))  # here


def infinite_constant(x):
    return np.sum(x * np.inf)  # here


def overflow_of_a_derivative(x):
    y = x * 1e200
    return y * 1e200  # here


@together
@pytest.mark.parametrize(
    ("f", "x", "kind", "operation", "cause"),
    [
        (infinite_derivative, HALF_LINE, "infinite derivative", "sqrt", "sqrt(0)"),
        (log_of_sum, np.array([1.0, 800]), "overflow", "exp", "than float64 holds"),
        (log_of_sum, np.float32([1.0, 100]), "overflow", "exp", "than float32 holds"),
        (pole, HALF_LINE, "pole", "divide", "a pole of `divide`"),
        (outside, HALF_LINE, "outside of its domain", "arccos", "arccos(2) (entry [1])"),
        (infinite_constant, HALF_LINE, "constant", "multiply", "a constant that goes into"),
        (overflow_of_a_derivative, 1e-300, "overflow", "multiply", "than float64 holds"),
    ],
)
def test_not_finite(f, x, kind, operation, cause):
    found = disagreement(f, x, kind=kind, operation=operation, cause=cause)
    assert found.to_dict()["modes"]["ulps"] is None


def test_where_zero_absorbs_nothing_is_wrong():
    assert agreement(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), HALF_LINE).ok
    assert agreement(branch, HALF_LINE).ok
    assert agreement(overflow_in_a_branch, 1000 * HALF_LINE).ok
    assert agreement(not_read, HALF_LINE).ok
    assert agreement(masked, HALF_LINE).ok
    assert agreement(sigmoid, np.array([-1000.0, 1.0])).ok


def test_an_argument_that_is_not_finite():
    found = agreement(lambda x: np.sum(x * x), np.array([1.0, np.nan]))
    assert not found.ok
    assert found.finding.kind == "input"
    assert found.finding.operation is None


def test_a_line_that_nobody_has_kept_is_named_and_not_quoted():
    """As one that was typed at a prompt, or came by a pipe."""
    names: dict = {}
    exec(
        compile("def f(x):\n    return np.sum(np.log(x * 0))", "<stdin>", "exec"), {"np": np}, names
    )
    assert "<stdin>:2" in str(agreement(names["f"], np.ones(3))).split("\n  ")
