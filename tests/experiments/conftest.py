"""Experiments at the size of a test: little time, few samples, a folder of their own."""

import sys
import textwrap

import pytest

from experiments.__main__ import main
from experiments.sides import passes
from tests.experiments.helpers import set_to


@pytest.fixture
def experiments(monkeypatch, tmp_path, capsys):
    """Run a command line on ``tmp_path``; give the exit code, stdout and stderr."""
    monkeypatch.setattr(passes, "SAMPLE_SECONDS", 1e-4)
    set_to(monkeypatch, "speedup", rounds=6)

    def run(*arguments):
        code = main([*arguments, "--output", str(tmp_path)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def write_module(monkeypatch, tmp_path):
    """Make a module importable, by its name and its source."""

    def write(name, source):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return write
