"""What the public face gives: values, shapes, types, and memory of the caller's own."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import admodes as ad
from admodes import forward, reverse

MODES = ("forward", "reverse")
NESTINGS = tuple(f"{outer}-over-{inner}" for outer in MODES for inner in MODES)
X = np.array([0.3, -1.2])


def sine(x):
    return np.sin(x[0] * x[1])


SINE_GRADIENT = np.cos(X[0] * X[1]) * X[::-1]
SINE_HESSIAN = np.cos(X[0] * X[1]) * np.array([[0.0, 1.0], [1.0, 0.0]]) - np.sin(
    X[0] * X[1]
) * np.outer(X[::-1], X[::-1])


def energy(x, y):
    return np.sum(np.sin(x) * y)


def same(a, b):
    """Equal, and of equal shape and dtype."""
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14, strict=True)


# --- One face -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian"])
def test_the_two_modules_have_one_face(name):
    assert inspect.signature(getattr(forward, name)) == inspect.signature(getattr(reverse, name))


def test_everything_public_is_there():
    for name in ad.__all__:
        assert getattr(ad, name) is not None


def test_jacfwd_and_jacrev_are_the_jacobians_of_the_modes():
    same(ad.jacfwd(np.sin)(X), np.diag(np.cos(X)))
    same(ad.jacrev(np.sin)(X), np.diag(np.cos(X)))


@pytest.mark.parametrize("mode", MODES)
def test_a_ufunc_can_be_differentiated_itself(mode):
    assert ad.grad(np.sin, mode=mode)(0.0) == 1.0


# --- jvp, vjp, linearize --------------------------------------------------------------------------


def test_jvp_gives_value_and_tangent():
    value, tangent = ad.jvp(np.sin, (X,), (np.ones(2),))
    same(value, np.sin(X))
    same(tangent, np.cos(X))


def test_jvp_of_two_arguments_adds_their_parts():
    value, tangent = ad.jvp(lambda a, b: a * b, (2.0, 3.0), (10.0, 100.0))
    assert (value, tangent) == (6.0, 230.0)


def test_vjp_gives_value_and_a_tuple():
    value, pullback = ad.vjp(np.sin, X)
    same(value, np.sin(X))
    (g,) = pullback(np.array([2.0, 3.0]))
    same(g, np.cos(X) * [2.0, 3.0])


@pytest.mark.parametrize(
    ("f", "slope", "operations"),
    [(lambda x: x, 1.0, 0), (lambda x: 1.0, 0.0, 0), (lambda x: -x, -1.0, 1)],
)
def test_the_shortest_functions_can_be_recorded(f, slope, operations):
    _, pullback = ad.vjp(f, 2.0)
    _, pushforward = ad.linearize(f, 2.0)
    assert pullback(1.0) == (slope,)
    assert pushforward(1.0) == slope
    assert len(pullback.tape) == operations


def test_pullback_may_be_called_again():
    _, pullback = ad.vjp(lambda x: np.sin(x) * x[0], X)
    first = pullback(np.ones(2))
    pullback(np.zeros(2))
    same(pullback(np.ones(2))[0], first[0])


def test_pushforward_may_be_called_again():
    _, pushforward = ad.linearize(lambda x: np.sin(x) * x[0], X)
    first = pushforward(np.ones(2))
    pushforward(np.zeros(2))
    same(pushforward(np.ones(2)), first)


def test_pushforward_is_jvp_and_the_transpose_of_pullback():
    def f(x, y):
        return {"a": np.sin(x) * y, "b": [np.sum(x * x), y]}

    t, ct = (np.array([1.0, 2.0]), 3.0), {"a": np.array([4.0, 5.0]), "b": [6.0, 7.0]}
    value, pushforward = ad.linearize(f, X, 2.0)
    expected_value, expected = ad.jvp(f, (X, 2.0), t)
    pushed = pushforward(*t)
    for got, want in ((value, expected_value), (pushed, expected)):
        same(got["a"], want["a"])
        assert got["b"] == pytest.approx(want["b"])
    gx, gy = ad.vjp(f, X, 2.0)[1](ct)
    along = ct["a"] @ pushed["a"] + ct["b"][0] * pushed["b"][0] + ct["b"][1] * pushed["b"][1]
    assert gx @ t[0] + gy * t[1] == pytest.approx(along)


@pytest.mark.parametrize("ct", [2.0, 2, np.float64(2.0), np.array(2.0)])
def test_pullback_takes_a_number_where_the_output_is_a_scalar(ct):
    _, pullback = ad.vjp(lambda x: np.sum(x * x), X)
    same(pullback(ct)[0], 4 * X)


@pytest.mark.parametrize("t", [2.0, 2, np.float64(2.0), np.array(2.0)])
@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array(3.0)])
def test_a_number_is_a_tangent_of_a_number(x, t):
    assert ad.jvp(lambda x: x * x, (x,), (t,))[1] == 12.0
    assert ad.linearize(lambda x: x * x, x)[1](t) == 12.0


def test_integer_and_boolean_outputs_are_constants_in_jvp_and_vjp():
    def f(x):
        return x * x, np.argmax(x), x > 0, 7

    value, tangent = ad.jvp(f, (X,), (np.ones(2),))
    assert value[1] == 0
    assert value[2].dtype == bool
    same(tangent[0], 2 * X)
    assert not np.any(tangent[1])
    assert not np.any(tangent[2])
    assert not tangent[3]
    assert np.shape(tangent[2]) == (2,)
    _, pullback = ad.vjp(f, X)
    same(pullback((np.ones(2), 0, np.zeros(2), 0.0))[0], 2 * X)


# --- grad and value_and_grad ----------------------------------------------------------------------


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


@pytest.mark.parametrize(("chunk_size", "passes"), [(1, 5), (2, 3), (5, 1), (None, 1)])
def test_chunk_size_is_the_number_of_inputs_a_forward_pass(chunk_size, passes):
    calls = []

    def f(x):
        calls.append(1)
        return np.sum(x * x)

    ad.grad(f, mode="forward", chunk_size=chunk_size)(np.ones(5))
    assert len(calls) == passes


# --- Types and shapes -----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("x", "kind"),
    [(3.0, float), (3, float), (np.float32(3), np.float32), (np.float64(3), np.float64)],
)
def test_a_number_gives_a_number_of_its_type(mode, x, kind):
    for f in (lambda x: x * x, lambda x: np.sin(x), lambda x: np.float64(2) * x, lambda x: 1.0):
        assert type(ad.grad(f, mode=mode)(x)) is kind


def test_a_number_gives_a_number_of_its_type_in_jvp_and_vjp():
    assert type(ad.jvp(lambda x: x * x, (3,), (1,))[1]) is float
    assert type(ad.vjp(lambda x: np.sin(x), 3)[1](1)[0]) is float
    assert type(ad.linearize(lambda x: x * x, 3)[1](1)) is float


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_stays_float32_in_jvp_and_vjp(dtype):
    x = np.ones(3, dtype)

    def f(x):
        return 2 * np.sin(x) * x / 3.0 + x**2

    value, tangent = ad.jvp(f, (x,), (x,))
    assert value.dtype == tangent.dtype == dtype
    value, pullback = ad.vjp(f, x)
    assert value.dtype == pullback(x)[0].dtype == dtype
    assert ad.linearize(f, x)[1](x).dtype == dtype


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("chunk_size", [1, None])
def test_float32_stays_float32_in_jacobians(mode, chunk_size):
    a, b = np.ones(2, np.float32), np.ones(3, np.float32)
    jacobian = ad.jacobian(
        lambda a, b: (b * b, 1.0 * a, np.float32(1.0)), (0, 1), mode=mode, chunk_size=chunk_size
    )
    assert {block.dtype for row in jacobian(a, b) for block in row} == {np.dtype(np.float32)}


@pytest.mark.parametrize("modes", NESTINGS)
def test_float32_stays_float32_in_hessians(modes):
    x = np.ones(2, np.float32)
    assert ad.hessian(sine, modes=modes)(x).dtype == np.float32
    assert ad.hvp(sine, (x,), (x,), modes=modes)[0].dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
def test_a_leaf_keeps_its_own_dtype(mode):
    args = np.ones(2, np.float32), np.ones(3), np.float32(2), 2.0
    result = ad.grad(lambda *xs: sum(np.sum(x * x) for x in xs), (0, 1, 2, 3), mode=mode)(*args)
    assert [g.dtype for g in result[:3]] == [np.float32, np.float64, np.float32]
    assert type(result[3]) is float


@pytest.mark.parametrize("mode", [*MODES, "auto"])
@pytest.mark.parametrize("out", [(), (2,), (0,), (3, 2)])
@pytest.mark.parametrize("shape", [(), (2,), (0,), (1, 3)])
def test_jacobian_has_the_output_s_shape_and_the_input_s(mode, shape, out):
    x = np.full(shape, 0.5)

    def f(x):
        return np.broadcast_to(np.sum(x * x), out) * np.ones(out)

    jacobian = ad.jacobian(f, mode=mode)(x)
    same(jacobian, np.broadcast_to(2 * x, out + shape))


@pytest.mark.parametrize("mode", [*MODES, "auto"])
def test_jacobian_of_a_number(mode):
    assert np.shape(ad.jacobian(lambda x: x * x, mode=mode)(3.0)) == ()
    assert ad.jacobian(lambda x: x * x, mode=mode)(3.0) == 6.0
    assert np.shape(ad.jacobian(lambda x: x * np.ones((2, 1)), mode=mode)(3.0)) == (2, 1)


@pytest.mark.parametrize("modes", NESTINGS)
def test_hessian_and_hvp(modes):
    t = np.array([0.5, -2.0])
    same(ad.hessian(sine, modes=modes)(X), SINE_HESSIAN)
    (product,) = ad.hvp(sine, (X,), (t,), modes=modes)
    same(product, SINE_HESSIAN @ t)


@pytest.mark.parametrize("modes", NESTINGS)
def test_hessian_and_hvp_of_a_number(modes):
    assert ad.hessian(lambda x: x**3, modes=modes)(2.0) == 12.0
    assert ad.hvp(lambda x: x**3, (2.0,), (10.0,), modes=modes) == (120.0,)
    assert type(ad.hvp(lambda x: x**3, (2,), (10,), modes=modes)[0]) is float


@pytest.mark.parametrize("modes", NESTINGS)
def test_hessian_and_hvp_of_two_arguments(modes):
    def f(x, y):
        return np.sum(x * x) * y

    hessian = ad.hessian(f, (0, 1), modes=modes)(X, 3.0)
    same(hessian[0][0], 6 * np.eye(2))
    same(hessian[0][1], 2 * X)
    same(hessian[1][0], 2 * X)
    assert hessian[1][1] == 0.0
    product = ad.hvp(f, (X, 3.0), (np.ones(2), 1.0), modes=modes)
    same(product[0], 6 + 2 * X)
    assert product[1] == pytest.approx(2 * np.sum(X))
    same(ad.hessian(f, -2, modes=modes)(X, 3.0), 6 * np.eye(2))


@pytest.mark.parametrize("modes", NESTINGS)
def test_second_derivatives_of_linear_and_constant_functions_are_zeros(modes):
    for f in (np.sum, lambda x: x[0], lambda x: 1.0, lambda x: np.sum(np.ones(2))):
        same(ad.hessian(f, modes=modes)(X), np.zeros((2, 2)))
        same(ad.hvp(f, (X,), (X,), modes=modes)[0], np.zeros(2))


# --- Outputs that do not depend on the input ------------------------------------------------------


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


def test_a_constant_has_zero_tangents_and_cotangents():
    _, tangent = ad.jvp(lambda x: (x, np.ones(3)), (X,), (X,))
    same(tangent[1], np.zeros(3))
    _, pullback = ad.vjp(lambda x: (np.ones(3), 1.0), X)
    same(pullback((np.ones(3), 1.0))[0], np.zeros(2))
    _, pushforward = ad.linearize(lambda x: np.ones(3), X)
    same(pushforward(X), np.zeros(3))


@pytest.mark.parametrize("mode", [*MODES, "auto"])
def test_a_constant_has_a_zero_jacobian(mode):
    same(ad.jacobian(lambda x: np.ones((2, 3)), mode=mode)(X), np.zeros((2, 3, 2)))


# --- Memory ---------------------------------------------------------------------------------------


def arrays(*trees):
    found = []
    for tree in trees:
        if isinstance(tree, np.ndarray):
            found.append(tree)
        elif isinstance(tree, (tuple, list)):
            found += arrays(*tree)
    return found


def assert_own(results, callers=()):
    """Writable arrays that share no memory with each other or with the caller's."""
    results = arrays(results)
    assert results
    for i, a in enumerate(results):
        assert a.flags.writeable
        for b in [*results[i + 1 :], *arrays(callers)]:
            assert not np.shares_memory(a, b)


