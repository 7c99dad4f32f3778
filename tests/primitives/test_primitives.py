"""Every row of the tables in tests/cases, in both modes and all the ways that a rule can be used.

How a row is checked is in tests/harness. At the end its checks are shown rules that are wrong,
and have to notice.
"""

import functools
import itertools

import numpy as np
import pytest

import admodes as ad
from admodes import forward, imperative, reverse
from admodes.core import declaring
from admodes.core.costs import Cost
from admodes.core.declaring import FUNCTIONS, PRIMITIVES, UFUNCS
from admodes.core.rules import Broadcast
from admodes.modes.expressions import Expression
from admodes.modes.users.registering import REGISTERED
from tests import cases
from tests.cases import case, normal
from tests.harness import (
    CHECKS,
    OF_ARRAYS,
    OF_DTYPES,
    OF_DTYPES_AND_WAYS,
    OF_RESIDUALS,
    OF_WAYS,
    SECOND_ORDER,
    Recorded,
    kinds_of,
    new_kinds,
    new_sequences,
    operations,
    operations_of_a_gradient,
    ways_of,
)
from tests.harness.points import flat
from tests.helpers import cube, named, together

TABLES = cases.tables()
ROWS = {f"{name}-{i}-{row}": row for name, table in TABLES.items() for i, row in enumerate(table)}
EVERY_CHECK = CHECKS | OF_DTYPES | OF_ARRAYS | OF_RESIDUALS | OF_WAYS | OF_DTYPES_AND_WAYS
EVERY_CHECK |= SECOND_ORDER


#: the names of the rows of each function, table by table
OF_EACH = {}
for name in ROWS:
    OF_EACH.setdefault((name.partition("-")[0], ROWS[name].covers), []).append(name)
#: the first row of each function
FIRST = set({row.covers: name for name, row in reversed(ROWS.items())}.values())
#: what the short form asks of it, and what is tried as on older processors too
SHORT = {*CHECKS, *OF_DTYPES, *OF_ARRAYS, *OF_RESIDUALS, *SECOND_ORDER}


def parts(chosen, *marks):
    """Some functions of one table in each test, which bears their names.

    A test for each takes longer to collect and to report than most rows do (see `together`).
    """
    for table, own in itertools.groupby(chosen, lambda name: name.partition("-")[0]):
        functions = itertools.groupby(own, lambda name: ROWS[name].covers)
        left = iter([list(rows) for _, rows in functions])
        while part := list(itertools.islice(left, 8)):
            shown = (getattr(ROWS[rows[0]].covers, "__name__", "") for rows in part)
            names = list(itertools.chain(*part))
            yield pytest.param(names, id="-".join([table, *shown]), marks=marks)


#: of the short form are all of NumPy's functions, and of SciPy's special ones every fourth
LATER = [name for name in sorted(FIRST) if name.startswith("special")]
del LATER[::4]


