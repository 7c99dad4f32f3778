"""What holds for tests and for examples in docstrings alike."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import pytest

from admodes.programs.compiled import machine

#: what of the package is left out where it cannot be imported: tests/scipy says so
NEED_SCIPY = ["admodes/scipy/*", "admodes/jacobians/sparse/*"]
collect_ignore_glob = [] if find_spec("scipy") else NEED_SCIPY

#: and these examples where nothing lays graphs out
NEED_PYGRAPHVIZ = {"admodes.graphs.graphs.figure"}


def pytest_collection_modifyitems(items):
    missing = pytest.mark.skipif(find_spec("pygraphviz") is None, reason="no pygraphviz")
    for item in items:
        if item.name in NEED_PYGRAPHVIZ:
            item.add_marker(missing)


@pytest.fixture(scope="session")
def lasting_folder(request, tmp_path_factory):
    """Makes a folder that is there in the next run, too, but with ``-p no:cacheprovider``."""
    cache = getattr(request.config, "cache", None)
    return tmp_path_factory.mktemp if cache is None else cache.mkdir


@pytest.fixture(scope="session", autouse=True)
def _machine_code_apart(lasting_folder):
    """What is compiled is kept in a folder of the tests, from one run to the next: by the text that
    LLVM is given, new in every run, and by the module that gives it."""
    made_by = hashlib.sha256(Path(machine.__file__).read_bytes()).hexdigest()
    folder = lasting_folder(f"machine-code-{made_by[:16]}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADMODES_CACHE", str(folder))
        patch.setattr(machine, "KEPT", 10_000)  # all of the tests'
        yield
