"""``create_graph=True``: gradients that can be differentiated, as often as one likes."""

import numpy as np
import pytest

import admodes as ad
from tests.cases import normal, positive
from tests.helpers import cube, same, together

N = 4
X = positive(N, seed=3)
W = normal(N, N, seed=1)
SPD = W @ W.T + N * np.eye(N)


def outer(x):
    return x[:, None] * x[None] + SPD


softplus = ad.elementwise(lambda x: np.logaddexp(0, x), lambda _y, x: 1 / (1 + np.exp(-x)))
double = ad.linear(lambda x: 2 * x, transpose=lambda ct: 2 * ct)
scale = ad.multilinear(
    lambda a, x: a * x, transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: ct * a)
)

FUNCTIONS = {
    "product": lambda x: np.sum(x * x * x),
    "float power": lambda x: np.sum(x**2.5),
    "power of itself": lambda x: np.sum(x**x),
    "quotient": lambda x: np.sum(x / (1.0 + x[::-1])),
    "exp": lambda x: np.sum(np.exp(x) * x),
    "sin": lambda x: np.sum(np.sin(x) * x),
    "tanh": lambda x: np.sum(np.tanh(x) ** 2),
    "sqrt": lambda x: np.sum(np.sqrt(x) * x),
    "log-sum-exp": lambda x: np.log(np.sum(np.exp(x))),
    "broadcast": lambda x: np.sum(np.sin(x[:, None] * x) + x),
    "broadcast number": lambda x: np.sum(x[0] * x * x),
    "reads": lambda x: np.sum(x[1:] * x[:-1] ** 2) + x[0] * x[1] * x[2],
    "reads of one array": lambda x: sum(x[i] * x[i + 1] ** 2 for i in range(N - 1)),
    "integer index": lambda x: np.sum(x[np.array([0, 0, 2])] ** 3),
    "boolean index": lambda x: np.sum(x[np.array([True, False, True, True])] ** 3),
    "linear": lambda x: np.sum(3.0 * x - x),
    "constant": lambda x: np.sum(W) + 0.0 * x[0],
    "matmul": lambda x: np.sum((W @ x) ** 3),
    "matmul of itself": lambda x: np.sum(outer(x) @ outer(x)),
    "dot": lambda x: np.dot(x, x) ** 2,
    "einsum": lambda x: np.einsum("i,ij,j,k->", x, W, x, x),
    "solve": lambda x: np.sum(np.linalg.solve(outer(x), x)),
    "inverse": lambda x: np.sum(np.linalg.inv(outer(x)) * W),
    "determinant": lambda x: np.log(np.linalg.det(outer(x))),
    "trace": lambda x: np.trace(outer(x) @ outer(x * x)),
    "norm": lambda x: np.linalg.norm(x) ** 3,
    "max": lambda x: np.max(x) ** 3,
    "maximum": lambda x: np.sum(np.maximum(x, 1.0) ** 3),
    "clip": lambda x: np.sum(np.clip(x, 0.7, 1.5) ** 3),
    "prod": np.prod,
    "cumsum": lambda x: np.sum(np.cumsum(x) ** 3),
    "cumprod": lambda x: np.sum(np.cumprod(x)),
    "mean and variance": lambda x: np.mean(x) * np.var(x),
    "where": lambda x: np.sum(np.where(X > 1, x**3, np.sin(x))),
    "stack": lambda x: np.sum(np.stack([x, x * x]) ** 2),
    "concatenate": lambda x: np.prod(np.concatenate([x, x[1:]])),
    "transpose": lambda x: np.sum(outer(x).T * outer(x * x)),
    "reshape": lambda x: np.sum(np.reshape(x, (2, -1)) @ np.reshape(x, (2, -1)) ** 2),
    "complex": lambda x: np.sum(np.abs(np.exp(1j * x * x) + x) ** 2),
    "arctan2": lambda x: np.sum(np.arctan2(x, x[::-1] ** 2)),
    "sinc": lambda x: np.sum(np.sinc(x)),
    "a custom rule": lambda x: np.sum(cube()(x)),
    "an elementwise rule": lambda x: np.sum(softplus(x) * x),
    "a linear rule": lambda x: np.sum(double(x) ** 3),
    "a multilinear rule": lambda x: np.sum(scale(x, x * x)),
    "checkpoint": lambda x: np.sum(ad.checkpoint(lambda y: np.sin(y) * y)(x) * x),
    "checkpoint in segments": lambda x: np.sum(
        ad.checkpoint(lambda y: np.sin(np.exp(np.sin(np.tanh(y)))) * y, segments=True)(x) * x
    ),
    "checkpoint with two": lambda x: np.sum(ad.checkpoint(lambda y, z: y @ z * y)(x, x * x)),
    "a gradient inside": lambda x: np.sum(ad.grad(lambda y: np.sum(np.sin(y) * x))(x) ** 2),
}


def hessian(f, x):
    """By a second sweep for each entry of the gradient."""
    v = ad.variable(x)
    f(v).backward(create_graph=True)
    gradient, rows = v.grad, []
    for unit in np.eye(x.size):
        v.grad = None
        if gradient.requires_grad:
            gradient.backward(unit, retain_graph=True)
        rows.append(np.zeros_like(x) if v.grad is None else v.grad)
    return gradient.value, np.stack(rows)


