"""What a graph shows: texts of boxes and arrows, steps of a sweep, folding, DOT and Mermaid."""

import json
import time

import numpy as np
import pytest

import admodes as ad
from admodes.graphs import Picture, labels, pictures
from tests.graphs.functions import textbook
from tests.helpers import together


def graph():
    return ad.graph(textbook, 2.0, 1.0)


def loop(x, steps=500):
    for _ in range(steps):
        y = np.sin(x)
        x = y * 0.9 + x
    return x


def lines(picture):
    return [box.lines for box in picture.boxes]


DOT = r"""digraph {
  rankdir=BT;
  labelloc="t";
  label="The graph of textbook\nin a box its value, on an edge the local derivative";
  node [shape=box, style=rounded, fontname="Helvetica"];
  edge [fontname="Helvetica"];
  n0 [label="a\n2"];
  n1 [label="b\n1"];
  n2 [label="c = a + b\n3"];
  n3 [label="d = b + 1\n2"];
  n4 [label="e = c * d\n6", penwidth=2];
  n0 -> n2 [label="1"];
  n1 -> n2 [label="1"];
  n1 -> n3 [label="1"];
  n2 -> n4 [label="2"];
  n3 -> n4 [label="3"];
}
"""
MERMAID = """flowchart RL
  n0(["a<br/>∂e/∂a = 2"])
  n1(["b<br/>∂e/∂b = 2·1 + 3·1 = 5"])
  n2["c = a + b<br/>∂e/∂c = 2"]
  n3["d = b + 1<br/>∂e/∂d = 3"]
  n4(["e = c #42; d<br/>∂e/∂e = 1"])
  n2 -->|"1"| n0
  n2 -->|"1"| n1
  n3 -->|"1"| n1
  n4 -->|"2"| n2
  n4 -->|"3"| n3
"""


def test_dot():
    assert graph().to_dot() == DOT


def test_mermaid():
    assert graph().to_mermaid("reverse", flow="right") == MERMAID


def test_what_the_languages_would_read_as_their_own_is_escaped():
    odd = ad.graph(
        lambda w: w['say "hi"\\'] * 2.0 * w["#<b>_`"], {'say "hi"\\': 1.0, "#<b>_`": 2.0}
    )
    dot, mermaid = odd.to_dot(), odd.to_mermaid()
    assert r"""[label="w['say \"hi\"\\\\']""" in dot
    assert "#35;#60;b#62;#95;#96;" in mermaid
    for line in mermaid.splitlines()[1:]:
        assert line.count('"') == 2


def test_graphviz_reads_the_dot():
    pygraphviz = pytest.importorskip("pygraphviz")
    read = pygraphviz.AGraph(string=graph().to_dot("forward", "b"))
    assert [read.get_node(f"n{i}").attr["label"] for i in range(5)] == [
        r"a\n∂a/∂b = 0",
        r"b\n∂b/∂b = 1",
        r"c = a + b\n∂c/∂b = 1",
        r"d = b + 1\n∂d/∂b = 1",
        r"e = c * d\n∂e/∂b = 1·2 + 1·3 = 5",
    ]


def test_values_and_sweeps_stand_in_the_boxes():
    values = graph().picture()
    assert values.title == "The graph of textbook"
    assert lines(values)[2] == ("c = a + b", "3")
    assert [box.kind for box in values.boxes] == [*["input"] * 2, *["operation"] * 2, "output"]
    assert {box.state for box in values.boxes} == {"plain"}
    ahead = graph().picture("forward", "a")
    assert (ahead.title, ahead.notes) == ("Forward mode from a", ("1 pass, 2 edges visited",))
    assert [box.state for box in ahead.boxes] == [
        "reached",
        "waiting",
        "reached",
        "waiting",
        "reached",
    ]
    assert [arrow.state for arrow in ahead.arrows] == [
        "reached",
        "waiting",
        "waiting",
        "reached",
        "waiting",
    ]
    assert lines(ahead)[3] == ("d = b + 1", "∂d/∂a = 0")


def test_steps_of_a_sweep():
    whole = graph()
    sweep = whole.reverse()
    steps = [whole.picture(sweep, step=k) for k in range(6)]
    edges = [step.notes[0].partition(", ")[2] for step in steps]
    assert edges == [f"{n} edge{'s' * (n != 1)} visited" for n in (0, 0, 1, 2, 4, 5)]
    assert [box.lines[1] for box in steps[0].boxes] == [""] * 5
    assert [box.lines[1] for box in steps[2].boxes] == ["", "", "", "∂e/∂d = 1·3 = 3", "∂e/∂e = 1"]
    assert [box.state for box in steps[2].boxes] == [*["waiting"] * 3, "now", "reached"]
    assert [arrow.state for arrow in steps[2].arrows] == [*["waiting"] * 4, "now"]
    ends = [
        [box.lines[1].rpartition("= ")[2] for box in shown.boxes]
        for shown in (steps[5], whole.picture("reverse"))
    ]
    assert ends[0] == ends[1] == ["2", "5", "2", "3", "1"]


