"""``memory``: what depth costs in memory and what buys it back; its claim, by count."""

import weakref

import numpy as np
import pytest

from admodes import reverse
from admodes.checkpoints.schedules import advances, default_snapshots
from experiments.bench.results import Results
from experiments.commands import EXPERIMENTS
from experiments.questions.memory import cases, figure, table
from experiments.questions.memory import experiment as memory
from experiments.questions.memory.cases import BINOMIAL, FORWARD, REVERSE, WAYS, Counter, derivative
from tests.experiments.helpers import assert_drawn_from_the_data_alone, set_to
from tests.helpers import together

GRADIENTS = [name for name in WAYS if name != FORWARD]
STATE_BYTES = 8 * 50


@pytest.fixture(scope="module", autouse=True)
def small(module_patch):
    module_patch.setattr(cases, "SITES", 50)
    set_to(module_patch, "memory", rounds=3, seconds=0.02)


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("memory", "--depths", "10", "5", "--snapshots", "4", "--seed", "7")


def counted(name, depth, snapshots=3):
    """The derivative by a way, and how often it evaluates a step."""
    misfit, u, direction = cases.problem(depth, seed=0)
    counter = Counter()
    loop = WAYS[name].loop(counter.step, depth, snapshots)
    _, found = derivative(name, misfit(loop), u, direction)()
    return found, counter.count


# The claim


@together
@pytest.mark.parametrize("depth", [1, 2, 10, 35, 60])
def test_by_count_memory_is_bought_by_evaluations_and_by_no_more_than_theory_says(depth):
    evaluations = {name: counted(name, depth)[1] for name in WAYS}
    assert evaluations[FORWARD] == evaluations[REVERSE] == depth
    assert depth <= evaluations["uniform"] < 2 * depth
    assert evaluations["segments"] == 3 * depth
    assert evaluations[BINOMIAL] == cases.fewest_evaluations(depth, 3)
    assert evaluations["default"] <= (cases.RERUNS + 1) * depth


@together
@pytest.mark.parametrize("snapshots", [1, 3, 6])
def test_by_count_as_many_states_are_held_as_there_are_snapshots(snapshots):
    """Beside them the state before a step and the one after it, however long the loop."""
    alive = most = 0

    def gone():
        nonlocal alive
        alive -= 1

    def step(u, time):
        nonlocal alive, most
        y = cases.steepen(u, time)
        alive, most = alive + 1, max(most, alive + 1)
        weakref.finalize(y if isinstance(y, np.ndarray) else y._value, gone)
        return y

    held = {}
    for name in (REVERSE, BINOMIAL):
        for depth in (20, 60):
            misfit, u, direction = cases.problem(depth, seed=0)
            alive = most = 0
            derivative(name, misfit(WAYS[name].loop(step, depth, snapshots)), u, direction)()
            held[name, depth] = most
            assert alive == 0
    assert held[REVERSE, 60] - held[REVERSE, 20] == 40
    assert max(held[BINOMIAL, 20], held[BINOMIAL, 60]) <= snapshots + 2


@together
@pytest.mark.parametrize("s", [1, 2, 5, 10])
def test_the_bounds_are_those_of_the_schedules(s):
    for n in (1, 2, 10, 66, 67, 500, 10_000):
        assert cases.fewest_evaluations(n, s) == n + advances(n, s)
        assert cases.snapshots_for(n) == default_snapshots(n, "binomial")
    assert cases.reach(10, 2) == 66


# The ways


@together
@pytest.mark.parametrize("depth", [1, 7, 40])
def test_every_way_has_the_same_derivative(depth):
    misfit, u, direction = cases.problem(depth, seed=1)
    f = misfit(cases.in_a_row(cases.steepen, depth))
    found = {name: counted(name, depth)[0] for name in WAYS}
    for name in GRADIENTS:
        np.testing.assert_allclose(found[name], found[REVERSE], rtol=1e-12, atol=1e-16)
    for name in ("uniform", "default", BINOMIAL):
        np.testing.assert_array_equal(found[name], found[REVERSE])
    np.testing.assert_allclose(found[FORWARD], found[REVERSE] @ direction_of(depth), rtol=1e-10)
    slope = f(u + 1e-30j * direction).imag / 1e-30
    np.testing.assert_allclose(reverse.grad(f)(u) @ direction, slope, rtol=1e-10)


