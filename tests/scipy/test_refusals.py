"""Functions of ``scipy.special`` that are refused: none drops a derivative, and each says why."""

import warnings

import numpy as np
import pytest

import admodes as ad
from tests.helpers import MODES, together

pytest.importorskip("scipy", reason="it tests what is refused of SciPy, which is not installed")
from scipy import special

from admodes.core.declaring import FUNCTIONS, REFUSED, UFUNCS
from admodes.modes.users.registering import REGISTERED
from admodes.scipy import special as own

X = np.array([0.3, 0.6])
PLAIN = {
    **{name: lambda x, name=name: getattr(special, name)(x) for name in ("logsumexp", "softmax")},
    "log_softmax": lambda x: special.log_softmax(x),
    "polygamma": lambda x: special.polygamma(1, x),
    "multigammaln": lambda x: special.multigammaln(x + 3, 2),
    **{
        name: lambda x, name=name: getattr(special, name)(2, x)
        for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")
    },
    "diric": lambda x: special.diric(x, 7),
    "comb": lambda x: special.comb(x + 3, 2),
    "perm": lambda x: special.perm(x + 3, 2),
    "factorial": lambda x: special.factorial(x),
    "factorial2": lambda x: special.factorial2(x),
    "factorialk": lambda x: special.factorialk(x, 3),
    "legendre_p": lambda x: special.legendre_p(2, x),
    "legendre_p_all": lambda x: special.legendre_p_all(2, x),
    "assoc_legendre_p": lambda x: special.assoc_legendre_p(2, 1, x),
    "assoc_legendre_p_all": lambda x: special.assoc_legendre_p_all(2, 1, x),
    "sph_harm_y": lambda x: special.sph_harm_y(2, 1, x, x),
    "sph_harm_y_all": lambda x: special.sph_harm_y_all(2, 1, x, x),
    "sph_legendre_p": lambda x: special.sph_legendre_p(2, 1, x),
    "sph_legendre_p_all": lambda x: special.sph_legendre_p_all(2, 1, x),
    "lqn": lambda x: special.lqn(2, x),
    "lqmn": lambda x: special.lqmn(1, 2, x[0]),
    **{
        name: lambda x, name=name: getattr(special, name)(2, x[0])
        for name in ("riccati_jn", "riccati_yn", "lmbda", "mathieu_even_coef", "mathieu_odd_coef")
    },
    **{
        name: lambda x, name=name: getattr(special, name)(2.0, x[0])
        for name in ("pbdn_seq", "pbdv_seq", "pbvv_seq")
    },
    **{
        name: lambda x, name=name: getattr(special, name)(1, 2, x[0])
        for name in ("pro_cv_seq", "obl_cv_seq")
    },
    "ellip_harm": lambda x: special.ellip_harm(1.0, 2.0, 1, 1, x),
    "ellip_harm_2": lambda x: special.ellip_harm_2(1.0, 2.0, 1, 1, x + 3),
    "ellip_normal": lambda x: special.ellip_normal(x[0], 2.0, 1, 1),
    "roots_jacobi": lambda x: special.roots_jacobi(3, x[0], 0.4),
    "roots_sh_jacobi": lambda x: special.roots_sh_jacobi(3, 1 + x[0], 0.4),
    "roots_genlaguerre": lambda x: special.roots_genlaguerre(3, x[0]),
    "roots_gegenbauer": lambda x: special.roots_gegenbauer(3, x[0]),
    "stirling2": lambda x: special.stirling2(x, 2),
    "bernoulli": lambda x: special.bernoulli(x[0]),
    "euler": lambda x: special.euler(x[0]),
}
PLAIN = {name: call for name, call in PLAIN.items() if hasattr(special, name)}


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("call", PLAIN.values(), ids=PLAIN)
def test_what_scipy_writes_in_python_drops_no_derivative(call, mode):
    """Ours says so, or SciPy wants a plain number: it has checks of its own before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of SciPy's: functions that it means to drop
        with pytest.raises(
            (TypeError, ValueError, NotImplementedError),
            match=r"carries derivatives|plain value|must be scalars|integer|no derivative",
        ):
            ad.jvp(call, (X,), (X,)) if mode == "forward" else ad.vjp(call, X)


def test_each_of_them_has_been_tried():
    refused = {
        name
        for name in dir(special)
        if not isinstance(getattr(special, name), np.ufunc) and _is_refused(getattr(special, name))
    }
    aliases = {"j_roots", "js_roots", "la_roots", "cg_roots"}
    assert refused - aliases == set(PLAIN)


def _is_refused(thing):
    return any(thing is each for each in REFUSED)


@together
@pytest.mark.parametrize("name", own.__all__)
def test_those_of_this_package_are_named_where_scipys_are_refused(name):
    assert f"admodes.scipy.special.{name}" in REFUSED[getattr(special, name)]


def test_every_ufunc_is_declared_or_refused():
    """This holds the tables to the list of the SciPy that is installed."""
    ufuncs = {f for f in vars(special).values() if isinstance(f, np.ufunc)}
    assert len(ufuncs) > 200
    known = {*UFUNCS, *FUNCTIONS, *REFUSED}
    assert not [f.__name__ for f in ufuncs if f not in known]


@together
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda x: special.zetac(x + 2), "zeta function by the exponent"),
        (lambda x: special.zeta(x + 2), "zeta function by the exponent"),
        (lambda x: special.zeta(x + 2, 1.5), "zeta function by the exponent"),
        (lambda x: special.jv(x, 1.0), r"scipy\.special\.jv .*argument 0.*order"),
        (lambda x: special.gammainc(x, 1.0), r"scipy\.special\.gammainc .*argument 0"),
        (lambda x: special.ncfdtr(3.0, 4.0, 1.0, x), "noncentral"),
        (lambda x: special.airye(x + 1j), r"scipy\.special\.airye .*complex numbers"),
        (lambda x: special.ive(1.0, x + 1j), r"scipy\.special\.ive .*complex numbers"),
    ],
)
def test_the_error_says_which_argument_and_why(call, reason, mode):
    with pytest.raises(NotImplementedError, match=reason):
        ad.jvp(call, (X,), (X,)) if mode == "forward" else ad.vjp(call, X)


def test_the_advice_to_register_a_rule_works_as_it_is_written():
    advised = [f for f, reason in REFUSED.items() if "admodes.register_rule" in reason]
    assert len(advised) > 20
    for function in advised:
        ad.register_rule(function, lambda *args: 3 * args[-1])
        try:
            assert ad.grad(lambda x, f=function: f(*[1.0] * (f.nin - 1), x))(0.5) == 3.0
        finally:
            REGISTERED.discard(function)
            del FUNCTIONS[function]
