"""The plan of ``experiments/``: who may import whom, and what is found where."""

import ast
import re
from pathlib import Path

import pytest

from experiments.bench.experiment import LAST, Experiment, run
from experiments.bench.results import Store
from experiments.commands import EXPERIMENTS
from tests.helpers import imports, together

ROOT = Path(__file__).parents[2]
QUESTIONS = ROOT / "experiments" / "questions"
#: Each imports only from those above it.
WINGS = ("bench", "functions", "sides", "questions", "page", "commands", "__main__")
#: In the folder of a question. Whoever knows one folder knows them all.
NAMES = {"experiment", "cases", "reading", "table", "words", "figure", "apart"}
#: What a single question has besides.
MORE = {
    "crossover": {"prediction"},
    "forward-gradient": {"estimates", "methods", "training"},
    "kinks": {"page"},
    "recommend": {"rules", "sparsely"},
    "workloads": {"sides", "checks"},
}
MODULES = sorted((ROOT / "experiments").rglob("*.py"))


def imported(code):
    """The modules of the experiments that some code imports, as their parts below the top."""
    names = [f"{module}.{name}" if name else module for module, name in imports(code)]
    return [name.split(".")[1:] for name in names if name.startswith("experiments.")]


def folder(question):
    return QUESTIONS / question.replace("-", "_")


def place(path):
    return path.relative_to(ROOT / "experiments").with_suffix("").parts


def from_below(wing, code):
    own = WINGS.index(wing)
    return [parts for parts in imported(code) if WINGS.index(parts[0]) > own]


def from_another(question, code):
    own = folder(question).name
    return [parts for parts in imported(code) if parts[0] == "questions" and parts[1] != own]


def test_a_wing_imports_only_from_those_above():
    for path in MODULES:
        if path.stem != "__init__" or path.parent != ROOT / "experiments":
            assert not from_below(place(path)[0], path.read_text(encoding="utf-8")), path


@together
@pytest.mark.parametrize("question", EXPERIMENTS)
def test_the_prose_of_the_report_sends_nobody_to_the_code(question):
    """Who reads the page has no modules: what a sentence needs of them stands in it."""
    text = (folder(question) / "experiment.py").read_text(encoding="utf-8")
    assert not re.findall(r"`experiments\.[\w.]+`", ast.get_docstring(ast.parse(text)))
    assert not re.search(r"[`*_]\w|\w[`*_](?!\w)", " ".join(EXPERIMENTS[question].prose))


@together
@pytest.mark.parametrize("question", EXPERIMENTS)
def test_no_question_imports_another(question):
    for path in folder(question).rglob("*.py"):
        assert not from_another(question, path.read_text(encoding="utf-8")), path


@together
@pytest.mark.parametrize("question", EXPERIMENTS)
def test_its_files_bear_the_names_that_all_know(question):
    found = {path.stem for path in folder(question).iterdir() if path.name != "__pycache__"}
    assert found - NAMES == MORE.get(question, set())


def test_imports_that_are_not_allowed_are_noticed():
    assert from_below("bench", "from experiments.sides import passes")
    assert from_below("functions", "def f():\n    import experiments.questions.speedup.experiment")
    assert from_another("chunks", "from experiments.questions.outputs import experiment")
    assert from_another("chunks", "from experiments.questions import outputs")
    assert not from_another("chunks", "from experiments.questions.chunks import reading")


def test_every_question_is_found_and_stands_in_its_place():
    folders = {path.parent for path in QUESTIONS.glob("*/*.py")}
    assert set(map(folder, EXPERIMENTS)) == folders
    places = [each.place for each in EXPERIMENTS.values()]
    assert places == sorted(places)
    assert next(iter(EXPERIMENTS)) == "speedup"
    assert all(each.question.endswith("?") for each in EXPERIMENTS.values())


WHOLE = '''
"""How many?"""
SETTINGS = {}
plan = expect = measure = rows = table = print
'''


def test_a_new_folder_is_an_experiment(tmp_path, monkeypatch):
    own = {"whole": WHOLE, "half": WHOLE.replace("rows =", ""), "two_words": WHOLE}
    for name, lines in own.items():
        (tmp_path / "asked" / name).mkdir(parents=True)
        (tmp_path / "asked" / name / "experiment.py").write_text(lines.strip(), encoding="utf-8")
    (tmp_path / "asked" / "whole" / "figure.py").write_text("draw = print\nFORMATS = ('png',)")
    monkeypatch.syspath_prepend(tmp_path)
    found = Experiment.of("asked.whole")
    assert (found.name, found.question, found.place) == ("whole", "How many?", LAST)
    assert (found.draw, found.formats, found.start) == (print, ("png",), None)
    assert Experiment.of("asked.two_words").name == "two-words"
    with pytest.raises(TypeError, match=r"^asked\.half has no rows$"):
        Experiment.of("asked.half")


@pytest.mark.slow
def test_the_example_of_the_documentation_runs(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "adding-an-experiment.md").read_text(encoding="utf-8")
    asked, shown, drawn, _ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    folder = tmp_path / "documented" / "precision"
    folder.mkdir(parents=True)
    (folder / "experiment.py").write_text(asked, encoding="utf-8")
    (folder / "table.py").write_text(shown, encoding="utf-8")
    (folder / "figure.py").write_text(drawn, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    found = Experiment.of("documented.precision")
    settings = found.settled({"inputs": (10, 20)}, quick=True)
    run(found, settings, Store(tmp_path, "precision"), resume=False, command="as documented")
    assert "how many times quicker" in " ".join(capsys.readouterr().out.split())
    lines = (tmp_path / "precision.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["inputs", "10", "20"]
    assert (tmp_path / "precision.svg").exists()