ALIASING = {
    "identity": lambda x: x,
    "twice": lambda x: (x, x),
    "views": lambda x: (x, x[1:], np.reshape(x, (-1, 1)), x[::-1]),
    "transpose": lambda x: np.transpose(x),
    "broadcast": lambda x: np.broadcast_to(x, (3, *x.shape)),
    "sum": lambda x: x + x,
    "sums": lambda x: (x + 1.0, x - 1.0),
    "constant": lambda x: (np.ones(3), x),
}


@pytest.mark.parametrize("size", [2, 5000])
@pytest.mark.parametrize("f", ALIASING.values(), ids=ALIASING)
def test_results_are_the_caller_s_own(f, size):
    x, t = np.ones(size), np.full(size, 2.0)
    value, tangent = ad.jvp(f, (x,), (t,))
    assert_own([value, tangent], [x, t])
    value, pushforward = ad.linearize(f, x)
    assert_own([value, pushforward(t), pushforward(t)], [x, t])
    value, pullback = ad.vjp(f, x)
    ct = ad.arguments.map_leaves(np.copy, value)
    assert_own([value, pullback(ct), pullback(ct)], [x, ct])


@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_the_caller_s_own(mode):
    for f in (lambda x, y: np.sum(x + y), lambda x, y: np.sum(x) + np.sum(y), lambda x, y: x[0]):
        x, y = np.ones(3), np.ones(3)
        results = ad.grad(f, (0, 1), mode=mode)(x, y)
        assert_own(results, [x, y])


