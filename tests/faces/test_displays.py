"""What a notebook shows of a result, with no magic and no matplotlib set up."""

import re
from html import escape, unescape
from xml.etree import ElementTree

import numpy as np
import pytest

import admodes as ad
from admodes.choosing.machines import TYPICAL
from admodes.diagnosis import agreement
from tests.helpers import together

pytestmark = pytest.mark.usefixtures("few_samples")

X = np.array([0.0, 0.5, 2.0])


NAME = "a<b>&'c'"  # which must not become markup


def f(x):
    return np.sum(np.where(x < 1, x, x * x))


f.__qualname__ = NAME


def wrong():
    """A rule that is wrong, in a line with signs that HTML has for itself."""
    cube = ad.elementwise(lambda x: x**3, lambda y, x: 2 * x)

    def g(x):
        return np.sum(cube(x) if x[0] < 1 else x)

    g.__qualname__ = NAME
    return g


MAKERS = {
    "compare": lambda: ad.compare(f, X, seconds=0.02),
    "recommend": lambda: ad.recommend(f, X, machine=TYPICAL),
    "agreement": lambda: agreement(f, X),
    "disagreement": lambda: agreement(wrong(), X),
    "tape": lambda: ad.vjp(f, X)[1].tape,
}


@together
@pytest.mark.parametrize("what", MAKERS)
def test_a_table_that_is_whole_escaped_and_without_colours(what):
    html = MAKERS[what]()._repr_html_()
    ElementTree.fromstring(f"<div>{html.replace('<br>', '')}</div>")  # it raises where it is not
    assert "<table>" in html
    assert NAME not in html
    if what != "recommend":  # which does not name the function
        assert escape(NAME) in html
    assert not re.search(r"color:\s*+(?!inherit)", html)


def test_what_is_shown_is_what_is_printed():
    comparison = ad.compare(f, X, seconds=0.02)
    advice = ad.recommend(f, X, machine=TYPICAL)
    for shown in (comparison, advice, comparison.agreement):
        text = unescape(re.sub(r"<[^>]+>", " ", shown._repr_html_()))
        for word in re.findall(r"\w{4,}", str(shown)):
            assert word in text
    rows = re.findall(r"<tr>.*?</tr>", advice._repr_html_())
    assert advice.mode in rows[1]
    assert "<b>" in rows[1]
    assert "<b>" not in rows[2]


def test_a_disagreement_shows_operation_line_and_cause():
    found = agreement(wrong(), X)
    html = found._repr_html_()
    assert found.finding is not None
    assert "something is wrong" in html
    assert "test_displays.py" in html
    assert "x[0] &lt; 1" in html


@pytest.mark.slow
def test_a_figure_shows_itself():
    drawn = ad.compare(f, X, seconds=0.02).plot()
    assert drawn._repr_png_().startswith(b"\x89PNG")
    assert "<svg" in drawn._repr_svg_()
    ElementTree.fromstring(drawn._repr_svg_())


@pytest.mark.slow
def test_a_graph_that_is_drawn_shows_itself():
    pytest.importorskip("pygraphviz")
    graph = ad.graph(lambda a, b: (a + b) * (b + 1), 2.0, 1.0)
    drawn = graph.draw("reverse")
    assert drawn._repr_svg_() == graph.to_svg("reverse")
    assert drawn._repr_png_().startswith(b"\x89PNG")
