"""What is compiled here is kept in a folder of the tests."""

import pytest


@pytest.fixture(scope="session")
def machine_code(tmp_path_factory):
    return tmp_path_factory.mktemp("machine-code")


@pytest.fixture(autouse=True)
def _machine_code_apart(machine_code, monkeypatch):
    monkeypatch.setenv("ADMODES_CACHE", str(machine_code))
