"""Second derivatives where the first one is a convention: right or NaN, never a wrong number."""

import itertools

import numpy as np
import pytest

import admodes as ad
from admodes.transforms import NESTINGS
from tests.helpers import named

NAN = np.nan
SECOND = np.array([0.0, 1.0])

own_product = ad.multilinear(
    lambda a, b: a @ b,
    transposes=(lambda ct, a, b: np.outer(ct, b), lambda ct, a, b: a.T @ ct),
)

#: a function that is smooth or is not, a point, its Hessian, NaN where it is not known
AT_CORNERS = {
    "the square of a length": (lambda x: np.linalg.norm(x) ** 2, [0, 0], [[NAN, 0], [0, NAN]]),
    "of a root": (lambda x: np.sqrt(x @ x) ** 2, [0, 0], [[NAN, NAN], [NAN, NAN]]),
    "of a bell": (
        lambda x: np.exp(-(np.linalg.norm(x) ** 2)),
        [0, 0],
        [[NAN, 0], [0, NAN]],
    ),
    "of magnitudes": (lambda x: np.sum(np.abs(x) ** 2), [0, 1], [[NAN, 0], [0, 2]]),
    "of a hypotenuse": (lambda x: np.hypot(x[0], x[1]) ** 2, [0, 0], [[NAN, 0], [0, NAN]]),
    "of a spread": (lambda x: np.std(x) ** 2, [1, 1], np.full((2, 2), NAN)),
    "of the larger": (lambda x: np.sum(np.maximum(x, -x) ** 2), [0, 1], [[NAN, 0], [0, 2]]),
    "of the largest": (lambda x: np.max(x) ** 2, [1, 1], np.full((2, 2), NAN)),
    "of sorted numbers": (
        lambda x: np.sum(np.sort(x) ** 3),
        [1, 1, 2],
        [[NAN, NAN, 0], [NAN, NAN, 0], [0, 0, 12]],
    ),
    "of a constant times magnitudes": (
        lambda x: np.sum(np.where([True, False], 5.0, x) * np.abs(x) * np.abs(x)),
        [0, -3],
        [[NAN, 0], [0, -18]],
    ),
    "of a constant over the input, times magnitudes": (
        lambda x: np.sum(np.where([True, False], 5.0, x) / (x + 7) * np.abs(x) * np.abs(x)),
        [0, -3],
        [[NAN, 0], [0, -279 / 32]],
    ),
    "of a solution for a constant": (
        lambda x: np.linalg.solve(np.diag(x + 5), np.where([True, False], 5.0, x)) @ np.abs(x) ** 2,
        [0, -3],
        [[NAN, 0], [0, -29.25]],
    ),
    "of what the smaller is not": (
        lambda x: np.sum(np.minimum(x, 0) * np.abs(x)),
        [0, -3],
        [[NAN, 0], [0, -2]],
    ),
    "of an imaginary part": (
        lambda x: np.sum(np.imag(np.array([1, 0]) * (np.abs(x) * 1j)) * np.abs(x)),
        [0, -3],
        [[NAN, 0], [0, 0]],
    ),
    "a rectified square": (lambda x: np.sum(np.maximum(x, 0) ** 2), [0, 1], [[NAN, 0], [0, 2]]),
}
#: the same where it is known
SMOOTH = {
    "the larger of the same": (lambda x: np.sum(np.maximum(x, x) ** 2), [0, 1], [[2, 0], [0, 2]]),
    "a product with zeros": (
        np.prod,
        [0, 0, 3],
        [[0, 3, 0], [3, 0, 0], [0, 0, 0]],
    ),
    "running products with a small number": (
        lambda x: np.sum(np.cumprod(x)),
        [1, 1e-17, 3],
        [[0, 4, 0], [4, 0, 1], [0, 1, 0]],
    ),
    "sinc": (lambda x: np.sum(np.sinc(x)), [0, 0], -(np.pi**2) / 3 * np.eye(2)),
    "a whole power": (lambda x: np.sum(x**2.0), [0, 0], 2 * np.eye(2)),
    "a power of both": (lambda x: x[0] ** x[1], [0, 2], [[2, 0], [0, 0]]),
    "what is not used": (
        lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)),
        [0, 1],
        [[0, 0], [0, -0.25]],
    ),
    "an entropy": (
        lambda x: np.sum(np.where(x > 0, x * np.log(x), 0)),
        [0, 1],
        [[0, 0], [0, 1]],
    ),
    "of the largest magnitude, of which zeros are not": (
        lambda x: np.max(np.abs(x)) ** 2,
        [0, -3],
        [[0, 0], [0, 2]],
    ),
    "of magnitudes of which a matrix takes one": (
        lambda x: np.sum((np.array([[0.0, 1.0], [0.0, 2.0]]) @ np.abs(x)) ** 2),
        [0, -3],
        [[0, 0], [0, 10]],
    ),
    "of products of which one is taken": (
        lambda x: np.sum(np.tril(np.outer(np.abs(x), np.ones(2)), -1) ** 2),
        [0, -3],
        [[0, 0], [0, 2]],
    ),
    "of a power of 0, whose slope is one number for all": (
        lambda x: np.sum(np.outer(x**0.0, x)),
        [0, np.inf],
        [[0, 0], [0, 0]],
    ),
    "of a solution of which one entry is taken": (
        lambda x: np.sum(np.linalg.solve([[1.0, 2.0], [0.0, 1.0]], np.abs(x))[1:] ** 2),
        [0, -3],
        [[0, 0], [0, 2]],
    ),
    "of a solution for a matrix that depends on the input too": (
        lambda x: np.sum(np.linalg.solve(np.diag(x + 4), np.abs(x))[1:] ** 2),
        [0, -3],
        [[0, 0], [0, 80]],
    ),
    "of a solution whose matrix alone depends on it": (
        lambda x: np.sum(np.linalg.solve(np.diag(np.abs(x) + 1), [1.0, 2.0])[1:] ** 2),
        [0, -3],
        [[0, 0], [0, 3 / 32]],
    ),
    "of a quotient whose numerator is 0": (
        lambda x: np.sum(SECOND * np.abs(x) / (x + 7) * np.abs(x)),
        [0, -3],
        [[0, 0], [0, 49 / 32]],
    ),
    "of a function of 0": (
        lambda x: np.sum(np.arctan(SECOND * np.abs(x)) * np.abs(x)),
        [0, -3],
        [[0, 0], [0, 0.02]],
    ),
    "of a dot product with zeros": (
        lambda x: np.dot(SECOND * np.abs(x), np.abs(x)),
        [0, -3],
        [[0, 0], [0, 2]],
    ),
    "of zeros that are stretched over rows": (
        lambda x: np.sum(np.outer(x, np.abs(x)) * SECOND * np.outer(x, np.abs(x))),
        [0, -3],
        [[18, 0], [0, 108]],
    ),
    "of a checkpoint that gives zeros": (
        lambda x: np.sum(ad.checkpoint(lambda x: SECOND * np.abs(x))(x) * np.abs(x)),
        [0, -3],
        [[0, 0], [0, 2]],
    ),
    "of a checkpoint that is given zeros": (
        lambda x: np.sum(ad.checkpoint(np.sin)(SECOND * np.abs(x)) * np.abs(x)),
        [0, -3],
        [[0, 0], [0, 2 * np.cos(3) - 3 * np.sin(3)]],
    ),
    "of a product of one's own": (
        lambda x: np.sum(own_product(np.diag(SECOND * np.abs(x)), np.abs(x)) ** 2),
        [0, -3],
        [[0, 0], [0, 108]],
    ),
    "clipped beside its bounds": (
        lambda x: np.sum(np.clip(x, 0, 2) ** 2),
        [-1, 1, 3],
        np.diag([0.0, 2.0, 0.0]),
    ),
}


