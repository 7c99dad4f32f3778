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
    "mapping",
    "nans",
    "padding",
    "polynomials",
    "quantiles",
    "ranges",
    "reductions",
    "scimath",
    "sets",
    "shapes",
    "statistics",
    "windows",
)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_composition_rounds_as_numpy_does(family, subtests):
    for i, row in enumerate(importlib.import_module(f"tests.cases.{family}").CASES):
        if row.covers is np.polyfit:  # whose solution is refined
            continue
        with named(subtests, f"{i}: {row}"):
            found, _ = ad.vjp(row.f, *row.args)
            for y, own in zip(flat(found), flat(row.f(*row.args)), strict=True):
                np.testing.assert_array_equal(y, own)
                assert np.asarray(y).dtype == np.asarray(own).dtype
