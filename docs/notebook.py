"""``docs/tutorial.ipynb``, from ``docs/tutorial.md``: ``python docs/notebook.py`` writes it.

What stands between code becomes a cell of text, a block of Python a cell of code, and the block of
text below it what the cell has printed.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("tutorial.md")
NOTEBOOK = PAGE.with_suffix(".ipynb")
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)

Cell = dict[str, Any]


def cells(text: str) -> Iterator[Cell]:
    # Split by two groups: text, then a language and a block, text, a language and a block, ...
    prose, *parts = BLOCK.split(text)
    yield markdown(prose)
    code: Cell | None = None
    for language, block, after in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if language == "python":
            code = {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": lines(block),
            }
            yield code
        elif code is not None:
            printed = {
                "name": "stdout",
                "output_type": "stream",
                "text": block.splitlines(keepends=True),
            }
            code["outputs"].append(printed)
        if after.strip():
            yield markdown(after)
            code = None


def markdown(text: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": lines(text)}


def lines(text: str) -> list[str]:
    return text.strip("\n").splitlines(keepends=True)


def notebook(text: str) -> str:
    """A page as a notebook, in the format 4.5 of Jupyter."""
    numbered = [{"id": f"cell-{i}", **cell} for i, cell in enumerate(cells(text))]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    found = {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(notebook(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
