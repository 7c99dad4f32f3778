"""What is compiled here is kept in a folder of the tests, from one run to the next."""

import hashlib
from pathlib import Path

import pytest

from admodes.programs.compiled import machine

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def machine_code(request):
    """Kept by the text that LLVM is given, new in every run, and by the module that gives it."""
    made_by = hashlib.sha256(Path(machine.__file__).read_bytes()).hexdigest()
    return request.config.cache.mkdir(f"machine-code-{made_by[:16]}")


@pytest.fixture(autouse=True)
def _machine_code_apart(machine_code, monkeypatch):
    monkeypatch.setenv("ADMODES_CACHE", str(machine_code))
    monkeypatch.setattr(machine, "KEPT", 10_000)  # all of the tests'


def pytest_collection_modifyitems(items):
    """Compiling takes its time: the short form of the suite has both modes of a few sizes alone."""
    for item in items:
        own = item.path.is_relative_to(FOLDER) and item.get_closest_marker("slow") is None
        if own and "test_both_modes" not in item.name:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.arithmetic)
