"""The source distribution has every file of the repository: its tests pass where it is unpacked."""

import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: What the builder takes along by itself.
ALWAYS = {".gitignore", "LICENSE", "README.md", "pyproject.toml"}


@pytest.mark.slow
@pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="only a repository knows which files belong to it"
)
def test_it_has_every_file_of_the_repository():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    top = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert top == {*ALWAYS, *(each.removeprefix("/") for each in included)}
