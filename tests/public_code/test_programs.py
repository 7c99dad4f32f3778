"""Each program in both modes, against NumPy's own values and differences; and as it was before."""

import functools
import importlib
import inspect
import linecache
import re
import types
from pathlib import Path

import numpy as np
import pytest

import admodes as ad
from admodes.diagnosis.screening import screen
from admodes.modes.containers import leaves
from admodes.testing import check_derivatives, check_modes
from tests.docs.pages import read
from tests.helpers import together
from tests.public_code.program import CHANGED, PROGRAMS

FIELDS = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if path.stem not in ("program", "test_programs")
)
for field in FIELDS:
    importlib.import_module(f"tests.public_code.{field}")


@functools.cache
def before(field):
    """A module as its programs stood before anything was changed."""
    module = importlib.import_module(f"tests.public_code.{field}")
    text = CHANGED.sub(r"\1\3", inspect.getsource(module))
    name = f"<{field} before>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    found = types.ModuleType(module.__name__)
    kept = dict(PROGRAMS)
    exec(compile(text, name, "exec"), vars(found))
    PROGRAMS.update(kept)  # which the decorators have overwritten
    return found


def original(name):
    return getattr(before(PROGRAMS[name].field), name)


def changed(name):
    """Line -> what stands there now, of the lines of a program that were changed."""
    lines, first = inspect.getsourcelines(PROGRAMS[name].function)
    found = {}
    for number, line in enumerate(lines, first):
        match = CHANGED.match(line.rstrip("\n"))
        if match:
            found[number] = match[2] or ""
    return found


def arguments(name):
    return PROGRAMS[name].arguments(np.random.default_rng(0))


def same(a, b):
    for (_, x), (_, y) in zip(leaves(a), leaves(b), strict=True):
        np.testing.assert_array_equal(x, y, strict=True)


def test_there_are_many_of_several_fields():
    assert len(PROGRAMS) > 30
    assert {program.field for program in PROGRAMS.values()} == set(FIELDS)


@together
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_values_are_numpys_own_and_no_argument_is_changed(name):
    function, args = PROGRAMS[name].function, arguments(name)
    plain = original(name)(*arguments(name))
    same(function(*arguments(name)), plain)
    tangents = tuple(map(np.ones_like, args))
    same(ad.jvp(function, args, tangents)[0], plain)
    same(ad.vjp(function, *args)[0], plain)
    same(args, arguments(name))


@pytest.mark.slow
@pytest.mark.arithmetic
@together
@pytest.mark.parametrize("name", PROGRAMS)
def test_both_modes_are_right(name):
    args = list(map(np.asarray, arguments(name)))
    ends = np.cumsum([arg.size for arg in args])

    def of_one(vector):  # whatever is written into carries derivatives then
        parts = zip(np.split(vector, ends[:-1]), args, strict=True)
        return PROGRAMS[name].function(*(part.reshape(arg.shape) for part, arg in parts))

    vector = np.concatenate([np.ravel(arg) for arg in args])
    check_modes(of_one, vector)
    check_derivatives(of_one, vector)


@together
@pytest.mark.parametrize("name", PROGRAMS)
def test_check_names_each_line_that_was_changed_and_what_to_write(name):
    screening = screen(original(name), *arguments(name))
    wrong = [issue for issue in screening.issues if issue.is_wrong]
    found = {}
    for issue in wrong:
        fix, _, line = issue.fix.partition(" in line ")
        found[int(line) if line else issue.line] = fix
    lines = changed(name)
    assert found.keys() == lines.keys(), screening
    for number, fix in found.items():
        made, like, _ = fix.partition("like=")
        assert like == "" or f"{made}like=" in lines[number], screening


@together
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_was_changed_had_to_be(name):
    f, args = original(name), arguments(name)
    if not changed(name):
        ad.vjp(f, *args)
        return
    errors = set()
    for run in (lambda: ad.jvp(f, args, tuple(map(np.ones_like, args))), lambda: ad.vjp(f, *args)):
        with pytest.raises((TypeError, ValueError)) as raised:
            run()
        errors.add(re.sub("Dual|Variable", "number", str(raised.value)))
    (error,) = errors
    assert "carry derivatives" in error or "carries derivatives" in error


# --- The page -------------------------------------------------------------------------------------


def table():
    """All programs, as docs/your-code.md has them."""
    lines = ["| program | written after | what had to be changed |", "|---|---|---|"]
    for program in PROGRAMS.values():
        found, _ = inspect.getsourcelines(program.function)
        matches = [match for match in map(CHANGED.match, found) if match]
        own = [f"`{match[2]}`" if match[2] else f"without `{match[3]}`" for match in matches]
        lines.append(f"| {program.what} | {program.source} | {'<br>'.join(own) or 'nothing'} |")
    return "\n".join(lines)


def test_the_page_lists_them_all():
    page = read("docs/your-code.md")
    assert table() in page, f"what it should have:\n{table()}"
    as_they_are = sum(not changed(name) for name in PROGRAMS)
    assert f"Of {len(PROGRAMS)} programs {as_they_are} run as they are" in page
    readme = " ".join(read("README.md").split())
    assert f"[{len(PROGRAMS)} public programs]" in readme
    assert f"{as_they_are} run as they are" in readme