def unknown_less_itself(x):
    y = np.sqrt(x[0])
    return y * x[1] - y * x[2]


#: the same where a first derivative is an unknown number times 0, which the second may not be
STEEP = {
    "a root times nothing": (lambda x: np.sqrt(x[0]) * x[1], [0, 0], [[NAN, NAN], [np.inf, 0]]),
    "a logarithm times nothing": (
        lambda x: np.where(x[1] > 0, 1.0, np.log(x[0]) * x[1]),
        [0, 0],
        [[NAN, NAN], [NAN, 0]],
    ),
    "a root less itself": (
        unknown_less_itself,
        [0, 1, 1],
        [[0, NAN, NAN], [np.inf, 0, 0], [-np.inf, 0, 0]],
    ),
    "what overflows in all entries alike": (
        lambda x: np.sum(x @ x + np.zeros(3)),
        [np.inf, 0, 1],
        6 * np.eye(3),
    ),
}


def by_backward(f, x):
    x = ad.variable(x)
    f(x).backward(create_graph=True)
    gradient, rows = x.grad, []
    for slope in gradient:
        x.grad = None
        slope.backward(retain_graph=True)
        rows.append(np.zeros(len(x)) if x.grad is None else x.grad)
    return rows


#: every face that has second derivatives
WAYS = {modes: lambda f, x, modes=modes: ad.hessian(f, modes=modes)(x) for modes in NESTINGS} | {
    "backward": by_backward,
    "segments": lambda f, x: ad.jacobian(ad.checkpoint(ad.grad(f), segments=True), mode="reverse")(
        x
    ),
}


