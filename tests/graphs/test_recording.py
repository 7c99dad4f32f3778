"""What `admodes.graph` records: the user's operations, their names and source lines."""

import functools
import gc
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

import admodes as ad
from admodes.graphs import Graph
from tests.graphs.functions import textbook
from tests.helpers import together

FILE, FIRST = textbook.__code__.co_filename, textbook.__code__.co_firstlineno


def names(f, *args):
    return [node.name for node in ad.graph(f, *args).nodes]


def test_the_textbook_graph():
    graph = ad.graph(textbook, 2.0, 1.0)
    assert isinstance(graph, Graph)
    assert isinstance(graph, ad.Graph)
    found = [(node.name, node.expression, node.value, node.operation) for node in graph.nodes]
    assert found == [
        ("a", "a", 2.0, "input"),
        ("b", "b", 1.0, "input"),
        ("c", "a + b", 3.0, "add"),
        ("d", "b + 1", 2.0, "add"),
        ("e", "c * d", 6.0, "multiply"),
    ]
    ends = [(edge.source.name, edge.target.name, edge.argument) for edge in graph.edges]
    assert ends == [("a", "c", 0), ("b", "c", 1), ("b", "d", 0), ("c", "e", 0), ("d", "e", 1)]
    assert graph.inputs == [graph["a"], graph["b"]]
    assert graph.outputs == [graph["e"]]
    assert repr(graph) == "<Graph of textbook: 5 nodes, 5 edges, 2 inputs, 1 output>"
    assert len(graph) == 5


def test_source_lines_are_the_users():
    graph = ad.graph(textbook, 2.0, 1.0)
    assert graph["a"].line is None
    assert [tuple(graph[name].line) for name in "cde"] == [
        (FILE, FIRST + 1, "c = a + b"),
        (FILE, FIRST + 2, "d = b + 1"),
        (FILE, FIRST + 3, "e = c * d"),
    ]
    assert str(graph["c"].line) == f"{FILE}:{FIRST + 1}: c = a + b"


def test_lines_of_a_function_that_is_called_and_of_numpys_own_machinery():
    def inner(x):
        return np.std(x) * x[0]

    def outer(x):
        return inner(x) + 1.0

    graph = ad.graph(outer, np.array([1.0, 3.0]))
    texts = {node.line.text for node in graph.nodes if node.line}
    assert texts == {"return np.std(x) * x[0]", "return inner(x) + 1.0"}
    graph = ad.graph(lambda x: np.vectorize(lambda y: y * y)(2.0) * x, 3.0)
    assert graph.nodes[-1].line.file == __file__


def every_assignment(x):
    a: float = x * 2.0
    a += x
    b = c = a * x
    d, e = b + c, b - c
    f = (g := d * e) + 1.0 if x > 0 else d
    h = (
        np.square(f)
        + g
    )  # fmt: skip
    i = (h
         .reshape(())
         .sum())  # fmt: skip
    (j) = i * e
    h = -j
    return h * h, [k * x for k in (h, j)]


def test_a_node_takes_the_name_of_the_variable_that_it_is_assigned_to():
    graph = ad.graph(every_assignment, np.array(1.5))
    named = {node.name: node.expression for node in graph.nodes if node.named}
    assert named == {
        "x": "x",
        "a₁": "x * 2",
        "a₂": "a₁ + x",
        "b": "a₂ * x",
        "d": "b + b",
        "e": "b - b",
        "g": "d * e",
        "f": "g + 1",
        "h₁": "· + g",
        "i": "sum(·)",
        "j": "i * e",
        "h₂": "-j",
        "every_assignment[0]": "h₂ * h₂",
        "every_assignment[1][0]": "h₂ * x",
        "every_assignment[1][1]": "j * x",
    }
    assert [node.output for node in graph.outputs] == ["[0]", "[1][0]", "[1][1]"]


def test_values_of_one_variable_are_numbered():
    def f(x, n=3):
        for _ in range(n):
            x = np.sin(x) * 2.0
        return x

    assert names(f, 0.5) == ["x", "sin", "x₁", "sin", "x₂", "sin", "x₃"]
    graph = ad.graph(f, 0.5)
    assert graph.nodes[4].expression == "· * 2"
    assert graph.nodes[3].expression == "sin(x₁)"


