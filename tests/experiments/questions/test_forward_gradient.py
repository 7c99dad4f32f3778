"""``forward-gradient``: the laws of the estimates, what training by them measures and shows."""

import numpy as np
import pytest
from matplotlib.text import Text

from admodes import counting, reverse
from experiments.bench.results import Store
from experiments.functions.classifier import data, flat, initial_weights, loss_on
from experiments.questions.forward_gradient import experiment as question
from experiments.questions.forward_gradient import figure
from experiments.questions.forward_gradient.estimates import (
    DRAWS,
    ERRORS,
    Estimator,
    combined,
    gaussian,
    orthonormal,
    split,
)
from experiments.questions.forward_gradient.methods import (
    CHECKPOINTED,
    REVERSE,
    Method,
    counts_of,
    gradient_by,
)
from experiments.questions.forward_gradient.reading import read
from experiments.questions.forward_gradient.table import rows, table
from experiments.questions.forward_gradient.training import Training, train, tuned
from tests.experiments.helpers import assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

TINY = ("forward-gradient", "--hidden", "3", "--directions", "2", "--runs", "2", "--seed", "7")
WEIGHTS = {"a": np.array([0.3, -1.0, 2.0]), "b": np.array([[1.0, 0.5], [-0.2, 0.7]])}
N = 7


def product(weights):
    return np.sum(np.sin(weights["b"]) @ weights["b"]) * np.prod(weights["a"])


@pytest.fixture(scope="module", autouse=True)
def tiny(module_patch):
    set_to(module_patch, "forward-gradient", seconds=0.01, rounds=3, draws=60)
    set_to(module_patch, "forward-gradient", rates=(0.1, 0.5), tuning_runs=1)


# The estimates


@together
@pytest.mark.parametrize(
    ("name", "k", "draws"),
    [("Gaussian", 1, 80_000), ("Gaussian", 4, 20_000), ("projection", 3, 5000)],
)
def test_the_error_is_what_the_law_says(name, k, draws):
    """Within 2 %: many estimates, whose directions are all carried by one pass."""
    directions = DRAWS[name](np.random.default_rng(1), (draws, k, N))
    along = Estimator(product, WEIGHTS, draws * k, DRAWS[name]).along
    _, derivatives = along(WEIGHTS, directions.reshape(-1, N))
    gradient = flat(reverse.grad(product)(WEIGHTS))
    estimates = combined(derivatives.reshape(draws, k), directions)
    squares = np.sum((estimates - gradient) ** 2, axis=-1) / (gradient @ gradient)
    assert squares.mean() == pytest.approx(ERRORS[name](N, k), rel=0.02)
    shrunk = k / N if name == "projection" else 1.0
    assert estimates.mean(axis=0) @ gradient / (gradient @ gradient) == pytest.approx(
        shrunk, rel=0.02
    )


def test_a_projection_is_one_and_of_all_directions_the_gradient():
    gradient = flat(reverse.grad(product)(WEIGHTS))
    rng = np.random.default_rng(2)
    directions = orthonormal(rng, (3, N))
    np.testing.assert_allclose(directions @ directions.T, np.eye(3), atol=1e-14)
    found = combined(directions @ gradient, directions)
    np.testing.assert_allclose(directions @ found, directions @ gradient, rtol=1e-12)
    assert abs(found @ (gradient - found)) < 1e-12 * (gradient @ gradient)
    value, whole = Estimator(product, WEIGHTS, N, orthonormal)(WEIGHTS, rng)
    assert value == product(WEIGHTS)
    np.testing.assert_allclose(flat(whole), gradient, rtol=1e-12)


def test_an_estimate_by_one_direction_is_its_derivative_times_it():
    (direction,) = gaussian(np.random.default_rng(3), (1, N))
    _, found = Estimator(product, WEIGHTS, 1, gaussian)(WEIGHTS, np.random.default_rng(3))
    gradient = flat(reverse.grad(product)(WEIGHTS))
    assert list(found) == list(WEIGHTS)
    np.testing.assert_allclose(flat(found), (gradient @ direction) * direction, rtol=1e-12)
    np.testing.assert_array_equal(flat(split(direction, WEIGHTS)), direction)


# The methods


def test_the_work_of_a_step_by_count():
    """A checkpoint evaluates once more; directions cost the pass, the sum, and what makes them
    orthonormal."""
    loss, weights = loss_on(data(0)[0]), initial_weights(3, np.random.default_rng(0))
    n = sum(w.size for w in weights.values())
    counted = {
        (name, k): counts_of(Method(name, k), loss, weights).cost
        for name, k in ((REVERSE, None), (CHECKPOINTED, None), *((name, 4) for name in DRAWS))
    }
    assert counted[REVERSE, None] == counting.gradient(loss, weights).cost
    again = counted[CHECKPOINTED, None] - counted[REVERSE, None]
    assert again == counting.evaluation(loss, weights).cost
    summed = counted["Gaussian", 4] - counting.tangent(loss, weights, directions=4).cost
    assert (summed.multiplications, summed.additions) == (4 * n, 3 * n)
    made = counted["projection", 4] - counted["Gaussian", 4]
    assert made.multiplications > n * 4**2


def test_a_wrong_derivative_stops_the_run(experiments, monkeypatch):
    def wrong(method, loss, weights):
        by = gradient_by(method, loss, weights)
        return lambda weights, rng: (0.0, {name: 2 * g for name, g in by(weights, rng)[1].items()})

    monkeypatch.setattr(question, "gradient_by", wrong)
    code, out, err = experiments(*TINY)
    assert (code, out) == (1, "")
    assert "Disagreement: a derivative by reverse is not that by reverse mode" in err


