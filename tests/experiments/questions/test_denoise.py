"""The experiment ``denoise``: the energy falls, the picture is better, estimates are marked."""

import shutil
from functools import cache
from importlib.util import find_spec

import numpy as np
import pytest

from admodes import reverse
from experiments.bench.agreement import TOLERANCE, Disagreement
from experiments.bench.results import Results, Store
from experiments.bench.steps import in_turns
from experiments.commands import EXPERIMENTS
from experiments.functions import scalars
from experiments.questions.denoise import experiment as denoise
from experiments.questions.denoise import figure
from tests.experiments.helpers import Run, assert_drawn_from_the_data_alone, assert_refused, set_to
from tests.helpers import together

settled = EXPERIMENTS["denoise"].settled
TINY = ("denoise", "--pixels", "60", "--iterations", "20")
# SciPy is no dependency of the project: the method is offered where it happens to be installed.
needs_scipy = pytest.mark.skipif(find_spec("scipy") is None, reason="SciPy is not installed")
METHODS = ("gradient-descent", pytest.param("l-bfgs", marks=needs_scipy))


@pytest.fixture(scope="module", autouse=True)
def tiny(module_patch):
    set_to(module_patch, "denoise", budget=0.005, rounds=3)
    module_patch.setattr(denoise, "BLOCK", 10)


@pytest.fixture(scope="module")
def run_by(run_once):
    """By a method, with further options: what was run once is not run again."""
    return cache(
        lambda method, *more: run_once(*TINY, "--seed", "7", "--method", method, *more),
    )


@pytest.fixture(scope="module", params=METHODS)
def found(request, run_by):
    return run_by(request.param)


def of(rows, what):
    return [row for row in rows if row["what"] == what]


def test_data_and_table(found):
    at_noisy, *blocks = found.data["measurements"]
    n = int(np.prod(at_noisy["shape"]))
    assert n == found.data["run"]["settings"]["unknowns"] == at_noisy["inputs"]
    assert n == pytest.approx(180, rel=0.1)
    assert f"{n:,} unknowns" in found.out
    assert "a second" in found.out
    assert [(block["task"]["first"], block["task"]["last"]) for block in blocks] == [
        (1, 10),
        (11, 20),
    ]
    modes = [row["mode"] for row in of(found.rows, "gradient")]
    assert modes == ["f", "reverse", "forward", "forward"]
    iterations = [row["iteration"] for row in of(found.rows, "iteration")]
    # How soon there is nothing more to gain by L-BFGS depends on the release of SciPy.
    last = (
        20 if found.data["run"]["settings"]["method"] == "gradient-descent" else int(iterations[-1])
    )
    assert iterations == [str(i) for i in range(last + 1)]
    assert f"after {last} iterations" in found.out
    picture = Store(found.folder, "denoise").load(with_arrays=True).arrays["picture"]
    assert (picture.shape, picture.dtype) == (tuple(at_noisy["shape"]), np.uint8)


def test_the_energy_falls_and_the_picture_is_better(found):
    iterations = of(found.rows, "iteration")
    energies = [float(row["energy"]) for row in iterations]
    assert len(energies) > 5
    assert all(np.diff(energies) <= 1e-12 * energies[0])
    assert energies[-1] < 0.7 * energies[0]
    assert float(iterations[0]["psnr_db"]) == pytest.approx(20, abs=1)  # noise of 0.1
    assert float(iterations[-1]["psnr_db"]) > float(iterations[0]["psnr_db"]) + 1
    method = found.data["run"]["settings"]["method"]
    name = {"gradient-descent": "gradient descent", "l-bfgs": "L-BFGS"}[method]
    assert f"by {name}" in found.words


@needs_scipy
def test_l_bfgs_stops_where_there_is_nothing_more_to_gain(experiments, tmp_path):
    arguments = ("denoise", "--pixels", "60", "--method", "l-bfgs", "--iterations", "400")
    code, out, _ = experiments(*arguments)
    assert code == 0
    assert "nothing more to gain" in out
    run = Run(tmp_path, "denoise")
    assert run.data["run"]["settings"]["scipy"]
    last = run.data["measurements"][-1]
    assert (last["stopped"], last["gradients"], last["seconds"]) == (True, 0, [])
    assert len(of(run.rows, "iteration")) < 400


def test_both_methods_find_the_same_minimum():
    pytest.importorskip("scipy", reason="SciPy is not installed")
    settings = settled({"method": "auto", "pixels": 20, "seed": 1})
    assert settings["method"] == "l-bfgs"
    photograph, noisy, energy, _ = denoise.problem(settings)
    curvature = denoise.largest_curvature(settings["weight"], settings["epsilon"])
    found = [
        method(face(energy), noisy.ravel(), 400, denoise.Log(energy, photograph), curvature)[0]
        for method, face in denoise.DESCENTS.values()
    ]
    np.testing.assert_allclose(*found, atol=1e-3)


