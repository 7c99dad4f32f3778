"""docs/your-code.md: each line of its tables is so, in both modes."""

import math
import re
import sys

import numpy as np
import pytest

import admodes as ad
from admodes.__main__ import main
from admodes.testing import check_modes
from tests.docs.pages import blocks, read
from tests.helpers import together

PAGE = read("docs/your-code.md")
A = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]])
X = np.array([1.5, -0.5, 2.0])


def rows(head):
    """The lines of the table with this head, each as the code in its cells."""
    _, _, table = PAGE.partition(f"| {head} |\n")
    lines = table.partition("\n\n")[0].splitlines()[1:]
    return [
        [re.findall("`(.+?)`", cell) for cell in line.strip("|").split(" | ")] for line in lines
    ]


WORKS = [code for _, examples in rows("what | examples") for code in examples]
RAISES = [(before, after) for (before,), (after,) in rows("instead of | write")]


def function(code):
    return lambda x: eval(code, {"np": np, "math": math, "A": A}, {"x": x, "t": x[0]})


def fails(code, mode):
    """The error of a mode, without the name of its numbers."""
    with pytest.raises((TypeError, ValueError, NotImplementedError)) as raised:
        ad.jacobian(function(code), mode=mode)(X.copy())
    return str(raised.value).replace("Dual", "Variable")


def test_the_tables_are_found():
    assert len(WORKS) > 20
    assert len(RAISES) > 15


@together
@pytest.mark.parametrize("code", WORKS)
def test_what_works_as_it_is(code):
    check_modes(function(code), X)


@together
@pytest.mark.parametrize(("before", "after"), RAISES)
def test_what_raises_and_what_is_written_instead(before, after):
    assert fails(before, "forward") == fails(before, "reverse")
    check_modes(function(after), X)
    try:
        plain = function(before)(X.copy())
    except ValueError:  # a mistake in plain NumPy code too
        return
    if plain is not None:  # it works in place
        found = np.ma.filled(plain, 0)
        np.testing.assert_allclose(np.ravel(function(after)(X)), np.ravel(found), rtol=1e-14)


def test_what_check_says(tmp_path, monkeypatch, capsys):
    (model,) = [block for block in blocks("page", PAGE) if block.file == "model.py"]
    (tmp_path / "model.py").write_text(model.code, encoding="utf-8")
    shown = PAGE.partition("--shape 10` says\n\n```text\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert main(["check", "model.py:energy", "--shape", "10"]) == 1
    sys.modules.pop("model")
    assert capsys.readouterr().out == shown
