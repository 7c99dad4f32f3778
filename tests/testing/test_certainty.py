"""A checker that knows how well it can know: no false alarm, nothing wrong passed."""

import itertools
import warnings

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis import agreement
from admodes.testing import Undecided, check_derivatives, check_modes
from admodes.truth import certainty
from tests.sensitivity.mutants import programs, tried
from tests.sensitivity.programs import outcomes

pytestmark = [pytest.mark.slow, pytest.mark.arithmetic]

CHECKS = [check_modes, check_derivatives]
RIGHT = {
    "a product with two zeros": (np.prod, np.array([0.0, 0.0, 3.0])),
    "cubes at zero": (lambda x: np.sum(x**3), np.zeros(2)),
    "the variance of equal numbers": (np.var, np.full(2, 2.0)),
    "a determinant of rank 1": (np.linalg.det, np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 0.5])),
    "a sine of a large number": (np.sin, 1e7),
    "a sine beyond all digits of a step": (np.sin, 1e15),
    "sines of large numbers": (lambda x: np.sum(np.sin(x)), np.array([1e8, 2e8])),
    "near the largest number": (np.exp, 709.0),
    "of numbers near the largest": (lambda x: np.sum(x * 1.0), np.array([1e308, -1.2e308])),
    "of the smallest number": (lambda x: 0.3 * x, 5e-324),
}


@pytest.mark.parametrize("wide", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("f", "x"), RIGHT.values(), ids=RIGHT)
def test_right_where_differences_are_poor_or_the_derivative_is_zero(f, x, wide, monkeypatch):
    if not wide:  # as where np.longdouble is double precision
        monkeypatch.setattr(certainty, "is_longdouble_wider", lambda: False)
    if wide:
        check_modes(f, x)  # without differences
    check_derivatives(f, x)
    found = agreement(f, x)
    assert found.ok, str(found)
    assert found.verdict == "right"


