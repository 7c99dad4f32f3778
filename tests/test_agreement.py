"""Where modes and a third opinion disagree: the operation, the line and the cause are named.

In each function below, the line that is to be named carries the comment ``# here``.
"""

import functools
import importlib
import inspect
import itertools
import json
import math
import pkgutil
import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import admodes as ad
from admodes.core import declaring
from admodes.diagnosis import KINDS, agreement
from tests import cases
from tests.cases import normal, positive
from tests.helpers import cube
from tests.test_testing import RIGHT, RIGHT_COMPLEX


def line_of(f):
    """The number of the line of `f` that is marked."""
    lines, first = inspect.getsourcelines(f)
    (number,) = [first + i for i, line in enumerate(lines) if "# here" in line]
    return number


def disagreement(f, *args, kind, operation, cause="", line=None, **options):
    """What is found of a function in which something is wrong, after what is expected of it."""
    found = agreement(f, *args, **options)
    assert not found.ok
    check_finding(found, kind, operation, cause, line_of(f) if line is None else line)
    return found


def check_finding(found, kind, operation, cause, line):
    finding = found.finding
    assert finding is not None
    assert (finding.kind, finding.operation) == (kind, operation), str(found)
    assert finding.kind in KINDS
    assert cause in finding.cause
    assert finding.file == __file__
    assert finding.line == line, str(found)
    assert finding.text in str(found)
    assert "# here" in finding.text
    json.dumps(found.to_dict(), allow_nan=False)


# --- What is not finite ---------------------------------------------------------------------------

root = ad.elementwise(np.sqrt, lambda y, _x: 0.5 / y)  # zero does not absorb in it
HALF_LINE = np.array([0.0, 1.0])


def branch(x):
    y = root(x) * 2  # here
    return np.sum(np.where(x > 0, y, 0.0))


def overflow_in_a_branch(x):
    y = np.exp(x)  # here
    return np.sum(np.where(x < 10, y, x))


def not_read(x):
    roots = root(x)  # here
    return roots[1] * 3


def masked(x):
    mask = np.array([0.0, 1.0])
    return np.sum(root(x * mask))  # here


def infinite_derivative(x):
    a = x * x
    return np.sum(np.sqrt(a[1:] - 1)) + a[0]  # here


def sigmoid(x):
    y = np.exp(-x)  # here
    return 1 / (1 + y)


def log_of_sum(x):
    total = np.sum(np.exp(x))  # here
    return np.log(total)


def pole(x):
    return np.sum(1 / (x - 1))  # here


def outside(x):
    return np.sum(np.arccos(x + 1))  # here


def infinite_constant(x):
    return np.sum(x * np.inf)  # here


def overflow_of_a_derivative(x):
    y = x * 1e200
    return y * 1e200  # here


@pytest.mark.parametrize(
    ("f", "x", "kind", "operation", "cause"),
    [
        (masked, positive(2), "zero times infinity", "sqrt", "the tangent that meets sqrt(0)"),
        (infinite_derivative, HALF_LINE, "infinite derivative", "sqrt", "sqrt(0)"),
        (sigmoid, np.array([-1000.0, 1]), "overflow", "exp", "exp(1000) (entry [0]) is larger"),
        (log_of_sum, np.array([1.0, 800]), "overflow", "exp", "than float64 holds"),
        (log_of_sum, np.float32([1.0, 100]), "overflow", "exp", "than float32 holds"),
        (pole, HALF_LINE, "pole", "divide", "a pole of `divide`"),
        (outside, HALF_LINE, "outside of its domain", "arccos", "arccos(2) (entry [1])"),
        (infinite_constant, HALF_LINE, "constant", "multiply", "a constant that goes into"),
        (overflow_of_a_derivative, 1e-300, "overflow", "multiply", "than float64 holds"),
    ],
)
def test_not_finite(f, x, kind, operation, cause):
    found = disagreement(f, x, kind=kind, operation=operation, cause=cause)
    assert found.to_dict()["modes"]["ulps"] is None


def test_where_zero_absorbs_nothing_is_wrong():
    assert agreement(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), HALF_LINE).ok
    assert agreement(branch, HALF_LINE).ok
    assert agreement(overflow_in_a_branch, 1000 * HALF_LINE).ok
    assert agreement(not_read, HALF_LINE).ok


def test_an_argument_that_is_not_finite():
    found = agreement(lambda x: np.sum(x * x), np.array([1.0, np.nan]))
    assert not found.ok
    assert found.finding.kind == "input"
    assert found.finding.operation is None


