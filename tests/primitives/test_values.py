"""Values that are NumPy's own to the last bit, where a function is written as a composition."""

import importlib

import numpy as np
import pytest

import admodes as ad
from tests.harness.points import flat
from tests.helpers import named

FAMILIES = (
    "calculus",
    "conditions",
    "convolutions",
    "editing",
    "interpolation",
    "least_squares",
    "linalg",
    "mapping",
    "nans",
    "norms",
    "padding",
    "polynomials",
    "products",
    "quantiles",
    "ranges",
    "reductions",
    "scimath",
    "sets",
    "shapes",
    "statistics",
    "ufuncs",
    "windows",
)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_composition_rounds_as_numpy_does(family, subtests):
    for i, row in enumerate(importlib.import_module(f"tests.cases.{family}").CASES):
        with named(subtests, f"{i}: {row}"):
            found, _ = ad.vjp(row.f, *row.args)
            for y, own in zip(flat(found), flat(row.f(*row.args)), strict=True):
                np.testing.assert_array_equal(y, own)
                assert np.asarray(y).dtype == np.asarray(own).dtype


STRIDED = {
    "a vector on the right": lambda x: np.dot(x, x[0]),
    "and on the left": lambda x: np.dot(x[:, 0], x),
    "inner": lambda x: np.inner(x, x[1]),
    "vecdot": lambda x: np.linalg.vecdot(x, x),
    "a length by its axis": lambda x: np.linalg.norm(x[0], axis=0),
    "by both axes": lambda x: np.linalg.norm(x, axis=(0, 1)),
    "of order 5": lambda x: np.linalg.vector_norm(x, ord=5),
    "a condition": lambda x: np.linalg.cond(x[:4, :4], "fro"),
    "powers": lambda x: np.linalg.matrix_power(x[:4, :4], 7),
    "float32, multiplied up": lambda x: np.cumprod(x.astype("f"), 1),
    "float32, by bins": lambda x: np.histogram(x, 3, weights=x.astype("f"))[0],
    "hypot, along an axis": lambda x: np.hypot.reduce(x, 1),
}


@pytest.mark.parametrize("f", STRIDED.values(), ids=STRIDED)
@pytest.mark.parametrize("seed", range(4))
def test_sums_are_taken_in_numpys_order_whatever_the_memory(f, seed):
    dense = np.random.default_rng(seed).standard_normal((7, 41))
    strided = np.repeat(dense, 2, 1)[:, ::2]
    for x in (dense, np.asfortranarray(dense), strided, dense[::-1], dense[:, ::-1]):
        for y in (ad.jvp(f, (x,), (x.copy(),))[0], ad.vjp(f, x)[0]):
            np.testing.assert_array_equal(y, f(x))
            assert np.asarray(y).dtype == np.asarray(f(x)).dtype
    ad.testing.check_modes(f, strided)
