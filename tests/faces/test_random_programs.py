"""Programs made at random have the same derivatives in all ways there are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import admodes as ad
from tests.helpers import MODES, NESTINGS

UNARY = (np.sin, np.cos, np.tanh, lambda a: a * a, lambda a: -a, lambda a: a[::-1], np.exp)
BINARY = (
    np.add,
    np.subtract,
    np.multiply,
    lambda a, b: a / (2.0 + b * b),
    lambda a, b: a + np.sum(b),
    lambda a, b: b[0] * a,
    np.maximum,
)
STEP = st.tuples(
    st.integers(0, len(UNARY) + len(BINARY) - 1), st.integers(0, 50), st.integers(0, 50)
)


def run(program, x):
    """The last of a list of values, each made by an operation of two before it."""
    values = [x, 0.5 * x + 0.1, np.array([0.2, -0.3, 0.4])]
    for operation, i, j in program:
        a, b = values[i % len(values)], values[j % len(values)]
        if operation < len(UNARY):
            values.append(np.tanh(UNARY[operation](a)))
        else:
            values.append(np.tanh(BINARY[operation - len(UNARY)](a, b)))
    return values[-1] + values[len(values) // 2]


def rows(y, v):
    """The derivatives of each entry of `y` by the leaf `v`, by a sweep each."""
    found = []
    for unit in np.eye(y.size):
        v.grad = None
        if y.requires_grad:
            y.backward(unit, retain_graph=True)
        found.append(np.zeros(v.shape) if v.grad is None else v.grad)
    v.grad = None
    return np.stack(found)


@pytest.mark.slow
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(st.lists(STEP, min_size=1, max_size=12))
def test_random_programs_have_the_same_derivatives_in_both_modes(program):
    x = np.array([0.7, -0.4, 0.25])

    def f(x):
        return run(program, x)

    expected = ad.jacobian(f, mode="forward", chunk_size=1)(x)
    for mode in MODES:
        for chunk_size in (1, 2, None):
            jacobian = ad.jacobian(f, mode=mode, chunk_size=chunk_size)(x)
            np.testing.assert_allclose(jacobian, expected, rtol=1e-9, atol=1e-12)
    pushed = np.stack([ad.linearize(f, x)[1](t) for t in np.eye(3)], axis=1)
    np.testing.assert_allclose(pushed, expected, rtol=1e-9, atol=1e-12)
    hessians = [ad.hessian(lambda x: np.sum(f(x)), modes=modes)(x) for modes in NESTINGS]
    v = ad.variable(x)
    y = f(v) + 0.0 * v  # it may not depend on v at all
    pulled = rows(y, v)
    np.testing.assert_allclose(pulled, expected, rtol=1e-9, atol=1e-12)
    y.backward(1.0, create_graph=True)
    hessians.append(rows(v.grad, v))
    for hessian in hessians:
        np.testing.assert_allclose(hessian, hessians[0], rtol=1e-8, atol=1e-11)
