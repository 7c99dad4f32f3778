"""``crossover``: which mode takes a Jacobian quicker; its claim, by count; what it predicts."""

import re
from dataclasses import replace
from math import ceil

import numpy as np
import pytest

import admodes
from admodes import counting, forward, reverse
from admodes.measure import Interval
from experiments.bench.results import Results
from experiments.functions.maps import FUNCTIONS
from experiments.questions.crossover import experiment as crossover
from experiments.questions.crossover import figure, prediction, table
from experiments.questions.crossover.prediction import Constants, Work, executed
from experiments.sides import jacobians
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, set_to
from tests.helpers import together

each_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@pytest.fixture(scope="module", autouse=True)
def little_time(module_patch):
    set_to(module_patch, "crossover", rounds=3)
    module_patch.setattr(crossover, "SECONDS", 0.02)


def made(function, n, m, seed=0):
    return function.make(n, m, np.random.default_rng(seed))


# The functions


@together
@each_function
@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 20), (20, 1), (7, 5)])
def test_n_numbers_go_in_and_m_come_out(function, n, m):
    f, x = made(function, n, m)
    assert x.shape == (n,)
    assert f(x).shape == (m,)
    assert np.isfinite(f(x)).all()
    np.testing.assert_array_equal(f(x), made(function, n, m)[0](x))


@each_function
def test_it_is_documented(function):
    assert function.sentence.endswith(".")
    assert function.formula
    assert function.source.endswith(".")


@each_function
def test_jacobians_of_both_modes_are_that_of_the_function(function):
    f, x = made(function, 6, 9, seed=1)
    # By complex steps, exact to rounding: J. Martins et al., ACM TOMS 29 (2003) 245.
    expected = np.stack([f(x + 1e-30j * e).imag / 1e-30 for e in np.eye(6)], axis=-1)
    for mode in (forward, reverse):
        np.testing.assert_allclose(mode.jacobian(f)(x), expected, rtol=1e-9, atol=1e-12)


def test_an_evaluation_costs_n_times_m_of_the_one_and_n_plus_m_of_the_other():
    def work(name, n, m):
        return counting.evaluation(*made(FUNCTIONS[name], n, m)).cost.work()

    assert work("layer", 100, 100) == pytest.approx(100 * work("layer", 10, 10), rel=0.2)
    assert work("springs", 100, 100) == pytest.approx(10 * work("springs", 10, 10), rel=0.2)


# The claim


@together
@each_function
@pytest.mark.parametrize("k", [1, 3])
def test_the_jacobian_takes_n_passes_or_one_recording_and_m_sweeps(function, k):
    """With k directions a pass, n / k and m / k."""
    n, m = 5, 7
    evaluations, sweeps = [], []
    f, x = made(function, n, m)

    def sweep(cotangent):
        sweeps.append(cotangent)
        return cotangent

    watch = admodes.linear(lambda y: y, transpose=sweep, directions=True)

    def watched(x):
        evaluations.append(x)
        return watch(f(x))

    forward.jacobian(watched, chunk_size=k)(x)
    assert (len(evaluations), len(sweeps)) == (ceil(n / k), 0)
    evaluations.clear()
    reverse.jacobian(watched, chunk_size=k)(x)
    assert (len(evaluations), len(sweeps)) == (1, ceil(m / k))


@together
@each_function
@pytest.mark.parametrize(("larger", "smaller"), [(20, 10), (100, 10), (200, 100)])
def test_by_count_the_mode_of_the_smaller_side_takes_less_work(function, larger, smaller):
    """n · (a pass) = (the recording) + m · (a sweep): so the boundary is near n = m."""
    for n, m, less, more in (
        (smaller, larger, "forward", "reverse"),
        (larger, smaller, "reverse", "forward"),
    ):
        counts = crossover.counts(*made(function, n, m))
        work = {mode: executed(counts, mode, count, 1).work for mode, count in sides(n, m)}
        assert work[less] < work[more]
        # The boundary at this shape: where n · (a pass) would be what reverse mode takes.
        boundary = work["reverse"] / (work["forward"] / n)
        assert m / 2 < boundary < 2 * m


def sides(n, m):
    return (("forward", n), ("reverse", m))


@together
@each_function
@pytest.mark.parametrize("k", [2, 5, 9])
def test_each_further_direction_adds_the_same_to_a_pass(function, k):
    """So three counts tell what a pass of any number of directions executes."""
    f, x = made(function, 9, 9)
    counts = crossover.counts(f, x)
    recording = counting.evaluation(f, x)
    passes = {
        "forward": counting.tangent(f, x, directions=k),
        "reverse": counting.gradient(f, x, rows=k),
    }
    for mode, found in passes.items():
        assert executed(counts, mode, k, k) == Work(found.primitives, found.cost.work())
        # One more direction than three passes carry takes a fourth; there is one recording.
        recorded = recording.primitives if mode == "reverse" else 0
        more = executed(counts, mode, 3 * k + 1, k)
        assert more.primitives == 4 * (found.primitives - recorded) + recorded


