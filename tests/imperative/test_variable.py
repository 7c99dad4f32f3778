"""A variable: how it is made, what it says of itself, of which type it is."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import admodes as ad
from tests.helpers import same, together

A = np.array([[1.0, -2.0], [0.5, 3.0]])


class Subclass(np.ndarray):
    """An array with rules of its own, for all that one knows."""


# --- Made by hand ---------------------------------------------------------------------------------


def test_variable_copies_its_array():
    mine = A.copy()
    for requires_grad in (True, False):
        x = ad.variable(mine, requires_grad=requires_grad)
        assert not np.shares_memory(x.value, mine)
        same(x.value, A)


def test_a_value_is_read_only():
    x = ad.variable(A)
    with pytest.raises(ValueError, match="read-only"):
        x.value[0, 0] = 1.0


def test_variable_shows_itself():
    assert repr(ad.variable(3.0)) == "Variable(3.0)"
    assert repr(ad.variable(3, requires_grad=False)) == "Variable(3, requires_grad=False)"
    assert repr(ad.variable(np.ones(2)) * 2) == "Variable([2. 2.])"
    assert isinstance(ad.variable(3.0), ad.Variable)


@together
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.array([1, 2]), r"array of int64.*x\.astype\(float\)"),
        (np.array([True]), "array of bool"),
        (np.array([None]), "array of object"),
        (np.array(["a"]), "array of <U1"),
        (True, "is a bool"),
        (np.int64(3), "is a int64"),
        (np.bool_(True), "is a bool"),
        ([1.0, 2.0], r"not a list.*np\.array"),
        ({"w": 1.0}, "not a dict.*a variable of each part"),
        (None, "not a NoneType"),
        ("text", "not a str"),
        (np.ones(2).view(Subclass), "not a Subclass"),
        (np.ma.masked_array([1.0]), "not a MaskedArray"),
    ],
)
def test_variable_takes_floating_point_numbers_and_arrays(value, message):
    with pytest.raises(TypeError, match=message):
        ad.variable(value)


@together
@pytest.mark.parametrize(
    "value", [np.array(["a"]), np.array([None]), np.str_("a"), np.datetime64("2020-01-01"), [1]]
)
def test_a_constant_is_of_numbers(value):
    with pytest.raises(TypeError, match=r"variable\(\) takes"):
        ad.variable(value, requires_grad=False)


@together
@pytest.mark.parametrize("value", [3, True, np.int32(3), np.arange(3), np.array([True, False])])
def test_a_constant_may_be_of_integers(value):
    c = ad.variable(value, requires_grad=False)
    assert c.dtype == np.result_type(value)
    x = ad.variable(2.0)
    np.sum(x * c).backward()
    assert x.grad == np.sum(value)
    assert c.grad is None
    with pytest.raises(TypeError, match=r"has no derivative.*astype"):
        c.requires_grad = True


def test_a_memory_mapped_array_becomes_an_array(tmp_path):
    w = np.memmap(tmp_path / "w", float, "w+", shape=(3,))
    w[:] = 1.0
    for requires_grad in (True, False):
        assert type(ad.variable(w, requires_grad).value) is np.ndarray


def test_a_constant_that_is_a_variable_is_not_copied():
    data, x = ad.variable(A, requires_grad=False), ad.variable(A)
    y = data * x
    z = data @ x
    assert y._node.kept[1] is data._value
    assert z._node.kept[1] is data._value
    mine = A.copy()
    assert not np.shares_memory((mine * x)._node.kept[1], mine)


def test_what_a_rule_does_not_read_is_not_kept():
    x, n = ad.variable(A), A.size
    for y, count in (
        (x + A, 0),
        (2.0 * x - x, 0),
        (x[1:] + x[:-1], 0),
        (A * x, 1),
        (x * x, 2),
        (np.exp(x), 1),
        (x @ A, 1),
    ):
        kept = [each for each in y._node.kept if isinstance(each, np.ndarray)]
        assert sum(each.size for each in kept) == n * count


# --- requires_grad and is_leaf --------------------------------------------------------------------


def test_requires_grad_is_inherited():
    x, c = ad.variable(A), ad.variable(A, requires_grad=False)
    assert x.requires_grad
    assert not c.requires_grad
    assert (x * c).requires_grad
    assert np.sum(x).requires_grad
    assert not (c * c).requires_grad
    assert not np.sum(c + A).requires_grad


def test_is_leaf_of_what_is_made_by_hand_and_of_constants():
    x, c = ad.variable(A), ad.variable(A, requires_grad=False)
    with ad.no_grad():
        inside = x * x
    for leaf in (x, c, c * c, inside, (x * x).detach()):
        assert leaf.is_leaf
    for inner in (x * x, x + c, np.sum(x), x[0], +x):
        assert not inner.is_leaf


def test_what_was_freed_is_no_leaf():
    x = ad.variable(A)
    y = np.sum(x)
    y.backward()
    assert not y.is_leaf
    assert y.requires_grad


def test_requires_grad_can_be_set_on_a_leaf():
    c = ad.variable(A, requires_grad=False)
    c.requires_grad = True
    np.sum(c * c).backward()
    same(c.grad, 2 * A)
    y = (c * c).detach()
    y.requires_grad = True
    np.sum(y * y).backward()
    same(y.grad, 2 * A * A)


def test_requires_grad_cannot_be_set_on_what_was_computed():
    x = ad.variable(A)
    y = x * x
    for wanted in (True, False):
        with pytest.raises(RuntimeError, match=r"use x\.detach\(\)"):
            y.requires_grad = wanted
    np.sum(y).backward()
    with pytest.raises(RuntimeError, match=r"use x\.detach\(\)"):
        y.requires_grad = False


def test_a_leaf_that_no_longer_requires_grad_gathers_no_more():
    x, w = ad.variable(A), ad.variable(A)
    np.sum(x * x).backward()
    y = np.sum(x * w)
    x.requires_grad = False
    y.backward(retain_graph=True)
    same(x.grad, 2 * A)  # what it has stays
    assert not (x * 2.0).requires_grad
    x.requires_grad = True
    y.backward()  # recorded before, and leads to it again
    same(x.grad, 2 * A + A)
    same(w.grad, 2 * A)


def test_detach_is_a_constant_of_the_same_value():
    x = ad.variable(A)
    held = (x * x).detach()
    assert not held.requires_grad
    np.sum(held * x).backward()
    same(x.grad, A * A)
    same(held.value, A * A)


def test_stop_gradient_is_a_plain_value():
    x = ad.variable(A)
    held = ad.stop_gradient(x)
    assert type(held) is np.ndarray
    held[...] = 99.0
    same(x.value, A)


def test_a_deep_copy_of_a_leaf_is_a_leaf_of_its_own():
    x, c = ad.variable(A), ad.variable(A, requires_grad=False)
    np.sum(x * x).backward()
    copies = copy.deepcopy({"x": x, "c": c})
    same(copies["x"].grad, 2 * A)
    assert not np.shares_memory(copies["x"].grad, x.grad)
    assert not copies["c"].requires_grad
    np.sum(copies["x"] * x).backward()
    same(copies["x"].grad, 3 * A)
    same(x.grad, 3 * A)
    y = x * x
    np.sum(copy.deepcopy(y)).backward()  # no leaf, but of the same leaves
    same(x.grad, 5 * A)


def test_a_leaf_is_not_written_into():
    x = y = ad.variable(A)
    for write in (lambda: operator.imul(y, 2.0), lambda: operator.setitem(y, 0, 1.0), y.sort):
        with pytest.raises(RuntimeError, match=r"x\.copy\(\).*no_grad"):
            write()
    y = y.copy()
    y *= 2.0
    np.sum(y * y).backward()
    same(x.value, A)
    same(x.grad, 8 * A)


def test_a_step_of_an_optimiser_changes_the_leaf():
    x = ad.variable(A)
    y = x * x
    with ad.no_grad():
        x -= 1.0
        x[0] *= 2.0
    assert x.is_leaf
    stepped = A - 1.0
    stepped[0] *= 2.0
    same(x.value, stepped)
    np.sum(y + x).backward()  # of what was recorded before, and after
    same(x.grad, 2 * A + 1)


def add_in_place(array, value):
    array += value


@together
@pytest.mark.parametrize(
    "lose",
    [
        float,
        int,
        math.sin,
        np.asarray,
        np.float64,
        pickle.dumps,
        lambda x: np.array([x, x]),
        lambda x: np.zeros(3).__setitem__(0, x),
        lambda x: add_in_place(np.zeros(3), x),
    ],
)
def test_a_lost_derivative_is_an_error(lose):
    with pytest.raises((TypeError, ValueError, NotImplementedError)):
        lose(ad.variable(2.0))


# --- Types ----------------------------------------------------------------------------------------


def polynomial(x):
    return 3.0 * x * x - x / 2 + (1 - x) ** 3


def test_python_floats_stay_python_floats():
    x = ad.variable(2.0)
    y = polynomial(x)
    assert type(y.value) is float
    y.backward()
    assert type(x.grad) is float
    y = polynomial(x)
    y.backward(np.float64(2.0))
    assert type(x.grad) is float
    x.grad = np.float64(1.0)
    assert type(x.grad) is float
    x.grad = None
    np.sum(np.ones(3) * x).backward()
    assert type(x.grad) is float


def test_a_python_int_becomes_a_float():
    x = ad.variable(2)
    assert type(x.value) is float
    (x * x).backward()
    assert type(x.grad) is float


@together
@pytest.mark.parametrize(
    "value",
    [
        np.float32(2.0),
        np.float64(2.0),
        np.array(2.0),
        np.array(2.0, np.float32),
        np.full((2, 2), 2.0, np.float32),
        np.full(3, 2.0, np.float16),
        np.full(3, 2.0, np.longdouble),
        np.full(3, 2.0, np.complex64),
        2.0 + 1.0j,
        np.complex128(2.0 + 1.0j),
        np.ones((0, 3)),
        np.ones((0,), np.float32),
        np.ones((1, 1)),
    ],
    ids=lambda value: f"{type(value).__name__}-{np.result_type(value)}-{np.shape(value)}",
)
def test_a_grad_has_the_type_shape_and_dtype_of_its_variable(value):
    x = ad.variable(value)
    for _ in range(3):  # the first, and sums
        np.sum(np.real(polynomial(x)) * 0.5).backward()
        assert type(x.grad) is type(value)
        assert np.shape(x.grad) == np.shape(value)
        assert np.result_type(x.grad) == np.result_type(value)


def test_float32_stays_float32_through_the_sweep():
    x = ad.variable(np.full(3, 0.5, np.float32))
    h = np.sin(x) * 2.0
    h.retain_grad()
    y = np.sum(h * h)
    assert y.dtype == np.float32
    y.backward(np.float64(1.0))
    assert h.grad.dtype == x.grad.dtype == np.float32


def test_a_float64_operation_on_a_float32_leaf():
    x = ad.variable(np.ones(3, np.float32))
    y = np.sum(x * np.linspace(0, 1, 3))
    assert y.dtype == np.float64
    y.backward()
    same(x.grad, np.linspace(0, 1, 3, dtype=np.float32))


def test_a_complex_variable_has_the_gradient_of_grad():
    z = np.array([1.0 + 2.0j, -0.5j])

    def f(z):
        return np.sum(np.abs(z * z) ** 2 + np.real(z))

    x = ad.variable(z)
    f(x).backward()
    same(x.grad, ad.grad(f)(z))


def test_a_real_variable_in_a_complex_program_has_a_real_gradient():
    x = ad.variable(A)
    y = np.sum(np.exp(1j * x))
    y.backward(1.0 + 2.0j)
    assert x.grad.dtype == float
    (expected,) = ad.vjp(lambda x: np.sum(np.exp(1j * x)), A)[1](np.complex128(1.0 + 2.0j))
    same(x.grad, expected)


def test_a_complex_output_has_no_default_gradient():
    z = ad.variable(1.0 + 2.0j)
    with pytest.raises(RuntimeError, match=r"complex output needs a gradient=.*np\.real"):
        (z**3).backward()
    (z**3).backward(1.0)
    assert z.grad == 3 * (1.0 + 2.0j) ** 2


def test_an_empty_array():
    x = ad.variable(np.ones((0, 3)))
    y = np.sum(np.sin(x) * x)
    assert y.value == 0.0
    y.backward()
    same(x.grad, np.ones((0, 3)))


def test_a_0d_array():
    x = ad.variable(np.array(2.0))
    y = x * x
    y.retain_grad()
    y.backward()
    same(x.grad, np.array(4.0))
    assert type(x.grad) is np.ndarray
