"""``programs``: what it shows is what runs, and both modes' code stands side by side."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import admodes as ad
from experiments.bench import plotting
from experiments.bench.agreement import Disagreement
from experiments.bench.experiment import redraw
from experiments.bench.results import Results, Store
from experiments.commands import EXPERIMENTS
from experiments.functions.textbook import AT, TEXTBOOK, textbook
from experiments.questions.programs import experiment as programs
from experiments.questions.programs import figure, table
from experiments.questions.programs.cases import CASES, Case
from tests.experiments.helpers import draw_only
from tests.helpers import together


@pytest.fixture(scope="module")
def found(run_once):
    return run_once("programs")


def code_of(rows, function, mode):
    own = [row for row in rows if (row["function"], row["mode"]) == (function, mode)]
    return [row["code"] for row in own if row["what"] == "line"]


def test_the_lines_are_those_of_the_programs(found):
    for name, case in CASES.items():
        argnums = tuple(range(len(case.at)))
        for mode in ("forward", "reverse"):
            program = ad.program(case.f, *case.at, mode=mode, argnums=argnums)
            code = code_of(found.rows, name, mode)
            printed = re.sub(r"\s*# .*", "", program.source).strip()  # the function's own lines
            assert printed.endswith("\n".join(code))


def test_what_is_shown_of_the_textbook_runs_and_is_right(found):
    """As a reader would copy it."""
    names = {"np": np}
    for mode in ("forward", "reverse"):
        exec("\n".join(code_of(found.rows, TEXTBOOK, mode)), names)
    value, tangent = names["tangent_of_textbook"](*AT, 1.0, 0.0)
    assert names["gradient_of_textbook"](*AT) == (value, tangent, 5.0)
    assert (value, tangent) == (textbook(*AT), 2.0)


def test_each_line_is_beside_the_line_of_the_function_that_it_is_of(found):
    own = [row for row in found.rows if row["function"] == TEXTBOOK and row["what"] == "line"]
    tangents = {row["code"].strip(): row["of"] for row in own if row["mode"] == "forward"}
    assert tangents["dc = da + db"] == "c = a + b"
    assert tangents["dy = dc * d + db * c"] == "e = c * d"
    assert tangents["return (y, dy,)"] == "e = c * d"
    back = {row["code"].strip(): row["of"] for row in own if row["way"] == "back"}
    assert back["b_bar = c + d"] == back["return (y, d, b_bar,)"] == "c = a + b"
    assert {row["mode"] for row in own if row["way"] == "back"} == {"reverse"}


def test_counts_stand_below(found):
    counts = {(row["function"], row["mode"]): row for row in found.rows if row["what"] == "a run"}
    assert set(counts) == {(name, mode) for name in CASES for mode in ("forward", "reverse")}
    for name, case in CASES.items():
        assert counts[name, "forward"]["directions"] == "1"
        assert counts[name, "reverse"]["directions"] == str(case.inputs)
        assert all(int(counts[name, mode]["operations"]) > 0 for mode in ("forward", "reverse"))
    assert "1,000 of 1,000" in found.words


def test_the_letters_of_its_pictures_are_text(found, tmp_path, monkeypatch):
    save = plotting.save

    def save_letters(drawing, *paths, **_):
        """In the other formats there are none."""
        for path in paths:
            save(drawing, path) if path.suffix == ".svg" else path.touch()

    monkeypatch.setattr(plotting, "save", save_letters)
    redrawn = Store(tmp_path, "programs")
    redrawn.path("json").write_bytes((found.folder / "programs.json").read_bytes())
    redraw(EXPERIMENTS["programs"], redrawn)
    for name, mode in (("programs", "textbook"), ("programs-rosenbrock", "rosenbrock")):
        tree = ElementTree.parse(tmp_path / f"{name}.svg")
        said = ["".join(text.itertext()) for text in tree.iter("{http://www.w3.org/2000/svg}text")]
        assert f"def gradient_of_{mode}" in " ".join(said)
        # A column is selected at once, and not line by line with the other.
        assert said.index("forward mode") < said.index("reverse mode")
        own = said[said.index("reverse mode") :]
        assert any("on the way back" in line for line in own)
    assert (tmp_path / "programs-slide.png").exists()


@together
@pytest.mark.parametrize("draw", [figure.draw, figure.FIGURES["programs-rosenbrock"], figure.slide])
def test_no_line_runs_into_the_other_column(draw, found, tmp_path):
    results = Store(found.folder, "programs").load()
    with plotting.style():
        drawing = draw(results)
        drawing.set_dpi(plotting.DPI)  # letters are as wide as so many pixels have room for
        draw_only(drawing, tmp_path / "drawn")
    (axes,) = drawing.axes
    for text in axes.texts:
        column = int(text.get_position()[0])
        right = text.get_window_extent().transformed(axes.transData.inverted()).x1
        assert right <= column + 1, text.get_text()


def test_nothing_else_is_in_the_table_than_the_programs(found):
    for record in Results(found.data["run"], found.data["measurements"]).records:
        for mode in record["heads"]:
            lines = list(table.program_lines(record, mode))
            assert not re.search(r"# (back: )?$", "\n".join(lines), re.MULTILINE)
            assert " ".join(" ".join(lines).split()) in found.words


def test_a_program_that_gives_something_else_stops_the_run(monkeypatch, experiments):
    def wrong(f, argnums):
        return lambda *args: (f(*args), tuple(7.0 for _ in argnums))

    case = Case(textbook, AT)
    program = ad.program(case.f, *case.at, mode="reverse", argnums=(0, 1))
    assert programs.largest_difference(case, program, (0, 1)) == 0.0
    monkeypatch.setattr(ad, "value_and_grad", wrong)
    with pytest.raises(Disagreement, match="the program of reverse mode"):
        programs.largest_difference(case, program, (0, 1))
    code, out, err = experiments("programs")
    assert (code, out) == (1, "")
    assert f"function {TEXTBOOK}: Disagreement: the program of reverse mode" in err
