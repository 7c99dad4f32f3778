"""The experiment itself: what it measures, marks, compares and writes."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from admodes import reverse
from experiments.__main__ import main
from experiments.bench.agreement import Disagreement
from experiments.bench.results import Results
from experiments.questions.speedup import experiment as speedup
from experiments.sides import compiled, gradients, one_against_many, passes
from tests.experiments.helpers import (
    Run,
    assert_drawn_from_the_data_alone,
    set_to,
    without_pictures,
)
from tests.helpers import together

ROSENBROCK = ("speedup", "--function", "rosenbrock")


@pytest.fixture(scope="module")
def found(run_once, module_patch):
    """Small sizes, of which two are powers of ten, and a large one that the budget is too small
    for: of forward passes that nothing compiled."""
    set_to(module_patch, "speedup", rounds=3)
    sizes = ("1", "5", "2", "10", "100", "8000")
    return run_once(*ROSENBROCK, "--inputs", *sizes, "--seed", "7", "--budget", "0.03")


def eager(run):
    return [each for each in run.data["measurements"] if "backend" not in each["task"]]


def test_data_and_table(found):
    assert "Σ 100" in found.out
    assert found.data["run"]["settings"]["seed"] == 7
    assert found.data["run"]["machine"]["packages"]["numpy"] == np.__version__
    # Rosenbrock takes at least two inputs, and no number twice.
    assert [record["inputs"] for record in eager(found)] == [2, 5, 10, 100, 8000]
    rows = found.rows
    assert [(row["inputs"], row["mode"]) for row in rows[:4]] == [
        ("2", "f"),
        ("2", "reverse"),
        ("2", "forward"),
        ("2", "forward"),
    ]
    one, many = rows[6:8]
    assert (one["directions_a_pass"], one["passes"]) == ("1", "5")
    assert int(many["passes"]) == -(-5 // int(many["directions_a_pass"]))


def test_speed_up_is_the_time_of_forward_over_that_of_reverse_mode(found):
    """Of all entries: with 8000 inputs and a pass for each, by hundreds at least."""
    by_mode = {row["directions_a_pass"]: row for row in found.rows if row["inputs"] == "8000"}
    assert float(by_mode["1"]["speedup_estimated"]) > 100


def test_a_point_run_in_full_and_an_estimated_one_are_kept_apart(found):
    assert found.tells_a_spread
    small, *_, large = eager(found)
    assert [form["full"] for form in small["forward"]] == [True, True]
    assert [form["full"] for form in large["forward"]] == [False, False]
    assert small["forward"][0]["entries_compared"] == 2
    for form in large["forward"]:
        assert form["k"] <= form["directions_timed"] < 8000
        assert form["k"] <= form["entries_compared"] < 8000
    for row in found.rows:
        estimated = row["inputs"] == "8000" and row["mode"] == "forward"
        assert row["run"] == ("estimated" if estimated else "in full")
        assert bool(row["seconds_estimated"]) == estimated
        assert bool(row["seconds_measured"]) == (not estimated)
        assert bool(row["speedup_estimated"]) == estimated
        assert float(row["seconds_low"]) <= float(row["seconds_high"])


def test_exhaustive_runs_every_pass(experiments, tmp_path):
    assert experiments(*ROSENBROCK, "--inputs", "300", "--exhaustive", "--quick")[0] == 0
    (measured,) = Run(tmp_path, "speedup").data["measurements"]
    for form in measured["forward"]:
        assert (form["full"], form["directions_timed"], form["entries_compared"]) == (
            True,
            300,
            300,
        )


def test_an_estimate_scales_the_time_of_the_sampled_passes_to_all(found):
    rows = [row for row in found.rows if (row["inputs"], row["mode"]) == ("8000", "forward")]
    for form, row in zip(eager(found)[-1]["forward"], rows, strict=True):
        scaled = np.median(form["seconds"]) * 8000 / form["directions_timed"]
        assert float(row["seconds_estimated"]) == pytest.approx(scaled, rel=1e-5)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch, tmp_path):
    gradient = reverse.grad

    def wrong(f):
        return lambda x: gradient(f)(x) + np.where(np.arange(x.size) == 3, 0.5, 0.0)

    monkeypatch.setattr(reverse, "grad", wrong)
    code, out, err = experiments(*ROSENBROCK, "--inputs", "2", "5", "6")
    assert (code, out) == (1, "")
    assert "function rosenbrock, inputs 5, seed 0: Disagreement: entry 3 of the gradient" in err
    f, x = speedup.scalars.find("rosenbrock").make(5, generator("rosenbrock", 5))
    true = gradient(f)(x)[3]
    assert f"where x is {x[3]}" in err
    assert f"{true + 0.5} in reverse mode" in err
    assert err.count("\n") == 1
    # What was right is kept.
    assert len((tmp_path / "speedup.partial.jsonl").read_text().splitlines()) == 2


@pytest.fixture(scope="module")
def with_compiled(found):
    """Unless every size is asked for, powers of ten are measured compiled as well."""
    pytest.importorskip("llvmlite", reason="compiled passes need llvmlite")
    return found


def test_compiled_passes_are_measured_at_powers_of_ten(with_compiled):
    own = [row for row in with_compiled.rows if row["backend"] == "compiled"]
    assert [(row["inputs"], row["mode"]) for row in own] == [
        (n, mode) for n in ("10", "100") for mode in ("f", "reverse", "forward")
    ]
    uncompiled = {row["inputs"] for row in with_compiled.rows if row["backend"] == "eager"}
    assert uncompiled == {"2", "5", "10", "100", "8000"}
    for row in own[2::3]:
        assert row["run"] == "in full"
        assert row["entries_compared"] == row["inputs"]
        assert float(row["largest_relative_difference"]) < 1e-12
    assert "rosenbrock, compiled" in with_compiled.words


def test_compiled_passes_at_every_size_on_request(experiments, tmp_path):
    pytest.importorskip("llvmlite", reason="compiled passes need llvmlite")
    assert experiments(*ROSENBROCK, "--inputs", "3", "4", "--compiled", "--quick")[0] == 0
    own = [row for row in Run(tmp_path, "speedup").rows if row["backend"] == "compiled"]
    assert {row["inputs"] for row in own} == {"3", "4"}


def test_without_llvm_the_rest_is_measured_and_one_line_says_so(experiments, monkeypatch, tmp_path):
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    code, out, err = experiments(*ROSENBROCK, "--inputs", "10", "--quick")
    assert (code, err) == (0, "")
    assert " ".join(out.split()).count("pip install llvmlite") == 1
    assert {row["backend"] for row in Run(tmp_path, "speedup").rows} == {"eager"}
    code, _, err = experiments(*ROSENBROCK, "--inputs", "10", "--compiled")
    assert (code, err.count("\n")) == (2, 1)
    assert "pip install llvmlite" in err


def test_what_cannot_be_repeated_is_not_compiled(experiments, write_module, tmp_path):
    pytest.importorskip("llvmlite", reason="compiled passes need llvmlite")
    write_module(
        "prints", "import numpy as np\ndef f(x):\n    print('seen')\n    return np.sum(x * x)"
    )
    code, out, _ = experiments("speedup", "--function", "prints:f", "--inputs", "10", "--quick")
    assert code == 0
    assert "prints:f cannot be compiled" in " ".join(out.split())
    assert {row["backend"] for row in Run(tmp_path, "speedup").rows} == {"eager"}


def beside(n, full):
    """A run of ``million`` with `n` inputs, of made-up times."""
    timing = {"loops": 1, "rounds": list(range(6)), "seconds": [2e-3] * 6}
    one = {"inputs": n, "f": timing, "reverse": timing}
    blocks = [
        {
            "k": 4,
            "full": full,
            "directions_timed": n // 6,
            "seconds": 10.0,
            "entries_compared": n // 6,
            "largest_difference": 1e-15,
        }
    ] * 6
    return Results({}, [{"task": {"function": "rosenbrock"}, **each} for each in (one, *blocks)])


@pytest.mark.parametrize("n", [96, 6000])
def test_points_run_in_full_by_million_take_the_places_of_its_own(with_compiled, n):
    data = with_compiled.data
    own = Results(data["run"], data["measurements"])
    shown = replace(own, beside={"million": beside(n, full=True)})
    (point,) = (each for each in speedup.read(shown) if each.compiled and each.n == n)
    assert point.forms[0].full
    assert point.forms[0].seconds.value == 60.0
    assert point.forms[0].speedup.value == pytest.approx(30_000)
    assert len(speedup.read(shown)) == len(speedup.read(own)) + 1
    # What is of the same size is replaced, and an estimate does not take the place of anything.
    again = replace(own, beside={"million": beside(100, full=True)})
    assert len(speedup.read(again)) == len(speedup.read(own))
    estimated = replace(own, beside={"million": beside(n, full=False)})
    assert speedup.read(estimated) == speedup.read(own)


def test_what_million_has_left_in_the_folder_is_shown(with_compiled, tmp_path):
    folder = shutil.copytree(with_compiled.folder, tmp_path / "both")
    with pytest.MonkeyPatch.context() as patch:
        without_pictures(patch)
        data = {"run": {}, "measurements": beside(6000, full=True).records}
        (folder / "million.json").write_text(json.dumps(data), encoding="utf-8")
        assert main(["plot", "speedup", "--output", str(folder)]) == 0
    last = Run(folder, "speedup").rows[-1]
    assert (last["inputs"], last["backend"], last["run"]) == ("6000", "compiled", "in full")
    assert last["seconds_measured"] == "60.0"


def test_the_headline_is_of_passes_run_in_full_at_the_largest_size(with_compiled):
    data = with_compiled.data
    own = Results(data["run"], data["measurements"])
    shown = replace(own, beside={"million": beside(6000, full=True)})
    assert one_against_many.all_run(grouped(own), 100).n == 100
    assert one_against_many.all_run(grouped(shown), 6000).n == 6000
    assert one_against_many.all_run(grouped(shown), 7000) is None
    in_full = [each for each in data["measurements"] if each["task"]["inputs"] <= 100]
    drawn = speedup.draw(replace(own, records=in_full))
    title = drawn.get_suptitle()
    assert title.startswith("100 forward passes of rosenbrock, compiled, run in full: ")
    eager = [each for each in in_full if "backend" not in each["task"]]
    title = speedup.draw(replace(own, records=eager)).get_suptitle()
    assert re.search(
        r"reverse mode is [\d.]+ times as fast as forward.*(±\d+%|times that)", title, re.S
    )


def grouped(results):
    return one_against_many.by_function(speedup.read(results), compiled=True)


def generator(name, n, seed=0):
    return np.random.default_rng([seed, n, *name.encode()])


def test_a_gradient_that_is_not_a_number_stops_the_run(experiments, write_module):
    write_module("undefined", "import numpy as np\ndef f(x):\n    return np.sum(x * np.nan)")
    code, _, err = experiments("speedup", "--function", "undefined:f", "--inputs", "2")
    assert code == 1
    assert "Disagreement: entry 0" in err
    assert "nan" in err


def test_a_function_that_changes_between_calls_is_caught(experiments, write_module):
    write_module(
        "changes",
        """
        import itertools
        import numpy as np
        calls = itertools.count(1)
        def f(x):
            return np.sum(x) * next(calls)
        """,
    )
    code, _, err = experiments("speedup", "--function", "changes:f", "--inputs", "2")
    assert code == 1
    assert "Disagreement" in err


def test_a_function_and_an_input_of_the_users_own(experiments, write_module, tmp_path):
    write_module(
        "own",
        """
        import numpy as np
        def cube(x):
            '''The sum of cubes.'''
            return np.sum(x * x * x)
        def make_input(n, rng):
            return rng.uniform(1, 2, n + n % 2)
        """,
    )
    code, out, err = experiments("speedup", "--function", "own:cube", "--inputs", "3", "4")
    assert (code, err) == (0, "")
    assert "The sum of cubes." in out
    own = Run(tmp_path, "speedup")
    # Its input decides how many there are.
    assert [record["inputs"] for record in own.data["measurements"]] == [4, 4]
    assert own.rows[0]["function"] == "own:cube"


def test_an_error_of_the_users_function_shows_its_line(experiments, write_module):
    write_module("raises", "def f(x):\n    return helper(x)\ndef helper(x):\n    return x.missing")
    code, _, err = experiments("speedup", "--function", "raises:f", "--inputs", "2")
    assert (code, err.count("\n")) == (1, 1)
    assert re.search(
        r"AttributeError: .* \(in helper, .*raises\.py, line 4: return x\.missing\)", err
    )


def test_an_output_that_is_not_one_number(experiments, write_module):
    write_module("many", "def f(x):\n    return x * 2")
    code, _, err = experiments("speedup", "--function", "many:f", "--inputs", "3")
    assert code == 1
    assert "TypeError" in err
    assert err.count("\n") == 1


def test_difference_is_relative_to_the_entry_or_to_the_mean_size_of_all():
    gradient = np.array([1e-20, 1.0, 3.0])
    form = passes.Form(1, True, 3, 0.0, lambda: None, [])
    form.found.append((np.array([2, 0]), np.array([3.0 * (1 + 1e-12), 2e-20])))
    found = passes.compare(form, gradient, gradients.describe(np.zeros(3)))
    assert found["entries_compared"] == 2
    assert found["largest_difference"] == pytest.approx(1e-12, rel=1e-3)
    form.found.append((np.array([0]), np.array([1e-3])))
    with pytest.raises(Disagreement, match=r"entry 0 .* is 0\.001 in forward mode"):
        passes.compare(form, gradient, gradients.describe(np.zeros(3)))


def test_gradient_of_zeros_agrees_with_itself():
    form = passes.Form(1, True, 2, 0.0, lambda: None, [(np.arange(2), np.zeros(2))])
    assert (
        passes.compare(form, np.zeros(2), gradients.describe(np.zeros(2)))["largest_difference"]
        == 0
    )


@together
@pytest.mark.parametrize(("n", "k", "count"), [(9, 1, 4), (7, 3, 2), (9, 9, 1), (26, 3, 4)])
def test_sampled_passes_are_whole_ones_in_an_order_drawn_from_the_seed(n, k, count):
    x = np.arange(1.0, n + 1)

    def found(seed):
        rng = np.random.default_rng(seed)
        derivative = gradients.by_forward(lambda x: np.sum(x * x), x)
        form = passes.form_of(derivative, k, 1.0, 0.5, rng)
        assert (form.full, form.directions) == (False, k * count)
        for _ in range(n // form.directions):
            form.call()
        return map(np.concatenate, zip(*form.found, strict=True))

    indices, values = found(seed=1)
    assert len(set(indices.tolist())) == len(indices) > n // 2  # none twice, until all have been
    np.testing.assert_array_equal(values, 2 * x[indices])
    again, _ = found(seed=1)
    np.testing.assert_array_equal(indices, again)


@together
@pytest.mark.parametrize(
    ("cost", "count"), [(0.001, passes.SHARED_PASSES), (0.01, 25), (1.0, passes.FEWEST_PASSES)]
)
def test_passes_that_workers_share_are_many_where_the_budget_has_time_for_them(cost, count):
    rng = np.random.default_rng(0)
    with ThreadPoolExecutor(1) as executor:
        derivative = gradients.by_forward(np.sum, np.ones(1000), executor)
        form = passes.form_of(derivative, 2, cost, 0.5, rng)
    assert (form.full, form.directions) == (False, 2 * count)
