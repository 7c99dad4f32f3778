"""Functions of ``scipy.special`` without a rule: those that need none, and why others have none.

They are named, not taken, as in :mod:`admodes.scipy.special.declaring`.
"""

from scipy import special

from admodes.core.declaring import SEEN_THROUGH, refused
from admodes.scipy.special import __all__ as in_their_place
from admodes.scipy.special.gammas import RIEMANN, ZETA


def _refused(reason: str, *names: str) -> None:
    refused(reason, *(getattr(special, name) for name in names if hasattr(special, name)))


_GIVE = (
    ": give it admodes.stop_gradient(x), or the function a rule of your own, by "
    "admodes.register_rule"
)

# --- Python functions that do no more than call ufuncs --------------------------------------------

SEEN_THROUGH.update(
    getattr(special, name)
    for name in (
        *("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp"),
        *("assoc_laguerre", "lambertw", "softplus", "zeta"),
        *("legendre", "chebyt", "chebyu", "chebyc", "chebys", "jacobi", "laguerre"),
        *("genlaguerre", "hermite", "hermitenorm", "gegenbauer", "sh_legendre", "sh_chebyt"),
        *("sh_chebyu", "sh_jacobi"),
    )
    if hasattr(special, name)
)

# --- Ufuncs whose derivative is no function that can be evaluated in closed form ------------------

refused(f"has no derivative rule: {ZETA}: give it admodes.stop_gradient(x)", RIEMANN)
_refused(f"has no derivative rule: {ZETA}{_GIVE}", "zetac")
_refused(
    "has no derivative rule: the derivative of an eigenvalue by a parameter of its equation has no "
    "closed form" + _GIVE,
    *("mathieu_a", "mathieu_b", "pro_cv", "obl_cv"),
)
_refused(
    f"has no derivative rule: the density of a test's statistic has no closed form{_GIVE}",
    *("kolmogorov", "kolmogi", "smirnov", "smirnovi"),
)
_refused(
    "has no derivative rule: the density of a noncentral F or t distribution is an infinite series"
    + _GIVE,
    *("ncfdtr", "ncfdtri", "ncfdtridfd", "ncfdtridfn", "ncfdtrinc"),
    *("nctdtr", "nctdtridf", "nctdtrinc", "nctdtrit"),
)
_refused(
    "has no derivative rule: it finds the parameter of an incomplete integral, by which that has "
    "no derivative in closed form" + _GIVE,
    *("bdtrik", "bdtrin", "btdtria", "btdtrib", "chdtriv", "chndtridf", "fdtridfd", "gdtrib"),
    *("nbdtrik", "nbdtrin", "pdtrik", "stdtridf"),
)

# --- Python functions, which make plain arrays of their arguments before anybody is asked ---------

for _name in in_their_place:
    _refused(
        f"makes a plain array, and asks nobody: use admodes.scipy.special.{_name}, of the same "
        "arguments",
        _name,
    )
_PLAIN = "makes a plain array, and asks nobody: write it by functions that have a rule: "
_refused(_PLAIN + "sin(n * x / 2) / (n * sin(x / 2))", "diric")
_refused(_PLAIN + "scipy.special.binom(n, k)", "comb")
_refused(_PLAIN + "scipy.special.poch(n - k + 1, k)", "perm")
_refused(_PLAIN + "scipy.special.gamma(x + 1)", "factorial")
_refused(
    _PLAIN + "scipy.special.gamma(x / k + 1), times a power of k", *("factorial2", "factorialk")
)
_refused(
    _PLAIN + "scipy.special.eval_legendre(n, x), or scipy.special.lpmv(m, n, x)",
    *("legendre_p", "legendre_p_all", "assoc_legendre_p", "assoc_legendre_p_all", "lqn", "lqmn"),
    *("lpn", "lpmn", "clpmn"),
)
_refused(
    _PLAIN + "scipy.special.lpmv(m, n, np.cos(theta)), and np.exp(1j * m * phi)",
    *("sph_harm", "sph_harm_y", "sph_harm_y_all", "sph_legendre_p", "sph_legendre_p_all"),
)
_refused(
    "takes one plain number, and gives all orders: write them by functions that have a rule: "
    "x * admodes.scipy.special.spherical_jn(n, x), and spherical_yn",
    *("riccati_jn", "riccati_yn"),
)
_refused(
    "takes one plain number, and gives all orders: write them by functions that have a rule: "
    "scipy.special.pbdv(v, x), and pbvv",
    *("pbdn_seq", "pbdv_seq", "pbvv_seq"),
)
_refused(
    "takes one plain number, and gives all orders: write them by functions that have a rule: "
    "scipy.special.jv(v, x)",
    "lmbda",
)
_refused(
    "takes plain numbers alone: the derivative by a parameter of an equation has no closed form",
    *("mathieu_even_coef", "mathieu_odd_coef", "pro_cv_seq", "obl_cv_seq"),
)
_refused(
    "takes plain numbers alone: the derivative by a parameter of ellipsoidal harmonics has no "
    "closed form",
    *("ellip_harm", "ellip_harm_2", "ellip_normal"),
)
_refused(
    "takes plain parameters alone: the derivatives of nodes and weights by a parameter have no "
    "closed form",
    *("roots_jacobi", "roots_genlaguerre", "roots_gegenbauer", "roots_sh_jacobi"),
)
_refused(
    "takes integers alone",
    *("stirling2", "bernoulli", "euler"),
)