@pytest.mark.parametrize("mode", [*MODES, "auto"])
def test_jacobians_are_the_caller_s_own(mode):
    x, y = np.ones(3), np.ones(3)
    assert_own(ad.jacobian(lambda x, y: (x + y, x, y[0]), (0, 1), mode=mode)(x, y), [x, y])


@pytest.mark.parametrize("mode", MODES)
def test_auxiliary_output_and_the_value_are_the_caller_s_own(mode):
    x = np.ones(3)
    (_, aux), gradient = ad.value_and_grad(
        lambda x: (np.sum(x), (x, x[1:])), mode=mode, has_aux=True
    )(x)
    assert_own([aux, gradient], [x])


def test_writing_into_results_changes_no_later_result():
    x = np.ones(3)
    value, pullback = ad.vjp(lambda x: (x, np.sin(x)), x)
    first = pullback((np.ones(3), np.ones(3)))[0]
    expected = first.copy()
    value[0][:] = value[1][:] = first[:] = 99.0
    same(pullback((np.ones(3), np.ones(3)))[0], expected)


@pytest.mark.parametrize("mode", MODES)
def test_arguments_are_not_changed(mode):
    rng = np.random.default_rng(0)
    x, y, t = rng.normal(size=(3, 6000))
    copies = x.copy(), y.copy(), t.copy()

    def f(x, y):
        z = x + y
        return np.sum(np.sin(z) * z - y + np.cos(x) * x)

    ad.grad(f, (0, 1), mode=mode, chunk_size=6000 if mode == "reverse" else 4000)(x[:9], y[:9])
    ad.jvp(f, (x, y), (t, t))
    _, pullback = ad.vjp(lambda x, y: x + y + np.sin(x) * x, x, y)
    pullback(t)
    ad.hvp(f, (x, y), (t, t))
    for array, copy in zip((x, y, t), copies, strict=True):
        same(array, copy)