# --- Rules that are wrong -------------------------------------------------------------------------

sine = ad.elementwise(np.sin, lambda _y, x: -np.cos(x))
product = ad.elementwise(np.multiply, lambda _y, _a, b: b, lambda _y, a, _b: a + 1)
doubled = ad.linear(lambda x: 2 * x, transpose=lambda ct: 3 * ct, name="doubled")
crooked = ad.linear(lambda x: x + x**2, transpose=lambda ct: ct, name="crooked")
scaling = ad.multilinear(
    lambda a, x: a * x, transposes=(lambda ct, a, x: ct * x, lambda ct, a, x: 2 * ct * a)
)
wrong_pull = cube(pull=lambda x, ct: 3.01 * x * x * ct)
wrong_push = cube(push=lambda x, t: 3.01 * x * x * t)
wrong_in_both = cube(residual=lambda y, x: 1.001 * x)
wrong_for_several = cube(push=lambda x, t: 3 * x * x * (t if np.ndim(t) == 1 else t[::-1]))
wrong_shape = cube(pull=lambda x, ct: (3 * x * x * ct)[None])
forgetful = ad.custom(
    lambda a, b: a * b,
    residual=lambda y, a, b: (a, b),
    push=lambda kept, s, t: (0 if s is None else s * kept[1]) + (0 if t is None else t * kept[0]),
    pull=lambda kept, ct: [ct * kept[1]],
)
magnitude = ad.elementwise(np.abs, lambda _y, x: np.where(x == 0, np.nan, np.sign(x)))
flat = ad.elementwise(np.abs, lambda _y, x: 0 * x)
steep = ad.elementwise(np.abs, lambda _y, x: np.where(x == 0, 5.0, np.sign(x)))


def through_sine(x):
    y = x * x
    z = sine(y)  # here
    return np.sum(z * x)


def through_product(x, y):
    return product(x, np.exp(y))  # here


def through_doubled(x):
    return np.exp(doubled(x))  # here


def through_crooked(x):
    return np.sum(crooked(np.exp(x)))  # here


def through_scaling(a, x):
    y = np.exp(x)
    return scaling(a, y) ** 2  # here


def through_wrong_pull(x):
    y = np.exp(x)
    return np.sum(wrong_pull(y))  # here


def through_wrong_push(x):
    y = np.exp(x)
    return np.sum(wrong_push(y))  # here


def through_both(x):
    y = np.exp(x)
    return np.sum(wrong_in_both(y))  # here


def through_several(x):
    return np.sum(wrong_for_several(np.exp(x)))  # here


def through_wrong_shape(x):
    return np.sum(wrong_shape(x))  # here


def through_forgetful(x, y):
    return np.sum(forgetful(x, y) * x)  # here


def through_magnitude(x):
    return np.sum(magnitude(x - 1) * x)  # here


def through_flat(x):
    return np.sum(flat(x * x))  # here


def through_steep(x):
    return np.sum(steep(x - 1))  # here


X = normal(3)


@pytest.mark.parametrize(
    ("f", "args", "kind", "operation", "cause"),
    [
        (through_sine, [X], "wrong rule", "sin", "both modes agree but are wrong: the partial"),
        (through_sine, [np.float32(X)], "wrong rule", "sin", "the partial derivative of `sin`"),
        (through_product, [X, X + 1], "wrong rule", "multiply", "`multiply` by argument 1"),
        (through_product, [normal(2, 3), X], "wrong rule", "multiply", "`multiply` by argument 1"),
        (through_doubled, [X], "not adjoint", "doubled", "its transpose is wrong"),
        (through_crooked, [X], "not adjoint", "crooked", "both are wrong"),
        (through_scaling, [X + 1, X], "not adjoint", "<lambda>", "one of its transpo"),
        (through_wrong_pull, [X], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_pull, [X + 1j], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_pull, [normal(5000)], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_pull, [0.5], "not adjoint", "<lambda>", "its pull is wrong"),
        (through_wrong_push, [X], "not adjoint", "<lambda>", "its push is wrong"),
        (through_both, [X], "wrong rule", "<lambda>", "both modes agree but are wrong: the rule"),
        (through_both, [normal(5000)], "wrong rule", "<lambda>", "the rule of `<lambda>`"),
        (through_several, [X], "wrong rule", "<lambda>", "for several directions at once"),
        (through_wrong_shape, [X], "wrong rule", "<lambda>", "shape (1, 3) for an argument of"),
        (through_forgetful, [X, X], "wrong rule", "<lambda>", "no cotangent for argument 1"),
        (through_magnitude, [HALF_LINE], "wrong rule", "absolute", "is nan, where its function"),
        # The complex step loses the same, and would agree with it.
        (through_flat, [X], "wrong rule", "absolute", "both modes agree but are wrong"),
        (through_flat, [np.float32(X)], "wrong rule", "absolute", "both modes agree but are wrong"),
        # At a kink, a derivative that is not between those of its sides is none.
        (through_steep, [HALF_LINE], "wrong rule", "absolute", "at entry [1] of its value"),
    ],
)
def test_a_wrong_rule(f, args, kind, operation, cause):
    disagreement(f, *args, kind=kind, operation=operation, cause=cause)