ROWS = AT_CORNERS | SMOOTH | STEEP


#: of the short form are two ways of each row, others of the next
SHORT = [(name, by) for i, name in enumerate(ROWS) for j, by in enumerate(WAYS) if (i + j) % 3 == 0]
LONG = [each for each in itertools.product(ROWS, WAYS) if each not in SHORT]


@pytest.mark.parametrize(
    "chosen", [SHORT, pytest.param(LONG, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_second_derivatives(chosen, subtests):
    for name, by in chosen:
        f, x, hessian = ROWS[name]
        with named(subtests, f"{name}-{by}"):
            with np.errstate(all="ignore"):
                found = WAYS[by](f, np.array(x, float))
            np.testing.assert_allclose(found, np.array(hessian, float), rtol=1e-12, atol=1e-12)


def even_spread(a):
    """The same number several times, each computed from `a` by itself, with much that cancels."""
    copies = [np.sum(a[0] * a[1]) - 1.3 * a[1, 2] * a[0, 2] + a[0, 0] * 0.1 for _ in range(4)]
    return np.max(np.array(copies, like=a))


@pytest.mark.parametrize("modes", NESTINGS)
def test_rounding_of_what_is_the_same_number_leaves_it_known(modes):
    """What is unknown cancels, but for the rounding of what it was added to."""
    rng = np.random.default_rng(5)
    expected = np.zeros((2, 5, 2, 5))
    for i in range(5):
        expected[0, i, 1, i] = expected[1, i, 0, i] = -0.3 if i == 2 else 1.0
    for _ in range(4):
        hessian = ad.hessian(even_spread, modes=modes)(rng.standard_normal((2, 5)))
        np.testing.assert_allclose(hessian, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("modes", NESTINGS)
def test_of_conjugate_eigenvalues_the_largest_real_part_has_a_second_derivative(modes):
    """Equal real parts are one number; that of two by two is half of the trace."""
    a = np.array([[1.0, 2.0], [-2.0, 1.1]])
    half = np.array([0.5, 0, 0, 0.5])
    hessian = ad.hessian(lambda a: np.max(np.linalg.eigvals(a).real) ** 2, modes=modes)(a)
    expected = 2 * np.outer(half, half)
    np.testing.assert_allclose(hessian.reshape(4, 4), expected, rtol=1e-12, atol=1e-13)


def test_what_is_added_to_little_is_unknown_all_the_same():
    """A slope held at a corner, and by the same entry a number smaller than that of another one."""

    def f(x):
        return 1e-17 * np.abs(x[0]) ** 2 + x[1] ** 2

    for modes in NESTINGS:
        hessian = ad.hessian(f, modes=modes)(np.array([0.0, 1.0]))
        np.testing.assert_array_equal(hessian, [[NAN, 0], [0, 2]])
