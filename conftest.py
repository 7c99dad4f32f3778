"""What holds for tests and for examples in docstrings alike."""

from importlib.util import find_spec

import pytest

#: what of the package is left out where it cannot be imported: tests/scipy says so
collect_ignore_glob = [] if find_spec("scipy") else ["admodes/scipy/*"]


@pytest.fixture(scope="session", autouse=True)
def _machine_code_apart(tmp_path_factory):
    """What is compiled is kept in a folder of theirs, from one to the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADMODES_CACHE", str(tmp_path_factory.mktemp("machine-code")))
        yield
