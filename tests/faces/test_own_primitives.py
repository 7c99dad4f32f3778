"""A user's own primitives, by the doors that the package's own came through."""

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, X, same, together

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


@together
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
