"""The checks for users: they pass what is right, and say what is wrong and where."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import admodes as ad
from admodes import testing
from admodes.testing import check_derivatives, check_modes
from tests.cases import normal, positive
from tests.helpers import cube, together

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

CHECKS = [check_modes, check_derivatives]


@dataclass
class Weights:
    matrix: Any
    bias: Any


# --- What is right --------------------------------------------------------------------------------

RIGHT = {
    "a float": (lambda x: x * np.sin(x), 0.7),
    "an int": (lambda x: x**3, 2),
    "a NumPy scalar": (lambda x: x**3, np.float64(2.0)),
    "a 0-d array": (lambda x: x * np.exp(x), np.array(0.5)),
    "an array": (lambda x: np.cumsum(x * x), normal(2, 3)),
    "float32": (lambda x: np.sum(np.tanh(x) * x), normal(5).astype(np.float32)),
    "floats and arrays": (lambda a, x, b: a * x / b, 2.0, normal(3), 0.5),
    "containers": (
        lambda p, xs: {"sum": p["a"] * xs[0], "rest": [xs[1] * p["a"], (p["b"],)]},
        {"a": 2.0, "b": normal(2)},
        [normal(3), np.array(1.5)],
    ),
    "a dataclass": (
        lambda w, x: np.tanh(w.matrix @ x + w.bias),
        Weights(normal(2, 3), normal(2, seed=1)),
        normal(3, seed=2),
    ),
    "a part without a derivative": (lambda x: (np.sum(x * x), np.argmax(x), True), normal(3)),
    "a constant output": (lambda x: (1.0, x * x), normal(3)),
    "no dependence": (lambda x: np.ones(2), normal(3)),
    "a derivative of zero": (lambda x: np.floor(x) + np.sum(x - x), normal(3)),
    "many inputs": (lambda x: np.sum(x * np.sin(x)), normal(1000)),
    "many inputs of several kinds": (
        lambda p, a: [np.cos(p["x"]) * a, np.sum(p["y"] * p["x"][:10])],
        {"x": normal(100), "y": normal(10)},
        0.5,
    ),
    "many outputs": (lambda x: np.outer(np.arange(300.0), x * x), normal(3)),
    "both many": (lambda x: np.cumsum(x * x), normal(400)),
    "many in float32": (lambda x: np.sin(x) * x, normal(500).astype(np.float32)),
    "an empty part": (lambda x, y: np.sum(x) + y * y, normal(0), 2.0),
    "an empty input": (lambda x: np.sum(x, axis=0), np.zeros((0, 3))),
    "an empty output": (lambda x: x[:0], normal(3)),
    "large": (lambda x: x * x * 1e-30, 1e30 * positive(3)),
    "small": (lambda x: np.exp(x * 1e20), 1e-20 * positive(3)),
    "of several scales": (lambda x, y: np.log(x) * 1e-6 + y * y, 1e-9 * positive(3), 1e6),
    "a difference that cancels": (
        lambda x: np.sum(np.exp(x) / np.sum(np.exp(x))),
        normal(5),
    ),
    "a large constant": (lambda x: 1e8 + np.sin(x), normal(3)),
}
RIGHT_COMPLEX = {
    "complex": (lambda z: z * np.exp(z), normal(3) + 1j * normal(3, seed=1)),
    "a complex number": (lambda z: z * z, 1 + 2j),
    "a real function of complex numbers": (
        lambda z: np.sum(np.abs(z) * np.real(z)),
        normal(3) + 1j * normal(3, seed=1),
    ),
    "neither real nor holomorphic": (
        lambda x, z: {"turned": x * z * np.conj(z) ** 2, "size": np.abs(z)},
        normal(3),
        normal(3) + 1j * normal(3, seed=1),
    ),
    "many complex": (lambda z: z * z, normal(100) + 1j * normal(100, seed=1)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "check"), list(enumerate(CHECKS)))
@pytest.mark.parametrize(("f", "args"), [(f, args) for f, *args in RIGHT.values()], ids=RIGHT)
def test_right(check, seed, f, args):
    """To second order, which is after all of the first."""
    kept = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    assert check(f, *args, order=2, seed=seed) is None
    for before, arg in zip(kept, args, strict=True):
        if isinstance(arg, np.ndarray):
            np.testing.assert_array_equal(arg, before)


@together
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("f", "args"), [(f, args) for f, *args in RIGHT_COMPLEX.values()], ids=RIGHT_COMPLEX
)
def test_right_complex(check, f, args):
    assert check(f, *args, order=2) is None


@pytest.mark.parametrize("order", [1, 2])
def test_complex_in_between(order):
    def f(x):
        return np.real(np.exp(1j * x) * (x + 2j))

    check_modes(f, normal(3), order=order)
    check_derivatives(f, normal(3), order=order)
    check_derivatives(lambda x: np.exp(1j * x), normal(3), order=order)


def test_a_function_may_overwrite_its_arguments():
    def f(x):
        x += 1  # of an expression, it rebinds the name; of an array, it writes into it
        return x * x

    x = normal(3)
    check_modes(f, x, order=2)
    check_derivatives(f, x, order=2)
    np.testing.assert_array_equal(x, normal(3))


def test_a_kink_between_the_steps():
    """Where differences of large steps see a kink, those of small steps do not."""
    check_derivatives(np.abs, np.array([1e-5, 1.0, -2.0]), order=2)
    check_derivatives(np.sqrt, np.array([1e-5, 1.0]))


def test_second_derivatives_where_the_gradient_is_nothing_but_rounding():
    """Of 300 seeds, this is the one with which differences of several steps agree by chance."""

    def errors(x):
        bits = ad.stop_gradient(x).view(np.uint64)
        return 2.0**-50 * np.random.default_rng([242, *bits]).uniform(-1, 1, x.shape)

    level = ad.custom(
        lambda x: 1 + 0 * x,
        residual=lambda y, x: x,
        push=lambda x, t: t * errors(x),
        pull=lambda x, ct: ct * errors(x),
    )
    check_derivatives(lambda x: np.mean(level(x)), normal(5), order=2)


# --- What is wrong --------------------------------------------------------------------------------


def failure(check, f, *args, **options):
    with pytest.raises(AssertionError) as caught:
        check(f, *args, **options)
    return str(caught.value)


def number(message, side):
    return float(re.search(rf"^ +{re.escape(side)}: +(\S+)$", message, re.MULTILINE)[1])


def test_a_failure_shows_all_there_is_to_know():
    wrong = cube(pull=lambda x, ct: np.where(np.arange(3) == 1, 6, 3) * x * x * ct)

    def energy(p):
        return [wrong(p["x"]) * 2, p["y"]]

    point = {"y": 1.0, "x": np.array([0.5, 2.0, 1.0])}
    message = failure(check_modes, energy, point)
    assert "check_modes of" in message
    assert "energy: forward mode and reverse mode disagree" in message
    assert "at:           output[0][1], along argument 0['x'][1]\n" in message
    assert number(message, "forward mode") == pytest.approx(24.0)
    assert number(message, "reverse mode") == pytest.approx(48.0)
    assert number(message, "difference") == pytest.approx(24.0)

    message = failure(check_derivatives, energy, point)
    assert "check_derivatives of" in message
    assert "reverse mode differs from finite differences" in message
    assert "at:           output[0][1], along argument 0['x'][1]\n" in message
    assert number(message, "differences") == pytest.approx(24.0)
    assert number(message, "reverse mode") == pytest.approx(48.0)


def test_a_wrong_push():
    wrong = cube(push=lambda x, t: 3.0001 * x * x * t)
    assert "reverse mode disagree" in failure(check_modes, wrong, normal(3))
    message = failure(check_derivatives, wrong, normal(3))
    assert "forward mode differs from finite differences" in message


def test_modes_that_agree_may_both_be_wrong():
    wrong = cube(residual=lambda y, x: 1.0001 * x)
    check_modes(wrong, normal(3), order=2)
    message = failure(check_derivatives, wrong, normal(3))
    assert "forward mode differs from finite differences" in message


@pytest.mark.parametrize("entry", [0, 499, 700])
def test_one_wrong_entry_among_many_is_found(entry):
    wrong = cube(pull=lambda x, ct: 3 * x * x * ct * (1 + 0.5 * (np.arange(x.size) == entry)))

    def f(p):
        return np.sum(wrong(p["x"])) * p["y"]

    message = failure(check_modes, f, {"x": normal(701), "y": 2.0})
    assert f"at:           argument 0['x'][{entry}]\n" in message
    forward, reverse = number(message, "forward mode"), number(message, "reverse mode")
    assert reverse == pytest.approx(1.5 * forward)
    assert "along random direction" in failure(check_derivatives, f, {"x": normal(701), "y": 2.0})


def test_wrong_only_with_all_arguments_active():
    wrong = ad.custom(
        lambda a, b: a * b,
        push=lambda r, ta, tb: (
            ta * r[1][1] if tb is None else tb * r[1][0] * (1 if ta is None else 2)
        ),
        pull=lambda r, ct: (ct * r[1][1], ct * r[1][0]),
        directions=True,
    )
    assert "random direction" in failure(check_derivatives, wrong, normal(3), normal(3, seed=1))
    failure(check_modes, wrong, normal(3), normal(3, seed=1))


ORDINARY = {
    "a sum": lambda w, x: np.sum(w(x) * x),
    "entries": lambda w, x: np.exp(w(x)),
    "a ratio": lambda w, x: w(x) / (1 + np.sum(x * x)),
    "a composition": lambda w, x: np.tanh(np.cumsum(w(x))) * x[0],
    "many": lambda w, x: np.sum(np.sin(w(np.tile(x, 50)))),
}


@pytest.mark.parametrize("f", ORDINARY.values(), ids=ORDINARY)
def test_without_a_mistake_these_are_right(f):
    check_derivatives(lambda x: f(cube(), x), normal(3), order=2)


@pytest.mark.parametrize(
    ("name", "factor"), [*((name, 1.001) for name in ORDINARY), ("entries", -1.0), ("many", -1.0)]
)
def test_a_small_factor_and_a_sign_are_noticed(name, factor):
    """In the first derivative of a rule, or in the second of one whose first is right."""

    def slope(x):
        at = ad.stop_gradient(x * x)
        return 3 * (at + factor * (x * x - at))

    first = cube(
        push=lambda x, t: 3 * factor * x * x * t, pull=lambda x, ct: 3 * factor * x * x * ct
    )
    second = cube(push=lambda x, t: slope(x) * t, pull=lambda x, ct: slope(x) * ct)
    f, x = ORDINARY[name], normal(3)
    message = failure(check_derivatives, lambda x: f(first, x), x)
    assert "forward mode differs from finite differences" in message
    message = failure(check_derivatives, lambda x: f(second, x), x, order=2)
    assert "second derivatives differ from finite differences of the gradient" in message


@together
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("rule", "cause"),
    [
        ({"pull": lambda x, ct: 3 * x * x}, "its pull forgets ct"),
        ({"pull": lambda x, ct: 3 * x * x * ct + 1e-3}, "its pull is not linear in ct"),
        ({"pull": lambda x, ct: 3 * x * x * ct * np.abs(ct)}, "its pull is not linear in ct"),
        ({"pull": lambda x, ct: 3 * x * x * np.sign(ct)}, "its pull forgets ct"),
        ({"push": lambda x, t: 3 * x * x}, "the tangent"),
    ],
)
def test_what_is_not_linear_is_no_rounding(check, rule, cause):
    """Directions that are a third as long show what rounding does, and what is not linear, too."""
    wrong = cube(**rule)
    message = failure(check, lambda x: np.sum(wrong(x) * x), normal(4))
    if check is check_modes or "pull" in rule:
        assert cause in message
    assert "operation:" in message
    assert "line:" in message
    assert "np.sum(wrong(x) * x)" in message


def test_wrong_for_several_directions():
    wrong = cube(push=lambda x, t: 3 * x * x * (t if np.ndim(t) == 1 else t[::-1]))
    message = failure(check_modes, wrong, normal(3))
    assert "forward mode differs for several directions" in message
    wrong = cube(pull=lambda x, ct: 3 * x * x * (ct if np.ndim(ct) == 1 else ct[::-1]))
    message = failure(check_modes, wrong, normal(3))
    assert "reverse mode differs for several cotangents" in message


def test_wrong_shape():
    wrong = cube(pull=lambda x, ct: (3 * x * x * ct)[None])
    message = failure(check_modes, wrong, normal(3))
    assert "reverse mode gives a derivative of the wrong shape" in message
    assert "(1, 3)" in message


@pytest.mark.parametrize("order", [1, 2])
def test_wrong_second_derivatives(order):
    def one_side(x, t):
        return 3 * ad.stop_gradient(x * x) * t

    def check(check, f, x, text):
        if order == 1:
            check(f, x)
        else:
            assert text in failure(check, f, x, order=2)

    for n in (3, 100):
        between, truth = "between nestings", "from finite differences of the gradient"
        check(check_modes, cube(push=one_side), normal(n), between)
        check(check_modes, cube(pull=one_side), normal(n), between)
        check(check_derivatives, cube(push=one_side, pull=one_side), normal(n), truth)


@pytest.mark.parametrize("n", [3, 100])
def test_wrong_second_derivatives_by_complex_numbers(n):
    """Right at first order, and constant at second; and with a conjugate too many."""
    z = normal(n) + 1j * normal(n, seed=1)

    def held(x, t):
        return 3 * ad.stop_gradient(x * x) * t

    def conjugate(x, t):
        return 3 * (x * ad.stop_gradient(x) + np.conj(x - ad.stop_gradient(x)) * x) * t

    for wrong in (held, conjugate):
        both = cube(push=wrong, pull=wrong)
        check_derivatives(both, z)
        message = failure(check_derivatives, both, z, order=2)
        assert "second derivatives differ" in message
    check_modes(cube(push=held), z)
    assert "between nestings" in failure(check_modes, cube(push=held), z, order=2)


def test_not_finite():
    wrong = ad.elementwise(np.abs, lambda _y, x: np.where(x == 0, np.nan, np.sign(x)))
    for check in CHECKS:
        for order in (1, 2):
            message = failure(check, wrong, np.array([1.0, 0.0]), order=order)
            assert "forward mode gives a derivative that is not finite" in message or (
                "reverse mode gives a derivative that is not finite" in message
            )
            assert re.search(r"at: +(output|argument 0)\[1\]", message)


def test_a_value_that_is_not_numpys():
    def f(x):
        return x * (2.0 if isinstance(x, ad.Expression) else 3.0)

    message = failure(check_modes, f, np.array([1.0, 2.0]))
    assert "the value in forward mode is not plain NumPy's" in message
    assert number(message, "plain NumPy") == 6.0
    assert number(message, "forward mode") == 4.0

    def g(x):
        return np.sum(x) if isinstance(x, ad.Expression) else x

    assert "shape ()" in failure(check_modes, g, normal(3))


def test_not_differentiable_here():
    """A step is a kink of its own: neither mode sees it, differences do."""
    assert "differs from finite differences" in failure(check_derivatives, np.floor, 1.0)


def test_tolerances():
    wrong = cube(residual=lambda y, x: x * (1 + 1e-5), pull=lambda x, ct: 3 * x * x * ct)
    slightly = cube(pull=lambda x, ct: 3 * x * x * ct * (1 + 1e-5))
    failure(check_derivatives, wrong, 2.0)
    check_derivatives(wrong, 2.0, rtol=1e-4)
    check_derivatives(wrong, 2.0, atol=1e-2)
    failure(check_modes, slightly, 2.0)
    check_modes(slightly, 2.0, rtol=1e-4)
    check_modes(slightly, 2.0, atol=1e-2)
    # In float32 this is not much more than rounding.
    check_modes(slightly, np.float32(2.0))
    failure(check_modes, cube(pull=lambda x, ct: 3 * x * x * ct * 1.01), np.float32(2.0))


def test_a_small_derivative_beside_large_ones_is_compared_by_its_own_size():
    wrong = cube(pull=lambda x, ct: 3.01 * x * x * ct)
    for check in CHECKS:
        failure(check, lambda x, y: [1e9 * x, wrong(y)], 1.0, 1e-6)
        failure(check, lambda x, y: 1e3 * x + wrong(y), 1e3, 1.0)


# --- Nothing passes unseen ------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS)
def test_what_cannot_be_checked_is_an_error(check):
    with pytest.raises(TypeError, match=r"no part of the output is .* \(it is int64\)"):
        check(np.argmax, normal(3))
    with pytest.raises(TypeError, match=r"no part of the output is .* \(it is bool, int64\)"):
        check(lambda x: [np.any(x > 0), np.argmax(x)], normal(3))
    with pytest.raises(TypeError, match=r"no part of the output is .* \(it is empty\)"):
        check(lambda x: [], normal(3))
    with pytest.raises(TypeError, match="there is no argument to differentiate by"):
        check(lambda: 1.0)
    with pytest.raises(TypeError, match="there is no argument to differentiate by"):
        check(lambda x: 1.0, [])
    with pytest.raises(TypeError, match="array of int64, which has no derivative"):
        check(np.sum, np.arange(3))
    with pytest.raises(TypeError, match="not callable"):
        check(3.0, 1.0)
    with pytest.raises(ValueError, match="nothing was compared"):
        check(lambda x: x * x, normal(0))
    with pytest.raises(ValueError, match="order must be 1 or 2, not 3"):
        check(np.sin, 1.0, order=3)
    with pytest.raises(NotImplementedError, match=r"np\.is_busday"):
        check(np.is_busday, normal(3))
    with pytest.raises(ZeroDivisionError):
        check(lambda x: x / 0, 1.0)


def test_public_names():
    assert set(testing.__all__) == {"Undecided", "check_code", "check_derivatives", "check_modes"}