def test_read_only_arguments_are_accepted():
    x = np.ones(3)
    x.flags.writeable = False
    gradient = ad.grad(lambda x: np.sum(x * x))(x)
    gradient += 1.0
    value, tangent = ad.jvp(lambda x: x, (x,), (x,))
    assert value.flags.writeable
    assert tangent.flags.writeable


@pytest.mark.parametrize("n", [3, 6000])
def test_a_cotangent_that_passes_unchanged_is_not_overwritten(n):
    # Both arguments of these get the cotangent, one of them as it is and one multiplied.
    rng = np.random.default_rng(0)
    x, y = rng.uniform(1, 2, (2, n))
    for f in (np.remainder, np.fmod):
        gx, gy = ad.grad(lambda x, y, f=f: np.sum(np.sin(f(x, y))), (0, 1))(x, y)
        same(gx, np.cos(f(x, y)))
        same(gy, -np.cos(f(x, y)) * np.trunc(x / y))


@pytest.mark.parametrize("n", [3, 6000])
def test_both_arguments_may_be_the_same_value(n):
    x = np.linspace(0.5, 1.0, n)
    for f, slope in (
        (lambda y: y * y, lambda y: 2 * y),
        (lambda y: y / y, lambda y: 0 * y),
        (lambda y: y - y, lambda y: 0 * y),
        (lambda y: y**y, lambda y: y**y * (np.log(y) + 1)),
        (lambda y: np.arctan2(y, y), lambda y: 0 * y),
        (lambda y: np.hypot(y, y), lambda y: np.sqrt(2.0) + 0 * y),
        (lambda y: np.maximum(y, y) * np.logaddexp(y, y), lambda y: y + y + np.log(2.0)),
    ):
        gradient = ad.grad(lambda x, f=f: np.sum(np.sin(f(np.exp(x)))))(x)
        y = np.exp(x)
        np.testing.assert_allclose(gradient, np.cos(f(y)) * slope(y) * y, rtol=1e-9, atol=1e-12)


