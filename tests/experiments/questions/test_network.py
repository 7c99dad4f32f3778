"""The experiment ``network``: both modes train the same, whatever interrupts them."""

import sys
from functools import partial

import numpy as np
import pytest

from admodes import reverse
from admodes.measure import interleave
from experiments.bench.agreement import TOLERANCE, Disagreement
from experiments.bench.results import Store
from experiments.bench.steps import in_turns
from experiments.functions import classifier
from experiments.questions.network import experiment as network
from experiments.questions.network import figure
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

TINY = (
    "network",
    "--steps",
    "6",
    "--hidden",
    "3",
    "--chunk-size",
    "4",
    "--rate",
    "0.1",
    "--seed",
    "7",
)


@pytest.fixture(scope="module", autouse=True)
def tiny(module_patch):
    module_patch.setattr(network, "BLOCK", 3)
    set_to(module_patch, "network", budget=0.01)
    module_patch.setattr(network, "interleave", partial(interleave, fewest=2))
    module_patch.setattr(figure, "GRID", 21)


@pytest.fixture(scope="module")
def found(run_once):
    return run_once(*TINY)


def test_data_and_table(found):
    weights = 2 * 3 + 3 + 3 * 3 + 3 + 3 * 3 + 3
    assert f"{weights} weights" in found.out
    assert "6 steps" in found.out
    assert "held out" in found.out
    assert found.data["run"]["settings"]["seed"] == 7
    chunks, *blocks = found.data["measurements"]
    assert (chunks["weights"], chunks["directions_a_pass"]) == (weights, 4)
    assert [(block["task"]["first"], block["task"]["last"]) for block in blocks] == [(1, 3), (4, 6)]
    # A row a block and mode, then one a mode for all.
    rows = found.rows
    steps = [(row["mode"], row["first_step"], row["last_step"]) for row in rows]
    ranges = [("1", "3"), ("4", "6"), ("1", "6")]
    assert steps == [(mode, *each) for each in ranges for mode in ("reverse", "forward")]
    assert [row["passes"] for row in rows[:2]] == ["1", str(-(-weights // 4))]


def test_both_modes_take_the_same_steps_and_every_one_is_timed(found):
    data, rows = found.data, found.rows
    for block in data["measurements"][1:]:
        by_reverse, by_forward = (block["losses"][mode] for mode in ("reverse", "forward"))
        np.testing.assert_allclose(by_forward, by_reverse, rtol=TOLERANCE)
        assert 0 < block["largest_difference_of_gradients"] <= TOLERANCE
        assert block["largest_difference_of_losses"] <= TOLERANCE
        assert {mode: len(each["seconds"]) for mode, each in block["timings"].items()} == {
            "reverse": 3,
            "forward": 3,
        }
    seconds = [
        s for block in data["measurements"][1:] for s in block["timings"]["forward"]["seconds"]
    ]
    assert float(rows[-1]["seconds_a_step_measured"]) == pytest.approx(np.median(seconds), rel=1e-5)


def test_the_steps_are_those_of_plain_gradient_descent(found):
    settings = {"seed": 7, "hidden": 3, "compiled": False}
    weights = classifier.unmarked(network.start(settings), "reverse")
    loss = classifier.loss_on(classifier.data(7)[0])
    for _ in range(6):
        gradient = reverse.grad(loss)(weights)
        weights = {name: w - 0.1 * gradient[name] for name, w in weights.items()}
    with np.load(found.folder / "network.npz") as file:
        for mode in ("reverse", "forward"):
            own = classifier.unmarked(dict(file), mode)
            for name, w in weights.items():
                np.testing.assert_allclose(own[name], w, rtol=1e-12, atol=1e-15)


@pytest.fixture(scope="module")
def by_programs(run_once):
    return run_once(*TINY, "--compiled")


def test_programs_take_the_same_steps_to_the_last_bit(found, by_programs):
    _, *blocks = by_programs.data["measurements"]
    _, *without = found.data["measurements"]
    for block, other in zip(blocks, without, strict=True):
        assert set(block["losses"]) == {"reverse", "forward", *PROGRAMS}
        for mode in ("reverse", "forward"):
            assert block["losses"][mode] == block["losses"][f"{mode}, program"]
            assert block["losses"][mode] == other["losses"][mode]
            assert block["loss_after"][mode] == block["loss_after"][f"{mode}, program"]
        assert block["differences_of_programs"] == dict.fromkeys(PROGRAMS, 0.0)
        assert set(block["recording"]) == set(PROGRAMS)
        assert len(block["timings"]["reverse, program"]["seconds"]) == 3
    with np.load(by_programs.folder / "network.npz") as file:
        for mode in ("reverse", "forward"):
            own, program = (
                classifier.unmarked(dict(file), each) for each in (mode, f"{mode}, program")
            )
            for name, w in own.items():
                np.testing.assert_array_equal(program[name], w)


PROGRAMS = ("reverse, program", "forward, program")


def test_the_table_has_a_step_with_and_without_programs(found, by_programs):
    assert "A program" not in found.words
    words = by_programs.words
    assert "(compiled=True, backend='numpy') takes the same steps to the last bit" in words
    modes = [row["mode"] for row in by_programs.rows[-4:]]
    assert modes == ["reverse", "forward", *PROGRAMS]
    medians = [float(row["seconds_a_step_measured"]) for row in by_programs.rows[-4:]]
    assert all(medians)
    passes = [row["passes"] for row in by_programs.rows[-4:]]
    assert passes == passes[:2] * 2


@pytest.mark.parametrize("backend", ["numpy", "compiled"])
def test_programs_that_disagree_stop_the_run(backend, monkeypatch):
    """By NumPy in the last bit, by compiled loops beyond rounding."""
    settings = {"seed": 7, "hidden": 3, "compiled": True}
    loss = classifier.loss_on(classifier.data(7)[0])
    start = network.start(settings)
    gradient = reverse.value_and_grad(loss)
    factor = 1 + 1e-15 if backend == "numpy" else 1 + 1e-6

    def wrong(weights):
        value, found = gradient(weights)
        return value, {name: factor * w for name, w in found.items()}

    made = {"reverse": gradient, "reverse, program": wrong}
    trainings = {
        name: network.Training(each, classifier.unmarked(start, name), 0.1)
        for name, each in made.items()
    }
    for each in trainings.values():
        each.step()
    said = "reverse, program, is not to the last bit" if backend == "numpy" else "of reverse mode"
    with pytest.raises(Disagreement, match=f"at step 4 the gradient by .*{said}"):
        network.compare_program(loss, trainings, "reverse, program", 4, backend)


def test_compiled_programs(experiments, tmp_path):
    pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')
    code, out, _ = experiments(*TINY, "--compiled", "--backend", "compiled")
    assert code == 0
    assert "backend='compiled') has gradients that differ by" in " ".join(out.split())
    _, *blocks = Run(tmp_path, "network").data["measurements"]
    for block in blocks:
        for name, difference in block["differences_of_programs"].items():
            assert 0 <= difference <= TOLERANCE
            mode = name.removesuffix(", program")
            np.testing.assert_allclose(block["losses"][name], block["losses"][mode], rtol=1e-9)


def test_it_learns():
    settings = {"seed": 3, "hidden": 8, "compiled": False}
    points, held_out = classifier.data(3)
    assert sorted(np.bincount(points.spirals)) == [80, 80, 80]
    loss = classifier.loss_on(points)
    weights = classifier.unmarked(network.start(settings), "reverse")
    training = network.Training(
        reverse.value_and_grad(loss), weights, network.SETTINGS["rate"].value
    )
    for _ in range(400):
        training.step()
    assert training.losses[0] > 1
    assert all(np.diff(training.losses) < 0)
    assert classifier.accuracy(training.weights, points) > 0.95
    assert classifier.accuracy(training.weights, held_out) > 0.9


def test_the_loss_is_the_mean_of_minus_log_probability():
    points, _ = classifier.data(0)
    weights = classifier.initial_weights(3, np.random.default_rng(0))
    likely = classifier.probabilities(weights, points.positions)
    np.testing.assert_allclose(likely.sum(axis=1), 1)
    expected = -np.log(likely[np.arange(len(likely)), points.spirals]).mean()
    assert classifier.loss_on(points)(weights) == pytest.approx(expected)


def interrupt(monkeypatch, block):
    """Have Ctrl-C pressed in that block of steps."""
    calls = []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == block:
            raise KeyboardInterrupt
        return in_turns(*args)

    monkeypatch.setattr(network, "in_turns", interrupted)


def test_a_run_that_was_stopped_ends_as_one_that_was_not(found, experiments, monkeypatch, tmp_path):
    interrupt(monkeypatch, block=2)
    code, out, err = experiments(*TINY)
    assert (code, out) == (130, "")
    assert "2 of 3 measurements" in err
    assert err.count("\n") == 1
    partial = {path.name for path in tmp_path.iterdir()}
    assert partial == {"network.partial.jsonl", "network.partial.2.npz"}

    code, _, err = experiments(*TINY, "--resume")
    assert (code, err) == (0, "")
    resumed = Run(tmp_path, "network").data["measurements"]
    for block, other in zip(resumed[1:], found.data["measurements"][1:], strict=True):
        assert block["losses"] == other["losses"]
        assert block["loss_after"] == other["loss_after"]
    assert (tmp_path / "network.npz").read_bytes() == (found.folder / "network.npz").read_bytes()
    assert not list(tmp_path.glob("network.partial.*"))


def test_a_run_whose_weights_are_lost_is_not_resumed(experiments, monkeypatch, tmp_path):
    interrupt(monkeypatch, block=2)
    experiments(*TINY)
    (tmp_path / "network.partial.2.npz").unlink()
    code, out, err = experiments(*TINY, "--resume")
    assert (code, out) == (2, "")
    assert "network.partial.jsonl to begin anew" in err


def test_pictures(by_programs, tmp_path):
    assert_drawn_from_the_data_alone(by_programs, tmp_path)


def test_each_mode_has_its_steps_their_median_and_a_bar(found, by_programs):
    for run, modes in ((found, 2), (by_programs, 4)):
        results = Store(run.folder, "network").load(with_arrays=True)
        *_, times = figure.draw(results).axes
        assert len(times.get_lines()) == 2 * modes
        (bars,) = figure.slide(results).axes
        assert len(bars.patches) == modes


def test_the_quickest_number_of_directions_is_taken_unless_one_is_given():
    settings = {"seed": 0, "hidden": 2, "chunk_size": None, "budget": 0.01, "compiled": False}
    state = network.start(settings)
    record = network.choose_chunk_size(settings, state)
    count = record["weights"]
    assert set(record["gradients"]) == {"1", "2", "4", "8", "16", str(count), "reverse"}
    assert int(state["directions"]) == record["directions_a_pass"]
    medians = {k: np.median(record["gradients"][k]["seconds"]) for k in ("1", "2", "4", "8", "16")}
    assert record["directions_a_pass"] != 1
    assert medians["1"] > np.median(
        record["gradients"][str(record["directions_a_pass"])]["seconds"]
    )
    more = network.choose_chunk_size({**settings, "chunk_size": 10**6}, state)
    assert more["directions_a_pass"] == count


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch, tmp_path):
    gradient = reverse.grad

    def wrong(f):
        return lambda weights: {name: 1.001 * w for name, w in gradient(f)(weights).items()}

    monkeypatch.setattr(reverse, "grad", wrong)
    code, out, err = experiments(*TINY)
    assert (code, out) == (1, "")
    assert "part steps, first 1, last 3, seed 7: Disagreement: at step 1 the gradient" in err
    assert "a relative difference of 0.001" in err
    assert err.count("\n") == 1


def test_what_a_back_end_needs_is_said(experiments, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    code, out, err = experiments(*TINY, "--compiled", "--backend", "compiled")
    assert (code, out) == (2, "")
    assert "--backend compiled needs llvmlite, which is not installed: pip install" in err
    assert not list(tmp_path.iterdir())


def test_a_rate_that_is_too_large_is_said_to_be(experiments):
    code, out, err = experiments(*TINY, "--rate", "1e6")
    assert (code, out) == (1, "")
    assert "Diverged: the loss is not finite at step" in err
    assert "--rate 1e+06 is too large" in err
    assert err.count("\n") == 1


def test_losses_that_come_apart_are_told_from_wrong_gradients():
    losses = {"reverse": [1.0, 0.5, 0.25], "forward": [1.0, 0.5 * (1 + 1e-15), 0.25]}
    assert network.compare_losses(losses, 4, 1e-15, 0.5) < 1e-14
    losses["forward"][2] = 0.26
    with pytest.raises(
        network.Diverged, match=r"at step 6 the loss is 0\.26 .* amplifies rounding"
    ):
        network.compare_losses(losses, 4, 1e-15, 0.5)


def test_calls_in_turns_are_made_once_a_round():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    timings = in_turns(calls, 5)
    assert "".join(order) == "abbaabbaab"
    assert {name: len(each.seconds) for name, each in timings.items()} == {"a": 5, "b": 5}


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--steps", "0"], "0 is not in the range x>=1"),
        (["--steps", "1.5"], "'1.5' is not a valid integer"),
        (["--rate", "0"], "0.0 is not in the range x>0"),
        (["--rate", "inf"], "--rate must be finite"),
        (["--rate", "nan"], "--rate must be finite"),
        (["--hidden", "0"], "0 is not in the range x>=1"),
        (["--chunk-size", "0"], "0 is not in the range x>=1"),
        (["--chunk-size", "many"], "'many' is not a valid integer"),
        (["--seed", "-1"], "-1 is not in the range x>=0"),
        (["--backend", "compiled"], "--backend compiled is that of programs: add --compiled"),
        (["--compiled", "--backend", "jit"], "'jit' is not one of"),
        (["10"], "unexpected extra argument"),
        (["--layers", "3"], "No such option '--layers'"),
    ],
)
def test_a_wrong_argument_is_one_clear_line_and_exit_code_2(
    arguments, message, experiments, tmp_path
):
    assert_refused(("network", *arguments), message, experiments, tmp_path)
