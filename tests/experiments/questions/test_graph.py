"""The experiment ``graph``: its data, its table, its figures and its animation."""

import shutil

import pytest
from PIL import Image

import admodes as ad
from experiments.__main__ import main
from experiments.bench import plotting
from experiments.bench.agreement import Disagreement
from experiments.bench.results import Results
from experiments.functions.textbook import textbook
from experiments.questions.graph import cases, figure
from experiments.questions.graph import experiment as graph
from tests.experiments.helpers import Run, draw_only, set_to
from tests.helpers import together

pytest.importorskip("pygraphviz")

FILES = {
    *(f"{name}.{suffix}" for name in ("graph", "paths") for suffix in ("png", "svg")),
    "graph-slide.png",
    "graph.json",
    "graph.csv",
    "sweeps.gif",
}
USERS = """
    import numpy as np

    def wave(x, y):
        r = np.hypot(x, y)
        s = np.sin(r) * y
        return s, r * r

    def loop(x):
        for _ in range(60):
            x = np.sin(x) * 1.01
        return x

    def many(*xs):
        return sum(x * x for x in xs)

    def vector(x):
        return np.sum(np.stack([x, x]))

    def endless(x):
        for _ in range(10**9):
            x = np.sin(x)
        return x

    def constant(x):
        return 3.0

    def infinite(x):
        with np.errstate(all="ignore"):
            return np.sqrt(x)

    def broken(x):
        raise RuntimeError("a fault\\nin two lines")
"""


@pytest.fixture
def run(experiments, write_module, monkeypatch):
    write_module("users", USERS)
    return lambda *arguments: experiments("graph", "--quick", *arguments)


@pytest.fixture(scope="module", autouse=True)
def few_chains(module_patch):
    set_to(module_patch, "graph", chains=(2, 3, 6))


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("graph", "--quick")


def results(data):
    return Results(data["run"], data["measurements"])


def test_data_and_table(found):
    words = found.words
    assert "forward mode from a 1 2 1 ∂e/∂a = 2" in words
    assert "forward mode from b 1 4 2 ∂e/∂b = 5" in words
    assert "forward mode, together 2 6 3" in words
    assert "reverse mode from e 1 5 3 ∂e/∂a = 2, ∂e/∂b = 5" in words
    assert "9 paths from X to Z, one by one 9 sum 90" in words
    data, rows = found.data, found.rows
    assert data["run"]["settings"] == {
        "function": None,
        "at": [2.0, 1.0],
        "chains": [2, 3, 6],
        "walked": 1000,
        "flow": "up",
    }
    local = [row for row in rows if row["what"] == "local derivative"]
    found = [(row["of"], row["by"], float(row["value"])) for row in local[:5]]
    assert found == [("c", "a", 1), ("c", "b", 1), ("d", "b", 1), ("e", "c", 2), ("e", "d", 3)]
    reverse = [row for row in rows if row["what"] == "derivative by reverse mode"][:5]
    assert [float(row["value"]) for row in reverse] == [2, 5, 2, 3, 1]
    chains = [row for row in rows if row["fans"]]
    assert [(row["fans"], row["paths"], row["products_merged"]) for row in chains] == [
        ("2", "9", "3"),
        ("3", "27", "6"),
        ("6", "729", "15"),
    ]


def test_pictures_are_what_they_are_called_and_from_the_data_alone(
    found, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(ad, "graph", None)  # nothing is recorded again
    monkeypatch.setattr(plotting, "save", draw_only)
    assert plotting.WIDTH * plotting.FRAME_DPI == 900
    monkeypatch.setattr(plotting, "FRAME_DPI", 20)
    folder = shutil.copytree(found.folder, tmp_path / "drawn")
    assert main(["plot", "graph", "--output", str(folder)]) == 0
    assert "sweeps.gif" in capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} == set(FILES)
    with Image.open(folder / "sweeps.gif") as image:
        # Forward mode's 3 + 4 nodes, the beginning, and the end, held.
        assert image.n_frames == 1 + 3 + 4 + 1
        assert image.info["loop"] == 0
        assert image.width == plotting.WIDTH * 20
        image.seek(image.n_frames - 1)
        assert image.info["duration"] == 3 * 1000


