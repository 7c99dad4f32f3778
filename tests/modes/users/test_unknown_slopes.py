"""Rules of one's own whose slopes are not finite: what is known, as of the package's own."""

import math

import numpy as np
import pytest

import admodes as ad
from admodes import forward, reverse
from tests.helpers import NESTINGS, named

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

ROOTS = {
    "both halves": ad.custom(
        np.sqrt, push=lambda r, t: t * 0.5 / r[0], pull=lambda r, ct: ct * 0.5 / r[0]
    ),
    "by a slope": ad.custom(
        np.sqrt,
        residual=lambda y, x: 0.5 / y,
        push=lambda slope, t: slope * t,
        pull=lambda slope, ct: slope * ct,
    ),
    "several directions": ad.custom(
        np.sqrt,
        push=lambda r, t: t * 0.5 / r[0],
        pull=lambda r, ct: ct * 0.5 / r[0],
        directions=True,
    ),
    "push alone": ad.custom(np.sqrt, push=lambda r, t: t * 0.5 / r[0]),
    "pull alone": ad.custom(np.sqrt, pull=lambda r, ct: ct * 0.5 / r[0]),
    "elementwise": ad.elementwise(np.sqrt, lambda y, _x: 0.5 / y),
}
#: a function of a root and a point, and a point
USES = {
    "a sum": (lambda root, x: np.sum(root(x)), [0, 1, 4]),
    "of squares": (lambda root, x: np.sum(root(x * x)), [0, 0, 2]),
    "a part of it": (lambda root, x: np.sum(root(x)[1:]), [0, 1, 4]),
    "where it is positive": (lambda root, x: np.sum(np.where(x > 0, root(x), 0)), [-1, 0, 4]),
    "the larger": (lambda root, x: np.sum(np.maximum(root(x), 0.5)), [0, 0, 4]),
    "one less another": (lambda root, x: np.sum(root(x) - root(2 * x)), [0, 1, 4]),
    "of a length": (lambda root, x: root(x @ x), [0, 0, 0]),
    "of negative numbers": (lambda root, x: np.sum(root(x)), [-1, 1, 4]),
}
FACES = {
    "forward": forward.grad,
    "one by one": lambda f: forward.grad(f, chunk_size=1),
    "reverse": reverse.grad,
    "checkpoint": lambda f: reverse.grad(ad.checkpoint(f)),
}


@pytest.mark.parametrize(("f", "x"), USES.values(), ids=USES)
@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_first_derivatives_are_those_of_numpys_root(root, f, x, subtests):
    with np.errstate(all="ignore"):
        wanted = reverse.grad(lambda x: f(np.sqrt, x))(np.array(x, float))
        for name, face in FACES.items():
            with named(subtests, name):
                found = face(lambda x: f(root, x))(np.array(x, float))
                np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("modes", NESTINGS)
@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_second_derivatives_are_right_or_not_known(root, modes):
    def slanted(x):
        return root(x)[0] * x[1]

    with np.errstate(all="ignore"):
        for f, x in (*(USES[name] for name in ("of squares", "of a length")), (None, [0, 0, 1])):
            hessian = ad.hessian(slanted if f is None else lambda x, f=f: f(root, x), modes=modes)
            found = hessian(np.array(x, float))
            assert np.isnan(found[0, 0])
            np.testing.assert_array_equal(found[np.isfinite(found)], 0)


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
def test_a_linear_function_that_multiplies_by_infinity(face):
    matrix = np.array([[np.inf, 1.0], [0.0, 2.0]])
    product = ad.linear(lambda x: matrix @ x, transpose=lambda ct: matrix.T @ ct)
    with np.errstate(invalid="ignore"):
        gradient = face(lambda x: product(x)[0])(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(gradient, [np.inf, 1.0])


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
def test_a_multilinear_one(face):
    scaled = ad.multilinear(
        lambda a, x: a * x,
        transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: ct * a),
    )
    a = np.array([np.inf, np.nan, 3.0])
    with np.errstate(invalid="ignore"):
        gradient = face(lambda x: np.sum(scaled(a, x)))(np.array([0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(gradient, [np.inf, np.nan, 3.0])


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
def test_an_overflow_before_a_rule_is_not_a_zero(face):
    log = ad.custom(np.log, push=lambda r, t: t / r[1][0], pull=lambda r, ct: ct / r[1][0])
    with np.errstate(all="ignore"):
        gradient = face(lambda x: np.sum(log(1 + np.exp(x))))(np.array([1000.0, 0.0]))
    np.testing.assert_array_equal(gradient, [np.nan, 0.5])


@pytest.mark.parametrize("mode", [forward, reverse])
def test_code_that_is_not_numpys_is_asked_entry_by_entry(mode):
    """Beside an infinite slope it makes NaN of zeros, in both modes; elsewhere it is known."""

    def scaled(r, t):
        return np.array([float(t[i]) * r[i] for i in range(3)]) + 0.0 * math.fsum(t)

    rule = ad.custom(np.sqrt, residual=lambda y, x: 0.5 / y, push=scaled, pull=scaled)
    with np.errstate(all="ignore"):
        gradient = mode.grad(lambda x: np.sum(rule(x) * np.array([1.0, 0.0, 1.0])))
        np.testing.assert_array_equal(gradient(np.array([1.0, 0.0, 4.0])), [0.5, np.nan, 0.25])
