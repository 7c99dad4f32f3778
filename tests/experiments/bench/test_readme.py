"""What README and docs/results.md quote is what the published data have."""

import re

import pytest

from experiments.bench import readme
from experiments.bench.experiment import found

TEXTS = {page.name: page.read_text(encoding="utf-8") for page in readme.PAGES}


@pytest.mark.parametrize("page", TEXTS)
def test_a_page_is_made_from_the_data_beside_the_figures(page):
    again = readme.filled(TEXTS[page])
    assert again == TEXTS[page], "run: python -m experiments.bench.readme"


@pytest.mark.parametrize("page", TEXTS)
def test_another_number_on_a_page_is_noticed(page):
    (kind, name, line, _), *_ = readme.MARKED.findall(TEXTS[page])
    mark = f"<!-- {kind}: {name} -->{line}"
    changed = TEXTS[page].replace(mark, f"{mark}9")
    assert readme.filled(changed) == TEXTS[page]


def test_every_table_and_number_has_its_place():
    placed = {mark[:2] for text in TEXTS.values() for mark in readme.MARKED.findall(text)}
    assert placed == {
        ("table", "experiments"),
        ("table", "first experiments"),
        *(("table", name) for name in readme.TABLES),
        *(
            ("number", f"{name}: {what}")
            for name, numbers in readme.NUMBERS.items()
            for what in numbers
        ),
    }


@pytest.mark.parametrize("page", TEXTS)
def test_no_line_begins_with_the_mark_of_a_number(page):
    """There Markdown would end the paragraph."""
    assert not re.search(r"^ *<!-- number", TEXTS[page], re.MULTILINE)


def test_programs_have_columns_where_there_is_data_of_them():
    row = {"mode": "reverse", "library": "jax.jit", "relative_to_admodes_low": "0.5"}
    rows = [row, {**row, "relative_to_admodes_low": "2.0"}, {**row, "relative_to_admodes_low": ""}]
    assert readme.gradients(rows).splitlines()[0::2] == [
        "| quicker than | admodes |",
        "| jax.jit | 1 of 2 |",
    ]
    also = [{**each, "relative_to_admodes.compiled_low": "1.5"} for each in rows]
    assert readme.gradients(also).splitlines()[2] == "| jax.jit | 1 of 2 | 3 of 3 |"
    own = [{**row, "library": "admodes.compiled", "relative_to_admodes.compiled_low": "1.0"}]
    assert readme.gradients([*also, *own]) == readme.gradients(also)

    alone = {"function": "rosenbrock", "size": "100", "directions_a_pass": "1"}
    ways = {"admodes": "2e-6", "admodes.program": "1e-6"}
    rows = [{**alone, "library": way, "seconds_a_direction_measured": s} for way, s in ways.items()]
    assert readme.NUMBERS["chunks"]["one"](rows) == "2.00 µs"

    cost = {"case": "rosenbrock", "size": "100", "mode": "reverse", "ratio_measured": "6.6"}
    ways = [{**cost, "library": f"admodes{way}"} for way in ("", ".compiled")]
    table = readme.overhead(ways)
    assert table.splitlines()[0] == "|  | admodes reverse | admodes.compiled reverse |"
    assert "| Rosenbrock, N = 100 | 6.6 | 6.6 |" in table


def test_an_unknown_mark_is_said():
    for kind, name in (("table", "none"), ("number", "speedup: none"), ("number", "none: most")):
        with pytest.raises(ValueError, match=f"there is no {kind} '{name}'"):
            readme.filled(f"<!-- {kind}: {name} -->1<!-- end -->")
    with pytest.raises(ValueError, match="a mark has no beginning"):
        readme.filled("nothing here<!-- end -->")


def test_the_questions_are_those_of_the_list():
    every = {name: each.question for name, each in found().items()}
    listed = {
        page: dict(re.findall(r"^\| `make ([\w-]+)` \| \[?(.*?\?)", text, re.M))
        for page, text in TEXTS.items()
    }
    assert list(listed["results.md"].items()) == list(every.items())
    assert 0 < len(listed["README.md"]) < len(every)
    assert listed["README.md"].items() <= every.items()


def test_every_published_picture_is_shown_once():
    """README's own is shown again where all are."""
    shown = re.findall(r"!\[[^]]+\]\(\.\./figures/(.+?)\)", TEXTS["results.md"])
    drawn = {f"{name}.png" for name, each in found().items() if each.draw is not None}
    assert len(shown) == len(set(shown))
    assert drawn <= set(shown)


CAPTION = re.compile(r"^!\[.*?\)\n\n\*(.*?)\*\n", re.MULTILINE | re.DOTALL)


def test_a_caption_has_few_numbers_and_the_command_that_makes_them():
    captions = CAPTION.findall(TEXTS["results.md"])
    assert len(captions) == TEXTS["results.md"].count("![")
    for caption in captions:
        assert caption.count("<!-- end -->") <= 2
        assert re.search(r"\(`(python -m experiments|make) .+?`\)", caption), caption