@pytest.mark.parametrize(
    "names",
    [
        *parts(name for name in sorted(FIRST) if name not in LATER),
        *parts(LATER, pytest.mark.slow, pytest.mark.arithmetic),
    ],
)
def test_the_first_row_of_a_function(names, subtests):
    for name in names:
        check_row(name, subtests, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("names", list(parts(itertools.chain(*OF_EACH.values()))))
def test_every_row_of_a_function(names, subtests):
    """All else of the first, too."""
    for name in names:
        check_row(name, subtests, EVERY_CHECK.keys() - SHORT if name in FIRST else EVERY_CHECK)


def check_row(name, subtests, asked):
    """Each check that the row fails is a subtest, which bears its name."""
    row = Recorded(ROWS[name])
    kinds, ways, sequences, both, _ = rows_of_new_kinds()
    checks = {*CHECKS}
    if name in sequences:
        checks |= OF_DTYPES.keys()
    if name in kinds:
        checks |= SECOND_ORDER.keys()
    if name in ways:
        checks |= OF_WAYS.keys() | (OF_DTYPES_AND_WAYS.keys() if name in both else set())
    if name in kinds or name in ways or name in FIRST:
        checks |= OF_RESIDUALS.keys()
    if name in ways or name in FIRST or not row.is_elementwise:
        checks |= OF_ARRAYS.keys()
    for check in filter(asked.__contains__, EVERY_CHECK):
        if check in checks:
            with named(subtests, f"{name}: {check}"):
                EVERY_CHECK[check](row)


@pytest.mark.parametrize("name", cases.NEEDS)
def test_the_rows_of_a_package_that_need_not_be_installed(name):
    """They are among the others, and are not passed over in silence where it is missing."""
    if name in cases.MISSING:
        pytest.skip(f"its rows need {cases.NEEDS[name]}, which is not installed")
    assert TABLES[name]


@functools.cache
def rows_of_new_kinds():
    """Their names: by `kinds_of`, by `ways_of`, by `new_sequences`, and by both of these; and the
    primitives that all rows record.
    """
    recorded = {name: operations(row) for name, row in ROWS.items()}
    primitives = {primitive_of(each) for every in recorded.values() for each, *_ in every}
    kinds, ways = (new_kinds(ROWS, of, recorded) for of in (kinds_of, ways_of))
    of_ways = {name: row for name, row in ROWS.items() if name in ways}
    return (
        kinds,
        ways,
        new_sequences(ROWS, recorded),
        new_sequences(of_ways, recorded),
        primitives,
    )


# --- Completeness ---------------------------------------------------------------------------------

#: the code of every function that `constant` registers
CONSTANT = declaring._on_plain_values(np.shape).__code__


def is_constant(function):
    return getattr(FUNCTIONS.get(function), "__code__", None) is CONSTANT


CONSTANTS = list(filter(is_constant, FUNCTIONS))


def test_every_function_has_a_row():
    covered = {row.covers for row in ROWS.values()}
    missing = [
        getattr(function, "__name__", str(function))
        for function in (*UFUNCS, *FUNCTIONS)
        if function not in (*covered, *CONSTANTS, *REGISTERED)
    ]
    assert not missing, "declared, but without a row in tests/cases that covers it"


@pytest.mark.slow
def test_every_primitive_is_recorded_by_some_row():
    """In a derivative or, as the transpose of one, in a derivative of a derivative."""
    missing = set(PRIMITIVES.values()) - rows_of_new_kinds()[-1]
    for row in ROWS.values():
        if not missing:
            break
        missing -= {primitive_of(primitive) for primitive, *_ in operations_of_a_gradient(row)}
    names = {name for name, primitive in PRIMITIVES.items() if primitive in missing}
    assert not names, "declared, but no row in tests/cases records it"


def primitive_of(recorded):
    return recorded.primitive if isinstance(recorded, Broadcast) else recorded


def test_names_are_unique():
    assert len(ROWS) == sum(map(len, TABLES.values()))


X = np.array([[3.0, -1.5], [0.25, 2.0]])
#: what a function without a derivative may be called with: the first that NumPy takes is tried
SIGNATURES = (
    lambda x: (x,),
    lambda x: (x, x),
    lambda x: (x[0], 1),
    lambda x: (x, float),
    lambda x: (x[0], np.sort(X[1])),
    lambda x: ("ij,jk", x, x),
)


@together
@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize("function", CONSTANTS, ids=lambda f: f.__name__)
def test_a_constant_is_plain(function, mode):
    signature = next(filter(lambda signature: takes(function, signature), SIGNATURES), None)

    def f(x):
        found, expected = function(*signature(x)), function(*signature(X))
        assert not any(isinstance(part, Expression) for part in flat(found))
        if function is np.empty_like:
            assert found.shape == expected.shape
        else:
            np.testing.assert_equal(found, expected)
        return np.sum(x)

    if signature is not None:
        np.testing.assert_array_equal(mode.grad(f)(X), np.ones_like(X))
    else:
        assert function.types, "NumPy takes floats in none of the SIGNATURES: add one"
        assert not any("d" in kinds for kinds in function.types)
        with pytest.raises(TypeError, match="not supported for the input types"):
            mode.grad(lambda x: np.sum(function(*[x] * function.nin)))(X)


def takes(function, signature):
    try:
        function(*signature(X))
    except (TypeError, ValueError):
        return False
    return True


# --- The harness can fail -------------------------------------------------------------------------


def only_if(holds, x):
    """`x` with its derivatives only where something holds."""
    return x if holds else ad.stop_gradient(x)


def reuses_a_buffer():
    def pull(residual, ct):
        x, buffers = residual
        buffer = buffers.setdefault(ct.shape, np.empty(ct.shape))
        return np.multiply(3 * x * x, ct, buffer)

    return cube(residual=lambda y, x: (x, {}), push=lambda r, t: 3 * r[0] * r[0] * t, pull=pull)


def overwrites_its_cotangent(x, ct):
    ct *= 3 * x * x
    return ct


def weigh(holds):
    """A product with an array as a parameter, which a recording copies if `holds` names it."""
    primitive = declaring.custom(
        lambda x, weights: x * weights,
        residual=lambda y, x, weights: weights,
        push=lambda weights, t: t * weights,
        pull=lambda weights, ct: ct * weights,
    )
    primitive.holds = holds
    return primitive


def square_with_wide_tangents():
    """A product of float32 with itself, whose derivatives are float64."""
    return declaring.custom(
        lambda x: x * x,
        residual=lambda y, x: x,
        push=lambda x, t: np.float64(2) * x * t,
        pull=lambda x, ct: np.float64(2) * x * ct,
    )


def of_growing_cost():
    primitive, calls = cube(), itertools.count()
    primitive.cost = lambda y, args, params: Cost(next(calls))
    return primitive


CUBE = cube()
ALIASING, COPYING = weigh(holds=()), weigh(holds=("weights",))
SQUARE = square_with_wide_tangents()
OVERWRITING = cube(pull=overwrites_its_cotangent)
WEIGHTS = normal(2, 3, seed=1)
AT = normal(2, 3)
AT_ZERO = np.array([0.0, 1.0])
NAN_AT_ZERO = cube(
    push=lambda x, t: 3 * x * np.where(x == 0, np.nan, x) * t,
    pull=lambda x, ct: 3 * x * np.where(x == 0, np.nan, x) * ct,
)
WRONG = {
    "push": ("first order", cube(push=lambda x, t: 3.0001 * x * x * t), AT),
    "pull": ("first order", cube(pull=lambda x, ct: 3.0001 * x * x * ct), AT),
    "both alike": ("first order", cube(residual=lambda y, x: 1.0001 * x), AT),
    "push of several directions": (
        "first order",
        cube(push=lambda x, t: 3 * x * x * (t if t.ndim == x.ndim else t[::-1])),
        AT,
    ),
    "pull of several directions": (
        "first order",
        cube(pull=lambda x, ct: 3 * x * x * (ct if ct.ndim == x.ndim else ct[::-1])),
        AT,
    ),
    "shape": ("first order", cube(pull=lambda x, ct: (3 * x * x * ct)[None]), AT),
    "nan at a kink": ("first order", NAN_AT_ZERO, AT_ZERO),
    "second derivative by push": (
        "second order",
        cube(push=lambda x, t: 3 * ad.stop_gradient(x * x) * t),
        AT,
    ),
    "second derivative by pull": (
        "second order",
        cube(pull=lambda x, ct: 3 * ad.stop_gradient(x * x) * ct),
        AT,
    ),
    "second derivative by push of several directions": (
        "second order",
        cube(push=lambda x, t: 3 * only_if(t.ndim == x.ndim, x * x) * t),
        AT,
    ),
    "second derivative by pull of several directions": (
        "second order",
        cube(pull=lambda x, ct: 3 * only_if(ct.ndim == x.ndim, x * x) * ct),
        AT,
    ),
    "second derivative by both": (
        "second order",
        cube(residual=lambda y, x: ad.stop_gradient(x)),
        AT,
    ),
    "a tangent in float64": (
        "float32",
        cube(push=lambda x, t: np.float64(3) * x * x * t),
        AT,
    ),
    "a cotangent in float64": (
        "float32",
        cube(pull=lambda x, ct: np.float64(3) * x * x * ct),
        AT,
    ),
    "a second derivative in float64": (
        "float32, twice",
        cube(pull=lambda x, ct: 3 * SQUARE(x) * ct),
        AT,
    ),
    "memory order of a tangent": (
        "layout",
        cube(push=lambda x, t: 3 * x * x * np.reshape(np.ravel(t, "K"), t.shape)),
        AT,
    ),
    "memory order of a cotangent": (
        "layout",
        cube(pull=lambda x, ct: 3 * x * x * np.reshape(np.ravel(ct, "K"), ct.shape)),
        AT,
    ),
    "memory order of a value": (
        "memory order",
        lambda x: CUBE(x).copy() if isinstance(x, Expression) else CUBE(x),
        AT,
    ),
    "a cotangent that is overwritten": ("first order", lambda x: OVERWRITING(x) + x, AT),
    "an alias of an array": ("memory", lambda x: ALIASING(x, weights=WEIGHTS), AT),
    "an alias of a small array": (
        "memory of each",
        lambda x: ALIASING(x, weights=WEIGHTS),
        AT,
    ),
    "another shape where it is infinite": (
        "careful",
        cube(push=lambda x, t: 3 * x * x * t if np.all(np.isfinite(t)) else np.ones(())),
        AT,
    ),
    "a cotangent that is recorded": (
        "backward",
        cube(pull=lambda x, ct: (3.0001 if isinstance(x, Expression) else 3) * x * x * ct),
        AT,
    ),
    "a derivative of a cotangent that is recorded": (
        "backward, twice",
        cube(
            pull=lambda x, ct: (
                3 * (ad.stop_gradient(x * x) if isinstance(x, imperative.Variable) else x * x) * ct
            )
        ),
        AT,
    ),
    "a tangent that is counted": (
        "counting",
        cube(push=lambda x, t: (3.0001 if isinstance(x, Expression) else 3) * x * x * t),
        AT,
    ),
    "other operations in float32": (
        "counts in float32",
        lambda x: CUBE(x) if x.dtype == float else x * x * x,
        AT,
    ),
    "other operations elsewhere": (
        "counts elsewhere",
        lambda x: CUBE(x) if np.all(x == AT) else x * x * x,
        AT,
    ),
    "more work for a third direction": (
        "counts of directions",
        cube(push=lambda x, t: 3 * x * x * (t if t.shape != (3, 2, 3) else t * 1.0)),
        AT,
    ),
    "a cost that grows": ("shares", of_growing_cost(), AT),
}


@pytest.mark.parametrize(("check", "f", "x"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_noticed(check, f, x):
    with pytest.raises(AssertionError):
        EVERY_CHECK[check](Recorded(case(f, f, x, kink=x is AT_ZERO)))


def test_every_check_is_shown_a_wrong_rule():
    assert {check for check, _, _ in WRONG.values()} == set(EVERY_CHECK)


@pytest.mark.parametrize("check", EVERY_CHECK)
def test_a_right_rule_passes(check):
    def passes(f):
        EVERY_CHECK[check](Recorded(case(cube, f, AT)))

    passes(CUBE)
    passes(lambda x: COPYING(x, weights=WEIGHTS.astype(x.dtype)))
    if check in ("memory", "memory of each"):
        passes(lambda x: COPYING(x, weights=WEIGHTS))
        passes(reuses_a_buffer())
