"""docs/coverage.md: every function of NumPy's that takes arrays is on it, and each line is so."""

import warnings

import numpy as np
import pytest
from numpy.polynomial import polynomial

import admodes as ad
from admodes.core.declaring import FUNCTIONS, REFUSED, UFUNCS, full_name
from admodes.primitives import MAKERS
from docs import coverage
from tests.docs.pages import read
from tests.helpers import together

PAGE = read("docs/coverage.md")
X = np.array([0.5, 0.25, 0.75])
MODES = {"forward": lambda f: ad.jvp(f, (X,), (X,)), "reverse": lambda f: ad.vjp(f, X)}


def is_of_the_page(section):
    """Whether the page is of the release that runs here: another may have other functions."""
    return f"In {coverage.version(section)}:" in PAGE


def without_rule(section):
    """What is neither declared nor refused with a reason, and is not new in this release."""
    for function, names in coverage.functions(section).items():
        known = is_of_the_page(section) or f"`{names[0]}`" in PAGE
        if known and coverage.status(function).kind == coverage.NOTHING:
            yield names[0]


@together
@pytest.mark.parametrize("section", coverage.SECTIONS, ids=lambda section: section.module)
def test_the_page_says_what_the_registry_says(section):
    if not is_of_the_page(section):
        pytest.skip(f"the page is of another release than {coverage.version(section)}")
    assert coverage.table(section).rstrip() in PAGE, "run: python -m docs.coverage"


def test_the_page_is_all_that_is_written():
    if not coverage.HAS_SCIPY:
        pytest.skip("the page lists scipy.special too, and SciPy is not installed")
    if not all(map(is_of_the_page, coverage.SECTIONS)):
        pytest.skip("the page is of another release")
    assert coverage.page() == PAGE, "run: python -m docs.coverage"


def test_every_function_has_a_rule_or_a_reason_for_none():
    found = {section.module: set(without_rule(section)) for section in coverage.SECTIONS}
    assert not {module: names for module, names in found.items() if names}
    assert coverage.NOTHING not in PAGE


def test_a_function_that_is_new_is_noticed(monkeypatch):
    section = coverage.Section("numpy.fft")
    before = coverage.table(section)

    def spiral(x):
        return x

    monkeypatch.setattr(np.fft, "spiral", spiral, raising=False)
    monkeypatch.setattr(np.fft, "__all__", [*np.fft.__all__, "spiral"])
    assert coverage.status(spiral).kind == coverage.NOTHING
    assert "`spiral` | no rule yet" in coverage.table(section)
    assert "spiral" not in before


@together
@pytest.mark.parametrize(
    "module",
    [section.module for section in coverage.SECTIONS if section.module in coverage.NO_ARRAYS],
)
def test_what_takes_no_arrays_has_no_rule(module):
    """What is left out is there, and nobody has declared it."""
    found = coverage.resolved(module)
    for name in coverage.NO_ARRAYS[module] & set(dir(found)):
        assert getattr(found, name) not in {*FUNCTIONS, *UFUNCS, *MAKERS, *REFUSED}, name


def test_nothing_is_both_declared_and_refused():
    assert not set(REFUSED) & {*FUNCTIONS, *UFUNCS, *MAKERS, *coverage.AS_THEY_ARE}


HANDED_OVER = [f for f in REFUSED if isinstance(f, np.ufunc) or hasattr(f, "_implementation")]


@together
@pytest.mark.parametrize("function", HANDED_OVER, ids=full_name)
@pytest.mark.parametrize("mode", MODES)
def test_a_function_that_is_refused_says_why(function, mode):
    def refused(x):
        if isinstance(function, np.ufunc):
            return x.__array_ufunc__(function, "__call__", *[x] * function.nin)
        return x.__array_function__(function, (type(x),), (x,), {})

    with pytest.raises(NotImplementedError) as raised:
        MODES[mode](refused)
    assert REFUSED[function] in str(raised.value)


UNASKED = {
    "asarray_chkfinite": np.asarray_chkfinite,
    "asmatrix": np.asmatrix,
    "as_strided": np.lib.stride_tricks.as_strided,
    "bmat": lambda x: np.bmat([[x]]),
    "broadcast": lambda x: np.broadcast(x, x),
    "c_": lambda x: np.c_[x, x],
    "from_dlpack": np.from_dlpack,
    "ndenumerate": np.ndenumerate,
    "nditer": np.nditer,
    "nested_iters": lambda x: np.nested_iters([np.outer(x, x)], [[0], [1]]),
    "r_": lambda x: np.r_[x, 1],
    "vectorize": lambda x: np.vectorize(np.sin)(x),
    "Polynomial": lambda x: np.polynomial.Polynomial([1.0, 2.0])(x),
    "format_float_positional": lambda x: np.format_float_positional(x[0]),
    "format_float_scientific": lambda x: np.format_float_scientific(x[0]),
    **{
        name: lambda x, name=name: getattr(np, name)(x[0])
        for name in ("bartlett", "blackman", "hamming", "hanning")
    },
    "kaiser": lambda x: np.kaiser(3, x[0]),
    **{
        name: lambda x, name=name: getattr(polynomial, name)(x, [1.0, 2.0])
        for name in ("polyadd", "polydiv", "polymul", "polysub")
    },
    **{
        name: getattr(polynomial, name)
        for name in ("polycompanion", "polyder", "polyfromroots", "polyint", "polymulx")
    },
    "polyfit": lambda x: polynomial.polyfit(X, x, 1),
    "polyline": lambda x: polynomial.polyline(x[0], x[1]),
    "polypow": lambda x: polynomial.polypow(x, 2),
    "polyroots": polynomial.polyroots,
    "polytrim": polynomial.polytrim,
    "polyvander": lambda x: polynomial.polyvander(x, 2),
    "polyvander2d": lambda x: polynomial.polyvander2d(x, x, [1, 1]),
    "polyvander3d": lambda x: polynomial.polyvander3d(x, x, x, [1, 1, 1]),
    "polygrid3d": lambda x: polynomial.polygrid3d(X, X, X, x),
    "polyval3d": lambda x: polynomial.polyval3d(x, x, x, np.ones((2, 2, 2))),
}