@together
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_second_derivatives_are_those_of_hessian(f):
    gradient, matrix = hessian(f, X)
    np.testing.assert_allclose(gradient, ad.grad(f)(X), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(matrix, ad.hessian(f)(X), rtol=1e-9, atol=1e-11)


@together
@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_third_derivatives(f):
    v = ad.variable(X)
    f(v).backward(create_graph=True)
    first, v.grad = v.grad, None
    weights = np.linspace(-1, 1, N)
    total = np.sum(first * weights) + 0.0 * v[0]
    total.backward(create_graph=True)
    second, v.grad = v.grad, None
    total = np.sum(second * weights[::-1]) + 0.0 * v[0]
    total.backward()

    def directional(x):
        return np.sum(ad.hvp(f, (x,), (weights,), modes="reverse-over-reverse")[0] * weights[::-1])

    expected = ad.grad(directional)(X)
    largest = max(np.max(np.abs(expected)), 1.0)
    np.testing.assert_allclose(v.grad, expected, rtol=1e-8, atol=1e-10 * largest)


def test_grad_is_a_variable_only_under_create_graph():
    for f in (lambda x: x**3, lambda x: 3.0 * x, lambda x: x):
        x = ad.variable(2.0)
        f(x).backward()
        assert type(x.grad) is float
        x.grad = None
        f(x).backward(create_graph=True)
        assert isinstance(x.grad, ad.Variable)
        assert type(x.grad.value) is float


def test_the_gradient_of_a_linear_function_is_a_constant():
    x = ad.variable(2.0)
    (3.0 * x).backward(create_graph=True)
    assert not x.grad.requires_grad
    with pytest.raises(RuntimeError, match="does not require grad"):
        x.grad.backward()


def test_create_graph_keeps_the_recording():
    x = ad.variable(2.0)
    y = x**3
    y.backward(create_graph=True)
    y.backward()
    assert x.grad.value == 24.0


def test_gradients_of_several_variables_are_differentiable():
    x, w = ad.variable(X), ad.variable(W)
    np.sum(np.tanh(w @ x)).backward(create_graph=True)
    penalty = np.sum(x.grad**2) + np.sum(w.grad**2)
    x.grad = w.grad = None
    penalty.backward()

    def f(x, w):
        g = ad.grad(lambda x, w: np.sum(np.tanh(w @ x)), (0, 1))(x, w)
        return np.sum(g[0] ** 2) + np.sum(g[1] ** 2)

    expected = ad.grad(f, (0, 1))(X, W)
    np.testing.assert_allclose(x.grad, expected[0], rtol=1e-10)
    np.testing.assert_allclose(w.grad, expected[1], rtol=1e-10)


def test_a_gradient_that_is_a_variable_is_differentiated_too():
    # The cotangent v pulled back is v·f'(x): its derivative by v is f'(x).
    x, v = ad.variable(X), ad.variable(np.ones(N))
    np.sin(x).backward(v, create_graph=True)
    np.sum(x.grad).backward()
    same(v.grad, np.cos(X))
    same(ad.stop_gradient(x.grad), np.cos(X) - np.sin(X))


def test_a_gradient_that_is_a_variable_broadcasts():
    x, v = ad.variable(X), ad.variable(2.0)
    (x * x).backward(v, create_graph=True)
    np.sum(x.grad).backward()
    assert v.grad == np.sum(2 * X)


def test_a_variable_as_gradient_is_a_number_without_create_graph():
    x, v = ad.variable(X), ad.variable(2.0)
    (x * x).backward(v)
    assert type(x.grad) is np.ndarray
    assert v.grad is None


def test_a_retained_grad_is_differentiable():
    x = ad.variable(X)
    h = x * x
    h.retain_grad()
    np.sum(h**3).backward(create_graph=True)
    gradient, x.grad = h.grad, None
    np.sum(gradient).backward()
    same(x.grad, 6 * X**2 * 2 * X)


def test_what_is_recorded_of_a_gradient_goes_on_in_the_sum():
    # As in PyTorch: the second call adds a constant to a gradient that can be differentiated.
    x = ad.variable(2.0)
    (x**3).backward(create_graph=True)
    (5.0 * x).backward()
    gradient, x.grad = x.grad, None
    assert gradient.value == 17.0
    gradient.backward()
    assert x.grad == 12.0


def test_a_plain_gradient_is_a_constant_in_the_sum():
    x = ad.variable(2.0)
    (5.0 * x).backward()
    (x**3).backward(create_graph=True)
    gradient, x.grad = x.grad, None
    assert gradient.value == 17.0
    gradient.backward()
    assert x.grad == 12.0


def test_float32_stays_float32_in_the_second_sweep():
    x = ad.variable(X.astype(np.float32))
    np.sum(np.exp(x) * x).backward(create_graph=True)
    assert x.grad.dtype == np.float32
    gradient, x.grad = x.grad, None
    np.sum(gradient).backward()
    assert x.grad.dtype == np.float32


def test_newton_by_hand():
    x = ad.variable(3.0)
    for _ in range(8):
        (x**4 - 3.0 * x).backward(create_graph=True)
        slope, x.grad = x.grad, None
        slope.backward()
        x = ad.variable(x.value - slope.value / x.grad)
    assert 4 * x.value**3 == pytest.approx(3.0)