# Training


def bowl(weights, rng):
    return float(weights["x"] @ weights["x"]), {"x": 2 * weights["x"]}


def test_a_training_ends_at_the_target_or_is_given_up():
    start, rng = {"x": np.array([1.0, 0.0])}, np.random.default_rng(0)
    found = train(bowl, start, 0.25, rng, target=0.1, most=50)
    assert (found.steps, found.reached, found.diverged) == (2, True, False)
    assert found.losses == [(0, 1.0), (1, 0.25), (2, 0.0625)]
    late = train(bowl, start, 0.001, rng, target=0.1, most=50)
    assert (late.steps, late.reached, late.diverged) == (50, False, False)
    assert late.losses[-1][0] == 50
    far = train(bowl, start, 3.0, rng, target=0.1, most=50)
    assert (far.steps, far.reached, far.diverged) == (1, False, True)
    assert found.rank < late.rank < far.rank


def test_the_rate_of_the_fewest_steps_in_the_worst_training_is_taken():
    needed = {0.1: (40, 30), 0.3: (9, 12), 1.0: (5, 99), 3.0: (2, 2)}
    asked = []

    def run(rate, number, most):
        asked.append((rate, number, most))
        steps = needed[rate][number]
        diverged = rate == 3.0
        reached = steps <= most and not diverged
        return Training({}, min(steps, most), reached, diverged, [(0, 1.0)])

    rate, tried = tuned(list(needed), 2, 50, run)
    assert rate == 0.3
    # The largest first; given up as soon as a better one is known.
    assert asked == [
        (3.0, 0, 50),
        (1.0, 0, 50),
        (1.0, 1, 50),
        (0.3, 0, 50),
        (0.3, 1, 50),
        (0.1, 0, 12),
    ]
    assert {rate: len(own) for rate, own in tried.items()} == {3.0: 1, 1.0: 2, 0.3: 2, 0.1: 1}


# What is shown


@pytest.fixture(scope="module")
def found(run_once):
    return run_once(*TINY, "--target", "0.9", "--budget", "1500")


def test_data_and_table(found):
    assert "33 weights, trained until the loss is 0.9" in found.words
    trained = [row for row in found.rows if row["part"] == "training"]
    assert [(row["method"], row["directions"]) for row in trained] == [
        (REVERSE, ""),
        (CHECKPOINTED, ""),
        *((name, k) for name in DRAWS for k in ("2", "33")),
    ]
    by_reverse, checkpointed, *_, whole = trained
    assert {row["reached"] for row in (by_reverse, checkpointed, whole)} == {"2"}
    # The same steps, of which each is dearer.
    assert by_reverse["rate"] == checkpointed["rate"] == whole["rate"]
    ratio = float(whole["work_relative_to_reverse_measured"])
    assert ratio == pytest.approx(
        float(whole["work_of_a_step"]) / float(by_reverse["work_of_a_step"]), rel=1e-4
    )
    errors = [row for row in found.rows if row["part"] == "error"]
    assert len(errors) == 4
    for row in errors[:3]:
        law = float(row["squared_error_by_law"])
        assert float(row["squared_error_measured"]) == pytest.approx(law, rel=0.5)


def test_every_training_is_in_the_data(found):
    step, *records = found.data["measurements"]
    assert all(len(each["seconds"]) == 3 for each in step["steps"])
    trainings = [each for each in records if each["task"]["part"] == "training"]
    assert len(trainings) == 5
    for each in trainings:
        assert len(each["runs"]) == 2
        for run in each["runs"]:
            assert run["losses"][-1][0] == run["steps"]
            assert run["reached"] == (run["losses"][-1][1] <= 0.9)


def test_pictures(found, tmp_path):
    assert_drawn_from_the_data_alone(found, tmp_path)


def test_what_was_given_up_is_counted_as_endless(found):
    results = Store(found.folder, found.name).load()
    for record in results.records:
        if record["task"].get("name") in DRAWS:
            for number, run in enumerate(record["runs"]):
                run["reached"] = number == 0 and record["task"]["directions"] == 2
    trained = read(results).of("Gaussian")
    assert [each.reached for each in trained] == [1, 0]
    assert not any(each.usual for each in trained)  # of two, one is not most
    shown = str([text.get_text() for text in figure.draw(results).findobj(Text)])
    for words in ("0 of 2", "so many trainings came to", "hollow: most trainings gave up here"):
        assert words in shown
    assert figure.headline(read(results)).startswith("Forward mode alone does not train")
    assert len(figure.slide(results).axes[0].patches) == 2
    (row, *_) = [row for row in rows(results) if row["method"] == "Gaussian"]
    assert (row["reached"], row["work_measured"], row["work_high"]) == (1, None, None)
    assert "–" in "".join(cell for c in table(results).renderables[0].columns for cell in c.cells)


def test_what_it_refuses(experiments, tmp_path):
    for option, value, message in (
        ("--directions", "0", "0 is not in the range x>=1"),
        ("--directions", "1000000", "at least one number below that of the weights, "),
        ("--target", "0", "0.0 is not in the range x>0"),
        ("--budget", "1", "--budget takes at least the 2"),
        ("--budget", "inf", "--budget must be finite"),
        ("--runs", "0", "0 is not in the range x>=1"),
    ):
        assert_refused(("forward-gradient", option, value), message, experiments, tmp_path)
