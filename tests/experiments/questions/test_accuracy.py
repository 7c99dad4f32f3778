"""The experiment ``accuracy``: its truth, what it computes, and what it claims."""

from math import cos, exp, inf, isfinite, sin

import mpmath
import numpy as np
import pytest

from experiments.bench.results import Results
from experiments.commands import EXPERIMENTS
from experiments.questions.accuracy import experiment as accuracy
from experiments.questions.accuracy import figure, reading
from experiments.questions.accuracy.cases import CASES, DERIVATIVE, EASY, GROWS, VALUE
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone
from tests.helpers import together

MODES = ("forward", "reverse")


@pytest.fixture(scope="module")
def outcomes():
    """Of all functions in both precisions; few points, every step of a default run."""
    settings = EXPERIMENTS["accuracy"].settled({"points": 5})
    records = [
        {"task": task, **accuracy.measure(task, settings)} for task in accuracy.plan(settings)
    ]
    read = reading.read(Results({"settings": settings}, records))
    return {(outcome.case.name, outcome.precision): outcome for outcome in read}


def of_group(outcomes, *groups):
    found = [outcome for outcome in outcomes.values() if outcome.case.group in groups]
    assert found
    return found


@pytest.fixture(scope="module")
def found(run_once):
    names = ("--function", "wave", "roots")
    return run_once("accuracy", *names, "--points", "3", "--quick")


