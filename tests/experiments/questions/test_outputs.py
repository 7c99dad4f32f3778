"""``outputs``: what it runs, compares, estimates and writes; its claim, by count."""

import numpy as np
import pytest

import admodes
from admodes import counting, reverse
from admodes.measure import Timing
from experiments.functions.curves import FUNCTIONS
from experiments.sides import passes
from experiments.sides.readings import form_reading
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@pytest.fixture(scope="module", autouse=True)
def few_rounds(module_patch):
    set_to(module_patch, "outputs", rounds=3)


@pytest.fixture(scope="module")
def found(run_once):
    names = ("--function", "curve", "linear system")
    return run_once("outputs", *names, "--outputs", "5", "1", "--seed", "7")


@pytest.fixture(scope="module")
def estimated(run_once):
    """As if a sweep took a millisecond, on whatever machine: 2 of them fit, and 60 do not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "cost_of_direction", lambda *_: {1: 1e-3, 4: 0.9e-3})
        size = ("--outputs", "2", "60")
        return run_once("outputs", "--function", "curve", *size, "--budget", "0.03")


def made(function, m, seed=0):
    return function.make(m, np.random.default_rng(seed))


# The functions


@together
@each_function
@pytest.mark.parametrize("m", [1, 2, 30])
def test_one_number_goes_in_and_m_come_out(function, m):
    f, x = made(function, m)
    assert type(x) is float
    assert f(x).shape == (m,)
    assert np.isfinite(f(x)).all()
    np.testing.assert_array_equal(f(x), made(function, m)[0](x))


@together
@each_function
def test_it_is_documented_and_knows_its_sizes(function):
    assert function.sentence.endswith(".")
    assert function.formula
    assert function.source.endswith(".")
    assert function.nearest(7) == 7
    assert function.nearest(10**5) == {"trajectory": 2000, "linear system": 500}.get(
        function.name, 10**5
    )


@together
@each_function
def test_derivatives_of_both_modes_are_that_of_the_function(function):
    f, x = made(function, 20, seed=1)
    expected = f(x + 1e-30j).imag / 1e-30  # a complex step, exact to rounding
    _, column = admodes.jvp(f, (x,), (1.0,))
    np.testing.assert_allclose(column, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(reverse.jacobian(f)(x), expected, rtol=1e-9, atol=1e-12)


# The claim


@together
@each_function
@pytest.mark.parametrize("m", [16, 64])
def test_by_count_forward_mode_wins_by_about_m(function, m):
    """A forward pass has the whole derivative; a sweep has a row and costs about as much."""
    f, x = made(function, m)
    evaluation = counting.evaluation(f, x).cost.work()
    tangent = counting.tangent(f, x).cost.work()
    sweeps = [
        counting.gradient(lambda x, i=i: f(x)[i], x).cost.work() - evaluation
        for i in range(0, m, m // 8)
    ]
    all_sweeps = evaluation + m * np.mean(sweeps)
    assert m / 5 < all_sweeps / tangent < 2 * m


@together
@each_function
def test_the_derivative_takes_one_forward_pass_or_m_sweeps_of_the_same_length(function):
    m = 12
    calls = 0
    f, x = made(function, m)

    def counted(x):
        nonlocal calls
        calls += 1
        return f(x)

    _, column = admodes.jvp(counted, (x,), (1.0,))
    assert calls == 1
    assert column.shape == (m,)  # all of it
    _, pullback = admodes.vjp(counted, x)
    found = [pullback(row)[0] for row in np.eye(m)]  # each sweep gives a number
    assert calls == 2
    np.testing.assert_allclose(found, column, rtol=1e-9, atol=1e-12)


# The experiment


def test_data_and_table(found):
    assert "exp(−d tᵢ)" in found.out
    assert "speed-up" in found.out
    assert found.data["run"]["settings"]["seed"] == 7
    sizes = [(each["task"]["function"], each["outputs"]) for each in found.data["measurements"]]
    assert sizes == [("curve", 1), ("curve", 5), ("linear system", 1), ("linear system", 5)]
    rows = found.rows
    modes = ["f", "forward", "recording", "reverse", "reverse"]
    assert [row["mode"] for row in rows] == modes * 4
    assert [row["run"] for row in rows] == ["in full"] * 20
    assert {row["passes"] for row in rows if row["mode"] == "forward"} == {"1"}
    one, many = rows[8:10]
    assert (one["directions_a_pass"], one["passes"]) == ("1", "5")
    assert int(many["passes"]) == -(-5 // int(many["directions_a_pass"]))
    assert one["entries_compared"] == "5"


def test_a_point_run_in_full_and_an_estimated_one_are_kept_apart(estimated):
    assert estimated.tells_a_spread
    small, large = estimated.data["measurements"]
    assert [form["full"] for form in small["reverse"]] == [True, True]
    for form in large["reverse"]:
        assert not form["full"]
        assert form["k"] <= form["directions_timed"] < 60
        assert form["k"] <= form["entries_compared"] < 60
    for row in estimated.rows:
        hollow = row["outputs"] == "60" and row["mode"] == "reverse"
        assert row["run"] == ("estimated" if hollow else "in full")
        assert bool(row["seconds_estimated"]) == hollow
        assert bool(row["seconds_measured"]) == (not hollow)


def test_an_estimate_has_the_recording_once_and_the_sweeps_so_often():
    f, one, once = Timing((1.0,) * 6, tuple(range(6))), Timing((2.0,) * 6, tuple(range(6))), 3.0
    form = {
        "k": 2,
        "passes": 50,
        "full": False,
        "directions_timed": 10,
        "entries_compared": 60,
        "largest_difference": 0.0,
        "loops": 1,
        "rounds": list(range(6)),
        "seconds": [3.0 + 5 * 0.5] * 6,  # a recording, and five sweeps
    }
    recording = Timing((once,) * 6, tuple(range(6)))
    found = form_reading("reverse", form, 100, one, f, once=recording)
    assert found.seconds.value == 3.0 + 50 * 0.5
    assert found.speedup.value == (3.0 + 50 * 0.5) / 2
    in_full = form_reading("reverse", {**form, "full": True}, 100, one, f, once=recording)
    assert in_full.seconds.value == 5.5


def test_exhaustive_runs_every_sweep(experiments, tmp_path):
    arguments = ("outputs", "--function", "polynomials", "--outputs", "300", "--exhaustive")
    assert experiments(*arguments, "--quick")[0] == 0
    (measured,) = Run(tmp_path, "outputs").data["measurements"]
    for form in measured["reverse"]:
        assert (form["full"], form["entries_compared"]) == (True, 300)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch):
    jvp = admodes.jvp

    def wrong(f, primals, tangents):
        value, tangent = jvp(f, primals, tangents)
        return value, tangent + np.where(np.arange(tangent.size) == 3, 0.5, 0.0)

    monkeypatch.setattr(admodes, "jvp", wrong)
    code, out, err = experiments("outputs", "--function", "curve", "--outputs", "2", "5")
    assert (code, out) == (1, "")
    assert "function curve, outputs 5, seed 0: Disagreement: entry 3 of the derivative" in err
    assert err.count("\n") == 1


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nope"], "'nope' is not one of"),
        (["--outputs", "0"], "0 is not in the range x>=1"),
        (["--outputs", "5", "--max-outputs", "4"], "at most 4 outputs"),
        (["--budget", "inf"], "--budget must be finite"),
        (["--budget", "1", "--exhaustive"], "give one of the two"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, experiments, tmp_path):
    assert_refused(("outputs", *arguments), message, experiments, tmp_path)
