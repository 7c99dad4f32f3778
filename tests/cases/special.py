"""``scipy.special``: of each function the arguments that have derivatives, the others constants."""

import numpy as np
from scipy import special

from admodes.scipy import special as own
from admodes.scipy.special.gammas import HURWITZ
from admodes.scipy.special.hypergeometric import LAMBERT
from tests.cases import case, normal, positive


def among(low, high, *shape, seed=0):
    return np.random.default_rng(seed).uniform(low, high, shape or (3,))


def by_last(f, *constants):
    """The function of its last argument."""
    return lambda x: f(*constants, x)


UNIT, WIDE = among(0.2, 0.8), np.array([-1.3, 0.4, 2.1])
X = positive(3)
#: the ufuncs behind these
OF_ORDER = [
    getattr(special._ufuncs, f"_spherical_{kind}{suffix}")
    for kind in ("jn", "yn", "in", "kn")
    for suffix in ("", "_d")
]
SPHERICAL = (own.spherical_jn, own.spherical_yn, own.spherical_in, own.spherical_kn)
#: in float64 whatever x is: in float32 SciPy's wave functions may be NaN, or run for ever
LOW, HIGH = np.float64(1.1), np.float64(2.0)

OF_ONE = {
    "erf erfc erfi erfcx dawsn ndtr log_ndtr": WIDE,
    "erfinv logit ndtri ellipk ellipkm1 ellipe": UNIT,
    "erfcinv": 2 * UNIT,
    "ndtri_exp": -X,
    "gamma rgamma gammaln psi": WIDE,
    "loggamma": X,
    "exp2 exp10 expm1 cosm1 sindg cosdg tandg cotdg expit log_expit exprel cbrt": WIDE,
    "log1p entr": X,
    "j0 j1 i0 i1 i0e i1e ber bei berp beip": WIDE,
    "y0 y1 k0 k1 k0e k1e ker kei kerp keip it2struve0": X,
    "itstruve0 itmodstruve0": WIDE,
    "exp1 expi spence": X,
    "wrightomega": WIDE,
    # of several outputs
    "fresnel airy airye shichi sici": X,
    "itairy": UNIT,
    "iti0k0 itj0y0 it2i0k0 it2j0y0": X,
}
#: orders and parameters in front of the one argument that has a derivative
OF_LAST = [
    ("gammainc gammaincc", (1.7,), X),
    ("gammaincinv gammainccinv", (1.7,), UNIT),
    ("betainc betaincc betaincinv betainccinv", (1.3, 2.1), UNIT),
    ("jv yv hankel1e hankel2e jve yve kv kve struve modstruve", (0.5,), X),
    ("jv iv ive", (0.0,), WIDE),
    ("yn kn expn", (2.0,), X),
    ("expn", (0.0,), X),
    ("expn", (1.0,), X),
    ("eval_legendre eval_chebyt eval_chebyu eval_chebyc eval_chebys eval_laguerre", (3.0,), UNIT),
    ("eval_sh_legendre eval_sh_chebyt eval_sh_chebyu", (3.0,), UNIT),
    ("eval_legendre eval_chebyt eval_laguerre eval_chebyc", (0.0,), UNIT),
    ("eval_gegenbauer eval_genlaguerre", (3.0, 0.7), UNIT),
    ("eval_jacobi eval_sh_jacobi", (3.0, 2.7, 1.2), UNIT),
    ("eval_jacobi eval_sh_jacobi", (0.0, 2.7, 1.2), UNIT),
    ("lpmv", (1.0, 3.0), UNIT),
    ("hyp0f1", (0.7,), WIDE),
    ("hyp1f1", (0.7, 1.3), WIDE),
    ("hyperu", (0.7, 1.3), X),
    ("hyp2f1", (0.7, 1.2, 2.1), UNIT),
    ("wright_bessel log_wright_bessel", (0.7, 1.3), X),
    ("chdtr chdtrc stdtr", (3.0,), X),
    ("chdtri stdtrit", (3.0,), UNIT),
    ("fdtr fdtrc", (3.0, 5.0), X),
    ("fdtri", (3.0, 5.0), UNIT),
    ("bdtr bdtrc bdtri", (2.0, np.int64(7)), UNIT),
    ("nbdtr nbdtrc nbdtri", (2, 3), UNIT),
    ("pdtr pdtrc", (2.0,), X),
    ("pdtri", (2.0,), UNIT),
    # of several outputs
    ("pbdv pbvv pbwa", (0.5,), UNIT),
    ("mathieu_cem mathieu_sem", (2.0, LOW), 40 * UNIT),
    ("mathieu_modcem1 mathieu_modcem2 mathieu_modsem1 mathieu_modsem2", (2.0, LOW), UNIT),
    ("pro_ang1 obl_ang1 obl_rad1", (1.0, 2.0, LOW), UNIT),
    ("pro_rad1 pro_rad2", (1.0, 2.0, HIGH), 3 + UNIT),
    ("obl_rad2", (1.0, 2.0, HIGH), 3 + UNIT),
    ("pro_ang1_cv", (1.0, 2.0, LOW, float(special.pro_cv(1, 2, 1.1))), UNIT),
    ("obl_ang1_cv obl_rad1_cv", (1.0, 2.0, LOW, float(special.obl_cv(1, 2, 1.1))), UNIT),
    ("pro_rad1_cv pro_rad2_cv", (1.0, 2.0, HIGH, float(special.pro_cv(1, 2, 2.0))), 3 + UNIT),
    ("obl_rad2_cv", (1.0, 2.0, HIGH, float(special.obl_cv(1, 2, 2.0))), 3 + UNIT),
]
OF_ALL = [
    ("beta betaln poch", (X, 0.3 + X)),
    ("binom", (3 + X, X)),
    ("xlogy rel_entr kl_div xlog1py", (X, UNIT)),
    ("powm1", (X, WIDE)),
    ("huber pseudo_huber", (X, np.array([-3.3, 0.1, 4.1]))),
    ("boxcox boxcox1p inv_boxcox inv_boxcox1p", (X, UNIT)),
    ("boxcox", (X, np.array([0.0, 1e-9, -1e-3]))),
    ("tklmbda", (UNIT, UNIT / 2)),
    ("radian", (X, X, X)),
    ("owens_t agm", (X, 0.3 + X)),
    ("elliprc", (X, 0.3 + X)),
    ("elliprf elliprg elliprd", (X, 0.3 + X, 2 * X)),
    ("elliprj", (X, 0.3 + X, 2 * X, 3 * X)),
    ("elliprd", (X, X, X)),
    ("elliprj", (X, 2 * X, 1.001 * X, 1.001 * X)),
    ("ellipkinc ellipeinc", (np.array([-4.2, 0.3, 1.4]), UNIT)),
    ("ellipj", (np.array([-4.2, 0.3, 1.4]), UNIT)),
    ("voigt_profile", (WIDE, X, UNIT)),
    ("nrdtrimn", (UNIT, X, WIDE)),
]


