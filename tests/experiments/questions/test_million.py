"""``million``: every forward pass is run, or a sample that says so; each derivative is compared."""

import numpy as np
import pytest

from experiments.bench.agreement import Disagreement
from experiments.bench.results import Results
from experiments.functions import scalars
from experiments.questions.million import experiment as million
from experiments.questions.million import figure
from experiments.sides import compiled
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused
from tests.helpers import together

OPTIONS = ("--function", "rosenbrock", "denoising", "--inputs", "300", "--block", "64")


@pytest.fixture(scope="module", autouse=True)
def few_rounds(module_patch):
    module_patch.setattr(million, "ROUNDS", 3)
    module_patch.setattr(million, "BUDGET", 0.02)


@pytest.fixture(scope="module")
def llvm():
    pytest.importorskip("llvmlite", reason="compiled passes need llvmlite")


@pytest.fixture(scope="module")
def found(llvm, run_once):
    return run_once("million", *OPTIONS)


@pytest.fixture(scope="module")
def sampled(llvm, run_once):
    """Where the passes would take longer than they may."""
    return run_once("million", *OPTIONS[:2], *OPTIONS[3:], "--budget", "1e-9")


def test_all_passes_of_each_function_are_run(found):
    for function, n in (("rosenbrock", 300), ("denoising", 300)):
        backward, *forward = [row for row in found.rows if row["function"] == function]
        assert (backward["mode"], backward["inputs"]) == ("reverse", str(n))
        assert sum(int(row["directions"]) for row in forward) == n
        assert [int(row["first"]) for row in forward] == list(range(0, n, 64))
        assert {row["run"] for row in forward} == {"in full"}
        assert all(float(row["largest_relative_difference"]) < 1e-12 for row in forward)
    blocks = [each for each in found.data["measurements"] if each["task"]["mode"] == "forward"]
    assert all(each["entries_compared"] == each["directions_timed"] for each in blocks)
    assert "every product with them is carried out" in found.words
    assert not found.tells_a_spread


def test_the_time_of_all_passes_is_the_sum_of_the_blocks(found):
    every = found.data["measurements"]
    records = [each for each in every if each["task"]["function"] == "rosenbrock"]
    point = compiled.read_blocks("rosenbrock", records)
    (form,) = point.forms
    assert form.full
    total = sum(each["seconds"] for each in records[1:])
    assert form.seconds.value == pytest.approx(total)
    one = np.median(records[0]["reverse"]["seconds"])
    assert point.one.seconds.value == pytest.approx(one)
    assert form.speedup.value == pytest.approx(total / one, rel=0.5)


def test_a_function_that_takes_too_long_is_estimated(sampled):
    records = sampled.data["measurements"]
    blocks = records[1:]
    assert not any(block["full"] for block in blocks)
    point = compiled.read_blocks("rosenbrock", records)
    (form,) = point.forms
    assert not form.full
    rates = [block["seconds"] / block["directions_timed"] for block in blocks]
    assert form.seconds.value == pytest.approx(300 * np.median(rates))
    assert sampled.tells_a_spread
    assert {row["run"] for row in sampled.rows if row["mode"] == "forward"} == {"a sample"}


def test_drawn_from_the_data_alone(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


@pytest.mark.parametrize("draw", [figure.draw, figure.slide])
def test_what_was_estimated_is_hollow(draw, found, sampled):
    for run, expected in ((found, 0), (sampled, 1)):
        (axes, *_) = draw(Results(run.data["run"], run.data["measurements"])).axes
        hollow = [line for line in axes.get_lines() if line.get_markerfacecolor() == "white"]
        assert len(hollow) == expected


def test_the_title_is_of_all_functions(found, sampled):
    title = figure.draw(Results(found.data["run"], found.data["measurements"])).get_suptitle()
    assert title.startswith("All forward passes of a function, compiled, run in full: ")
    assert "One reverse pass, compiled: " in title
    assert "rosenbrock" not in title
    alone = figure.draw(Results(sampled.data["run"], sampled.data["measurements"])).get_suptitle()
    assert alone.startswith("300 forward passes of rosenbrock, compiled, estimated: ")


def test_a_wrong_derivative_stops_the_run(llvm):
    """Wherever it is: all entries are looked at."""
    own = million.case("rosenbrock", 50, 50, 1, 0)
    rng = np.random.default_rng(0)
    compiled.measure_block(own, range(50), full=True, rng=rng)
    true = own.gradient.copy()
    for wrong in (0, 21, 49):
        own.gradient[:] = true
        own.gradient[wrong] += 1.0
        with pytest.raises(Disagreement, match=f"entry {wrong} of the gradient"):
            compiled.measure_block(own, range(50), full=True, rng=rng)
    million.case.cache_clear()


def test_its_point_is_that_of_the_function(llvm):
    own = million.case("rosenbrock", 50, 50, 1, 3)
    f, x = scalars.find("rosenbrock").make(50, scalars.generator(3, 50, "rosenbrock"))
    assert own.f is f
    np.testing.assert_array_equal(own.x, x)


def test_without_llvm_it_says_what_to_install(monkeypatch, experiments, tmp_path):
    monkeypatch.setattr(compiled, "find_spec", lambda name: None)
    assert_refused(("million",), "pip install llvmlite", experiments, tmp_path)


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--inputs", "0"], "0 is not in the range"),
        (["--block", "0"], "0 is not in the range"),
        (["--function", "nope"], "'nope' is not one of"),
        (["--budget", "1", "--exhaustive"], "give one of the two"),
    ],
)
def test_wrong_arguments(arguments, message, llvm, experiments, tmp_path):
    assert_refused(("million", *arguments), message, experiments, tmp_path)
