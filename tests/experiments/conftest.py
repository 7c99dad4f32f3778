"""Experiments at the size of a test: little time, few samples, a folder of their own."""

import io
import os
import sys
import textwrap
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import threadpoolctl

from admodes.measure import interleave
from experiments.__main__ import main
from experiments.sides import passes
from tests.experiments.helpers import Run, set_to, without_pictures

FOLDER = Path(__file__).parent
QUICK = {"test_console", "test_functions", "test_house", "test_results", "test_settings"}


def pytest_collection_modifyitems(items):
    """The short form of the suite runs no experiment, and draws and starts nothing."""
    for item in items:
        if item.path.is_relative_to(FOLDER) and item.path.stem not in QUICK:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def little_time():
    """Trials and samples are short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "SAMPLE_SECONDS", 1e-4)
        patch.setattr(passes, "TRIAL_SECONDS", 2e-3)
        patch.setitem(interleave.__kwdefaults__, "sample_seconds", 1e-4)  # where nobody says so
        yield


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """What a power cut would leave is asked nowhere, and each file would be waited for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def looking_for_blas_once():
    """A search through all that is loaded comes before each measurement, and finds what it did."""
    known = threadpoolctl.ThreadpoolController()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threadpoolctl, "threadpool_limits", known.limit)
        patch.setattr(threadpoolctl, "threadpool_info", known.info)
        yield


@pytest.fixture(scope="module", autouse=True)
def little_to_collect(little_garbage):
    """There is a collection of garbage before each memory peak."""


@pytest.fixture(scope="module")
def module_patch():
    """As `monkeypatch`, for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def run_once(tmp_path_factory):
    """Run a command line, without pictures, for several tests to read what it has left."""

    def run(name, *arguments):
        folder = tmp_path_factory.mktemp(name)
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            without_pictures(patch)
            with redirect_stdout(out), redirect_stderr(err):
                code = main([name, *arguments, "--output", str(folder)])
        assert (code, err.getvalue()) == (0, "")
        return Run(folder, name, out.getvalue())

    return run


@pytest.fixture
def experiments(monkeypatch, tmp_path, capsys):
    """Run a command line, without pictures, on ``tmp_path``: exit code, stdout and stderr."""
    without_pictures(monkeypatch)
    set_to(monkeypatch, "speedup", rounds=3)

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