# --- Operators ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_augmented_assignment_rebinds(mode):
    def f(x):
        y = x
        y += 1.0
        y *= x
        y -= x[0]
        y /= 2.0
        y **= 2
        return np.sum(y) + np.sum(x)

    expected = ad.grad(lambda x: np.sum((((x + 1.0) * x - x[0]) / 2.0) ** 2) + np.sum(x))(X)
    same(ad.grad(f, mode=mode)(X), expected)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("other", [[1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0])])
@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array([3.0, 4.0])])
def test_sequences_of_numbers_are_constants(mode, other, x):
    c = np.asarray(other)
    assert ad.grad(lambda x: np.sum(x * other), mode=mode)(x) == pytest.approx(
        c if np.ndim(x) else 3
    )
    expected = ad.grad(lambda x: np.sum(c / x - x + np.multiply(c, x)), mode=mode)(x)
    result = ad.grad(lambda x: np.sum(other / x - x + np.multiply(other, x)), mode=mode)(x)
    assert result == pytest.approx(expected)


@pytest.mark.parametrize("mode", MODES)
def test_comparisons_and_truth_are_on_the_value(mode):
    def f(x):
        assert x > 2
        assert x >= 3.0
        assert not x < np.float64(1)
        assert x <= x
        assert x == 3.0
        assert x != 4.0
        assert 2 < x < 4
        assert bool(x)
        return x * x if x else 0.0

    assert ad.grad(f, mode=mode)(3.0) == 6.0