def test_a_sum_is_of_as_many_products_as_there_are_edges_and_of_numbers_alone():
    whole = ad.graph(lambda a, b: (a - b) * b, 2.0, 1.0)
    box = whole.picture("reverse").boxes[1]
    assert box.lines[1].endswith("∂b = 1·(-1) + 1·1 = 0")
    arrays = ad.graph(lambda x: np.sum(x) * np.max(x), np.arange(3.0))
    assert not any("]·" in box.lines[1] for box in arrays.picture("forward").boxes)


def test_a_long_name_is_cut_short():
    def f(the_first_of_all_the_arguments):
        return the_first_of_all_the_arguments * 2.0

    whole = ad.graph(f, 1.0)
    assert max(len(line) for box in whole.picture("reverse").boxes for line in box.lines) < 46


def test_a_picture_goes_through_json():
    for picture in (graph().picture(), graph().picture("reverse", step=2)):
        assert Picture.from_json(json.loads(json.dumps(picture.to_json()))) == picture


def test_arrays_are_shown_by_shape_unless_tiny():
    def f(w, x):
        hidden = np.tanh(w @ x)
        return np.sum(hidden * 2.0)

    whole = ad.graph(f, np.ones((2, 3)), np.array([0.0, 1.0, -0.25]))
    shown = whole.picture()
    assert lines(shown)[:2] == [("w", "array (2, 3)"), ("x", "[0, 1, -0.25]")]
    assert [arrow.label for arrow in shown.arrows] == [
        "(2, 2, 3)",
        "(2, 3)",
        "diag 0.5966",
        "diag 2",
        "[1, 1]",
    ]
    assert any("of arrays" in note for note in shown.notes)
    assert lines(whole.picture("reverse"))[0] == ("w", "∂f/∂w: (2, 3)")
    along = whole.picture("reverse", direction=2.0)
    assert lines(along)[-1][1] == "cotangent = 2"
    big = ad.graph(lambda x: np.sum(np.exp(x) * x), np.ones(100_000)).picture()
    assert {arrow.label for arrow in big.arrows} == {"diag (100000,)", "(100000,)"}


@together
@pytest.mark.parametrize(
    ("f", "x", "label"),
    [
        (lambda x: x * np.array([1.0, 2.0]), np.ones(2), "diag [1, 2]"),
        (lambda x: np.sin(x), np.arange(9.0), "diag (9,)"),
        (lambda x: x[1], np.ones(2), "[0, 1]"),
        (lambda x: x[::-1], np.ones(2), "[[0, 1], [1, 0]]"),
        (lambda x: x * 2.0, np.ones((2, 2)), "diag 2"),
        (lambda x: x / 3.0, 1.0, "0.3333"),
        (lambda x: 0.0 * -x, 1.0, "-1"),
        (lambda x: x * x, np.ones(0), "diag (0,)"),
        (lambda z: np.abs(z), 3.0 + 4.0j, "complex"),
    ],
)
def test_labels_of_local_derivatives(f, x, label):
    assert labels.local(ad.graph(f, x).edges[0]) == label


@pytest.mark.slow
def test_large_graphs_are_folded_and_say_so():
    whole = ad.graph(loop, 0.3)
    shown = whole.picture()
    assert len(whole) == 1501
    assert [box.lines[0] for box in shown.boxes] == [
        "x",
        "y = sin(x) × 500",
        "y * 0.9 × 500",
        "x = · + x × 499",
        "x₅₀₀ = · + x₄₉₉",
    ]
    assert pictures.FOLDED in shown.notes
    least, greatest = (float(each) for each in shown.boxes[1].lines[1].split(" … "))
    values = [node.value for node in whole.nodes if node.name.startswith("y")]
    assert (least, greatest) == pytest.approx((min(values), max(values)), rel=1e-3)
    assert "0.9  × 500" in [arrow.label for arrow in shown.arrows]
    # The text of a derivative says what it ranges over.
    assert " … " in whole.picture("reverse").boxes[1].lines[1]
    assert whole.picture("reverse").boxes[0].lines[1].startswith("∂x₅₀₀/∂x = ")


def test_folding_can_be_chosen():
    small = ad.graph(lambda x: loop(x, 3), 0.3)
    assert len(small.picture().boxes) == len(small.picture(fold=False).boxes) == 10
    assert len(small.picture(fold=True).boxes) == 5
    assert pictures.FOLDED not in small.picture().notes
    assert len(ad.graph(lambda x: loop(x, 20), 0.3).picture(fold=False).boxes) == 61


