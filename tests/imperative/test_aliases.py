"""Results never alias each other or the caller's arrays, and overwriting does no harm."""

import itertools

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together
from tests.imperative.helpers import A, B


def linear_programs():
    """What could hand an array on as it is."""
    return {
        "x + w": lambda x, w: x + w,
        "x - w": lambda x, w: x - w,
        "x + x": lambda x, w: x + x + w,
        "sum": lambda x, w: np.sum(x) + np.sum(w),
        "reshape": lambda x, w: np.reshape(x, (4,)) + np.ravel(w),
        "transpose": lambda x, w: x.T + w,
        "read": lambda x, w: x[0] + w[0],
        "concatenate": lambda x, w: np.concatenate([x, w]),
        "stack": lambda x, w: np.stack([x, w, x]),
        "where": lambda x, w: np.where(A > 0, x, w),
        "positive": lambda x, w: +x + +w,
        "product": lambda x, w: x * w,
        "broadcast": lambda x, w: x[None] + w,
        "copy": lambda x, w: x.copy() + w.copy(),
        "matmul": lambda x, w: x @ w,
    }


@together
@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("f", linear_programs().values(), ids=linear_programs())
def test_results_never_alias_each_other_or_the_callers_arrays(f, retain):
    mine = A.copy(), B.copy()
    x, w = map(ad.variable, mine)
    y = f(x, w)
    y.retain_grad()
    gradient = np.random.default_rng(0).normal(size=y.shape) if y.shape else np.array(2.0)
    given = gradient.copy()
    y.backward(given, retain_graph=True)
    first = [each.grad for each in (x, w, y)]
    y.backward(given, retain_graph=retain)
    everything = [*first, x.grad, w.grad, y.grad, given, *mine]
    everything = [each for each in everything if isinstance(each, np.ndarray)]
    for a, b in itertools.combinations(everything, 2):
        assert not np.shares_memory(a, b)
    for each in (x, w):
        assert each.grad.flags.writeable
        assert not np.shares_memory(each.grad, each.value)
        assert not np.shares_memory(each.grad, y.value)
    (expected_x, expected_w) = ad.vjp(f, *mine)[1](gradient if y.shape else np.float64(2.0))
    x.grad[...] = 99.0  # one is written into, the other stays
    np.testing.assert_allclose(w.grad, 2 * expected_w)
    np.testing.assert_allclose(first[0], expected_x)


def test_a_retained_grad_is_not_the_buffer_that_is_handed_on():
    x = ad.variable(A)
    earlier, h = x * A, x + 1.0  # h hands its cotangent on to x, then that of x * A is added in
    h.retain_grad()
    np.sum(h * B + earlier).backward()
    same(h.grad, B)
    same(x.grad, B + A)
    assert not np.shares_memory(h.grad, x.grad)


def test_an_input_that_is_overwritten_afterwards():
    mine = A.copy()
    x = ad.variable(mine)
    mine[...] = 99.0
    same(x.value, A)
    y = np.sum(x * x)
    mine[...] = -1.0
    y.backward()
    same(x.grad, 2 * A)


CONSTANTS = {
    "product": lambda x, w, mask, index: w * x,
    "reflected": lambda x, w, mask, index: x * w,
    "quotient": lambda x, w, mask, index: x / w,
    "power": lambda x, w, mask, index: np.abs(x) ** w,
    "ufunc": lambda x, w, mask, index: np.multiply(w, x),
    "maximum": lambda x, w, mask, index: np.maximum(x, w),
    "broadcast": lambda x, w, mask, index: x * w[:, None],
    "where": lambda x, w, mask, index: np.where(mask, x, 2 * x),
    "boolean index": lambda x, w, mask, index: x[mask],
    "integer index": lambda x, w, mask, index: x[index],
    "list index": lambda x, w, mask, index: x[list(index)],
    "take": lambda x, w, mask, index: np.take(x, index),
    "clip": lambda x, w, mask, index: np.clip(x, w, 2 * w),
    "dot": lambda x, w, mask, index: np.dot(x, w),
    "matmul": lambda x, w, mask, index: x[:, None] @ w[None],
    "einsum": lambda x, w, mask, index: np.einsum("i,i->", x, w),
    "solve": lambda x, w, mask, index: np.linalg.solve(np.diag(w), x),
    "mask": lambda x, w, mask, index: x * mask,
}


@together
@pytest.mark.parametrize("f", CONSTANTS.values(), ids=CONSTANTS)
def test_a_constant_that_is_overwritten_after_it_was_recorded(f):
    x = np.linspace(0.5, 2.0, 5)
    w, mask, index = np.full(5, 1.25), np.arange(5) % 2 == 0, np.arange(5)[::-1].copy()
    (expected,) = ad.vjp(lambda x: f(x, w, mask, index), x)[1](f(x, w, mask, index))
    v = ad.variable(x)
    y = f(v, w, mask, index)
    ct = y.value
    w[:], mask[:], index[:] = 0.0, True, 0
    y.backward(ct, retain_graph=True)
    same(v.grad, expected)
    v.grad = None
    y.backward(ct, create_graph=True)
    same(v.grad.value, expected)


def test_a_gradient_that_is_overwritten_afterwards():
    x, w = ad.variable(A), ad.variable(B)
    gradient = np.ones((2, 2))
    (x + w).backward(gradient, create_graph=True)
    gradient[...] = 99.0
    same(x.grad.value, np.ones((2, 2)))
    same(w.grad.value, np.ones((2, 2)))
