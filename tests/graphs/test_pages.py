"""``to_html``: one file that holds all, says what the graph says, and is broken by no name."""

import builtins
import hashlib
import itertools
import json
import re

import numpy as np
import pytest

import admodes as ad
from admodes.graphs import Graph, page, pages
from tests.browsing import Page
from tests.graphs.functions import textbook

SUMS = {
    "dagre.min.js": "54a503e346f93ca0bb10abe7999587e037262935687aca45eb4e4b0f64bbb578",
    "dagre.min.js.LEGAL.txt": "9148bffb1e84382a8b6668eeb2b53c6a554341d714fba129856ea5eb350d35f3",
}
EVIL = "</script><b>&\"'"


def layer(w, x):
    h = np.tanh(w @ x)
    return {EVIL: np.sum(h**2), "h": h}


def graph():
    return ad.graph(textbook, 2.0, 1.0)


def data(text):
    """What the page has of its graphs."""
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*)</script>', text)[1]
    )


@pytest.fixture(scope="module")
def made():
    return graph().to_html()


@pytest.fixture
def parsed(made, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(made, encoding="utf-8")
    return Page(path)


def test_what_is_told_of_each_step_is_what_the_sweeps_have():
    both = graph()
    (told,) = data(both.to_html())
    assert [each["seed"] for each in told["sweeps"]["forward"]] == ["a", "b"]
    walks = [*map(both.forward, both.inputs), both.reverse()]
    every = [*told["sweeps"]["forward"], *told["sweeps"]["reverse"]]
    for walk, own in zip(walks, every, strict=True):
        boxes, arrows, edges, products = zip(*own["steps"], strict=True)
        assert list(boxes) == [node.index for node in walk.nodes]
        assert list(itertools.chain(*arrows)) == [both.edges.index(edge) for edge in walk.edges]
        assert (own["passes"], sum(edges), sum(products)) == (1, len(walk.edges), walk.products)
    assert every[2]["texts"][1] == "∂e/∂b = 2·1 + 3·1 = 5"
    assert [arrow["label"] for arrow in told["arrows"]] == ["1", "1", "1", "2", "3"]
    assert [(box["heading"], box["value"]) for box in told["boxes"]][-1] == ("e = c * d", "6")


def test_each_node_has_its_line_and_the_place_in_it():
    (told,) = data(graph().to_html())
    lines = [told["lines"][box["line"]] for box in told["boxes"][2:]]
    parts = [
        line["text"][slice(*box["span"])]
        for line, box in zip(lines, told["boxes"][2:], strict=True)
    ]
    assert parts == ["a + b", "b + 1", "c * d"]
    assert [line["number"] for line in lines] == sorted(line["number"] for line in lines)
    assert told["file"] == "functions.py"
    (told,) = data(ad.graph(lambda ä: "ß😀" and ä * ä, 2.0).to_html())
    line = told["lines"][told["boxes"][1]["line"]]["text"].encode("utf-16-le")
    start, stop = told["boxes"][1]["span"]
    assert line[2 * start : 2 * stop].decode("utf-16-le") == "ä * ä"


def test_code_that_is_in_no_file_has_no_lines():
    names = {}
    exec("def f(x):\n    return x * x\n", names)
    (told,) = data(ad.graph(names["f"], 2.0).to_html())
    assert (told["lines"], told["file"]) == ([], "")
    assert [box["line"] for box in told["boxes"]] == [-1, -1]


def test_the_game_has_what_eliminate_counts():
    def narrow(a, b, c):
        s = a * b * c
        t = np.sin(s)
        return t * 2, t * 3, t * 4

    (told,) = data(ad.graph(narrow, 1.0, 2.0, 3.0).to_html())
    found = ad.eliminate(narrow, 1.0, 2.0, 3.0)
    counts = {name: each.multiplications for name, each in found.others.items()}
    assert told["game"]["counts"] == counts | {"best": found.multiplications}
    assert told["game"]["proven"]
    assert tuple(told["game"]["names"]) == found.names
    edges = {(source, target): slope for source, target, slope, _ in told["game"]["edges"]}
    assert edges == pytest.approx(dict(found.edges))


def test_arrays_are_shown_by_shapes_and_where_they_are_large_along_one_direction():
    small = ad.graph(layer, np.ones((2, 2)), np.ones(2))
    (told,) = data(small.to_html())
    assert [each["passes"] for each in told["sweeps"]["forward"]] == [4, 2]
    assert "h" in " ".join(told["game"]["names"])
    large = ad.graph(layer, np.ones((600, 600)), np.ones(600))
    (told,) = data(large.to_html())
    sweep = told["sweeps"]["forward"][0]
    assert sweep["passes"] == 1
    assert sweep["note"] == "along ones in every entry, for all derivatives are too many"
    assert "too many to be clicked" in told["game"]["reason"]
    (told,) = data(ad.graph(lambda z: np.real(z * z), 1 + 2j).to_html())
    assert "complex" in told["sweeps"]["forward"][0]["note"]
    assert "complex" in told["game"]["reason"]


def test_a_loop_is_folded_and_each_of_its_steps_is_one():
    def loop(x):
        for _ in range(40):
            x = np.sin(x) * x
        return x

    folded = ad.graph(loop, 0.5)
    (told,) = data(folded.to_html(seconds=0.01))
    assert len(told["boxes"]) < 10
    (sweep,) = told["sweeps"]["reverse"]
    assert len(sweep["steps"]) == len(folded.nodes)
    assert sum(edges for _, _, edges, _ in sweep["steps"]) == len(folded.reverse().edges)


def test_where_slopes_are_not_finite_they_are_shown_and_there_is_no_game():
    (told,) = data(ad.graph(lambda x: np.sqrt(x), np.float64(0.0)).to_html())
    assert told["arrows"][0]["label"] == "inf"
    assert "infinite or NaN" in told["game"]["reason"]


def test_the_page_is_whole_and_loads_nothing(parsed, made):
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby"):
        refs = " ".join(attributes.get(name) or "" for _, attributes in parsed.elements)
        assert set(refs.split()) <= set(ids)
    for tag, attributes in parsed.elements:
        for name in ("src", "href", "srcset", "data", "action"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, name)
    for code in parsed.scripts:
        assert "sourceMappingURL" not in code
        for url in re.findall(r"https?://[^\"' ]*", code):
            assert url == "http://www.w3.org/2000/svg"  # a name, and no address
        for word in ("url(", "@import", "fetch(", "import(", "XMLHttpRequest", "eval("):
            assert word not in code
    (policy,) = (each["content"] for each in parsed.all("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'")
    assert len(made.encode()) < 200_000
    assert "Copyright (c) 2012-2014 Chris Pettitt" in made  # as its license asks


def test_no_name_breaks_out_of_its_place(tmp_path):
    path = tmp_path / "page.html"
    evil = ad.graph(layer, np.ones((2, 2)), np.ones(2))
    path.write_text(page({EVIL: evil}, title=EVIL), encoding="utf-8")
    parsed = Page(path)
    assert len(parsed.all("script")) == 3
    assert not parsed.all("b")
    (told,) = data(path.read_text(encoding="utf-8"))
    assert told["title"] == EVIL
    assert any("</script><b>" in box["heading"] for box in told["boxes"])
    assert parsed.texts.count(EVIL) >= 1


def test_a_page_has_several_graphs_by_name():
    told = data(page({"one": graph(), "two": ad.graph(lambda x: x * x, 2.0)}, title="Both"))
    assert [each["title"] for each in told] == ["one", "two"]
    assert [each["title"] for each in data(page([graph()]))] == ["textbook"]


def test_what_no_page_can_show_is_an_error(monkeypatch):
    with pytest.raises(ValueError, match="at least one graph"):
        page([])
    many = {"np": np}
    exec("def long(x):\n" + 101 * "    x = np.sin(x)\n" + "    return x", many)
    with pytest.raises(ValueError, match=r"102 boxes are too many.*or look at graph\.draw\(most="):
        ad.graph(many["long"], 1.0).to_html()
    monkeypatch.setattr(pages, "MOST_BYTES", 10_000)
    with pytest.raises(ValueError, match=r"more than 0: take fewer graphs"):
        graph().to_html()


def test_of_empty_arrays_there_is_no_game():
    (told,) = data(ad.graph(np.sum, np.zeros(0)).to_html())
    assert "its arrays are empty" in told["game"]["reason"]


def test_passes_that_are_too_many_are_counted(monkeypatch):
    monkeypatch.setattr(pages, "MOST_STEPS", 5)
    (told,) = data(ad.graph(lambda *xs: sum(xs), *np.ones(8)).to_html())
    assert len(told["sweeps"]["forward"]) + told["left"]["forward"] == 8
    assert told["left"] == {"forward": 8 - len(told["sweeps"]["forward"]), "reverse": 0}
    assert told["left"]["forward"] > 0


def test_it_needs_no_graphviz(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "pygraphviz":
            raise ModuleNotFoundError("No module named 'pygraphviz'", name="pygraphviz")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "∂e/∂b" in graph().to_html()


def test_a_notebook_shows_the_page_in_a_frame_and_the_graph_as_before(made):
    shown = made._repr_html_()
    assert re.fullmatch(r'<iframe title="[^"]*" srcdoc="[^"<>]*" style="[^"]*"></iframe>', shown)
    assert str(made) == made
    pytest.importorskip("pygraphviz", reason="without it no picture is laid out")
    assert Graph._repr_html_(graph()) is None  # but a picture


def test_each_file_is_in_the_page_and_what_is_from_elsewhere_is_as_it_was(made):
    files = {path.name for path in pages.WEB.iterdir() if path.is_file()}
    assert files == {"page.html", "page.css", *(f"{name}.js" for name in pages.SCRIPTS)}
    for path in pages.WEB.rglob("*.*"):
        assert "</script" not in path.read_text(encoding="utf-8") or path.suffix == ".html"
        if path.suffix != ".html" and path.parent == pages.WEB:
            assert path.read_text(encoding="utf-8") in made
    for name, digest in SUMS.items():
        assert hashlib.sha256((pages.WEB / "vendor" / name).read_bytes()).hexdigest() == digest


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    """As WCAG 2.2 has it: 4.5 for text, 3 for large text and for what is no text."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_enough_in_the_light_and_in_the_dark():
    light, dark = re.findall(r":root \{(.*?)\}", pages.web("page.css"), re.DOTALL)
    for theme in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6});", theme))
        for text, below in itertools.product(("ink", "quiet"), ("page", "box", "input", "plain")):
            assert contrast(colours[text], colours[below]) >= 4.5, (text, below)
        assert contrast(colours["wrong"], colours["page"]) >= 4.5
        assert contrast(colours["edge"], colours["page"]) >= 3
        for mode in ("forward", "reverse", "elimination"):
            assert contrast(colours[mode], colours["page"]) >= 4.5
            assert contrast(colours[mode], colours[f"{mode}-reached"]) >= 4.5
            assert contrast(colours[mode], colours["on-mode"]) >= 4.5
            for text, state in itertools.product(("ink", "quiet"), ("reached", "now")):
                if (text, state) != ("quiet", "now"):  # there all text is ink
                    assert contrast(colours[text], colours[f"{mode}-{state}"]) >= 4.5, (mode, text)
