"""``docs/coverage.md``: every function of NumPy's, and of ``scipy.special``, that takes arrays.

It says what becomes of each here.

``python -m docs.coverage`` writes it. What each line says is read from the registry
(:mod:`admodes.core.declaring`), and for the methods of ufuncs seen from a call of them.
"""

import importlib
import importlib.util
import types
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import polynomial

import admodes
from admodes.core.declaring import CONSTANTS, FUNCTIONS, PRIMITIVES, REFUSED, SEEN_THROUGH, UFUNCS
from admodes.core.rules import Primitive
from admodes.primitives import MAKERS

PAGE = Path(__file__).with_name("coverage.md")

RULE, COMPOSED, CONSTANT = "rule", "composed", "constant"
MAKES, WRITES, REFUSES, NOTHING = "makes an array", "writes", "refused", "no rule yet"
MEANING = {
    RULE: "a derivative rule of its own",
    COMPOSED: "written in functions that have one",
    CONSTANT: "no derivative, or zero; the value is NumPy's",
    MAKES: "`like=x`, or as `x` is: an array that can be written into",
    WRITES: "into an array that is there already",
    REFUSES: "the error says why, and what to write",
}
#: Files of `admodes/primitives`, and what is in them.
FAMILIES = {"making": MAKES, "in_place": WRITES}
METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")

#: What takes no arrays, or is given them only to say something of their type: no line is theirs.
NO_ARRAYS = {
    "numpy": {
        *("base_repr", "binary_repr", "broadcast_shapes", "datetime_data", "diag_indices"),
        *("frompyfunc", "fromregex", "get_include", "get_printoptions", "getbufsize", "geterr"),
        *("geterrcall", "indices", "info", "isdtype", "issubdtype", "load", "mask_indices"),
        *("mintypecode", "printoptions", "promote_types", "set_printoptions", "setbufsize"),
        *("seterr", "seterrcall", "show_config", "show_runtime", "test", "tril_indices"),
        *("triu_indices", "typename"),
    },
    "numpy.linalg": {"test"},
    "numpy.fft": {"test"},
    "scipy.special": {
        *("geterr", "seterr", "ai_zeros", "bi_zeros", "erf_zeros", "bei_zeros", "beip_zeros"),
        *("ber_zeros", "berp_zeros", "kei_zeros", "keip_zeros", "ker_zeros", "kerp_zeros"),
        *("kelvin_zeros", "fresnel_zeros", "fresnelc_zeros", "fresnels_zeros", "jn_zeros"),
        *("jnp_zeros", "jnjnp_zeros", "jnyn_zeros", "yn_zeros", "ynp_zeros", "y0_zeros"),
        *("y1_zeros", "y1p_zeros", "roots_legendre", "roots_chebyt", "roots_chebyu"),
        *("roots_chebyc", "roots_chebys", "roots_laguerre", "roots_hermite", "roots_hermitenorm"),
        *("roots_sh_legendre", "roots_sh_chebyt", "roots_sh_chebyu", "p_roots", "t_roots"),
        *("u_roots", "c_roots", "s_roots", "l_roots", "h_roots", "he_roots", "ps_roots"),
        *("ts_roots", "us_roots"),
    },
}
#: Names that warn that they are old, and that a release to come may do without.
OLD_NAMES = {"row_stack": (COMPOSED, "by NumPy itself, which calls `np.vstack`")}
#: Plain Python code of NumPy's that runs on expressions as it is, with what it does for them.
AS_THEY_ARE: dict[Callable[..., Any], tuple[str, str]] = {
    np.isfortran: (CONSTANT, "of the order in memory"),
    np.isscalar: (CONSTANT, "false, as of an array"),
    np.iterable: (CONSTANT, ""),
    **{getattr(np, name): is_ for name, is_ in OLD_NAMES.items() if hasattr(np, name)},
    np.fft.fftfreq: (COMPOSED, "in `d`, by NumPy itself"),
    np.fft.rfftfreq: (COMPOSED, "in `d`, by NumPy itself"),
    polynomial.polyval: (
        COMPOSED,
        "in `x`, by NumPy itself; for coefficients that carry derivatives use `np.polyval`",
    ),
    polynomial.polyvalfromroots: (
        COMPOSED,
        "in `x`, by NumPy itself; for roots that carry derivatives use `np.prod(x - roots)`",
    ),
}
HAS_SCIPY = importlib.util.find_spec("scipy") is not None
if HAS_SCIPY:
    importlib.import_module("admodes.scipy.special")  # which declares its rules
