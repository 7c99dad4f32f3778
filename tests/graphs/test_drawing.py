"""The drawings: nothing overlaps, whatever draws them, and what happens without the library."""

import builtins
import functools
import itertools
import sys
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.transforms import Bbox

import admodes as ad
from admodes.graphs import figure
from tests.graphs.functions import textbook
from tests.helpers import together

pytest.importorskip("pygraphviz")


def fan(X):
    Y = np.einsum(",,->", X, X, X)
    Z = np.einsum(",,->", Y, Y, Y)
    return Z


def network(w, x):
    hidden = np.tanh(w["first"] @ x + w["bias"])
    output = hidden[0] * w["scale"] + np.std(hidden) * hidden[1]
    return {"output": output**2, "hidden": hidden}


def loop(x):
    for _ in range(80):
        y = np.sin(x)
        x = y * x + 0.1
        x += 1.5 * y
    return x


GRAPHS = {
    "textbook": (textbook, 2.0, 1.0),
    "fan": (fan, 2.0),
    "network": (
        network,
        {"first": np.ones((3, 2)), "bias": np.zeros(3), "scale": 1 / 3},
        np.ones(2),
    ),
    "folded": (loop, 0.3),
}


@functools.cache
def graph_of(name):
    return ad.graph(*GRAPHS[name])


def boxes(drawn, *beginnings):
    """The rectangles, in pixels, of what was drawn under these names."""
    for axes in drawn.axes:
        axes.apply_aspect()  # which else comes with the drawing
    return {
        artist.get_gid(): extent(artist)
        for axes in drawn.axes
        for artist in (*axes.patches, *axes.lines, *axes.texts, *axes.artists, *axes.collections)
        if (artist.get_gid() or "").startswith(beginnings)
    }


def extent(artist):
    """As `get_window_extent`, by the control points of the curves, at a tenth of its time."""
    path = artist.get_path()
    points = path.vertices if path.codes is None else path.vertices[path.codes != Path.CLOSEPOLY]
    points = artist.get_transform().transform(points)
    return Bbox([points.min(axis=0), points.max(axis=0)])


def overlapping(a, b):
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


@pytest.mark.slow
@together
@pytest.mark.parametrize("mode", [None, "forward", "reverse"])
@pytest.mark.parametrize("flow", ["up", "right"])
@pytest.mark.parametrize("name", GRAPHS)
def test_no_box_and_no_label_overlaps_another(name, flow, mode):
    graph = graph_of(name)
    seed = {"forward": graph.inputs[0], "reverse": graph.outputs[-1]}.get(mode)
    drawn = graph.draw(mode, seed, flow=flow)
    found = boxes(drawn, "box", "label", "text in")
    texts = {each: found.pop(each) for each in list(found) if each.startswith("text in")}
    shown = graph.picture(mode, seed)
    assert len(found) == len(shown.boxes) + len(shown.arrows)
    for (a, of_a), (b, of_b) in itertools.combinations(found.items(), 2):
        assert not overlapping(of_a, of_b), (a, b)
    page = drawn.bbox
    for name, text in texts.items():
        around = found[name.removeprefix("text in ")]
        assert around.x0 <= text.x0 <= text.x1 <= around.x1, name
        assert around.y0 <= text.y0 <= text.y1 <= around.y1, name
    for box in found.values():
        assert page.x0 <= box.x0 <= box.x1 <= page.x1
        assert page.y0 <= box.y0 <= box.y1 <= page.y1


def test_arrows_end_at_their_boxes():
    drawn = graph_of("textbook").draw()
    found = boxes(drawn, "box")
    heads = drawn.findobj(Polygon)
    assert len(heads) == 5
    ends = [2, 2, 3, 4, 4]
    for head, end in zip(heads, ends, strict=True):
        x, y = head.get_transform().transform(head.get_xy()[0])
        box = found[f"box {end}"]
        assert box.x0 - 2 <= x <= box.x1 + 2
        assert abs(y - box.y0) < 2  # from below


def test_data_flows_as_told():
    for flow, axis in (("up", 1), ("right", 0)):
        found = boxes(graph_of("textbook").draw(flow=flow), "box")
        a, c, e = (found[f"box {i}"].get_points().mean(axis=0)[axis] for i in (0, 2, 4))
        assert a < c < e


def test_draw_makes_a_figure_and_writes_nothing(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    drawn = graph_of("textbook").draw("reverse")
    assert isinstance(drawn, Figure)
    assert "matplotlib.pyplot" not in sys.modules
    assert mpl.colors.to_hex(drawn.get_facecolor()) == "#ffffff"  # opaque: for dark pages too


def test_it_draws_on_axes_of_a_readers_own():
    drawn = Figure(figsize=(3, 3))
    left, right = drawn.subplots(1, 2)
    assert graph_of("textbook").draw(axes=left) is drawn
    assert left.findobj(Polygon)
    assert not right.findobj(Polygon)
    # Everything shrinks alike, text too.
    found = boxes(drawn, "box", "label", "text in")
    for name, text in found.items():
        around = found[name.removeprefix("text in ")]
        assert around.width >= text.width


@pytest.mark.slow
def test_svg_is_xml_and_the_same_again():
    graph = graph_of("network")
    svg = graph.to_svg()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert svg == graph.to_svg()
    assert svg != graph.to_svg("reverse", "network['output']")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert graph.to_svg() == svg


def test_a_notebook_shows_it_by_itself():
    graph = graph_of("textbook")
    assert graph._repr_svg_() == graph.to_svg()
    assert graph._repr_html_() is None


@pytest.mark.slow
def test_frames_of_an_animation_are_of_one_size():
    graph = graph_of("textbook")
    sweep = graph.forward("b")
    steps = [graph.picture(sweep, step=k) for k in range(len(sweep.nodes) + 1)]
    frames = [figure([[step]], like=steps, width=4.0) for step in steps]
    sizes = {tuple(frame.get_size_inches()) for frame in frames}
    assert len(sizes) == 1
    assert sizes.pop()[0] == pytest.approx(4.0)
    places = [boxes(frame, "box", "label") for frame in frames]
    for name, first in places[0].items():
        for other in places[1:]:
            np.testing.assert_allclose(other[name].get_points(), first.get_points())


def test_texts_that_matplotlib_would_take_for_mathematics():
    graph = ad.graph(lambda w: w["$x$"] * w["$y$"], {"$x$": 2.0, "$y$": 3.0})
    assert graph.to_svg()


def test_without_the_library_one_message_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "pygraphviz":
            raise ModuleNotFoundError("No module named 'pygraphviz'", name="pygraphviz")
        return real(name, *args, **kwargs)

    graph = graph_of("textbook")
    monkeypatch.setattr(builtins, "__import__", without)
    for show in (graph.draw, graph.to_svg, lambda: figure([[graph.picture()]])):
        with pytest.raises(ImportError, match="pip install 'pygraphviz>=2'"):
            show()
    assert graph._repr_svg_() is None
    assert "pip install" in graph._repr_html_()
    assert "digraph" in graph.to_dot()
    assert "flowchart" in graph.to_mermaid()
    assert graph.reverse()["b"] == 5.0