def test_of_a_call_that_is_several_operations_the_last_is_named():
    def f(x):
        for _ in range(2):
            x = np.var(x) * x
            s = np.var(x)
        return s

    graph = ad.graph(f, np.array([1.0, 2.0, 4.0]))
    operations = [node.operation for node in graph.nodes if node.name.startswith("s")]
    assert operations[-1] == graph.nodes[-1].operation == "mean"
    assert graph.outputs[0].name == "s"  # the first is not part of the graph: nothing needs it


def test_what_is_not_assigned_is_called_by_what_it_does():
    graph = ad.graph(lambda x, y: np.sin(x * y) / 2.0, 1.0, 2.0)
    assert [node.name for node in graph.nodes] == ["x", "y", "*", "sin", "f"]
    assert [node.named for node in graph.nodes] == [True, True, False, False, True]
    assert [node.expression for node in graph.nodes[2:]] == ["x * y", "sin(·)", "· / 2"]


def test_constants_stand_in_the_expression():
    weights = np.ones((3, 2))

    def f(x):
        y = x @ weights
        z = 2 * y - np.ones(2)
        u = np.dot(z, self.bias)
        return u / np.float32(3.0) + x[0] * x[1:][-1] + np.where(True, u, 0.1)

    self = Bias(np.ones(2))
    found = [node.expression for node in ad.graph(f, np.ones(3)).nodes]
    for expected in ("x @ weights", "2 * y", "· - array(2,)", "x[0]", "x[1:]", "·[-1]", "u / 3"):
        assert expected in found
    assert any("self.bias" in each for each in found)


@dataclass
class Bias:
    bias: np.ndarray


def test_inputs_are_named_as_the_function_names_them():
    def f(w, *rest, scale=2.0):
        return w["a"] * w["b"][0] * rest[0] * rest[1].bias * scale

    args = {"a": 1.0, "b": [2.0, 3.0]}, 4.0, Bias(np.float64(5.0))
    expected = ["w['a']", "w['b'][0]", "w['b'][1]", "rest[0]", "rest[1].bias"]
    assert [node.name for node in ad.graph(f, *args).inputs] == expected
    partial = functools.partial(f, {"a": 1.0, "b": [2.0]}, 4.0)
    assert [node.name for node in ad.graph(partial, Bias(np.float64(5.0))).inputs] == [
        "rest[0].bias"
    ]
    assert ad.graph(np.multiply, 2.0, 3.0).nodes[-1].value == 6.0
    assert ad.graph(np.sin, 0.0).outputs[0].line is None


def test_outputs():
    def losses(x):
        y = x * x
        return {"y": y, "twice": [y * 2.0, 7.0], "x": x, "count": 3}

    graph = ad.graph(losses, 3.0)
    found = [(node.name, node.output) for node in graph.outputs]
    assert found == [("x", "['x']"), ("y", "['y']"), ("losses['twice'][0]", "['twice'][0]")]
    identity = ad.graph(lambda x: x, 2.0)
    assert identity.inputs == identity.outputs
    assert identity.edges == []
    assert identity.reverse().derivatives == (1.0,)
    assert identity.paths().total() == 1.0


def test_what_no_output_needs_is_left_out_but_inputs_stay():
    def f(a, b):
        assert np.exp(b) * a > 0
        return a * 2.0

    graph = ad.graph(f, 1.0, 2.0)
    assert [node.name for node in graph.nodes] == ["a", "b", "f"]


def test_it_is_the_tape_of_reverse_mode():
    def f(x, w):
        hidden = np.tanh(x @ w["first"] + w["bias"])
        return np.mean((hidden - 0.5) ** 2) + np.std(hidden) + np.linalg.norm(w["bias"])

    rng = np.random.default_rng(0)
    args = rng.normal(size=(4, 3)), {"first": rng.normal(size=(3, 2)), "bias": rng.normal(size=2)}
    graph = ad.graph(f, *args)
    value, pullback = ad.vjp(f, *args)
    operations = graph.nodes[len(graph.inputs) :]
    assert len(operations) == len(pullback.tape)
    recorded = [node[1].name for node in pullback.tape.nodes]
    assert [node.operation for node in operations] == recorded
    assert graph.outputs[0].value == value


def test_nothing_is_changed_and_nothing_that_changes_later_matters():
    x, weights = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    graph = ad.graph(lambda x: np.sum(x * weights * x), x)
    assert x.tolist() == [1.0, 2.0]
    assert x.flags.writeable
    x[:], weights[:] = 0.0, 0.0
    assert graph.reverse()["x"].tolist() == [6.0, 16.0]
    assert graph["x"].value.tolist() == [1.0, 2.0]
    for node in graph.nodes:
        if node.shape:
            with pytest.raises(ValueError, match="read-only"):
                node.value[0] = 1.0