@each_function
def test_primitives_that_are_executed_grow_by_those_of_a_pass(function):
    """What is counted a pass is what a whole Jacobian takes for each of its passes."""
    whole = {}
    for n, m in ((4, 4), (4, 9), (9, 4)):
        f, x = made(function, n, m)
        for mode in (forward, reverse):
            found = counting.count(mode.jacobian(f, chunk_size=1), x)[1]
            whole[mode, n, m] = found.primitives
    counts = crossover.counts(*made(function, 4, 4))
    for mode, name, larger in ((forward, "forward", (9, 4)), (reverse, "reverse", (4, 9))):
        a_pass = counts[name][0][0]
        # A pass of a recording also has its seed, a row of the identity, which is not counted.
        more = (whole[mode, *larger] - whole[mode, 4, 4]) / 5
        assert a_pass <= more <= a_pass + 1


# The prediction


def test_constants_are_found_again():
    done = [Work(7 * n, 100 * m) for n in (1, 10, 50) for m in (2, 300)]
    true = Constants(3e-5, 2e-6, 1e-9)
    found = prediction.fit(done, [true.seconds(each) for each in done])
    assert found.start == pytest.approx(true.start)
    assert found.call == pytest.approx(true.call)
    assert found.unit == pytest.approx(true.unit)


def test_no_constant_is_below_nothing():
    done = [Work(1, 10), Work(2, 10), Work(3, 10)]
    found = prediction.fit(done, [3.0, 2.0, 1.0])
    assert min(found.start, found.call, found.unit) >= 0


@together
@pytest.mark.parametrize(
    ("n", "m", "directions", "expected"), [(1, 1, 1, 1), (10, 1000, 10, 10), (1000, 10, 1000, 131)]
)
def test_a_prediction_assumes_as_many_directions_as_the_cache_holds(n, m, directions, expected):
    assert prediction.abreast(n, m, directions) == expected


@together
@pytest.mark.parametrize("sizes", [crossover.SIZES, crossover.QUICK_SIZES, (1, 2), (9,), (3, 4)])
def test_constants_are_measured_at_sizes_that_are_not_drawn(sizes):
    found = crossover.between(sizes)
    assert 1 <= len(found) <= crossover.CALIBRATION
    assert not set(found) & set(sizes)
    assert found == sorted(set(found))


# What wins


def cell(value, low, high):
    side = table.Side("", 1, 1, True, 6, Interval(1, 1, 1, 1), Work(1, 1), 1.0)
    return table.Cell(1, 1, True, side, side, Interval(value, low, high, 0.95), 1, 0.0)


@together
@pytest.mark.parametrize(
    ("ratio", "winner", "times", "words"),
    [
        ((2.0, 1.5, 3.0), "reverse", 2.0, "2.0"),
        ((0.01, 0.005, 0.02), "forward", 100.0, "100"),
        ((1.1, 0.9, 1.3), "tie", 1.1, "="),
        ((1234.0, 1200.0, 1300.0), "reverse", 1234.0, "1,200"),
        ((9.96, 9.0, 11.0), "reverse", 9.96, "10"),
    ],
)
def test_the_winner_is_the_mode_whose_interval_leaves_no_doubt(ratio, winner, times, words):
    found = cell(*ratio)
    assert found.winner == winner
    assert found.times == pytest.approx(times)
    assert table.in_short(found) == words


@together
@pytest.mark.parametrize(
    ("gain", "quickest", "words"),
    [
        ((4.0, 3.0, 5.0), "mixed", "4.0"),
        ((1.1, 0.9, 1.3), "reverse", "2.0"),  # there may be nothing in it
        ((0.5, 0.4, 0.6), "reverse", "2.0"),
    ],
)
def test_mixed_mode_is_named_where_it_is_quicker_than_both(gain, quickest, words):
    seconds = Interval(1, 1, 1, 1)
    found = replace(cell(2.0, 1.5, 3.0), mixed=seconds, gain=Interval(*gain, 0.95))
    assert (found.winner, found.quickest) == ("reverse", quickest)
    assert table.in_short(found) == words
    assert table.in_table(found).lstrip("!")[0] == quickest[0].upper()
    of_a_mode = figure.color_of(cell(2.0, 1.5, 3.0), 10.0)
    assert (figure.color_of(found, 10.0) == of_a_mode) is (quickest != "mixed")


