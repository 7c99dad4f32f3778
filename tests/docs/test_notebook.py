"""The notebook is the page of the tutorial, and runs from its first cell to its last."""

import json

import pytest

from docs import notebook
from tests.docs.pages import Block

TEXT = notebook.NOTEBOOK.read_text(encoding="utf-8")


def test_it_is_made_of_the_page():
    page = notebook.PAGE.read_text(encoding="utf-8")
    assert notebook.notebook(page) == TEXT, "run: python docs/notebook.py"


@pytest.mark.slow
def test_it_runs(tmp_path, monkeypatch, few_samples):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    code = [cell for cell in json.loads(TEXT)["cells"] if cell["cell_type"] == "code"]
    assert len(code) > 10
    for cell in code:
        printed = "".join("".join(each["text"]) for each in cell["outputs"])
        shown = printed if cell["outputs"] else None
        Block(f"the notebook, {cell['id']}", 1, "".join(cell["source"]), shown).run(names)