def test_a_primitive_is_called_by_its_name():
    def softplus(x):
        return np.log1p(np.exp(x))

    wrong = ad.elementwise(softplus, lambda _y, x: 1 / (1 + np.exp(x)))

    def f(w):
        return np.sum(wrong(w["a"]) * w["b"][0])  # here

    found = disagreement(f, {"a": X, "b": [2.0]}, kind="wrong rule", operation="softplus")
    assert found.finding.shapes == ((3,),)
    assert found.finding.shape == (3,)
    assert "please report" not in found.finding.cause


def test_a_wrong_rule_of_our_own(monkeypatch):
    monkeypatch.setattr(declaring.PRIMITIVES["cumsum"], "transpose", lambda ct, **_: ct)

    def f(x):
        return np.cumsum(x * x)  # here

    cause = "its transpose is wrong, by differences of its function (a rule of admodes: please"
    disagreement(f, X, kind="not adjoint", operation="cumsum", cause=cause)


@pytest.mark.parametrize("entry", [0, 4999])
def test_one_wrong_entry_among_many(entry):
    wrong = cube(pull=lambda x, ct: 3 * x * x * ct * (1 + 0.5 * (np.arange(x.size) == entry)))

    def f(x):
        return np.sum(wrong(x))  # here

    disagreement(f, normal(5000), kind="not adjoint", operation="<lambda>")


def test_the_first_of_several():
    def f(x):
        a = np.tanh(x)
        b = sine(a)  # here
        c = wrong_in_both(b)
        return np.sum(sine(c))

    disagreement(f, X, kind="wrong rule", operation="sin")


def test_lines_within_checkpoints_and_derivatives():
    @ad.checkpoint
    def block(x):
        return np.exp(sine(x))

    def through_block(x):
        return np.sum(block(x))  # here

    disagreement(through_block, X, kind="wrong rule", operation="checkpoint(" + block_name(block))

    def through_gradient(x):
        slope = ad.grad(lambda y: np.sum(y**3 * x))(x)
        return np.sum(sine(slope))  # here

    disagreement(through_gradient, X, kind="wrong rule", operation="sin")


def block_name(block):
    return block.__name__.removeprefix("checkpoint(")


# --- Derivatives that are lost --------------------------------------------------------------------


def stairs(x):
    k = np.floor(1e13 * x)  # here
    return x * k


def rounded(x):
    y = np.round(x * 1e10)  # here
    return np.sum(y * y)


def rounded_by_method(x):
    return np.sum((x * 1e10).round() * x)  # here


def nothing_but_rounding(x):
    return np.round(x, 11)  # here


def truncated(x):
    whole = (x * 1e11).astype(int)  # here
    return x * 1.0 * whole


def stopped(x):
    y = np.exp(x)
    scale = ad.stop_gradient(y)
    return np.sum(x * scale)  # here


def plain_value(x):
    y = x.value if isinstance(x, ad.Expression) else x  # here
    return np.sum(x * y)


@pytest.mark.parametrize(
    ("f", "x", "operation", "cause"),
    [
        (stairs, 0.3, "floor", "the result of `floor` is a constant to both modes"),
        (rounded, X, "round", "the result of `round`"),
        (rounded_by_method, X, "round", "the result of `round`"),
        (nothing_but_rounding, X, "round", "the result of `round`"),
        (truncated, X, "astype", "the result of `astype`"),
        (stopped, X, "multiply", "the value of `exp` (line "),
        (plain_value, X, ".value", "the result of `.value`"),
    ],
)
def test_a_lost_derivative(f, x, operation, cause):
    disagreement(f, x, kind="lost derivative", operation=operation, cause=cause)


