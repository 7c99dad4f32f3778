"""The experiment ``backward``: what it runs is what it shows, and the numbers are those by hand."""

import numpy as np
import pytest

import admodes as ad
from experiments.questions.backward import experiment as backward
from experiments.questions.backward.cases import CHAPTERS, FORWARD, PROGRAM, Chapter, Step
from tests.experiments.helpers import assert_drawn_from_the_data_alone

# By hand, with x1 = 2, w1 = 5, w2 = 6 and Y = 10: x2 = x1·w1, y = x2·w2, L = Y - y.
VALUES = {"x1": 2.0, "w1": 5.0, "x2": 10.0, "w2": 6.0, "y": 60.0, "L": 10.0 - 60.0}
#: -w1·w2, -x1·w2, -x1·w1
GRADS = {"x1": -5.0 * 6.0, "w1": -2.0 * 6.0, "w2": -2.0 * 5.0}


@pytest.fixture(scope="module")
def run(run_once):
    return run_once("backward")


@pytest.fixture(scope="module")
def found(run):
    """The steps of every chapter, and the leaves, as they are kept."""
    return {
        record["task"]["chapter"]: record.get("steps", record.get("leaves"))
        for record in run.data["measurements"]
    }


def everywhere(value):
    return np.full((2, 2), value).tolist()


def seen(steps, expression):
    """What an expression was after each step that looks at it."""
    return [step["values"][expression] for step in steps if expression in step["values"]]


def test_the_values_and_gradients_by_hand(found):
    steps = found["one sweep"]
    for name, value in VALUES.items():
        assert seen(steps, f"{name}.value") == [everywhere(value)]
    for name, grad in GRADS.items():
        assert seen(steps, f"{name}.grad") == [everywhere(grad)]
    assert GRADS == {"x1": -30.0, "w1": -12.0, "w2": -10.0}


def test_leaves_have_a_grad_and_inner_nodes_have_none(found):
    steps = found["one sweep"]
    assert seen(steps, "x1.is_leaf") == [True]
    assert seen(steps, "x2.is_leaf") == [False]
    for name in ("x2", "y", "L"):
        assert seen(steps, f"{name}.grad") == [None]


def test_the_same_gradients_from_y(found):
    (step,) = found["begun at y"]
    assert step["code"] == "y.backward(-ones)"
    assert step["values"] == {f"{name}.grad": everywhere(grad) for name, grad in GRADS.items()}


def test_two_losses_accumulate(found):
    grads = seen(found["accumulation"], "x1.grad")
    assert grads == [everywhere(5.0), everywhere(5.0 + 6.0), None, everywhere(6.0)]


def test_the_second_call_is_refused_with_the_message_of_the_real_one(found):
    x = ad.variable(1.0)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError) as caught:
        y.backward()
    for chapter, errors in (("a second call", 2), ("retain_graph", 1)):
        steps = found[chapter]
        messages = [step["error"] for step in steps if step["error"]]
        assert messages == [f"RuntimeError: {caught.value}"] * errors
    assert seen(found["a second call"], "x1.grad") == [everywhere(-30.0)] * 3


def test_retain_graph_lets_it_go_twice(found):
    grads = seen(found["retain_graph"], "x1.grad")
    assert grads == [everywhere(-30.0), everywhere(-60.0), everywhere(-60.0)]


def test_retain_grad_gives_inner_nodes_a_grad(found):
    steps = found["retain_grad"]
    assert seen(steps, "x2.grad") == [None, everywhere(-6.0)]
    assert seen(steps, "y.grad") == [None, everywhere(-1.0)]
    assert seen(steps, "L.grad") == [None]


def test_forward_mode_has_the_same_numbers_in_a_pass_for_each_entry(found):
    leaves = {leaf["leaf"]: leaf for leaf in found[FORWARD]}
    assert set(leaves) == set(GRADS)
    for name, grad in GRADS.items():
        assert leaves[name]["reverse"] == leaves[name]["forward"] == everywhere(grad)
        assert leaves[name]["passes"] == 4


def test_what_is_shown_is_what_was_run(run):
    for name, chapter in CHAPTERS.items():
        assert name in run.out
        for step in chapter.steps:
            assert step.code in run.out
    words = run.words
    for shown in ("[[-30. -30.] [-30. -30.]]", "RuntimeError: backward() reaches", "12 passes"):
        assert shown in words
    assert {path.name for path in run.folder.iterdir()} == {"backward.json", "backward.csv"}


def test_the_table_as_tidy_data(run):
    rows = run.rows
    grads = [
        row for row in rows if row["chapter"] == "one sweep" and row["expression"] == "x1.grad"
    ]
    assert [row["entry"] for row in grads] == ["0 0", "0 1", "1 0", "1 1"]
    assert {row["value"] for row in grads} == {"-30.0"}
    inner = [row for row in rows if row["expression"] == "x2.grad"]
    assert inner[0]["value"] == "None"
    by_forward = [row for row in rows if row["chapter"] == FORWARD]
    assert len(by_forward) == 12
    assert all(row["value"] == row["value_by_forward_mode"] for row in by_forward)
    assert sum(bool(row["error"]) for row in rows) == 3


def test_made_again_from_the_data(run, tmp_path):
    assert_drawn_from_the_data_alone(run, tmp_path)


def test_a_step_that_should_be_refused_and_is_not_stops_the_run(experiments, monkeypatch):
    chapter = Chapter("", [Step("L.backward(ones)", {}, refused=True)])
    monkeypatch.setitem(CHAPTERS, "a second call", chapter)
    code, out, err = experiments("backward")
    assert (code, out) == (1, "")
    assert "chapter a second call: AssertionError: L.backward(ones) should have been refused" in err
    assert err.count("\n") == 1


def test_a_step_that_fails_stops_the_run_and_it_goes_on(experiments, monkeypatch, tmp_path):
    whole = CHAPTERS["retain_graph"]
    monkeypatch.setitem(CHAPTERS, "retain_graph", Chapter("", [Step("L.backward()", {})]))
    code, out, err = experiments("backward")
    assert (code, out) == (1, "")
    assert "chapter retain_graph: RuntimeError: backward() of an output of shape (2, 2)" in err
    monkeypatch.setitem(CHAPTERS, "retain_graph", whole)
    assert experiments("backward")[0] == 2  # it would be lost
    code, out, err = experiments("backward", "--resume")
    assert (code, err) == (0, "")
    assert not list(tmp_path.glob("*.partial*"))


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch):
    monkeypatch.setattr(backward, "one_pass", lambda *args: -30.0)
    code, _, err = experiments("backward")
    assert code == 1
    assert "chapter forward mode: Disagreement: the derivatives by w1, in both modes" in err


def test_the_program_is_plain_numpy_code():
    names = {"ad": ad, "np": np}
    for step in PROGRAM:
        exec(step.code, names)
    names["L"].backward(np.ones((2, 2)))
    np.testing.assert_array_equal(names["x1"].grad, everywhere(GRADS["x1"]))
