"""Values that are NumPy's own to the last bit, where a function is written as a composition."""

import importlib

import numpy as np
import pytest

import admodes as ad
from tests.harness.points import flat

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
ROWS = {
    f"{name}-{i}-{row}": row
    for name in FAMILIES
    for i, row in enumerate(importlib.import_module(f"tests.cases.{name}").CASES)
    if row.covers is not np.polyfit  # whose solution is refined
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_composition_rounds_as_numpy_does(row):
    found, _ = ad.vjp(row.f, *row.args)
    for y, own in zip(flat(found), flat(row.f(*row.args)), strict=True):
        np.testing.assert_array_equal(y, own)
        assert np.asarray(y).dtype == np.asarray(own).dtype
