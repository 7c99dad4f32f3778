import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from admodes.core.declaring import FUNCTIONS, UFUNCS
from admodes.primitives import constants
from admodes.primitives.ufuncs import no_rule
from tests.helpers import together

X = np.array([1.0, 2.0, 3.0])
EVERY_UFUNC = {f for f in vars(np).values() if isinstance(f, np.ufunc)}


each_grad = pytest.mark.parametrize(
    "grad", [forward.grad, reverse.grad], ids=["forward", "reverse"]
)


@together
@each_grad
@pytest.mark.parametrize(
    "ufunc", sorted(EVERY_UFUNC - {*UFUNCS, *FUNCTIONS}, key=lambda f: f.__name__)
)
def test_a_ufunc_has_a_rule_or_is_refused_by_name(ufunc, grad):
    with pytest.raises(NotImplementedError, match=rf"np\.{ufunc.__name__} takes no floats"):
        grad(lambda x: np.sum(ufunc(*[x] * ufunc.nin)))(X)


@together
@each_grad
@pytest.mark.parametrize("ufunc", constants.UFUNCS)
def test_a_ufunc_without_a_derivative_gives_plain_values(ufunc, grad):
    inputs = [0.5] * (ufunc.nin - 1)

    def f(x):
        np.testing.assert_array_equal(ufunc(x, *inputs), ufunc(X, *inputs))
        return np.sum(ufunc(x, *inputs) * x)

    np.testing.assert_allclose(grad(f)(X), ufunc(X, *inputs))


@each_grad
def test_methods_and_options_of_a_ufunc_without_a_derivative(grad):
    flags = np.zeros(3, bool)

    def f(x):
        assert np.logical_and.reduce(x)
        assert np.less.outer(x, x).tolist() == np.less.outer(X, X).tolist()
        np.greater(x, 1.5, out=flags)
        return np.sum(x * flags)

    np.testing.assert_array_equal(grad(f)(X), [0.0, 1.0, 1.0])


@together
@each_grad
@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: np.sin(x, where=X > 1), r"np\.sin: where= .*np\.where"),
        (lambda x: np.gcd(x, 2), r"np\.gcd takes no floats"),
        (lambda x: np.fft.fft(x, out=np.zeros(3, complex)), r"np\.fft\.fft: out= .*np\.empty"),
        (lambda x: np.fft.rfft2(x[None], out=X), r"np\.fft\.rfft2: out="),
        (lambda x: np.savetxt("unused", x), r"np\.savetxt writes to a file.*stop_gradient"),
    ],
)
def test_what_is_refused_is_named(f, message, grad):
    with pytest.raises(NotImplementedError, match=message):
        grad(lambda x: np.sum(f(x)))(X)


def add_in_place(array, value):
    array += value


@together
@each_grad
@pytest.mark.parametrize(
    ("f", "name"),
    [
        (lambda x: np.sin(x, out=np.zeros(3)), "np.sin"),
        (lambda x: np.add.at(np.zeros(3), [0], x[0]), "np.add.at"),
        (lambda x: np.add.reduce(x, out=np.zeros(())), "np.add"),
        (lambda x: np.add.accumulate(x, out=np.zeros(3)), "np.add"),
        (lambda x: np.add.outer(x, x, out=np.zeros((3, 3))), "np.add"),
        (lambda x: np.copyto(np.zeros(3), x), "np.copyto"),
        (lambda x: np.full_like(X, x), "np.copyto"),
        (lambda x: add_in_place(np.zeros(3), x), "np.add"),
    ],
)
def test_a_plain_array_cannot_be_written_into(f, name, grad):
    with pytest.raises(TypeError, match=rf"^{name} writes .*\n.*np\.zeros\(shape, like=x\)"):
        grad(lambda x: f(x) or np.sum(x))(X)


def test_names_of_functions_from_elsewhere():
    ufunc = np.frompyfunc(lambda x: x, 1, 1)
    assert str(no_rule(ufunc)).startswith("<lambda> (vectorized) has no derivative rule")
    assert str(no_rule(np.linalg.eig)).startswith("np.linalg.eig has")


@together
@each_grad
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.add(x, 1, dtype=int),
        lambda x: np.add(x, x.astype(int), casting="no"),
        lambda x: np.sin(x, dtype=float, signature="d->d"),
        lambda x: np.add.reduceat(x, [7]),
        lambda x: np.multiply.reduceat(x, [0, -1]),
        lambda x: np.subtract.reduce(x, where=X > 1),
        lambda x: np.maximum.reduce(x, where=X > 1),
        lambda x: np.maximum.reduce(x, axis=1),
    ],
)
def test_what_numpy_refuses_is_its_own_error(f, grad):
    with pytest.raises((TypeError, ValueError, IndexError)) as own:
        f(X)
    with pytest.raises(own.type) as found:
        grad(lambda x: np.sum(f(x)))(X)
    assert str(found.value) == str(own.value)


@together
@each_grad
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, dtype=int),
        lambda x: np.prod(x, dtype=int, initial=2),
        lambda x: np.cumsum(x, dtype=int)[1],
        lambda x: np.add.reduce(x, dtype=int, where=X > 1),
        lambda x: np.maximum.accumulate(x, dtype=int)[1],
        lambda x: np.add.reduceat(x, [0, 2], dtype=int)[0],
        lambda x: np.add(x, x, dtype=int, casting="unsafe")[0],
    ],
)
def test_integers_have_no_derivatives(f, grad):
    np.testing.assert_array_equal(grad(lambda x: f(x) * np.sum(x))(X), [f(X)] * 3)


@pytest.mark.parametrize("order", ["C", "F", "A"])
def test_a_result_lies_as_it_was_asked_to(order):
    x = np.ones((2, 3))
    found, _ = ad.vjp(lambda x: np.multiply(x, x, order=order), x)
    assert found.flags.f_contiguous == np.multiply(x, x, order=order).flags.f_contiguous


@together
@pytest.mark.parametrize("ufunc", [np.subtract, np.divide, np.hypot, np.logaddexp, np.logaddexp2])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_folds_are_those_of_numpy(ufunc, axis):
    x = np.random.default_rng(0).uniform(0.5, 2.0, size=(3, 4, 2))
    for fold in (
        lambda x: ufunc.reduce(x, axis),
        lambda x: ufunc.reduce(x, axis, keepdims=True),
        lambda x: ufunc.accumulate(x, axis),
    ):
        np.testing.assert_allclose(ad.vjp(fold, x)[0], fold(x))


@each_grad
def test_a_fold_over_several_axes_needs_a_ufunc_that_does_not_mind_the_order(grad):
    with pytest.raises(ValueError, match="not reorderable"):
        grad(lambda x: np.subtract.reduce(x, axis=None))(np.ones((2, 2)))


@each_grad
def test_the_only_entry_of_a_hypotenuse(grad):
    np.testing.assert_array_equal(grad(np.hypot.reduce)(np.array([-3.0])), [-1.0])
    np.testing.assert_array_equal(grad(np.hypot.reduce)(np.array(-3.0)), -1.0)
