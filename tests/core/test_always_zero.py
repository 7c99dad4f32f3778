"""What is 0 whatever the inputs are: of each kind of operation, and never more than is."""

import numpy as np
import pytest

import admodes as ad
from admodes.core.always_zero import nothing_at
from admodes.modes import sweep
from admodes.modes.tape import Tape
from admodes.modes.variables import leaf
from tests.helpers import together

ZERO = np.array([[0.0, 1.0], [0.0, 2.0]])
ROW = np.array([0.0, 1.0])

#: a function of a matrix, and where it is 0, whatever the matrix is
FUNCTIONS = {
    "multiply": (lambda x: x * ZERO, [[1, 0], [1, 0]]),
    "of a row that is stretched": (lambda x: np.reshape(x * ROW, (4,)), [1, 0, 1, 0]),
    "of a number that is stretched": (lambda x: np.ravel(x * 0.0), [1, 1, 1, 1]),
    "divide": (lambda x: x * ROW / x, [[1, 0], [1, 0]]),
    "by infinity": (lambda x: x / np.array([np.inf, 1.0]), [[1, 0], [1, 0]]),
    "add": (lambda x: x * ROW + x * ZERO, [[1, 0], [1, 0]]),
    "add another": (lambda x: x * ROW + x, 0),
    "add a constant": (lambda x: x * ROW + 1.0, 0),
    "subtract itself": (lambda x: x - x, 0),
    "a function of 0": (lambda x: np.sin(x * ROW), [[1, 0], [1, 0]]),
    "one that is not 0 there": (lambda x: np.cos(x * ROW), 0),
    "the smaller": (lambda x: np.minimum(x, 0), 0),
    "the larger": (lambda x: np.maximum(x, 0), 0),
    "an angle": (lambda x: np.arctan2(x * ROW, x), 0),
    "a power": (lambda x: np.power(x * ROW, 2), [[1, 0], [1, 0]]),
    "matmul": (lambda x: x @ np.array([[0.0, 1.0], [0.0, 1.0]]), [[1, 0], [1, 0]]),
    "matmul of both": (lambda x: (x * ROW[:, None]) @ x, [[1, 1], [0, 0]]),
    "einsum": (lambda x: np.einsum("ij,ij->j", x, x * ROW), [1, 0]),
    "write": (lambda x: np.pad(x[:1, :1], (0, 1)), [[0, 1], [1, 1]]),
    "where": (lambda x: np.where([True, False], x, 0.0), [[0, 1], [0, 1]]),
    "stack": (lambda x: np.stack([x[0] * ROW, x[1]]), [[1, 0], [0, 0]]),
    "sum": (lambda x: np.sum(x * ROW, axis=0), [1, 0]),
    "sum of some": (lambda x: np.sum(x * ROW, axis=1), 0),
    "imaginary part": (lambda x: np.imag(x * 1j * ROW), [[1, 0], [1, 0]]),
    "solve": (lambda x: np.linalg.solve(ZERO + np.eye(2), x * ROW[:, None]), 0),
    "solve for some": (
        lambda x: np.linalg.solve([[1.0, 0.0], [3.0, 1.0]], x * ROW[:, None]),
        [[1, 1], [0, 0]],
    ),
    "solve by another": (
        lambda x: np.linalg.solve(np.tril(x), x[:, 0] * ROW),
        [1, 0],
    ),
    "solve for a constant, that is 0 here alone": (
        lambda x: np.linalg.solve(np.triu(x), np.where([True, True], [2.0, 4.0], x[0])),
        0,
    ),
    "a user's function, that not every number has": (lambda x: own_half(x * ROW), 0),
    "a user's linear function": (lambda x: own_rows(x * ROW), [[0, 1], [0, 1]]),
    "a checkpoint": (ad.checkpoint(lambda x: np.flip(x * ROW, 1)), [[0, 1], [0, 1]]),
}


def half(x):
    if np.any(x < 0):
        raise ValueError("no number below 0")
    return x / 2


own_half = ad.elementwise(half, 0.5)
own_rows = ad.linear(lambda t: t[..., ::-1], transpose=lambda ct: ct[..., ::-1])


@together
@pytest.mark.parametrize(("f", "expected"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_where_a_function_is_always_0(f, expected):
    with Tape() as tape:
        y = f(np.abs(leaf(tape, np.array([[1.0, 2.0], [3.0, 4.0]]))))  # which keeps the shape
    number = y._node[0]
    with np.errstate(all="ignore"):
        found = nothing_at(lambda: tape.nodes).get(number, np.False_)
    np.testing.assert_array_equal(
        np.broadcast_to(found, y.shape), np.broadcast_to(expected, y.shape)
    )


def test_a_constant_is_not_0_where_it_is_known_not_to_be():
    with Tape() as tape:
        x = leaf(tape, np.array([0.0, 1.0]))
        y = np.where([True, False], 5.0, x) * x
    assert y._node[0] not in nothing_at(lambda: tape.nodes)


def test_it_is_asked_once_for_all_guesses(monkeypatch):
    asked = []

    def watched(nodes, known=None):
        asked.append(known)
        return nothing_at(nodes, known)

    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    monkeypatch.setattr(sweep, "nothing_at", watched)
    with np.errstate(all="ignore"):
        ad.hvp(f, (np.array([0.0, 1.0]),), (np.ones(2),), modes="reverse-over-reverse")
    assert len(asked) == 1