def test_a_kink_hides_nothing_that_is_lost():
    def f(x):
        y = np.max(x)  # three entries are equal
        return y + np.sum(x * ad.stop_gradient(np.exp(x)))  # here

    disagreement(f, np.ones(3), kind="lost derivative", operation="multiply", cause="`exp`")

    def g(x):
        y = 3 * x if x > 1 else 2 * x + 1
        return y * ad.stop_gradient(np.exp(x))  # here

    disagreement(g, 1.0, kind="lost derivative", operation="multiply", cause="`exp`")


def test_a_constant_that_takes_nothing_away_is_none_of_them():
    """A shift by the largest entry leaves the logarithm of a sum as it is."""

    def shifted(x):
        m = ad.stop_gradient(np.max(x))
        return m + np.log(np.sum(np.exp(x - m)))

    assert agreement(shifted, np.array([1000.0, 999])).ok
    assert agreement(lambda x: x - np.floor(x), 0.3).ok

    def f(x):
        m = ad.stop_gradient(np.max(x))
        y = m + np.log(np.sum(np.exp(x - m)))
        return y * ad.stop_gradient(x[0])  # here

    disagreement(f, X, kind="lost derivative", operation="multiply", cause="the value of `read`")


# --- Kinks ----------------------------------------------------------------------------------------

larger = ad.elementwise(np.maximum, lambda _y, a, b: 1.0 * (a >= b), lambda _y, a, b: 1.0 * (b > a))


def three_equal(x):
    return np.max(x * 2)  # here


def equal_to_a_constant(x):
    y = x * 1
    return np.sum(larger(y, 1.0))  # here


def sorted_equals(x):
    order = np.argsort(x)  # here
    return x[order] * np.arange(3)


def chosen(x):
    mask = x > 0  # here
    return np.sum(np.where(mask, 2 * x, -x))


def two_ways(x):
    if x > 1:  # here
        return 3 * x
    return -x + 4


@pytest.mark.parametrize(
    ("f", "x", "kind", "operation", "cause"),
    [
        (three_equal, np.ones(3), "tie", "max", "a tie: `max` chooses among equal numbers"),
        (equal_to_a_constant, HALF_LINE, "tie", "maximum", "a tie"),
        (sorted_equals, np.array([1.0, 1, 0]), "tie", "argsort", "puts equal numbers in order"),
        (chosen, HALF_LINE, "kink", ">", "takes another branch"),
        (two_ways, 1.0, "kink", ">", "takes another branch"),
    ],
)
def test_a_kink_is_named_and_nothing_is_wrong(f, x, kind, operation, cause):
    found = agreement(f, x)
    assert found.ok
    check_finding(found, kind, operation, cause, line_of(f))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.sum(np.abs(x)), HALF_LINE),
        (lambda x: np.sum(np.maximum(x, 0)), HALF_LINE),
        (np.linalg.norm, np.zeros(3)),
        (lambda x: np.floor(x) * x, 1.0),
    ],
)
def test_where_the_middle_of_both_sides_is_taken_there_is_nothing_to_say(f, x):
    found = agreement(f, x)
    assert found.ok
    assert found.finding is None


# --- Functions that are none ----------------------------------------------------------------------

generator = np.random.default_rng(0)
calls = itertools.count(1)


def global_random(x):
    # The legacy generator is the cause that is to be named.
    noise = np.random.rand()  # noqa: NPY002
    return np.sum(x * noise)  # here


def python_random(x):
    noise = random.random()
    return np.sum(x * noise)  # here


def from_a_generator(x):
    noise = generator.normal(size=3)
    y = x * 2
    return np.sum(y + noise)  # here


def from_a_new_generator(x):
    return np.sum(x * np.random.default_rng().normal())  # here


def counting(x):
    return np.sum(x) * next(calls)  # here


@dataclass
class Network:
    steps: int = 0

    def loss(self, x):
        self.steps += 1
        return np.sum(x**2) / self.steps  # here


# A default that calls share is the cause that is to be named.
def with_default(x, seen=[0]):  # noqa: B006
    seen[0] += 1
    return np.sum(x) + seen[0]  # here