def test_the_curvature_is_bounded():
    """By the largest eigenvalue of the Hessian, at a flat picture, where it is largest."""
    settings = settled({"pixels": 64})
    _, noisy, energy, _ = denoise.problem(settings)
    u = np.full(noisy.size, 0.5)
    v = np.random.default_rng(0).standard_normal(noisy.size)
    gradient = reverse.grad(energy)
    for _ in range(300):  # the power method, on differences of the gradient
        v /= np.linalg.norm(v)
        v = (gradient(u + 1e-6 * v) - gradient(u - 1e-6 * v)) / 2e-6
    bound = denoise.largest_curvature(settings["weight"], settings["epsilon"])
    assert 0.8 * bound < np.linalg.norm(v) <= bound


@pytest.mark.parametrize("limit", [1e-4, 100.0])
def test_an_estimate_is_marked_and_what_was_run_in_full_is_not(
    limit, experiments, monkeypatch, tmp_path
):
    set_to(monkeypatch, "denoise", limit=limit)
    code, out, _ = experiments("denoise", "--pixels", "60", "--iterations", "2")
    assert code == 0
    run = Run(tmp_path, "denoise")
    data, rows = run.data, run.rows
    estimated = limit < 1
    for form in data["measurements"][0]["forward"]:
        assert form["full"] == (not estimated)
        assert form["largest_difference"] <= 1e-8
    for row in of(rows, "gradient"):
        hollow = estimated and row["mode"] == "forward"
        assert row["run"] == ("estimated" if hollow else "in full")
        assert bool(row["seconds_estimated"]) == hollow
        assert bool(row["seconds_measured"]) == (not hollow)
        assert float(row["seconds_low"]) <= float(row["seconds_high"])
    said = " ".join(out.split())
    assert ("one iteration would take" in said) == estimated
    assert ("one iteration takes" in said) == (not estimated)
    axes = figure.draw(
        Results(data["run"], data["measurements"], {"picture": np.zeros((9, 7, 3))})
    ).axes[-1]
    hollow = [line for line in axes.get_lines() if line.get_markerfacecolor() == "white"]
    assert len(hollow) == (2 if estimated else 0)
    words = [text.get_text() for text in axes.texts]
    assert sum("estimated" in text for text in words) == len(hollow)
    assert sum("measured" in text for text in words) == 3 - len(hollow)


@pytest.fixture(scope="module", params=METHODS)
def by_programs(request, run_by):
    return run_by(request.param, "--compiled")


def test_a_program_comes_to_the_same_picture_to_the_last_bit(by_programs):
    _, *blocks = by_programs.data["measurements"]
    assert blocks
    for block in blocks:
        program = block["program"]
        for key in ("energies", "psnrs", "gradients", "stopped"):
            assert program[key] == block[key]
        assert program["difference"] == 0.0
        assert len(program["seconds"]) == len(block["seconds"])
        assert (program["recording"] > 0) == bool(block["seconds"])
    assert "the same picture to the last bit" in by_programs.words
    medians = of(by_programs.rows, "iteration, median")
    assert [row["mode"] for row in medians] == ["reverse", "reverse, program"]
    assert medians[0]["samples"] == medians[1]["samples"]


def test_what_a_program_finds_is_what_is_found_without(by_programs, run_by):
    run = run_by(by_programs.data["run"]["settings"]["method"])
    assert "By a program" not in run.words
    for block, other in zip(
        run.data["measurements"][1:], by_programs.data["measurements"][1:], strict=True
    ):
        assert block["energies"] == other["energies"]
    assert (run.folder / "denoise.npz").read_bytes() == (
        by_programs.folder / "denoise.npz"
    ).read_bytes()


@pytest.mark.parametrize("method", METHODS)
def test_a_compiled_program(method, experiments, tmp_path):
    pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')
    options = ("--compiled", "--backend", "compiled", "--method", method)
    code, out, _ = experiments(*TINY, *options)
    assert code == 0
    words = " ".join(out.split())
    assert "(compiled=True, backend='compiled')" in words
    assert "to the last bit" not in words
    _, *blocks = Run(tmp_path, "denoise").data["measurements"]
    for block in blocks:
        assert 0 <= block["program"]["difference"] <= TOLERANCE
    energies = [block["energies"][-1:] for block in blocks]
    programs = [block["program"]["energies"][-1:] for block in blocks]
    np.testing.assert_allclose(programs[0], energies[0], rtol=1e-6)


@pytest.mark.parametrize(("backend", "factor"), [("numpy", 1 + 1e-15), ("compiled", 1 + 1e-6)])
def test_a_program_that_disagrees_stops_the_run(backend, factor):
    settings = settled({"pixels": 60, "compiled": True})
    photograph, noisy, energy, _ = denoise.problem(settings)
    gradient, u = reverse.grad(energy), noisy.ravel()
    curvature = denoise.largest_curvature(settings["weight"], settings["epsilon"])
    descents = []
    for each in (gradient, lambda u: factor * gradient(u)):
        log = denoise.Log(energy, photograph)
        found = denoise.gradient_descent(each, u, 3, log, curvature)
        descents.append(denoise.Descent(each, log, u, *found))
    right, wrong = descents
    assert denoise.compare_program(right, right, {"backend": backend}) == 0.0
    with pytest.raises(Disagreement, match="program"):
        denoise.compare_program(wrong, right, {"backend": backend})


