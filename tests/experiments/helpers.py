"""What the tests of several experiments ask of a run, or of a command line."""

import csv
import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

from experiments.__main__ import main
from experiments.bench import experiment, plotting
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

    @property
    def tells_a_spread(self):
        """How far an estimate may be off: in per cent, or how many times, where it is too wide."""
        return "±" in self.words or "times that" in self.words


def without_pictures(monkeypatch):
    """They take longer than all the rest."""
    monkeypatch.setattr(experiment, "draw_pictures", lambda *_: [])


def empty_pictures(monkeypatch, name):
    """They are written as those of the experiment are, and soon drawn."""
    for each in ("draw", "slide"):
        monkeypatch.setitem(vars(EXPERIMENTS[name]), each, lambda results: plotting.figure(1.0))


def set_to(monkeypatch, name, **values):
    """Have settings of an experiment begin with other values, with ``--quick`` as well."""
    settings = EXPERIMENTS[name].settings
    for key, value in values.items():
        monkeypatch.setitem(settings, key, replace(settings[key], value=value, quick=None))


def assert_drawn_from_the_data_alone(run, folder):
    """The table too, which is the same again; nothing else is touched.

    The pictures are laid out and drawn, into no format: that each is saved is asked of one of them.
    """
    experiment = EXPERIMENTS[run.name]
    ends = [f".{suffix}" for suffix in experiment.formats] if experiment.draw else []
    slide = ["-slide.png"] if experiment.slide else []
    before = files(run.folder)
    copy = shutil.copytree(run.folder, folder / "drawn")
    (copy / f"{run.name}.csv").unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotting, "save", draw_only)
        assert main(["plot", run.name, "--output", str(copy)]) == 0
    drawn = files(copy)
    assert set(drawn) == {*before, *(f"{run.name}{end}" for end in (*ends, *slide))}
    assert {name: drawn[name] for name in before} == before
    return copy


class Canvas(FigureCanvasAgg):
    """That of every picture: how wide a text is, the layout, the drawing and the next one ask."""

    renderer = RendererAgg(1, 1, plotting.DPI)

    def get_renderer(self):
        return self.renderer


def draw_only(drawing, *paths, **_):
    """In place of ``plotting.save``."""
    if not getattr(drawing, "is_drawn", False):  # in another format
        for axes in drawing.axes:  # a third of the time, and nothing is written at the small ticks
            axes.minorticks_off()
        drawing.dpi = Canvas.renderer.dpi
        Canvas(drawing)
        drawing.draw_without_rendering()
        assert_own_colours(drawing)
        drawing.is_drawn = True
    for path in paths:
        path.touch()


def assert_own_colours(drawing):
    """What is said to be of one mode has no colour of the other."""
    of = {
        "forward": {plotting.FORWARD, plotting.FORWARD_SEVERAL},
        "reverse": {plotting.REVERSE, plotting.REVERSE_SEVERAL},
        "mixed": {plotting.MIXED},
    }
    legends = [*drawing.legends, *filter(None, (axes.get_legend() for axes in drawing.axes))]
    for line in (line for each in (*drawing.axes, *legends) for line in each.get_lines()):
        label = str(line.get_label())
        modes = [mode for mode in of if mode in label]
        if len(modes) == 1:
            others = set().union(*(of[mode] for mode in of.keys() - modes))
            assert line.get_color() not in others, label


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
