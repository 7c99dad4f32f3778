"""What the tests of several experiments ask of a run, or of a command line."""

import csv
import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest

from experiments.__main__ import main
from experiments.bench import experiment, plotting
from experiments.bench.results import Store
from experiments.commands import EXPERIMENTS


@dataclass(frozen=True)
class Run:
    """What a command line has left in a folder, and what it has said."""

    folder: Path
    name: str
    out: str = ""

    @cached_property
    def data(self):
        return json.loads((self.folder / f"{self.name}.json").read_text(encoding="utf-8"))

    @cached_property
    def rows(self):
        with (self.folder / f"{self.name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def words(self):
        """What was said, whatever the width of the terminal."""
        return " ".join(self.out.split())


def without_pictures(monkeypatch):
    """They take longer than all the rest."""
    monkeypatch.setattr(experiment, "draw_pictures", lambda *_: [])


def set_to(monkeypatch, name, **values):
    """Have settings of an experiment begin with other values, with ``--quick`` as well."""
    settings = EXPERIMENTS[name].settings
    for key, value in values.items():
        monkeypatch.setitem(settings, key, replace(settings[key], value=value, quick=None))


def assert_drawn_from_the_data_alone(run, folder, *pictures):
    """The table too, which is the same again; nothing else is touched.

    The pictures are laid out and drawn, into no format: that each is saved is asked of one of them.
    """
    before = files(run.folder)
    copy = shutil.copytree(run.folder, folder / "drawn")
    (copy / f"{run.name}.csv").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotting, "save", draw_only)
        assert main(["plot", run.name, "--output", str(copy)]) == 0
    drawn = files(copy)
    every = {
        path.name for path in experiment.pictures(EXPERIMENTS[run.name], Store(copy, run.name))
    }
    assert set(drawn) == {*before, *every}
    assert set(pictures) <= every
    assert {name: drawn[name] for name in before} == before
    return copy


def draw_only(drawing, path, **_):
    if not getattr(drawing, "is_drawn", False):  # in another format
        drawing.draw_without_rendering()
        drawing.is_drawn = True
    path.touch()


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_refused(arguments, message, experiments, folder):
    """A wrong argument is one clear line and exit code 2, and nothing is left behind."""
    code, out, err = experiments(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("python -m experiments: ")
    assert err.count("\n") == 1
    assert message in err
    assert not list(folder.iterdir())
