"""``python -m experiments page``: a page of examples, or of one's own function."""

import json
import re

import numpy as np
import pytest

import admodes
from experiments import page
from experiments.__main__ import main
from experiments.functions.textbook import TEXTBOOK
from tests.browsing import Page, window
from tests.helpers import together


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    assert main(["page", "--output", str(folder)]) == 0
    return folder / page.NAME


def graphs(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'type="application/json" id="data">(.*)</script>', text)[1])


def test_all_examples_are_there_and_show_what_they_are_said_to(made, capsys):
    assert len(Page(made).all("script")) == 3
    told = {each["title"]: each for each in graphs(made)}
    assert list(told) == list(page.EXAMPLES)
    assert next(iter(told)) == TEXTBOOK
    product, narrow = (
        next(each for title, each in told.items() if word in title) for word in ("four", "narrow")
    )
    assert len(product["sweeps"]["forward"]) == 4
    counts = narrow["game"]["counts"]
    assert counts["best"] < min(counts["forward"], counts["reverse"])
    for each in told.values():
        assert each["game"]["proven"]


def test_it_is_the_same_again(made):
    assert page.examples() == made.read_text(encoding="utf-8")


def test_a_function_of_ones_own(tmp_path, monkeypatch, capsys):
    (tmp_path / "own_page.py").write_text("def f(u, v):\n    return u * v + u\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    arguments = ["page", "--function", "own_page:f", "--at", "2", "3", "--output", str(tmp_path)]
    assert main(arguments) == 0
    assert re.fullmatch(r"wrote \S+page\.html \(\d+ kB\)\n", capsys.readouterr().out)
    (told,) = graphs(tmp_path / "page.html")
    assert told["title"] == "own_page:f"
    assert told["boxes"][-1]["value"] == "8"


def test_a_function_in_a_file(tmp_path, capsys):
    file = tmp_path / "page_of_file.py"
    source = "import math\ndef f(u): return u * u\ndef lost(u): return math.sin(u)\n"
    file.write_text(source, encoding="utf-8")
    arguments = ["--at", "2", "--output", str(tmp_path)]
    assert main(["page", "--function", f"{file}:f", *arguments]) == 0
    assert [each["boxes"][-1]["value"] for each in graphs(tmp_path / "page.html")] == ["4"]
    # Advice that is a list stays one, in one line.
    assert main(["page", "--function", f"{file}:lost", *arguments]) == 2
    assert "np.sin for math.sin); f'{x:.3f}' for" in capsys.readouterr().err


@together
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "1"], "--at goes with --function"),
        (["--function", "nope:f", "--at", "1"], "No module named 'nope'"),
        (["--function", "math:sin"], "--function needs --at"),
        (["--function", "math:sin", "--at", "nan"], "must be finite"),
        (["--function", "math:sin", "--at", "1"], "np.sin for math.sin"),
        (["--function", "math:hypot", "--at", "a"], "'a' is not a valid float"),
        (["--output", "figures"], "--publish replaces it"),
        (["--publish", "--output", "x"], "give one of the two"),
        (["more"], "unexpected extra argument"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["page", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_example_goes_to_its_end(browser, made, size):
    with window(browser, made, size) as shown:
        for number, (f, args) in enumerate(page.EXAMPLES.values()):
            shown.locator("#graphs").select_option(str(number))
            for mode in ("forward", "reverse"):
                shown.locator(f"#modes input[value={mode}]").check(force=True)
                shown.locator("[data-step=last]").click()
                assert "It was the last." in shown.locator("#status").text_content()
            graph = admodes.graph(f, *args)
            passes = shown.locator("#costs tr td:nth-of-type(1)").all_text_contents()
            entries = [
                sum(map(np.size, (n.value for n in ends))) for ends in (graph.inputs, graph.outputs)
            ]
            assert list(map(int, passes)) == entries
            assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