@together
@pytest.mark.parametrize("call", UNASKED.values(), ids=UNASKED)
@pytest.mark.parametrize("mode", MODES)
def test_what_numpy_hands_over_to_nobody_cannot_be_given_an_expression(call, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy's, that a matrix is not for new code
        with pytest.raises(TypeError, match=r"carries derivatives|plain value"):
            MODES[mode](call)


def test_each_that_is_handed_to_nobody_has_been_tried():
    left = {id(f) for f in REFUSED} - {id(f) for f in HANDED_OVER}
    named = {
        name
        for section in coverage.SECTIONS
        if section.module.startswith("numpy")  # tests/scipy/test_refusals.py tries SciPy's
        for function, names in coverage.functions(section).items()
        for name in names
        if id(function) in left
    }
    assert named - {"poly1d"} == set(UNASKED)


def stacked(name):
    def call(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy's, of the name
            return getattr(np, name)([x, x * x])

    return call


RUN = {
    np.isfortran: (np.isfortran, False),
    np.isscalar: (np.isscalar, False),
    np.iterable: (np.iterable, True),
    **{getattr(np, n): (stacked(n), None) for n in coverage.OLD_NAMES if hasattr(np, n)},
    np.fft.fftfreq: (lambda x: np.fft.fftfreq(4, x[0]), None),
    np.fft.rfftfreq: (lambda x: np.fft.rfftfreq(4, x[0]), None),
    polynomial.polyval: (lambda x: polynomial.polyval(x, [1.0, 2.0, 3.0]), None),
    polynomial.polyvalfromroots: (lambda x: polynomial.polyvalfromroots(x[0], [1.0, 2.0]), None),
}

if coverage.HAS_SCIPY:
    from scipy import special

    CALLS = {
        **{
            name: lambda x, name=name: getattr(special, name)(1.5, x, 2)
            for name in ("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp")
        },
        "assoc_laguerre": lambda x: special.assoc_laguerre(x, 2, 0.5),
        "lambertw": special.lambertw,
        "softplus": lambda x: special.softplus(x),
        "zeta": lambda x: special.zeta(2.5, x),
        **{
            name: lambda x, name=name: getattr(special, name)(3)(x)
            for name in ("legendre", "chebyt", "chebyu", "chebyc", "chebys", "laguerre", "hermite")
        },
        **{
            name: lambda x, name=name: getattr(special, name)(3)(x)
            for name in ("hermitenorm", "sh_legendre", "sh_chebyt", "sh_chebyu")
        },
        **{
            name: lambda x, name=name: getattr(special, name)(3, 0.7)(x)
            for name in ("genlaguerre", "gegenbauer")
        },
        **{
            name: lambda x, name=name: getattr(special, name)(3, 1.7, 0.4)(x)
            for name in ("jacobi", "sh_jacobi")
        },
    }
    RUN |= {
        getattr(special, name): (call, None)
        for name, call in CALLS.items()
        if hasattr(special, name)
    }


@together
@pytest.mark.parametrize("function", coverage.AS_THEY_ARE, ids=full_name)
def test_what_runs_as_it_is(function):
    call, told = RUN[function]
    if coverage.AS_THEY_ARE[function][0] == coverage.CONSTANT:
        assert call(X) is told
        for run in MODES.values():
            run(lambda x: x * (call(x) is told))
    else:
        ad.testing.check_derivatives(call, X)
        ad.testing.check_modes(call, X)


@together
@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (np.sin, coverage.RULE),
        (np.linalg.solve, coverage.RULE),
        (np.sum, coverage.RULE),
        (np.hstack, coverage.COMPOSED),
        (np.argsort, coverage.CONSTANT),
        (np.floor, coverage.CONSTANT),
        (np.zeros, coverage.MAKES),
        (np.zeros_like, coverage.MAKES),
        (np.copyto, coverage.WRITES),
        (np.gcd, coverage.REFUSES),
    ],
)
def test_the_status_of_a_function(function, kind):
    assert coverage.status(function).kind == kind


@together
@pytest.mark.parametrize(
    ("ufunc", "name", "seen"),
    [
        (np.add, "reduce", "yes"),
        (np.add, "at", "yes"),
        (np.logical_or, "reduce", coverage.CONSTANT),
        (np.divmod, "outer", "yes"),
        (np.sin, "reduce", "–"),
        (np.matmul, "reduce", "–"),
    ],
)
def test_the_methods_of_a_ufunc(ufunc, name, seen):
    assert coverage.method(ufunc, name) == seen
