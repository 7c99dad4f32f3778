"""``workloads``: its objectives, their derivatives by hand, what it compares; its claim."""

from functools import partial

import numpy as np
import pytest

import admodes as ad
from admodes import counting, forward, reverse
from experiments.functions import workloads as objectives
from experiments.functions.workloads import (
    FEATURE,
    FIRST,
    WORKLOADS,
    bundle_adjustment,
    gaussian_mixture,
    mixture_data,
)
from experiments.questions.workloads import checks
from experiments.questions.workloads import sides as workloads_sides
from experiments.sides import passes
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, set_to
from tests.helpers import together

each_workload = pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)


@pytest.fixture(scope="module", autouse=True)
def tiny(module_patch):
    set_to(module_patch, "workloads", rounds=3)
    module_patch.setattr(objectives, "POINTS", 20)
    module_patch.setattr(objectives, "DIMENSIONS", 3)


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("workloads", "--size", "3", "--seed", "7", "--budget", "0.02")


def sides(workload, size, seed=0):
    f, x = workload.input(size, seed)
    by_hand = checks.derivative(workload.name, f, x)
    return workloads_sides.both(workload, f, x, by_hand)


# The objectives


@together
@each_workload
def test_it_is_documented_and_made_the_same_again(workload):
    assert workload.sentence.endswith(".")
    assert workload.formula
    assert workload.source.endswith(".")
    assert list(workload.sizes) == sorted(workload.sizes)
    (f, x), (g, y) = workload.input(3, seed=4), workload.input(3, seed=4)
    np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(f(x), g(y))
    assert np.isfinite(f(x)).all()
    assert not np.array_equal(x, workload.input(3, seed=5)[1])


def benchmark_mixture():
    """data/gmm/test.txt of ADBench: 3 components of 2 dimensions, one point."""
    weights = [-0.649014, 1.181166, -0.758453]
    means = [0.092339, 0.186260, 0.345561, 0.396767, 0.538817, 0.419195]
    entries = [
        *(0.586443, -0.851887, 0.800321),
        *(-1.509405, 0.875874, -0.242790),
        *(0.166813, -1.965419, -1.270071),
    ]
    data = mixture_data(np.array([[1.175171, 2.029160]]), 3, gamma=1.0, degrees=0)
    return partial(gaussian_mixture, **data), np.array([*weights, *means, *entries])


def test_the_mixture_is_that_of_the_benchmark():
    """Value and gradient as its own tests have them (test/cpp/modules/common/GmmTests.cpp)."""
    f, x = benchmark_mixture()
    assert f(x) == pytest.approx(8.07380408004975791, rel=1e-13)
    expected = [
        *(1.08662855508652456e-01, -7.41270039523898472e-01, 6.32607184015246071e-01),
        *(1.11692576532787013e00, 1.63333013551455269e-01, -2.19989824071193142e-02),
        *(2.27778292254236098e-01, 1.20963025612832187e00, -6.06375920733956339e-02),
        *(2.58529994051162237e00, 1.12632694524213789e-01, 3.85744309849611777e-01),
        *(7.35180573182305508e-02, 5.41836362715595232e00, -3.21494409677446469e-01),
        *(1.71892309775004937e00, 8.60091090790866875e-01, -9.94640930466322848e-01),
    ]
    for gradient in (
        checks.derivative("Gaussian mixture", f, x),
        reverse.grad(f)(x),
        forward.grad(f)(x),
    ):
        np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-14)