def interrupt(monkeypatch, block):
    """Have Ctrl-C pressed in that block of iterations."""
    calls = []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == block:
            raise KeyboardInterrupt
        return in_turns(*args, **kwargs)

    monkeypatch.setattr(denoise, "in_turns", interrupted)


def test_a_run_that_was_stopped_ends_as_one_that_was_not(found, experiments, monkeypatch, tmp_path):
    method = found.data["run"]["settings"]["method"]
    arguments = (*TINY, "--seed", "7", "--method", method)
    interrupt(monkeypatch, block=2)
    code, out, err = experiments(*arguments)
    assert (code, out) == (130, "")
    assert "2 of 3 measurements" in err
    partial = {path.name for path in tmp_path.iterdir()}
    assert partial == {"denoise.partial.jsonl", "denoise.partial.2.npz"}
    assert (tmp_path / "denoise.partial.jsonl").stat().st_size < 20_000  # no picture in it

    code, _, err = experiments(*arguments, "--resume")
    assert (code, err) == (0, "")
    resumed = Run(tmp_path, "denoise").data["measurements"]
    for block, other in zip(resumed[1:], found.data["measurements"][1:], strict=True):
        for key in ("energies", "psnrs", "gradients", "stopped"):
            assert block[key] == other[key]
    assert (tmp_path / "denoise.npz").read_bytes() == (found.folder / "denoise.npz").read_bytes()
    assert not list(tmp_path.glob("denoise.partial.*"))


def test_pictures(run_by, tmp_path):
    """With all there may be in them. A photograph in an .svg takes megabytes."""
    assert_drawn_from_the_data_alone(run_by("gradient-descent", "--compiled"), tmp_path)


def test_without_its_picture_it_is_not_redrawn(found, experiments, tmp_path):
    shutil.copytree(found.folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "denoise.npz").unlink()
    code, out, err = experiments("plot", "denoise")
    assert (code, out) == (2, "")
    assert "denoise.npz: run 'python -m experiments denoise --output" in err
    (tmp_path / "denoise.npz").write_bytes(b"no picture")
    code, _, err = experiments("plot", "denoise")
    assert code == 2
    assert "cannot read" in err
    assert err.count("\n") == 1


def test_an_energy_that_rises_stops_the_run(experiments, monkeypatch, tmp_path):
    monkeypatch.setattr(denoise, "largest_curvature", lambda weight, epsilon: 0.5)
    code, out, err = experiments(*TINY)
    assert (code, out) == (1, "")
    assert "part iterations, first 1, last 10, seed 0: EnergyRose: at iteration" in err
    assert err.count("\n") == 1


def test_modes_that_disagree_stop_the_run(experiments, monkeypatch):
    gradient = reverse.grad
    monkeypatch.setattr(reverse, "grad", lambda f: lambda u: 1.001 * gradient(f)(u))
    code, out, err = experiments(*TINY)
    assert (code, out) == (1, "")
    assert "part gradients, seed 0: Disagreement: entry" in err


def test_it_is_the_photograph_of_the_table_of_functions():
    """With as much noise, and the same from the same seed."""
    n = scalars.photograph().size
    settings = settled({})
    assert settings["unknowns"] == n == 921_600
    photograph, noisy, _, _ = denoise.problem(settings)
    np.testing.assert_array_equal(photograph, scalars.photograph())
    assert np.std(noisy - photograph) == pytest.approx(scalars.NOISE, rel=0.01)
    assert denoise.psnr(noisy, photograph) == pytest.approx(20, abs=0.05)


def test_scipy_is_asked_for_by_name_where_it_is_missing(experiments, monkeypatch, tmp_path):
    monkeypatch.setattr(denoise, "find_spec", lambda name: None)
    code, out, err = experiments(*TINY, "--method", "l-bfgs")
    assert (code, out) == (2, "")
    assert "--method l-bfgs needs SciPy, which is not installed" in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
    code, out, err = experiments(*TINY, "--method", "auto")
    assert (code, err) == (0, "")
    assert Run(tmp_path, "denoise").data["run"]["settings"]["method"] == "gradient-descent"


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pixels", "1"], "1 is not in the range x>=2"),
        (["--pixels", "few"], "'few' is not a valid integer"),
        (["--iterations", "0"], "0 is not in the range x>=1"),
        (["--method", "newton"], "'newton' is not one of"),
        (["--seed", "-1"], "-1 is not in the range x>=0"),
        (["--backend", "compiled"], "--backend compiled is that of programs: add --compiled"),
        (["photo.jpg"], "unexpected extra argument"),
        (["--weight", "1"], "No such option '--weight'"),
    ],
)
def test_a_wrong_argument_is_one_clear_line_and_exit_code_2(
    arguments, message, experiments, tmp_path
):
    assert_refused(("denoise", *arguments), message, experiments, tmp_path)
