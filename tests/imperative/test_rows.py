"""Every row of the tables in tests/cases, by ``backward()``: the same numbers as by `vjp`."""

import importlib
import itertools
import pkgutil

import numpy as np
import pytest

import admodes as ad
from admodes.modes.arguments import leaves, map_leaves
from tests import cases
from tests.harness import as_real, assert_same, has_no_entries, own

ROWS = {
    f"{module.name}-{i}-{row}": row
    for module in pkgutil.iter_modules(cases.__path__)
    for i, row in enumerate(importlib.import_module(f"tests.cases.{module.name}").CASES)
}
every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def flat(tree):
    return [leaf for _, leaf in leaves(tree)]


def zeros_for_none(x):
    return np.zeros_like(x.value) if x.grad is None else x.grad


def random_like(rng, y):
    ct = rng.normal(size=np.shape(y))
    if np.iscomplexobj(y):
        ct = ct + 1j * rng.normal(size=np.shape(y))
    return ct.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(ct)


@every_row
def test_backward_gives_the_cotangents_of_vjp(row):
    value, pullback = ad.vjp(row.f, *row.args)
    rng = np.random.default_rng(0)
    floats = [np.asarray(y).dtype.kind in "fc" for y in flat(value)]
    cts = [
        random_like(rng, y) if wanted else y for y, wanted in zip(flat(value), floats, strict=True)
    ]
    found = iter(cts)
    expected = pullback(map_leaves(lambda _: next(found), value))

    variables = [ad.variable(arg) for arg in row.args]
    outputs = flat(row.f(*variables))
    for y, plain in zip(outputs, flat(value), strict=True):
        np.testing.assert_array_equal(ad.stop_gradient(y), plain)
    depends = [isinstance(y, ad.Variable) and y.requires_grad for y in outputs]
    outputs, cts = (list(itertools.compress(each, depends)) for each in (outputs, cts))
    for create_graph in (True, False):
        for x in variables:
            x.grad = None
        ad.backward(outputs, cts, create_graph=create_graph)
        grads = list(map(zeros_for_none, variables))
        assert_same([ad.stop_gradient(g) for g in grads], expected)
    for grad, arg in zip(grads, row.args, strict=True):
        assert type(grad) is type(arg)
        assert np.result_type(grad) == np.result_type(arg)


@every_row
def test_create_graph_gives_the_second_derivatives_of_hvp(row):
    if has_no_entries(row):
        return
    f, args = as_real(row)
    rng = np.random.default_rng(0)
    outputs = flat(f(*map_leaves(own, args)))
    weights = [rng.normal(size=np.shape(y)) for y in outputs]
    tangents = tuple(map_leaves(lambda x: random_like(rng, x), args))

    def total(*trees):
        ys = flat(f(*trees))
        return sum(np.sum(np.real(y) * w) for y, w in zip(ys, weights, strict=True))

    if not any(np.asarray(y).dtype.kind in "fc" for y in outputs):
        return
    expected = ad.hvp(total, tuple(args), tangents, modes="reverse-over-reverse")
    trees = map_leaves(ad.variable, list(args))
    variables = flat(trees)
    first = total(*trees)
    if isinstance(first, ad.Variable) and first.requires_grad:
        first.backward(create_graph=True)
    along = [
        np.sum(x.grad * t)
        for x, t in zip(variables, flat(tangents), strict=True)
        if isinstance(x.grad, ad.Variable) and x.grad.requires_grad
    ]
    for x in variables:
        x.grad = None
    ad.backward(along)
    assert_same(list(map(zeros_for_none, variables)), flat(expected), rtol=1e-9)
