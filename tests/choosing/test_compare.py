"""``compare``: the ways to a derivative side by side."""

import json
import subprocess
import sys

import numpy as np
import pytest

import admodes as ad
from admodes import counting
from admodes.__main__ import main

pytestmark = pytest.mark.slow

X = np.linspace(-1.0, 1.0, 12)


def energy(x):
    return np.sum((x[1:] - x[:-1] ** 2) ** 2)


def quick(f, *args, **options):
    return ad.compare(f, *args, seconds=0.02, **options)


@pytest.fixture(scope="module")
def gradient():
    return quick(energy, X)


# --- What it knows --------------------------------------------------------------------------------


def test_a_gradient_takes_n_passes_or_one(gradient):
    passes = {way.name: way.passes for way in gradient.ways}
    assert passes["forward"] == 12
    assert passes["reverse"] == 1
    assert gradient.inputs == 12
    assert gradient.outputs == 1


def test_the_best_number_of_directions_is_one_of_those_that_fit(gradient):
    (abreast,) = (way for way in gradient.ways if "abreast" in way.name)
    assert 1 < abreast.directions <= 12
    assert abreast.passes == -(-12 // abreast.directions)


def test_a_jacobian_of_many_outputs_takes_a_pass_per_output_or_per_input():
    matrix = np.arange(60.0).reshape(20, 3)
    comparison = quick(lambda x: matrix @ x, np.ones(3))
    assert (comparison.inputs, comparison.outputs) == (3, 20)
    assert [way.passes for way in comparison.ways if way.name == "forward"] == [3]
    (reverse,) = (way for way in comparison.ways if way.mode == "reverse")
    assert reverse.passes == -(-20 // reverse.directions)


def test_all_arguments_and_containers_count_as_inputs():
    def loss(parameters, x):
        return np.sum(np.tanh(parameters["w"] @ x) * parameters["b"])

    comparison = quick(loss, {"w": np.ones((2, 3)), "b": np.ones(2)}, np.ones(3))
    assert comparison.inputs == 6 + 2 + 3


def test_counts_are_those_of_all_passes(gradient):
    ways = {way.name: way for way in gradient.ways}
    one_pass = counting.tangent(energy, X, directions=1)
    assert ways["forward"].counts.primitives == 12 * one_pass.primitives
    assert ways["forward"].counts.cost.moves == 12 * one_pass.cost.moves
    assert ways["reverse"].counts == counting.gradient(energy, X)


def test_counts_of_several_sweeps_contain_one_evaluation():
    comparison = quick(lambda x: np.stack([x * x, np.exp(x)]), 0.5)
    (reverse,) = (way for way in comparison.ways if way.mode == "reverse")
    if reverse.directions == 1:
        sweep = counting.gradient(lambda x: np.stack([x * x, np.exp(x)]), 0.5)
        assert reverse.counts.primitives < 2 * sweep.primitives


def test_the_tape_is_that_of_the_recording(gradient):
    _, pullback = ad.vjp(energy, X)
    (reverse,) = (way for way in gradient.ways if way.mode == "reverse")
    assert reverse.tape_length == len(pullback.tape)
    assert reverse.tape_bytes == pullback.tape.nbytes
    assert all(way.tape_length is None for way in gradient.ways if way.mode == "forward")


def test_what_takes_too_long_is_estimated_and_marked():
    x = np.linspace(-1, 1, 20_000)
    comparison = quick(energy, x)
    forward, _, reverse = comparison.ways
    assert forward.estimated
    assert not reverse.estimated
    assert forward.seconds.value == pytest.approx(20_000 * forward.pass_seconds.value)
    assert "~" in str(comparison)
    assert "estimated" in str(comparison)
    assert comparison.fastest is reverse


def test_a_large_tape_brings_checkpointing_which_holds_less():
    # Two inputs, so that forward mode is quickly done, and 20,000 numbers in every step.
    def long(x):
        y = wide = x[:, None] * np.ones(10_000)
        for _ in range(120):
            y = y * wide
        return np.sum(y)

    *_, reverse, checkpointed = quick(long, np.ones(2)).ways
    assert checkpointed.name == "reverse, checkpointed"
    assert checkpointed.peak_bytes < reverse.peak_bytes / 3
    assert checkpointed.counts.primitives > reverse.counts.primitives


def test_the_modes_are_checked(gradient):
    assert gradient.agreement.ok


def test_a_scalar_function():
    comparison = quick(lambda x: x * x * x, 2.0)
    assert [way.passes for way in comparison.ways] == [1, 1]


# --- How it shows itself --------------------------------------------------------------------------


def test_it_prints_as_a_table(gradient):
    text = str(gradient)
    for word in ("energy", "passes", "numbers read and written", "peak memory", "reverse"):
        assert word in text
    assert len({line.index("12") for line in text.splitlines() if line.startswith("x")}) <= 1


def test_it_shows_itself_in_a_notebook(gradient):
    html = gradient._repr_html_()
    table, _, rest = html.partition("</table>")
    assert table.count("<tr>") == table.count("</tr>") == 13
    assert "agree" in rest
    assert "energy" in html


def test_it_plots(gradient):
    figure = gradient.plot()
    assert len(figure.axes) == 3
    assert all(len(axis.lines) == len(gradient.ways) for axis in figure.axes)


def test_it_writes_json(gradient, tmp_path):
    path = tmp_path / "comparison.json"
    text = gradient.to_json(path)
    assert json.loads(text) == json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(text)["ways"][0]["passes"] == 12


# --- What it refuses ------------------------------------------------------------------------------


def test_errors_are_said():
    with pytest.raises(TypeError, match="not callable"):
        ad.compare(3.0, X)
    with pytest.raises(ValueError, match="seconds must be positive"):
        ad.compare(energy, X, seconds=0)
    with pytest.raises(ValueError, match="nothing to differentiate"):
        ad.compare(lambda x: 3, X)
    with pytest.raises(ValueError, match="nothing to differentiate"):
        ad.compare(lambda x: x, np.ones(0))
    with pytest.raises(TypeError, match="must be real"):
        ad.compare(lambda x: np.sum(np.abs(x)), np.ones(2) * 1j)


def test_an_exception_in_the_function_passes_through():
    def broken(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        ad.compare(broken, X)


def test_nothing_is_mutated():
    x = X.copy()
    quick(energy, x)
    np.testing.assert_array_equal(x, X)


# --- The command line -----------------------------------------------------------------------------


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "my_functions.py").write_text(
        "import numpy as np\n"
        "def loss(x):\n    return np.sum(x * x)\n"
        "def two(x, s):\n    return np.sum(x * s)\n"
        "def bad(x):\n    raise RuntimeError('mine')\n"
        "def make_input(rng):\n    return rng.standard_normal(5)\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("my_functions", None)


def test_the_shell_does_the_same(module, capsys):
    options = ["--seconds", "0.02", "--json", "out.json", "--plot", "out.png"]
    assert main(["compare", "my_functions:loss", "--shape", "7", *options]) == 0
    assert "1 by 7" in capsys.readouterr().out
    assert json.loads((module / "out.json").read_text(encoding="utf-8"))["inputs"] == 7
    assert (module / "out.png").stat().st_size > 1000


def test_inputs_come_from_shapes_files_or_the_module(module, capsys):
    np.save("x.npy", np.ones(4))
    quick = ["--seconds", "0.02"]
    assert main(["compare", "my_functions:loss", *quick]) == 0
    assert "1 by 5" in capsys.readouterr().out
    assert main(["compare", "my_functions:loss", "--npy", "x.npy", *quick]) == 0
    assert "1 by 4" in capsys.readouterr().out
    shapes = ["--shape", "3,2", "--shape", "scalar"]
    assert main(["compare", "my_functions:two", *shapes, *quick]) == 0
    assert "1 by 7" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["compare", "nothing"], 2, "not of the form package.module:function"),
        (["compare", "no_such_module:f"], 2, "cannot import"),
        (["compare", "my_functions:missing"], 2, "has no function 'missing'"),
        (["compare", "my_functions:loss", "--shape", "0"], 2, "is no shape"),
        (["compare", "my_functions:loss", "--shape", "two"], 2, "is no shape"),
        (["compare", "my_functions:loss", "--npy", "missing.npy"], 2, "does not exist"),
        (["compare", "my_functions:loss", "--shape", "3", "--npy", "my_functions.py"], 2, "both"),
        (["compare", "my_functions:loss", "--seconds", "0"], 2, "--seconds"),
        (["compare", "numpy:sum"], 2, "no input"),
        (["compare", "my_functions:bad", "--shape", "3"], 1, "RuntimeError: mine"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(module, capsys, arguments, code, message):
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_it_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "admodes", "--help"], capture_output=True, text=True, check=True
    )
    assert "compare" in done.stdout