@pytest.mark.parametrize(
    ("f", "kind", "operation", "cause"),
    [
        (global_random, "random", "multiply", "NumPy's global generator"),
        (python_random, "random", "multiply", "Python's `random`"),
        (from_a_generator, "random", "add", "the generator `generator`"),
        (from_a_new_generator, "random", "multiply", "from a new generator, or reads a clock"),
        (counting, "stateful", "multiply", "a call changes `calls`"),
        (Network().loss, "stateful", "divide", "a call changes `Network`"),
        (with_default, "stateful", "add", "a call changes `a default of with_default`"),
        (functools.partial(with_default, seen=[0]), "stateful", "add", "a call changes `seen`"),
    ],
)
def test_not_the_same_twice(f, kind, operation, cause):
    marked = f.func if isinstance(f, functools.partial) else f
    disagreement(f, X, kind=kind, operation=operation, cause=cause, line=line_of(marked))


def test_what_does_not_depend_on_its_state_is_a_function():
    seen = []

    def f(x):
        seen.append(ad.stop_gradient(x))
        return np.sum(x * x)

    assert agreement(f, X).ok


def test_every_second_call_is_another_one():
    state = [0]

    def f(x):
        state[0] = 1 - state[0]
        return np.sum(x) * (1 + state[0])  # here

    disagreement(f, X, kind="stateful", operation="multiply", cause="`state`")
    f(X)
    disagreement(f, X, kind="stateful", operation="multiply", cause="`state`")


def test_an_argument_that_is_overwritten():
    def f(x):
        y = x
        y *= 2  # here
        return np.sum(x * y)

    cause = "overwrites argument 0 in place"
    disagreement(f, X, kind="overwrites its input", operation=None, cause=cause)

    def harmless(x):
        x += 1
        return np.sum(x * x)

    assert agreement(harmless, X).ok


def test_other_code_for_expressions():
    found = agreement(lambda x: x * (2.0 if isinstance(x, ad.Expression) else 3.0), X)
    assert not found.ok
    assert found.finding.kind == "other code"
    assert "the value in forward mode is not plain NumPy's" in found.finding.what


# --- Rounding -------------------------------------------------------------------------------------


def cancels_in_float32(x):
    y = 1 + x
    return (y - 1) ** 2  # here


def cancels(x):
    s, c = np.sin(x) ** 2, np.cos(x) ** 2
    total = 1e8 * s + 1e8 * c
    return np.sum(total - 1e8)  # here


@pytest.mark.parametrize(("f", "x"), [(cancels_in_float32, np.float32(1e-6)), (cancels, X)])
def test_cancellation(f, x):
    cause = "cancellation: in `subtract` numbers are"
    disagreement(f, x, kind="cancellation", operation="subtract", cause=cause)


def test_rounding_is_measured_by_what_cancels():
    found = agreement(lambda x: np.sum(np.exp(x) / np.sum(np.exp(x))), normal(5))
    assert found.ok
    assert found.modes.ulps < 10
    assert found.modes.relative < 1e-15


@pytest.mark.parametrize(("dtype", "epsilon"), [(float, 2.0**-52), (np.float32, 2.0**-23)])
def test_what_an_ulp_is(dtype, epsilon):
    """A gradient of 1 to 2 of the same binade, in the derivative 1.5 of which 8 ulps are added."""
    wrong = ad.linear(lambda x: x, transpose=lambda ct: ct * dtype(1 + 8 * epsilon / 1.5))
    found = agreement(lambda x: np.sum(wrong(x) * dtype(1.5)), np.ones(3, dtype))
    assert found.ok
    assert found.modes.ulps == pytest.approx(8, abs=1)
    assert found.modes.relative == pytest.approx(8 * epsilon / 1.5, rel=0.2)
    assert found.along == "every entry"


def test_digits_that_are_dropped_on_the_way():
    def f(x):
        y = np.exp(np.astype(x, np.float32)) / np.float32(3)
        return np.sum(y[:, None] * np.cos(y), dtype=None) * x

    found = agreement(f, normal(20))
    assert found.ok
    assert found.modes.ulps < 10


# --- What is right --------------------------------------------------------------------------------

TABLES = [module.name for module in pkgutil.iter_modules(cases.__path__)]


@pytest.mark.parametrize("table", TABLES)
def test_the_cases(table):
    for i, row in enumerate(importlib.import_module(f"tests.cases.{table}").CASES):
        found = agreement(row.f, *row.args)
        assert found.ok, f"row {i}: {found}"
        if found.finding is not None:
            assert row.kink
            assert found.finding.kind in ("kink", "tie"), f"row {i}: {found}"


@pytest.mark.parametrize(
    ("f", "args"), [(f, args) for f, *args in (RIGHT | RIGHT_COMPLEX).values()]
)
def test_right(f, args):
    kept = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    for seed in range(3):
        found = agreement(f, *args, seed=seed)
        assert found.ok, str(found)
        assert found.finding is None
        assert found.modes is None or found.modes.ulps < 100
    for before, arg in zip(kept, args, strict=True):
        if isinstance(arg, np.ndarray):
            np.testing.assert_array_equal(arg, before)