def test_data_and_table(found):
    assert "wave: exp x · sin x" in found.out
    assert "both modes are off by" in found.out
    data, rows = found.data, found.rows
    assert [tuple(each["task"].values()) for each in data["measurements"]] == [
        ("wave", "float32"),
        ("wave", "float64"),
        ("roots", "float32"),
        ("roots", "float64"),
    ]
    exponents = data["run"]["settings"]["exponents"]
    for record in data["measurements"]:  # every sample
        assert len(record["points"]) == len(record["truth"]) == 3
        assert set(record["modes"]) == set(MODES)
        assert all(len(errors) == 3 for errors in record["modes"].values())
        for each in record["stepped"].values():
            assert [len(errors) for errors in each] == [3] * len(exponents)
    assert len(rows) == 4 * (2 + 3 * len(exponents))
    assert {row["step"] for row in rows if row["method"] in MODES} == {""}


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_without_an_easy_function_it_still_draws(experiments, tmp_path):
    arguments = ("--function", "versine", "--points", "1", "--quick")
    code, out, err = experiments("accuracy", *arguments)
    assert (code, err) == (0, "")
    assert "both modes are off by" not in out
    data = Run(tmp_path, "accuracy").data
    assert figure.draw(Results(data["run"], data["measurements"])).axes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nope"], "'nope' is not one of"),
        (["--points", "0"], "not in the range x>=1"),
    ],
)
def test_what_it_refuses(arguments, message, experiments):
    code, out, err = experiments("accuracy", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_it_says_what_is_not_installed(experiments, monkeypatch):
    monkeypatch.setattr(accuracy, "mpmath", None)
    code, out, err = experiments("accuracy", "--quick")
    assert (code, out) == (2, "")
    assert err.endswith("the truth takes mpmath: pip install mpmath\n")


# --- The truth ------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_truth_has_its_digits(case):
    """With half as many again, the first thirty are the same."""
    x = accuracy.draw_points(case, 1, seed=0)[0]
    found, more = (accuracy.truth(case, x, digits) for digits in (50, 75))
    with mpmath.workdps(75):
        assert abs(found - more) < mpmath.mpf(10) ** -30 * abs(more)


def test_the_truth_is_that_of_calculus():
    closed = {
        "wave": lambda x: exp(x) * (sin(x) + cos(x)),
        "roots": lambda x: float(x / mpmath.sqrt(mpmath.mpf(x) ** 2 + 1) - 1),
        "offset": cos,
        "versine": lambda x: -x / 12 + x**3 / 180 - x**5 / 6720,
        "polynomial": lambda x: 7 * (x - 1) ** 6,
    }
    for name, derivative in closed.items():
        for x in accuracy.draw_points(CASES[name], 3, seed=1):
            with mpmath.workdps(50):
                expected = derivative(x)
            assert float(accuracy.truth(CASES[name], x)) == pytest.approx(expected, rel=1e-11)
    roots, rewritten = (accuracy.truth(CASES[name], 99.5) for name in ("roots", "rewritten"))
    assert float(roots) == float(rewritten)


def test_what_is_measured_has_the_precision_that_it_is_measured_in():
    """A constant or a step that is no float32 would make it double precision unnoticed."""
    for case in CASES.values():
        x = np.float32(case.at)
        assert case.f(x).dtype == np.float32, case.name
        for mode in accuracy.MODES.values():
            assert np.asarray(mode(case.f, x)).dtype == np.float32, case.name
        for derivative in accuracy.STEPPED.values():
            assert derivative(case.f, x, np.float32(2**-10)).dtype == np.float32, case.name


def test_relative_errors():
    assert accuracy.relative_error(1.5, mpmath.mpf(1)) == 0.5
    assert accuracy.relative_error(np.float32(-1), mpmath.mpf(1)) == 2
    assert accuracy.relative_error(np.nan, mpmath.mpf(1)) is None
    assert reading.reading("central", 0.5, [1.0, None, 3.0]).largest == inf


# --- The claim ------------------------------------------------------------------------------------


def test_where_nothing_cancels_both_modes_are_right_to_a_few_roundings(outcomes):
    for outcome in of_group(outcomes, EASY, VALUE):
        for each in outcome.modes.values():
            assert each.largest < 10 * outcome.epsilon, (outcome.case.name, each.method)


def test_so_is_a_small_complex_step_however_small(outcomes):
    for outcome in of_group(outcomes, EASY, VALUE):
        for each in outcome.stepped["complex step"]:
            if each.step**2 < outcome.epsilon / 100:
                assert each.largest < 10 * outcome.epsilon, (outcome.case.name, each.step)


def test_differences_never_get_there(outcomes):
    """At the best of all steps one-sided ones keep half of the digits, central ones two thirds."""
    for outcome in of_group(outcomes, EASY):
        one_sided, central = outcome.best("one-sided"), outcome.best("central")
        assert one_sided.typical > 0.03 * outcome.epsilon ** (1 / 2)
        assert central.typical > 0.03 * outcome.epsilon ** (2 / 3)
        assert outcome.worse_mode.typical < central.typical / 100 < one_sided.typical / 100
        assert 1 / 30 < one_sided.step / outcome.epsilon ** (1 / 2) < 30
        assert 1 / 30 < central.step / outcome.epsilon ** (1 / 3) < 30


def test_a_step_below_rounding_sees_no_change_at_all(outcomes):
    for outcome in outcomes.values():
        for method in ("one-sided", "central"):
            assert set(outcome.smallest(method).errors) == {1.0}


def test_a_value_that_cancels_harms_differences_alone(outcomes):
    """1000 + sin x: the values have three digits fewer for the differences to live on."""
    for precision in reading.PRECISIONS:
        easy, offset = outcomes["wave", precision], outcomes["offset", precision]
        for method in ("one-sided", "central"):
            assert offset.best(method).typical > 10 * easy.best(method).typical


def test_a_derivative_that_cancels_harms_all_methods(outcomes):
    """Both modes differentiate the program: they lose what it loses."""
    for outcome in of_group(outcomes, DERIVATIVE, GROWS):
        for each in (*outcome.modes.values(), outcome.smallest("complex step")):
            assert each.typical > 200 * outcome.epsilon, (outcome.case.name, each.method)


def test_rewriting_the_function_gives_the_digits_back(outcomes):
    for precision in reading.PRECISIONS:
        roots, rewritten = outcomes["roots", precision], outcomes["rewritten", precision]
        assert roots.worse_mode.typical > 1000 * rewritten.worse_mode.typical


def test_both_modes_lose_the_same_digits(outcomes):
    for outcome in outcomes.values():
        forward, reverse = (outcome.modes[name].typical for name in MODES)
        assert isfinite(forward)
        assert 1 / 10 < forward / reverse < 10