def each(table):
    """A row at a time, of the functions that this SciPy has."""
    for names, *rest in table:
        for name in names.split():
            if hasattr(special, name):
                yield getattr(special, name), *rest


CASES = [
    *(case(f, f, x) for f, x in each(OF_ONE.items())),
    *(case(f, f, float(x[0])) for f, x in each(OF_ONE.items()) if f.nout == 1),
    *(case(f, by_last(f, *constants), x) for f, constants, x in each(OF_LAST)),
    *(case(f, f, *args) for f, args in each(OF_ALL)),
    # two arguments of a distribution, or a rate, and a shape between them
    *(case(f, lambda a, x, f=f: f(a, 2.1, x), X, UNIT) for f in (special.gdtr, special.gdtrc)),
    case(special.gdtrix, lambda a, p: special.gdtrix(a, 2.1, p), X, UNIT),
    case(special.gdtria, lambda p, x: special.gdtria(p, 2.1, x), UNIT, X),
    case(special.nrdtrisd, lambda m, x: special.nrdtrisd(m, 0.8, x), WIDE, 3 + X),
    case(special.nrdtrisd, lambda p: special.nrdtrisd(0.2, p, 1.9), 0.6 + UNIT / 4),
    case(special.chndtr, lambda x, shift: special.chndtr(x, 3.1, shift), X, 2 * UNIT),
    case(special.chndtrix, lambda p, shift: special.chndtrix(p, 3.1, shift), UNIT, X),
    case(special.chndtrinc, lambda x, p: special.chndtrinc(x, 3.1, p), 2 + X, UNIT / 8),
    case(special.besselpoly, lambda a: special.besselpoly(a, 0.7, 1.0), X),
    # numbers, and shapes that are broadcast
    case(special.xlogy, special.xlogy, 1.5, 0.5),
    case(special.beta, special.beta, normal(3) ** 2 + 1, normal(2, 1, seed=1) ** 2 + 1),
    case(special.jv, lambda x: special.jv(np.array([[0.0], [1.5]], np.float32), x), X),
    case(special.ellipj, special.ellipj, X, UNIT[:2, None]),
    case(special.airy, special.airy, -1.5),
    case(special.airy, special.airy, normal(2, 3)),
    case(special.airy, special.airy, normal(0, 3)),
    # integers as orders: what SciPy gives is a float64 then
    case(special.eval_hermite, lambda x: special.eval_hermite(np.array([0, 1, 4]), x), UNIT),
    case(special.eval_hermitenorm, lambda x: special.eval_hermitenorm(np.array([0, 1, 4]), x), X),
    # zeta is a function of Python, which hands over to a ufunc, and so is Lambert's
    case(HURWITZ, lambda x: special.zeta(2.5, x), X),
    case(LAMBERT, special.lambertw, X),
    # what SciPy writes in Python, and this package once more
    *(case(f, by_last(f, 2), X) for f in OF_ORDER),
    *(case(f, by_last(f, 0), X) for f in OF_ORDER),
    *(case(f, lambda x, f=f: f(2, x), X) for f in SPHERICAL),
    *(case(f, lambda x, f=f: f(0, x), X) for f in SPHERICAL),
    *(case(f, lambda x, f=f: f(np.array([[0], [3]]), x, derivative=True), X) for f in SPHERICAL),
    case(own.logsumexp, own.logsumexp, normal(2, 3)),
    case(own.logsumexp, lambda x: own.logsumexp(x, axis=(0, 2), keepdims=True), normal(2, 3, 4)),
    case(own.logsumexp, lambda x: own.logsumexp(x, axis=-1), 1000 * normal(2, 3)),
    case(own.logsumexp, lambda x, b: own.logsumexp(x, 1, b), normal(2, 3), positive(2, 3)),
    case(own.logsumexp, lambda x: own.logsumexp(x, b=np.array([2.0, 0.0, 1.0])), normal(2, 3)),
    case(
        own.logsumexp,
        lambda x: own.logsumexp(x, b=np.array([1.0, -9.0]), return_sign=True)[0],
        normal(2),
    ),
    case(own.softmax, own.softmax, normal(2, 3)),
    case(own.softmax, lambda x: own.softmax(x, axis=0), 100 * normal(2, 3)),
    case(own.log_softmax, own.log_softmax, normal(2, 3)),
    case(own.log_softmax, lambda x: own.log_softmax(x, axis=1), 1000 * normal(2, 3)),
    case(own.polygamma, lambda x: own.polygamma(np.array([[0], [1], [3]]), x), X),
    case(own.polygamma, lambda x: own.polygamma(2, x), X),
    case(own.multigammaln, lambda x: own.multigammaln(x, 3), 1 + X),
    # complex results, and complex arguments
    *(
        case(f, lambda x, f=f: np.imag((1 + 2j) * f(0.5, x)), X)
        for f in (special.hankel1, special.hankel2)
    ),
    *(
        case(f, lambda x, f=f: [np.imag((1 + 2j) * y) for y in f(x)], X)
        for f in (special.kelvin, special.modfresnelp, special.modfresnelm)
    ),
    *(
        case(f, lambda x, f=f: np.real(f(x + 0.3j) * (1 + 2j)), np.array([-1.5, 0.4, 1.5]))
        for f in (special.wofz, special.erf, special.erfcx, special.dawsn, special.gamma)
    ),
    *(
        case(f, lambda x, f=f: np.real(f(x + 0.3j) * (1 + 2j)), np.array([-1.5, 0.4, 1.5]))
        for f in (special.rgamma, special.loggamma, special.psi, special.expi, special.spence)
    ),
    case(special.jv, lambda x: np.real(special.jv(0.5, x + 0.3j) * (1 + 2j)), X),
    case(special.elliprf, lambda x: np.real(special.elliprf(x + 0.3j, 1.0, 2.0)), X),
    # removable singularities, and where a difference cancels
    case(special.exprel, special.exprel, np.array([0.0, 1e-9, -1e-3])),
    case(special.spence, special.spence, np.array([1.0, 1 + 1e-9, 1.3])),
    case(special.rgamma, special.rgamma, np.array([0.0, -1.0, -2.0])),
    case(special.j1, special.j1, np.array([0.0, 1e-9])),
    case(special.it2i0k0, lambda x: special.it2i0k0(x)[0], np.array([1e-9, 0.9, 1.1])),
    case(special.beip, special.beip, np.array([0.0, 1e-9])),
    case(special.ellipk, special.ellipk, np.array([0.0, 1e-9, -3.0])),
    case(special.ellipkinc, special.ellipkinc, np.array([0.3, 1.0]), np.array([0.0, 1e-9])),
    case(special.agm, special.agm, X, X),
    case(special.erfcx, special.erfcx, np.array([7.9, 8.1, 1e3, 1e9])),
    case(special.dawsn, special.dawsn, np.array([-8.1, 7.9, 1e3])),
    case(special.log_ndtr, special.log_ndtr, np.array([-1e3, -30.0, 30.0])),
    # infinite slopes that nothing depends on
    case(
        special.entr,
        lambda x: np.where(x > 0, special.entr(x), 0.0),
        np.array([0.0, 0.5]),
        kink=True,
    ),
    case(special.xlogy, lambda y: special.xlogy(0.0, y), np.array([0.0, 0.5])),
    case(special.i0e, special.i0e, np.array([0.0, 1.0]), kink=True),
]