def test_bundle_adjustment_is_that_of_the_benchmark():
    """Residuals and Jacobian as its own tests have them (test/cpp/modules/common/BaTests.cpp)."""
    camera = [1.797201, 0.590697, -0.635786, 90.859550, 29.361415, 28.777534, 211.628116]
    camera += [-0.284531, -14.762924, 0.058931, 0.069976]
    x = np.array([[*camera, 4.173048, 5.586898, 1.403869, 0.417022]]).T
    f = partial(bundle_adjustment, features=np.array([[-525.672849], [161.811929]]))
    values = [-2.69048849235189402e-01, 2.59944792677901881e-01, 8.26092651515999976e-01]
    np.testing.assert_allclose(f(x)[:, 0], values, rtol=1e-9)
    first_row = [
        *(2.28877202208246757e02, 6.34574811495545418e02, -7.82222866259340549e02),
        *(2.42892615607159668e00, -1.17828079628011313e01, 2.54169312487743460e00),
        *(-1.03657084958518086e00, 4.17022e-01, 0.0),
        *(-3.50739521096005205e02, -9.12107773668008576e02),
        *(-2.42892615607159668e00, 1.17828079628011313e01, -2.54169312487743460e00),
        -6.45167039712987389e-01,
    ]
    for jacobian in (
        checks.derivative("bundle adjustment, blocks", f, x),
        reverse.jacobian(f)(x)[:, 0],
        forward.jacobian(f)(x)[:, 0],
    ):
        np.testing.assert_allclose(jacobian[0, :, 0], first_row, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(jacobian[2, :, 0], [0] * 14 + [-8.34044e-01], atol=1e-12)


def test_observations_share_cameras_and_points():
    """41 of them, by 3 cameras, of 11 points: each has its own weight."""
    f, x = WORKLOADS["bundle adjustment"].input(41, seed=0)
    places = f.keywords["places"]
    assert x.shape == (3 * 11 + 11 * 3 + 41,)
    assert places.shape == (15, 41)
    assert [len(set(row)) for row in places] == [3] * 11 + [11] * 3 + [41]
    assert sorted(set(places.ravel())) == list(range(x.size))
    assert abs(x[places] / FIRST[:, None] - 1).max() < 0.5
    assert f.keywords["features"].mean(axis=1) == pytest.approx(FEATURE, rel=0.05)


def test_the_integration_is_of_fourth_order():
    """With controls that stay, halving the step leaves about a sixteenth of the error."""
    f, _ = WORKLOADS["Runge-Kutta"].input(1, seed=0)
    coarse, middle, fine = (f(np.full(4 * steps, 0.3)) for steps in (160, 320, 640))
    assert 15 < (coarse - middle) / (middle - fine) < 24


# Derivatives


@together
@each_workload
@pytest.mark.parametrize("size", [1, 3])
def test_by_hand_it_is_the_derivative(size, workload):
    """By complex steps along random directions, which know nothing of either."""
    f, x = workload.input(size, seed=1)
    by_hand = checks.derivative(workload.name, f, x)
    for seed in range(3):
        direction = np.random.default_rng(seed).standard_normal(x.shape)
        along = f(x + 1e-30j * direction).imag / 1e-30
        if workload.derivative == "blocks":
            expected = np.einsum("oip,ip->op", by_hand, direction)
        else:
            expected = np.tensordot(by_hand, direction, axes=x.ndim)
        np.testing.assert_allclose(expected, along, rtol=1e-10, atol=1e-12 * abs(by_hand).max())


@together
@each_workload
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("k", [1, 3])
def test_both_modes_give_it(k, mode, workload):
    side = sides(workload, 6)[mode]
    whole = side.derivative.whole(k)()
    typical = abs(side.expected).mean()
    np.testing.assert_allclose(whole, side.expected, rtol=1e-9, atol=1e-10 * typical)
    n = side.derivative.n
    assert len(whole) == n
    some = np.arange(n)[::-2]
    np.testing.assert_allclose(
        side.derivative.some(some, k), side.expected[some], rtol=1e-9, atol=1e-10 * typical
    )


@together
@each_workload
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_wrong_entry_is_named_by_output_and_input(mode, workload):
    """Move one input only: the entry that is named is of an output that moves along."""
    f, x = workload.input(3, seed=0)
    side = sides(workload, 3)[mode]
    index = int(abs(side.expected).argmax())
    words = side.describe(index, 2, 1.5, 2.5)
    output, by = (int(words.split(word)[1].split()[0].strip(",")) for word in ("output ", "input "))
    assert f"which is {x.flat[by]}, is 1.5 in {mode} mode (2 directions a pass)" in words
    direction = np.zeros(x.size)
    direction[by] = 1
    tangent = ad.jvp(f, (x,), (direction.reshape(x.shape),))[1]
    assert np.ravel(tangent)[output] == pytest.approx(side.expected.flat[index], rel=1e-9)


# The claim


@together
@pytest.mark.parametrize(
    "name", ["log-sum-exp", "least squares", "Gaussian mixture", "Runge-Kutta"]
)
def test_by_count_a_gradient_costs_a_few_evaluations_or_some_for_each_input(name):
    workload = WORKLOADS[name]
    f, x = workload.input(5, seed=0)
    own = sides(workload, 5)
    evaluation = counting.evaluation(f, x).cost.work()
    forwards, reverses = (workloads_sides.work(own[mode], 1) for mode in ("forward", "reverse"))
    assert 1 < reverses / evaluation < 4
    assert x.size < forwards / evaluation < 4 * x.size


def test_by_count_blocks_cost_the_same_few_evaluations_however_many_they_are():
    """A whole Jacobian takes a pass for each input, or for each output, of which most give 0."""
    found = {}
    for name in ("bundle adjustment", "bundle adjustment, blocks"):
        workload = WORKLOADS[name]
        for size in (20, 80):
            f, x = workload.input(size, seed=0)
            evaluation = counting.evaluation(f, x).cost.work()
            for mode, side in sides(workload, size).items():
                found[name, size, mode] = workloads_sides.work(side, 1) / evaluation
    for mode in ("forward", "reverse"):
        few, many = (found["bundle adjustment, blocks", size, mode] for size in (20, 80))
        assert many == pytest.approx(few, rel=0.05)
        few, many = (found["bundle adjustment", size, mode] for size in (20, 80))
        assert many > 3 * few
    assert found["bundle adjustment, blocks", 80, "reverse"] < 10


def test_blocks_take_15_passes_or_3_sweeps():
    for size in (2, 50):
        own = sides(WORKLOADS["bundle adjustment, blocks"], size)
        assert (own["forward"].derivative.n, own["reverse"].derivative.n) == (15, 3)


@together
@pytest.mark.parametrize("k", [1, 2, 5])
def test_work_is_that_of_all_passes(k):
    """Counted on a function whose passes can be counted by hand: 7 inputs, in passes of k."""
    side = sides(WORKLOADS["least squares"], 7)["forward"]
    full = counting.tangent(side.f, side.x, directions=k).cost.work()
    rest = counting.tangent(side.f, side.x, directions=7 % k).cost.work() if 7 % k else 0
    assert workloads_sides.work(side, k) == 7 // k * full + rest


# The experiment


def test_data_and_table(found):
    for workload in WORKLOADS.values():
        assert workload.name in found.words
    assert "All derivatives agree with those by hand" in found.words
    data, rows = found.data, found.rows
    assert data["run"]["settings"]["seed"] == 7
    tasks = [(each["task"]["workload"], each["task"]["size"]) for each in data["measurements"]]
    assert tasks == [(name, size) for name in WORKLOADS for size in (3,)]
    for record in data["measurements"]:
        assert record["tape_bytes"] > 0
        for way in record["ways"]:
            assert way["passes"] == -(-way["directions"] // way["k"])
            assert len(way["seconds"]) == len(way["rounds"]) > 0
            assert way["largest_difference"] < 1e-10
            assert way["peak_bytes"] > 0
        modes = {way["mode"] for way in record["ways"]}
        assert modes == {"forward", "reverse"}
    for row in rows:
        assert bool(row["seconds_measured"]) != bool(row["seconds_estimated"])
        assert bool(row["peak_bytes_measured"]) != bool(row["peak_bytes_estimated"])
    advised = [row for row in rows if row["recommended"] == "True"]
    assert len(advised) == sum(each.derivative != "blocks" for each in WORKLOADS.values())
    assert sum(row["quickest"] == "True" for row in rows) == len(data["measurements"])


def test_a_point_run_in_full_and_an_estimated_one_are_kept_apart(
    experiments, tmp_path, monkeypatch
):
    # As if a direction took a millisecond, on whatever machine: 4 of them fit, and 40 do not.
    monkeypatch.setattr(passes, "cost_of_direction", lambda *_: {1: 1e-3, 4: 0.9e-3})
    arguments = ("workloads", "--workload", "Runge-Kutta", "--size", "1", "10")
    code, out, _ = experiments(*arguments, "--budget", "0.03")
    assert code == 0
    assert "~" in out
    run = Run(tmp_path, "workloads")
    small, large = run.data["measurements"]
    one = {record["task"]["size"]: record["ways"][0] for record in (small, large)}
    assert one[1]["full"]
    assert (one[10]["mode"], one[10]["k"], one[10]["full"]) == ("forward", 1, False)
    assert one[10]["directions_timed"] < 40
    for row in run.rows:
        estimated = row["run"] == "estimated"
        assert bool(row["seconds_estimated"]) == bool(row["relative_to_f_estimated"]) == estimated


def test_exhaustive_runs_every_pass(experiments, tmp_path):
    arguments = ("workloads", "--workload", "Gaussian mixture", "--size", "1", "--exhaustive")
    assert experiments(*arguments, "--quick")[0] == 0
    (measured,) = Run(tmp_path, "workloads").data["measurements"]
    for way in measured["ways"]:
        assert (way["full"], way["entries_compared"]) == (True, 10)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_a_wrong_derivative_stops_the_run(experiments, monkeypatch):
    right = checks.CHECKS["least squares"]

    def wrong(x, **data):
        return right(x, **data) + np.where(np.arange(x.size) == 2, 0.5, 0.0)

    monkeypatch.setitem(checks.CHECKS, "least squares", wrong)
    code, out, err = experiments("workloads", "--workload", "least squares", "--size", "3")
    assert (code, out) == (1, "")
    assert "workload least squares, size 3, seed 0: Disagreement: the derivative of output 0" in err
    assert "by input 2, which is" in err
    assert "by hand: a relative difference of" in err
    assert err.count("\n") == 1


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workload", "nope"], "'nope' is not one of"),
        (["--size", "0"], "0 is not in the range x>=1"),
        (["--budget", "inf"], "--budget must be finite"),
        (["--budget", "1", "--exhaustive"], "give one of the two"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, experiments):
    code, out, err = experiments("workloads", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
