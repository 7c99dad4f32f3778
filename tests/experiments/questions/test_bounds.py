"""The experiment ``bounds``: what it counts, how it explains, and what it claims."""

import numpy as np
import pytest

from admodes.counting import Cost, Counts, evaluation, gradient, tangent
from experiments.bench.results import Results
from experiments.commands import EXPERIMENTS
from experiments.functions.collection import PROGRAMS, collection
from experiments.questions.bounds import experiment as bounds
from experiments.questions.bounds import figure, reading, table
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused
from tests.helpers import together

#: They do the same for each input, one after the other.
LOOPS = {"float-loop", "small-arrays", "reads"}


@pytest.fixture(scope="module")
def points():
    """Of all functions, at the default number of inputs; of loops over them, at fewer."""
    settings = EXPERIMENTS["bounds"].settled({})
    records = [
        {"task": task, **bounds.measure(task, settings | few)}
        for task in bounds.plan(settings)
        for few in [{"inputs": 200} if task["function"] in LOOPS else {}]
    ]
    return {(point.function, point.mode): point for point in reading.read(Results({}, records))}


SOME = ("quotients", "logistic", "small-arrays")


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("bounds", "--function", *SOME, "--inputs", "20")


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_data_and_table(found):
    assert "quotients: a tangent costs 4." in found.words
    data, rows = found.data, found.rows
    assert [(row["function"], row["mode"]) for row in rows] == [
        (name, mode) for name in SOME for mode in ("tangent", "gradient")
    ]
    f, x = collection()["quotients"].make(20, np.random.default_rng(0))
    counts = tangent(f, x)
    assert int(rows[0]["primitives"]) == counts.primitives
    assert int(rows[0]["moves"]) == counts.cost.moves
    assert float(rows[0]["work_in_evaluations"]) == pytest.approx(
        counts.cost.work() / evaluation(f, x).cost.work(), rel=1e-5
    )
    assert data["measurements"][0]["inputs"] == 20
    assert data["measurements"][0]["gradient"]["cost"]["moves"] == gradient(f, x).cost.moves


def test_a_function_of_ones_own(experiments, write_module):
    write_module("mine", "def f(x):\n    return (x * x).sum()")
    code, out, err = experiments("bounds", "--function", "mine:f", "--inputs", "10")
    assert (code, err) == (0, "")
    # Of 60 by 200: 41 moves and 19 operations; and 101 and 39 more.
    assert "mine:f: a tangent costs 3.33 evaluations" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "nope"], "no function 'nope'"),
        (["--inputs", "0"], "0 is not in the range x>=1"),
    ],
)
def test_what_it_refuses(arguments, message, experiments, tmp_path):
    assert_refused(("bounds", *arguments), message, experiments, tmp_path)


def test_the_collection_is_whole():
    """Every function of the other experiments, none twice, at any size from one."""
    found = collection()
    assert {"rosenbrock", "log-sum-exp", "network", "denoising"} <= set(found)
    assert {"float-loop", "small-arrays", "sin-x2-tanh", "reads"} <= set(found)
    assert not {"long-tape", "memory", "whole-gradient"} & set(found)
    for name, function in found.items():
        f, x = function.make(function.nearest(1), np.random.default_rng(0))
        assert np.shape(f(x)) == (), name


# --- The claim ------------------------------------------------------------------------------------


def test_no_gradient_of_the_functions_that_are_measured_costs_four_evaluations(points):
    """The theorem, on counts that no machine changes: of everything in speedup and overhead."""
    measured = set(collection()) - {each.name for each in PROGRAMS}
    assert len(measured) == 8
    for name in measured:
        assert 1 < points[name, "gradient"].work.value < 4
        assert 1 < points[name, "gradient"].arithmetic.value < 5
        assert 1 < points[name, "tangent"].arithmetic.value < 4


def test_a_tangent_is_beyond_the_bound_because_products_are_moved(points):
    """Of products and sums alone a tangent has the arithmetic of the theory, and more moves."""
    point = points["reads", "tangent"]
    assert point.work.value == pytest.approx(3.0, abs=0.01)
    assert point.work.accounted == pytest.approx(2.25, abs=0.01)
    assert [each.cause for each in point.work.causes] == ["multiply"]
    assert point.work.causes[0].arithmetic <= 0 < point.work.causes[0].moves


def test_what_is_beyond_in_arithmetic(points):
    """Two rules do more than a derivative needs, and the gradient of log det is an inverse."""
    found = {
        (name, mode): [each.cause for each in point.arithmetic.causes]
        for (name, mode), point in points.items()
        if point.arithmetic.beyond
    }
    assert found == {
        ("log-determinant", "tangent"): ["slogdet"],
        ("log-determinant", "gradient"): ["slogdet"],
        ("product", "tangent"): ["prod"],
        ("powers", "tangent"): ["power"],
    }


def test_every_point_beyond_is_explained(points):
    beyond = [p for p in points.values() if p.work.beyond or p.arithmetic.beyond]
    assert len(beyond) > 10
    for point in points.values():
        words = table.explanation(point)
        assert bool(words) == (point in beyond)
        if point.work.beyond:
            causes = point.work.causes
            assert causes or point.work.accounted > point.work.bound
            assert all(each.cause in words for each in causes)
            # Without them it would be in bounds, or the accounting itself is not.
            rest = point.work.value - sum(each.total for each in causes)
            assert rest <= point.work.bound or point.work.accounted > point.work.bound


def test_what_is_over_adds_up(points):
    for point in points.values():
        for own in (point.work, point.arithmetic):
            total = own.accounted + sum(each.total for each in own.excesses)
            assert total == pytest.approx(own.value)


# --- The accounting -------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    ("cost", "tangent", "gradient"),
    [
        (Cost(moves=3, additions=1), 2, 3),
        (Cost(moves=3, multiplications=1), 5 / 2, 4),
        (Cost(moves=2, nonlinear=1), 9 / 4, 13 / 4),
    ],
)
def test_the_accounting_of_an_elemental(cost, tangent, gradient):
    """The ratios of which the bounds are the largest."""
    for mode, expected in (("tangent", tangent), ("gradient", gradient)):
        moves, arithmetic = reading.allowed(cost, mode)
        assert (cost.work() + moves + arithmetic) / cost.work() == expected
        assert reading.BOUNDS[mode][0] >= expected
        alone = (cost.work(moves=0) + arithmetic) / cost.work(moves=0)
        assert reading.BOUNDS[mode][1] >= alone


def test_the_bounds_are_attained_by_a_multiplication():
    moves, arithmetic = reading.allowed(Cost(moves=3, multiplications=1), "tangent")
    assert (4 + moves + arithmetic) / 4 == reading.BOUNDS["tangent"][0]
    assert 1 + arithmetic == reading.BOUNDS["tangent"][1]
    moves, arithmetic = reading.allowed(Cost(moves=3, multiplications=1), "gradient")
    assert (4 + moves + arithmetic) / 4 == reading.BOUNDS["gradient"][0]
    assert 1 + arithmetic == reading.BOUNDS["gradient"][1]


def test_a_function_that_does_nothing():
    record = {
        "task": {"function": "nothing"},
        "inputs": 1,
        **{key: {"primitives": 0, "cost": {}} for key in ("evaluation", "tangent", "gradient")},
        "shares": {},
    }
    results = Results({}, [record])
    point, _ = reading.read(results)
    assert point.evaluation == Counts()
    assert table.explanation(point) == ""
    assert table.rows(results)
    assert table.table(results)
    assert figure.draw(results)