@pytest.mark.parametrize("mode", MODES)
def test_comparisons_of_arrays_give_plain_booleans(mode):
    def f(x):
        mask = x > 0
        assert type(mask) is np.ndarray
        assert mask.dtype == bool
        assert type(np.greater(x, 0)) is np.ndarray
        assert np.array([1.0, 5.0]).shape == (x == np.array([1.0, 5.0])).shape
        return np.sum(x[mask])

    same(ad.grad(f, mode=mode)(X), np.array([1.0, 0.0]))


@pytest.mark.parametrize("mode", MODES)
def test_what_an_array_tells_about_itself(mode):
    def f(x):
        assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2, 3), 2, 6, np.dtype(float), 2)
        assert x.T.shape == (3, 2)
        assert np.shape(x) == (2, 3)
        return np.sum(x)

    same(ad.grad(f, mode=mode)(np.ones((2, 3))), np.ones((2, 3)))


def test_value_is_plain_and_read_only():
    def f(x):
        assert type(x.value) is np.ndarray
        with pytest.raises(ValueError, match="read-only"):
            x.value[0] = 1.0
        with pytest.raises(AttributeError):
            x.value = 3.0
        return np.sum(x)

    for mode in MODES:
        ad.grad(f, mode=mode)(X)
        ad.grad(lambda x, mode=mode: ad.grad(f, mode=mode)(x)[0])(X)


# --- Numbers made by hand -------------------------------------------------------------------------


def test_a_dual_number_made_by_hand_shows_itself():
    assert repr(ad.Dual(3.0, 1.0) ** 2) == "Dual(9.0, tangent=6.0)"
    assert repr(ad.Dual(3, 1) * 2) == "Dual(6.0, tangent=2.0)"
    assert str(ad.Dual(3.0, 1.0)) == "Dual(3.0, tangent=1.0)"


def test_dual_numbers_made_by_hand_calculate():
    x = ad.Dual(3.0, 1.0)
    y = np.sin(x) * x + 1 / x - x**3
    assert y.value == np.sin(3.0) * 3 + 1 / 3 - 27
    assert y.tangent == pytest.approx(np.cos(3.0) * 3 + np.sin(3.0) - 1 / 9 - 27)
    many = ad.Dual(X, np.eye(2)) ** 2
    same(many.tangent, np.diag(2 * X))


@pytest.mark.parametrize("mode", MODES)
def test_dual_numbers_made_by_hand_pass_through_a_differentiation(mode):
    assert ad.grad(lambda x: x**3, mode=mode)(ad.Dual(3.0, 1.0)).tangent == 18.0
    assert ad.grad(lambda x: x * ad.Dual(3.0, 1.0), mode=mode)(2.0).tangent == 1.0


def test_a_dual_number_refuses_a_tangent_that_does_not_fit():
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        ad.Dual(np.ones(2), np.ones(3))


# --- Complex inputs -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_complex_gradients_follow_jax(mode):
    # The gradient is ∂f/∂x − i ∂f/∂y: conj(2z) for |z|², 3z² for the real part of z³.
    z = np.array([1.0 + 2.0j, -0.5 + 0.3j])
    same(ad.grad(lambda z: np.sum(np.abs(z) ** 2), mode=mode)(z), 2 * z.conj())
    same(ad.grad(lambda z: np.sum(np.real(z * np.conj(z))), mode=mode)(z), 2 * z.conj())
    same(ad.grad(lambda z: np.sum(np.real(z**3)), mode=mode)(z), 3 * z**2)
    same(ad.grad(lambda z: np.sum(np.imag(z**2)), mode=mode)(z), -2j * z)
    gradient = ad.grad(lambda z: np.real(z * z), mode=mode)(1.0 + 2.0j)
    assert gradient == 2.0 + 4.0j
    assert type(gradient) is complex


