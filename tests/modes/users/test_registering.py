"""A rule of the user's own for a function of NumPy or SciPy is found where that is called."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy._core.overrides import array_function_dispatch

import admodes as ad
from admodes.core.declaring import FUNCTIONS
from admodes.modes.users import registering
from admodes.testing import check_derivatives, check_modes
from tests.helpers import MODES, NESTINGS, X, same

PAGE = Path(__file__).parents[3] / "docs" / "own-rules.md"
EXAMPLES = re.findall(r"```py(?:thon)?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(registering, "REGISTERED", set(registering.REGISTERED))
    before = dict(FUNCTIONS)
    yield
    FUNCTIONS.clear()
    FUNCTIONS.update(before)


def a_ufunc(function, arguments=1):
    """As those of SciPy are: of floats, and known to nobody here."""
    ufunc = np.frompyfunc(function, arguments, 1)

    def floats(*args):
        y = ufunc(*args)
        return y.astype(float) if isinstance(y, np.ndarray) else y

    return ufunc, floats


#: the derivative at 1 of Kolmogorov's distribution function, by its series
KOLMOGOROV = 8 * sum((-1) ** k * k * k * np.exp(-2.0 * k * k) for k in range(1, 9))
CUBE, cube = a_ufunc(lambda x: x**3)
CUBED = ad.elementwise(cube, lambda _y, x: 3 * x * x)


@pytest.mark.parametrize("mode", MODES)
def test_a_ufunc(mode):
    with pytest.raises(NotImplementedError, match=r"admodes\.register_rule\(.*, rule\)"):
        ad.grad(CUBE, mode=mode)(2.0)
    ad.register_rule(CUBE, CUBED)
    assert ad.grad(CUBE, mode=mode)(2.0) == 12.0
    for chunk_size in (1, None):
        same(ad.jacobian(CUBE, mode=mode, chunk_size=chunk_size)(X), np.diag(3 * X**2))


def test_every_face_finds_it():
    ad.register_rule(CUBE, CUBED)

    def f(x):
        return np.sum(CUBE(x) * x[0])

    for modes in NESTINGS:
        same(ad.hessian(f, modes=modes)(X), ad.hessian(lambda x: np.sum(x**3 * x[0]))(X))
    x = ad.variable(X)
    np.sum(CUBE(x)).backward()
    same(x.grad, 3 * X**2)
    same(ad.grad(ad.checkpoint(lambda x: np.sum(CUBE(x))))(X), 3 * X**2)
    check_modes(lambda x: np.sum(np.power.outer(x, [1.0, 2.0])) + np.sum(CUBE(x)), np.abs(X))


@pytest.mark.parametrize("mode", MODES)
def test_a_ufunc_of_two_arguments_and_its_methods(mode):
    ufunc, floats = a_ufunc(lambda a, b: a * b * b, 2)
    rule = ad.elementwise(floats, lambda _y, _a, b: b * b, lambda _y, a, b: 2 * a * b)
    ad.register_rule(ufunc, rule)
    same(ad.grad(lambda x: np.sum(ufunc(x, 3.0)), mode=mode)(X), np.full_like(X, 9.0))
    same(ad.grad(lambda x: np.sum(ufunc(3.0, x)), mode=mode)(X), 6 * X)
    outer = ad.jacobian(lambda x: np.sum(ufunc.outer(x, X), axis=1), mode=mode)(X)
    same(outer, np.eye(X.size) * np.sum(X * X))
    with pytest.raises(NotImplementedError, match="where= has no derivative rule"):
        ad.grad(lambda x: np.sum(ufunc(x, x, where=X > 0)), mode=mode)(X)


@array_function_dispatch(lambda x, period=None: (x,))
def sawtooth(x, period=1.0):
    """It hands over to its arguments, as NumPy's functions do, all of which have rules."""
    return np.asarray(x) % period


@pytest.mark.parametrize("mode", MODES)
def test_a_function_of_numpy_with_parameters(mode):
    with pytest.raises(NotImplementedError, match=r"register_rule\(.*sawtooth, rule\)"):
        ad.jacobian(sawtooth, mode=mode)(X)
    ad.register_rule(
        sawtooth, ad.custom(sawtooth, push=lambda r, t: 2 * t, pull=lambda r, ct: 2 * ct)
    )
    y, _ = ad.vjp(lambda x: sawtooth(x, period=0.5), X)
    np.testing.assert_array_equal(y, X % 0.5)
    same(ad.jacobian(lambda x: sawtooth(x, period=0.5), mode=mode)(X), 2 * np.eye(X.size))
    with pytest.raises(TypeError, match=r"sawtooth, which has .* by position"):
        ad.jacobian(lambda x: sawtooth(x=x), mode=mode)(X)


def test_numpy_code_may_stand_for_a_function():
    ad.register_rule(sawtooth, lambda x: x - np.floor(x))
    check_derivatives(lambda x: np.sum(sawtooth(x) ** 3), X / 10, order=2)


def test_a_second_registration_replaces_the_first():
    ad.register_rule(CUBE, ad.elementwise(cube, 0.0))
    ad.register_rule(CUBE, CUBED)
    assert ad.grad(CUBE)(2.0) == 12.0


@pytest.mark.parametrize("known", [np.sin, np.sum, np.floor, np.modf, np.argmax])
def test_what_has_a_rule_keeps_it(known):
    before = FUNCTIONS.get(known)
    with pytest.raises(ValueError, match=rf"np\.{known.__name__} has a derivative rule already"):
        ad.register_rule(known, CUBED)
    assert FUNCTIONS.get(known) is before


@pytest.mark.parametrize(
    ("function", "rule", "message"),
    [
        (np.linspace(0, 1), CUBED, "does not hand over to its arguments"),
        (np.hanning, CUBED, r"np\.hanning does not hand over .* call the rule in place of the"),
        (lambda x: x, CUBED, "does not hand over"),
        (CUBE, None, "must be a function: what admodes.elementwise"),
        (CUBE, 3.0, "not a float"),
    ],
)
def test_what_cannot_be_registered(function, rule, message):
    with pytest.raises(TypeError, match=message):
        ad.register_rule(function, rule)
    with pytest.raises(NotImplementedError):
        ad.grad(CUBE)(1.0)


@pytest.mark.parametrize("code", [code for code in EXAMPLES if "register_rule" in code])
def test_the_examples_of_the_page(code):
    if "scipy" in code:
        pytest.importorskip("scipy")
    lines = code.rstrip().splitlines()
    names: dict = {}
    exec("\n".join(lines[:-1]), names)
    found = eval(lines[-1], names)
    same(found, np.eye(3) / 2 if "softplus" in code else np.full(3, KOLMOGOROV))


def test_special_functions_of_scipy():
    """Those that have a rule here keep it; those that are refused get one."""
    special = pytest.importorskip("scipy.special")
    with pytest.raises(ValueError, match=r"scipy\.special\.erf has a derivative rule already"):
        ad.register_rule(special.erf, np.tanh)
    with pytest.raises(NotImplementedError, match=r"scipy\.special\.zetac has no derivative"):
        ad.grad(special.zetac)(3.0)

    def slope(_y, x):
        return np.sum(np.stack([-np.log(k) * k**-x for k in range(2, 200)]), axis=0)

    ad.register_rule(special.zetac, ad.elementwise(special.zetac, slope))
    check_derivatives(lambda x: np.sum(special.zetac(x)), np.abs(X) + 8, order=2)
