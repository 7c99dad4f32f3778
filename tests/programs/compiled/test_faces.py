"""``backend="compiled"``: each face gives what it gives without a program, up to rounding."""

import functools
import re

import numpy as np
import pytest

import admodes as ad
from admodes.__main__ import main
from tests.helpers import together
from tests.programs import faces
from tests.programs.faces import squares
from tests.programs.functions import X

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')
pytestmark = pytest.mark.usefixtures("as_written")


def close(found, expected):
    rtol = 1e-5 if np.asarray(expected).dtype == np.float32 else 1e-11
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol)


same = functools.partial(faces.alike, same_leaf=close)


@faces.quietly
@together
@faces.inside_with_complex
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_first_derivatives(f, points, mode):
    made = functools.partial(faces.first_derivatives, mode)
    faces.check(made, f, points, "compiled", same)


@faces.quietly
@together
@faces.outside
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_first_derivatives_by_other_kinds_of_arguments(f, points, mode):
    """By one face: what else there is of each kind is not the back end's."""
    made = functools.partial(faces.with_values, mode)
    faces.check(made, f, points, "compiled", same)


@faces.quietly
@together
@faces.inside
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_second_derivatives(f, points, mode):
    made = functools.partial(faces.second_derivatives, mode)
    faces.check(made, f, points, "compiled", same)


def test_both_back_ends_of_a_function_are_remembered():
    """A program of the one is not taken for that of the other."""

    def f(x):
        return np.sin(x)

    for backend in ("numpy", "compiled", "numpy"):
        same(ad.jvp(f, (X,), (X,), compiled=True, backend=backend), ad.jvp(f, (X,), (X,)))


def test_it_is_compiled():
    gradient = ad.grad(squares, compiled=True, backend="compiled")
    gradient(X)
    assert gradient.program.compile_seconds > 0
    assert "compiled in" in repr(gradient.program)


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ([], r"compiled: forward in \d\.\d\d s, reverse in \d\.\d\d s"),
        (["--mode", "value"], r"compiled: value in \d\.\d\d s"),
    ],
)
def test_from_the_command_line(options, last, tmp_path, capsys):
    """What is printed is the code that does the same, and below it what compiling takes."""
    file = tmp_path / "olah.py"
    file.write_text("def olah(a, b):\n    c = a + b\n    d = b + 1\n    return c * d\n")
    command = ["program", f"{file}:olah", "--at", "2", "--at", "1", *options]
    assert main([*command, "--backend", "compiled"]) == 0
    *lines, empty, line = capsys.readouterr().out.splitlines()
    assert empty == ""
    assert any("c = a + b" in each for each in lines)
    assert re.fullmatch(last, line)