SQUARE = ad.elementwise(np.square, lambda _y, x: -2 * x)
CBRT = ad.elementwise(np.cbrt, lambda y, _x: -1 / (3 * y * y))
SINE = ad.elementwise(np.sin, lambda _y, x: -np.cos(x))
#: a function of its first step, that step, one of the wrong sign, and where differences are poor
POOR = {
    "what is lost beside another number": (lambda g, x: 1e8 + g(x) - 1e8, np.square, SQUARE, 1e-3),
    "sizes far apart": (lambda g, x: np.sum(g(x)), np.cbrt, CBRT, np.array([1e15, 1e-150, 1e-15])),
    "a wave of a large number": (lambda g, x: g(x) + x, np.sin, SINE, 1e15),
    "a value that overflows one step aside": (
        lambda g, x: np.var(g(x) / (2 + np.cos(x))), np.sin, SINE, np.array([1e308, 0.5, 1e-8]),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("f", "step", "wrong", "x"), POOR.values(), ids=POOR)
def test_no_false_alarm_and_nothing_wrong_passed_where_differences_are_poor(f, step, wrong, x):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", Undecided)
        check_modes(lambda x: f(step, x), x)
        check_derivatives(lambda x: f(step, x), x)
        assert agreement(lambda x: f(step, x), x).ok
        with pytest.raises(AssertionError, match="both modes agree but are wrong"):
            check_derivatives(lambda x: f(wrong, x), x)
        assert agreement(lambda x: f(wrong, x), x).finding.kind == "wrong rule"


def test_an_operation_of_double_precision_at_most_is_asked_for_no_more():
    def rounded(x):
        if np.asarray(x).dtype != float:
            raise TypeError("not supported for the input types")
        return 1e8 + np.square(x) - 1e8

    square = ad.elementwise(rounded, lambda _y, x: 2 * x)
    found = agreement(lambda x: np.sum(square(x)), np.array([1e-3, 2e-3]))
    assert "not supported" not in str(found)


@pytest.mark.parametrize("x", [1e-6, 1e-5])
def test_digits_that_are_rounding_alone_are_not_confirmed_by_the_same_digits(x):
    """The complex step cancels as the modes do; they agree, and are wrong by a factor of 1e9."""

    def f(x):
        return (1 - np.cos(x)) / x**2

    with pytest.warns(Undecided, match="differences cannot tell"):
        check_derivatives(f, x)
    assert agreement(f, x).verdict == "cannot tell"


def test_a_dependence_that_is_lost_fails_where_no_operation_is_wrong():
    def f(x):
        return 3 * x + ad.stop_gradient(x)

    with pytest.raises(AssertionError, match="forward mode differs from finite differences"):
        check_derivatives(f, 1.0)


def test_modes_that_differ_by_rounding_alone_are_left_open():
    with pytest.warns(Undecided, match="rounding on the way moves what is compared"):
        check_modes(lambda x: np.std(np.cos(x) ** 2), np.full(150, 1e308))


#: right derivatives, along random directions of which something overflows
LONG = {
    "a slope near the largest number": (lambda x: x * np.full(5, 1e308), np.zeros(5)),
    "many slopes near the largest number": (lambda x: np.sum(1e307 * x), np.zeros(150)),
    "a zero beyond the largest number": (
        lambda x: np.sum(np.square(1 / (1 + np.square(x**3)))), np.array([1e8, 1e150, 1e-8, 2.0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("f", "x"), LONG.values(), ids=LONG)
def test_a_direction_that_is_too_long_is_no_fault_of_the_derivative(f, x):
    with np.errstate(all="ignore"):
        check_modes(f, x)
        check_derivatives(f, x)
        found = agreement(f, x)
    assert found.ok, str(found)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("size", [1, 150])
def test_a_derivative_that_overflows_fails_along_short_directions_too(size, check):
    def f(x):
        return np.sum(x * 1e200 * 1e200)

    with (
        np.errstate(over="ignore"),
        pytest.raises(AssertionError, match="gives a derivative that is not finite"),
    ):
        check(f, np.full(size, 1e-300))


def less_its_first(x, other, step=np.cumsum):
    """Which does not depend on the first entry; in reverse mode that is a sum that cancels."""
    return np.sum(np.logaddexp(step(x) - x[0], other))


@pytest.mark.parametrize("check", CHECKS)
def test_rounding_within_a_pass_is_no_mistake(check):
    x = np.array([1e15, 0.56292456863718299, 0.25354962482636356, -0.90737235270540029])
    other = np.array([1e-8, 1e8, 0.0, 0.0])
    with pytest.warns(Undecided, match="comparisons are open"):
        check(less_its_first, x, other)

    def pull(_, ct):
        return 1.001 * np.cumsum(ct[::-1])[::-1]

    half_wrong = ad.custom(np.cumsum, push=lambda _, t: np.cumsum(t), pull=pull)
    with pytest.raises(AssertionError):
        check(lambda x: less_its_first(x, other, half_wrong), x)


def test_no_differences_beyond_the_last_digits():
    """A wave that is shorter than the spacing of numbers jumps everywhere, and has no jump."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Undecided)
        check_derivatives(lambda x: 1 / (2 + np.cos(x)), np.array([-1e308, 1e22]))
    assert agreement(np.sin, 1e308).verdict == "cannot tell"
    # The complex step confirms the entry beside it, and not this one.
    assert agreement(lambda x: np.cbrt(np.sinc(x)), np.array([1e150, 0.5, 1e150, 1e-8])).ok


def test_wrong_at_the_same_points():
    wrong = ad.elementwise(np.sin, lambda _y, x: 1.001 * np.cos(x))
    with pytest.raises(AssertionError, match="differs from finite differences"):
        check_derivatives(wrong, 1e7)
    assert not agreement(wrong, 1e7).ok
    shifted = ad.elementwise(np.square, lambda _y, x: 2 * x + 1e-3)
    with pytest.raises(AssertionError, match="differs from finite differences"):
        check_derivatives(shifted, np.zeros(3))


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (lambda x: np.where(x > 0, x, 0), 0.0, "there is a kink, and no derivative"),
        (np.max, np.ones(3), "there is a kink, and no derivative"),
        pytest.param(
            np.median,
            np.ones(3),
            "there is a kink, and no derivative",
            marks=pytest.mark.slow,
        ),
        (lambda x: np.sqrt(x) * x, 0.0, "differences cannot tell"),
    ],
)
def test_what_cannot_be_told_is_said(f, x, reason):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        with pytest.raises(Undecided, match=reason):
            check_derivatives(f, x)


def test_a_wrong_derivative_at_a_kink_fails():
    wrong = ad.elementwise(np.abs, lambda _y, x: np.where(x == 0, 3.0, np.sign(x)))
    with pytest.raises(AssertionError, match="differs from finite differences"):
        check_derivatives(wrong, np.array([0.0, 1.0]))


def test_a_jump_is_named():
    with pytest.raises(AssertionError, match=r"because: +the value jumps at this point"):
        check_derivatives(np.floor, 1.0)


@pytest.mark.filterwarnings("ignore::admodes.testing.Undecided")
def test_terms_that_cancel_do_not_make_a_sum_nonlinear():
    """The inverse has entries of 1e6 that add up to 1, and tangents of 1e12."""
    for total in (np.sum, lambda y: np.ones(2) @ y @ np.ones(2)):
        check_derivatives(
            lambda x, total=total: total(np.linalg.inv(x)), np.array([[1, 1], [1, 1.000001]])
        )


def test_an_agreement_that_nobody_can_confirm():
    found = agreement(lambda x: np.sqrt(x) * x, 0.0)
    assert (found.ok, found.verdict) == (True, "cannot tell")
    assert "differences cannot tell" in str(found)
    assert found.to_dict()["verdict"] == "cannot tell"


# --- Random and stateful functions ----------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS)
def test_a_random_or_stateful_function_is_named(check):
    generator, calls = np.random.default_rng(0), []

    def noisy(x):
        return np.sum(x * x) + generator.normal()

    def counts(x):
        calls.append(1)
        return np.sum(x) * len(calls)

    with pytest.raises(AssertionError, match=r"a random function: .* generator `generator`"):
        check(noisy, np.ones(3))
    with pytest.raises(AssertionError, match="a stateful function: a call changes `calls`"):
        check(counts, np.ones(3))


# --- A slice of what tests/sensitivity measures ---------------------------------------------------


@pytest.mark.slow
def test_mutants_are_noticed():
    """A sign and a factor, in either mode and in both."""
    mutants = [*itertools.islice(tried(next(programs(300))), 6)]
    assert [mutant.side for mutant in mutants] == 2 * ["both", "push", "pull"]
    for mutant in mutants:
        expected = {"check_modes": mutant.side != "both"}
        assert mutant.caught == dict.fromkeys(mutant.caught, True) | expected, mutant


@pytest.mark.slow
def test_right_programs_pass():
    for outcome in outcomes(40, special=False):
        assert not outcome.alarms, outcome