@pytest.mark.parametrize("mode", MODES)
def test_complex_and_real_arguments_together(mode):
    gx, gz = ad.grad(lambda x, z: np.sum(x * np.real(z * z)), (0, 1), mode=mode)(X, X + 1j)
    same(gx, X**2 - 1)
    same(gz, 2 * X * (X + 1j))


@pytest.mark.parametrize("mode", MODES)
def test_complex_values_on_the_way_leave_a_real_gradient(mode):
    gradient = ad.grad(lambda x: np.sum(np.abs(x * (3 + 4j)) ** 2), mode=mode)(X)
    same(gradient, 50 * X)


@pytest.mark.parametrize("mode", MODES)
def test_complex_outputs_and_jacobians_say_how_to_go_on(mode):
    with pytest.raises(TypeError, match=r"np\.real"):
        ad.grad(lambda z: np.sum(z), mode=mode)(X + 1j)
    with pytest.raises(TypeError, match="real and the imaginary part"):
        ad.jacobian(lambda z: z, mode=mode)(X + 1j)


def test_complex_numbers_keep_the_precision_of_float32():
    x = np.ones(2, np.float32)
    assert ad.jvp(lambda x: x * 1j, (x,), (x,))[0].dtype == np.complex64
    assert ad.vjp(lambda x: x * 1j, x)[0].dtype == np.complex64


# --- A user's own primitives ----------------------------------------------------------------------

OWN = {
    "elementwise": ad.elementwise(lambda x: x**3 / 3, lambda _y, x: x * x),
    "singular": ad.elementwise(lambda x: x**3 / 3, lambda _y, x: x * x, singular=True),
    "custom": ad.custom(
        lambda x: x**3 / 3,
        residual=lambda y, x: x,
        push=lambda x, t: x * x * t,
        pull=lambda x, ct: x * x * ct,
    ),
    "default residual": ad.custom(
        lambda x: x**3 / 3,
        push=lambda r, t: r[1][0] ** 2 * t,
        pull=lambda r, ct: r[1][0] ** 2 * ct,
    ),
}


@pytest.mark.parametrize("cube", OWN.values(), ids=OWN)
def test_own_primitives_in_both_modes_and_nested(cube):
    def f(x):
        return np.sum(cube(x) * x[0])

    def plain(x):
        return np.sum(x**3 / 3 * x[0])

    for mode in MODES:
        same(ad.grad(f, mode=mode)(X), ad.grad(plain)(X))
        assert ad.grad(cube, mode=mode)(2.0) == 4.0
        for chunk_size in (1, None):
            jacobian = ad.jacobian(cube, mode=mode, chunk_size=chunk_size)(X)
            same(jacobian, np.diag(X * X))
    for modes in NESTINGS:
        same(ad.hessian(f, modes=modes)(X), ad.hessian(plain)(X))
    assert cube(3.0) == 9.0


def test_own_linear_primitive():
    stretch = ad.linear(lambda x, *, by: x * by, transpose=lambda ct, by: ct * by, holds=("by",))
    by = np.array([2.0, 3.0])

    def f(x):
        return np.sum(stretch(x, by=by) ** 2)

    for mode in MODES:
        same(ad.grad(f, mode=mode)(X), 2 * by**2 * X)
    for modes in NESTINGS:
        same(ad.hessian(f, modes=modes)(X), np.diag(2 * by**2))


def test_own_linear_primitive_of_two_arguments():
    mix = ad.linear(lambda a, b: 2 * a + 3 * b, transpose=lambda ct: (2 * ct, 3 * ct))
    for mode in MODES:
        assert ad.grad(lambda a, b: mix(a, b) ** 2, (0, 1), mode=mode)(1.0, 1.0) == (20.0, 30.0)
        assert ad.grad(lambda b: mix(1.0, b) ** 2, mode=mode)(1.0) == 30.0