def test_within_another_differentiation_it_is_a_graph_of_plain_values():
    graphs = []

    def f(x):
        graphs.append(ad.graph(lambda y: y["x"] * y["x"], {"x": x}))
        return x * x

    assert ad.grad(f)(3.0) == 6.0
    assert ad.grad(f, mode="forward")(3.0) == 6.0
    for graph in graphs:
        assert graph.reverse().derivatives == (6.0, 1.0)


def test_a_gradient_within_the_function_is_recorded_too():
    def f(x):
        slope = ad.grad(lambda y: y**3)(x)
        return slope * x

    graph = ad.graph(f, 2.0)
    assert graph["slope"].value == 12.0
    assert graph.reverse()["x"] == ad.grad(f)(2.0) == 36.0


def test_checkpointed_calls_are_single_operations():
    graph = ad.graph(lambda x: ad.checkpoint(lambda y: np.sin(y) * y)(x) * 2.0, 1.0)
    assert len(graph.nodes) == 3
    assert graph.reverse()["x"] == pytest.approx(2 * (np.sin(1.0) + np.cos(1.0)))


def test_code_without_source_has_no_names_and_raises_nothing():
    space = {"np": np}
    exec("def f(x):\n    y = np.sin(x)\n    return y * y", space)
    graph = ad.graph(space["f"], 1.0)
    assert [node.name for node in graph.nodes] == ["x", "sin", "f"]
    assert graph.nodes[1].line == ("<string>", 2, "")


def test_a_file_that_was_edited_is_read_again(tmp_path):
    """And one that is as it was is not, of whatever number of recordings."""
    file, text = tmp_path / "edited.py", "import numpy as np\n\ndef f(x):\n    y = np.sin(x)\n"
    for name in ("y", "sine", "y"):
        file.write_text(text.replace("y =", f"{name} =") + f"    return {name} * 2\n")
        where = {}
        exec(compile(file.read_text(), str(file), "exec"), where)
        for _ in range(2):
            assert name in [node.name for node in ad.graph(where["f"], 2.0).nodes]


def test_no_frame_and_no_local_variable_is_kept():
    class Local:
        pass

    found = []

    def f(x):
        local = Local()
        found.append(weakref.ref(local))
        return np.sin(x) * 2.0

    gc.disable()
    try:
        graph = ad.graph(f, 1.0)
        assert found[0]() is None
        kept = weakref.ref(graph)
        del graph
        assert kept() is None
    finally:
        gc.enable()


@together
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ad.graph(3.0, 1.0), TypeError, "a float, not callable"),
        (lambda: ad.graph(lambda x: 3.0, 1.0), ValueError, "does not depend on the arguments"),
        (lambda: ad.graph(lambda x: ad.stop_gradient(x) * 2, 1.0), ValueError, "nothing was"),
        (lambda: ad.graph(lambda: 3.0), ValueError, "nothing was recorded"),
        (lambda: ad.graph(np.sin, np.arange(3)), TypeError, "no derivative"),
        (lambda: ad.graph(np.sin, "1"), TypeError, "argument 0 is a str"),
        (lambda: ad.graph(lambda x: [x, "y"], 1.0), TypeError, "part of type str"),
        (lambda: ad.graph(lambda x: float(x), 1.0), TypeError, "cannot become a float"),
        (lambda: ad.graph(np.sin, 1.0, limit=0), ValueError, "limit must be a positive integer"),
        (lambda: ad.graph(np.sin, 1.0, limit=2.5), ValueError, "limit must be a positive integer"),
        (lambda: ad.graph(lambda x, y: x, 1.0), TypeError, "missing 1 required positional"),
    ],
)
def test_wrong_arguments(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.slow
def test_too_long_a_recording_is_refused_as_soon_as_it_is_too_long():
    steps = 0

    def f(x):
        nonlocal steps
        for _ in range(10_000):
            x = np.sin(x)
            steps += 1
        return x

    with pytest.raises(ValueError, match=r"more than 5,000 operations.*limit=50000") as caught:
        ad.graph(f, 1.0)
    assert steps == 5000
    assert "take a part of it" in str(caught.value)
    with pytest.raises(ValueError, match="more than 7 operations"):
        ad.graph(f, 1.0, limit=7)
    assert len(ad.graph(f, 1.0, limit=10_000)) == 10_001