#: In which argument, for those of SciPy's by name; of all others the polynomial takes it.
IN = {
    **dict.fromkeys(("jvp", "yvp", "ivp", "kvp", "h1vp", "h2vp", "lambertw"), "in `z`"),
    "assoc_laguerre": "in `x`",
    "softplus": "in `x`",
    "zeta": "in `q`",
}
AS_THEY_ARE |= {
    function: (
        COMPOSED,
        f"{IN[function.__name__]}, by SciPy itself"
        if function.__name__ in IN
        else "the polynomial that it makes takes `x`",
    )
    for function in sorted(SEEN_THROUGH, key=lambda function: function.__name__)
}


class Section(NamedTuple):
    """A module, and what of it takes arrays and is no function."""

    module: str
    others: tuple[str, ...] = ()
    methods: bool = True  #: whether those of its ufuncs are listed


SECTIONS = (
    Section("numpy", ("broadcast", "c_", "ndenumerate", "nditer", "poly1d", "r_", "vectorize")),
    Section("numpy.linalg"),
    Section("numpy.fft"),
    Section("numpy.polynomial.polynomial", ("Polynomial",)),
    Section("numpy.lib.stride_tricks"),
    Section("numpy.emath"),
    *([Section("scipy.special", methods=False)] * HAS_SCIPY),
)

TEXT = """\
# What of NumPy, and of `scipy.special`, has a derivative

Every function that takes arrays, in {versions}. The page is made by
`python -m docs.coverage`, from what is declared in `admodes/primitives/` and `admodes/scipy/`.

{meanings}

Of a ufunc of NumPy the methods are listed too; – marks those that it has not, or not for floats.
`where=` of a ufunc needs `out=`: without it NumPy leaves the other entries as the memory happens
to be, and there is nothing to differentiate.
[SciPy](scipy.md) says what of it can be used, and how.

{tables}
"""


# --- What there is --------------------------------------------------------------------------------


def resolved(name: str) -> Any:
    """A module by its name, or by that under which a module has it."""
    parent, _, own = name.rpartition(".")
    return (
        getattr(importlib.import_module(parent), own) if parent else importlib.import_module(name)
    )


def version(section: Section) -> str:
    """The release that a section is of, down to what may bring new functions: ``numpy 2.4``."""
    package = section.module.partition(".")[0]
    release = importlib.import_module(package).__version__
    return f"{package} {'.'.join(release.split('.')[:2])}"


def functions(section: Section) -> dict[Any, list[str]]:
    """What takes arrays -> its names, the commonest first."""
    module = resolved(section.module)
    # `__all__` of numpy leaves nothing out, and that of others leaves out what they import.
    names = {*getattr(module, "__all__", dir(module)), *section.others}
    found: dict[Any, list[str]] = {}
    for name in sorted(names - NO_ARRAYS.get(section.module, set())):
        thing = getattr(module, name)
        if name in section.others or (_is_function(thing) and not name.startswith("_")):
            found.setdefault(thing, []).append(name)
    for thing, own in found.items():
        own.sort(key=lambda name: (name != getattr(thing, "__name__", name), name))
    return found


def _is_function(thing: Any) -> bool:
    return callable(thing) and not isinstance(thing, (type, types.ModuleType))


class Status(NamedTuple):
    kind: str
    note: str = ""  #: in which argument, or why not


