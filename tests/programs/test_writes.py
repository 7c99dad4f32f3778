"""Places that depend on numbers, a mask or an order, where something is written; entries read."""

import itertools

import numpy as np
import pytest

import admodes as ad
from tests.programs.functions import same

POINTS = (
    np.array([1.0, -2.0, 3.0, -0.5, 2.0]),
    np.array([-1.0, 2.0, -3.0, 0.5, -2.0]),
    np.array([2.0, 1.0, 1.0, -1.0, -1.0]),
)


def masked(x):
    x = x * 1
    x[x < 0] *= 0.1
    return x


def in_order(x):
    x = x * 1
    x[np.argsort(x)[:3]] *= 2
    return x


def one_place_again(x):
    """The last value is that which remains."""
    x = x + 0
    x[np.argsort(x)[[0, 0, 1]]] = np.array([1.0, 2.0, 3.0]) * x[0]
    return x * x


def through_a_view(x):
    x = x + 0
    view = x[1:4]
    view[view < 0] = -view[view < 0]
    return x


@pytest.mark.parametrize("f", [masked, in_order, one_place_again, through_a_view])
def test_a_place_that_depends_on_numbers(f):
    """Whether a cotangent is an array of units, or itself a part of the program."""

    def number(x):
        return np.sum(f(x) ** 3)

    faces = [
        (ad.jacobian, f, {"mode": "reverse"}),
        (ad.jacobian, f, {"mode": "forward"}),
        (ad.grad, number, {}),
        (ad.hessian, number, {}),
    ]
    for face, function, options in faces:
        plain, program = face(function, **options), face(function, compiled=True, **options)
        for point in POINTS + POINTS:
            same(program(point), plain(point))
    p = ad.program(f, POINTS[0], mode="reverse")
    for point in POINTS:
        y, pullback = ad.vjp(f, point)
        same(p((point,), POINTS[1]), (y, pullback(POINTS[1])))


@pytest.mark.parametrize("part", [slice(1, None), ..., slice(0, 3, 2)], ids=str)
def test_a_part_that_a_mask_of_the_input_leaves_alone(part):
    """Its cotangent is a part of the program, and what was written is a view of it."""

    def f(x):
        y = 2 * x
        y[part] = x[part] ** 2
        return np.sum(np.where(x > 0, x, y))

    for face in (ad.grad, ad.jacobian):
        plain, program = face(f, mode="reverse"), face(f, mode="reverse", compiled=True)
        for point in POINTS:
            same(program(point), plain(point))


def test_a_cotangent_that_another_number_has_too():
    """What goes back through a sum of two is one array, and a write into each has its own."""

    def f(x):
        y, z = 2 * x, 3 * x
        y[1:], z[:2] = x[1:] ** 2, x[:2] ** 2
        return np.where(x > 0, y + z, x)

    def number(x):
        return np.sum(f(x) ** 2)

    program, hessian = (
        ad.jacobian(f, mode="reverse", compiled=True),
        ad.hessian(number, compiled=True),
    )
    for point in POINTS:
        same(program(point), ad.jacobian(f, mode="reverse")(point))
        same(hessian(point), ad.hessian(number)(point))


def test_derivatives_that_are_constants_beside_slopes_that_are_not_finite():
    """What is known of them is found by guessing: the function answers, and nothing is recorded."""

    def f(x):
        count = 0
        while np.sum(x * x) > 0.01 and count < 3:
            x, count = 0.8 * x, count + 1
        return x * count

    plain = ad.jacobian(f, mode="forward")
    program = ad.jacobian(f, mode="forward", compiled=True)
    with np.errstate(all="ignore"):
        for point in (np.array([np.nan, 1.0, np.inf]), np.ones(3), np.array([np.nan, 1.0, np.inf])):
            np.testing.assert_array_equal(program(point), plain(point))


def entries_as_numbers(x):
    first, second = x.item(0), x[1].item()
    return first * second if first > 0 else -first, np.sum(x).item(), x.item(-1) * x


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.complex128])
def test_an_entry_as_a_number_of_pythons(kind):
    points = [np.asarray(point, kind) for point in POINTS]
    f = entries_as_numbers if kind is not np.complex128 else lambda x: (x.item(0) * x, x[1].item())
    p = ad.program(f, points[0])
    along = ad.program(f, points[0], mode="forward")
    back = ad.program(f, points[0], mode="reverse")
    for x in points:
        same(p(x), f(x))
        same(along((x,), (points[1],)), ad.jvp(f, (x,), (points[1],)))
        y, pullback = ad.vjp(f, x)
        same(back((x,), y), (y, pullback(y)))


@pytest.mark.parametrize(
    "empty",
    [np.empty_like, lambda x: np.empty(x.shape, like=x)],
    ids=("empty_like", "empty, like="),
)
def test_what_was_in_memory_is_not_recorded(empty):
    numbers = itertools.count(1.0)

    def f(x):
        np.full(x.shape, next(numbers))  # is there when that memory is given out again
        y = empty(x)
        y[0], y[1:] = x[0], 2 * x[1:]
        return np.sum(y * y)

    gradient = ad.grad(f, compiled=True)
    x = np.array([1.0, -2.0, 0.5])
    for _ in range(2):
        np.testing.assert_array_equal(gradient(x), [2.0, -16.0, 4.0])