def direction_of(depth):
    return cases.problem(depth, seed=0)[2]


# The experiment


def test_data_and_table(found):
    assert "reverse, binomial, 4 snapshots" in found.out
    data, rows = found.data, found.rows
    assert data["run"]["settings"]["seed"] == 7
    assert [each["task"]["depth"] for each in data["measurements"]] == [5, 10]
    assert [row["way"] for row in rows] == ["f", *WAYS] * 2
    for record in data["measurements"]:
        assert record["state_bytes"] == STATE_BYTES
        assert {len(each["seconds"]) for each in record["ways"].values()} == {3}
    assert not any(row["peak_bytes_estimated"] for row in rows)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


@pytest.fixture(scope="module")
def measured():
    """At three depths; storing every step may take no more than a megabyte, which 12 would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "SITES", 12_500)
        settings = EXPERIMENTS["memory"].settled({"depths": (3, 6, 12), "snapshots": 3, "limit": 1})
        tasks = memory.plan(settings)
        return Results(
            {"settings": settings},
            [{"task": task, **memory.measure(task, settings)} for task in tasks],
        )


def test_what_there_is_no_memory_for_is_estimated_and_kept_apart(measured):
    results = measured
    rows = table.rows(results)
    three, six, twelve = (row for row in rows if row["way"] == REVERSE)
    assert twelve["peak_bytes_measured"] is twelve["seconds_measured"] is None
    assert twelve["samples"] == 0
    per_step = (six["peak_bytes_measured"] - three["peak_bytes_measured"]) / 3
    expected = six["peak_bytes_measured"] + 6 * per_step
    assert twelve["peak_bytes_estimated"] == pytest.approx(expected, abs=1)
    assert twelve["relative_to_f_estimated"] == six["relative_to_f_measured"]
    assert all(row["peak_bytes_measured"] for row in rows if row["way"] != REVERSE)
    assert table.table(results).caption.startswith("~ estimated")
    assert "holds about " in figure.headline(table.read(results), results)
    (legend,) = figure.draw(results).legends
    assert legend.get_texts()[-1].get_text() == "hollow: estimated"


def test_one_depth_alone_cannot_be_estimated_from(measured):
    three, _, twelve = measured.records
    results = Results(measured.header, [three, twelve])
    assert [each.depth for each in table.read(results) if each.way == REVERSE] == [3]
    table.table(results)
    figure.draw(results)


def test_the_words_are_made_from_the_data():
    def way(peak, seconds, evaluations):
        return {
            "evaluations": evaluations,
            "peak_bytes": peak,
            "largest_difference": 0.0,
            "loops": 1,
            "rounds": list(range(6)),
            "seconds": [seconds] * 6,
        }

    ways = {name: way(2_000_000, 6.0, 300) for name in WAYS}
    ways |= {"f": way(10, 1.0, 100), REVERSE: way(50_000_000, 3.0, 100)}
    record = {"task": {"depth": 100}, "state_bytes": 100_000, "ways": ways}
    results = Results({"settings": {"snapshots": 4}}, [record])
    readings = table.read(results)
    assert figure.headline(readings, results).splitlines()[1:] == [
        "with √n states 2.00 MB, 25.0 times less, for 2.00 × the time;",
        "with 4 states 2.00 MB, 25.0 times less, for 2.00 × the time",
    ]
    assert table.at(readings, REVERSE, 100).states == 500


def test_ways_that_disagree_stop_the_run(experiments, monkeypatch):
    def wrong(step, depth, snapshots):
        return cases.in_a_row(lambda u, time: step(u, time) * 1.01, depth)

    monkeypatch.setitem(WAYS, "uniform", cases.Way("wrong", wrong))
    code, out, err = experiments("memory", "--depths", "5")
    assert (code, out) == (1, "")
    assert "depth 5, seed 0: Disagreement: entry" in err
    assert "by uniform and" in err
    assert err.count("\n") == 1


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--depths", "0"], "0 is not in the range x>=1"),
        (["--depths", "many"], "'many' is not a valid integer"),
        (["--snapshots", "0"], "0 is not in the range x>=1"),
        (["--limit", "-1"], "-1 is not in the range x>=1"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, experiments):
    code, out, err = experiments("memory", *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