def status(function: Any) -> Status:
    """What the registry says of a function."""
    implementation = FUNCTIONS.get(function, UFUNCS.get(function))
    if function in CONSTANTS:
        return Status(CONSTANT)
    if implementation is not None:
        family = str(implementation.__module__).rpartition(".")[2]
        if family in FAMILIES:
            return Status(FAMILIES[family])
        has_rule = isinstance(implementation, Primitive) or any(
            rule.function is function
            or rule.name in (function.__name__, f"special.{function.__name__}")
            for rule in PRIMITIVES.values()
        )
        return Status(RULE if has_rule else COMPOSED, _without(function))
    if function in MAKERS:
        return Status(MAKES)
    if function in AS_THEY_ARE:
        return Status(*AS_THEY_ARE[function])
    if function in REFUSED:
        return Status(REFUSES, REFUSED[function])
    return Status(NOTHING)


def _without(function: Any) -> str:
    """By which arguments a function that has a rule has no derivative."""
    rule = UFUNCS.get(function) or PRIMITIVES.get(f"special.{function.__name__}")
    reasons: dict[str, list[str]] = {}
    for argument, reason in getattr(rule, "parameters", {}).items():
        reasons.setdefault(reason, []).append(str(argument))
    return "; ".join(
        f"not by argument {', '.join(arguments)}: {reason}" for reason, arguments in reasons.items()
    )


# --- The methods of ufuncs ------------------------------------------------------------------------

X = np.array([0.5, 0.25, 0.75])
CALLS: dict[str, Callable[[np.ufunc, Any], Any]] = {
    "reduce": lambda ufunc, x: ufunc.reduce(x),
    "accumulate": lambda ufunc, x: ufunc.accumulate(x),
    "reduceat": lambda ufunc, x: ufunc.reduceat(x, [0, 1]),
    "outer": lambda ufunc, x: ufunc.outer(x, x),
    "at": lambda ufunc, x: _at(ufunc, x.copy()),
}


def _at(ufunc: np.ufunc, x: Any) -> Any:
    ufunc.at(x, [0, 2], *([0.5] * (ufunc.nin - 1)))
    return x


def method(ufunc: np.ufunc, name: str) -> str:
    """What a method of a ufunc gives, seen from a call."""
    call = CALLS[name]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            call(ufunc, X.copy())
        except (TypeError, ValueError, RuntimeError):
            return "–"  # NumPy has none, or none for floats
        given = []

        def called(x: Any) -> float:
            given.append(call(ufunc, x))
            return 0.0

        try:
            admodes.jvp(called, (X,), (X,))
        except NotImplementedError:
            return NOTHING
    results = given[0] if isinstance(given[0], tuple) else given
    return "yes" if any(isinstance(y, admodes.Expression) for y in results) else CONSTANT


# --- The page -------------------------------------------------------------------------------------


def table(section: Section) -> str:
    """All of a module, as the page has it."""
    found = functions(section)
    statuses = {thing: status(thing) for thing in found}
    plain = [(thing, names) for thing, names in found.items() if not isinstance(thing, np.ufunc)]
    ufuncs = [(thing, names) for thing, names in found.items() if isinstance(thing, np.ufunc)]
    counts = Counter(each.kind for each in statuses.values())
    lines = [
        f"## `{section.module}`",
        "",
        f"In {version(section)}: "
        + ", ".join(f"{counts[kind]} {kind}" for kind in (*MEANING, NOTHING) if counts[kind])
        + ".",
        "",
    ]
    if plain:
        rows = [
            (_code(names), statuses[thing].kind, statuses[thing].note) for thing, names in plain
        ]
        lines += [*_rows(("function", "here", ""), rows), ""]
    if ufuncs:
        methods = METHODS if section.methods else ()
        rows = [
            (_code(names), *statuses[thing], *(method(thing, name) for name in methods))
            for thing, names in ufuncs
        ]
        head = ("ufunc", "here", "", *(f"`.{name}`" for name in methods))
        lines += [*_rows(head, rows), ""]
    return "\n".join(lines)


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _rows(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines]


def page() -> str:
    versions = dict.fromkeys(version(section) for section in SECTIONS)
    meanings = "\n".join(f"- *{kind}*: {meaning}." for kind, meaning in MEANING.items())
    tables = "\n".join(map(table, SECTIONS)).rstrip()
    return TEXT.format(versions=" and ".join(versions), meanings=meanings, tables=tables)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
