"""What the tests of several experiments ask of a folder, or of a command line."""

import csv
import json
from dataclasses import replace

from experiments.__main__ import EXPERIMENTS


def read_results(name, folder):
    """What the experiment `name` has left: its data, and the rows of its table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), rows


def assert_redrawn_alike(name, experiments, folder):
    """All that is made from the data is the same once more, byte by byte."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for path in folder.iterdir():
        if path.suffix not in (".json", ".npz"):
            path.unlink()
    code, _, err = experiments("plot", name)
    assert (code, err) == (0, "")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def assert_refused(arguments, message, experiments, folder):
    """A wrong argument is one clear line and exit code 2, and nothing is left behind."""
    code, out, err = experiments(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("python -m experiments: ")
    assert err.count("\n") == 1
    assert message in err
    assert not list(folder.iterdir())


def set_to(monkeypatch, name, **values):
    """Have settings of an experiment begin with other values, with ``--quick`` as well."""
    settings = EXPERIMENTS[name].settings
    for key, value in values.items():
        monkeypatch.setitem(settings, key, replace(settings[key], value=value, quick=None))