@together
@pytest.mark.parametrize(
    ("ratios", "expected"),
    [([0.5, 2.0, 3.0], 2), ([2.0, 0.5, 3.0], 3), ([2.0, 3.0, 0.5], None), ([2.0, 3.0, 4.0], 1)],
)
def test_reverse_mode_overtakes_where_it_wins_from_there_on(ratios, expected):
    cells = [replace(cell(each, each, each), n=n) for n, each in enumerate(ratios, start=1)]
    panel = table.Panel("layer", 0, [replace(cells[0], m=5), *cells], {})
    found = panel.overtaken()
    assert (found and found.n) == expected


# The experiment

SMALL = ("crossover", "--inputs", "1", "4", "--outputs", "6", "2")


@pytest.fixture(scope="module")
def found(run_once):
    return run_once(*SMALL, "--seed", "7")


def test_data_and_table(found):
    assert "tanh(A x)" in found.out
    assert "predicted" in found.out
    data, rows = found.data, found.rows
    assert data["run"]["settings"]["seed"] == 7
    own = [each["task"] for each in data["measurements"] if each["task"]["function"] == "springs"]
    assert [(each["part"], each["inputs"], each["outputs"]) for each in own] == [
        ("calibration", 2, 3),
        *(("grid", n, m) for n in (1, 4) for m in (2, 6)),
    ]
    assert len(rows) == 2 * 2 * 5
    assert {row["forward_run"] for row in rows} == {row["reverse_run"] for row in rows}
    one = next(row for row in rows if (row["inputs"], row["outputs"]) == ("4", "6"))
    assert (one["forward_passes"], one["reverse_passes"]) == ("4", "6")
    assert one["entries_compared"] == "24"
    assert one["winner"] in ("forward", "reverse", "tie")
    assert one["predicted_winner"] in ("forward", "reverse")
    assert float(one["forward_over_reverse_measured"]) > 0
    narrow = [row for row in rows if row["mixed_seconds_measured"]]  # but for one input
    assert {(row["function"], row["inputs"]) for row in narrow} == {("springs", "4")}
    assert {row["part"] for row in narrow} == {"grid"}


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_what_does_not_fit_the_budget_is_estimated_and_marked(experiments, tmp_path):
    size = ("--inputs", "9", "--outputs", "30", "--function", "layer")
    code, out, _ = experiments("crossover", *size, "--budget", "1e-9")
    assert code == 0
    assert "~" in out
    for row in Run(tmp_path, "crossover").rows:
        for mode in ("forward", "reverse"):
            assert row[f"{mode}_run"] == "estimated"
            assert row[f"{mode}_seconds_estimated"]
            assert not row[f"{mode}_seconds_measured"]
        assert row["forward_over_reverse_estimated"]
        assert not row["forward_over_reverse_measured"]


def test_a_single_size_is_drawn_too(experiments, tmp_path):
    size = ("--inputs", "3", "--outputs", "1", "--function", "springs", "--exhaustive")
    assert experiments("crossover", *size)[::2] == (0, "")
    single = Run(tmp_path, "crossover")
    assert {row["forward_run"] for row in single.rows} == {"in full"}
    results = Results(single.data["run"], single.data["measurements"])
    assert figure.draw(results).get_suptitle()


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch):
    jacobian = forward.jacobian

    def wrong(f, **options):
        def found(x):
            columns = jacobian(f, **options)(x)
            columns[-1, 0] += 0.5
            return columns

        return found

    monkeypatch.setattr(forward, "jacobian", wrong)
    code, out, err = experiments(*SMALL, "--function", "springs")
    assert (code, out) == (1, "")
    where = "part calibration, function springs, inputs 2, outputs 3, seed 0"
    assert f"{where}: Disagreement: the derivative of output 2 by input 0, which is" in err
    # How many directions a pass are the quickest is measured, and so may be either.
    assert re.search(r"in forward mode \((1 direction|2 directions) a pass\) and", err)
    assert err.count("\n") == 1


def test_a_sample_of_columns_is_of_the_jacobian():
    f, x = made(FUNCTIONS["layer"], 8, 5)
    expected = forward.jacobian(f)(x).T
    indices = np.array([6, 0, 3, 7, 1])
    for k in (1, 2, 5):
        found = jacobians.some_columns(f, x, indices, k)
        np.testing.assert_allclose(found, expected[indices], rtol=1e-12)


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nope"], "'nope' is not one of"),
        (["--inputs", "0"], "0 is not in the range 1<=x<=5000"),
        (["--outputs", "5001"], "5001 is not in the range 1<=x<=5000"),
        (["--budget", "inf"], "--budget must be finite"),
        (["--budget", "1", "--exhaustive"], "give one of the two"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, experiments):
    code, out, err = experiments("crossover", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