def test_the_animation_counts_passes_and_edges():
    record = graph.measure_graph(ad.graph(textbook, 2.0, 1.0), 100)
    forward, reverse = (figure.timeline(record, mode) for mode in ("forward", "reverse"))
    assert [moment.edges for moment in forward] == [0, 0, 1, 2, 2, 3, 4, 6, 6]
    assert [moment.passes for moment in forward] == [1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert [moment.edges for moment in reverse] == [0, 0, 1, 2, 4, 5, 5]
    assert forward[4].shown.title == "Forward mode: pass 2 of 2, from b"
    assert forward[7].shown.notes == ("edges visited: 6",)
    assert forward[-1].shown.title == "Forward mode: done, 2 passes"
    assert reverse[-1].shown.title == "Reverse mode: done, 1 pass"


def test_the_fan_is_the_textbooks():
    record = graph.measure_graph(ad.graph(cases.fan, 2.0), 100)
    ends = [(edge["from"], edge["to"]) for edge in record["edges"]]
    assert ends == [("X", "Y")] * 3 + [("Y", "Z")] * 3
    text = figure.product_of_sums(record)
    assert text.endswith("(α + β + γ)(δ + ε + ζ) = 6 · 15 = 90")
    lettered = figure.with_letters(figure.picture(record["picture"]))
    assert [arrow.label for arrow in lettered.arrows][:4] == ["α = 1", "β = 2", "γ = 3", "δ = 4"]


def test_a_users_own_function(run, tmp_path):
    code, out, err = run("--function", "users:wave", "--at", "-3", "4")
    assert (code, err) == (0, "")
    assert "forward mode from x" in out
    assert "reverse mode from s" in out
    assert "reverse mode from wave[1]" in out
    data = Run(tmp_path, "graph").data
    (first, *_) = data["measurements"]
    assert first["task"] == {"graph": "users:wave"}
    assert first["inputs"] == ["x", "y"]
    assert first["outputs"] == ["s", "wave[1]"]
    assert [paths["derivative"] for paths in first["paths"][2:]] == pytest.approx([-6.0, 8.0])


@pytest.mark.parametrize(("name", "at"), [("loop", ["0.5"]), ("many", map(str, range(9)))])
def test_a_large_graph_is_folded_and_the_animation_stays_short(
    name, at, run, tmp_path, monkeypatch
):
    monkeypatch.setattr(graph, "FRAMES", 6)
    monkeypatch.setattr(graph, "SWEEPS", 2)
    code, out, err = run("--function", f"users:{name}", "--at", *at)
    assert (code, err) == (0, "")
    data = Run(tmp_path, "graph").data
    record = data["measurements"][0]
    frames = max(len(figure.timeline(record, mode)) for mode in ("forward", "reverse"))
    assert 6 < frames <= 6 + 10
    with plotting.style():
        figure.draw(results(data)).draw_without_rendering()
    if name == "loop":
        assert len(list(figure.animate(results(data)))) == frames
    if name == "many":
        assert "forward mode from xs[8]" in out
        assert figure.not_drawn(record) == ["7 more sweeps are in the table"]


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--function", "users:wave"], "--function needs --at"),
        (["--function", "users:wave", "--at", "1"], "missing a required argument: 'y'"),
        (["--function", "users:wave", "--at", "1", "2", "3"], "too many positional arguments"),
        (["--function", "users:wave", "--at", "1", "x"], "'x' is not a valid float"),
        (["--function", "users:nope", "--at", "1"], "'users' has no function 'nope'"),
        (["--function", "users", "--at", "1"], "is not of the form package.module:function"),
        (["--function", "nope:f", "--at", "1"], "No module named 'nope'"),
        (["--at", "1"], "--at gives 1 number to e = (a + b)(b + 1)"),
        (["--at", "1", "nan"], "--at must be finite"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(arguments, message, run, tmp_path):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
    assert not (tmp_path / "graph.json").exists()


@together
@pytest.mark.parametrize(
    ("name", "at", "message"),
    [
        ("endless", "1", "more than 5,000 operations"),
        ("constant", "1", "does not depend on the arguments"),
        ("vector", "1", "an array of shape (2,)"),
        ("infinite", "0", "is inf: choose another --at"),
        ("broken", "1", "RuntimeError: a fault; in two lines"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_exit_code_1(name, at, message, run):
    code, out, err = run("--function", f"users:{name}", "--at", at)
    assert (code, out) == (1, "")
    assert err.startswith(f"python -m experiments: graph users:{name}: ")
    assert err.count("\n") == 1
    assert message in err


def test_a_wrong_derivative_is_not_shown():
    wrong = ad.custom(
        lambda x: x * x,
        residual=lambda y, x: x,
        push=lambda x, t: 2 * x * t,
        pull=lambda x, ct: 3 * x * ct,
    )
    with pytest.raises(Disagreement, match="by reverse mode, forward mode and paths: 6"):
        graph.measure_graph(ad.graph(wrong, 2.0), 100)


def test_without_the_layout_library_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setattr(figure, "find_spec", lambda name: None)
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "pip install 'pygraphviz>=2'" in err


def test_what_was_only_counted_is_hollow():
    record = {"task": {"fans": 2}, "edges": 6, "products_one_by_one": 9, "products_merged": 3}
    chains = [
        {**record, "walked": True},
        {**record, "task": {"fans": 3}, "products_one_by_one": 54, "walked": False},
    ]
    axes = figure.plotting.figure(3).subplots()
    figure.draw_growth(axes, chains)
    hollow = [line for line in axes.get_lines() if line.get_markerfacecolor() == "white"]
    assert [line.get_xydata().tolist() for line in hollow] == [[[3, 54]]]
    assert axes.get_yscale() == "log"
