"""The code on every page runs, and prints what stands below it."""

import importlib
import re
import shlex
from importlib.util import find_spec

import pytest

from admodes.__main__ import main
from admodes.choosing import recommending
from admodes.core import declaring
from admodes.modes.users import registering
from tests.docs.pages import NAMES, Block, blocks, read

MEASURES = re.compile(r"ad\.compare\(|ad\.recommend\(|peak_bytes\(")
HAS_SCIPY = find_spec("scipy") is not None
NEEDS_SCIPY = pytest.mark.skipif(
    not HAS_SCIPY, reason="its code needs SciPy, which is not installed"
)
NEEDS_LLVM = pytest.mark.skipif(
    find_spec("llvmlite") is None, reason="its code needs llvmlite, which is not installed"
)
if HAS_SCIPY:  # what it declares is not forgotten after the page that is the first to need it
    importlib.import_module("admodes.scipy.special")


def with_code():
    """The pages; that of the tutorial runs as the notebook (test_notebook.py)."""
    for name in NAMES:
        code = "\n".join(block.code for block in blocks(name, read(name)))
        if code and name != "docs/tutorial.md":
            marks = [pytest.mark.slow] if MEASURES.search(code) else []
            marks += [NEEDS_SCIPY] * ("scipy" in code)
            marks += [NEEDS_LLVM] * ('backend="compiled"' in code)
            yield pytest.param(name, marks=marks)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch, few_samples):
    """Files are written to a folder of its own, and what is declared is forgotten.

    What is recommended there is looked for as long as it takes: another process takes no line away.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADMODES_CACHE", str(tmp_path))
    for limit in ("SOON_DONE", "AT_LEISURE", "LONG", "LONGEST"):
        monkeypatch.setattr(recommending, limit, 60.0)
    monkeypatch.setattr(registering, "REGISTERED", dict(registering.REGISTERED))
    before = dict(declaring.FUNCTIONS), declaring.FUNCTIONS
    for table in ("UFUNCS", "FUNCTIONS", "PRIMITIVES"):
        monkeypatch.setattr(declaring, table, {})
    yield
    own, functions = before
    functions.clear()
    functions.update(own)


@pytest.mark.parametrize("name", list(with_code()))
def test_the_code_of_a_page_runs_from_top_to_bottom(name, elsewhere):
    names = {"__name__": "page"}
    for block in blocks(name, read(name)):
        block.run(names)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if "```sh\n" in read(name)])
def test_the_commands_of_a_page_run(name, elsewhere, monkeypatch, capsys):
    """On the files that its code begins with."""
    text = read(name)
    for block in blocks(name, text):
        if block.file:
            block.run({})
    monkeypatch.syspath_prepend(".")
    for line in "".join(
        re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ).splitlines():
        program, *arguments = shlex.split(line.removeprefix("python -m "))
        assert program == "admodes", line
        assert main(arguments) == 0
        assert capsys.readouterr().out


def test_code_is_found_and_what_it_prints_is_compared():
    page = (
        "```python\nx = 1\n```\n\n- so\n\n  ```python\n  print(x)\n  1 / 0\n  ```\n"
        "  ```text\n  1\n  ZeroDivisionError: ...\n  ```\n"
    )
    first, second = blocks("page", page)
    assert (first.code, first.output, first.line) == ("x = 1\n", None, 1)
    names = {}
    first.run(names)
    second.run(names)
    names["x"] = 2
    with pytest.raises(AssertionError, match="page, line 7: it prints\n2"):
        second.run(names)
    with pytest.raises(ZeroDivisionError):
        Block("page", 1, "1 / 0").run({})
    with pytest.raises(AssertionError, match="it prints"):
        Block("page", 1, "print(1)", "").run({})
