"""``python -m experiments``: what it lists, what it refuses, how it stops and goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.__main__ import main
from experiments.bench.experiment import Failed, measured
from experiments.commands import EXPERIMENTS, repeat_options
from tests.experiments.helpers import empty_pictures, set_to
from tests.helpers import together

# Interrupts itself, as Ctrl-C does, at N = 3: until there is a file "go".
INTERRUPTED = """
    import pathlib, signal
    import numpy as np

    def f(x):
        if x.size == 3 and not pathlib.Path(__file__).with_name("go").exists():
            signal.raise_signal(signal.SIGINT)
        return np.sum(x * x)
"""


def test_alone_it_lists_every_experiment_with_its_question(capsys):
    assert main([]) == 0
    listed = " ".join(capsys.readouterr().out.split())
    for experiment in EXPERIMENTS.values():
        assert f" {experiment.name} {experiment.question} " in listed


@together
@pytest.mark.parametrize("command", [[], ["plot"], *([name] for name in EXPERIMENTS)])
def test_help(command, capsys):
    assert main([*command, "--help"]) == 0
    assert "Usage: python -m experiments" in capsys.readouterr().out


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sped"], "No such command 'sped'"),
        (["speedup", "--budgett", "1"], "No such option '--budgett'"),
        (["speedup", "100"], "unexpected extra argument"),
        (["speedup", "--inputs"], "'--inputs' requires an argument"),
        (["speedup", "--inputs", "10", "many"], "'many' is not a valid integer"),
        (["speedup", "--inputs", "10", "0"], "0 is not in the range x>=1"),
        (["speedup", "--inputs", "-5", "10"], "-5 is not in the range x>=1"),
        (["speedup", "--max-inputs", "0"], "0 is not in the range x>=1"),
        (["speedup", "--function", "rosenbrock", "--max-inputs", "1"], "at most 1 inputs"),
        (["speedup", "--budget", "0"], "0.0 is not in the range x>0"),
        (["speedup", "--budget", "nan"], "--budget must be finite"),
        (["speedup", "--budget", "1", "--exhaustive"], "give one of the two"),
        (["speedup", "--seed", "-1"], "-1 is not in the range x>=0"),
        (["speedup", "--function", "nope"], "no function 'nope'"),
        (["speedup", "--function", "nope:f"], "No module named 'nope'"),
        (["speedup", "--function", "math:nope"], "'math' has no function 'nope'"),
        (["speedup", "--function", "math:pi"], "'math' has no function 'pi'"),
        (["speedup", "--output", __file__], "is a file"),
        (["speedup", "--output", f"{__file__}/figures"], "cannot write to"),
        (["plot"], "Missing argument 'EXPERIMENT'. Choose from: speedup, "),
        (["plot", "sped"], "Invalid value for 'EXPERIMENT': 'sped' is not one of 'speedup', "),
        (["plot", "speedup"], "'python -m experiments speedup'"),
        (
            ["plot", "speedup", "--output", "no-such-folder"],
            "'python -m experiments speedup --output no-such-folder'",
        ),
    ],
)
def test_a_wrong_argument_is_one_clear_line_and_exit_code_2(
    arguments, message, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("python -m experiments: ")
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())


@together
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("--inputs 1 10 --quick", "--inputs 1 --inputs 10 --quick"),
        ("--inputs -1 -2 --budget -3", "--inputs -1 --inputs -2 --budget -3"),
        ("--inputs=1 10 --inputs 3", "--inputs=1 --inputs 10 --inputs 3"),
        ("--quick --inputs", "--quick --inputs"),
    ],
)
def test_options_take_several_values(given, expected):
    assert repeat_options(given.split(), {"--inputs"}) == expected.split()


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(experiments, write_module, tmp_path):
    write_module("stops", INTERRUPTED)
    code, out, err = experiments("speedup", "--function", "stops:f", "--inputs", "2", "3", "4")
    assert code == 130
    assert out == ""
    assert "1 of 3 measurements" in err
    command = f"python -m experiments speedup --function stops:f --inputs 2 3 4 --output {tmp_path}"
    assert err.endswith(f"to go on: {command} --resume\n")
    partial = tmp_path / "speedup.partial.jsonl"
    header, first = map(json.loads, partial.read_text().splitlines())
    assert header["command"] == command
    assert not (tmp_path / "speedup.json").exists()

    # The same command alone would throw it away; one with other settings would mix them.
    code, _, err = experiments("speedup", "--function", "stops:f", "--inputs", "2", "3", "4")
    assert code == 2
    assert "add --resume" in err
    code, _, err = experiments("speedup", "--function", "stops:f", "--inputs", "2", "--resume")
    assert code == 2
    assert "was made with inputs [2, 3, 4], not [2]:" in err
    assert len(partial.read_text().splitlines()) == 2

    # Stopped again, it is to be gone on with in the same way.
    code, _, again = experiments(*command.split()[3:-2], "--resume")
    assert code == 130
    assert again.endswith(f"to go on: {command} --resume\n")

    (tmp_path / "go").touch()
    arguments = command.split()[3:-2]
    code, out, err = experiments(*arguments, "--resume")
    assert (code, err) == (0, "")
    data = json.loads((tmp_path / "speedup.json").read_text())
    assert [record["inputs"] for record in data["measurements"]] == [2, 3, 4]
    assert data["measurements"][0] == first
    assert data["run"]["command"] == command
    assert not partial.exists()


def test_a_run_writes_data_a_table_and_pictures_in_every_format(tmp_path, monkeypatch, capsys):
    set_to(monkeypatch, "speedup", rounds=3)
    empty_pictures(monkeypatch, "speedup")
    arguments = ["--function", "rosenbrock", "--inputs", "2", "--output", str(tmp_path)]
    assert main(["speedup", *arguments]) == 0
    names = {f"speedup{end}" for end in (".json", ".csv", ".png", ".svg", "-slide.png")}
    assert {path.name for path in tmp_path.iterdir()} == names
    wrote = capsys.readouterr().out.splitlines()[-1]
    assert set(wrote.split()) == {"wrote", *(str(tmp_path / name) for name in names)}


def test_what_a_function_prints_is_shown_once(experiments, write_module):
    write_module("loud", "def f(x):\n    print('[at] x')\n    return (x * x).sum()")
    code, out, err = experiments("bounds", "--function", "loud:f", "--inputs", "3")
    assert (code, err) == (0, "")
    assert "The function printed " in out
    assert out.count("[at] x") == 3


def test_resume_begins_where_nothing_is_unfinished(experiments):
    code, _, err = experiments("speedup", "--function", "rosenbrock", "--inputs", "2", "--resume")
    assert (code, err) == (0, "")


def test_a_mistake_in_an_experiment_shows_its_line():
    with pytest.raises(Failed, match=r"KeyError: .* \(in measure, .*experiment\.py, line \d+: \w"):
        measured(EXPERIMENTS["bounds"], {}, {}, None)


def test_a_run_that_failed_at_once_does_not_stand_in_the_way(experiments, write_module, tmp_path):
    write_module("raises", "def f(x):\n    raise RuntimeError('a fault\\nin two lines')")
    code, _, err = experiments("speedup", "--function", "raises:f", "--inputs", "4")
    assert code == 1
    assert err.count("\n") == 1
    assert err.startswith(
        "python -m experiments: function raises:f, inputs 4, seed 0:"
        " RuntimeError: a fault; in two lines (in f, "
    )
    assert "raises.py, line 2: raise RuntimeError(" in err
    code, _, err = experiments("speedup", "--function", "rosenbrock", "--inputs", "2")
    assert (code, err) == (0, "")


def test_from_a_shell(write_module, tmp_path):
    write_module("stops", INTERRUPTED)
    arguments = ["--function", "stops:f", "--inputs", "3", "--output", str(tmp_path)]
    found = subprocess.run(
        [sys.executable, "-m", "experiments", "speedup", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert found.returncode == 130
    assert found.stdout == ""
    assert found.stderr.startswith("python -m experiments: interrupted: 0 of 1 measurements")
    assert found.stderr.count("\n") == 1