def test_own_multilinear_primitive():
    scale = ad.multilinear(
        lambda a, b: a * b, transposes=(lambda ct, a, b: ct * b, lambda ct, a, b: ct * a)
    )
    for mode in MODES:
        gradients = ad.grad(lambda a, b: np.sum(scale(a, b) ** 2), (0, 1), mode=mode)(X, X + 1)
        same(gradients[0], 2 * X * (X + 1) ** 2)
        same(gradients[1], 2 * X**2 * (X + 1))
    for modes in NESTINGS:
        same(ad.hessian(lambda a: np.sum(scale(a, a)), modes=modes)(X), 2 * np.eye(2))


def test_own_elementwise_primitive_of_two_arguments_broadcasts():
    times = ad.elementwise(lambda a, b: a * b, lambda _y, _a, b: b, lambda _y, a, _b: a)
    column = np.ones((3, 1))
    for mode in MODES:
        gradients = ad.grad(lambda a, b: np.sum(times(a, b)), (0, 1), mode=mode)(column, X)
        same(gradients[0], np.full((3, 1), np.sum(X)))
        same(gradients[1], np.full(2, 3.0))


def test_own_linear_primitive_that_adds_in_place():
    def add(buffer, ct, *, shape):
        buffer[..., :2] += ct

    def transpose(ct, *, shape):
        zeros = np.zeros((*np.shape(ct)[:-1], shape[0] - 2))
        return np.concatenate([ct, zeros], axis=-1)

    first = ad.linear(lambda x, *, shape: x[..., :2], transpose=transpose, add=add)
    x = np.array([0.5, 1.5, 2.5])

    def f(x):
        return np.sum(first(x, shape=x.shape) ** 3) + np.sum(first(x, shape=x.shape) * x[1])

    def plain(x):
        return np.sum(x[:2] ** 3) + np.sum(x[:2] * x[1])

    for mode in MODES:
        same(ad.grad(f, mode=mode)(x), ad.grad(plain)(x))
    for modes in NESTINGS:
        same(ad.hessian(f, modes=modes)(x), ad.hessian(plain)(x))


def test_own_multilinear_primitive_with_directions_at_two_levels():
    matvec = ad.multilinear(
        lambda a, x: np.sum(a * x[..., None, :], axis=-1),
        transposes=(
            lambda ct, a, x: ct[..., :, None] * x[..., None, :],
            lambda ct, a, x: np.sum(ct[..., :, None] * a, axis=-2),
        ),
    )
    a, x = np.arange(4.0).reshape(2, 2), np.array([1.0, 2.0])

    def f(a, x):
        return np.sum(matvec(a, x) ** 2)

    def plain(a, x):
        return np.sum(np.sum(a * x, axis=1) ** 2)

    for modes in NESTINGS:
        got = ad.hessian(f, (0, 1), modes=modes)(a, x)
        want = ad.hessian(plain, (0, 1))(a, x)
        for i in range(2):
            for j in range(2):
                same(got[i][j], want[i][j])


def test_a_partial_derivative_may_be_the_user_s_array():
    weights = np.full(6000, 2.0)  # so large that the sweep looks for memory to use again
    weigh = ad.elementwise(lambda x: weights * x, lambda _y, _x: weights)
    for f in (lambda x: np.sum(weigh(x)), lambda x: np.sum(np.ones(6000) * weigh(x) + weigh(x))):
        _, pullback = ad.vjp(f, np.ones(6000))
        pullback(3.0)
        same(weights, np.full(6000, 2.0))


def test_own_primitives_with_array_parameters_that_are_overwritten():
    w = np.array([2.0, 3.0])
    weigh = ad.custom(
        lambda x, *, w: x * w,
        residual=lambda y, x, w: w,
        push=lambda w, t: t * w,
        pull=lambda w, ct: ct * w,
    )
    _, pullback = ad.vjp(lambda x: weigh(x, w=w), X)
    w[:] = 99.0
    same(pullback(np.ones(2))[0], np.array([2.0, 3.0]))


# --- Programs made at random ----------------------------------------------------------------------

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
    for hessian in hessians:
        np.testing.assert_allclose(hessian, hessians[0], rtol=1e-8, atol=1e-11)
