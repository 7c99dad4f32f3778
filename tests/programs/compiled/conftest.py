"""What is compiled here is kept in a folder of the tests."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture(scope="session")
def machine_code(tmp_path_factory):
    return tmp_path_factory.mktemp("machine-code")


@pytest.fixture(autouse=True)
def _machine_code_apart(machine_code, monkeypatch):
    monkeypatch.setenv("ADMODES_CACHE", str(machine_code))


def pytest_collection_modifyitems(items):
    """Compiling takes its time: the short form of the suite has both modes of a few sizes alone."""
    for item in items:
        own = item.path.is_relative_to(FOLDER) and item.get_closest_marker("slow") is None
        if own and "test_both_modes" not in item.name:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.arithmetic)
