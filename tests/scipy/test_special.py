"""Derivatives of ``scipy.special`` against mpmath, far out and at singular points too."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, NESTINGS, together

special = pytest.importorskip("scipy.special", reason="SciPy, which it tests, is not installed")
mp = pytest.importorskip("mpmath", reason="the truth is of mpmath, which is not installed")

ROOT = Path(__file__).parents[2]


def of_normal(x):
    return mp.log(mp.ncdf(x))


def entropy(x):
    return -x * mp.log(x)


#: function, the same in mpmath, points
OF_ONE = {
    "erf": (mp.erf, [-2.0, 0.0, 5.0]),
    "erfc": (mp.erfc, [0.0, 8.0, 20.0]),
    "erfi": (mp.erfi, [0.0, 2.0]),
    "erfcx": (lambda x: mp.exp(x * x) * mp.erfc(x), [-2.0, 0.0, 7.9, 8.1, 100.0]),
    "dawsn": (lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), [0.0, 7.0, 9.0, 30.0]),
    "erfinv": (mp.erfinv, [-0.9, 0.0, 0.999]),
    "ndtr": (mp.ncdf, [-20.0, 0.0, 3.0]),
    "log_ndtr": (of_normal, [-30.0, 0.0, 3.0]),
    "gamma": (mp.gamma, [-1.5, 0.5, 10.0]),
    "rgamma": (mp.rgamma, [-3.0, 0.0, 0.25, 6.0]),
    "gammaln": (lambda x: mp.log(abs(mp.gamma(x))), [0.3, 2.0, 50.0]),
    "psi": (mp.digamma, [-0.5, 1.0, 30.0]),
    "expit": (lambda x: 1 / (1 + mp.exp(-x)), [-40.0, 0.0, 40.0]),
    "log_expit": (lambda x: -mp.log1p(mp.exp(-x)), [-40.0, 0.0, 40.0]),
    "logit": (lambda x: mp.log(x / (1 - x)), [1e-9, 0.5, 0.75]),
    "entr": (entropy, [1e-9, 0.5, 3.0]),
    "exprel": (lambda x: mp.expm1(x) / x if x else mp.mpf(1), [-30.0, 1e-7, 2.0]),
    "cosm1": (lambda x: mp.cos(x) - 1, [0.0, 1e-9, 1.0]),
    "j0": (mp.j0, [-2.0, 0.0, 30.0]),
    "j1": (mp.j1, [-2.0, 0.0, 30.0]),
    "y0": (lambda x: mp.bessely(0, x), [0.1, 30.0]),
    "y1": (lambda x: mp.bessely(1, x), [0.1, 30.0]),
    "i0": (lambda x: mp.besseli(0, x), [-2.0, 0.0, 9.0]),
    "i1": (lambda x: mp.besseli(1, x), [-2.0, 0.0, 9.0]),
    "i0e": (lambda x: mp.exp(-abs(x)) * mp.besseli(0, x), [-2.0, 9.0]),
    "i1e": (lambda x: mp.exp(-abs(x)) * mp.besseli(1, x), [-2.0, 9.0]),
    "k0": (lambda x: mp.besselk(0, x), [0.1, 9.0]),
    "k1": (lambda x: mp.besselk(1, x), [0.1, 9.0]),
    "k0e": (lambda x: mp.exp(x) * mp.besselk(0, x), [0.1, 9.0]),
    "k1e": (lambda x: mp.exp(x) * mp.besselk(1, x), [0.1, 9.0]),
    "ber": (lambda x: mp.ber(0, x), [0.3, 4.0]),
    "bei": (lambda x: mp.bei(0, x), [0.3, 4.0]),
    "ker": (lambda x: mp.ker(0, x), [0.3, 4.0]),
    "kei": (lambda x: mp.kei(0, x), [0.3, 4.0]),
    "ellipk": (mp.ellipk, [-3.0, 0.0, 0.99]),
    "ellipe": (mp.ellipe, [-3.0, 0.0, 0.99]),
    "exp1": (mp.e1, [0.1, 20.0]),
    "expi": (mp.ei, [-3.0, 0.1, 20.0]),
    "spence": (lambda x: mp.re(mp.polylog(2, 1 - x)), [0.1, 1.0 + 1e-9, 1.5, 9.0]),
    "wrightomega": (lambda x: mp.lambertw(mp.exp(x)), [-20.0, 0.0, 20.0]),
}
OF_LAST = {
    "gammainc": (lambda a, x: mp.gammainc(a, 0, x, regularized=True), (1.7,), [1e-3, 1.0, 30.0]),
    "gammaincc": (lambda a, x: mp.gammainc(a, x, regularized=True), (0.4,), [1e-3, 1.0, 30.0]),
    "betainc": (
        lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
        (1.3, 2.1),
        [1e-3, 0.5, 0.99],
    ),
    "stdtr": (
        lambda n, t: (
            t * mp.hyp2f1(0.5, (n + 1) / 2, 1.5, -t * t / n) / (mp.sqrt(n) * mp.beta(0.5, n / 2))
        ),
        (3.0,),
        [-2.0, 0.0, 5.0],
    ),
    "jv": (mp.besselj, (0.5,), [0.1, 30.0]),
    "yv": (mp.bessely, (0.5,), [0.1, 30.0]),
    "iv": (mp.besseli, (2.5,), [0.1, 9.0]),
    "kv": (mp.besselk, (2.5,), [0.1, 9.0]),
    "struve": (mp.struveh, (0.5,), [0.1, 9.0]),
    "modstruve": (mp.struvel, (0.5,), [0.1, 9.0]),
    "expn": (mp.expint, (3.0,), [0.1, 9.0]),
    "hyp0f1": (mp.hyp0f1, (0.7,), [-3.0, 0.0, 4.0]),
    "hyp1f1": (mp.hyp1f1, (0.7, 1.3), [-3.0, 0.0, 4.0]),
    "hyp2f1": (mp.hyp2f1, (0.7, 1.2, 2.1), [-0.9, 0.0, 0.9]),
    "hyperu": (mp.hyperu, (0.7, 1.3), [0.1, 9.0]),
    "eval_legendre": (mp.legendre, (4.0,), [-0.5, 0.0, 0.9]),
    "eval_chebyt": (mp.chebyt, (4.0,), [-0.5, 0.1, 0.9]),
    "eval_jacobi": (mp.jacobi, (3.0, 0.7, 1.2), [-0.5, 0.1, 0.9]),
    "eval_genlaguerre": (mp.laguerre, (3.0, 0.7), [0.1, 2.0]),
    "pdtr": (lambda k, m: mp.gammainc(k + 1, m, regularized=True), (2.0,), [0.1, 3.0]),
}


def rows():
    for name, (truth, points) in OF_ONE.items():
        if hasattr(special, name):
            yield pytest.param(getattr(special, name), truth, points, id=name)
    for name, (truth, given, points) in OF_LAST.items():
        function = getattr(special, name)
        yield pytest.param(
            lambda x, f=function, given=given: f(*given, x),
            lambda x, f=truth, given=given: f(*map(mp.mpf, given), x),
            points,
            id=name,
        )


ROWS = [*rows()]
NAMES = ("function", "truth", "points")


def first_and_second(f, x):
    """By differences, of a step and of so many digits that both have twenty that are right.

    From the same three values: to `mp.diff` each derivative takes two or three of its own.
    """
    with mp.workdps(90):
        step = mp.mpf(10) ** -20
        before, at, behind = (f(x + k * step) for k in (-1, 0, 1))
        return float((behind - before) / (2 * step)), float((behind - 2 * at + before) / step**2)


@together
@pytest.mark.parametrize(NAMES, ROWS[::4])
def test_first_and_second_derivatives(function, truth, points):
    """The truth is slow: of the short form is every fourth."""
    check(function, truth, points)


@pytest.mark.slow
@pytest.mark.arithmetic
@together
@pytest.mark.parametrize(NAMES, [row for i, row in enumerate(ROWS) if i % 4])
def test_first_and_second_derivatives_of_the_others(function, truth, points):
    check(function, truth, points)


def check(function, truth, points):
    known = [*zip(*(first_and_second(truth, mp.mpf(x)) for x in points), strict=True)]
    x = np.array(points)
    for mode in MODES:
        found = ad.jacobian(function, mode=mode)(x)
        np.testing.assert_allclose(np.diag(found), known[0], rtol=1e-8, atol=1e-300)
    scale = np.max(np.abs(known[1]))
    for modes in NESTINGS:
        found = ad.hvp(lambda x: np.sum(function(x)), (x,), (np.ones_like(x),), modes=modes)[0]
        np.testing.assert_allclose(found, known[1], rtol=1e-7, atol=1e-12 * scale)


SEVERAL = {
    "beta": (mp.beta, [(0.7, 1.9), (3.0, 40.0)]),
    "betaln": (lambda a, b: mp.log(mp.beta(a, b)), [(0.7, 1.9), (3.0, 40.0)]),
    "binom": (mp.binomial, [(5.5, 2.5)]),
    "poch": (mp.rf, [(1.5, 2.5)]),
    "xlogy": (lambda x, y: x * mp.log(y), [(0.3, 1e-9), (2.0, 3.0)]),
    "xlog1py": (lambda x, y: x * mp.log1p(y), [(0.3, 1e-9), (2.0, 3.0)]),
    "rel_entr": (lambda x, y: x * mp.log(x / y), [(0.3, 0.4)]),
    "kl_div": (lambda x, y: x * mp.log(x / y) - x + y, [(0.3, 0.4), (1e-9, 2.0)]),
    "boxcox": (lambda x, p: (x**p - 1) / p, [(2.0, 0.5), (2.0, 1e-7), (0.1, -2.0)]),
    "agm": (mp.agm, [(1.0, 2.0), (3.0, 3.0), (1.0, 1e-3)]),
    "ellipkinc": (mp.ellipf, [(0.3, 0.5), (4.0, 0.5), (-4.0, 1e-9)]),
    "ellipeinc": (mp.ellipe, [(0.3, 0.5), (4.0, 0.5), (-4.0, 1e-9)]),
    "elliprc": (mp.elliprc, [(0.3, 0.5), (2.0, 0.5)]),
    "elliprf": (mp.elliprf, [(0.3, 0.5, 1.0), (0.7, 0.7, 0.7)]),
    "elliprd": (mp.elliprd, [(0.3, 0.5, 1.0), (0.7, 0.7, 0.7), (0.7, 0.7, 0.7000001)]),
    "elliprg": (mp.elliprg, [(0.3, 0.5, 1.0)]),
    "elliprj": (mp.elliprj, [(0.3, 0.5, 1.0, 2.0), (0.7, 0.9, 1.0, 1.00001)]),
    "owens_t": (
        lambda h, a: (
            mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi)
        ),
        [(0.3, 0.5), (2.0, 3.0)],
    ),
}


def unit_vectors(count):
    return [tuple(row) for row in np.eye(count, dtype=int).tolist()]


@together
@pytest.mark.parametrize("name", SEVERAL)
def test_derivatives_by_each_argument(name):
    truth, points = SEVERAL[name]
    function = getattr(special, name)
    for point in points:
        count = len(point)
        with mp.workdps(30):
            known = [float(mp.diff(truth, point, order)) for order in unit_vectors(count)]
        for mode in MODES:
            found = ad.grad(function, tuple(range(count)), mode=mode)(*point)
            np.testing.assert_allclose(found, known, rtol=1e-8)


COMPLEX = {
    "erf": (mp.erf, [0.3 + 1j, -2 - 0.5j]),
    "erfcx": (lambda z: mp.exp(z * z) * mp.erfc(z), [0.3 + 1j, 9 + 2j]),
    "dawsn": (lambda z: mp.sqrt(mp.pi) / 2 * mp.exp(-z * z) * mp.erfi(z), [0.3 + 1j, 9 + 2j]),
    "wofz": (lambda z: mp.exp(-z * z) * mp.erfc(-1j * z), [0.3 + 1j, -2 - 0.5j]),
    "gamma": (mp.gamma, [0.3 + 1j, -2.5 + 0.5j]),
    "rgamma": (mp.rgamma, [0.3 + 1j, -2.5 + 0.5j]),
    "loggamma": (mp.loggamma, [0.3 + 1j, 4 - 2j]),
    "psi": (mp.digamma, [0.3 + 1j, -2.5 + 0.5j]),
    "exp1": (mp.e1, [0.3 + 1j, 2 - 3j]),
    "spence": (lambda z: mp.polylog(2, 1 - z), [0.3 + 1j, 1.2 + 0.1j]),
    "wrightomega": (lambda z: mp.lambertw(mp.exp(z)), [0.3 + 1j, 2 - 0.5j]),
}


@together
@pytest.mark.parametrize("name", COMPLEX)
def test_holomorphic_functions_at_complex_numbers(name):
    """Forward mode gives the complex derivative, reverse mode pulls by the same factor."""
    truth, points = COMPLEX[name]
    function, z = getattr(special, name), np.array(points)
    with mp.workdps(30):
        known = [complex(mp.diff(truth, mp.mpc(point))) for point in points]
    _, t = ad.jvp(function, (z,), (np.ones_like(z),))
    np.testing.assert_allclose(t, known, rtol=1e-8)
    (ct,) = ad.vjp(function, z)[1](np.ones_like(z))
    np.testing.assert_allclose(ct, known, rtol=1e-8)


ORDERS = """
import sys
import admodes
print("scipy" in sys.modules, "admodes.scipy" in sys.modules)
import scipy.special
print(admodes.grad(scipy.special.erf)(0.0))
for name in [name for name in sys.modules if name.split(".")[0] == "admodes"]:
    del sys.modules[name]
del admodes
import admodes
print("scipy" in sys.modules, "admodes.scipy" in sys.modules)
print(admodes.grad(scipy.special.erf)(0.0))
"""


@pytest.mark.slow
def test_rules_are_there_whichever_was_imported_first():
    """And SciPy is not, before the user imports it: then it is admodes that is imported anew."""
    lines = subprocess.run(
        [sys.executable, "-c", ORDERS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    before, slope, after, again = lines
    assert (before, after) == ("False False", "True False")
    assert float(slope) == float(again) == pytest.approx(2 / np.sqrt(np.pi))