def test_repeated_inputs_and_outputs_are_folded():
    def f(xs, w):
        return [np.sin(x) * w for x in xs]

    shown = ad.graph(f, [float(i) for i in range(100)], 2.0).picture()
    headings = [box.lines[0] for box in shown.boxes]
    assert headings == ["xs[…] × 100", "w", "sin(…) × 100", "· * w × 100"]
    assert [box.kind for box in shown.boxes] == ["input", "input", "operation", "output"]
    assert shown.boxes[0].lines[1] == "0 … 99"


def test_many_arguments_of_one_operation_share_an_arrow():
    def f(x):
        return np.sum(np.stack([np.sin(x[i]) for i in range(200)] + [x[0]] * 10))

    shown = ad.graph(f, np.ones(200)).picture()
    assert len(shown.boxes) == 6
    assert len(shown.arrows) == 6
    few = ad.graph(lambda x: np.sum(np.stack([x] * 3)), 1.0).picture()
    assert len(few.arrows) == 4
    many = ad.graph(lambda x: np.sum(np.stack([x] * 30)), 1.0).picture()
    assert [arrow.label for arrow in many.arrows] == ["(30,)  × 30", "(30,)"]


def test_shapes_are_not_folded_into_one():
    def f(x, y):
        for _ in range(50):
            x, y = [np.sin(each) for each in (x, y)]
        return np.sum(x) + y

    shown = ad.graph(f, np.ones(5), 1.0).picture()
    sines = [box.lines for box in shown.boxes if box.lines[0].startswith("sin")]
    assert len(sines) == 2
    assert sines[0][1] == "(5,)"


def test_what_does_not_fold_small_enough_is_refused_at_once():
    space = {"np": np}
    program = "".join(f"    x = np.sin(x) * {i}.5\n" for i in range(100))
    exec(f"def f(x):\n{program}    return x", space)
    whole = ad.graph(space["f"], 0.3)
    begin = time.perf_counter()
    for show in (whole.picture, whole.to_dot, whole.to_mermaid, whole.draw, whole.to_svg):
        with pytest.raises(ValueError, match=r"201 boxes are too many.*take a part.*most=201"):
            show()
    assert time.perf_counter() - begin < 2.0
    assert len(whole.picture(most=201).boxes) == 201
    text = whole._repr_html_()
    assert whole._repr_svg_() is None
    assert "&lt;Graph of f: 201 nodes" in text
    assert "too many to be read" in text
    with pytest.raises(ValueError, match="with fold=True"):
        ad.graph(loop, 0.3).picture(fold=False)


def test_a_tape_of_ten_thousand_nodes_is_refused_at_once():
    begin = time.perf_counter()
    with pytest.raises(ValueError, match="take a part of it"):
        ad.graph(lambda x: loop(x, 5000), 0.3)
    assert time.perf_counter() - begin < 5.0


def test_long_texts_are_cut():
    def f(a_variable_with_a_long_name, another_variable_with_a_long_name):
        return a_variable_with_a_long_name * another_variable_with_a_long_name

    shown = ad.graph(f, 1.0, 2.0).picture()
    assert shown.boxes[2].lines[0] == "f = a_variable_with_a_long_name * a…"


@together
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda g: g.picture("backward"), ValueError, "mode must be None, 'forward', 'reverse'"),
        (lambda g: g.draw("backward"), ValueError, "mode must be"),
        (lambda g: g.picture(seed="a"), ValueError, "belong to a sweep: give mode="),
        (lambda g: g.picture(step=1), ValueError, "belong to a sweep: give mode="),
        (lambda g: g.picture("forward"), ValueError, "say which input; inputs: a, b"),
        (lambda g: g.picture("reverse", step=6), ValueError, "step must be from 0 to 5, not 6"),
        (lambda g: g.picture(graph().reverse()), ValueError, "a sweep is of one graph"),
        (lambda g: g.picture(g.reverse(), "e"), ValueError, "a sweep is of one graph"),
        (lambda g: g.to_dot(flow="down"), ValueError, "flow must be 'up' or 'right', not 'down'"),
        (lambda g: g.to_mermaid(flow=1), ValueError, "flow must be"),
        (lambda g: g.picture("forward", "a", direction=[1.0]), ValueError, "tangent has shape"),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call(graph())


def test_steps_of_a_sweep_over_complex_numbers_have_no_products():
    complex_graph = ad.graph(lambda z: np.real(z * z), 1 + 2j)
    sweep = complex_graph.reverse()
    texts = [box.lines[1:] for box in complex_graph.picture(sweep, step=3).boxes]
    assert all(len(text) == 1 and "·(" not in text[0] for text in texts)
