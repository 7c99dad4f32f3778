"""The value is NumPy's own: to the last bit, and in type, dtype and layout.

Whatever a function is composed of here, and whatever its arguments are: what a row of the tables
gives on plain ones is what both modes have to hand back.
"""

import itertools
import warnings

import numpy as np
import pytest

import admodes as ad
from admodes.core.layout import copied
from admodes.primitives import MAKERS
from tests import cases
from tests.harness.points import flat
from tests.helpers import MODES, named, together

TABLES = cases.tables()


def one_of(x):
    return np.asarray(x).flat[0] if np.size(x) else np.float64(0.5)


#: arguments in place of those of a row
AS = {
    "they are": lambda x: x,
    "float32": lambda x: np.asarray(x, "F" if np.iscomplexobj(x) else "f")[()],
    "complex numbers": lambda x: x if np.iscomplexobj(x) else x * (1 + 0.25j),
    "arrays in the order of Fortran": lambda x: x if np.ndim(x) < 2 else np.asfortranarray(x),
    "Python's numbers": lambda x: one_of(x).item(),
    "NumPy's numbers": one_of,
    "arrays of no axes": lambda x: np.array(one_of(x)),
}
#: not the same: a weight, a distance or a place that is complex, which no function is meant for
COMPLEX = {np.cov, np.gradient, np.interp}
#: and in float32 what is computed by other singular values, or by a ramp in float64
FLOAT32 = {np.linalg.cond, np.pad}


def kind(y):
    """What a caller can tell of a value, but for its entries."""
    layout = (y.flags.c_contiguous, y.flags.f_contiguous) if isinstance(y, np.ndarray) else ()
    return type(y), np.result_type(y), np.shape(y), layout


def own(row, args):
    """What NumPy makes of them, which may be overwritten."""
    return flat(row.f(*given(args)))


def given(args):
    return [copied(x) if isinstance(x, np.ndarray) else x for x in args]


def check(row, args, mode, wanted):
    if mode == "forward":
        tangents = tuple(np.ones_like(x)[()] for x in args)
        found, _ = ad.jvp(row.f, tuple(given(args)), tangents)
    else:
        found, _ = ad.vjp(row.f, *given(args))
    for y, own_y in zip(flat(found), wanted, strict=True):
        assert kind(y) == kind(own_y)
        if not np.all(y == own_y):
            np.testing.assert_array_equal(y, own_y)


@pytest.mark.parametrize("table", TABLES)
def test_a_value_is_that_of_numpy(table, subtests):
    for i, row in enumerate(TABLES[table]):
        for mode in MODES:
            with named(subtests, f"{i}: {row}, {mode}"):
                check(row, row.args, mode, own(row, row.args))


def is_numeric(y):
    return isinstance(y, (np.ndarray, np.generic, float, int, complex))


def is_the_same(x, y):
    return x is y or (type(x) is type(y) is float and x == y)


@pytest.mark.parametrize("table", TABLES)
def test_of_other_arguments_too(table, subtests):
    others = [how for how in AS if how != "they are"]
    for how, (i, row) in itertools.product(others, enumerate(TABLES[table])):
        left_out = {"complex numbers": COMPLEX | MAKERS.keys(), "float32": FLOAT32}.get(how, ())
        args = [AS[how](x) for x in row.args]
        if row.covers in left_out or all(map(is_the_same, args, row.args)):
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of a single number some functions warn
            try:
                wanted = own(row, args)
            except Exception:  # what the function is not meant for, whatever NumPy makes of it
                continue
            if not all(map(is_numeric, wanted)):
                continue
            with named(subtests, f"{i}: {row}, {how}"):
                try:
                    check(row, args, "reverse", wanted)
                except NotImplementedError:  # what is refused has no value
                    continue


#: products of a matrix and another, of matrices and vectors, and of stacks
PRODUCTS = {
    "dot": (np.dot, (3, 5), (5, 4)),
    "dot, a row": (np.dot, (1, 33), (33, 7)),
    "dot, a column": (np.dot, (7, 17), (17, 1)),
    "dot, a stack": (np.dot, (2, 3, 5), (4, 5, 3)),
    "inner": (np.inner, (4, 17), (1, 17)),
    "inner, a vector": (np.inner, (4, 17), (17,)),
    "outer": (np.outer, (5,), (7,)),
    "vdot": (np.vdot, (17,), (17,)),
    "vecdot": (np.linalg.vecdot, (3, 33), (33,)),
    "norm": (lambda a, b: np.linalg.norm(a + b, axis=0), (33, 3), (3,)),
    "vector_norm": (lambda a, b: np.linalg.vector_norm(a * b, axis=(2, 0)), (5, 3, 7), (7,)),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, a]), (17,), (17, 17)),
    "matrix_power": (lambda a, b: np.linalg.matrix_power(a, 7) @ b, (5, 5), (5,)),
}
if hasattr(np, "matvec"):  # it depends on NumPy's version
    PRODUCTS |= {
        "matvec": (np.matvec, (2, 3, 33), (33,)),
        "matvec, a stack": (np.matvec, (2, 3, 33), (2, 33)),
        "vecmat": (np.vecmat, (33,), (2, 33, 3)),
        "vecmat, a stack": (np.vecmat, (2, 33), (2, 33, 3)),
    }
LAYOUTS = (
    np.ascontiguousarray,
    np.asfortranarray,
    lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    lambda x: x[..., ::-1],
)


@together
@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_adds_up_as_numpy_does_whatever_the_layout(name):
    f, of_a, of_b = PRODUCTS[name]
    rng = np.random.default_rng(0)
    for lay_a, lay_b in itertools.product(LAYOUTS, repeat=2):
        for imaginary in (0, 1j):
            a, b = (rng.normal(size=s) + imaginary * rng.normal(size=s) for s in (of_a, of_b))
            a, b = lay_a(np.real_if_close(a)), lay_b(np.real_if_close(b))
            value, _ = ad.vjp(f, a, b)
            np.testing.assert_array_equal(value, f(a, b), strict=True)
