"""Machine code that is kept on disk, for other processes to find."""

import subprocess
import sys

import numpy as np
import pytest

import admodes as ad

pytest.importorskip("llvmlite", reason='backend="compiled" needs llvmlite')

from admodes.programs.compiled import machine

pytestmark = pytest.mark.usefixtures("as_written")

X = np.array([0.5, -1.5, 2.0, 0.25])
CODE = """
import numpy as np, admodes as ad
p = ad.program(lambda x: np.sum(np.sin(x) * x), np.ones(4), backend="compiled")
print(p(np.arange(4.0)))
"""


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ADMODES_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def compilations(monkeypatch):
    made = []
    compiled = machine.compiled
    monkeypatch.setattr(machine, "compiled", lambda text: made.append(text) or compiled(text))
    return made


def program():
    return ad.program(lambda x: np.sum(np.sin(x) * x), X, backend="compiled")


def test_what_was_compiled_is_not_compiled_again(kept, compilations):
    first, second = program()(X + 1), program()(X + 1)
    assert first == second
    assert len(compilations) == 1
    assert len([*kept.iterdir()]) == 1


def test_another_function_is_another_file(kept, compilations):
    program()
    ad.program(lambda x: np.sum(np.cos(x) * x), X, backend="compiled")
    ad.program(lambda x: np.sum(np.sin(x) * x), X[1:], backend="compiled")
    assert len(compilations) == 3
    assert len([*kept.iterdir()]) == 3


@pytest.mark.parametrize("spoil", [lambda code: code[:100], lambda code: code[:-1] + b"?"])
def test_a_file_that_is_not_whole_is_made_again(kept, compilations, spoil):
    expected = program()(X)
    (file,) = kept.iterdir()
    whole = file.read_bytes()
    file.write_bytes(spoil(whole))
    assert program()(X) == expected
    assert len(compilations) == 2
    assert file.read_bytes() == whole


def test_where_nothing_can_be_kept_it_is_compiled_again(kept, compilations):
    kept.write_text("a file, and no folder")
    assert program()(X) == program()(X)
    assert len(compilations) == 2


def test_what_can_only_be_read_is_read(kept, compilations, monkeypatch):
    expected = program()(X)

    def refused(*args):
        raise PermissionError

    monkeypatch.setattr(machine.os, "utime", refused)
    assert program()(X) == expected
    assert len(compilations) == 1


def test_a_user_without_a_folder(compilations, monkeypatch):
    def unknown():
        raise RuntimeError("Could not determine home directory.")

    for name in ("ADMODES_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine.Path, "home", unknown)
    assert machine.folder() is None
    assert program()(X) == program()(X)
    assert len(compilations) == 2


def test_not_more_is_kept_than_is_good(kept, monkeypatch):
    monkeypatch.setattr(machine, "KEPT", 4)
    kept.mkdir()
    for n in range(4):
        (kept / f"{n}.part").write_text("of a process that was killed")
    for n in range(2, 10):
        ad.program(lambda x: x * 2, np.ones(n), backend="compiled")
    assert len([*kept.iterdir()]) <= 4


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/somewhere"}, "/somewhere/admodes"),
        ("linux", {"HOME": "/me"}, "/me/.cache/admodes"),
        ("darwin", {"HOME": "/me"}, "/me/Library/Caches/admodes"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/admodes"),
    ],
)
def test_the_users_folder(monkeypatch, platform, variables, expected):
    for name in ("ADMODES_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert machine.folder().as_posix() == expected


@pytest.mark.slow
def test_several_processes_at_once(kept):
    started = [
        subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    found = {process.communicate()[0] for process in started}
    assert all(process.returncode == 0 for process in started)
    assert len(found) == 1
    assert len([*kept.iterdir()]) == 1
