"""The imperative face lives at the lowest level: every other differentiation nests in it, or says
that it cannot. Never is there a wrong number."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, same, together

X = np.array([0.3, -1.2, 2.0])
W = np.array([1.5, 0.25, -0.5])


def energy(y, w):
    """Every one of its derivatives depends on both arguments."""
    return np.sum(np.sin(y * w) * y) + w[0] * y[1] * y[2] ** 2


def vector(y, w):
    return np.sin(y * w) * y[::-1]


T = np.array([1.0, -0.5, 2.0])
#: a differentiation by y, of a function that closes over w
DIFFERENTIATIONS = {
    **{
        f"grad, {mode}": lambda w, m=mode: ad.grad(lambda y: energy(y, w), mode=m)(X)
        for mode in MODES
    },
    **{
        f"gradient in chunks of {k}, {mode}": lambda w, m=mode, k=k: ad.grad(
            lambda y: energy(y, w), mode=m, chunk_size=k
        )(X)
        for mode in MODES
        for k in (1, 2)
    },
    **{
        f"value, {mode}": lambda w, m=mode: ad.value_and_grad(lambda y: energy(y, w), mode=m)(X)[0]
        for mode in MODES
    },
    **{
        f"jacobian, {mode}": lambda w, m=mode: ad.jacobian(lambda y: vector(y, w), mode=m)(X)
        for mode in MODES
    },
    **{
        f"jacobian row by row, {mode}": lambda w, m=mode: ad.jacobian(
            lambda y: vector(y, w), mode=m, chunk_size=1
        )(X)
        for mode in MODES
    },
    "jvp": lambda w: ad.jvp(lambda y: vector(y, w), (X,), (T,))[1],
    "jvp along a variable": lambda w: ad.jvp(lambda y: vector(y, w), (X,), (w,))[1],
    "vjp": lambda w: ad.vjp(lambda y: vector(y, w), X)[1](T)[0],
    "vjp of a variable": lambda w: ad.vjp(lambda y: vector(y, w), X)[1](w)[0],
    "linearize": lambda w: ad.linearize(lambda y: vector(y, w), X)[1](T),
    **{
        f"hvp, {modes}": lambda w, m=modes: ad.hvp(lambda y: energy(y, w), (X,), (T,), modes=m)[0]
        for modes in NESTINGS
    },
    **{
        f"hessian, {modes}": lambda w, m=modes: ad.hessian(lambda y: energy(y, w), modes=m)(X)
        for modes in NESTINGS
    },
    "auxiliary output": lambda w: ad.grad(lambda y: (energy(y, w), w * y), has_aux=True)(X)[1],
    "at a variable, reverse": lambda w: ad.grad(lambda y: energy(y, w))(w),
    "at a variable, forward": lambda w: ad.grad(lambda y: energy(y, w), mode="forward")(w),
    "hessian at a variable": lambda w: ad.hessian(lambda y: energy(y, y))(w),
    "checkpoint": lambda w: ad.grad(ad.checkpoint(lambda y: energy(y, w)))(X),
    "checkpoint of both": lambda w: ad.grad(lambda y: ad.checkpoint(energy)(y, w))(X),
    "dict": lambda w: ad.grad(lambda d: energy(d["y"], d["w"]))({"y": X, "w": w})["y"],
}


@together
@pytest.mark.parametrize("way", DIFFERENTIATIONS.values(), ids=DIFFERENTIATIONS)
def test_a_differentiation_that_closes_over_a_variable(way):
    w = ad.variable(W)
    result = way(w)
    assert isinstance(result, ad.Variable)
    np.testing.assert_allclose(result.value, way(W), rtol=1e-12, atol=1e-14)
    weights = np.random.default_rng(0).normal(size=result.shape)
    np.sum(result * weights).backward()
    expected = ad.grad(lambda w: np.sum(way(w) * weights), mode="forward")(W)
    np.testing.assert_allclose(w.grad, expected, rtol=1e-10, atol=1e-13)


@together
@pytest.mark.parametrize("way", DIFFERENTIATIONS.values(), ids=DIFFERENTIATIONS)
def test_a_differentiation_under_no_grad_has_the_same_numbers(way):
    w = ad.variable(W)
    with ad.no_grad():
        result = way(w)
    assert not getattr(result, "requires_grad", False)
    np.testing.assert_allclose(ad.stop_gradient(result), way(W), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_a_variable_made_inside_another_differentiation(mode):
    # The inner program is plain to the outer one, which sees what it makes of the result.
    def f(y):
        x = ad.variable(3.0)
        (x * x).backward()
        return y * x.grad

    assert ad.grad(f, mode=mode)(2.0) == 6.0


@pytest.mark.parametrize("mode", MODES)
def test_a_variable_that_meets_another_differentiation_is_a_constant_to_it(mode):
    kept = []

    def f(y):
        x = ad.variable(3.0)
        kept.append(x)
        return y * x * x

    result = ad.grad(f, mode=mode)(2.0)
    assert result.value == 9.0
    result.backward()
    assert kept[-1].grad == 6.0


@pytest.mark.parametrize("mode", MODES)
def test_backward_of_what_belongs_to_another_differentiation_is_an_error(mode):
    x = ad.variable(3.0)

    def f(y):
        with pytest.raises(TypeError, match="starts from variables"):
            ad.backward(y * x)
        with pytest.raises(AttributeError):
            (y * x).backward()
        return y

    ad.grad(f, mode=mode)(2.0)
    assert x.grad is None


@pytest.mark.parametrize("mode", MODES)
def test_a_gradient_of_another_differentiation_is_an_error(mode):
    x = ad.variable(X)

    def f(y):
        for create_graph in (False, True):
            with pytest.raises(TypeError, match="derivative would be lost"):
                (x * x).backward(y, create_graph=create_graph)
        with pytest.raises(TypeError, match="belongs to another differentiation"):
            x.grad = y * X
        return y

    ad.grad(f, mode=mode)(2.0)
    assert x.grad is None


@pytest.mark.parametrize("mode", MODES)
def test_variable_of_an_expression_is_refused(mode):
    def f(y):
        for requires_grad in (True, False):
            with pytest.raises(TypeError, match=r"lives below every.*stop_gradient"):
                ad.variable(y, requires_grad)
        return y * ad.stop_gradient(ad.variable(ad.stop_gradient(y)))

    assert ad.grad(f, mode=mode)(2.0) == 2.0
    for expression in (ad.Dual(1.0, 1.0), ad.variable(2.0), ad.variable(2.0) * 2):
        with pytest.raises(TypeError, match="plain number or array"):
            ad.variable(expression)


@pytest.mark.parametrize("mode", MODES)
def test_backward_inside_leaves_the_outer_differentiation_alone(mode):
    x = ad.variable(3.0)

    def f(y):
        z = y * x.value
        (x * x * x).backward()
        with ad.no_grad():
            return z * y

    assert ad.grad(f, mode=mode)(2.0) == 12.0
    assert x.grad == 27.0


def test_a_dual_made_by_hand_lies_below():
    # Each number carries both: y = d·x², so ∂y/∂x = 2·d·x, whose derivative by d is 2·x.
    x, d = ad.variable(3.0), ad.Dual(2.0, 1.0)
    y = d * x * x
    y.backward()
    assert x.grad.value == 12.0
    assert x.grad.tangent == 6.0
    z = np.sum(np.sin(x * d) * np.ones(2))
    x.grad = None
    z.backward()
    assert x.grad.value == pytest.approx(2 * 2 * np.cos(6.0))
    assert x.grad.tangent == pytest.approx(2 * (np.cos(6.0) - 6 * np.sin(6.0)))


def test_a_dual_made_by_hand_of_an_expression_is_refused():
    x = ad.variable(3.0)
    for value, tangent in ((x, 1.0), (1.0, x), (ad.Dual(1.0, 1.0), 1.0)):
        with pytest.raises(TypeError, match=r"plain numbers or arrays.*admodes\.jvp"):
            ad.Dual(value, tangent)
    for mode in MODES:
        with pytest.raises(TypeError, match="plain numbers or arrays"):
            ad.grad(lambda y: ad.Dual(y, 1.0) * y, mode=mode)(2.0)


def test_variables_do_not_escape():
    # There is no differentiation that ends.
    kept = []
    ad.grad(lambda y: kept.append(ad.variable(2.0)) or y)(1.0)
    (kept[0] * kept[0]).backward()
    assert kept[0].grad == 4.0


def test_a_pullback_over_a_variable_lives_on():
    w = ad.variable(W)
    _, pullback = ad.vjp(lambda y: vector(y, w), X)
    first, second = pullback(T)[0], pullback(T)[0]
    np.sum(first).backward(retain_graph=True)
    before = w.grad.copy()
    np.sum(second).backward(retain_graph=True)
    same(w.grad, 2 * before)
