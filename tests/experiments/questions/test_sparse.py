"""``sparse``: that few directions hold a matrix, what it compares, estimates and shows."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from scipy.sparse import csr_array

import admodes as ad
from admodes.jacobians.sparse import choice
from experiments.bench.agreement import Disagreement
from experiments.bench.results import Results
from experiments.questions.sparse import experiment as sparse
from experiments.questions.sparse import figure, words
from experiments.questions.sparse.cases import COLOURS, PROBLEMS
from experiments.questions.sparse.reading import read
from experiments.sides import passes
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

SMALL = ("--observations", "20", "--seed", "7")


@pytest.fixture(scope="module", autouse=True)
def little_time(module_patch):
    set_to(module_patch, "sparse", rounds=3, budget=0.01)


@pytest.fixture(scope="module")
def found(run_once, module_patch):
    """With those colours that are found at once: all are tried in the tests of the colouring. The
    way is that of fewest directions, whatever a busy machine finds the quickest.
    """
    module_patch.setattr(choice, "seconds", lambda _, ways: [way.directions for way in ways])
    few = ("tridiagonal", "arrow, as a Hessian", "arrow")
    module_patch.setattr(sparse, "COLOURS", {name: COLOURS[name] for name in few})
    return run_once("sparse", "--function", "rosenbrock", "arrow", "--inputs", "20", *SMALL)


@pytest.fixture(scope="module")
def estimated(run_once):
    """As if a direction took a millisecond, on whatever machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "cost_of_direction", lambda *_: {1: 1e-3, 2: 0.9e-3})
        patch.setattr(sparse, "COLOURS", {})
        return run_once("sparse", "--function", "tridiagonal", "--inputs", "60", *SMALL)


@together
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_the_sparse_matrix_is_the_dense_one(problem):
    f, x = problem.make(50, np.random.default_rng(0))
    expected = ad.jacobian(problem.derived(f))(x)
    for plan in problem.plans(f, x).values():
        np.testing.assert_allclose(plan()(x).toarray(), expected, rtol=1e-10, atol=1e-10)


def test_data(found):
    times = [row for row in found.rows if row["part"] == "time"]
    ways = {
        name: {row["way"]: row["directions"] for row in times if row["matrix"] == name}
        for name in ("rosenbrock", "arrow")
    }
    assert ways["rosenbrock"] == {
        "dense forward": "20",
        "dense reverse": "20",
        "sparse forward": "3",
    }
    assert ways["arrow"]["sparse both"] == "3"
    for row in times:
        assert row["run"] == "in full"
        assert float(row["seconds_low"]) <= float(row["seconds_measured"])
        assert bool(row["plan_seconds"]) == row["way"].startswith("sparse")
    hand = [row for row in found.rows if row["part"] == "by hand"]
    assert [row["way"] for row in hand] == ["sparse", "by hand"]
    assert int(hand[0]["directions"]) <= 15


def test_known_colours_are_reached(found):
    rows = {row["matrix"]: row for row in found.rows if row["part"] == "colours"}
    assert rows
    for name, row in rows.items():
        assert int(row["directions"]) <= int(row["known"]) == COLOURS[name].colours, name


def test_what_is_said(found):
    assert "20 directions become 3: the Hessian of rosenbrock at N = 20" in words.headline(
        read(results_of(found))
    )
    assert "arrow, 20 × 20 with 58 entries: " in found.words
    assert "Bundle adjustment, 60 × 46" in found.words


def results_of(run):
    return Results(run.data["run"], run.data["measurements"])


def test_a_sample_is_said_to_be_one(estimated):
    rows = {row["way"]: row for row in estimated.rows if row["part"] == "time"}
    for name, row in rows.items():
        assert row["run"] == ("estimated" if name.startswith("dense") else "in full")
    assert rows["dense forward"]["passes"] == "30"
    assert "about" in words.headline(read(results_of(estimated)))


def test_a_wrong_matrix_is_not_timed():
    matrix = csr_array(np.eye(3))
    assert sparse.compare("sparse both", np.ones(3), matrix.data, matrix) == 0
    with pytest.raises(Disagreement, match="by sparse both mode"):
        sparse.compare("sparse both", np.ones(3) + 1e-3, matrix.data, matrix)


def test_what_is_above_a_matrix_adds_up_to_its_directions(found):
    above = [axes.get_title() for axes in figure.draw(results_of(found)).axes]
    assert "rosenbrock: 3 passes" in above
    assert "arrow: 2 passes + 1 sweep = 3 directions" in above


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_what_it_refuses(experiments, tmp_path):
    arguments = ("sparse", "--inputs", "0")
    assert_refused(arguments, "0 is not in the range x>=1", experiments, tmp_path)


def test_a_way_that_was_timed_at_one_size_only_is_said_to_be():
    class Timed:
        def __init__(self, inputs, *ways):
            self.inputs, self.ways = inputs, dict.fromkeys(ways)

    points = [Timed(10, "sparse reverse", "sparse both"), Timed(1000, "sparse both")]
    assert figure.only_at("sparse reverse", points) == " (N = 10 only)"
    assert figure.only_at("sparse both", points) == ""
    assert figure.only_at("sparse reverse", points[:1]) == ""