@pytest.mark.parametrize(
    ("f", "args", "opinion"),
    [
        (lambda x: np.exp(x) * np.where(x > 0, x, 1), [X], "complex step"),
        (lambda x: np.linalg.solve(x, X), [normal(3, 3)], "complex step"),
        (lambda x: x * math.sqrt(2), [0.5], "complex step"),
        (lambda x: np.abs(x) * x, [X], "differences"),
        (lambda x: np.hypot(x, 1), [X], "differences"),
        (lambda x: x if x > 0 else -x, [0.5], "differences"),  # complex numbers have no order
        (lambda z: z * z, [1 + 1j], "differences"),
        (lambda x: np.exp(1j * x), [0.5], "differences"),
        (lambda x: np.real(x) * 2, [X], "differences"),
    ],
)
def test_which_opinion(f, args, opinion):
    found = agreement(f, *args)
    assert found.ok
    assert found.opinion == opinion
    assert opinion in str(found)
    assert found.third.relative < (1e-12 if opinion == "complex step" else 1e-7)
    assert found.unsure == 0


def test_a_large_input_takes_a_few_evaluations():
    evaluations = [0]

    def f(x):
        evaluations[0] += 1
        return np.sum(np.sin(x) * x)

    found = agreement(f, normal(100_000))
    assert found.ok
    assert found.along == "random directions"
    assert evaluations[0] <= 10

    def g(x):
        evaluations[0] += 1
        return np.abs(x) * np.sin(x)

    evaluations[0] = 0
    assert agreement(g, normal(100_000)).opinion == "differences"
    assert evaluations[0] <= 60


def test_nothing_to_compare():
    for f in (np.sum, lambda x: x * x):
        found = agreement(f, normal(0))
        assert found.ok
        assert found.compared == 0
        assert found.modes is found.third is found.finding is None
        assert "nothing to compare" in str(found)
        json.dumps(found.to_dict(), allow_nan=False)


def test_what_is_raised_comes_through():
    error = ValueError("mine")

    def f(x):
        raise error

    with pytest.raises(ValueError, match="mine") as caught:
        agreement(f, 1.0)
    assert caught.value is error
    with pytest.raises(NotImplementedError, match=r"np\.unique"):
        agreement(np.unique, X)
    with pytest.raises(ZeroDivisionError):
        agreement(lambda x: x / 0, 1.0)
    with pytest.raises(TypeError, match="not callable"):
        agreement(3.0, 1.0)
    with pytest.raises(TypeError, match="there is no argument to differentiate by"):
        agreement(lambda: 1.0)
    with pytest.raises(TypeError, match="no part of the output is a floating-point number"):
        agreement(np.argmax, X)


def test_a_function_that_raises_nearby():
    """There is no derivative to be had from where the function is not defined."""

    def f(x):
        if not np.all(np.real(x) >= 1):
            raise ValueError("outside")
        return np.sum(np.abs(x) ** 1.5)

    found = agreement(f, np.ones(2))
    assert found.ok
    assert found.unsure == 1
    assert found.third is None
    assert "no third opinion" in str(found)


def test_within_a_differentiation():
    def f(x):
        assert agreement(lambda y: np.exp(y) * x, x).ok
        return x * x

    assert ad.grad(f)(3.0) == 6.0


def test_the_same_again():
    def told(seed):
        return str(agreement(through_several, X, seed=seed))

    assert told(1) == told(1) != told(2)


def test_what_it_says():
    found = agreement(through_sine, X)
    finding = found.finding
    assert str(found).split("\n") == [
        "through_sine: something is wrong",
        f"  {finding.what}",
        f"  because {finding.cause}",
        "  at the operation sin, of shapes (3,)",
        f"  {__file__}:{line_of(through_sine)}: z = sine(y)  # here",
        f"  forward against reverse mode, every entry: {found.modes}",
        f"  both against the complex step: {found.third}",
    ]
    assert finding.what.startswith("forward mode gives ")
    assert "ulps (relative" in str(found.third)
    data: dict[str, Any] = found.to_dict()
    assert data["finding"]["operation"] == "sin"
    assert data["finding"]["line"] == line_of(through_sine)
    assert data["modes"]["relative"] < 1e-14 < data["third"]["relative"]
