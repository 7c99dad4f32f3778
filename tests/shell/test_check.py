"""``python -m admodes check``: what it says, and with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from admodes.__main__ import main
from tests.helpers import together

pytestmark = [pytest.mark.slow]

ROOT = Path(__file__).parents[2]
SOURCE = """
import math
import numpy as np
from helpers import mean_of

def fine(x):
    return np.sum(x * x)

def wrong(x):
    print("a line")
    b = np.zeros(3)
    for i in range(3):
        b[i] = math.exp(x[i])
    return np.sum(b) * mean_of(x)

def branches(x):
    return np.sum(x) if x[0] > 0 else np.sum(x * x)

def raises(x):
    raise RuntimeError("mine")

def make_input(rng):
    return rng.standard_normal(3)
"""
HELPERS = """
import numpy as np

def mean_of(x):
    return np.mean([x[0], x[1]])
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "programs.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "helpers.py").write_text(HELPERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_nothing_is_found(folder, capsys):
    assert main(["check", "programs.py:fine", "--shape", "4"]) == 0
    assert capsys.readouterr().out == "fine: nothing to change\n"


def test_all_is_found_at_once_in_every_file(folder, capsys):
    assert main(["check", "programs.py:wrong"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert "a line" not in out
    assert out.startswith("wrong: 3 things to change\n")
    assert "programs.py\n  13  b[i] = math.exp(x[i])\n" in out
    assert "→ np.exp" in out
    assert "→ np.zeros(3, like=x) in line 11" in out
    assert "helpers.py\n   5  return np.mean([x[0], x[1]])\n" in out


def test_a_branch_is_a_warning(folder, capsys):
    assert main(["check", "programs:branches"]) == 0
    assert "nothing to change, 1 to know" in capsys.readouterr().out


def test_as_data(folder, capsys):
    assert main(["check", "programs.py:wrong", "--json", "found.json"]) == 1
    found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    assert (found["name"], found["ok"]) == ("wrong", False)
    assert {issue["kind"] for issue in found["issues"]} == {"plain", "written"}
    assert [issue["line"] for issue in found["issues"]] == [13, 13, 5]
    assert all(issue["seen"] or issue["kind"] == "written" for issue in found["issues"])


@together
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["programs.py"],
        ["programs.py:missing"],
        ["missing.py:f"],
        ["programs.py:fine", "--shape", "0"],
        ["programs.py:fine", "--shape", "3", "--shape", "3"],
        ["programs.py:fine", "--json", "no/folder.json"],
    ],
)
def test_bad_arguments(arguments, folder, capsys):
    assert main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("python -m admodes: ")
    assert err.count("\n") == 1


def test_an_error_of_the_functions_own(folder, capsys):
    assert main(["check", "programs.py:raises"]) == 1
    assert "RuntimeError: mine (in raises" in capsys.readouterr().err


def test_its_help(capsys):
    assert main(["check", "--help"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    for word in ("--shape", "--npy", "--seed", "--json", "--traceback", "compare --check"):
        assert word in out


def test_as_a_process(folder):
    found = subprocess.run(
        [sys.executable, "-m", "admodes", "check", "programs.py:wrong"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (found.returncode, found.stderr) == (1, "")
    assert "3 things to change" in found.stdout
