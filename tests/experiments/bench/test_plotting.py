"""Figures: what a reader cannot check by looking at one of them."""

from xml.etree import ElementTree

import pytest
from PIL import Image

from admodes.measure import Interval
from experiments.bench import plotting


def draw():
    with plotting.style():
        figure = plotting.figure(height=3)
        axes = figure.subplots()
        points = [(1.0, Interval(1.0, 0.5, 2.0, 0.9), True), (2.0, Interval(2, 2, 2, 0), False)]
        plotting.curve(axes, points, "curve", plotting.REVERSE, "o")
        figure.legend(handles=[plotting.hollow("estimated")])
    return figure


@pytest.fixture
def figure():
    return draw()


def test_what_was_estimated_is_hollow_and_what_was_measured_is_not(figure):
    line, hollow = (line for line in figure.axes[0].get_lines() if line.get_marker() == "o")
    assert line.get_xydata().tolist() == [[1, 1], [2, 2]]
    assert line.get_markerfacecolor() == plotting.REVERSE
    assert hollow.get_xydata().tolist() == [[2, 2]]
    assert hollow.get_markerfacecolor() == "white"


def test_a_figure_that_is_drawn_again_is_saved_as_the_same_bytes(tmp_path):
    paths = [tmp_path / name for name in ("a.svg", "a.png", "b.svg", "b.png")]
    with plotting.style():
        plotting.save(draw(), *paths[:2])
        plotting.save(draw(), *paths[2:])
    svg, png, svg_again, png_again = (path.read_bytes() for path in paths)
    assert svg == svg_again
    assert png == png_again
    assert b"<dc:date>" not in svg
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    with Image.open(paths[1]) as image:
        assert image.width == plotting.WIDTH * plotting.DPI
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)  # for dark pages too


def test_a_readers_own_settings_change_nothing(monkeypatch):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "axes.grid": False}), plotting.style():
        assert mpl.rcParams["font.size"] == 10
        assert mpl.rcParams["axes.grid"]


def test_times_are_written_so_that_any_can_be_read():
    """One in ten; 2 and 5 times that within few powers of ten, and one in 1000 within many."""

    def ticks(low, high):
        axes = plotting.figure(2.0).subplots()
        axes.set_yscale("log")
        axes.set_ylim(low, high)
        plotting.time_ticks(axes)
        return [label.get_text() for label in axes.get_yticklabels()]

    assert ticks(0.015, 2.2) == ["20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s", "2 s"]
    assert ticks(3e-6, 4e-6) == []
    assert ticks(5e-4, 2.0) == ["1 ms", "10 ms", "100 ms", "1 s"]
    assert ticks(0.9e-3, 2e4) == ["1 ms", "1 s", "1,000 s"]
