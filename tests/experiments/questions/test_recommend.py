"""The experiment ``recommend``: what it measures, leaves out, marks, and says of errors."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from admodes import reverse
from admodes.measure import Interval, Timing
from experiments.commands import EXPERIMENTS
from experiments.questions.recommend import experiment as recommend
from experiments.questions.recommend import figure, table
from experiments.questions.recommend.cases import CASES, fresh
from experiments.questions.recommend.reading import Reading, Regret, Tried, honest, scores
from experiments.questions.recommend.rules import RULES
from experiments.questions.recommend.sparsely import Sparse, alone, followed, summary
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, set_to
from tests.helpers import named, together

SMALL = ("--case", "waves-30", "horner-10")


def make_small(patch):
    set_to(patch, "recommend", seconds=0.01, rounds=3)
    patch.setattr(recommend, "SAMPLE_SECONDS", 1e-4)


@pytest.fixture(scope="module")
def found(run_once):
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        return run_once("recommend", *SMALL)


def test_the_cases_are_many_and_of_many_sizes():
    assert len(CASES) >= 40
    assert len({case.kind for case in CASES.values()}) >= 7
    held_out = [case for case in CASES.values() if case.held_out]
    assert len(held_out) >= len(CASES) / 2
    assert sum(map(len, fresh.ROWS.values())) >= 60


def test_every_case_is_the_same_for_the_same_seed(subtests):
    for name, case in CASES.items():
        with named(subtests, name):
            (f, x), (g, y) = (case.input(0) for _ in range(2))
            for mine, theirs in ((x, y), (f(x), g(y))):
                for one, other in zip(recommend.flat(mine), recommend.flat(theirs), strict=True):
                    np.testing.assert_array_equal(one, other)


def test_data_and_table(found):
    assert "waves-30" in found.out
    assert "Regret at most 1.10 in" in found.out
    data, rows = found.data, found.rows
    assert [each["task"]["case"] for each in data["measurements"]] == ["horner-10", "waves-30"]
    waves = [row for row in rows if row["case"] == "waves-30"]
    assert {(row["mode"], row["directions_a_pass"]) for row in waves} >= {
        (mode, k) for mode in ("forward", "reverse") for k in ("1", "4", "16", "30")
    }
    assert sum(row["recommended"] == "True" for row in waves) == 1
    assert sum(row["quickest"] == "True" for row in waves) == 1
    for row in waves:
        assert float(row["seconds_predicted"]) > 0
        known = ("seconds_measured", "seconds_of_one_trial", "seconds_at_least")
        assert sum(bool(row.get(name)) for name in known) == 1
        assert bool(row["regret_measured"]) == (row["recommended"] == "True")
        # The regret is by the quickest that was measured, and the recommended one is measured.
        if row["recommended"] == "True":
            assert row["seconds_measured"]


def test_mixed_mode_is_tried_where_there_is_a_narrow_place():
    for name, narrowest in (("hourglass-100-3", 3), ("waves-30", None)):
        f, x = CASES[name].input(0)
        advice = recommend.ad.recommend(f, x, programs=False)
        assert recommend.narrowest(advice) == narrowest
        calls = recommend.ways_to(f, x, advice, [])
        assert {k for mode, k in calls if mode == "mixed"} == ({3} if narrowest else set())
        _, bounds = recommend.try_out(f, x, calls, advice)
        assert all(mode != "mixed" for mode, _ in bounds)


def test_a_sparse_matrix_is_a_way_where_most_entries_are_0(found):
    pytest.importorskip("scipy")
    of = {each["task"]["case"]: each["sparse"] for each in found.data["measurements"]}
    assert of["horner-10"] is None
    assert (of["waves-30"]["entries"], of["waves-30"]["directions"]) == (30, 1)
    assert "as a sparse matrix" in found.out
    (row,) = [each for each in found.rows if each["sparse_directions"]]
    assert row["case"] == "waves-30"
    assert row["recommended"] == "True"
    assert float(row["quickest_over_sparse_measured"]) > 0
    x = {"a": np.arange(1.0, 3.0), "b": 2.0}

    def f(x):
        return [x["a"] * x["b"], x["b"] ** 2]

    sparse = recommend.ad.sparse_jacobian(f)(x)
    dense = list(recommend.flat(reverse.jacobian(f)(x)))
    blocks = recommend.blocks_of(sparse, f(x), x)
    for one, other in zip(recommend.flat(blocks), dense, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(recommend.Disagreement):
        recommend.compare({("reverse", 1): dense, ("sparse", 0): [2 * each for each in blocks]})


def test_what_following_the_advice_costs_with_a_sparse_matrix():
    def case(gain, said, regret=1.2):
        interval = Interval(gain, 0.9 * gain, 1.1 * gain, 0.96)
        own = Sparse(30, 1, "forward", 1.0, Timing((0.1,) * 6, tuple(range(6))), interval, said)
        return replace(made(regret=regret), sparse=own)

    readings = [case(5.0, 4.0), case(5.0, None), case(0.5, 2.0), case(0.5, None)]
    assert [round(alone(each), 9) for each in readings] == [6.0, 6.0, 1.2, 1.2]
    assert [round(followed(each), 9) for each in readings] == [1.0, 6.0, 2.0, 1.2]
    assert [each.sparse.pays_from for each in readings] == [3, 3, None, None]
    assert summary(readings)[-1] == "said to pay where it does not: 1 of 4"


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_quick_measures_fewer_cases():
    quick = EXPERIMENTS["recommend"].settled({}, quick=True)
    full = EXPERIMENTS["recommend"].settled({})
    assert full["cases"] == list(CASES)
    assert set(quick["cases"]) < set(full["cases"])
    assert quick["seconds"] < full["seconds"]
    assert {CASES[name].held_out for name in quick["cases"]} == {True, False}
    budget = sum(recommend.expect(task, quick) for task in recommend.plan(quick))
    assert budget < 60


def test_a_case_that_there_is_not(experiments, tmp_path):
    for name, hint in (("wave-30", "waves-30"), ("zzz", "--help lists all")):
        code, out, err = experiments("recommend", "--case", name)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert f"there is no case '{name}': " in err
        assert hint in err
    assert not list(tmp_path.iterdir())


def test_it_goes_on_where_it_stopped(experiments, monkeypatch, tmp_path):
    make_small(monkeypatch)
    measure = EXPERIMENTS["recommend"].measure
    stopped = []

    def stop(task, settings):
        if task["case"] == "waves-30" and not stopped:
            stopped.append(task)
            raise KeyboardInterrupt
        return measure(task, settings)

    monkeypatch.setitem(vars(EXPERIMENTS["recommend"]), "measure", stop)
    code, _, err = experiments("recommend", *SMALL)
    assert code == 130
    assert "1 of 2 measurements" in err
    assert experiments("recommend", *SMALL, "--resume")[0] == 0
    assert len(Run(tmp_path, "recommend").data["measurements"]) == 2


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch):
    make_small(monkeypatch)

    def wrong(f, **options):
        return lambda x: reverse.jacobian(f, **options)(x) + 1e-3

    monkeypatch.setitem(recommend.MODES, "reverse", SimpleNamespace(jacobian=wrong))
    code, out, err = experiments("recommend", "--case", "waves-30")
    assert (code, out) == (1, "")
    assert "Disagreement" in err
    assert err.count("\n") == 1


def test_what_cannot_be_the_quickest_is_not_run():
    called = []

    def way(name, seconds):
        def call():
            called.append(name)
            recommend.perf_counter()

        return call

    class Advice:
        inputs, outputs = 10**9, 1

    f, x = np.sum, np.ones(5)
    ways = {("reverse", 1): way("reverse", 0), ("forward", 1): way("forward", 0)}
    trials, bounds = recommend.try_out(f, x, ways, Advice)
    assert set(trials) == {("reverse", 1)}
    assert set(bounds) == {("forward", 1)}
    assert bounds["forward", 1] > 10
    assert "forward" not in called


def test_nested_containers():
    tree = {"a": [1.0, np.ones((2, 2))], "b": (2.0,)}
    ones = recommend.like(tree, 1.0)
    assert [each.tolist() for each in recommend.flat(ones)] == [[1.0], [1.0] * 4, [1.0]]
    assert isinstance(ones["b"], tuple)


# --- Showing --------------------------------------------------------------------------------------


def made(case="a", regret=1.0, predicted=(1.0, 1.0), held_out=False):
    """A reading: the recommended way took `regret` times the second of the quickest one."""

    def timing(seconds):
        return Timing((seconds,) * 6, tuple(range(6)))

    def way(mode, k, predicted, **known):
        return Tried(mode=mode, chunk_size=k, passes=1, predicted=predicted, **known)

    chosen = way("forward", 8, predicted[0], timing=timing(regret))
    best = way("reverse", 4, predicted[1], timing=timing(1.0)) if regret > 1 else chosen
    never = way("reverse", 1, 50.0, at_least=20.0)
    one = Interval(regret, regret, regret, 0.96)
    return Reading(
        case, "matrix", held_out, 5, 4, 3, chosen, best, (chosen, best, never), one, one, 1e-4
    )


def test_where_it_is_wrong_it_says_which_prediction_was_off_and_by_how_much():
    slow = made(regret=2.0, predicted=(0.8, 1.01))
    assert table.why(slow) == (
        "forward, 8 directions was predicted to take 800 ms and took 2.00 s (2.50 times that);"
        " reverse, 4 directions was predicted to take 1.01 s and took 1.00 s (as predicted). The"
        " prediction for the recommended way was further off."
    )
    dear = made(regret=1.2, predicted=(1.2, 4.0))
    assert "took 1.00 s (1 / 4.00 of that)" in table.why(dear)
    assert table.why(dear).endswith("for the quickest way was further off.")


def test_the_summary_counts_cases_within_the_target():
    readings = [made("a"), made("b", regret=1.05), made("c", regret=1.5, held_out=True)]
    first, held_out, floor, _ = table.summary(readings)
    assert "against itself: at most 1.00 in" in floor
    assert first.startswith("Regret at most 1.10 in 2 of 3 cases, the largest 1.50 (c)")
    assert held_out == "Held out: Regret at most 1.10 in 0 of 1 cases, the largest 1.50 (c)."
    assert [each.case for each in table.missed(readings)] == ["c"]


def test_a_regret_is_never_less_than_one():
    best = Timing((1.0, 1.0, 1.0, 1.2, 1.2, 1.2), tuple(range(6)))
    chosen = Timing((1.2, 1.2, 1.2, 0.9, 1.1, 1.1), tuple(range(6)))
    found = honest(chosen, best)
    assert found.value >= 1
    assert found.low < 1 <= found.high


def test_rules_are_scored_by_what_following_them_costs():
    cases = [("a", 2.0, False), ("b", 1.0, False), ("c", 4.0, True)]
    readings = [
        replace(made(name), choosers={"one": Regret(("forward", 1), 1.0), "two": Regret(
            ("forward", 1), value, bound)})
        for name, value, bound in cases
    ]  # fmt: skip
    one, two = scores(readings)
    assert (one.name, one.mean, one.worst, one.bound) == ("one", 1.0, 1.0, False)
    assert (two.mean, two.ninth, two.worst, two.case) == (pytest.approx(2.0), 4.0, 4.0, "c")
    assert two.bound


@together
@pytest.mark.parametrize(
    ("n", "m", "modes"),
    [
        (10, 10, "rfrfffff"),
        (100, 10, "rrrrrrrr"),
        (10, 100, "ffffffff"),
        (140, 100, "rrrffrrf"),
    ],
)
def test_what_the_rules_say(n, m, modes):
    said = "".join(rule.way(n, m, (n, m))[0][0] for rule in RULES)
    assert said == modes


def test_how_many_directions_a_rule_carries():
    twelve = next(rule for rule in RULES if rule.chunk_size == 12)
    assert twelve.way(100, 100, (100, 100)) == ("forward", 12)
    assert twelve.way(100, 5, (100, 5)) == ("reverse", 5)
    assert RULES[0].way(100, 200, (64, 200)) == ("forward", 64)
    assert recommend.default_sizes(100, 200) == (100, 200)
    assert recommend.default_sizes(10**5, 1) == (8, 1)


def test_the_figure_has_every_measured_way_and_every_regret():
    readings = [made("a"), made("b", regret=1.5, held_out=True)]
    drawn = Figure()
    left, right = drawn.subplots(1, 2)
    figure.draw_predictions(left, readings)
    figure.draw_regrets(right, readings)
    marked = {line.get_label(): len(line.get_xdata()) for line in left.lines}
    assert (marked["forward mode"], marked["reverse mode"]) == (3, 1)
    assert [text.get_text() for text in right.texts] == ["b"]
