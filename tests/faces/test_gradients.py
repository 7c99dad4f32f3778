"""grad and value_and_grad: argnums, has_aux, chunk_size; types, shapes and zeros."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, SINE_GRADIENT, X, same, sine, together


@pytest.mark.parametrize("mode", MODES)
def test_grad_of_an_array(mode):
    same(ad.grad(sine, mode=mode)(X), SINE_GRADIENT)


@pytest.mark.parametrize("mode", MODES)
def test_value_and_grad_gives_the_value_that_the_function_gives(mode):
    for f, x in ((sine, X), (lambda x: x * x, 3.0), (np.sin, np.float32(0.5))):
        value, _ = ad.value_and_grad(f, mode=mode)(x)
        assert value == f(x)
        assert type(value) is type(f(x))


@pytest.mark.parametrize("mode", MODES)
def test_argnums_chooses_and_a_tuple_gives_a_tuple(mode):
    def f(a, b, c):
        return a * b * b * c

    def gradient(argnums):
        return ad.grad(f, argnums, mode=mode)(2.0, 3.0, 5.0)

    assert gradient(1) == 60.0
    assert gradient(-1) == 18.0
    assert gradient((0,)) == (45.0,)
    assert gradient((2, 0)) == (18.0, 45.0)
    assert gradient((-3, 1)) == (45.0, 60.0)
    assert gradient(()) == ()


@pytest.mark.parametrize("mode", MODES)
def test_arguments_that_are_not_differentiated_may_be_anything(mode):
    def f(x, kind, n, *, scale):
        assert kind == "sine"
        assert n is None
        return scale["s"] * np.sin(x)

    assert ad.grad(f, mode=mode)(0.0, "sine", None, scale={"s": 2}) == 2.0


@pytest.mark.parametrize("mode", MODES)
def test_has_aux(mode):
    def f(x):
        return np.sum(x * x), {"doubled": 2 * x, "label": "a", "n": 3}

    gradient, aux = ad.grad(f, mode=mode, has_aux=True)(X)
    same(gradient, 2 * X)
    same(aux["doubled"], 2 * X)
    assert type(aux["doubled"]) is np.ndarray
    assert (aux["label"], aux["n"]) == ("a", 3)
    (value, aux), gradient = ad.value_and_grad(f, mode=mode, has_aux=True)(X)
    assert value == np.sum(X * X)
    same(aux["doubled"], 2 * X)
    same(gradient, 2 * X)
    matrix, aux = ad.jacobian(lambda x: (x * x, x[0]), mode=mode, has_aux=True)(X)
    same(matrix, np.diag(2 * X))
    assert aux == X[0]
    matrix, aux = ad.jacobian(lambda x: (x * x, x[0]), has_aux=True)(X)
    same(matrix, np.diag(2 * X))


@together
@pytest.mark.parametrize("chunk_size", [1, 2, 3, 4, np.int64(2), 10**9, None])
@pytest.mark.parametrize("mode", MODES)
def test_chunk_size_changes_nothing_but_the_passes(mode, chunk_size):
    x, y = np.linspace(-1, 1, 3), np.linspace(0, 2, 2)

    def f(x, y):
        return np.sum(np.sin(x)) * np.sum(y * y)

    gx, gy = ad.grad(f, (0, 1), mode=mode, chunk_size=chunk_size)(x, y)
    same(gx, np.cos(x) * np.sum(y * y))
    same(gy, np.sum(np.sin(x)) * 2 * y)

    def g(x):
        return np.sin(x) * x[0]

    expected = np.diag(np.cos(x) * x[0]) + np.outer(np.sin(x), [1, 0, 0])
    same(ad.jacobian(g, mode=mode, chunk_size=chunk_size)(x), expected)


def filled(u, c):
    """Writes into both arguments, and into what is made like one of them."""
    b = np.zeros(2, like=c)
    b[0], b[1] = u @ c, c[0] * u[1]
    c *= 2.0
    u += c
    return np.sum(b * u * c)


@together
@pytest.mark.parametrize("chunk_size", [1, 2, 3, None])
@pytest.mark.parametrize("mode", MODES)
def test_every_pass_may_write_into_arguments_and_into_what_is_made_like_one(mode, chunk_size):
    """Also where none of the directions of a pass belongs to that argument."""
    u, c = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    gradient = ad.grad(filled, (0, 1), mode=mode, chunk_size=chunk_size)
    for got, expected in zip(gradient(u, c), ([192.0, 456.0], [488.0, 300.0]), strict=True):
        same(got, np.array(expected))
    same(np.stack([u, c]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    nested = ad.grad(lambda u, c: np.sum(gradient(u, c)[0] * c), (0, 1), mode="reverse")
    for got, expected in zip(nested(u, c), ([204.0, 264.0], [1436.0, 1140.0]), strict=True):
        same(got, np.array(expected))


@pytest.mark.parametrize("chunk_size", [1, None])
def test_an_error_is_raised_whichever_argument_a_pass_is_about(chunk_size):
    def f(u, c):
        raise KeyError("of the function's own")

    with pytest.raises(KeyError, match="of the function's own"):
        ad.grad(f, (0, 1), mode="forward", chunk_size=chunk_size)(np.ones(2), np.ones(2))


@together
@pytest.mark.parametrize(("chunk_size", "passes"), [(1, 5), (2, 3), (5, 1), (None, 1)])
def test_chunk_size_is_the_number_of_inputs_a_forward_pass(chunk_size, passes):
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x * x)

    ad.grad(f, mode="forward", chunk_size=chunk_size)(np.ones(5))
    assert len(calls) == passes


# --- Types and shapes -----------------------------------------------------------------------------


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("x", "kind"),
    [(3.0, float), (3, float), (np.float32(3), np.float32), (np.float64(3), np.float64)],
)
def test_a_number_gives_a_number_of_its_type(mode, x, kind):
    for f in (lambda x: x * x, lambda x: np.sin(x), lambda x: np.float64(2) * x, lambda x: 1.0):
        assert type(ad.grad(f, mode=mode)(x)) is kind


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3), (2, 0, 3)])
def test_an_array_gives_an_array_of_its_shape_and_dtype(mode, dtype, shape):
    x = np.full(shape, 0.5, dtype)
    for f in (
        lambda x: np.sum(np.sin(x) * x),
        lambda x: np.float64(1.0) * np.sum(x),
        lambda x: 2.0,
    ):
        gradient = ad.grad(f, mode=mode)(x)
        assert type(gradient) is np.ndarray
        assert (gradient.shape, gradient.dtype) == (x.shape, x.dtype)


@pytest.mark.parametrize("mode", MODES)
def test_a_leaf_keeps_its_own_dtype(mode):
    args = np.ones(2, np.float32), np.ones(3), np.float32(2), 2.0
    result = ad.grad(lambda *xs: sum(np.sum(x * x) for x in xs), (0, 1, 2, 3), mode=mode)(*args)
    assert [g.dtype for g in result[:3]] == [np.float32, np.float64, np.float32]
    assert type(result[3]) is float


# --- Outputs that do not depend on the input ------------------------------------------------------


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, None])
@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 2)])
def test_a_constant_has_a_zero_gradient_of_the_right_shape(mode, chunk_size, shape):
    gradient = ad.grad(lambda x: 1.0, mode=mode, chunk_size=chunk_size)(np.ones(shape))
    same(gradient, np.zeros(shape))


@pytest.mark.parametrize("mode", MODES)
def test_an_argument_without_effect_has_a_zero_gradient(mode):
    g, h = ad.grad(lambda x, y: np.sum(x), (0, 1), mode=mode)(X, 3.0)
    same(g, np.ones(2))
    assert h == 0.0
    assert type(h) is float
